package access

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func tokens() []Token {
	var all []Token
	for _, r := range []Role{Viewer, Operator, Admin} {
		all = append(all, Token{Name: "n-" + r.String(), Role: r, Hash: HashToken("secret-" + r.String())})
	}
	return all
}

// call asks what a handler gives to a request with an Authorization, if any.
func call(h http.Handler, host, authorization string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "/v1/feeds", nil)
	r.Host = host
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// named answers with the name of the token a request came with.
func named() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(Caller(r.Context()).Name))
	})
}

func TestRolesIncludeTheOnesBefore(t *testing.T) {
	auth := NewAuth(tokens())
	for _, asked := range []Role{Viewer, Operator, Admin} {
		h := auth.Require(asked, named())
		for _, has := range []Role{Viewer, Operator, Admin} {
			w := call(h, "x", "Bearer secret-"+has.String())
			switch {
			case has >= asked && (w.Code != 200 || w.Body.String() != "n-"+has.String()):
				t.Errorf("%s where %s is asked for: %d %s", has, asked, w.Code, w.Body)
			case has < asked && (w.Code != 403 || !strings.Contains(w.Body.String(), "GW-F021")):
				t.Errorf("%s where %s is asked for: %d %s", has, asked, w.Code, w.Body)
			}
		}
	}
}

func TestTokensThatLetNobodyIn(t *testing.T) {
	h := NewAuth(tokens()).Require(Viewer, named())
	for _, bad := range []string{"", "Bearer ", "Bearer x", "secret-admin", "Basic !!",
		"Bearer " + strings.Repeat("x", 5000), "Digest secret-admin"} {
		w := call(h, "x", bad)
		if w.Code != 401 || strings.Contains(w.Body.String(), "secret") || !strings.Contains(w.Body.String(), "GW-F020") {
			t.Errorf("%q: %d %s", bad, w.Code, w.Body)
		}
		if got := w.Header().Get("WWW-Authenticate"); got != `Bearer realm="iocgateway"` {
			t.Errorf("%q is answered with %q", bad, got)
		}
	}
	if w := call(NewAuth(nil).Require(Viewer, named()), "x", "Bearer "); w.Code != 401 {
		t.Errorf("without any token: %d", w.Code)
	}
}

func TestBrowsers(t *testing.T) {
	auth := NewAuth(tokens())
	r := httptest.NewRequest("GET", "/", nil)
	r.SetBasicAuth("anybody", "secret-viewer")
	basic := r.Header.Get("Authorization")
	for _, h := range []http.Handler{auth.Require(Viewer, named()), auth.ForBrowsers().Require(Viewer, named())} {
		if w := call(h, "x", basic); w.Code != 200 || w.Body.String() != "n-viewer" {
			t.Errorf("the token as a browser's password: %d %s", w.Code, w.Body)
		}
	}
	got := call(auth.ForBrowsers().Require(Viewer, named()), "x", "").Header().Get("WWW-Authenticate")
	if !strings.HasPrefix(got, "Basic ") {
		t.Errorf("a browser is asked by %q", got)
	}
}

func TestCallerOfAnOpenAddress(t *testing.T) {
	if got := Caller(context.Background()); got != (Token{}) {
		t.Errorf("%+v", got)
	}
}

func TestParseRole(t *testing.T) {
	for _, r := range []Role{Viewer, Operator, Admin} {
		if got, ok := ParseRole(r.String()); !ok || got != r {
			t.Errorf("%s reads as %v %v", r, got, ok)
		}
	}
	for _, bad := range []string{"", "none", "Admin", "root"} {
		if got, ok := ParseRole(bad); ok {
			t.Errorf("%q reads as %s", bad, got)
		}
	}
}

func TestOnlyThisMachine(t *testing.T) {
	h := OnlyThisMachine(named())
	for _, host := range []string{"localhost", "localhost:8080", "127.0.0.1", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080", "[::1]"} {
		if w := call(h, host, ""); w.Code != 200 {
			t.Errorf("%s: %d %s", host, w.Code, w.Body)
		}
	}
	for _, host := range []string{"gateway.example.vn", "localhost.example.vn:8080", "10.0.0.7", "0.0.0.0:8080", "127.0.0.1.example.vn",
		"", "[2001:db8::1]:80"} {
		if w := call(h, host, ""); w.Code != 403 || !strings.Contains(w.Body.String(), "GW-F033") {
			t.Errorf("%s: %d %s", host, w.Code, w.Body)
		}
	}
}
