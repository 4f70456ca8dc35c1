package answer

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"

	"iocgateway/canonical/problem"
)

func TestWrite(t *testing.T) {
	r := httptest.NewRequest("GET", "/v1/x", nil)
	r.Header.Set("Accept-Language", "fr, en-US;q=0.8, vi;q=0.3")
	w := httptest.NewRecorder()
	w.Header().Set("ETag", `"x"`)
	p := New(http.StatusBadRequest, &problem.Problem{Code: "GW-F019", Field: "limit", Value: "0", Want: "1–9"})
	p.Resync, p.Retry, p.Allow = "/snapshot", 1500*time.Millisecond, "GET"
	p.Write(w, r)
	var got body
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	words := problem.Problem{Code: "GW-F019", Field: "limit", Value: "0", Want: "1–9"}
	if len(got.Errors) != 1 || got.Errors[0] != (fieldError{"limit", got.Detail}) {
		t.Errorf("errors: %+v", got.Errors)
	}
	want := body{Type: "/docs#GW-F019", Title: "Bad Request", Status: 400, Detail: words.Text(problem.English), Instance: "/v1/x",
		Code: "GW-F019", Hint: words.Hint(problem.English), Resync: "/snapshot", Errors: got.Errors}
	if w.Code != 400 || !reflect.DeepEqual(got, want) {
		t.Errorf("%d %+v, want %+v", w.Code, got, want)
	}
	for name, want := range map[string]string{"Content-Type": Media, "Content-Language": "en", "Cache-Control": "no-store",
		"Vary": "Accept-Language", "Retry-After": "2", "Allow": "GET", "ETag": ""} {
		if w.Header().Get(name) != want {
			t.Errorf("%s: %q, want %q", name, w.Header().Get(name), want)
		}
	}
}

// A field is named only where the request itself is at fault.
func TestWriteNamesFieldsOfRequestsOnly(t *testing.T) {
	for status, want := range map[int]int{400: 1, 422: 1, 404: 0, 409: 0, 503: 0} {
		w := httptest.NewRecorder()
		New(status, &problem.Problem{Code: "GW-F019", Field: "limit"}).Write(w, httptest.NewRequest("GET", "/", nil))
		var got body
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || len(got.Errors) != want {
			t.Errorf("%d: %v %+v", status, err, got)
		}
	}
}

func TestLanguage(t *testing.T) {
	for header, want := range map[string]problem.Lang{
		"": problem.Vietnamese, "fr": problem.Vietnamese, "en": problem.English, "EN-gb": problem.English,
		"en-US,vi;q=0.3": problem.English, "en;q=0.2, vi": problem.Vietnamese, "en;q=0": problem.Vietnamese,
		"en;q=2": problem.Vietnamese, "en;q=x": problem.Vietnamese, "en; Q=0.5": problem.English,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Language", header)
		if got := Language(r); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

// Every status that is answered with has a name of its own in Vietnamese.
func TestTitles(t *testing.T) {
	seen := map[string]int{}
	for status, title := range titles() {
		if other, twice := seen[title]; twice {
			t.Errorf("%d and %d are both %q", status, other, title)
		}
		seen[title] = status
		if Title(status, problem.English) != http.StatusText(status) {
			t.Errorf("%d: %q", status, Title(status, problem.English))
		}
	}
	if Title(500, problem.Vietnamese) != "Lỗi nội bộ" || Title(404, problem.Vietnamese) != "Không tìm thấy" {
		t.Error("titles are mixed up")
	}
}
