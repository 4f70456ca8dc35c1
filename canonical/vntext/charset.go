package vntext

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// ErrMalformed is in the chain of Decode's error when bytes had to be
// replaced. What Decode gives beside it is usable all the same.
var ErrMalformed = errors.New("vntext: bytes that the charset does not have")

// Charset is the one name by which this package calls a charset, found by any
// usual name or in a Content-Type value. ok is false for what it does not know.
func Charset(label string) (name string, ok bool) {
	label = strings.ToLower(strings.TrimSpace(label))
	if _, after, found := strings.Cut(label, "charset="); found {
		label, _, _ = strings.Cut(after, ";")
	}
	label = strings.Trim(label, " \t\"'")
	switch label {
	case "utf-8", "utf8", "unicode-1-1-utf-8", "us-ascii", "ascii":
		return "utf-8", true
	case "utf-16", "utf16", "utf-16le", "utf16le", "ucs-2", "unicode":
		return "utf-16le", true
	case "utf-16be", "utf16be":
		return "utf-16be", true
	case "windows-1258", "cp1258", "cp-1258", "x-cp1258", "1258":
		return "windows-1258", true
	case "windows-1252", "cp1252", "cp-1252", "x-cp1252", "1252", "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "l1", "ansi":
		return "windows-1252", true
	case "tcvn3", "tcvn-3", "abc", "x-viet-tcvn3":
		return "tcvn3", true
	case "tcvn5712-1", "tcvn-5712", "tcvn5712", "tcvn", "x-viet-tcvn5712", "vn1":
		return "tcvn5712-1", true
	case "vni", "vni-win", "vni-windows", "x-viet-vni":
		return "vni", true
	}
	return "", false
}

// Decode gives data, written in a charset, as UTF-8 without a byte order
// mark. A byte order mark in data wins over the charset named. Legacy charsets
// come out as NFC; UTF-8 is given as it is, not copied.
//
// Bytes that the charset does not have become U+FFFD and are reported by an error
// (ErrMalformed); the text comes beside it.
func Decode(data []byte, charset string) ([]byte, error) {
	name, ok := Charset(charset)
	if charset == "" {
		name, ok = "utf-8", true
	}
	if !ok {
		return nil, fmt.Errorf("vntext: charset %.40q is not known", charset)
	}
	if byMark, size := markOf(data); size > 0 {
		name, data = byMark, data[size:]
	}
	switch name {
	case "utf-8":
		return decodeUTF8(data)
	case "utf-16le":
		return decodeUTF16(data, unicode.LittleEndian)
	case "utf-16be":
		return decodeUTF16(data, unicode.BigEndian)
	case "tcvn3":
		return decodeSingle(data, func(b []byte) []byte { return appendBytes(b, &legacy().tcvn3) })
	case "tcvn5712-1":
		return decodeSingle(data, func(b []byte) []byte { return appendBytes(b, &legacy().vn1) })
	case "vni":
		return decodeSingle(data, func(b []byte) []byte { return appendVNI(nil, asWesternBytes(b)) })
	case "windows-1258":
		return decodeCharmap(data, charmap.Windows1258)
	default:
		return decodeCharmap(data, charmap.Windows1252)
	}
}

// markOf names the charset of a byte order mark and its length.
func markOf(data []byte) (name string, size int) {
	switch {
	case bytes.HasPrefix(data, []byte{0xEF, 0xBB, 0xBF}):
		return "utf-8", 3
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}):
		return "utf-16le", 2
	case bytes.HasPrefix(data, []byte{0xFE, 0xFF}):
		return "utf-16be", 2
	}
	return "", 0
}

func decodeUTF8(data []byte) ([]byte, error) {
	if utf8.Valid(data) {
		return data, nil
	}
	at := 0
	for at < len(data) {
		r, n := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && n < 2 {
			break
		}
		at += n
	}
	return bytes.ToValidUTF8(data, []byte("\uFFFD")), fmt.Errorf("utf-8, byte %d: %w", at, ErrMalformed)
}

func decodeUTF16(data []byte, order unicode.Endianness) ([]byte, error) {
	out, err := unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder().Bytes(data)
	if err != nil {
		return nil, fmt.Errorf("vntext: utf-16: %w", err)
	}
	if bytes.ContainsRune(out, utf8.RuneError) || len(data)%2 != 0 {
		return out, fmt.Errorf("utf-16: %w", ErrMalformed)
	}
	return out, nil
}

func decodeCharmap(data []byte, table encoding.Encoding) ([]byte, error) {
	return decodeSingle(data, func(b []byte) []byte {
		out, err := table.NewDecoder().Bytes(b)
		if err != nil { // a charmap decoder replaces and does not fail
			return bytes.ToValidUTF8(b, []byte("\uFFFD"))
		}
		return out
	})
}

// decodeSingle decodes with a table of single bytes; ASCII is the same in all.
func decodeSingle(data []byte, decode func([]byte) []byte) ([]byte, error) {
	out := NFCBytes(decode(data))
	if bytes.ContainsRune(out, utf8.RuneError) {
		return out, ErrMalformed
	}
	return out, nil
}

func appendBytes(data []byte, table *[256]rune) []byte {
	dst := make([]byte, 0, len(data)+len(data)/2)
	for _, c := range data {
		dst = appendLetter(dst, table, rune(c), charmap.Windows1252.DecodeByte(c))
	}
	return dst
}

// asWesternBytes gives bytes as the Latin-1 and Windows-1252 runes that the
// tables are keyed by, whatever UTF-8 they might look like.
func asWesternBytes(data []byte) string {
	out := make([]byte, 0, len(data)+len(data)/2)
	for _, c := range data {
		out = utf8.AppendRune(out, charmap.Windows1252.DecodeByte(c))
	}
	return string(out)
}

// Detect names the charset of data: by its byte order mark, then by what the
// bytes can be, then by the charset declared (a label or a Content-Type), then
// by which charset makes Vietnamese of it. Valid UTF-8 is UTF-8 whatever was
// declared, because a wrong header is more common than that accident.
func Detect(data []byte, declared string) string {
	if name, size := markOf(data); size > 0 {
		return name
	}
	sample := data[:min(len(data), maxSample)]
	named, known := Charset(declared)
	if name := wide(sample); name != "" {
		return name
	}
	if known && strings.HasPrefix(named, "utf-16") && len(data)%2 == 0 && bytes.IndexByte(sample, 0) >= 0 {
		return named
	}
	if mostlyUTF8(data) {
		return "utf-8"
	}
	if known && named != "utf-8" && named != "windows-1252" && !strings.HasPrefix(named, "utf-16") {
		return named
	}
	name, syllables := likeliest(sample)
	switch {
	case named == "utf-8" && syllables < 2: // hardly anything speaks against what it says of itself
		return named
	case syllables > 0:
		return name
	}
	return "windows-1252"
}

// Question gives a text with a question mark in the place of each byte that is no
// UTF-8: what is found in it lies where it lies in the text as it came.
func Question(data []byte) []byte {
	out := bytes.Clone(data)
	for i := 0; i < len(out); {
		r, n := utf8.DecodeRune(out[i:])
		if r == utf8.RuneError && n < 2 {
			out[i], n = '?', 1
		}
		i += n
	}
	return out
}

// wide finds UTF-16 without a mark by where its zero bytes stand.
func wide(sample []byte) string {
	var zeros [2]int
	for i, c := range sample {
		if c == 0 {
			zeros[i&1]++
		}
	}
	half := len(sample) / 2
	switch {
	case half < 2:
		return ""
	case zeros[1]*10 > half*3 && zeros[0]*20 < half:
		return "utf-16le"
	case zeros[0]*10 > half*3 && zeros[1]*20 < half:
		return "utf-16be"
	}
	return ""
}

// mostlyUTF8 reports whether data is UTF-8, up to a few cut characters: a
// source that cuts names at a byte has not changed its charset. In a text of
// single bytes hardly a pair of letters reads as UTF-8 by accident.
func mostlyUTF8(data []byte) bool {
	if utf8.Valid(data) {
		return true
	}
	good, bad, within := 0, 0, false
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		broken := r == utf8.RuneError && n < 2
		switch {
		case broken && !within:
			bad++
		case n > 1:
			good++
		}
		data, within = data[n:], broken
	}
	return good > 0 && bad <= good
}

// likeliest is the charset that makes most Vietnamese syllables of it; 0: none does.
func likeliest(sample []byte) (best string, most int) {
	t := legacy()
	for _, name := range [...]string{"windows-1252", "windows-1258", "tcvn3", "vni"} {
		text, err := Decode(sample, name)
		if err != nil && !errors.Is(err, ErrMalformed) {
			continue
		}
		if good, marked := t.score(string(text)); good > most && 2*good > marked {
			best, most = name, good
		}
	}
	return best, most
}
