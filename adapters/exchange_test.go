package adapters_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"iocgateway/adapters"
	"iocgateway/canonical/privacy"
)

// taken takes one exchange down and gives it as JSON, as it goes out.
func taken(t *testing.T, r *adapters.Recorder, shy adapters.Shy, do func(ctx context.Context)) string {
	t.Helper()
	var b strings.Builder
	r.Done = func(x adapters.Exchange) {
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(x); err != nil {
			t.Fatal(err)
		}
	}
	do(adapters.WithShy(r.Context(t.Context()), shy))
	r.Flush()
	if b.Len() == 0 {
		t.Fatal("nothing was taken down")
	}
	return b.String()
}

// spelled are the ways in which a text may stand somewhere.
func spelled(secret string) []string {
	coded, _ := json.Marshal(secret)
	small := regexp.MustCompile(`%..`)
	return []string{secret, url.QueryEscape(secret), url.PathEscape(secret),
		small.ReplaceAllStringFunc(url.QueryEscape(secret), strings.ToLower), string(coded[1 : len(coded)-1]),
		html.EscapeString(secret), base64.StdEncoding.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte("ioc:" + secret)),
		base64.RawURLEncoding.EncodeToString([]byte("x:" + secret + ":y"))}
}

// core is the part of a spelling that neighbours have no share in.
func core(form string) string {
	form = strings.TrimRight(form, "=")
	return form[4 : len(form)-3]
}

// A secret stands in no exchange, wherever it was planted and however it was
// spelled, be it the configuration's or one that came with a token.
func TestASecretIsInNoExchange(t *testing.T) {
	secrets := map[string]string{"plain": "mat-khau-cua-nguon-42", "signs": `p&ss<w/rd+"='999xyz`, "letters": "mậtkhẩubímật123",
		"jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"}
	parse := func(s string) *url.URL {
		u, err := url.Parse(s)
		if err != nil {
			return &url.URL{Scheme: "http", Host: "h", RawQuery: s}
		}
		return u
	}
	text := func(s string) adapters.Passed {
		return adapters.Passed{Body: []byte(s), Bytes: int64(len(s)), Whole: true, Type: "text/plain"}
	}
	ask := func(ctx context.Context, u string, h http.Header, sent string, got http.Header, body string, err error) {
		x := adapters.RecorderOf(ctx).Begin(ctx, "POST", parse(u))
		x.Sent(h, text(sent))
		x.Answered(200, got)
		x.End(text(body), err)
	}
	places := map[string]func(ctx context.Context, s string){
		"query": func(ctx context.Context, s string) {
			ask(ctx, "http://h/a?q="+url.QueryEscape(s)+"&x=1", nil, "", nil, "", nil)
		},
		"path": func(ctx context.Context, s string) {
			ask(ctx, "http://h/a/"+url.PathEscape(s)+"/b", nil, "", nil, "", nil)
		},
		"user": func(ctx context.Context, s string) {
			ask(ctx, (&url.URL{Scheme: "http", Host: "h", User: url.UserPassword("u", s)}).String(), nil, "", nil, "", nil)
		},
		"header": func(ctx context.Context, s string) {
			ask(ctx, "http://h/", http.Header{"Authorization": {"Bearer " + s}, "X-Ma": {"z " + s}}, "", nil, "", nil)
		},
		"sent": func(ctx context.Context, s string) { ask(ctx, "http://h/", nil, `{"mã":"`+s+`","n":1}`, nil, "", nil) },
		"got":  func(ctx context.Context, s string) { ask(ctx, "http://h/", nil, "", nil, "trước "+s+" sau", nil) },
		"answer header": func(ctx context.Context, s string) {
			ask(ctx, "http://h/", nil, "", http.Header{"Location": {"http://h/?k=" + s}, "Set-Cookie": {"a=" + s}, "X-Next-Page": {s}}, "", nil)
		},
		"error": func(ctx context.Context, s string) {
			ask(ctx, "http://h/", nil, "", nil, "", errors.New("asking "+s+": refused"))
		},
		"found": func(ctx context.Context, s string) {
			ask(ctx, "http://h/", nil, "", nil, "", nil)
			adapters.RecorderOf(ctx).Tell(adapters.FoundNext, "a."+s, s)
		},
		"file": func(ctx context.Context, s string) { adapters.RecorderOf(ctx).BeginFile(ctx, "READ", "drop/"+s+".csv") },
	}
	for kind, secret := range secrets {
		for place, plant := range places {
			for i, form := range spelled(secret) {
				for _, how := range []string{"configured", "carried"} {
					r, shy := &adapters.Recorder{Clean: privacy.NewCleaner([]string{secret})}, adapters.Shy{}
					if how == "carried" {
						r.Clean, shy.Values = nil, []string{secret}
					}
					got := taken(t, r, shy, func(ctx context.Context) { plant(ctx, form) })
					plain, _ := url.QueryUnescape(got)
					for _, f := range spelled(secret) {
						if strings.Contains(got, core(f)) || strings.Contains(plain, core(f)) {
							t.Errorf("%s secret %s in %s, spelling %d: %s", how, kind, place, i, got)
							break
						}
					}
				}
			}
		}
	}
}

// What is told by its name needs no configuration to be masked.
func TestWhatIsCalledASecretIsOne(t *testing.T) {
	const s = "k7Xq"
	for _, c := range []struct{ query, sent, got string }{
		{"key=" + s, `{"password":"` + s + `"}`, `{"access_token":"` + s + `","id":7}`},
		{"api_key=" + s + "&a=1", "grant=x&client_secret=" + s, `<r><Token>` + s + `</Token></r>`},
		{"x-api-key=" + s, `{"user":{"matKhau":"` + s + `"}}`, `<r token="` + s + `"/>`},
		{"sig=" + s, `{"sessionToken": "` + s + `"}`, `next: http://u:` + s + `@h/?auth=` + s},
	} {
		got := taken(t, &adapters.Recorder{}, adapters.Shy{}, func(ctx context.Context) {
			x := adapters.RecorderOf(ctx).Begin(ctx, "GET", &url.URL{Scheme: "http", Host: "h", Path: "/", RawQuery: c.query})
			x.Sent(http.Header{"X-Api-Key": {s}, "Cookie": {s}, "Session-Token": {s}}, adapters.Passed{Body: []byte(c.sent), Whole: true})
			x.End(adapters.Passed{Body: []byte(c.got), Whole: true}, nil)
		})
		if strings.Contains(got, s) {
			t.Errorf("%+v: %s", c, got)
		}
	}
	// What only looks alike is shown: it is what an integrator came for.
	for _, shown := range []string{`{"key":"H48.1-220921"}`, `{"next_page_token":"abc"}`, `{"signDate":"2026-01-02"}`, `{"author":"x-y"}`,
		`{"passed":"yes-1"}`, `page_token=abc`, `sort_key=ten`, `continuationToken=a1`, `{"tokens":"null"}`} {
		got := taken(t, &adapters.Recorder{}, adapters.Shy{}, func(ctx context.Context) {
			adapters.RecorderOf(ctx).Begin(ctx, "GET", &url.URL{Path: "/"}).End(adapters.Passed{Body: []byte(shown), Whole: true}, nil)
		})
		if strings.Contains(got, "••••") {
			t.Errorf("%s is shown as %s", shown, got)
		}
	}
}

// Of a call for a token the shape is shown: what mends "no token at data.access".
func TestOfATokenCallOnlyNamesAreShown(t *testing.T) {
	got := taken(t, &adapters.Recorder{}, adapters.Shy{All: true}, func(ctx context.Context) {
		x := adapters.RecorderOf(ctx).Begin(ctx, "POST", &url.URL{Scheme: "https", Host: "h", Path: "/t", RawQuery: "who=an.nguyen&x"})
		x.Sent(http.Header{"Accept": {"application/json"}, "App-Id": {"abc-123"}},
			adapters.Passed{Body: []byte("user=an.nguyen&code=123456"), Whole: true})
		x.Answered(400, http.Header{"Content-Type": {"application/json"}})
		x.End(adapters.Passed{Whole: true,
			Body: []byte(`{"error":"invalid_client","data":{"access":"zzz","n":12345},"error_description":"user an.nguyen","expires_in":60,"ok":false}`)}, nil)
	})
	for _, hidden := range []string{"an.nguyen", "123456", "abc-123", "zzz", "12345"} {
		if strings.Contains(got, hidden) {
			t.Errorf("%s is shown: %s", hidden, got)
		}
	}
	for _, shown := range []string{"invalid_client", `\"access\":\"••••\"`, `\"expires_in\":60`, "user=••••", "who=••••", `"withheld":"token"`,
		`\"ok\":false`, "application/json"} {
		if !strings.Contains(got, shown) {
			t.Errorf("%s is not shown: %s", shown, got)
		}
	}
}

// What is a person's is masked as elsewhere, also where the beginning ends.
func TestPersonalDataInExchanges(t *testing.T) {
	for at := range 40 {
		body := strings.Repeat("x", adapters.ShownBytes-20+at) + `,"sdt":"0912345678","cccd":"051090001234"`
		body += strings.Repeat(" y", adapters.SampleBytes)
		got := taken(t, &adapters.Recorder{}, adapters.Shy{}, func(ctx context.Context) {
			x := adapters.RecorderOf(ctx).Begin(ctx, "GET", &url.URL{Scheme: "http", Host: "h", Path: "/c/051090001234"})
			x.End(adapters.Passed{Body: []byte(body)[:adapters.SampleBytes], Bytes: int64(len(body))}, nil)
		})
		if strings.Contains(got, "09123") || strings.Contains(got, "05109") {
			t.Fatalf("%d: %s", at, got)
		}
		if len(got) > 2*adapters.ShownBytes || !strings.Contains(got, `"cut":true`) {
			t.Fatalf("%d bytes are shown: %s", len(got), got)
		}
	}
}

// A beginning is cut at a character, whatever it is written in.
func TestBeginningsAreText(t *testing.T) {
	for name, c := range map[string]struct {
		body  []byte
		shows string
	}{
		"marks": {[]byte("\xef\xbb\xbfmã;tên"), `"body":"mã;tên"`},
		"1258":  {[]byte("T\xean h\xe0ng: \xd0\xe0 N\xb5ng"), `"body":"Tên hàng: Đà `},
		"nul":   {[]byte("PK\x03\x04\x00\x00\x00\x00\x08\x00\x00\x00\x00\x00"), `"withheld":"binary"`},
		"none":  {nil, `"took_ms":`},
	} {
		got := taken(t, &adapters.Recorder{}, adapters.Shy{}, func(ctx context.Context) {
			adapters.RecorderOf(ctx).BeginFile(ctx, "READ", "a").End(adapters.Passed{Body: c.body, Whole: true}, nil)
		})
		if !strings.Contains(got, c.shows) {
			t.Errorf("%s: %s", name, got)
		}
	}
	long := []byte(strings.Repeat("ế", adapters.SampleBytes))
	for from := range 3 {
		got := taken(t, &adapters.Recorder{}, adapters.Shy{}, func(ctx context.Context) {
			adapters.RecorderOf(ctx).BeginFile(ctx, "READ", "a").End(adapters.Passed{Body: long[:adapters.SampleBytes-from], Bytes: 1 << 20}, nil)
		})
		if strings.ContainsRune(got, '\uFFFD') || !strings.Contains(got, strings.Repeat("ế", adapters.ShownBytes/3)) {
			t.Errorf("cut at -%d: %s", from, got)
		}
	}
}

// Exchanges come in order, once each, when nothing more is found in them; what
// is found is bounded, and belongs to the newest.
func TestExchangesComeInOrder(t *testing.T) {
	var got []adapters.Exchange
	r := &adapters.Recorder{Done: func(x adapters.Exchange) { got = append(got, x) }}
	ctx := r.Context(t.Context())
	for i := range 3 {
		x := adapters.RecorderOf(ctx).Begin(ctx, "GET", &url.URL{Scheme: "http", Host: "h", Path: fmt.Sprint("/", i)})
		x.End(adapters.Passed{Whole: true}, nil)
		x.End(adapters.Passed{Whole: true}, errors.New("twice"))
		for n := range 1000 {
			r.Count(adapters.FoundRecords, "items", 10)
			r.Tell(adapters.FoundNext, "next", fmt.Sprint(n))
		}
		if len(got) != i {
			t.Fatalf("%d exchanges before %d is over", len(got), i)
		}
	}
	r.Flush()
	r.Flush()
	if len(got) != 3 {
		t.Fatalf("%d exchanges", len(got))
	}
	for i, x := range got {
		if x.Address != fmt.Sprint("http://h/", i) || x.Error != "" || *x.Found[0].Count != 10_000 || len(x.Found) > 30 {
			t.Errorf("%+v", x)
		}
	}
}

// Nothing is kept, and nothing costs, where nobody asked.
func TestNoRecorderCostsNothing(t *testing.T) {
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() {
		r := adapters.RecorderOf(ctx)
		x := r.Begin(ctx, "GET", nil)
		x.Sent(nil, adapters.Passed{})
		x.Answered(200, nil)
		x.End(adapters.Passed{}, nil)
		r.Count(adapters.FoundRecords, "items", 1)
		r.Tell(adapters.FoundNext, "next", "a")
		r.Flush()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
