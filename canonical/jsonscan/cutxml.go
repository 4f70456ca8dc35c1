package jsonscan

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
)

// XML cuts an XML text: the place of the records names the element that
// repeats, and a record is its element's bytes. Names are local names, @name
// is an attribute; a value is the text of an element without that of the
// elements in it, the last one's where elements repeat.
func (c *Cutter) XML(b []byte) error {
	x := &xmlCutter{Cutter: c, text: b, in: NewXML(bytes.NewReader(b))}
	if c.Deep != nil {
		x.in.Skim()
	}
	for {
		what, err := x.in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil && x.row == 0 && x.in.Deep() { // around the records
			err = x.in.wrong(TooDeep)
		}
		if err == nil {
			err = x.take(what)
		}
		if err != nil {
			_, to := x.in.Span()
			c.scan.i = int(to)
			return blunt(err)
		}
	}
}

// blunt keeps the decoder's words back: they may repeat what stands there.
func blunt(err error) error {
	var wrong *XMLError
	var defect Defect
	if errors.As(err, &wrong) && !errors.As(err, &defect) {
		return &XMLError{wrong.Line, Broken}
	}
	return err
}

// xmlCutter is a Cutter at work on XML.
type xmlCutter struct {
	*Cutter
	text []byte
	in   *XML
	path []level
	row  int // depth at which the record began; 0 is outside
	from int64
}

// level is an element that is open.
type level struct {
	node  *node // nil: nothing below is wanted
	chars []byte
}

func (x *xmlCutter) take(what Markup) error {
	switch what {
	case Open:
		x.open()
	case Close:
		return x.close()
	case Chars:
		if n := len(x.path); n > 0 && x.path[n-1].node.valued() {
			x.path[n-1].chars = append(x.path[n-1].chars, x.in.chars...)
		}
	}
	return nil
}

func (n *node) valued() bool { return n != nil && n.slot >= 0 }

func (x *xmlCutter) open() {
	above := x.Envelope.root
	if n := len(x.path); n > 0 {
		above = x.path[n-1].node
	}
	var node *node
	if above != nil {
		node = above.member([]byte(x.in.name))
		x.Found = x.Found || x.lists(above)
	}
	if node != nil && node.rows && x.row == 0 {
		x.Found, x.row, x.from = true, len(x.path)+1, x.in.from
		clear(x.Cells)
		x.scan.twice = x.scan.twice[:0]
		node = x.Record.root
	}
	x.path = append(x.path, level{node: node})
	if node == nil || node.names == 0 {
		return
	}
	for i := range x.in.attrs {
		x.attribute(node, &x.in.attrs[i])
	}
}

// lists reports whether the element that repeats is a child of this one: then
// the list is there, even with nothing in it.
func (x *xmlCutter) lists(n *node) bool { return n != nil && n.lists && x.row == 0 && len(x.path) > 0 }

func (x *xmlCutter) attribute(node *node, a *xml.Attr) {
	if kid := node.member([]byte("@" + a.Name.Local)); kid.valued() {
		x.put(kid, []byte(a.Value))
	}
}

func (x *xmlCutter) close() error {
	n := len(x.path)
	top := x.path[n-1]
	if top.node.valued() {
		x.put(top.node, top.chars)
	}
	x.Found = x.Found || x.lists(top.node)
	x.path = x.path[:n-1]
	if x.row != n {
		return nil
	}
	x.row = 0
	_, to := x.in.Span()
	take := x.Row
	if x.in.Deep() {
		take = x.Deep
	}
	return take(int(x.from), x.text[x.from:to])
}

// put keeps a value. A backslash in it is read as JSON reads it: the keys of
// records were made so from the first version on.
func (x *xmlCutter) put(node *node, text []byte) {
	out := x.Out
	if x.row > 0 {
		out = x.Cells
		if v := out[node.slot]; v.Shape != Absent && !bytes.Equal(v.Bytes, text) {
			x.scan.twice = append(x.scan.twice, node)
		}
	}
	out[node.slot] = Value{Bytes: text, Shape: Text, Escaped: bytes.IndexByte(text, '\\') >= 0}
}
