package push

import (
	"slices"

	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
)

// paths are those that settings name in an item: what stands at one twice,
// nobody knows.
type paths struct {
	trie *jsonscan.Trie
	key  []int // slots
}

// twice is a member that an item has twice; empty: it has none such.
type twice struct {
	member string
	key    bool // a part of the key is it, or stands in it
}

func pathsOf(c *Settings) paths {
	p := paths{trie: jsonscan.NewTrie()}
	for _, path := range c.Key {
		p.key = append(p.key, p.trie.Want(path))
	}
	for _, path := range []string{c.Version, c.At, c.GonePath, c.KindPath} {
		if path != "" {
			p.trie.Want(path)
		}
	}
	return p
}

func (p paths) in(item string) twice {
	var s jsonscan.Scanner
	_ = s.Find(p.trie, []byte(item), make([]jsonscan.Value, p.trie.Slots())) // it was judged
	return twice{s.Twice(), slices.ContainsFunc(p.key, s.Doubtful)}
}

func (t twice) held(records string) problem.Problem {
	return problem.Problem{Code: "GW-S084", Path: records, Field: problem.Short(t.member)}
}
