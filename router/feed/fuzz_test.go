package feed

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// Whatever stands in a query, parameters end inside their bounds or in an
// answer with words.
func FuzzParams(f *testing.F) {
	for _, seed := range []string{"", "after=x&limit=10&wait=25s", "limit=-1", "limit=99999999999999999999",
		"wait=NaN", "wait=1e308", "wait=-0", "wait=Inf", "status=a&status=b", "limit=1&limit=2", "q=%00", "q=%zz",
		"since=2026-02-30", "since=2026-02-28", "since=2026-02-28T10:00:00Z", "flag=yes", "one=c", "limti=3", ";", "=&="} {
		f.Add(seed)
	}
	known := []string{"after", "limit", "wait", "status", "q", "since", "flag", "one", "source", "area", "agency"}
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest(http.MethodGet, "/v1/feeds/dossier/changes", nil)
		r.URL.RawQuery = query
		p := newParams(r, known)
		if n := p.number("limit", 100, 1, 1000); n < 1 || n > 1000 {
			t.Fatalf("limit %d of %q", n, query)
		}
		if d := p.seconds("wait", 30*time.Second); d < 0 || d > 30*time.Second {
			t.Fatalf("wait %v of %q", d, query)
		}
		since := p.values.Get("since")
		if at := p.instant("since", time.UTC); p.bad == nil && since != "" && at.IsZero() && since != "0001-01-01" {
			t.Fatalf("since %q was read as nothing", since)
		}
		if v := p.text("q"); len(v) > maxParam {
			t.Fatalf("%d bytes of text", len(v))
		}
		if v := p.choice("one", []string{"a", "b"}); v != "" && v != "a" && v != "b" {
			t.Fatalf("choice %q", v)
		}
		p.flag("flag")
		_ = p.filter(canonical.Feeds()[0])
		if p.bad != nil {
			bad := p.bad.Problem
			if bad.Text(problem.Vietnamese) == bad.Code || bad.Text(problem.English) == bad.Code || len(bad.Value) > 400 {
				t.Fatalf("%q: no words for %+v", query, bad)
			}
		}
	})
}

// A page token of a snapshot is a cursor of another use: neither is taken for
// the other, and a token made up never opens a page.
func FuzzPageToken(f *testing.F) {
	v := selection{feed: canonical.Feeds()[0], epoch: "e1"}
	changes, page := v.start(useChanges), v.start(useSnapshot)
	page.pos, page.upTo = journal.Position{7}, journal.Position{9000}
	for _, seed := range []string{"", changes.encode(), page.encode(), page.encode()[1:], "AAAA", "====", page.encode() + "A"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		c, bad := v.open("page", token, useSnapshot)
		if bad != nil {
			if bad.Problem.Text(problem.Vietnamese) == bad.Problem.Code {
				t.Fatalf("no words for %s", bad.Problem.Code)
			}
			return
		}
		if c.encode() != token || c.use != useSnapshot {
			t.Fatalf("%q was read as %+v", token, c)
		}
		if _, also := v.open("after", token, useChanges); also == nil {
			t.Fatalf("%q opens changes and a snapshot", token)
		}
		if _, err := url.Parse("/?page=" + token); err != nil {
			t.Fatalf("a token that does not travel: %q", token)
		}
	})
}
