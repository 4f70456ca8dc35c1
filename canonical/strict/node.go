// Package strict reads YAML strictly: every value keeps its file, line and
// column, unknown keys and wrong types are refused with a hint, codes with
// leading zeros stay text, and secrets come only by reference.
package strict

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"iocgateway/canonical/problem"

	yaml "go.yaml.in/yaml/v3"
)

// Kind is the shape of a node.
type Kind int

// The shapes.
const (
	Null Kind = iota
	Scalar
	Map
	List
)

// String is the shape in words.
func (k Kind) String() string {
	return [...]string{"nothing", "a value", "a mapping", "a list"}[k]
}

// Node is a YAML value with its place. Scalars are kept as written.
type Node struct {
	Kind      Kind
	Value     string // of a scalar
	Quoted    bool   // the scalar stood in quotes or a block: certainly text
	Reference bool   // the scalar came by ${env:…} or ${file:…}: never show it
	From      string // … and this is how it was written
	Keys      []Key  // of a map, in order
	Items     []*Node
	File      string
	Line, Col int
	Path      string // from the root: sources.dvc.url, streams[2]
}

// Key is one member of a map.
type Key struct {
	Name      string
	Line, Col int
	Value     *Node
}

const (
	maxDepth = 64
	maxBytes = 8 << 20
)

// Parse reads one YAML document. Anchors, aliases, merge keys and duplicate
// keys are refused: a line is what it means.
func Parse(file string, data []byte) (*Node, error) {
	if len(data) > maxBytes {
		return nil, &problem.Problem{Code: "GW-C001", File: file, Line: 1, Col: 1, Err: fmt.Errorf("larger than %d bytes", maxBytes)}
	}
	if !utf8.Valid(data) {
		return nil, &problem.Problem{Code: "GW-C001", File: file, Line: 1, Col: 1, Err: errors.New("not UTF-8")}
	}
	var doc yaml.Node
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return &Node{Kind: Map, File: file, Line: 1, Col: 1}, nil
		}
		return nil, syntax(file, err)
	}
	var second yaml.Node
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, &problem.Problem{Code: "GW-C001", File: file, Line: max(second.Line, 1), Col: 1, Err: errors.New("more than one document")}
	}
	var b builder
	root := b.node(file, doc.Content[0], "", 0)
	return root, errors.Join(b.problems...)
}

func syntax(file string, err error) error {
	line := 1
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if _, scan := fmt.Sscanf(text, "line %d:", &line); scan == nil {
		_, text, _ = strings.Cut(text, ": ")
	}
	return &problem.Problem{Code: "GW-C001", File: file, Line: line, Col: 1, Err: errors.New(text)}
}

type builder struct{ problems []error }

func (b *builder) node(file string, y *yaml.Node, path string, depth int) *Node {
	n := &Node{File: file, Line: y.Line, Col: y.Column, Path: path}
	if depth > maxDepth {
		b.problems = append(b.problems, n.cause(errors.New("nested too deep")))
		return n
	}
	switch y.Kind {
	case yaml.ScalarNode:
		n.scalar(y)
	case yaml.MappingNode:
		n.Kind = Map
		b.members(n, y, depth)
	case yaml.SequenceNode:
		n.Kind = List
		for i, item := range y.Content {
			n.Items = append(n.Items, b.node(file, item, fmt.Sprintf("%s[%d]", path, i), depth+1))
		}
	default:
		b.problems = append(b.problems, n.cause(errors.New("aliases (*name) are not read: write the value out")))
	}
	if y.Anchor != "" {
		b.problems = append(b.problems, n.cause(errors.New("anchors (&name) are not read: write the value out")))
	}
	return n
}

func (b *builder) members(n *Node, y *yaml.Node, depth int) {
	seen := map[string]bool{}
	for i := 0; i+1 < len(y.Content); i += 2 {
		key := y.Content[i]
		child := key.Value
		if n.Path != "" {
			child = n.Path + "." + key.Value
		}
		k := Key{Name: key.Value, Line: key.Line, Col: key.Column, Value: b.node(n.File, y.Content[i+1], child, depth+1)}
		if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" || seen[k.Name] {
			b.problems = append(b.problems,
				&problem.Problem{Code: "GW-C006", File: n.File, Line: key.Line, Col: key.Column, Field: child, Value: k.Name})
			continue
		}
		seen[k.Name] = true
		n.Keys = append(n.Keys, k)
	}
}

func (n *Node) scalar(y *yaml.Node) {
	n.Kind = Scalar
	n.Value = y.Value
	n.Quoted = y.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	if y.Tag == "!!null" && !n.Quoted {
		n.Kind = Null
	}
}

// Get gives the member of that name, or nil.
func (n *Node) Get(name string) *Node {
	if n == nil {
		return nil
	}
	for i := range n.Keys {
		if n.Keys[i].Name == name {
			return n.Keys[i].Value
		}
	}
	return nil
}

// At walks a path as Node.Path writes it; it gives the deepest node that exists.
func (n *Node) At(path string) *Node {
	if at := n.below(strings.TrimPrefix(strings.TrimPrefix(path, n.Path), ".")); at != nil {
		return at
	}
	deepest := n
	n.walk(func(c *Node) {
		if c.Path != "" && (path == c.Path || strings.HasPrefix(path, c.Path+".") || strings.HasPrefix(path, c.Path+"[")) &&
			len(c.Path) > len(deepest.Path) {
			deepest = c
		}
	})
	return deepest
}

// below is the node that a path leads to from here, wherever it stands itself: what a
// stream has of its source is written at the source. nil: none is there.
func (n *Node) below(path string) *Node {
	if path == "" {
		return n
	}
	for i := range n.Keys {
		rest, ok := strings.CutPrefix(path, n.Keys[i].Name)
		if !ok || rest != "" && rest[0] != '.' && rest[0] != '[' {
			continue
		}
		if at := n.Keys[i].Value.below(strings.TrimPrefix(rest, ".")); at != nil {
			return at
		}
	}
	for i, item := range n.Items {
		if rest, ok := strings.CutPrefix(path, "["+strconv.Itoa(i)+"]"); ok {
			return item.below(strings.TrimPrefix(rest, "."))
		}
	}
	return nil
}

func (n *Node) walk(visit func(*Node)) {
	visit(n)
	for i := range n.Keys {
		n.Keys[i].Value.walk(visit)
	}
	for _, item := range n.Items {
		item.walk(visit)
	}
}

// Problem starts a Problem at this node, with the value that stands there
// (unless it came by reference).
func (n *Node) Problem(code string) *problem.Problem {
	p := &problem.Problem{Code: code, File: n.File, Line: n.Line, Col: n.Col, Field: n.Path}
	if n.Kind == Scalar {
		p.Value = problem.Short(n.Value)
		if n.Reference {
			p.Value = "••••"
		}
	}
	return p
}

// Wrong is a Problem at this node with what was expected.
func (n *Node) Wrong(code, want string) *problem.Problem {
	p := n.Problem(code)
	p.Want = want
	return p
}

// Unknown is a Problem about a word that is none of the known ones: it names
// them, and the closest.
func (n *Node) Unknown(code, word string, known []string) *problem.Problem {
	p := n.Problem(code)
	p.Value = problem.Short(word)
	p.Want = strings.Join(known, ", ")
	p.Near = problem.Near(word, known)
	return p
}

func (n *Node) cause(err error) *problem.Problem {
	p := n.Problem("GW-C001")
	p.Err = err
	return p
}
