package sync

import (
	"fmt"
	"slices"
	"testing"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/journaltest"
)

// listing is one whole listing of a source: records from..to, and how it vouches.
type listing struct {
	from, to     int
	paged, open  bool
	accept       bool
	changes      bool // names changes only, and proves nothing
	gone, doubts int  // what must come of it
}

func TestWhatSeveralListingsProve(t *testing.T) {
	cases := map[string][]listing{
		"one answer, with its total: at once": {{to: 50}, {to: 49, gone: 1}},
		"pages: with the second":              {{to: 50, paged: true}, {to: 49, paged: true}, {to: 49, paged: true, gone: 1}},
		"pages: not what only slid": {{to: 50, paged: true}, {to: 49, paged: true}, {to: 50, paged: true}, {to: 49,
			paged: true}},
		"pages: not what a poll between named": {{to: 50, paged: true}, {to: 49, paged: true}, {from: 49, to: 50, changes: true},
			{to: 49, paged: true}},
		"pages: another that slides is another": {{to: 50, paged: true}, {to: 49, paged: true}, {from: 1, to: 50, paged: true},
			{to: 50, paged: true}},
		"pages, and then one answer": {{to: 50, paged: true}, {to: 49, gone: 1}},
		"pages: a person accepts":    {{to: 50, paged: true}, {to: 49, paged: true, accept: true, gone: 1}},
		"cut off: what new rows push out stays": {{to: 50, open: true}, {from: 3, to: 53, open: true, doubts: 1}, {from: 6, to: 56,
			open: true, doubts: 1}},
		"cut off: also while it fills": {{to: 40, open: true}, {from: 3, to: 53, open: true, doubts: 1}, {from: 3, to: 53,
			open: true, doubts: 1}},
		"cut off: a shorter one was not": {{to: 50, open: true}, {to: 49, gone: 1}},
		"cut off: a longer one shows that it was not": {{to: 50, open: true}, {from: 1, to: 51, open: true, doubts: 1}, {from: 1, to: 52,
			open: true, gone: 1}},
		"cut off: what comes back was pushed out": {{to: 50, open: true}, {from: 1, to: 51, open: true, doubts: 1}, {to: 49, gone: 2}},
		"cut off: a person accepts":               {{to: 50, open: true}, {from: 1, to: 51, open: true, accept: true, gone: 1}},
		"cut off, in pages: longer, and the second time": {{to: 50, paged: true, open: true}, {from: 1, to: 52, paged: true, open: true,
			doubts: 1}, {from: 1, to: 53, paged: true, open: true, gone: 1}},
	}
	for name, list := range cases {
		t.Run(name, func(t *testing.T) {
			source := &journaltest.Source{}
			s, _ := syncing(source)
			for i, l := range list {
				page := adapters.Page{Records: journaltest.Numbered(l.from, l.to), Start: true, Next: canonical.Checkpoint("0"), Total: -1}
				if !l.changes {
					page.Complete = &adapters.Scope{Paged: l.paged, Open: l.open}
				}
				source.Pages = []adapters.Page{page}
				got := run(t, s, journal.Order{AcceptRemovals: l.accept})
				doubts := 0
				if got.Noted(problem.Walked) != nil {
					doubts = 1
				}
				if got.Proved != l.gone || doubts != l.doubts {
					t.Errorf("listing %d: %d gone, %d doubts, want %d and %d (%v)", i, got.Proved, doubts, l.gone, l.doubts, got.Notes)
				}
			}
		})
	}
}

// A restart forgets what was not named: it takes one listing more.
func TestWhatWasNotNamedIsForgottenWithTheProcess(t *testing.T) {
	source := &journaltest.Source{}
	s, m := syncing(source)
	for i, c := range []struct{ to, gone int }{{50, 0}, {49, 0}, {49, 0}, {49, 1}} {
		source.Pages = []adapters.Page{{Records: journaltest.Numbered(0, c.to), Start: true, Next: canonical.Checkpoint("0"), Total: -1,
			Complete: &adapters.Scope{Paged: true}}}
		if i == 2 {
			again, _ := syncing(source)
			again.Log, again.Runs = m, m
			s = again
		}
		if got := run(t, s, journal.Order{}); got.Proved != c.gone {
			t.Errorf("%s: %d gone, want %d", fmt.Sprint("listing ", i), got.Proved, c.gone)
		}
	}
}

// confirming is a source that can be asked to list everything once more.
type confirming struct {
	*journaltest.Source
	asked int
}

func (c *confirming) Confirm(from canonical.Checkpoint) (canonical.Checkpoint, error) {
	c.asked++
	return canonical.Checkpoint(`0`), nil
}

// TestWhatWaitsIsAskedForSoon: as long as a listing leaves something unproven,
// and no longer; and it is said meanwhile.
func TestWhatWaitsIsAskedForSoon(t *testing.T) {
	listing := func(keys ...string) adapters.Page {
		p := adapters.Page{Start: true, Complete: &adapters.Scope{Paged: true}, Next: canonical.Checkpoint(`7`), Total: -1}
		for _, k := range keys {
			p.Records = append(p.Records, row(k, "1"))
		}
		return p
	}
	s, m := syncing(nil)
	source := &confirming{Source: &journaltest.Source{}}
	s.Reader = source
	for i, c := range []struct {
		keys   []string
		asked  int
		live   int
		waits  bool
		begins string
	}{{[]string{"a", "b"}, 0, 2, false, "7"}, {[]string{"a"}, 1, 2, true, "0"}, {[]string{"a"}, 1, 1, false, "7"}} {
		source.Pages = []adapters.Page{listing(c.keys...)}
		delete(m.Checkpoints, "s/t")
		r := run(t, s, journal.Order{})
		said := slices.ContainsFunc(r.Notes, func(p problem.Problem) bool { return p.Code == "GW-R027" && p.Value == "1" })
		if source.asked != c.asked || len(m.Records["s/t"]) != c.live || said != c.waits || string(m.Checkpoints["s/t"]) != c.begins {
			t.Fatalf("listing %d: asked %d times, %d live, said %v, goes on at %s", i, source.asked, len(m.Records["s/t"]), said,
				m.Checkpoints["s/t"])
		}
	}
}

// TestAListThatCannotProveItsEnd: what it misses is measured by what is here, so
// that a short list is no measure for the next, over a restart too, until it is
// long again or a person vouches for it.
func TestAListThatCannotProveItsEnd(t *testing.T) {
	source := &journaltest.Source{}
	s, m := syncing(source)
	for i, c := range []struct {
		to, live int
		said     string
		accept   bool
	}{{100, 100, "", false}, {99, 100, "", false}, {75, 100, "75 100", false}, {75, 100, "75 100", false}, {10, 100, "10 100", false},
		{100, 100, "", false}, {55, 100, "55 100", false}, {55, 55, "", true}, {54, 55, "", false}} {
		source.Pages = []adapters.Page{{Records: journaltest.Numbered(0, c.to), Start: true, Whole: true, Once: true,
			Next: canonical.Checkpoint("0"), Total: -1, Unproven: &adapters.Scope{}}}
		if i%2 == 1 {
			again, _ := syncing(source)
			again.Log, again.Runs = m, m
			s = again
		}
		got := run(t, s, journal.Order{AcceptRemovals: c.accept})
		said := ""
		if note := got.Noted(problem.Walked); note != nil {
			said = note.Value + " " + note.Want
		}
		if said != c.said || len(m.Records["s/t"]) != c.live || got.Unproven == c.accept || !got.Whole {
			t.Errorf("listing %d of %d: said %q, %d live, unproven %v; want %q and %d", i, c.to, said, len(m.Records["s/t"]), got.Unproven,
				c.said, c.live)
		}
	}
}

// TestListingsUnderOtherKeys: a listing that names none of what is here is not
// called empty, nor short.
func TestListingsUnderOtherKeys(t *testing.T) {
	numbered := func(prefix string, n int) (keys []string) {
		for i := range n {
			keys = append(keys, fmt.Sprint(prefix, i))
		}
		return keys
	}
	page := func(keys []string) adapters.Page {
		p := adapters.Page{Start: true, Complete: &adapters.Scope{}, Next: canonical.Checkpoint("0"), Total: -1}
		for _, key := range keys {
			p.Records = append(p.Records, row(key, "1"))
		}
		return p
	}
	for name, c := range map[string]struct {
		keys []string
		want string
	}{
		"as many under other keys": {numbered("b", 30), "GW-R037"},
		"a few under other keys":   {numbered("b", 3), "GW-R037"},
		"some of them":             {numbered("a", 12), "GW-R002"},
		"one of them, and others":  {append(numbered("b", 20), "a3"), "GW-R002"},
		"nothing":                  {nil, "GW-R002"},
	} {
		source := &journaltest.Source{Pages: []adapters.Page{page(numbered("a", 30))}}
		s, m := syncing(source)
		run(t, s, journal.Order{})
		source.Pages[0] = page(c.keys)
		got := run(t, s, journal.Order{})
		if len(got.Notes) != 1 || got.Notes[0].Code != c.want || got.Suspicion() == nil || len(m.Records["s/t"]) < 30 {
			t.Errorf("%s: %v, %d records", name, got.Notes, len(m.Records["s/t"]))
		}
	}
}
