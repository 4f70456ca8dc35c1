package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/simkit"
	"iocgateway/canonical"
	"iocgateway/canonical/strict"
)

// entry is a row of the fake source.
type entry struct {
	ID   string
	At   time.Time
	Text string
}

func (r entry) RowKey() string     { return r.ID }
func (r entry) RowTime() time.Time { return r.At }

// fake is a small source on a real socket: newest first, by pages.
type fake struct {
	mu     sync.Mutex
	rows   []entry
	faults *simkit.Faults
	clock  *simkit.Clock
	asked  []string
	url    string
	before func(n int) // called before each answer, with its number
}

func newFake(t *testing.T, n int) *fake {
	t.Helper()
	clock := simkit.NewClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), 0)
	f := &fake{clock: clock, faults: simkit.NewFaults(clock, 1)}
	for i := range n {
		f.rows = append(f.rows, entry{fmt.Sprintf("k%04d", i), clock.Now().Add(-time.Duration(n-i) * time.Minute), "ban đầu"})
	}
	h := simkit.Wrap(http.HandlerFunc(f.list), f.faults,
		simkit.Wire{Rows: "content", Failure: map[string]any{"ok": false, "message": "lỗi 0912345678"}})
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	f.url = s.URL
	return f
}

func (f *fake) list(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, r.URL.RawQuery)
	if f.before != nil {
		f.before(len(f.asked))
	}
	q := r.URL.Query()
	size, _ := strconv.Atoi(q.Get("size"))
	page, _ := strconv.Atoi(q.Get("page"))
	rows := slices.Clone(f.rows)
	rows = simkit.Bend(f.faults, f.clock.Now(), rows, func(r entry, t time.Time) entry { r.At = t; return r })
	slices.SortStableFunc(rows, func(a, b entry) int { return b.At.Compare(a.At) })
	window := simkit.Window(f.faults, rows, simkit.Ask{Page: page, Size: size})
	content := make([]map[string]any, 0, size)
	for _, r := range window.Rows {
		content = append(content, map[string]any{"id": r.ID, "updatedDate": r.At.Format("2006-01-02T15:04:05.000-0700"), "text": r.Text})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"ok": true, "content": content, "totalElements": window.Total, "last": window.Last})
}

func (f *fake) change(id, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.rows {
		if f.rows[i].ID == id {
			f.rows[i].Text, f.rows[i].At = text, f.clock.Now()
		}
	}
}

func (f *fake) remove(id string) {
	f.rows = slices.DeleteFunc(f.rows, func(r entry) bool { return r.ID == id })
}

func (f *fake) requests() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.asked)
}

const descWire = `
url: %s
page_size: 10
wire:
  profile: test
  vi: thử
  en: test
  evidence: assumed
  kind: dossier
  request:
    path: /list
    query: {page: "{page}", size: "{size}"}
  paging: {kind: page, total: totalElements, last: {path: last, equals: "true"}}
  success: [{path: ok, equals: "true"}]
  message: message
  records:
    path: content
    key: id
    at: {path: updatedDate, layouts: ["yyyy-MM-dd'T'HH:mm:ss.SSSZ"]}
  watermark: {kind: walk-desc, overlap: 5m}
  sweep: {every: 1d, complete: true}
`

func openWith(t *testing.T, f *fake, settings string) adapters.Source {
	t.Helper()
	src, err := tryOpen(t, f.clock.Now, settings)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func tryOpen(t *testing.T, now func() time.Time, settings string) (adapters.Source, error) {
	t.Helper()
	return openOver(t, &http.Client{}, now, settings)
}

func openOver(t *testing.T, client *http.Client, now func() time.Time, settings string) (adapters.Source, error) {
	t.Helper()
	node, err := strict.Parse("test.yaml", []byte(settings))
	if err != nil {
		t.Fatal(err)
	}
	return Spec().Open(adapters.Settings{Source: "s", Stream: "x", Kind: canonical.KindDossier, Node: node},
		adapters.Env{HTTP: client, Log: slog.New(slog.DiscardHandler), Now: now})
}

// walkAll pulls until the walk's end, and gives the records by key.
func walkAll(t *testing.T, src adapters.Source, from canonical.Checkpoint) (map[string]string, []adapters.Page, canonical.Checkpoint) {
	t.Helper()
	got := map[string]string{}
	var pages []adapters.Page
	for range 500 {
		p, err := src.Pull(context.Background(), from)
		if err != nil {
			t.Fatalf("page %d: %v", len(pages), err)
		}
		pages = append(pages, p)
		for _, r := range p.Records {
			got[r.Key] = string(r.Payload)
		}
		if p.More && string(p.Next) == string(from) {
			t.Fatal("more, and no progress")
		}
		from = p.Next
		if !p.More {
			return got, pages, from
		}
	}
	t.Fatal("no end")
	return nil, nil, nil
}

func settings(f *fake) string { return strings.Replace(descWire, "%s", f.url, 1) }

// parseWith takes an answer apart as a Source with this plan does.
func parseWith(pl *plan, body []byte, size int, now time.Time) (*parsedPage, error) {
	src := &Source{plan: pl, kind: canonical.KindDossier, now: func() time.Time { return now }}
	return src.parser(size, nil).parse(body)
}

// whole gives all that an answer holds, and what of it is held.
func whole(tb testing.TB, page *parsedPage) (records []canonical.Raw, refused []adapters.Refused) {
	tb.Helper()
	var p adapters.Page
	if err := page.answer.Page(&p); err != nil {
		tb.Fatal(err)
	}
	records, refused = p.Records, p.Refused
	for last := p.Tail == nil; !last; {
		more, held, end, err := p.Tail.Next(tb.Context())
		if err != nil {
			tb.Fatal(err)
		}
		records, refused, last = append(records, more...), append(refused, held...), end
	}
	if p.Tail != nil {
		_ = p.Tail.Close()
	}
	return records, refused
}

func raws(page *parsedPage) []canonical.Raw {
	records, _ := page.answer.First()
	return records
}

func refusals(page *parsedPage) []adapters.Refused {
	_, refused := page.answer.First()
	return refused
}
