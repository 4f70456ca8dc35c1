package rest

import (
	"bytes"
	"cmp"
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

func (pl *plan) appendKey(text []byte, cells []value) (all []byte, missing string) {
	from := len(text)
	for i, slot := range pl.key {
		if i > 0 {
			text = append(text, cmp.Or(pl.Records.Join, "|")...)
		}
		before := len(text)
		if v := cells[slot]; !v.Empty() && v.Shape < jsonscan.Object {
			text = appendKey(text, v)
			if pl.Records.Whole {
				text = jsonscan.AppendWhole(text[:before], text[before:])
			}
			if len(pl.key) > 1 && pl.Records.Join == "" {
				text = escapeBars(text, before)
			}
		}
		if len(text) == before || len(text)-from > maxKey {
			return text, pl.Records.Key[i]
		}
	}
	return text, ""
}

// escapeBars keeps a part of a key with the sign that joins parts apart from two
// parts, as files do. Parts without it stand as they are, as they always did.
func escapeBars(text []byte, from int) []byte {
	if bytes.IndexByte(text[from:], '|') < 0 {
		return text
	}
	part := bytes.ReplaceAll(text[from:], []byte(`\`), []byte(`\\`)) // a copy
	return append(text[:from], bytes.ReplaceAll(part, []byte("|"), []byte(`\|`))...)
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
