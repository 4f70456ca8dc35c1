package tabular

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"iocgateway/canonical/problem"
)

// xmlItems gives the elements at a path of an XML document, byte for byte.
type xmlItems struct {
	plan  *elementPlan
	data  []byte
	dec   *xml.Decoder
	path  []string
	stack []string
	n     int
}

const maxDepth = 200

var (
	errDeep   = errors.New("nested too deep")
	errNoPath = errors.New("no element on the path was met")
)

func newXMLItems(data []byte, p *elementPlan) *xmlItems {
	dec := xml.NewDecoder(bytes.NewReader(data))
	// The data is UTF-8 already, whatever its first line says.
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	return &xmlItems{plan: p, data: data, dec: dec, path: strings.Split(strings.Trim(p.path, "/"), "/")}
}

func (x *xmlItems) broken(err error) error {
	return &problem.Problem{Code: "GW-D018", Path: fmt.Sprintf("%s[%d]", x.plan.path, x.n), Err: err}
}

// Next gives the next element on the path.
func (x *xmlItems) Next() (Item, error) {
	for {
		from := x.dec.InputOffset()
		token, err := x.dec.Token()
		if err == io.EOF {
			if x.n == 0 && !x.met() {
				return Item{}, x.broken(errNoPath)
			}
			return Item{}, io.EOF
		}
		if err != nil {
			return Item{}, x.broken(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			x.stack = append(x.stack, t.Name.Local)
			if len(x.stack) > maxDepth {
				return Item{}, x.broken(errDeep)
			}
			if x.here() {
				return x.element(t, from)
			}
		case xml.EndElement:
			x.stack = x.stack[:len(x.stack)-1]
		}
	}
}

// met reports whether the root, at least, is the one the path begins with: an
// empty list is no mistake.
func (x *xmlItems) met() bool {
	return bytes.Contains(x.data, []byte(x.path[0]))
}

func (x *xmlItems) here() bool {
	if len(x.stack) != len(x.path) {
		return false
	}
	for i, name := range x.path {
		if name != "*" && name != x.stack[i] {
			return false
		}
	}
	return true
}

// element reads to the end of the element that just began.
func (x *xmlItems) element(start xml.StartElement, from int64) (Item, error) {
	found := map[string]string{}
	for _, a := range start.Attr {
		found["@"+a.Name.Local] = a.Value
	}
	var inner []string
	var text strings.Builder
	for {
		token, err := x.dec.Token()
		if err != nil {
			return Item{}, x.broken(unexpected(err))
		}
		switch t := token.(type) {
		case xml.StartElement:
			inner = append(inner, t.Name.Local)
			if len(inner) > maxDepth {
				return Item{}, x.broken(errDeep)
			}
			text.Reset()
			for _, a := range t.Attr {
				keep(found, strings.Join(inner, ".")+".@"+a.Name.Local, a.Value)
			}
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			if len(inner) == 0 {
				return x.cut(start, from, found), nil
			}
			keep(found, strings.Join(inner, "."), strings.TrimSpace(text.String()))
			inner = inner[:len(inner)-1]
			text.Reset()
		}
	}
}

// keep remembers the first value of a path; a few hundred are enough for any key.
func keep(found map[string]string, path, value string) {
	if _, again := found[path]; !again && len(found) < 512 {
		found[path] = value
	}
}

func (x *xmlItems) cut(_ xml.StartElement, from int64, found map[string]string) Item {
	x.stack = x.stack[:len(x.stack)-1]
	payload := bytes.Clone(x.data[from:x.dec.InputOffset()])
	where := fmt.Sprintf("%s[%d]", x.plan.path, x.n)
	x.n++
	parts := make([]string, len(x.plan.key))
	for i, path := range x.plan.key {
		parts[i] = found[path]
	}
	return x.plan.item(payload, parts, func(path string) string { return found[path] }, where)
}

// Close has nothing to close.
func (x *xmlItems) Close() error { return nil }
