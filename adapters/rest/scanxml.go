package rest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
)

// wholeXML scans a page of XML: the path of the records names the element
// that repeats, and a record's payload is its element's bytes. Names are
// local names; @name is an attribute.
func (s *scanner) wholeXML(t *trie) error {
	if len(t.edges) == 0 {
		return errors.New("records.path must name the repeated element")
	}
	d := xml.NewDecoder(bytes.NewReader(s.b))
	d.Strict = true
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // the client made it UTF-8
	x := &xmlScan{s: s, d: d, root: t}
	for {
		x.start = d.InputOffset()
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			if len(x.path) > 0 {
				return errCut
			}
			return nil
		}
		if err != nil {
			return errSyntax
		}
		if err := x.token(token); err != nil {
			return err
		}
	}
}

type xmlScan struct {
	s     *scanner
	d     *xml.Decoder
	root  *trie
	path  []level
	start int64
	in    int // depth at which the record began; 0 is outside
	from  int64
}

type level struct {
	name string
	node *trie // nil: nobody wants what is below
	text []byte
}

func (x *xmlScan) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return x.open(t)
	case xml.EndElement:
		return x.close(t)
	case xml.CharData:
		if n := len(x.path); n > 0 {
			if at := x.path[n-1]; at.node != nil && len(at.node.slots) > 0 {
				x.path[n-1].text = append(x.path[n-1].text, t...)
			}
		}
	}
	return nil
}

func (x *xmlScan) open(t xml.StartElement) error {
	if len(x.path) == 64 {
		return errDeep
	}
	var node *trie
	switch n := len(x.path); {
	case n == 0:
		node = x.root.kid([]byte(t.Name.Local))
	case x.path[n-1].node != nil:
		node = x.path[n-1].node.kid([]byte(t.Name.Local))
	}
	if n := len(x.path); x.in == 0 && n > 0 && x.path[n-1].node != nil && x.path[n-1].node.listsHere() {
		x.s.found = true
	}
	if node != nil && node.rows && x.in == 0 {
		x.s.found, x.in, x.from = true, len(x.path)+1, x.start
		clear(x.s.cells)
		node = x.s.rec
	}
	x.path = append(x.path, level{name: t.Name.Local, node: node})
	if node == nil {
		return nil
	}
	for _, a := range t.Attr {
		if kid := node.kid([]byte("@" + a.Name.Local)); kid != nil {
			x.put(kid, a.Value)
		}
	}
	return nil
}

// listsHere reports whether the repeated element is a child of this one: then
// the list is there, even with nothing in it.
func (t *trie) listsHere() bool {
	for _, e := range t.edges {
		if e.to.rows {
			return true
		}
	}
	return false
}

func (x *xmlScan) close(t xml.EndElement) error {
	n := len(x.path)
	if n == 0 || x.path[n-1].name != t.Name.Local {
		return errSyntax
	}
	top := &x.path[n-1]
	if top.node != nil && len(top.node.slots) > 0 {
		x.put(top.node, string(top.text))
	}
	if top.node != nil && x.in == 0 && top.node.listsHere() {
		x.s.found = true
	}
	x.path = x.path[:n-1]
	if x.in != n {
		return nil
	}
	x.in = 0
	return x.s.row(x.s.b[x.from:x.d.InputOffset()], x.s)
}

func (x *xmlScan) put(node *trie, text string) {
	out := x.s.out
	if x.in > 0 {
		out = x.s.cells
	}
	for _, slot := range node.slots {
		out[slot] = value{raw: []byte(text), kind: '"'}
	}
}
