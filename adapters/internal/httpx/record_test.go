package httpx

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"iocgateway/adapters"
)

// record gives a context that takes exchanges down, and what gives them.
func record(t *testing.T) (context.Context, func() []adapters.Exchange) {
	var got []adapters.Exchange
	r := &adapters.Recorder{Done: func(x adapters.Exchange) { got = append(got, x) }}
	return r.Context(t.Context()), func() []adapters.Exchange {
		r.Flush()
		return got
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Whoever authenticates in whatever way: the exchange shows that it was done,
// and nothing that opens the door, also where the source says it back.
func TestNoExchangeShowsCredentials(t *testing.T) {
	const secret, session = "bi-mat-0f9c2d", "phien-lam-viec-77aa"
	answer := TokenAnswer{AccessAt: "data.access"}
	kinds := map[string]AuthConfig{
		"basic":  {Kind: AuthBasic, Username: "ioc", Password: secret},
		"bearer": {Kind: AuthBearer, Token: secret},
		"header": {Kind: AuthHeader, Header: "X-Ma-Don-Vi", Token: secret},
		"query":  {Kind: AuthHeader, QueryParam: "ma", Token: secret},
		"short":  {Kind: AuthHeader, QueryParam: "ma", Token: "a1"},
		"oauth2": {Kind: AuthOAuth2, ClientID: "id", Secret: secret, TokenPath: "/oauth"},
		"form":   {Kind: AuthOAuth2, ClientID: "id", Secret: secret, TokenPath: "/oauth", StyleParams: true},
		"login": {Kind: AuthLogin, Username: "ioc", Password: secret, TokenMethod: "POST", TokenPath: "/login", TokenAnswer: answer,
			TokenFields: map[string]string{"who": "{username}", "what": "{password}"}, Header: "X-Phien"},
		"get": {Kind: AuthLogin, Username: "ioc", Password: secret, TokenMethod: "GET", TokenPath: "/login", TokenAnswer: answer,
			TokenFields: map[string]string{"who": "{username}", "what": "{password}"}, QueryParam: "phien"},
		"refresh": {Kind: AuthRefresh, RefreshToken: secret, TokenMethod: "POST", TokenPath: "/login", TokenForm: true, TokenAnswer: answer,
			TokenFields: map[string]string{"r": "{refresh_token}"}},
		"hmac": {Kind: AuthHMAC, ClientID: "ioc-1", Secret: secret, Header: "X-Chu-Ky",
			Signing: Signing{Sign: "{timestamp}{path}", TimestampHeader: "X-Luc", ClientHeader: "X-Ai"}},
	}
	for name, cfg := range kinds {
		c, _ := client(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			switch r.URL.Path {
			case "/oauth":
				_, _ = fmt.Fprintf(w, `{"access_token":%q,"token_type":"bearer","expires_in":60}`, session)
			case "/login":
				body, _ := io.ReadAll(r.Body)
				_, _ = fmt.Fprintf(w, `{"data":{"access":%q},"echo":%q}`, session, string(body)+r.URL.RawQuery)
			default:
				_, _ = fmt.Fprintf(w, `{"h":%q,"q":%q,"rows":[1,2]}`, fmt.Sprint(r.Header), r.URL.String())
			}
		}), Options{Auth: cfg})
		ctx, done := record(t)
		if _, err := c.Do(ctx, Request{Path: "/a", Accept: MediaJSON}); err != nil {
			t.Fatal(name, err)
		}
		all := done()
		text := asJSON(t, all)
		for _, s := range []string{secret, session, secret[4:], session[6:], `"ma=a1`, `=a1"`, "aW9jO", "aWQ6"} {
			if strings.Contains(text, s) {
				t.Errorf("%s: %s is shown: %s", name, s, text)
			}
		}
		last := all[len(all)-1]
		if !strings.Contains(text, "••••") || !strings.Contains(last.Got.Body, `"rows":[1,2]`) || last.Status != 200 || last.Got.Bytes == 0 {
			t.Errorf("%s: %s", name, text)
		}
		if name == "hmac" && (!strings.Contains(text, "ioc-1") || last.Sent.Headers["X-Luc"] == "••••") {
			t.Errorf("when and by whom it was signed is not shown: %s", text)
		}
	}
}

// Each try is an exchange of its own, and so is where a source sends us on to.
func TestEachTryIsAnExchange(t *testing.T) {
	n := 0
	c, srv := client(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch n++; {
		case n == 1:
			w.WriteHeader(http.StatusBadGateway)
			_, _ = fmt.Fprint(w, "<html><title>Bad</title></html>")
		case r.URL.Path == "/a":
			http.Redirect(w, r, "/b?token=qw12", http.StatusFound)
		default:
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("X-Total-Count", "7")
			w.Header().Set("X-Powered-By", "PHP")
			z := gzip.NewWriter(w)
			_, _ = z.Write([]byte(`{"a":"` + strings.Repeat("lặp ", 40_000) + `"}`))
			_ = z.Close()
		}
	}), Options{})
	ctx, done := record(t)
	if _, err := c.Do(ctx, Request{Method: "POST", Path: "/a", Safe: true, Body: []byte(`{"from":"2026"}`), Type: MediaJSON}); err != nil {
		t.Fatal(err)
	}
	all := done()
	if len(all) != 3 || all[0].Status != 502 || all[1].Status != 302 || all[2].Status != 200 {
		t.Fatal(asJSON(t, all))
	}
	if all[0].Sent.Body != `{"from":"2026"}` || !strings.Contains(all[0].Got.Body, "<title>Bad") ||
		all[1].Got.Headers["Location"] != "/b?token=••••" ||
		all[2].Address != srv.URL+"/b?token=••••" {
		t.Error(asJSON(t, all))
	}
	last := all[2].Got
	if !strings.HasPrefix(last.Body, `{"a":"lặp lặp`) || !last.Cut || last.Headers["X-Total-Count"] != "7" || last.Headers["X-Powered-By"] != "" ||
		len(last.Body) > adapters.ShownBytes {
		t.Error(asJSON(t, last))
	}
}

// What never answers, and what breaks off, is an exchange too.
func TestExchangesThatFail(t *testing.T) {
	c, srv := client(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = fmt.Fprint(w, `{"a":1,`)
	}), Options{Retries: -1})
	ctx, done := record(t)
	if _, err := c.Do(ctx, Request{Path: "/a"}); err == nil {
		t.Fatal("half an answer was taken")
	}
	if all := done(); len(all) != 1 || all[0].Got.Body != `{"a":1,` || all[0].Error == "" {
		t.Error(asJSON(t, all))
	}
	srv.Close()
	ctx, done = record(t)
	if _, err := c.Do(ctx, Request{Path: "/a?key=zz99"}); err == nil {
		t.Fatal("nobody answers there")
	}
	if all := done(); len(all) != 1 || all[0].Status != 0 || !strings.Contains(all[0].Error, "refused") ||
		strings.Contains(asJSON(t, all), "zz99") {
		t.Error(asJSON(t, all))
	}
}
