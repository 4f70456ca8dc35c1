package cloudevents

import (
	"encoding/base64"
	"time"
)

const upperHex = "0123456789ABCDEF"

// Append writes an event as one JSON object and gives the longer slice. It
// allocates nothing but what dst lacks. Data must be valid JSON unless the
// event is Binary: it is copied, not looked at.
//
// What is not printable ASCII in an attribute, and quotes and backslashes,
// are percent-encoded: the result is always valid JSON with ASCII attributes.
func Append(dst []byte, e *Envelope) []byte {
	dst = append(dst, `{"specversion":"1.0","id":"`...)
	if e.ID == "" && e.Sequence > 0 {
		dst = appendID(dst, e.Feed, e.Sequence, e.Version)
	} else {
		dst = appendASCII(dst, e.ID)
	}
	dst = append(dst, '"')
	dst = appendText(dst, `,"source":"`, e.Source)
	dst = appendText(dst, `,"type":"`, e.Type)
	dst = appendText(dst, `,"subject":"`, e.Subject)
	dst = appendTime(dst, `,"time":"`, e.Time)
	switch {
	case e.DataContentType != "":
		dst = appendText(dst, `,"datacontenttype":"`, e.DataContentType)
	case e.Data != nil && !e.Binary:
		dst = append(dst, `,"datacontenttype":"application/json"`...)
	}
	dst = appendText(dst, `,"dataschema":"`, e.DataSchema)
	if e.Sequence > 0 {
		dst = append(dst, `,"sequence":"`...)
		dst = appendSequence(dst, e.Sequence)
		dst = append(dst, `","previous":"`...)
		dst = appendSequence(dst, e.Previous)
		dst = append(dst, '"')
		dst = appendText(dst, `,"partition":"`, e.Partition)
	}
	dst = appendTime(dst, `,"recordedtime":"`, e.RecordedTime)
	dst = appendText(dst, `,"mapping":"`, e.Mapping)
	switch {
	case e.Data == nil:
	case e.Binary:
		dst = append(dst, `,"data_base64":"`...)
		dst = base64.StdEncoding.AppendEncode(dst, e.Data)
		dst = append(dst, '"')
	default:
		dst = append(dst, `,"data":`...)
		dst = append(dst, e.Data...)
	}
	return append(dst, '}')
}

func appendText(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	dst = append(dst, name...)
	dst = appendASCII(dst, value)
	return append(dst, '"')
}

func appendTime(dst []byte, name string, at time.Time) []byte {
	if y := at.Year(); at.IsZero() || y < 1 || y > 9999 {
		return dst
	}
	dst = append(dst, name...)
	dst = at.AppendFormat(dst, time.RFC3339Nano)
	return append(dst, '"')
}

func appendSequence(dst []byte, n uint64) []byte {
	var digits [sequenceDigits]byte
	for i := len(digits) - 1; i >= 0; i-- {
		digits[i] = byte('0' + n%10)
		n /= 10
	}
	return append(dst, digits[:]...)
}

// ASCII is a text as attributes carry it: what is not printable ASCII is
// percent-encoded.
func ASCII(s string) string {
	for i := range len(s) {
		if !plain(s, i) {
			return string(appendASCII(nil, s))
		}
	}
	return s
}

// plain reports whether a byte stands for itself: all but a leading blank,
// quotes, backslashes, controls and what is not ASCII.
func plain(s string, i int) bool {
	c := s[i]
	return c > ' ' && c < 0x7f && c != '"' && c != '\\' || c == ' ' && i > 0
}

func appendASCII(dst []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if plain(s, i) {
			dst = append(dst, c)
			continue
		}
		dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
	}
	return dst
}
