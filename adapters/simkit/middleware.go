package simkit

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// Wire is what the transport faults must know of a simulator.
type Wire struct {
	Rows    string                   // the JSON member that holds the rows: nocontent drops it; [1] is an element, nothing the whole body
	Failure any                      // the body of a failure inside a 200
	Tokens  *Tokens                  // what the expire fault revokes
	Page    func(*http.Request) int  // the page a request asks for; nil: none
	Spare   func(*http.Request) bool // requests that faults leave alone (the token endpoint)
}

// Wrap puts the transport and body faults before h.
func Wrap(h http.Handler, f *Faults, s Wire) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f == nil || (s.Spare != nil && s.Spare(r)) {
			h.ServeHTTP(w, r)
			return
		}
		page := -1
		if s.Page != nil {
			page = s.Page(r)
		}
		if _, hit := f.Hit(TokenExpiry, page); hit && s.Tokens != nil {
			s.Tokens.Revoke()
		}
		if x, hit := f.Hit(Stall, page); hit && !wait(r, x.Duration(30*time.Second)) {
			return
		}
		if instead(w, f, s, page) {
			return
		}
		bent(w, r, h, f, s, page)
	})
}

func wait(r *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// instead answers in place of the handler where a fault does.
func instead(w http.ResponseWriter, f *Faults, s Wire, page int) bool {
	if _, hit := f.Hit(Unauthorized, page); hit {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		WriteJSON(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
		return true
	}
	if x, hit := f.Hit(TooMany, page); hit {
		if x.Arg != "" {
			w.Header().Set("Retry-After", strconv.Itoa(int(x.Number(1))))
		}
		html(w, http.StatusTooManyRequests, "429 Too Many Requests")
		return true
	}
	if _, hit := f.Hit(BadGateway, page); hit {
		html(w, http.StatusBadGateway, "502 Bad Gateway")
		return true
	}
	if _, hit := f.Hit(Unavailable, page); hit {
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	if _, hit := f.Hit(ServerError, page); hit {
		http.Error(w, "java.lang.NullPointerException: null", http.StatusInternalServerError)
		return true
	}
	return insteadOK(w, f, s, page)
}

// insteadOK is the part that answers 200 and means something else.
func insteadOK(w http.ResponseWriter, f *Faults, s Wire, page int) bool {
	if _, hit := f.Hit(LoginPage, page); hit {
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		_, _ = fmt.Fprint(w, "<!DOCTYPE html><html><head><title>Đăng nhập</title></head><body><form action=\"/login\" method=\"post\">"+
			"<input name=\"username\"><input name=\"password\" type=\"password\"></form></body></html>")
		return true
	}
	if _, hit := f.Hit(Page, page); hit {
		html(w, http.StatusOK, "Bảo trì hệ thống")
		return true
	}
	if _, hit := f.Hit(NotJSON, page); hit {
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		_, _ = fmt.Fprint(w, "Hệ thống đang bảo trì, vui lòng quay lại sau")
		return true
	}
	if _, hit := f.Hit(NotSuccess, page); hit && s.Failure != nil {
		WriteJSON(w, http.StatusOK, s.Failure)
		return true
	}
	if x, hit := f.Hit(GzipBomb, page); hit {
		bomb(w, int(x.Number(512)))
		return true
	}
	return false
}

func html(w http.ResponseWriter, status int, title string) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n", title, title)
}

// bomb writes megabytes of zeros in a few bytes each; the client decides when
// it has had enough.
func bomb(w http.ResponseWriter, mib int) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	block := bytes.Repeat([]byte{' '}, 1<<20)
	for range min(mib, 4096) {
		if _, err := z.Write(block); err != nil {
			return
		}
	}
	_ = z.Close()
}

// bent lets the handler answer and then spoils the answer, if a fault asks.
func bent(w http.ResponseWriter, r *http.Request, h http.Handler, f *Faults, s Wire, page int) {
	var edits []func([]byte) []byte
	for _, name := range []string{NoContent, NumberString, ObjectArray, Decomposed, ByteOrderMark, Half} {
		if _, hit := f.Hit(name, page); hit {
			edits = append(edits, editor(name, s))
		}
	}
	charset, wrong := f.Hit(WrongCharset, page)
	_, cut := f.Hit(Cut, page)
	if len(edits) == 0 && !wrong && !cut {
		h.ServeHTTP(w, r)
		return
	}
	held := &holder{header: w.Header(), status: http.StatusOK}
	h.ServeHTTP(held, r)
	body := held.body.Bytes()
	for _, e := range edits {
		body = e(body)
	}
	if wrong {
		name := charset.Arg
		if name == "" {
			name = "windows-1252"
		}
		w.Header().Set("Content-Type", "application/json;charset="+name)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(held.status)
	if cut {
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // net/http's own way to end a connection mid-body
	}
	_, _ = w.Write(body)
}

// holder keeps an answer back until it has been spoilt.
type holder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is the header of the real answer.
func (h *holder) Header() http.Header { return h.header }

// WriteHeader notes the status.
func (h *holder) WriteHeader(code int) { h.status = code }

// Write keeps the bytes.
func (h *holder) Write(b []byte) (int, error) { return h.body.Write(b) }

func editor(name string, s Wire) func([]byte) []byte {
	switch name {
	case Decomposed:
		return norm.NFD.Bytes
	case Half:
		return func(b []byte) []byte { return b[:len(b)/2] }
	case ByteOrderMark:
		return func(b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) }
	case NoContent:
		return edited(func(v any) any { return without(v, s.Rows) })
	case NumberString:
		return edited(func(v any) any { return stringly(v, false) })
	default:
		return edited(func(v any) any { return collapsed(v, s.Rows, "") })
	}
}

// edited rewrites a body that is JSON and leaves any other alone.
func edited(change func(any) any) func([]byte) []byte {
	return func(b []byte) []byte {
		dec := json.NewDecoder(bytes.NewReader(b))
		dec.UseNumber()
		var v any
		if dec.Decode(&v) != nil {
			return b
		}
		var out bytes.Buffer
		enc := json.NewEncoder(&out)
		enc.SetEscapeHTML(false)
		if enc.Encode(change(v)) != nil {
			return b
		}
		return out.Bytes()
	}
}

// without drops the member wherever objects hold it, outside lists. Where the
// body is a list, its rows are the whole of it (no member), or one element ([1]).
func without(v any, member string) any {
	switch t := v.(type) {
	case map[string]any:
		delete(t, member)
		for k := range t {
			if _, list := t[k].([]any); !list {
				t[k] = without(t[k], member)
			}
		}
	case []any:
		if member == "" {
			return map[string]any{}
		}
		at, err := strconv.Atoi(strings.Trim(member, "[]"))
		if err == nil && at < len(t) {
			return slices.Delete(t, at, at+1)
		}
	}
	return v
}

// stringly turns the numbers inside lists (the rows) into strings.
func stringly(v any, inRows bool) any {
	switch t := v.(type) {
	case map[string]any:
		for k := range t {
			t[k] = stringly(t[k], inRows)
		}
	case []any:
		for i := range t {
			t[i] = stringly(t[i], true)
		}
	case json.Number:
		if inRows {
			return t.String()
		}
	}
	return v
}

// collapsed turns every list of one into the one, but the list of rows itself.
func collapsed(v any, rows, member string) any {
	switch t := v.(type) {
	case map[string]any:
		for k := range t {
			t[k] = collapsed(t[k], rows, k)
		}
	case []any:
		for i := range t {
			t[i] = collapsed(t[i], rows, "")
		}
		if len(t) == 1 && member != rows {
			return t[0]
		}
	}
	return v
}
