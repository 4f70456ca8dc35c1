package httpx

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"iocgateway/canonical/problem"
)

// rotating is a token endpoint whose refresh tokens are good once.
type rotating struct {
	good   string
	n      int
	logins int
}

func (s *rotating) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/token":
		if r.URL.Query().Get("refresh_token") != s.good {
			_, _ = fmt.Fprint(w, `{"success":false}`)
			return
		}
	case "/login":
		s.logins++
	default:
		if r.Header.Get("Authorization") != fmt.Sprintf("Bearer a%d", s.n) {
			w.WriteHeader(http.StatusUnauthorized)
		}
		return
	}
	s.n++
	s.good = fmt.Sprintf("r%d", s.n)
	_, _ = fmt.Fprintf(w, `{"success":true,"data":{"access":"a%d","refresh":%q,"life":600}}`, s.n, s.good)
}

func refreshing() AuthConfig {
	return AuthConfig{Kind: AuthRefresh, TokenMethod: "GET", TokenPath: "/token",
		TokenFields: map[string]string{"refresh_token": "{refresh_token}"},
		TokenAnswer: TokenAnswer{AccessAt: "data.access", RefreshAt: "data.refresh", ExpiresAt: "data.life", SuccessAt: "success",
			Success: "true"},
		RefreshToken: "r0"}
}

func TestRotatedRefreshTokenSurvivesARestart(t *testing.T) {
	s := &rotating{good: "r0"}
	now := clock()
	cfg := refreshing()
	cfg.TokenFile = filepath.Join(t.TempDir(), "token")
	c, srv := client(t, s, Options{Auth: cfg, Now: func() time.Time { return now }})
	do := func(c *Client) {
		t.Helper()
		if _, err := c.Do(t.Context(), Request{Path: "/x"}); err != nil {
			t.Fatal(err)
		}
	}
	do(c)
	do(c)
	now = now.Add(time.Hour)
	do(c)
	if s.n != 2 {
		t.Errorf("%d tokens for two lives", s.n)
	}
	info, err := os.Stat(cfg.TokenFile)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the token file: %v, %v", info, err)
	}
	again, err := New(Options{Base: srv.URL, Now: func() time.Time { return now }, Auth: cfg})
	if err != nil {
		t.Fatal(err)
	}
	do(again) // a restart: only the file knows the newest
	do(c)     // another stream of the account: what it remembers is dead, the file's is not
	forgetful := refreshing()
	third, err := New(Options{Base: srv.URL, Now: clock, Auth: forgetful})
	if err != nil {
		t.Fatal(err)
	}
	_, err = third.Do(context.Background(), Request{Path: "/x"})
	if class, _ := problem.Class(err); code(err) != "GW-S019" || class != problem.FaultHalt || strings.Contains(err.Error(), "r0") {
		t.Errorf("a dead refresh token: %v", err)
	}
	forgetful.LoginPath, forgetful.Username, forgetful.Password, forgetful.LoginFields = "/login", "u", "p",
		map[string]string{"u": "{username}"}
	fourth, err := New(Options{Base: srv.URL, Now: clock, Auth: forgetful})
	if err != nil {
		t.Fatal(err)
	}
	do(fourth)
	if s.logins != 1 {
		t.Errorf("%d logins", s.logins)
	}
}

func TestAuthenticatesAgainOnce(t *testing.T) {
	issued, asked := 0, 0
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		if id, secret, ok := r.BasicAuth(); !ok || id != "id" || secret != "s" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		issued++
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"access_token":"t%d","expires_in":3600,"token_type":"Bearer"}`, issued)
	})
	lost := false
	mux.HandleFunc("GET /x", func(w http.ResponseWriter, r *http.Request) {
		asked++
		if lost || r.Header.Get("Authorization") == "Bearer t1" && asked > 2 {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	c, srv := client(t, mux, Options{Auth: AuthConfig{Kind: AuthOAuth2, ClientID: "id", Secret: "s", TokenPath: "/token"}})
	for range 3 {
		if _, err := c.Do(t.Context(), Request{Path: "/x"}); err != nil {
			t.Fatal(err)
		}
	}
	if issued != 2 || asked != 4 {
		t.Errorf("%d tokens, %d requests", issued, asked)
	}
	lost = true
	_, err := c.Do(t.Context(), Request{Path: "/x"})
	if class, _ := problem.Class(err); class != problem.FaultHalt || code(err) != "GW-S004" || issued != 3 {
		t.Errorf("%v, %d tokens", err, issued)
	}
	wrong, err := New(Options{Base: srv.URL, Now: clock,
		Auth: AuthConfig{Kind: AuthOAuth2, ClientID: "id", Secret: "wr0ng", TokenPath: "/token"}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = wrong.Do(t.Context(), Request{Path: "/x"})
	if class, _ := problem.Class(err); class != problem.FaultHalt || code(err) != "GW-S018" || strings.Contains(err.Error(), "wr0ng") {
		t.Errorf("got %v", err)
	}
}

// What a source says back of the credentials is in no error; a good answer is
// what it said, byte for byte: a password may be a word that records have too.
func TestAnEchoedCredentialIsGone(t *testing.T) {
	const secret = "tok/en+with=everything"
	for name, auth := range map[string]AuthConfig{"bearer": {Kind: AuthBearer, Token: secret},
		"query":  {Kind: AuthHeader, QueryParam: "key", Token: secret},
		"header": {Kind: AuthHeader, Header: "X-Api-Key", Token: secret}, "basic": {Kind: AuthBasic, Username: "ioc", Password: secret}} {
		c, _ := client(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, password, _ := r.BasicAuth()
			fmt.Fprintf(w, `{"token":%q,"key":%q,"again":%q,"query":%q,"password":%q,"left":"words"}`, r.Header.Get("Authorization"),
				r.Header.Get("X-Api-Key"), r.URL.Query().Get("key"), r.URL.RawQuery, password)
		}), Options{Auth: auth})
		got, err := c.Do(t.Context(), Request{Path: "/x", Accept: MediaJSON})
		if err != nil || !strings.Contains(string(got.Body), secret) && name != "query" {
			t.Fatalf("%s: %s %v", name, got.Body, err)
		}
		quoted := func(resp *Response) error { // as a profile's message is
			return problem.Retry(&problem.Problem{Code: "GW-S013", Value: string(resp.Body)}, 0)
		}
		_, err = c.Do(t.Context(), Request{Path: "/x", Accept: MediaJSON, Check: quoted})
		found, _ := problem.As(err)
		if found == nil || found.Code != "GW-S013" {
			t.Fatal(name, err)
		}
		coded := base64.StdEncoding.EncodeToString([]byte("ioc:" + secret))
		for _, form := range []string{secret, url.QueryEscape(secret), coded} {
			if strings.Contains(found.Value, form) {
				t.Errorf("%s: %s", name, found.Value)
			}
		}
		if !strings.Contains(found.Value, `"left":"words"`) || !strings.Contains(found.Value, "••••") {
			t.Errorf("%s: %s", name, found.Value)
		}
	}
}

// What the token endpoint says is shown, without what it was sent: which of
// several credentials it means stands nowhere else.
func TestTokenRefusalIsSaid(t *testing.T) {
	for _, c := range []struct {
		status     int
		body, want string
	}{
		{400, `["ERROR_WRONG_APP_TOKEN_PARAMETER","parameter app_token seems wrong"]`, `400 "ERROR_WRONG_APP_TOKEN_PARAMETER: parameter app_token seems wrong"`},
		{401, `{"error":"no account","password":"s3cr3t-mật-khẩu"}`, "401"},
		{403, `{"message":"sai mật khẩu s3cr3t-mật-khẩu"}`, "403"},
		{404, `not here`, `404 "not here"`},
		{400, `{"message":"tài khoản u7, sai mã kh0a"}`, "400"},
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(c.body))
		}))
		cl, err := New(Options{Base: srv.URL, Now: clock, Auth: AuthConfig{Kind: AuthLogin, Username: "u", Password: "s3cr3t-mật-khẩu",
			Secret: "kh0a", TokenMethod: http.MethodPost, TokenPath: "/login", TokenFields: map[string]string{"u": "{username}", "p": "{password}"},
			TokenAnswer: TokenAnswer{AccessAt: "token"}}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = cl.Do(t.Context(), Request{Path: "/x"})
		srv.Close()
		if code(err) != "GW-S018" || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cr3t") || strings.Contains(err.Error(), "kh0a") {
			t.Errorf("%d: %v", c.status, err)
		}
	}
}
