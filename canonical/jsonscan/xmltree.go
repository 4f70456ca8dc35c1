package jsonscan

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
)

// AppendXML appends the first element of an XML text as JSON, so that one
// scanner reads both: attributes are @name, text is the value itself or #text
// beside members, repeated elements are a list. Prefixes fall away. What
// stands behind the element is left alone. The JSON nests no deeper than a
// scan allows where no element repeats.
func AppendXML(dst, b []byte) ([]byte, error) {
	x := NewXML(bytes.NewReader(b))
	for {
		what, err := x.Next()
		if errors.Is(err, io.EOF) {
			err = errNoElement
		}
		if err != nil {
			return dst, err
		}
		if what == Open {
			e, err := readElement(x)
			if err != nil {
				return dst, err
			}
			return e.appendJSON(dst), nil
		}
	}
}

var errNoElement = errors.New("no element")

type element struct {
	names   []string
	members map[string][]*element
	text    []byte
}

func (e *element) add(name string, child *element) {
	if e.members == nil {
		e.members = map[string][]*element{}
	}
	if e.members[name] == nil {
		e.names = append(e.names, name)
	}
	e.members[name] = append(e.members[name], child)
}

// readElement reads to the end of the element that just opened.
func readElement(x *XML) (*element, error) {
	if len(x.open) > MaxDepth-1 {
		return nil, x.wrong(TooDeep)
	}
	e := &element{}
	for _, a := range x.attrs {
		if !declaresPrefix(a) {
			e.add("@"+a.Name.Local, &element{text: []byte(a.Value)})
		}
	}
	for {
		what, err := x.Next()
		switch {
		case err != nil:
			return nil, err
		case what == Close:
			return e, nil
		case what == Chars:
			e.text = append(e.text, x.chars...)
		default:
			name := x.name
			child, err := readElement(x)
			if err != nil {
				return nil, err
			}
			e.add(name, child)
		}
	}
}

func declaresPrefix(a xml.Attr) bool { return a.Name.Space == "xmlns" || a.Name.Local == "xmlns" }

func (e *element) appendJSON(dst []byte) []byte {
	words := bytes.TrimSpace(e.text)
	if len(e.names) == 0 {
		return append(AppendEscaped(append(dst, '"'), words), '"')
	}
	dst = append(dst, '{')
	for i, name := range e.names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(AppendEscaped(append(dst, '"'), []byte(name)), '"', ':')
		children := e.members[name]
		if len(children) == 1 {
			dst = children[0].appendJSON(dst)
			continue
		}
		dst = append(dst, '[')
		for j, child := range children {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = child.appendJSON(dst)
		}
		dst = append(dst, ']')
	}
	if len(words) > 0 {
		dst = append(AppendEscaped(append(dst, `,"#text":"`...), words), '"')
	}
	return append(dst, '}')
}
