// Package answer is how a problem is answered over HTTP: RFC 9457, in the
// language the request asks for.
package answer

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"

	"iocgateway/canonical/problem"
)

// Media is the content type of an answer that is a problem.
const Media = "application/problem+json"

// Problem is an answer that is a problem.
type Problem struct {
	Status  int
	Problem *problem.Problem
	Resync  string        // where a reader of a feed gets a new snapshot
	Retry   time.Duration // for Retry-After; 0: not given
	Allow   string        // the methods that are allowed, with 405
}

// New is the answer with a status and nothing besides.
func New(status int, p *problem.Problem) *Problem { return &Problem{Status: status, Problem: p} }

// body is RFC 9457 with the gateway's additions.
type body struct {
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

// Write answers a request with the problem.
func (p *Problem) Write(w http.ResponseWriter, r *http.Request) {
	lang := Language(r)
	b := body{Type: "/docs#" + p.Problem.Code, Title: Title(p.Status, lang), Status: p.Status, Detail: p.Problem.Text(lang),
		Instance: r.URL.Path, Code: p.Problem.Code, Hint: p.Problem.Hint(lang), Resync: p.Resync}
	if (p.Status == http.StatusBadRequest || p.Status == http.StatusUnprocessableEntity) && p.Problem.Field != "" {
		b.Errors = []fieldError{{Parameter: p.Problem.Field, Detail: b.Detail}}
	}
	h := w.Header()
	h.Del("ETag")
	h.Del("Link")
	h.Set("Content-Type", Media)
	h.Set("Content-Language", string(lang))
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept-Language")
	if p.Retry > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(p.Retry.Seconds()))))
	}
	if p.Allow != "" {
		h.Set("Allow", p.Allow)
	}
	w.WriteHeader(p.Status)
	text, err := json.Marshal(b)
	if err != nil {
		return // unreachable: the struct holds strings and numbers only
	}
	_, _ = w.Write(append(text, '\n')) // a reader that left needs no answer
}

// titles are the names of the statuses in Vietnamese.
func titles() map[int]string {
	return map[int]string{
		http.StatusOK:                    "Thành công",
		http.StatusAccepted:              "Đã nhận, tiếp tục như một tác vụ",
		http.StatusNotModified:           "Không thay đổi",
		http.StatusBadRequest:            "Yêu cầu không hợp lệ",
		http.StatusUnauthorized:          "Chưa xác thực",
		http.StatusForbidden:             "Không được phép",
		http.StatusNotFound:              "Không tìm thấy",
		http.StatusMethodNotAllowed:      "Phương thức không được hỗ trợ",
		http.StatusNotAcceptable:         "Không hỗ trợ kiểu nội dung này",
		http.StatusConflict:              "Xung đột",
		http.StatusGone:                  "Đã hết hạn",
		http.StatusRequestEntityTooLarge: "Yêu cầu quá lớn",
		http.StatusUnsupportedMediaType:  "Kiểu nội dung không đúng",
		http.StatusTooManyRequests:       "Quá nhiều yêu cầu",
		http.StatusNotImplemented:        "Chức năng chưa bật",
		http.StatusServiceUnavailable:    "Tạm thời không phục vụ được",
	}
}

// Title is the name of a status in a language.
func Title(status int, lang problem.Lang) string {
	if lang == problem.English {
		return http.StatusText(status)
	}
	if title, ok := titles()[status]; ok {
		return title
	}
	return "Lỗi nội bộ"
}
