package jsonscan

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
	lone  int     // of them those that are an index too
	items []*node // by index, nil where not wanted
	picks []pick  // elements by a member's value
	rows  bool    // the records are here
	lists bool    // or the element that repeats is right below
}

// pick is an element of a list, known by the value of a member.
type pick struct {
	member, value string
	node          *node
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

// Want gives the slot of a path as ParsePath reads it, the same slot for the
// same path. One that is none finds nothing.
func (t *Trie) Want(path string) int { return t.slot(t.at(path)) }

// WantRecords marks the place of the records.
func (t *Trie) WantRecords(path string) {
	steps, err := ParsePath(path)
	if err != nil {
		return
	}
	t.down(steps).rows = true
	if n := len(steps); n > 0 {
		t.down(steps[:n-1]).lists = true
	}
}

func (t *Trie) at(path string) *node {
	steps, err := ParsePath(path)
	if err != nil {
		return t.node("", path)
	}
	return t.down(steps)
}

func (t *Trie) down(steps []Step) *node {
	at := t.root
	for _, step := range steps {
		switch {
		case step.Member != "":
			at = t.pick(at, step)
		case step.Index >= 0:
			at = t.index(at, step)
		default:
			at = t.member(at, step.Name)
		}
	}
	return at
}

func (t *Trie) slot(n *node) int {
	if n.slot < 0 {
		n.slot = t.slots
		t.slots++
	}
	return n.slot
}

func (t *Trie) member(above *node, name string) *node {
	if child := above.member([]byte(name)); child != nil {
		return child
	}
	return t.hang(above, t.node(name, above.below(name)))
}

// hang makes a node a member of the one above.
func (t *Trie) hang(above, child *node) *node {
	head := &above.heads[nameHash([]byte(child.name))]
	child.next, *head = *head, child
	above.names++
	t.widest = max(t.widest, above.names)
	return child
}

// index is an element of a list; without brackets it is a member so called
// too, for what stands there decides.
func (t *Trie) index(above *node, step Step) *node {
	for len(above.items) <= step.Index {
		above.items = append(above.items, nil)
	}
	child := above.items[step.Index]
	if child == nil {
		child = t.node(step.Name, above.below(step.Name))
		above.items[step.Index] = child
	}
	if !step.Only && above.member([]byte(step.Name)) == nil {
		above.lone++
		t.hang(above, child)
	}
	return child
}

func (t *Trie) pick(above *node, step Step) *node {
	for _, p := range above.picks {
		if p.member == step.Member && p.value == step.Value {
			return p.node
		}
	}
	child := t.node("", above.path+"["+step.Member+"="+step.Value+"]")
	above.picks = append(above.picks, pick{step.Member, step.Value, child})
	return child
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

// inside reports whether anything is wanted of an object here.
func (n *node) inside() bool { return n.names > 0 || n.item(0) != nil }

// elements reports whether anything is wanted of a list here.
func (n *node) elements() bool { return len(n.items) > 0 || len(n.picks) > 0 }

func (n *node) item(i int) *node {
	if i < len(n.items) {
		return n.items[i]
	}
	return nil
}
