package rest

import (
	"net/http"
	"strconv"
	"strings"
)

// heads are the headers in which a source gives what others have in the body.
type heads struct{ total, pages, next string }

// inHeader begins a path that is a header's name.
const inHeader = "header:"

// take keeps a header's name, and leaves a path of the body as it is.
func (h *heads) take(name *string, path string) string {
	if header, ok := strings.CutPrefix(path, inHeader); ok {
		*name = http.CanonicalHeaderKey(strings.TrimSpace(header))
		return ""
	}
	return path
}

// read takes from an answer's headers what the profile looks for there.
func (h *heads) read(page *parsedPage, from http.Header) {
	if h.total != "" {
		page.total = headNumber(from.Get(h.total))
	}
	if h.pages != "" {
		page.pages = headNumber(from.Get(h.pages))
	}
	if h.next != "" {
		page.next = strings.TrimSpace(from.Get(h.next))
	}
}

// headNumber reads a number, also the one behind the range that was given
// (items 0-49/1234); -1 where there is none.
func headNumber(text string) int {
	if at := strings.LastIndexByte(text, '/'); at >= 0 {
		text = text[at+1:]
	}
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 0 {
		return -1
	}
	return n
}
