package simkit

import (
	"fmt"
	"net/http"
	"strconv"
)

// Link is a Link header for the next page, in a form that servers write.
func Link(address, form string) string {
	switch form {
	case "bare":
		return fmt.Sprintf("<%s>;rel=next", address)
	case "several":
		return fmt.Sprintf("</l>; rel=\"first prev\", <%s>; rel=\"last next\"", address)
	case "extension":
		return fmt.Sprintf("</x>; rel=\"https://source.test/rels/next\", <%s>; rel=\"next https://source.test/rels/page\"", address)
	case "commas":
		return fmt.Sprintf("</l?ids=1,2;3>; rel=self, <%s&ids=1,2;3>; rel=next", address)
	case "order":
		return fmt.Sprintf("<%s>; title=\"trang sau, <x>; rel=prev\"; type=\"application/json\"; rel=\"next\"", address)
	}
	return fmt.Sprintf("<%s>; rel=\"next\"", address)
}

// Spoil is a file of a source that is not asked over HTTP, spoilt as answers
// would be: a page of HTML in its place, or half of it.
func (f *Faults) Spoil(content []byte) []byte {
	if _, hit := f.Hit(Page, -1); hit {
		return []byte("<!DOCTYPE html><html><head><title>Bảo trì hệ thống</title></head><body></body></html>")
	}
	if _, hit := f.Hit(Half, -1); hit {
		return content[:len(content)/2]
	}
	return content
}

// Ail answers for a record that is sick, if it is.
func (f *Faults) Ail(w http.ResponseWriter, key string) bool {
	if f == nil || !Share(Sick, key, 5) {
		return false
	}
	x, hit := f.Hit(Sick, -1)
	if !hit {
		return false
	}
	switch status, err := strconv.Atoi(x.Arg); {
	case err == nil:
		WriteJSON(w, status, map[string]string{"error": "sick"})
	case x.Arg == "html":
		html(w, http.StatusOK, "Bảo trì")
	default:
		WriteJSON(w, http.StatusOK, map[string]any{"data": map[string]any{}})
	}
	return true
}
