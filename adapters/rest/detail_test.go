package rest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

// clinic is a list whose details may be sick.
type clinic struct {
	rows   int
	ill    map[string]func(w http.ResponseWriter)
	list   []string // what was asked of the list
	asked  map[string]int
	logins int
}

func (c *clinic) answer(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/api/login":
		c.logins++
		_, _ = fmt.Fprint(w, `{"t":"x"}`)
	case r.URL.Path == "/api/l":
		c.list = append(c.list, r.URL.Query().Get("s"))
		var rows []string
		for i := range c.rows {
			if at := time.Date(2026, 1, 6, i, 0, 0, 0, time.UTC).Format(time.RFC3339); at >= r.URL.Query().Get("s") {
				rows = append(rows, fmt.Sprintf(`{"id":"r%d","t":%q}`, i, at))
			}
		}
		_, _ = fmt.Fprintf(w, `{"d":[%s]}`, strings.Join(rows, ","))
	default:
		key := strings.TrimPrefix(r.URL.Path, "/api/one/")
		c.asked[key]++
		if ill := c.ill[key]; ill != nil {
			ill(w)
			return
		}
		_, _ = fmt.Fprintf(w, `{"data":{"id":%q,"full":true}}`, key)
	}
}

// RoundTrip is http.RoundTripper's.
func (c *clinic) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	c.answer(w, r)
	return w.Result(), nil
}

const clinicWire = `url: http://source.test/api
auth: {username: u, password: "${env:P}"}
wire:
  profile: x
  vi: x
  en: x
  evidence: assumed
  kind: dossier
  zone: UTC
  auth: {kind: login, url: /login, fields: {u: "{username}"}, access: t}
  request: {path: /l, query: {s: "{since}"}}
  paging: {kind: none}
  records: {path: d, key: id, at: {path: t, layouts: [iso]}}
  watermark: {kind: since, format: rfc3339, overlap: 10m}
  detail: {path: "/one/{key}", record: data%s}
`

func (c *clinic) open(t *testing.T, more string) adapters.Source {
	t.Helper()
	c.asked = map[string]int{}
	node, err := strict.Parse("test.yaml", fmt.Appendf(nil, clinicWire, more))
	if err == nil {
		err = strict.Resolve(node, strict.Lookup{Env: func(string) (string, bool) { return "p", true }})
	}
	if err != nil {
		t.Fatal(err)
	}
	src, err := Spec().Open(adapters.Settings{Source: "s", Stream: "x", Kind: canonical.KindDossier, Node: node},
		adapters.Env{HTTP: &http.Client{Transport: c}, Log: slog.New(slog.DiscardHandler),
			Now: func() time.Time { return time.Date(2026, 1, 7, 9, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func says(status int, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		if strings.HasPrefix(body, "<") {
			w.Header().Set("Content-Type", "text/html")
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
	}
}

// One sick record is that record's matter: its page goes on.
func TestOneSickDetail(t *testing.T) {
	cases := map[string]struct {
		answer  func(http.ResponseWriter)
		more    string
		rule    string
		again   bool // it is asked for again by the next walk
		absent  bool
		logins  int
		retried int
	}{
		"404":                        {says(404, `{}`), "", "", false, true, 1, 1},
		"410":                        {says(410, ``), "", "", false, true, 1, 1},
		"404, left out":              {says(404, `{}`), ", missing: exclude", "detail.missing", false, true, 1, 1},
		"410, left out":              {says(410, `<html>`), ", missing: exclude", "detail.missing", false, true, 1, 1},
		"no record in it, left out":  {says(200, `{"data":null}`), ", missing: exclude", "", false, true, 1, 1},
		"403":                        {says(403, `{"error":"not yours"}`), "", "", false, false, 2, 2},
		"a login page":               {says(200, `<html><input type="password"></html>`), "", "", false, false, 2, 2},
		"500":                        {says(500, `{}`), "", "", true, false, 1, 3},
		"503 in HTML":                {says(503, `<html>bận</html>`), "", "", true, false, 1, 3},
		"HTML":                       {says(200, `<!DOCTYPE html><html>bảo trì</html>`), "", "", true, false, 1, 1},
		"half an answer":             {says(200, `{"data":{"id":"r1",`), "", "", true, false, 1, 1},
		"an empty object":            {says(200, `{"data":{}}`), "", "", false, false, 1, 1},
		"an object of nothing":       {says(200, `{"data":{"id":null,"full":null}}`), "", "", false, false, 1, 1},
		"an empty list":              {says(200, `{"data":[]}`), "", "", false, true, 1, 1},
		"an empty object, beside":    {says(200, `{"data":{ }}`), ", as: beside", "", false, false, 1, 1},
		"a refusal in the body":      {says(200, `{"ok":false}`), `, success: [{path: ok, absent: true}]`, "", true, false, 1, 1},
		"its own words of failure":   {says(200, `{"data":null,"error":"timeout"}`), "", "", true, false, 1, 1},
		"words where data should be": {says(200, `không có quyền`), "", "", true, false, 1, 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // retries wait
			k := &clinic{rows: 4, ill: map[string]func(http.ResponseWriter){"r1": c.answer}}
			src := k.open(t, c.more)
			p, err := src.Pull(context.Background(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Records) != 3 || len(p.Refused) != 1 || p.Refused[0].Raw.Key != "r1" || p.Refused[0].Rule != c.rule || p.More {
				t.Fatalf("%d records, refused %+v", len(p.Records), p.Refused)
			}
			if found := p.Refused[0].Problem; problem.Has(found.Err, problem.Absent) != c.absent {
				t.Errorf("held for %v", &found)
			}
			if k.logins != c.logins || k.asked["r1"] != c.retried {
				t.Errorf("logged in %d times, asked %d times for it", k.logins, k.asked["r1"])
			}
			k.ill, k.asked = nil, map[string]int{}
			q, err := src.Pull(context.Background(), p.Next)
			if err != nil || (k.asked["r1"] == 1) != c.again || k.asked["r2"]+k.asked["r3"] > 0 {
				t.Fatalf("the next walk asked for %v (%v)", k.asked, err)
			}
			if c.again != (len(q.Records) == 1) {
				t.Errorf("it gave %d records", len(q.Records))
			}
			k.asked = map[string]int{}
			if _, err = src.Pull(context.Background(), q.Next); err != nil || len(k.asked) > 0 && c.again {
				t.Errorf("and the one after it for %v (%v)", k.asked, err)
			}
		})
	}
}

// Who is sick for ever is not asked for for ever.
func TestADetailThatStaysSick(t *testing.T) {
	k := &clinic{rows: 4, ill: map[string]func(http.ResponseWriter){"r1": says(200, `<html>`)}}
	src := k.open(t, "")
	var at canonical.Checkpoint
	for range sickTries + 5 {
		p, err := src.Pull(context.Background(), at)
		if err != nil {
			t.Fatal(err)
		}
		at = p.Next
	}
	if n := k.asked["r1"]; n > sickTries+2 || n < sickTries {
		t.Errorf("asked %d times", n)
	}
	if last := k.list[len(k.list)-1]; last != "2026-01-06T02:50:00Z" {
		t.Errorf("changes are asked for from %s", last)
	}
}

// What is wrong with all of them is the source's: nothing is held for it.
func TestAllDetailsSick(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter)
		class  problem.Fault
	}{"500": {says(500, `{}`), problem.FaultRetry}, "403": {says(403, `{}`), problem.FaultHalt}, "429": {says(429, `{}`), problem.FaultRetry},
		"401": {says(401, `{}`), problem.FaultHalt}, "HTML": {says(200, `<html>`), problem.FaultRetry}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := &clinic{rows: 9, ill: map[string]func(http.ResponseWriter){}}
			for i := range 9 {
				k.ill[fmt.Sprint("r", i)] = c.answer
			}
			_, err := k.open(t, "").Pull(context.Background(), nil)
			if class, _ := problem.Class(err); err == nil || class != c.class {
				t.Errorf("got %v, class %v", err, class)
			}
			if k.logins > 2 {
				t.Errorf("logged in %d times", k.logins)
			}
		})
	}
}

// Records that are gone, all of them, are no fault of the source.
func TestAllDetailsGone(t *testing.T) {
	k := &clinic{rows: 6, ill: map[string]func(http.ResponseWriter){}}
	for i := range 6 {
		k.ill[fmt.Sprint("r", i)] = says(404, `{}`)
	}
	p, err := k.open(t, "").Pull(context.Background(), nil)
	if err != nil || len(p.Refused) != 6 {
		t.Errorf("%d refused, %v", len(p.Refused), err)
	}
}

func TestHollow(t *testing.T) {
	for text, want := range map[string]bool{`{}`: true, `{ }`: true, `{"a":null}`: true, `{"a":null,"b":0}`: false, `{"a":""}`: false, `[]`: true,
		`[ ]`: true, `[1]`: false, `"x"`: false, `[{}]`: true, `{"a":{"b":[null]}}`: true, `{"a":[0]}`: false} {
		if hollow([]byte(text)) != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
}
