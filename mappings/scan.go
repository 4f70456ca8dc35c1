package mappings

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
)

// shape is what stands in a slot.
type shape = jsonscan.Shape

const (
	absent        = jsonscan.Absent
	null          = jsonscan.Null
	text          = jsonscan.Text
	number        = jsonscan.Number
	yes           = jsonscan.True
	no            = jsonscan.False
	canonicalCode = no + 1 // written in the mapping, translated already
	object        = jsonscan.Object
	array         = jsonscan.Array
)

// value is a piece of the Raw, not copied, or what a step made of one.
type value struct {
	b     []byte
	shape shape
	esc   bool // text between quotes that holds backslashes
}

func valueOf(v *jsonscan.Value) value { return value{v.Bytes, v.Shape, v.Escaped} }

// spanOf gives a checked JSON value's shape by its first byte.
func spanOf(b []byte) value {
	v := jsonscan.Of(b)
	return valueOf(&v)
}

// eachMember walks the members of an object that a scan has checked.
func eachMember(b []byte, visit func(name []byte, v value)) {
	jsonscan.EachMember(b, func(name []byte, v jsonscan.Value) { visit(name, valueOf(&v)) })
}

// eachItem walks the elements of a list that a scan has checked, until visit
// is false.
func eachItem(b []byte, visit func(v value) bool) {
	jsonscan.EachItem(b, func(v jsonscan.Value) bool { return visit(valueOf(&v)) })
}

const (
	maxPayload = 16 << 20
	maxDepth   = jsonscan.MaxDepth
	maxMembers = 250 // of one object that a mapping may name
)

// badPath is what is wrong with a path, or empty.
func badPath(path string) string {
	_, err := jsonscan.ParsePath(path)
	var wrong *jsonscan.PathError
	switch {
	case errors.As(err, &wrong) && (wrong.Step == "*" || wrong.Step == "#" || wrong.Step == "[]" || wrong.Step == "[*]"):
		return "each: a.b"
	case errors.As(err, &wrong):
		return "a.b.c, a[0], a[id=1].b, a\\[b]"
	case !utf8.ValidString(path) || len(path) > 400:
		return "UTF-8, ≤ 400 byte"
	}
	return ""
}

// text is the JSON of the record that was read.
func (r *input) text() []byte { return bytes.TrimLeft(r.scan.Text(), " \t\r\n") }

// read scans the payload into the slots of the record.
func (r *input) read() *problem.Problem {
	b := r.raw.Payload
	if len(b) > maxPayload {
		return &problem.Problem{Code: "GW-M103", Want: "16 MiB"}
	}
	b = bytes.TrimRight(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), "\x00 \r\n\t")
	if r.plan.xml || r.raw.Media == canonical.MediaXML {
		tree, err := jsonscan.AppendXML(make([]byte, 0, len(b)), bytes.TrimLeft(b, "\x00 \r\n\t"))
		if err != nil {
			return &problem.Problem{Code: "GW-M104", Err: xmlCause(err)}
		}
		b = tree
	}
	return r.element(0, b)
}

// xmlCause leaves out what stood there.
func xmlCause(err error) error {
	var wrong *jsonscan.XMLError
	if errors.As(err, &wrong) && !errors.Is(err, jsonscan.TooDeep) {
		return fmt.Errorf("line %d", wrong.Line)
	}
	return err
}

// element scans a piece of JSON into the slots of a frame.
func (r *input) element(frame int, b []byte) *problem.Problem {
	switch r.scan.Scan(r.plan.frames[frame].paths, b, r.frames[frame]) {
	case jsonscan.Sound:
		return nil
	case jsonscan.NotText:
		return &problem.Problem{Code: "GW-M102"}
	case jsonscan.TooDeep:
		return &problem.Problem{Code: "GW-M105", Want: "64"}
	case jsonscan.Twice:
		return &problem.Problem{Code: "GW-M106", Path: problem.Short(r.scan.Twice())}
	}
	return &problem.Problem{Code: "GW-M101", Err: errors.New(where(r.scan.Text(), r.scan.At()))}
}

// where is how far JSON could be read, without showing what stands there.
func where(b []byte, i int) string { return "byte " + itoa(min(i, len(b))) + "/" + itoa(len(b)) }
