package httpx

import (
	"bytes"
	"compress/gzip"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"iocgateway/canonical/outbound"
	"iocgateway/canonical/outbound/outboundtest"
	"iocgateway/canonical/problem"
)

func TestMain(m *testing.M) {
	outboundtest.Names(map[string][]string{"metadata.test": {"169.254.169.254"}})
	os.Exit(m.Run())
}

func clock() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }

func client(t *testing.T, h http.Handler, o Options) (*Client, *httptest.Server) {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	o.Base = srv.URL
	if o.Now == nil {
		o.Now = clock
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c, srv
}

func code(err error) string {
	p, ok := problem.As(err)
	if !ok {
		return fmt.Sprint(err)
	}
	return p.Code
}

func TestRetriesAreShortAndOfReadersOnly(t *testing.T) {
	cases := []struct {
		name   string
		r      Request
		after  string
		status int
		asked  int32
		wait   time.Duration
	}{
		{"a reader", Request{}, "", 503, 3, 0},
		{"a post that only reads", Request{Method: "POST", Safe: true, Body: []byte("{}")}, "", 502, 3, 0},
		{"a post", Request{Method: "POST", Body: []byte("{}")}, "", 503, 1, 0},
		{"a long wait is handed up", Request{}, "600", 429, 1, 10 * time.Minute},
		{"a wait beyond reason", Request{}, "999999999", 503, 1, LongestAfter},
		{"a date", Request{}, "Mon, 02 Mar 2026 09:05:00 GMT", 503, 1, 5 * time.Minute},
		{"a short wait is waited", Request{}, "0", 429, 3, time.Second},
		{"no such path", Request{}, "", 404, 1, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			cl, _ := client(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				w.Header().Set("Date", clock().UTC().Format(http.TimeFormat))
				if c.after != "" {
					w.Header().Set("Retry-After", c.after)
				}
				w.WriteHeader(c.status)
			}), Options{})
			start := time.Now()
			_, err := cl.Do(t.Context(), c.r)
			class, after := problem.Class(err)
			if asked.Load() != c.asked || after != c.wait || (class == problem.FaultHalt) != (c.status == 404) {
				t.Errorf("asked %d times, class %v, after %v: %v", asked.Load(), class, after, err)
			}
			if took := time.Since(start); took > 4*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestHostsAndRedirects(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the other host was asked") }))
	t.Cleanup(elsewhere.Close)
	c, srv := client(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/out":
			http.Redirect(w, r, elsewhere.URL, http.StatusFound)
		case "/in":
			http.Redirect(w, r, "/end", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		}
	}), Options{})
	for path, want := range map[string]string{"/out": "GW-S017", elsewhere.URL: "GW-S017", "http://169.254.169.254/x": "GW-S017",
		"//[fe80::1]/": "GW-S017", "/loop": "GW-S093", "file:///etc/passwd": "GW-S017"} {
		_, err := c.Do(t.Context(), Request{Path: path})
		if class, _ := problem.Class(err); code(err) != want || class != problem.FaultHalt {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := c.Do(t.Context(), Request{Path: "/in"}); err != nil {
		t.Error(err)
	}
	if _, err := c.Do(t.Context(), Request{Path: srv.URL + "/end"}); err != nil {
		t.Error(err)
	}
}

// Behind a proxy nobody here dials what is asked for: a literal address is
// refused before the proxy is asked.
func TestProxyIsNotAskedForForbidden(t *testing.T) {
	for address, bad := range map[string]bool{"http://169.254.169.254/latest": true, "https://[fe80::1]/": true,
		"http://[::ffff:169.254.1.1]:80/": true, "http://10.1.2.3/": false, "http://example.vn/": false} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		_, err := NewTransport().Proxy(r)
		var refused *outbound.Refusal
		if errors.As(err, &refused) != bad {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// A name that resolves to a forbidden address is refused when it is dialled.
func TestDialIsGuarded(t *testing.T) {
	c, err := New(Options{Base: "http://metadata.test/api", Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Do(t.Context(), Request{Path: "/list?token=x"})
	p, ok := problem.As(err)
	if class, _ := problem.Class(err); !ok || class != problem.FaultHalt {
		t.Fatalf("got %v", err)
	}
	if p.Code != "GW-S017" || p.Field != "" || p.Path != "/list" || p.Value != "169.254.169.254:80" ||
		p.Want != "a public or private address" {
		t.Errorf("%+v", p)
	}
	if got := p.Error(); got != "GW-S017 the address 169.254.169.254:80 may not be asked" {
		t.Error(got)
	}
}

func zipped(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}

func TestBodies(t *testing.T) {
	big := bytes.Repeat([]byte{' '}, 12<<20)
	cases := []struct {
		name, enc, media string
		body             []byte
		want, code       string
	}{
		{"plain", "", "application/json", []byte(`{"a":"đ"}`), `{"a":"đ"}`, ""},
		{"gzip", "gzip", "application/json", zipped([]byte(`{"a":1}`)), `{"a":1}`, ""},
		{"bomb", "gzip", "application/json", zipped(big), "", "GW-S009"},
		{"too large", "", "application/json", big, "", "GW-S009"},
		{"cut gzip", "gzip", "application/json", zipped([]byte(strings.Repeat("abc", 500)))[:25], "", "GW-S008"},
		{"no gzip", "gzip", "application/json", []byte("{}"), "", "GW-S008"},
		{"brotli", "br", "application/json", []byte("x"), "", "GW-S029"},
		{"bom and nul", "", "application/json", []byte("\xef\xbb\xbf{}\x00\x00"), "{}", ""},
		{"utf-16", "", "application/json", []byte("\xff\xfe{\x00\"\x00\x11\x01\"\x00}\x00"), `{"đ"}`, ""},
		{"a lying header", "", "application/json; charset=windows-1252", []byte(`{"a":"đ"}`), `{"a":"đ"}`, ""},
		{"windows-1258", "", "application/json; charset=windows-1258", []byte("{\"a\":\"\xf0\"}"), `{"a":"đ"}`, ""},
		{"html", "", "text/html", []byte("<!DOCTYPE html><html>x</html>"), "", "GW-S010"},
		{"login", "", "text/html", []byte(`<html><input type="password"></html>`), "", "GW-S011"},
		{"a sentence", "", "application/json", []byte("Bảo trì"), "", "GW-S060"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cl, _ := client(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.media)
				if c.enc != "" {
					w.Header().Set("Content-Encoding", c.enc)
				}
				_, _ = w.Write(c.body)
			}), Options{MaxBody: 10 << 20})
			resp, err := cl.Do(t.Context(), Request{Accept: MediaJSON})
			if c.code != "" {
				if code(err) != c.code {
					t.Fatalf("got %v", err)
				}
				return
			}
			if err != nil || string(resp.Body) != c.want {
				t.Fatalf("got %v, %v", resp, err)
			}
		})
	}
}

// TestWordsOfAnyStatus: what came is told by its own words, whatever the
// status, and never with what the request carried.
func TestWordsOfAnyStatus(t *testing.T) {
	const token = "tok-0f9e8d7c6b"
	for status, code := range map[int]string{200: "", 403: "GW-S004", 404: "GW-S005", 429: "GW-S006", 500: "GW-S007"} {
		for body, want := range map[string]string{
			"<html><title>Bảo trì " + token + "</title></html>":           "Bảo trì ••••",
			`{"error":{"message":"Hết quyền ` + token + `"}}`:             "Hết quyền ••••",
			"<Fault><faultstring>Sai " + token + "</faultstring></Fault>": "Sai ••••",
			"Quá tải 0905123456":                                          "Quá tải **********",
		} {
			if status == 200 && body[0] == '{' {
				continue // JSON was asked for: whoever takes it apart looks
			}
			c, _ := client(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				_, _ = w.Write([]byte(body))
			}), Options{Auth: AuthConfig{Kind: AuthBearer, Token: token}, Retries: -1})
			_, err := c.Do(t.Context(), Request{Accept: MediaJSON})
			p, ok := problem.As(err)
			if !ok || code != "" && p.Code != code || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), token) {
				t.Errorf("%d %s: %v", status, body, err)
			}
		}
	}
}

func TestTimeoutAndTLS(t *testing.T) {
	hold := make(chan struct{})
	c, _ := client(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-hold:
		}
	}), Options{Timeout: 100 * time.Millisecond})
	defer close(hold)
	if _, err := c.Do(t.Context(), Request{}); code(err) != "GW-S002" {
		t.Errorf("got %v", err)
	}
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(srv.Close)
	strange, err := New(Options{Base: srv.URL, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	_, err = strange.Do(t.Context(), Request{})
	if class, _ := problem.Class(err); code(err) != "GW-S003" || class != problem.FaultHalt {
		t.Errorf("got %v", err)
	}
}

func TestFixedKinds(t *testing.T) {
	want := hmac.New(sha256.New, []byte("key"))
	_, _ = fmt.Fprintf(want, "1772442000\nGET /x?a=1 id")
	cases := []struct {
		cfg   AuthConfig
		check func(r *http.Request) bool
	}{
		{AuthConfig{}, func(r *http.Request) bool { return r.Header.Get("Authorization") == "" }},
		{AuthConfig{Kind: AuthBasic, Username: "u", Password: "p"},
			func(r *http.Request) bool { u, p, _ := r.BasicAuth(); return u == "u" && p == "p" }},
		{AuthConfig{Kind: AuthBearer, Token: "t"}, func(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer t" }},
		{AuthConfig{Kind: AuthHeader, Header: "X-Key", Token: "t"}, func(r *http.Request) bool { return r.Header.Get("X-Key") == "t" }},
		{AuthConfig{Kind: AuthHeader, QueryParam: "token", Token: "t"}, func(r *http.Request) bool { return r.URL.Query().Get("token") == "t" }},
		{AuthConfig{Kind: AuthHMAC, ClientID: "id", Secret: "key", Header: "X-Sig",
			Signing: Signing{Sign: `{timestamp}\n{method} {path}?{query} {client_id}`, TimestampHeader: "X-Time", ClientHeader: "X-Id"}},
			func(r *http.Request) bool {
				return r.Header.Get("X-Sig") == hex.EncodeToString(want.Sum(nil)) && r.Header.Get("X-Time") == "1772442000" &&
					r.Header.Get("X-Id") == "id"
			}},
	}
	for _, c := range cases {
		t.Run(c.cfg.Kind, func(t *testing.T) {
			cl, _ := client(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !c.check(r) {
					w.WriteHeader(http.StatusTeapot)
				}
			}), Options{Auth: c.cfg})
			if _, err := cl.Do(t.Context(), Request{Path: "/x?a=1"}); err != nil {
				t.Error(err)
			}
		})
	}
	for _, kind := range AuthKinds()[1:] {
		if _, err := New(Options{Base: "http://h", Now: clock, Auth: AuthConfig{Kind: kind}}); code(err) != "GW-A006" {
			t.Errorf("%s without credentials: %v", kind, err)
		}
	}
}

// No error shows what a URL carried: tokens travel there.
func TestErrorsHideSecrets(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	base := srv.URL
	srv.Close()
	for _, cfg := range []AuthConfig{
		{Kind: AuthHeader, QueryParam: "token", Token: "s3cret"},
		{Kind: AuthRefresh, TokenMethod: "GET", TokenPath: "/t", TokenFields: map[string]string{"r": "{refresh_token}"}, RefreshToken: "s3cret",
			TokenAnswer: TokenAnswer{AccessAt: "a"}},
		{Kind: AuthOAuth2, ClientID: "id", Secret: "s3cret", TokenPath: "/t", StyleParams: true},
		{Kind: AuthLogin, Username: "u", Password: "s3cret", TokenPath: "/t", TokenFields: map[string]string{"p": "{password}"},
			TokenAnswer: TokenAnswer{AccessAt: "a"}},
	} {
		c, err := New(Options{Base: base, Now: clock, Auth: cfg, Retries: -1})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Do(t.Context(), Request{Path: "/x?key=s3cret"})
		if class, _ := problem.Class(err); code(err) != "GW-S001" || class != problem.FaultRetry || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", cfg.Kind, err)
		}
	}
}
