package router

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
)

func syncing(source *fake) (*Syncer, *Stream, *memory) {
	m := newMemory()
	var ticks atomic.Int64
	start := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	s := &Syncer{Log: m, Runs: m, Now: func() time.Time { return start.Add(time.Duration(ticks.Add(1)) * time.Second) }}
	return s, &Stream{Source: "s", Name: "t", Kind: canonical.KindTask, Reader: source, Mapper: echo{"1"}}, m
}

func run(t *testing.T, s *Syncer, st *Stream, order Order) Run {
	t.Helper()
	r, err := s.Run(t.Context(), st, order)
	if err != nil {
		t.Fatal(err)
	}
	if n := r.Counts.Unexplained(r.Proved); n != 0 {
		t.Fatalf("%d Raws unexplained in %+v", n, r.Counts)
	}
	return r
}

func TestEveryRawEndsAsExactlyOneOutcome(t *testing.T) {
	source := &fake{pages: []adapters.Page{
		{Records: raws("a", "bad", "skip"), More: true},
		{Records: append(raws("b", "boom"), canonical.Raw{Kind: canonical.KindTask}), More: true,
			Refused: []adapters.Refused{{Raw: canonical.Raw{Key: "cut"}, Problem: canonical.Problem{Code: "GW-D001"}}}},
		{Records: raws("c")},
	}}
	s, st, m := syncing(source)
	got := run(t, s, st, Order{})
	want := Counts{Received: 8, Published: 3, Held: 4, Excluded: 1}
	if got.Counts != want || !got.Complete || got.Pages != 3 {
		t.Fatalf("got %+v (%d pages), want %+v", got.Counts, got.Pages, want)
	}
	if string(m.checkpoints["s/t"]) != "3" {
		t.Fatalf("checkpoint %s, want 3", m.checkpoints["s/t"])
	}
}

func TestUnchangedIsNeverMapped(t *testing.T) {
	page := adapters.Page{Records: append(raws("a"), raws("skip")...), Next: canonical.Checkpoint("0")}
	s, st, _ := syncing(&fake{pages: []adapters.Page{page}})
	run(t, s, st, Order{})
	mapped := 0
	st.Mapper = counting{echo{"1"}, &mapped}
	if got := run(t, s, st, Order{}); got.Counts.Unchanged != 2 || mapped != 0 {
		t.Fatalf("%+v after %d mappings, want 2 unchanged after none", got.Counts, mapped)
	}
	st.Mapper = counting{echo{"2"}, &mapped}
	if run(t, s, st, Order{}); mapped != 2 {
		t.Fatalf("a corrected mapping mapped %d, want 2", mapped)
	}
}

type counting struct {
	Mapper
	mapped *int
}

func (c counting) Map(raw canonical.Raw) (canonical.Record, error) {
	*c.mapped++
	return c.Mapper.Map(raw)
}

func TestAFailureKeepsWhatWasCommitted(t *testing.T) {
	broken := &canonical.Problem{Code: "GW-S031"}
	source := &fake{pages: []adapters.Page{{Records: raws("a"), More: true}, {Records: raws("b"), More: true}, {Records: raws("c")}},
		fail: map[int]error{2: canonical.Retry(broken, time.Minute)}}
	s, st, m := syncing(source)
	got, err := s.Run(t.Context(), st, Order{})
	if err == nil || got.Complete || got.Problem == nil || got.Problem.Code != "GW-S031" {
		t.Fatalf("run %+v, error %v", got, err)
	}
	if string(m.checkpoints["s/t"]) != "2" || len(m.records["s/t"]) != 2 {
		t.Fatalf("checkpoint %s with %d records", m.checkpoints["s/t"], len(m.records["s/t"]))
	}
	source.fail = nil
	if again := run(t, s, st, Order{}); again.Counts.Published != 1 {
		t.Fatalf("after the mend %+v, want 1 published", again.Counts)
	}
	if len(m.runs["s/t"]) != 2 || m.runs["s/t"][1].Ended.IsZero() {
		t.Fatalf("runs on disk: %+v", m.runs["s/t"])
	}
}

func TestACommitThatFailsMovesNothing(t *testing.T) {
	s, st, m := syncing(&fake{pages: []adapters.Page{{Records: raws("a"), More: true}, {Records: raws("b")}}})
	m.fail = errors.New("disk full")
	if _, err := s.Run(t.Context(), st, Order{}); err == nil {
		t.Fatal("the run claims success")
	}
	if m.checkpoints["s/t"] != nil {
		t.Fatalf("checkpoint moved to %s", m.checkpoints["s/t"])
	}
}

func TestNoProgressHalts(t *testing.T) {
	s, st, _ := syncing(&fake{pages: []adapters.Page{{Records: raws("a"), More: true}, {Records: raws("b"), More: true, Next: canonical.Checkpoint("1")}}})
	_, err := s.Run(t.Context(), st, Order{})
	problem, _ := canonical.AsProblem(err)
	if class, _ := canonical.Class(err); class != canonical.FaultHalt || problem == nil || problem.Code != "GW-R001" {
		t.Fatalf("got %v", err)
	}
}

func TestAPanickingAdapterStopsItsOwnStream(t *testing.T) {
	s, st, _ := syncing(&fake{panic: true})
	_, err := s.Run(t.Context(), st, Order{})
	if class, _ := canonical.Class(err); class != canonical.FaultHalt {
		t.Fatalf("got %v", err)
	}
}

func TestOnlyACompleteListingProvesRemovals(t *testing.T) {
	all := adapters.Page{Records: numbered(0, 100), Start: true, Complete: &adapters.Scope{}, Next: canonical.Checkpoint("0")}
	source := &fake{pages: []adapters.Page{all}}
	s, st, m := syncing(source)
	run(t, s, st, Order{})

	partial := all
	partial.Records, partial.Complete = numbered(0, 95), nil
	source.pages[0] = partial
	if got := run(t, s, st, Order{}); got.Proved != 0 || len(m.records["s/t"]) != 100 {
		t.Fatalf("a partial listing removed %d", got.Proved)
	}
	resumed := all
	resumed.Records, resumed.Start = numbered(0, 95), false
	source.pages[0] = resumed
	if got := run(t, s, st, Order{}); got.Proved != 0 {
		t.Fatalf("a walk whose start was not seen removed %d", got.Proved)
	}
	complete := all
	complete.Records = numbered(0, 95)
	source.pages[0] = complete
	if got := run(t, s, st, Order{}); got.Proved != 5 || len(m.records["s/t"]) != 95 {
		t.Fatalf("a complete listing removed %d, want 5", got.Proved)
	}
}

func TestEmptyWherePlentyWasIsSuspicious(t *testing.T) {
	all := adapters.Page{Records: numbered(0, 100), Start: true, Complete: &adapters.Scope{}, Next: canonical.Checkpoint("0")}
	source := &fake{pages: []adapters.Page{all}}
	s, st, m := syncing(source)
	run(t, s, st, Order{})
	source.pages[0].Records = nil
	got := run(t, s, st, Order{})
	if got.Proved != 0 || len(m.records["s/t"]) != 100 || len(got.Notes) != 1 || got.Notes[0].Code != "GW-R002" {
		t.Fatalf("got %+v with %d records left", got, len(m.records["s/t"]))
	}
	l := &lane{stream: st}
	l.finished(got)
	if h := Assess(Signs{Now: got.Ended, Heard: got.Ended, FreshThrough: got.Started, NextRun: got.Ended, Suspicion: l.suspect}); h.State != StateDataIssue {
		t.Fatalf("the stream's state is %s", h.State)
	}
	l.finished(Run{Complete: true, Started: got.Started, Ended: got.Ended})
	if l.suspect == nil {
		t.Fatal("a poll that listed nothing whole answered the suspicion")
	}
	accepted := run(t, s, st, Order{AcceptRemovals: true})
	if l.finished(accepted); l.suspect != nil {
		t.Fatal("an accepted listing left the suspicion standing")
	}
	if got := accepted; got.Proved != 100 || len(m.records["s/t"]) != 0 {
		t.Fatalf("accepted removals: %d", got.Proved)
	}
}

func TestAStoppedRunIsWrittenDown(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, st, m := syncing(&fake{pages: []adapters.Page{{Records: raws("a"), More: true}}})
	s.Progress = func(string, Run) { cancel() }
	st.Reader = blocking{st.Reader}
	_, err := s.Run(ctx, st, Order{})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if got := m.runs["s/t"][0]; got.Ended.IsZero() || got.Problem == nil || got.Problem.Code != "GW-R005" || got.Pages != 1 {
		t.Fatalf("the run on disk: %+v", got)
	}
}

// blocking answers the first page and then waits for the end.
type blocking struct{ adapters.Source }

func (b blocking) Pull(ctx context.Context, from canonical.Checkpoint) (adapters.Page, error) {
	if from != nil {
		<-ctx.Done()
		return adapters.Page{}, ctx.Err()
	}
	return b.Source.Pull(ctx, from)
}

func TestATimeFarAheadIsNotBelieved(t *testing.T) {
	ahead := raws("a")
	ahead[0].At = time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	s, st, m := syncing(&fake{pages: []adapters.Page{{Records: ahead}}})
	var got canonical.Raw
	st.Mapper = looking{st.Mapper, &got}
	r := run(t, s, st, Order{})
	if !r.SourceTime.IsZero() || !got.At.IsZero() || len(m.records["s/t"]) != 1 {
		t.Fatalf("source time %v, the mapping saw %v", r.SourceTime, got.At)
	}
}

type looking struct {
	Mapper
	seen *canonical.Raw
}

func (l looking) Map(raw canonical.Raw) (canonical.Record, error) {
	*l.seen = raw
	return l.Mapper.Map(raw)
}

func TestRivalsInOnePageAreHeld(t *testing.T) {
	one, two := raws("a")[0], raws("b")[0]
	two.Key = one.Key
	s, st, _ := syncing(&fake{pages: []adapters.Page{{Records: []canonical.Raw{one, two, one}, Next: canonical.Checkpoint("0")}}})
	if got := run(t, s, st, Order{}).Counts; got.Published != 1 || got.Held != 1 || got.Unchanged != 1 {
		t.Fatalf("got %+v, want 1 published, 1 held and the repeat unchanged", got)
	}
	if got := run(t, s, st, Order{}).Counts; got.Published != 0 {
		t.Fatalf("a second poll publishes again: %+v", got)
	}
	two.At = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	s, st, _ = syncing(&fake{pages: []adapters.Page{{Records: []canonical.Raw{one, two}}}})
	if got := run(t, s, st, Order{}).Counts; got.Published != 2 {
		t.Fatalf("two versions of different times: %+v, want both published", got)
	}
}
