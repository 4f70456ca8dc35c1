package httpx

import (
	"net/http"
	"testing"

	"iocgateway/canonical/problem"
)

func TestPartOf(t *testing.T) {
	for text, want := range map[string]Part{
		"bytes 0-99/1234": {"bytes", 0, 99, 1234}, "items 50-99/200": {"items", 50, 99, 200}, "0-49/200": {"", 0, 49, 200},
		"items=0-9/*": {"items", 0, 9, -1}, " 0 - 49 / 200": {}, "": {}, "*/200": {}, "bytes */200": {}, "x": {},
		"1-y/3": {}, "7-9": {"", 7, 9, -1},
		"-5-9/20": {}, "99999999999999999999-1/2": {},
	} {
		got, ok := PartOf(http.Header{"Content-Range": {text}})
		if got != want || ok != (want != Part{}) {
			t.Errorf("%q: %+v, %v", text, got, ok)
		}
	}
}

// A piece of an answer is refused where nobody asked for pieces; a list in
// parts is read where it says which part it is.
func TestAPartIsNoWhole(t *testing.T) {
	for _, c := range []struct {
		content string
		parts   bool
		good    bool
	}{
		{"", false, false}, {"", true, false}, {"bytes 0-1/2", false, true}, {"bytes 0-1/20", false, false}, {"bytes 0-1/20", true, false},
		{"bytes 0-1/*", false, false}, {"items 0-49/200", true, true}, {"items 50-99/200", true, true}, {"0-49/200", true, true},
		{"0-49/200", false, false}, {"nonsense", true, false},
	} {
		cl, _ := client(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if c.content != "" {
				w.Header().Set("Content-Range", c.content)
			}
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write([]byte("{}"))
		}), Options{})
		_, err := cl.Do(t.Context(), Request{Path: "/x", Parts: c.parts})
		class, _ := problem.Class(err)
		if p, ok := problem.As(err); (err == nil) != c.good || !c.good && (!ok || p.Code != "GW-S041" || class != problem.FaultRetry) {
			t.Errorf("%q, parts %v: %v", c.content, c.parts, err)
		}
	}
}
