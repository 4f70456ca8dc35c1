package simkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"
)

func body(t *testing.T, url string, bearer string) (*http.Response, []byte, error) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	tr := &http.Transport{DisableKeepAlives: true}
	res, err := (&http.Client{Transport: tr, Timeout: 30 * time.Second}).Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 2<<20))
	return res, b, err
}

type wireCase struct {
	fault string
	want  func(res *http.Response, b []byte, err error) bool
}

func wireCases() []wireCase {
	return append(statusCases(), bodyCases()...)
}

func statusCases() []wireCase {
	return []wireCase{
		{"401", func(r *http.Response, b []byte, err error) bool {
			return r.StatusCode == 401 && r.Header.Get("WWW-Authenticate") != ""
		}},
		{"429:7", func(r *http.Response, b []byte, err error) bool {
			return r.StatusCode == 429 && r.Header.Get("Retry-After") == "7"
		}},
		{"429", func(r *http.Response, b []byte, err error) bool {
			return r.StatusCode == 429 && r.Header.Get("Retry-After") == ""
		}},
		{"502", func(r *http.Response, b []byte, err error) bool {
			return r.StatusCode == 502 && bytes.Contains(b, []byte("<html>"))
		}},
		{"503", func(r *http.Response, b []byte, err error) bool { return r.StatusCode == 503 }},
		{"500", func(r *http.Response, b []byte, err error) bool { return r.StatusCode == 500 }},
		{"cut", func(r *http.Response, b []byte, err error) bool {
			return errors.Is(err, io.ErrUnexpectedEOF) && len(b) > 0
		}},
		{"stall:50ms", func(r *http.Response, b []byte, err error) bool { return err == nil && json.Valid(b) }},
	}
}

func bodyCases() []wireCase {
	return []wireCase{
		{"gzipbomb:4", func(r *http.Response, b []byte, err error) bool { return len(b) == 2<<20 }},
		{"charset", func(r *http.Response, b []byte, err error) bool {
			return strings.Contains(r.Header.Get("Content-Type"), "windows-1252")
		}},
		{"bom", func(r *http.Response, b []byte, err error) bool { return bytes.HasPrefix(b, []byte("\xef\xbb\xbf{")) }},
		{"nfd", func(r *http.Response, b []byte, err error) bool { return json.Valid(b) && !norm.NFC.IsNormal(b) }},
		{"nonjson", func(r *http.Response, b []byte, err error) bool { return r.StatusCode == 200 && !json.Valid(b) }},
		{"unsuccess", func(r *http.Response, b []byte, err error) bool {
			return r.StatusCode == 200 && bytes.Contains(b, []byte(`"success":false`))
		}},
		{"htmllogin", func(r *http.Response, b []byte, err error) bool {
			return r.StatusCode == 200 && bytes.Contains(b, []byte("password"))
		}},
		{"nocontent", func(r *http.Response, b []byte, err error) bool { return strings.TrimSpace(string(b)) == `{"total":1}` }},
		{"numstr", func(r *http.Response, b []byte, err error) bool {
			return bytes.Contains(b, []byte(`"n":"5"`)) && bytes.Contains(b, []byte(`"total":1`))
		}},
		{"objarr", func(r *http.Response, b []byte, err error) bool {
			return bytes.Contains(b, []byte(`"l":1`)) && bytes.Contains(b, []byte(`"content":[`))
		}},
		{"", func(r *http.Response, b []byte, err error) bool { return r.StatusCode == 200 && json.Valid(b) }},
	}
}

func TestTransportFaults(t *testing.T) {
	f := NewFaults(nil, 1)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		WriteJSON(w, 200, map[string]any{"content": []any{map[string]any{"n": 5, "ten": "Quảng Ngãi", "l": []int{1}}}, "total": 1})
	})
	s, err := Serve("", Wrap(h, f, Wire{Rows: "content", Failure: map[string]any{"success": false}}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	cases := wireCases()
	for _, c := range cases {
		if err := f.Parse(c.fault); err != nil {
			t.Fatal(err)
		}
		res, b, err := body(t, s.URL+"/x?page=1&token=abc", "")
		if res == nil || !c.want(res, b, err) {
			t.Errorf("%s: %v %d bytes, err %v", c.fault, res, len(b), err)
		}
	}
	if s.Count() != len(cases) {
		t.Errorf("counted %d of %d", s.Count(), len(cases))
	}
	if a := s.Requests()[0]; a.Status != 401 || a.Query.Get("token") != "(withheld)" || a.Query.Get("page") != "1" {
		t.Errorf("ring holds %+v", a)
	}
}

func TestTokens(t *testing.T) {
	clock := NewClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 0)
	tok := &Tokens{Key: []byte("k"), Life: time.Minute, Clock: clock}
	f := NewFaults(clock, 1)
	mux := http.NewServeMux()
	mux.Handle("POST /token", Keycloak(OAuthClient{"id", "s3cret"}, tok))
	mux.HandleFunc("GET /d", func(w http.ResponseWriter, r *http.Request) {
		if !tok.Bearer(r) {
			w.WriteHeader(401)
		}
	})
	s, err := Serve("", Wrap(mux, f, Wire{Tokens: tok}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	ask := func(secret string) (string, int) {
		req, _ := http.NewRequest(http.MethodPost, s.URL+"/token", strings.NewReader(url.Values{"grant_type": {"client_credentials"}}.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.SetBasicAuth("id", secret)
		tr := &http.Transport{DisableKeepAlives: true}
		res, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var v struct {
			Token string `json:"access_token"`
		}
		_ = json.NewDecoder(res.Body).Decode(&v)
		return v.Token, res.StatusCode
	}
	if _, code := ask("wrong"); code != 401 {
		t.Errorf("wrong secret: %d", code)
	}
	token, _ := ask("s3cret")
	status := func() int { r, _, _ := body(t, s.URL+"/d", token); return r.StatusCode }
	if status() != 200 {
		t.Error("a fresh token is refused")
	}
	clock.Advance(time.Minute)
	if status() != 401 {
		t.Error("an old token is taken")
	}
	token, _ = ask("s3cret")
	_ = f.Parse("expire@1")
	if status() != 401 {
		t.Error("expire did not expire")
	}
	if tok.Good("access", "x.y") || tok.Good("refresh", token) {
		t.Error("a forged token is good")
	}
}

func TestServerRingIsBounded(t *testing.T) {
	s, err := Serve("", http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	for range ringSize + 20 {
		res, err := (&http.Client{Transport: tr}).PostForm(s.URL+"/q", url.Values{"trang": {"1"}, "password": {"x"}})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}
	got := s.Requests()
	if len(got) != ringSize || got[len(got)-1].N != ringSize+20 || got[0].Form.Get("trang") != "1" ||
		got[0].Form.Get("password") != "(withheld)" {
		t.Errorf("ring: %d entries, last %+v", len(got), got[len(got)-1])
	}
}
