package mappings

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

// yaml reads the members of what people write: mappings, code lists, cases.
// It goes on after a mistake, so that all are found at once.
type yaml struct{ problems []error }

func (y *yaml) add(p *problem.Problem, field string) {
	p.Field = field
	y.problems = append(y.problems, p)
}

// keys refuses members of a map that are none of the known ones.
func (y *yaml) keys(n *strict.Node, known ...string) {
	for i := range n.Keys {
		k := &n.Keys[i]
		if slices.Contains(known, k.Name) {
			continue
		}
		p := k.Value.Unknown("GW-M002", k.Name, known)
		p.Line, p.Col, p.Field = k.Line, k.Col, n.Path
		y.problems = append(y.problems, p)
	}
}

// text gives a scalar member.
func (y *yaml) text(n *strict.Node, key string, required bool) string {
	v := n.Get(key)
	if v == nil || v.Kind == strict.Null {
		if required {
			y.add(n.Wrong("GW-M004", key), n.Path)
		}
		return ""
	}
	if v.Kind != strict.Scalar {
		y.add(v.Wrong("GW-M003", `"…"`), v.Path)
		return ""
	}
	return v.Value
}

// oneOf gives a member that takes one of some words; the first is the default.
func (y *yaml) oneOf(n *strict.Node, key string, words ...string) string {
	v := y.text(n, key, false)
	if v == "" {
		return words[0]
	}
	if !slices.Contains(words, v) {
		p := n.Get(key).Unknown("GW-M003", v, words)
		y.add(p, n.Get(key).Path)
		return words[0]
	}
	return v
}

// texts gives a member that is a text or a list of texts.
func (y *yaml) texts(v *strict.Node) []string {
	if v == nil || v.Kind == strict.Null {
		return nil
	}
	if v.Kind == strict.Scalar {
		return []string{v.Value}
	}
	if v.Kind != strict.List {
		y.add(v.Wrong("GW-M003", `"…" | ["…", "…"]`), v.Path)
		return nil
	}
	var out []string
	for _, item := range v.Items {
		if item.Kind != strict.Scalar {
			y.add(item.Wrong("GW-M003", `"…"`), item.Path)
			continue
		}
		out = append(out, item.Value)
	}
	return out
}

// yes gives a member that is true or false.
func (y *yaml) yes(n *strict.Node, key string) bool {
	return y.oneOf(n, key, "false", "true") == "true"
}

// compiler turns a mapping's nodes into a plan.
type compiler struct {
	yaml
	file  string
	env   Env
	plan  *Plan
	frame int // the one being compiled
	head  defaults
	used  []*CodeList
}

// source is where a rule takes a value from.
type source struct {
	frame, slot int
	path        string // as written
	full        string // from the record, lists marked: task[].name
	said        string // the same for people: where an element or a numbered member is named, it is
}

// source notes a wanted path. $. is the record itself, inside each as well.
func (c *compiler) source(n *strict.Node, path string) source {
	frame := c.frame
	if rest, root := strings.CutPrefix(path, "$."); root {
		frame, path = 0, rest
	}
	if want := badPath(path); want != "" {
		p := n.Wrong("GW-M008", want)
		p.Value = problem.Short(path)
		c.problems = append(c.problems, p)
		return source{}
	}
	f := &c.plan.frames[frame]
	if f.paths.Widest() >= maxMembers {
		c.add(n.Wrong("GW-M008", "≤ "+itoa(maxMembers)), n.Path)
		return source{}
	}
	s := source{frame: frame, slot: f.paths.Want(path), path: path, full: joinPath(f.prefix, path), said: behind(f.prefix, path)}
	c.plan.sources = append(c.plan.sources, placed{source: s, line: n.Line, col: n.Col, key: n.Path, rule: len(c.plan.sources)})
	return s
}

func (c *compiler) sources(n *strict.Node) []source {
	var out []source
	first := len(c.plan.sources)
	for i, path := range c.texts(n) {
		at := n
		if n.Kind == strict.List && i < len(n.Items) {
			at = n.Items[i]
		}
		out = append(out, c.source(at, path))
	}
	for i := first; i < len(c.plan.sources); i++ {
		c.plan.sources[i].rule = first
	}
	return out
}

// apart says of the paths noted last that none stands in for another.
func (p *Plan) apart(paths int) {
	for i := len(p.sources) - paths; i < len(p.sources); i++ {
		p.sources[i].rule, p.sources[i].join = i, len(p.sources)
	}
}

// joinPath gives a path from the record, elements of lists written as [].
func joinPath(prefix, path string) string {
	full := prefix
	steps, _ := jsonscan.ParsePath(path) // it was looked at before
	for _, step := range steps {
		switch {
		case step.Index >= 0 || step.Member != "":
			full += "[]"
		case full == "":
			full = step.Name
		default:
			full += "." + step.Name
		}
	}
	return full
}

// behind is a path as it is written, behind that of the list it is in.
func behind(prefix, path string) string {
	if prefix == "" || strings.HasPrefix(path, "[") {
		return prefix + path
	}
	return prefix + "." + path
}

// declares is the line that says what a file is.
var declares = regexp.MustCompile(`(?m)^(mapping|list|cases):[ \t]*["']?([^\s"'#]*)`)

// kindLine is the line of a mapping that names its kind.
var kindLine = regexp.MustCompile(`(?m)^kind:[ \t]*["']?(\w+)`)

// declared is what a file says it is: mapping, list or cases, and of which name.
func declared(data []byte) (what, name string) {
	found := declares.FindSubmatch(data[:min(len(data), 64<<10)])
	if found == nil {
		return "", ""
	}
	return string(found[1]), string(found[2])
}

// strays names the files that look like mappings, code lists or their tests and
// lie where none is read: a folder too high or too low, or with another ending.
func (s *Set) strays(from fs.FS, shown string) error {
	var problems []error
	looked := 0
	err := fs.WalkDir(from, ".", func(at string, d fs.DirEntry, err error) error {
		switch looked++; {
		case err != nil:
			return nil // whose folder cannot be read is told elsewhere
		case looked > 4*maxFiles:
			return fs.SkipAll
		case d.IsDir() && at != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir() || s.files[at].shown == shown+at || !slices.Contains([]string{".yaml", ".yml", ".txt"}, strings.ToLower(path.Ext(at))):
			return nil
		}
		data, err := fs.ReadFile(from, at)
		what, name := declared(data)
		if err != nil || what == "" {
			return nil
		}
		right := rightPlace(at, what, name)
		found := &problem.Problem{Code: "GW-M040", File: shown + at, Value: problem.Short(cmp.Or(name, what)), Want: shown + right + ".yaml"}
		if s.wrong[right] == nil && right != strings.TrimSuffix(at, ".yaml") {
			s.wrong[right] = found
		}
		problems = append(problems, found)
		return nil
	})
	return errors.Join(append(problems, err)...)
}

// rightPlace is where a file belongs, without its ending.
func rightPlace(at, what, name string) string {
	base, _, _ := strings.Cut(path.Base(at), ".")
	if what == "cases" || name == "" {
		name = base
	}
	if !strings.Contains(name, "/") {
		folder := path.Base(path.Dir(at))
		if folder == "." || folder == "codes" {
			folder = "FOLDER"
		}
		name = folder + "/" + name
	}
	if what == "list" {
		name = "codes/" + name
	}
	return name
}
