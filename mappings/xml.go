package mappings

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// xmlToJSON writes an XML element as JSON, so that the one scanner reads
// both: attributes are @name, text is the value itself or #text beside
// members, repeated elements are a list. Prefixes of namespaces fall away.
func xmlToJSON(b []byte) ([]byte, error) {
	b = bytes.Trim(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), "\x00 \r\n\t")
	dec := xml.NewDecoder(bytes.NewReader(b))
	dec.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		if strings.EqualFold(label, "utf-8") {
			return in, nil
		}
		return nil, fmt.Errorf("text is said to be %.20q; the adapter has to bring UTF-8", label)
	}
	for {
		token, err := dec.Token()
		if err != nil {
			return nil, xmlCause(err)
		}
		if start, ok := token.(xml.StartElement); ok {
			e, err := readElement(dec, start, 0)
			if err != nil {
				return nil, xmlCause(err)
			}
			return e.json(make([]byte, 0, len(b))), nil
		}
	}
}

// xmlCause leaves out what stood there.
func xmlCause(err error) error {
	var syntax *xml.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("line %d", syntax.Line)
	case errors.Is(err, io.EOF):
		return errors.New("no element")
	}
	return err
}

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

func readElement(dec *xml.Decoder, start xml.StartElement, depth int) (*element, error) {
	if depth > maxDepth-2 {
		return nil, errors.New("nested too deep")
	}
	e := &element{}
	for _, a := range start.Attr {
		if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
			e.add("@"+a.Name.Local, &element{text: []byte(a.Value)})
		}
	}
	for {
		token, err := dec.Token()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			child, err := readElement(dec, t, depth+1)
			if err != nil {
				return nil, err
			}
			e.add(t.Name.Local, child)
		case xml.CharData:
			e.text = append(e.text, t...)
		case xml.EndElement:
			return e, nil
		}
	}
}

func (e *element) json(dst []byte) []byte {
	words := bytes.TrimSpace(e.text)
	if len(e.names) == 0 {
		return append(appendJSON(append(dst, '"'), words), '"')
	}
	dst = append(dst, '{')
	for i, name := range e.names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendJSON(append(dst, '"'), []byte(name)), '"', ':')
		children := e.members[name]
		if len(children) == 1 {
			dst = children[0].json(dst)
			continue
		}
		dst = append(dst, '[')
		for j, child := range children {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = child.json(dst)
		}
		dst = append(dst, ']')
	}
	if len(words) > 0 {
		dst = append(appendJSON(append(dst, `,"#text":"`...), words), '"')
	}
	return append(dst, '}')
}
