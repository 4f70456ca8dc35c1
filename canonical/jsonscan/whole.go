package jsonscan

import (
	"bytes"
	"strconv"
)

// AppendWhole writes a whole number the same however it stands there: 12, 12.0
// and 1.2E1 are 12. What is no such number, or no exact one, is written as it is.
func AppendWhole(dst, raw []byte) []byte {
	if !bytes.ContainsAny(raw, ".eE") {
		return append(dst, raw...)
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || f != float64(int64(f)) || f > 1<<53 || f < -(1<<53) {
		return append(dst, raw...)
	}
	return strconv.AppendInt(dst, int64(f), 10)
}
