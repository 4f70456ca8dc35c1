package sync

import (
	"bytes"
	"fmt"
	"testing"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/router/journal"
	"iocgateway/router/journaltest"
)

// cell is a row whose key is made of its table, its place and one part more.
func cell(place int, part, value string) canonical.Raw {
	return canonical.Raw{Kind: canonical.KindTask, Key: fmt.Sprintf("T|%d|%s", place, part),
		Payload: fmt.Appendf(nil, `{"place":"%d","part":%q,"flag":"of %s","value":%q}`, place, part, part, value)}
}

// cells are so many rows, one a place.
func cells(n int, part, value func(place int) string) (all []canonical.Raw) {
	for i := range n {
		all = append(all, cell(i, part(i), value(i)))
	}
	return all
}

func always(text string) func(int) string { return func(int) string { return text } }

func numbered(text string) func(int) string {
	return func(i int) string { return fmt.Sprint(text, i) }
}

// below is one text for the first places, another for the rest.
func below(n int, text, other string) func(int) string {
	return func(i int) string {
		if i < n {
			return text
		}
		return other
	}
}

// sheets is a whole one in pages of so many rows.
func sheets(rows []canonical.Raw, size int) (pages []adapters.Page) {
	for len(rows) > 0 {
		n := min(size, len(rows))
		pages = append(pages, adapters.Page{Records: rows[:n], Start: len(pages) == 0, More: true})
		rows = rows[n:]
	}
	last := &pages[len(pages)-1]
	last.More, last.Complete, last.Next = false, &adapters.Scope{}, canonical.Checkpoint("0")
	return pages
}

// named maps a row to a record that has its id in it, as records do: escaped.
type named struct{ journaltest.Echo }

func (n named) Mapping() journal.Mapper { return n }

func (n named) Map(raw canonical.Raw) (canonical.Record, error) {
	rec, err := n.Echo.Map(raw)
	if err == nil {
		rec.Body = append(fmt.Appendf(nil, `{"id":%q,`, rec.ID), bytes.TrimPrefix(raw.Payload, []byte("{"))...)
		rec.Version = canonical.ContentVersion(rec.Body)
	}
	return rec, err
}

// TestAKeyPartThatChanges: where a share of what is gone is there under another
// key that differs in one part, and all else stands, nothing is gone, and what
// is new and not published yet is held. What honestly changed goes.
func TestAKeyPartThatChanges(t *testing.T) {
	for name, c := range map[string]struct {
		before, after []canonical.Raw
		held          bool
	}{
		"a state in the key": {cells(60, always("p"), numbered("v")), cells(60, below(40, "f", "p"), numbered("v")), true},
		"all of it":          {cells(60, always("p"), numbered("v")), cells(60, always("f"), numbered("v")), true},
		"some other values too": {cells(60, always("p"), numbered("v")),
			cells(60, always("f"), func(i int) string { return fmt.Sprint(below(3, "w", "v")(i), i) }), true},
		"a day of export in the key": {cells(60, always("2026-11-28"), numbered("v")),
			cells(60, always("2026-11-29"), numbered("v")), true},
		"too few to say":  {cells(100, always("p"), numbered("v")), cells(100, below(19, "f", "p"), numbered("v")), false},
		"the next period": {cells(100, below(20, "2024", "x"), numbered("v")), cells(100, below(20, "2025", "x"), numbered("w")), false},
		"half of it nothing": {cells(120, below(24, "2024", "x"), numbered("v")),
			cells(120, below(24, "2025", "x"), func(i int) string { return fmt.Sprint(below(12, "v", "w")(i), i) }), false},
		"others went": {cells(150, always("p"), numbered("v")), append(cells(125, always("p"), numbered("v")),
			cells(180, always("p"), numbered("v"))[160:]...), false},
	} {
		for _, size := range []int{1000, 25} {
			t.Run(fmt.Sprint(name, ", pages of ", size), func(t *testing.T) { displacing(t, c.before, c.after, size, c.held) })
		}
	}
}

func displacing(t *testing.T, before, after []canonical.Raw, size int, held bool) {
	source := &journaltest.Source{Pages: sheets(before, size)}
	s, m := syncing(source)
	s.Newest, s.Mapping = m.Record, named{}.Mapping
	run(t, s, journal.Order{})
	source.Pages = sheets(after, size)
	first := run(t, s, journal.Order{})
	again := run(t, s, journal.Order{}) // nobody has decided: nothing changes by itself
	for i, r := range []journal.Run{first, again} {
		note := r.Suspicion()
		if said := note != nil && note.Code == "GW-R088"; said != held || held && (r.Proved > 0 || note.Field != "3") {
			t.Fatalf("run %d: %+v, noted %+v", i, r, note)
		}
	}
	if !held {
		if len(m.Records["s/t"]) != len(after) {
			t.Errorf("%d are there, want %d", len(m.Records["s/t"]), len(after))
		}
		return
	}
	for i := range before {
		if _, there := m.Records["s/t"][before[i].Key]; !there {
			t.Fatalf("%s is gone", before[i].Key)
		}
	}
	if size > len(after) && len(m.Records["s/t"]) != len(before) {
		t.Errorf("%d are there: what is new was not held", len(m.Records["s/t"]))
	}
	if r := run(t, s, journal.Order{AcceptRemovals: true}); r.Proved == 0 || r.Suspicion() != nil {
		t.Errorf("accepted, and %d removed: %+v", r.Proved, r.Notes)
	}
	if _, err := s.Remap(t.Context(), after); err != nil || len(m.Records["s/t"]) != len(after) {
		t.Errorf("released: %d, want %d: %v", len(m.Records["s/t"]), len(after), err)
	}
	if r := run(t, s, journal.Order{}); r.Suspicion() != nil || r.Proved != 0 {
		t.Errorf("it comes back: %+v", r)
	}
}

// TestWhatAKeyIsMadeOf: keys are taken apart at their bars, or at any sign.
func TestWhatAKeyIsMadeOf(t *testing.T) {
	for key, want := range map[string]int{"T|1|p": 3, `a\|b|c`: 2, "T-2024/01": 3, "abc": 1} {
		if got := keyParts(key); len(got) != want {
			t.Errorf("%s: %q", key, got)
		}
	}
}
