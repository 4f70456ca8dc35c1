package store

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"iocgateway/canonical"
)

// letters folds the Latin letters with marks, so that the hot path needs no
// normalisation: index is the rune, value its plain lower-case letter. đ has
// no decomposition and is folded by hand. It is never written after.
var letters = foldTable()

const foldTop = 0x1F00

func foldTable() [foldTop]byte {
	var t [foldTop]byte
	for r := rune(0xC0); r < foldTop; r++ {
		base := []rune(norm.NFD.String(string(r)))[0]
		if base < 0x80 && unicode.IsLetter(base) {
			t[r] = byte(unicode.ToLower(base))
		}
	}
	t['đ'], t['Đ'] = 'd', 'd'
	return t
}

// fold makes text comparable: lower case, without marks, đ as d.
func fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case r < 0x80:
			if r >= 'A' && r <= 'Z' {
				r += 'a' - 'A'
			}
			b.WriteByte(byte(r))
		case r < foldTop && letters[r] != 0:
			b.WriteByte(letters[r])
		case r >= 0x300 && r < 0x370: // combining marks of text that is not composed
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// indicatorCode finds the indicator of an observation in its canonical body,
// whose members have a fixed order.
func indicatorCode(body []byte) any {
	_, rest, ok := bytes.Cut(body, []byte(`"indicator":`))
	if !ok {
		return nil
	}
	var head struct {
		Code string `json:"code"`
	}
	if err := json.NewDecoder(bytes.NewReader(rest)).Decode(&head); err != nil || head.Code == "" {
		return nil
	}
	return head.Code
}

// closedStatus reports whether a matter of this kind is at its end.
func closedStatus(k canonical.Kind, status string) bool {
	for _, s := range closedStatuses(k) {
		if s == status {
			return true
		}
	}
	return false
}

func closedStatuses(k canonical.Kind) []string {
	switch k {
	case canonical.KindDossier:
		return []string{"refused", "withdrawn", "finished", "returned"}
	case canonical.KindDocument:
		return []string{"refused", "finished", "recalled"}
	case canonical.KindTask:
		return []string{"finished", "recalled"}
	case canonical.KindFeedback:
		return []string{"resolved", "rejected", "cancelled", "withdrawn"}
	}
	return nil
}
