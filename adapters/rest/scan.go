package rest

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan"
)

// value is a member that was found.
type value = jsonscan.Value

// appendKey writes a value as part of a key: blanks around it fall away, and
// a whole number is the same key however it is written (12, 12.0, 1.2E1).
func appendKey(dst []byte, v value) []byte {
	switch {
	case v.Shape == jsonscan.Number:
		return jsonscan.AppendWhole(dst, v.Bytes)
	case v.Escaped:
		return append(dst, strings.TrimSpace(v.String())...)
	default:
		return append(dst, bytes.TrimSpace(v.Bytes)...)
	}
}

// raw is a record as it came.
func (p *parser) raw(payload []byte) canonical.Raw {
	raw := canonical.Raw{Kind: p.kind, Payload: payload}
	if p.pl.xml {
		raw.Media = canonical.MediaXML
	}
	return raw
}

// integer reads a whole number, also one written as text; -1 when it is none.
func integer(v value) int {
	if v.Shape != jsonscan.Number && v.Shape != jsonscan.Text {
		return -1
	}
	text := jsonscan.AppendWhole(nil, bytes.TrimSpace(v.Bytes))
	if v.Shape == jsonscan.Text && inThousands.Match(text) {
		text = partsThousands.ReplaceAll(text, nil)
	}
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// A count that is written for people: 1.234 or 12 345 678.
var (
	inThousands    = regexp.MustCompile(`^\d{1,3}(([.,]\d{3})+|([ \x{a0}\x{202f}]\d{3})+)$`)
	partsThousands = regexp.MustCompile(`[^\d]`)
)
