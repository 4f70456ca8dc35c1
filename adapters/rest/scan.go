package rest

import (
	"bytes"
	"strconv"
	"strings"

	"iocgateway/canonical/jsonscan"
)

// value is a member that was found.
type value = jsonscan.Value

// appendKey writes a value as part of a key: blanks around it fall away, and
// a whole number is the same key however it is written (12, 12.0, 1.2E1).
func appendKey(dst []byte, v value) []byte {
	switch {
	case v.Shape == jsonscan.Number:
		return appendWhole(dst, v.Bytes)
	case v.Escaped:
		return append(dst, strings.TrimSpace(v.String())...)
	default:
		return append(dst, bytes.TrimSpace(v.Bytes)...)
	}
}

func appendWhole(dst, raw []byte) []byte {
	if !bytes.ContainsAny(raw, ".eE") {
		return append(dst, raw...)
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || f != float64(int64(f)) || f > 1<<53 || f < -(1<<53) {
		return append(dst, raw...)
	}
	return strconv.AppendInt(dst, int64(f), 10)
}

// integer reads a whole number, also one written as text; -1 when it is none.
func integer(v value) int {
	if v.Shape != jsonscan.Number && v.Shape != jsonscan.Text {
		return -1
	}
	n, err := strconv.Atoi(string(appendWhole(nil, bytes.TrimSpace(v.Bytes))))
	if err != nil || n < 0 {
		return -1
	}
	return n
}
