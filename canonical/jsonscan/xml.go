package jsonscan

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// Markup is what comes next in an XML text.
type Markup uint8

// The kinds of it. What else an XML text holds is passed over.
const (
	Open Markup = iota + 1
	Close
	Chars
)

// maxElements is how deep elements nest at most.
const maxElements = 256

// Attr is an attribute; the space of its name is its prefix.
type Attr = xml.Attr

// XML reads an XML text piece by piece. It is the one place that decides how XML
// is read; the package comment lists it.
type XML struct {
	dec   *xml.Decoder
	open  []string
	name  string
	attrs []xml.Attr
	chars []byte
	from  int64
	skim  bool // elements beyond the deepest are passed over
	below int  // of them that are open
	deep  bool // one was met since this was last cleared
}

// NewXML reads from in, which is UTF-8 whatever the text declares.
func NewXML(in io.Reader) *XML { return &XML{dec: decoderOf(in)} }

// Skim passes over what nests deeper than is read, where it would be a defect;
// Deep reports it.
func (x *XML) Skim() { x.skim = true }

// Deep reports whether something was passed over since it was last asked.
func (x *XML) Deep() bool {
	deep := x.deep
	x.deep = false
	return deep
}

func decoderOf(in io.Reader) *xml.Decoder {
	dec := xml.NewDecoder(in)
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	return dec
}

// DecodeXML reads a whole document into a value, as encoding/xml does.
func DecodeXML(in io.Reader, into any) error { return decoderOf(in).Decode(into) }

// XMLError is what is wrong with an XML text, and where.
type XMLError struct {
	Line int
	Err  error // a Defect, or the decoder's error
}

// Error names the line.
func (e *XMLError) Error() string {
	var syntax *xml.SyntaxError
	if errors.As(e.Err, &syntax) {
		return e.Err.Error() // it does
	}
	return fmt.Sprintf("line %d: %v", e.Line, e.Err)
}

// Unwrap gives what the error is made of.
func (e *XMLError) Unwrap() error { return e.Err }

// Next reads on. The error is io.EOF behind the last element, else an
// *XMLError.
func (x *XML) Next() (Markup, error) {
	for {
		x.from = x.dec.InputOffset()
		token, err := x.dec.RawToken()
		if err != nil {
			return 0, x.wrong(err)
		}
		if x.beneath(token) {
			continue
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(x.open) == maxElements {
				return 0, x.wrong(TooDeep)
			}
			x.name, x.attrs = t.Name.Local, t.Attr
			x.open = append(x.open, x.name)
			return Open, nil
		case xml.EndElement:
			return x.close(t.Name.Local)
		case xml.CharData:
			x.chars = t
			return Chars, nil
		}
	}
}

// beneath passes over what is deeper than is read. Names are not compared
// there: an end ends the element before it.
func (x *XML) beneath(token xml.Token) bool {
	switch token.(type) {
	case xml.StartElement:
		if !x.skim || len(x.open) < maxElements {
			return false
		}
		x.below++
		x.deep = true
		return true
	case xml.EndElement:
		if x.below == 0 {
			return false
		}
		x.below--
		return true
	}
	return x.below > 0
}

func (x *XML) close(name string) (Markup, error) {
	n := len(x.open)
	if n == 0 {
		return 0, x.wrong(fmt.Errorf("unexpected end element </%s>", name))
	}
	if x.open[n-1] != name {
		return 0, x.wrong(fmt.Errorf("element <%s> closed by </%s>", x.open[n-1], name))
	}
	x.name, x.open = name, x.open[:n-1]
	return Close, nil
}

func (x *XML) wrong(err error) error {
	var syntax *xml.SyntaxError
	switch {
	case errors.Is(err, io.EOF) && len(x.open) == 0:
		return io.EOF
	case errors.Is(err, io.EOF):
		err = CutOff
	case errors.As(err, &syntax):
		return &XMLError{syntax.Line, err}
	}
	line, _ := x.dec.InputPos()
	return &XMLError{line, err}
}

// Name is the local name of the element that opened or closed.
func (x *XML) Name() string { return x.name }

// Attrs are the attributes of the element that opened.
func (x *XML) Attrs() []Attr { return x.attrs }

// Chars is the text that came, good until Next.
func (x *XML) Chars() []byte { return x.chars }

// Path is the elements that are open, outermost first.
func (x *XML) Path() []string { return x.open }

// Span is where what came begins and ends in the text.
func (x *XML) Span() (from, to int64) { return x.from, x.dec.InputOffset() }
