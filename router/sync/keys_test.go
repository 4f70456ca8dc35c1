package sync

import (
	"bytes"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/journaltest"
)

// row is a Raw of a key with a content.
func row(key, content string) canonical.Raw {
	return canonical.Raw{Kind: canonical.KindTask, Key: key, Payload: []byte(content)}
}

// TestOneKeyTwoContents: in one walk, on whichever pages or in whichever files,
// and never where one of the two is newer.
func TestOneKeyTwoContents(t *testing.T) {
	dated := func(key, content string, hour int) canonical.Raw {
		r := row(key, content)
		r.At = time.Date(2026, 3, 1, hour, 0, 0, 0, time.UTC)
		return r
	}
	page := func(start, beside bool, complete *adapters.Scope, records ...canonical.Raw) adapters.Page {
		return adapters.Page{Records: records, Start: start, Beside: beside, Complete: complete, More: true, Total: -1}
	}
	for name, c := range map[string]struct {
		pages []adapters.Page
		held  int // at every poll
	}{
		"on one page": {[]adapters.Page{page(true, false, nil, row("a", "1"), row("a", "2"), row("b", "1"))}, 1},
		"on two pages": {[]adapters.Page{page(true, false, nil, row("a", "1")),
			page(false, false, nil, row("a", "2"))}, 1},
		"on two pages, three ways": {[]adapters.Page{page(true, false, nil, row("a", "1"), row("a", "2")),
			page(false, false, nil, row("a", "3"))}, 2},
		"repeated byte for byte": {[]adapters.Page{page(true, false, nil, row("a", "1")),
			page(false, false, nil, row("a", "1"), row("a", "1"))}, 0},
		"with times of their own": {[]adapters.Page{page(true, false, nil, dated("a", "1", 1)),
			page(false, false, nil, dated("a", "2", 2))}, 0},
		"at one time": {[]adapters.Page{page(true, false, nil, dated("a", "1", 1)),
			page(false, false, nil, dated("a", "2", 1))}, 1},
		"in two files": {[]adapters.Page{page(true, true, nil, row("a", "1")),
			page(true, true, nil, row("a", "2"))}, 1},
		"in four files": {[]adapters.Page{page(true, true, nil, row("a", "1")),
			page(true, true, nil, row("a", "2")),
			page(true, true, nil, row("a", "3")),
			page(true, true, nil, row("a", "4"))}, 3},
		"written in two ways": {[]adapters.Page{page(true, false, nil, row("Thửa đất", "1")),
			page(false, false, nil, row("Thu\u031b\u0309a \u0111a\u0302\u0301t", "2"))}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			c.pages[len(c.pages)-1].More = false
			s, m := syncing(&journaltest.Source{Pages: c.pages})
			for poll := range 3 {
				if r := run(t, s, journal.Order{}); r.Counts.Held != c.held || poll > 0 && r.Counts.Published > 0 {
					t.Fatalf("poll %d: %+v, want %d held and nothing published twice", poll, r.Counts, c.held)
				}
				delete(m.Checkpoints, "s/t") // the same again
			}
		})
	}
}

// TestKeysAreTheStreamsOwn: one form of Unicode, the stream's prefix, and both
// in what a listing proves.
func TestKeysAreTheStreamsOwn(t *testing.T) {
	const nfd, nfc = "a\u0302\u0301p", "ấp"
	listing := func(keys ...string) adapters.Page {
		p := adapters.Page{Start: true, Complete: &adapters.Scope{KeyPrefix: "a\u0302\u0301"}, Total: -1}
		for _, k := range keys {
			p.Records = append(p.Records, row(k, "1"))
		}
		return p
	}
	source := &journaltest.Source{Pages: []adapters.Page{listing(nfd, nfd+"2", nfd+"3")}}
	s, m := syncing(source)
	s.Stream.KeyPrefix = "nhap-"
	run(t, s, journal.Order{})
	if _, named := m.Records["s/t"]["nhap-"+nfc]; !named || len(m.Records["s/t"]) != 3 {
		t.Fatalf("%v", m.Records["s/t"])
	}
	delete(m.Checkpoints, "s/t")
	source.Pages = []adapters.Page{listing(nfc, nfd+"3")}
	r := run(t, s, journal.Order{})
	if _, there := m.Records["s/t"]["nhap-"+nfc+"2"]; there || r.Counts.Unchanged != 2 || r.Proved != 1 {
		t.Errorf("%+v, %d proven gone", r.Counts, r.Proved)
	}
}

// TestPrefixForAStreamThatRuns: what it published before is no longer listed, and
// a listing of everything says so; with few left a person is asked, as always.
func TestPrefixForAStreamThatRuns(t *testing.T) {
	listing := adapters.Page{Start: true, Complete: &adapters.Scope{}, Total: -1, Records: []canonical.Raw{row("a", "1"), row("b", "1")}}
	source := &journaltest.Source{Pages: []adapters.Page{listing}}
	s, m := syncing(source)
	run(t, s, journal.Order{})
	delete(m.Checkpoints, "s/t")
	s.Stream.KeyPrefix = "x-"
	r := run(t, s, journal.Order{})
	if len(m.Records["s/t"]) != 2 || r.Proved != 2 {
		t.Errorf("%v, %d proven gone: %+v", m.Records["s/t"], r.Proved, r.Notes)
	}
}

// TestAdoptionsHaveTheirDay: before it the Log is not told.
func TestAdoptionsHaveTheirDay(t *testing.T) {
	s, _ := syncing(&journaltest.Source{})
	day := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	s.Stream.Adopts = []journal.Adoption{{Stream: "s/old"}, {Stream: "s/older", From: day}}
	if got := s.adopts(day.Add(-time.Second)); len(got) != 1 || got[0] != "s/old" {
		t.Errorf("the day before: %v", got)
	}
	if got := s.adopts(day); len(got) != 2 {
		t.Errorf("on the day: %v", got)
	}
}

// placeless maps what stands before the bar: behind it is where a Raw was found.
type placeless struct{ journaltest.Echo }

func (m placeless) Map(raw canonical.Raw) (canonical.Record, error) {
	content, _, _ := bytes.Cut(raw.Payload, []byte("|"))
	raw.Payload = content
	return m.Echo.Map(raw)
}

// TestWhereARowWasFoundIsNoContradiction: two exports that overlap give one row
// twice, each with its own file and row.
func TestWhereARowWasFoundIsNoContradiction(t *testing.T) {
	first := adapters.Page{Start: true, Beside: true, More: true, Total: -1, Records: []canonical.Raw{row("a", `"1"|one.xlsx 7`)}}
	second := adapters.Page{Start: true, Beside: true, Total: -1, Records: []canonical.Raw{row("a", `"1"|two.xlsx 1`), row("b", `"1"|two.xlsx 2`)}}
	s, m := syncing(&journaltest.Source{Pages: []adapters.Page{first, second}})
	s.Mapping = func() journal.Mapper { return placeless{journaltest.Echo{Version: "1"}} }
	for poll := range 3 {
		if r := run(t, s, journal.Order{}); r.Counts.Held != 0 || len(m.Records["s/t"]) != 2 {
			t.Fatalf("poll %d: %+v", poll, r.Counts)
		}
		delete(m.Checkpoints, "s/t")
	}
}

// TestTwoMattersUnderOneKey: what lists each matter once has two rows of one key
// in one answer for two matters, whatever times they bear; between two answers a
// row may have moved, once.
func TestTwoMattersUnderOneKey(t *testing.T) {
	rows := func(from, to int, content string, hour int) (out []canonical.Raw) {
		for _, raw := range journaltest.Numbered(from, to) {
			raw.Payload, raw.At = []byte(content), time.Date(2026, 3, 1, hour, 0, 0, 0, time.UTC)
			out = append(out, raw)
		}
		return out
	}
	both := append(rows(0, 100, "1", 1), rows(0, 40, "2", 5)...)
	for name, c := range map[string]struct {
		pages []adapters.Page
		once  bool
		held  int
		said  []string // by the first run, by the second, and by the third, after a restart
	}{
		"in one answer": {[]adapters.Page{{Records: both}}, true, 40, []string{"", "", ""}},
		"in one file": {[]adapters.Page{{Records: both[:100], More: true}, {Records: both[100:], Same: true}}, true, 40,
			[]string{"", "", ""}},
		"in pages":              {[]adapters.Page{{Records: both[:100], More: true}, {Records: both[100:]}}, true, 0, []string{"GW-R014 40", "GW-R014 40", "GW-R014 40"}},
		"newest first":          {[]adapters.Page{{Records: both[100:], More: true}, {Records: both[:100]}}, true, 0, []string{"GW-R014 40", "GW-R014 40", "GW-R014 40"}},
		"a few, in pages":       {[]adapters.Page{{Records: both[:100], More: true}, {Records: both[138:]}}, true, 0, []string{"", "", "GW-R014 2"}},
		"version after version": {[]adapters.Page{{Records: both}}, false, 0, []string{"", "", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			for i := range c.pages {
				c.pages[i].Start, c.pages[i].Whole, c.pages[i].Once, c.pages[i].Total = i == 0, true, c.once, -1
			}
			source := &journaltest.Source{Pages: c.pages}
			s, m := syncing(source)
			for i, said := range c.said {
				if i == 2 {
					again, _ := syncing(source)
					again.Log, again.Runs = m, m
					s = again
				}
				r := run(t, s, journal.Order{})
				got := ""
				if note := r.Noted(problem.Walked, problem.Backward); note != nil {
					got = note.Code + " " + note.Value
				}
				if r.Counts.Held != c.held || got != said || !r.Whole || i > 0 && r.Counts.Published > 0 {
					t.Errorf("run %d: %+v, noted %q, want %d held and %q", i, r.Counts, got, c.held, said)
				}
				delete(m.Checkpoints, "s/t")
			}
		})
	}
}
