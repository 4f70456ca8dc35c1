package sync

import (
	"context"
	"errors"
	"testing"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/book"
	"iocgateway/router/journal"
	"iocgateway/router/journaltest"
)

// walking is a source that may be told to begin its walk again, and keeps where
// it was asked from.
type walking struct {
	*journaltest.Source
	from []string
}

func (w *walking) Pull(ctx context.Context, from canonical.Checkpoint) (adapters.Page, error) {
	w.from = append(w.from, string(from))
	return w.Source.Pull(ctx, from)
}

func (w *walking) Sweep(canonical.Checkpoint) (canonical.Checkpoint, error) {
	return canonical.Checkpoint("0"), nil
}

func (w *walking) Restart(from canonical.Checkpoint) (canonical.Checkpoint, error) {
	if string(from) != "1" && string(from) != "2" { // of three pages: before or behind the walk
		return from, nil
	}
	return canonical.Checkpoint("0"), nil
}

func walkingSyncer(pages ...adapters.Page) (*Syncer, *journaltest.Memory, *walking) {
	source := &walking{Source: &journaltest.Source{Pages: pages}}
	s, m := watched(source.Source)
	s.Reader = source
	return s, m, source
}

// TestAStreamForgetsItsSource: it is read as the first time, a long answer of
// several pieces too; its records stay, and nothing is published again.
func TestAStreamForgetsItsSource(t *testing.T) {
	s, m, source := walkingSyncer(adapters.Page{Records: marked("a", 0, 40), Start: true}, adapters.Page{Records: marked("x", 0, 40)})
	if err := s.Reposition(t.Context(), book.Forget); codeOf(err) != "GW-R092" {
		t.Fatalf("forgetting nothing: %v", err)
	}
	run(t, s, journal.Order{})
	run(t, s, journal.Order{})
	open(t, s, 1)
	if err := s.Reposition(t.Context(), book.Forget); err != nil {
		t.Fatal(err)
	}
	open(t, s, 0)
	if len(m.Records["s/t"]) != 80 || string(m.Checkpoints["s/t"]) != "null" {
		t.Fatalf("%d records, at %s", len(m.Records["s/t"]), m.Checkpoints["s/t"])
	}
	if err := s.Reposition(t.Context(), book.Forget); codeOf(err) != "GW-R092" {
		t.Fatalf("forgetting twice: %v", err)
	}
	source.from = nil
	run(t, s, journal.Order{})
	if source.from[0] != "" || string(m.Checkpoints["s/t"]) != "1" {
		t.Errorf("asked from %q, now at %s", source.from, m.Checkpoints["s/t"])
	}

	long := longSource(journaltest.Numbered(0, 2), journaltest.Numbered(2, 4))
	s, m = syncing(long.Source)
	s.Reader = long
	m.Checkpoints["s/t"] = nowhere
	if got := run(t, s, journal.Order{}); got.Counts.Published != 4 || string(m.Checkpoints["s/t"]) != "7" {
		t.Errorf("a long answer: %+v, at %s", got.Counts, m.Checkpoints["s/t"])
	}
}

// TestAWalkBeginsAgain: at its first page, with nothing proven by what was
// listed before; where none is under way that is said.
func TestAWalkBeginsAgain(t *testing.T) {
	pages := []adapters.Page{{Records: journaltest.Raws("a", "b"), Start: true, More: true}, {Records: journaltest.Raws("c"), More: true},
		{Records: journaltest.Raws("d"), Complete: &adapters.Scope{}}}
	s, m, source := walkingSyncer(pages...)
	run(t, s, journal.Order{})
	if err := s.Reposition(t.Context(), book.RestartWalk); codeOf(err) != "GW-R090" || !problem.Has(err, problem.Moot) {
		t.Fatalf("no walk is under way: %v", err)
	}
	m.Checkpoints["s/t"] = canonical.Checkpoint("1")
	s.kept = kept{walk{started: true, keys: newKeysMet(0)}, canonical.Checkpoint("1"), true}
	if err := s.Reposition(t.Context(), book.RestartWalk); err != nil {
		t.Fatal(err)
	}
	source.from = nil
	if got := run(t, s, journal.Order{}); got.Proved != 0 || got.Counts.Unchanged != 4 || source.from[0] != "0" {
		t.Errorf("%+v from %q", got, source.from)
	}
	if err := s.Reposition(t.Context(), book.Sweep); err != nil || string(m.Checkpoints["s/t"]) != "0" {
		t.Errorf("a sweep begins at %s: %v", m.Checkpoints["s/t"], err)
	}
	m.Fail = errors.New("disk full")
	if err := s.Reposition(t.Context(), book.Forget); err == nil {
		t.Error("what could not be written was done")
	}
}

// TestWhatCannotBeRepositioned: what delivers by itself has no place to stand,
// and a queue lists nothing again.
func TestWhatCannotBeRepositioned(t *testing.T) {
	s, m, source := walkingSyncer(adapters.Page{Records: journaltest.Raws("a")})
	m.Checkpoints["s/t"] = canonical.Checkpoint("1")
	s.Reader = source.Source // it has no words for it
	for _, kind := range []string{book.Sweep, book.RestartWalk} {
		if err := s.Reposition(t.Context(), kind); codeOf(err) != "GW-R091" {
			t.Errorf("%s: %v", kind, err)
		}
	}
	s.Stream.Push = true
	for _, kind := range []string{book.Sweep, book.RestartWalk, book.Forget} {
		if err := s.Reposition(t.Context(), kind); codeOf(err) != "GW-R016" {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func codeOf(err error) string {
	if p, ok := problem.As(err); ok {
		return p.Code
	}
	return ""
}
