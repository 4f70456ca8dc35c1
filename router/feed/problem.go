package feed

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// failure is an answer that is a problem.
type failure struct {
	status  int
	problem *problem.Problem
	resync  string // where a reader gets a new snapshot
	retry   int    // seconds for Retry-After
	allow   string
}

func fail(status int, p *problem.Problem) *failure {
	return &failure{status: status, problem: p}
}

// problemJSON is RFC 9457 with this API's additions.
type problemJSON struct {
	Type     string       `json:"type"`
	Title    string       `json:"title"`
	Status   int          `json:"status"`
	Detail   string       `json:"detail"`
	Instance string       `json:"instance"`
	Code     string       `json:"code"`
	Hint     string       `json:"hint,omitempty"`
	Resync   string       `json:"resync,omitempty"`
	Errors   []fieldError `json:"errors,omitempty"`
}

type fieldError struct {
	Parameter string `json:"parameter"`
	Detail    string `json:"detail"`
}

// language is the language a request asks for: the first of vi and en that
// its Accept-Language names; Vietnamese when it names neither.
func language(r *http.Request) problem.Lang {
	bestQ, best := 0.0, problem.Vietnamese
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, q := weighed(part)
		tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
		if (tag == "vi" || tag == "en") && q > bestQ {
			bestQ, best = q, problem.Lang(tag)
		}
	}
	return best
}

// weighed takes "value;q=0.5" apart; a q that cannot be read is 0.
func weighed(part string) (string, float64) {
	value, params, has := strings.Cut(part, ";")
	value = strings.TrimSpace(value)
	if !has {
		return value, 1
	}
	for p := range strings.SplitSeq(params, ";") {
		if name, v, ok := strings.Cut(strings.TrimSpace(p), "="); ok && strings.EqualFold(name, "q") {
			q, err := strconv.ParseFloat(v, 64)
			if err != nil || !(q >= 0 && q <= 1) {
				return value, 0
			}
			return value, q
		}
	}
	return value, 1
}

// write answers with the failure.
func (f *failure) write(w http.ResponseWriter, r *http.Request) {
	lang := language(r)
	p := f.problem
	body := problemJSON{Type: "/docs#" + p.Code, Title: title(f.status, lang), Status: f.status, Detail: p.Text(lang),
		Instance: r.URL.Path, Code: p.Code, Hint: p.Hint(lang), Resync: f.resync}
	if (f.status == 400 || f.status == 422) && p.Field != "" {
		body.Errors = []fieldError{{Parameter: p.Field, Detail: body.Detail}}
	}
	h := w.Header()
	h.Del("ETag")
	h.Del("Link")
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Language", string(lang))
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept-Language")
	if f.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(f.retry))
	}
	if f.allow != "" {
		h.Set("Allow", f.allow)
	}
	w.WriteHeader(f.status)
	b, err := json.Marshal(body)
	if err != nil {
		return // unreachable: the struct holds strings and numbers only
	}
	_, _ = w.Write(append(b, '\n')) // a reader that left needs no answer
}

func title(status int, lang problem.Lang) string {
	if lang == problem.English {
		return http.StatusText(status)
	}
	switch status {
	case http.StatusBadRequest:
		return "Yêu cầu sai"
	case http.StatusUnauthorized:
		return "Chưa xác thực"
	case http.StatusForbidden:
		return "Không được phép"
	case http.StatusNotFound:
		return "Không tìm thấy"
	case http.StatusMethodNotAllowed:
		return "Phương thức không dùng được"
	case http.StatusNotAcceptable:
		return "Kiểu nội dung không có"
	case http.StatusConflict:
		return "Xung đột"
	case http.StatusGone:
		return "Đã hết hạn"
	case http.StatusRequestEntityTooLarge:
		return "Yêu cầu quá lớn"
	case http.StatusUnsupportedMediaType:
		return "Kiểu nội dung không đúng"
	case http.StatusTooManyRequests:
		return "Quá nhiều yêu cầu"
	case http.StatusNotImplemented:
		return "Chưa bật"
	case http.StatusServiceUnavailable:
		return "Tạm thời không phục vụ được"
	}
	return "Lỗi bên trong"
}

// broken turns an error of the view into an answer. What it says is logged
// once here and not shown: it may name paths of the machine.
func (a *API) broken(r *http.Request, doing string, err error) *failure {
	switch {
	case errors.Is(err, context.Canceled):
		return fail(http.StatusServiceUnavailable, &problem.Problem{Code: "GW-F030"}) // the reader left; nobody sees it
	case errors.Is(err, journal.ErrNotFound):
		return fail(http.StatusNotFound, &problem.Problem{Code: "GW-F012"})
	}
	a.opts.Log.ErrorContext(r.Context(), "feed: "+doing, "err", err, "path", r.URL.Path)
	f := fail(http.StatusServiceUnavailable, &problem.Problem{Code: "GW-F030"})
	f.retry = 5
	return f
}

// Refuse answers a request with a problem, for handlers outside this package
// that share its address.
func Refuse(w http.ResponseWriter, r *http.Request, status int, p *problem.Problem) {
	fail(status, p).write(w, r)
}
