package httpx

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"
)

// FuzzRetryAfter: a source may ask for any wait; the one obeyed is bounded.
func FuzzRetryAfter(f *testing.F) {
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for _, seed := range []string{"", "0", "120", "-1", "99999999999999999999", "1e9", "Mon, 02 Mar 2026 08:05:00 GMT",
		"Mon, 02 Mar 1000 08:05:00 GMT", "Mon, 02 Mar 9999 08:05:00 GMT", " 5 ", "1.5", "90s", "1772438700", "1772438700000",
		"2026-03-02T08:05:00Z", "NaN", "Inf"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		for _, at := range []time.Time{now, {}} {
			if after, given := askedAfter(http.Header{"Retry-After": {header}}, at); after < 0 || after > LongestAfter || !given && after != 0 {
				t.Fatalf("%q: %v, given %v", header, after, given)
			}
		}
	})
}

// FuzzShaped: whatever a body begins with, it is taken or refused, and the
// reason holds nothing of a query.
func FuzzShaped(f *testing.F) {
	for _, seed := range []string{"", " {}", "[]", "<!DOCTYPE html><html><input type=password>", "<html>", "<a/>", "Hệ thống đang bảo trì",
		"\xef\xbb\xbf{}", "<", "<HEAD", "\x00\x00"} {
		f.Add(seed, "/a?token=gizmo-7")
	}
	f.Fuzz(func(t *testing.T, body, path string) {
		for _, accept := range []string{MediaJSON, MediaXML, "*/*"} {
			r := Request{Path: path, Accept: accept}
			err := shaped(r, &Response{Status: 200, Header: http.Header{}, Body: []byte(body)}, bytes.Clone)
			if _, query, found := strings.Cut(path, "?"); err != nil && found && len(query) > 6 && strings.Contains(err.Error(), query) {
				t.Fatalf("the query is shown: %v", err)
			}
		}
	})
}
