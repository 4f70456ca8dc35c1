package jsonscan

import (
	"strconv"
	"strings"
)

// Trie is a set of wanted paths, one node a name or an index. It is built
// once; then any number of scans read it at a time.
type Trie struct {
	root   *node
	slots  int
	nodes  int
	widest int
}

// node is one name or index on the way.
type node struct {
	id    int
	slot  int // -1 when only something below is wanted
	path  string
	name  string
	heads [32]*node // members, by the hash of their name; the rest hang on next
	next  *node
	names int     // how many members
	items []*node // by index, nil where not wanted
	rows  bool    // the records are here
	lists bool    // or the element that repeats is right below
}

// maxIndex bounds what an index may be: a list is no place to look far into.
const maxIndex = 64

// NewTrie makes a trie that wants nothing.
func NewTrie() *Trie {
	t := &Trie{}
	t.root = t.node("", "")
	return t
}

func (t *Trie) node(name, path string) *node {
	n := &node{id: t.nodes, slot: -1, name: name, path: path}
	t.nodes++
	return n
}

// Slots is how many slots a scan by this trie fills.
func (t *Trie) Slots() int { return t.slots }

// Want gives the slot of a path as SplitPath reads it, the same slot for the
// same path. A number in it is an index.
func (t *Trie) Want(path string) int {
	at := t.root
	for _, part := range SplitPath(path) {
		if index, err := strconv.Atoi(part); err == nil && index >= 0 && index < maxIndex {
			at = t.index(at, part, index)
		} else {
			at = t.member(at, part)
		}
	}
	return t.slot(at)
}

// WantNames gives the slot of a path that is names of members with dots
// between them; a number in it is a name too.
func (t *Trie) WantNames(path string) int { return t.slot(t.names(path)) }

// WantRecords marks the place of the records, by names.
func (t *Trie) WantRecords(path string) {
	t.names(path).rows = true
	if i := strings.LastIndexByte(path, '.'); path != "" {
		t.names(path[:max(i, 0)]).lists = true
	}
}

func (t *Trie) slot(n *node) int {
	if n.slot < 0 {
		n.slot = t.slots
		t.slots++
	}
	return n.slot
}

func (t *Trie) names(path string) *node {
	at := t.root
	for part := range strings.SplitSeq(path, ".") {
		if part != "" {
			at = t.member(at, part)
		}
	}
	return at
}

func (t *Trie) member(above *node, name string) *node {
	if child := above.member([]byte(name)); child != nil {
		return child
	}
	child := t.node(name, above.below(name))
	head := &above.heads[nameHash([]byte(name))]
	child.next, *head = *head, child
	above.names++
	t.widest = max(t.widest, above.names)
	return child
}

func (t *Trie) index(above *node, part string, index int) *node {
	for len(above.items) <= index {
		above.items = append(above.items, nil)
	}
	if above.items[index] == nil {
		above.items[index] = t.node(part, above.below(part))
	}
	return above.items[index]
}

func (n *node) below(part string) string {
	if n.path == "" {
		return part
	}
	return n.path + "." + part
}

// Widest is how many members are wanted of one object, where most are.
func (t *Trie) Widest() int { return t.widest }

func nameHash(name []byte) int {
	if len(name) == 0 {
		return 0
	}
	return (len(name)*7 + int(name[0])*5 + int(name[len(name)-1])) & 31
}

func (n *node) member(name []byte) *node {
	for child := n.heads[nameHash(name)]; child != nil; child = child.next {
		if child.name == string(name) {
			return child
		}
	}
	return nil
}

func (n *node) item(i int) *node {
	if i < len(n.items) {
		return n.items[i]
	}
	return nil
}

// SplitPath takes a path apart at its dots; \. is a dot in a name, and an
// index may be written a[0]. The empty path and "." are the value itself.
func SplitPath(path string) []string {
	if path == "" || path == "." {
		return nil
	}
	if !strings.ContainsAny(path, `\[`) {
		return strings.Split(path, ".")
	}
	var parts []string
	var part strings.Builder
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '\\' && i+1 < len(path):
			i++
			part.WriteByte(path[i])
		case c == '.' || c == '[':
			parts = append(parts, part.String())
			part.Reset()
		case c == ']' && (i+1 == len(path) || path[i+1] == '.' || path[i+1] == '['):
			if i+1 < len(path) && path[i+1] == '.' {
				i++
				parts = append(parts, part.String())
				part.Reset()
			}
		default:
			part.WriteByte(c)
		}
	}
	return append(parts, part.String())
}
