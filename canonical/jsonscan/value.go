package jsonscan

import (
	"bytes"
	"encoding/json"
)

// Shape is what stands in a place. Scalars come before Object; the numbers
// between them are a caller's own.
type Shape uint8

// The shapes.
const (
	Absent Shape = iota
	Null
	Text
	Number
	True
	False
	Object Shape = iota + 8
	Array
)

// String shows what a value of the shape looks like.
func (s Shape) String() string {
	switch s {
	case Absent:
		return "∅"
	case Null:
		return "null"
	case Number:
		return "12.5"
	case True:
		return "true"
	case False:
		return "false"
	case Object:
		return "{…}"
	case Array:
		return "[…]"
	}
	return `"…"`
}

// Value is a piece of the text, not copied: it is good as long as the text is.
type Value struct {
	Bytes   []byte // of a text what stands between the quotes, else the literal
	At      uint32 // where Bytes begin in the text
	Shape   Shape
	Escaped bool // a text that holds backslashes
}

// Of is the value that a piece of JSON is, known by its first byte. The piece
// begins and ends with the value.
func Of(b []byte) Value {
	if len(b) == 0 {
		return Value{}
	}
	switch b[0] {
	case '"':
		inner := b[1:max(len(b)-1, 1)]
		return Value{Bytes: inner, At: 1, Shape: Text, Escaped: bytes.IndexByte(inner, '\\') >= 0}
	case '{':
		return Value{Bytes: b, Shape: Object}
	case '[':
		return Value{Bytes: b, Shape: Array}
	case 'n':
		return Value{Bytes: b, Shape: Null}
	case 't':
		return Value{Bytes: b, Shape: True}
	case 'f':
		return Value{Bytes: b, Shape: False}
	}
	return Value{Bytes: b, Shape: Number}
}

// Empty reports whether the value is empty: none there, null, or blanks.
func (v Value) Empty() bool {
	return v.Shape <= Null || v.Shape == Text && len(bytes.TrimSpace(v.Bytes)) == 0
}

// String is the value as text: a text without its escapes, null as nothing,
// anything else as it stands. Escapes that are none leave the text as it is.
func (v Value) String() string {
	if v.Escaped {
		var s string
		quoted := append(append([]byte{'"'}, v.Bytes...), '"')
		if json.Unmarshal(quoted, &s) == nil {
			return s
		}
	}
	if v.Shape == Null {
		return ""
	}
	return string(v.Bytes)
}
