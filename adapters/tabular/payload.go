package tabular

import (
	"strings"
	"unicode/utf8"

	"iocgateway/canonical/vntext"
)

const hexDigits = "0123456789abcdef"

// AppendJSONString appends s as a JSON string. Invalid UTF-8 becomes U+FFFD.
func AppendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
			dst = append(append(dst, s[from:i]...), "\ufffd"...)
		} else {
			dst = appendControl(append(dst, s[from:i]...), c)
		}
		i++
		from = i
	}
	return append(append(dst, s[from:]...), '"')
}

func appendControl(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	default:
		return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	}
}

// AppendMember appends "name":"value" to an object, with a comma where one is needed.
func AppendMember(dst []byte, name, value string) []byte {
	if len(dst) > 0 && dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return AppendJSONString(append(AppendJSONString(dst, name), ':'), value)
}

// JoinKey joins the parts of a key; a part that holds the separator is
// escaped, so that two keys are never one. It is false when all parts are blank.
func JoinKey(prefix string, parts []string) (string, bool) {
	var b strings.Builder
	b.WriteString(prefix)
	some := false
	for i, part := range parts {
		part = vntext.Clean(part)
		some = some || part != ""
		if i > 0 {
			b.WriteByte('|')
		}
		if strings.ContainsAny(part, `|\`) {
			part = keyEscape(part)
		}
		b.WriteString(part)
	}
	return b.String(), some
}

func keyEscape(part string) string {
	return strings.ReplaceAll(strings.ReplaceAll(part, `\`, `\\`), "|", `\|`)
}

// FilePrefix is what the keys of one file begin with where each file is a
// whole of its own.
func FilePrefix(file string) string {
	return keyEscape(vntext.Clean(file)) + "#"
}
