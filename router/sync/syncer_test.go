package sync

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/journaltest"
)

func syncing(source *journaltest.Source) (*Syncer, *journaltest.Memory) {
	m := journaltest.NewMemory()
	var ticks atomic.Int64
	start := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	now := func() time.Time { return start.Add(time.Duration(ticks.Add(1)) * time.Second) }
	return &Syncer{Stream: journal.Stream{Source: "s", Name: "t", Kind: canonical.KindTask}, Reader: source,
		Mapping: journaltest.Echo{Version: "1"}.Mapping, Log: m, Runs: m, Newest: m.Record, Now: now}, m
}

func run(t *testing.T, s *Syncer, order journal.Order) journal.Run {
	t.Helper()
	r, err := s.Run(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	if n := r.Counts.Unexplained(r.Proved); n != 0 {
		t.Fatalf("%d Raws unexplained in %+v", n, r.Counts)
	}
	return r
}

func TestEveryRawEndsAsExactlyOneOutcome(t *testing.T) {
	source := &journaltest.Source{Pages: []adapters.Page{
		{Records: journaltest.Raws("a", "bad", "skip"), More: true},
		{Records: append(journaltest.Raws("b", "boom"), canonical.Raw{Kind: canonical.KindTask}), More: true,
			Refused: []adapters.Refused{{Raw: canonical.Raw{Key: "cut"}, Problem: problem.Problem{Code: "GW-D001"}}}},
		{Records: journaltest.Raws("c")},
	}}
	s, m := syncing(source)
	got := run(t, s, journal.Order{})
	want := journal.Counts{Received: 8, Published: 3, Held: 4, Excluded: 1}
	if got.Counts != want || !got.Complete || got.Pages != 3 {
		t.Fatalf("got %+v (%d pages), want %+v", got.Counts, got.Pages, want)
	}
	if string(m.Checkpoints["s/t"]) != "3" {
		t.Fatalf("checkpoint %s, want 3", m.Checkpoints["s/t"])
	}
}

func TestUnchangedIsNeverMapped(t *testing.T) {
	page := adapters.Page{Records: append(journaltest.Raws("a"), journaltest.Raws("skip")...), Next: canonical.Checkpoint("0")}
	s, _ := syncing(&journaltest.Source{Pages: []adapters.Page{page}})
	run(t, s, journal.Order{})
	mapped := 0
	s.Mapping = counting{journaltest.Echo{Version: "1"}, &mapped}.mapping
	if got := run(t, s, journal.Order{}); got.Counts.Unchanged != 1 || got.Counts.Excluded != 1 || mapped != 0 {
		t.Fatalf("%+v after %d mappings, want them as they were after none", got.Counts, mapped)
	}
	s.Mapping = counting{journaltest.Echo{Version: "2"}, &mapped}.mapping
	if run(t, s, journal.Order{}); mapped != 2 {
		t.Fatalf("a corrected mapping mapped %d, want 2", mapped)
	}
}

type counting struct {
	journal.Mapper
	mapped *int
}

func (c counting) mapping() journal.Mapper { return c }

func (c counting) Map(raw canonical.Raw) (canonical.Record, error) {
	*c.mapped++
	return c.Mapper.Map(raw)
}

func TestAFailureKeepsWhatWasCommitted(t *testing.T) {
	broken := &problem.Problem{Code: "GW-S031"}
	pages := []adapters.Page{{Records: journaltest.Raws("a"), More: true}, {Records: journaltest.Raws("b"), More: true},
		{Records: journaltest.Raws("c")}}
	source := &journaltest.Source{Pages: pages, Fail: map[int]error{2: problem.Retry(broken, time.Minute)}}
	s, m := syncing(source)
	got, err := s.Run(t.Context(), journal.Order{})
	if err == nil || got.Complete || got.Problem == nil || got.Problem.Code != "GW-S031" {
		t.Fatalf("run %+v, error %v", got, err)
	}
	if string(m.Checkpoints["s/t"]) != "2" || len(m.Records["s/t"]) != 2 {
		t.Fatalf("checkpoint %s with %d records", m.Checkpoints["s/t"], len(m.Records["s/t"]))
	}
	source.Fail = nil
	if again := run(t, s, journal.Order{}); again.Counts.Published != 1 {
		t.Fatalf("after the mend %+v, want 1 published", again.Counts)
	}
	if len(m.RunsOf["s/t"]) != 2 || m.RunsOf["s/t"][1].Ended.IsZero() {
		t.Fatalf("runs on disk: %+v", m.RunsOf["s/t"])
	}
}

func TestACommitThatFailsMovesNothing(t *testing.T) {
	pages := []adapters.Page{{Records: journaltest.Raws("a"), More: true}, {Records: journaltest.Raws("b")}}
	s, m := syncing(&journaltest.Source{Pages: pages})
	m.Fail = errors.New("disk full")
	if _, err := s.Run(t.Context(), journal.Order{}); err == nil {
		t.Fatal("the run claims success")
	}
	if m.Checkpoints["s/t"] != nil {
		t.Fatalf("checkpoint moved to %s", m.Checkpoints["s/t"])
	}
}

func TestNoProgressHalts(t *testing.T) {
	s, _ := syncing(&journaltest.Source{Pages: []adapters.Page{{Records: journaltest.Raws("a"), More: true},
		{Records: journaltest.Raws("b"), More: true, Next: canonical.Checkpoint("1")}}})
	_, err := s.Run(t.Context(), journal.Order{})
	found, _ := problem.As(err)
	if class, _ := problem.Class(err); class != problem.FaultHalt || found == nil || found.Code != "GW-R001" {
		t.Fatalf("got %v", err)
	}
}

func TestAPanickingAdapterStopsItsOwnStream(t *testing.T) {
	s, _ := syncing(&journaltest.Source{Panic: true})
	_, err := s.Run(t.Context(), journal.Order{})
	if class, _ := problem.Class(err); class != problem.FaultHalt {
		t.Fatalf("got %v", err)
	}
}

func TestOnlyACompleteListingProvesRemovals(t *testing.T) {
	all := adapters.Page{Records: journaltest.Numbered(0, 100), Start: true, Complete: &adapters.Scope{}, Next: canonical.Checkpoint("0")}
	source := &journaltest.Source{Pages: []adapters.Page{all}}
	s, m := syncing(source)
	run(t, s, journal.Order{})

	partial := all
	partial.Records, partial.Complete = journaltest.Numbered(0, 95), nil
	source.Pages[0] = partial
	if got := run(t, s, journal.Order{}); got.Proved != 0 || len(m.Records["s/t"]) != 100 {
		t.Fatalf("a partial listing removed %d", got.Proved)
	}
	resumed := all
	resumed.Records, resumed.Start = journaltest.Numbered(0, 95), false
	source.Pages[0] = resumed
	if got := run(t, s, journal.Order{}); got.Proved != 0 {
		t.Fatalf("a walk whose start was not seen removed %d", got.Proved)
	}
	complete := all
	complete.Records = journaltest.Numbered(0, 95)
	source.Pages[0] = complete
	if got := run(t, s, journal.Order{}); got.Proved != 5 || len(m.Records["s/t"]) != 95 {
		t.Fatalf("a complete listing removed %d, want 5", got.Proved)
	}
}

func TestEmptyWherePlentyWasIsSuspicious(t *testing.T) {
	all := adapters.Page{Records: journaltest.Numbered(0, 100), Start: true, Complete: &adapters.Scope{}, Next: canonical.Checkpoint("0")}
	source := &journaltest.Source{Pages: []adapters.Page{all}}
	s, m := syncing(source)
	run(t, s, journal.Order{})
	source.Pages[0].Records = nil
	got := run(t, s, journal.Order{})
	if got.Proved != 0 || len(m.Records["s/t"]) != 100 || len(got.Notes) != 1 || got.Notes[0].Code != "GW-R002" {
		t.Fatalf("got %+v with %d records left", got, len(m.Records["s/t"]))
	}
	if got.Suspicion() == nil {
		t.Fatal("the run names no suspicion")
	}
	accepted := run(t, s, journal.Order{AcceptRemovals: true})
	if !accepted.Listed || accepted.Suspicion() != nil {
		t.Fatalf("an accepted listing: %+v", accepted)
	}
	if got := accepted; got.Proved != 100 || len(m.Records["s/t"]) != 0 {
		t.Fatalf("accepted removals: %d", got.Proved)
	}
}

func TestAStoppedRunIsWrittenDown(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, m := syncing(&journaltest.Source{Pages: []adapters.Page{{Records: journaltest.Raws("a"), More: true}}})
	s.Progress = func(string, journal.Run) { cancel() }
	s.Reader = blocking{s.Reader}
	_, err := s.Run(ctx, journal.Order{})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if got := m.RunsOf["s/t"][0]; got.Ended.IsZero() || got.Problem == nil || got.Problem.Code != "GW-R005" || got.Pages != 1 {
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
	ahead := journaltest.Raws("a")
	ahead[0].At = time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	s, m := syncing(&journaltest.Source{Pages: []adapters.Page{{Records: ahead}}})
	var got canonical.Raw
	s.Mapping = looking{s.Mapping(), &got}.mapping
	r := run(t, s, journal.Order{})
	if !r.SourceTime.IsZero() || !got.At.IsZero() || len(m.Records["s/t"]) != 1 {
		t.Fatalf("source time %v, the mapping saw %v", r.SourceTime, got.At)
	}
}

type looking struct {
	journal.Mapper
	seen *canonical.Raw
}

func (l looking) mapping() journal.Mapper { return l }

func (l looking) Map(raw canonical.Raw) (canonical.Record, error) {
	*l.seen = raw
	return l.Mapper.Map(raw)
}

func TestRivalsInOnePageAreHeld(t *testing.T) {
	one, two := journaltest.Raws("a")[0], journaltest.Raws("b")[0]
	two.Key = one.Key
	s, _ := syncing(&journaltest.Source{Pages: []adapters.Page{{Records: []canonical.Raw{one, two, one}, Next: canonical.Checkpoint("0")}}})
	if got := run(t, s, journal.Order{}).Counts; got.Published != 1 || got.Held != 1 || got.Unchanged != 1 {
		t.Fatalf("got %+v, want 1 published, 1 held and the repeat unchanged", got)
	}
	if got := run(t, s, journal.Order{}).Counts; got.Published != 0 {
		t.Fatalf("a second poll publishes again: %+v", got)
	}
	two.At = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	s, _ = syncing(&journaltest.Source{Pages: []adapters.Page{{Records: []canonical.Raw{one, two}}}})
	if got := run(t, s, journal.Order{}).Counts; got.Published != 2 {
		t.Fatalf("two versions of different times: %+v, want both published", got)
	}
}

// What is held under a key that the source has no more ends with the next
// whole listing: a Raw without a key is held under one made of its content.
func TestWhatASourceMendedDoesNotStayHeld(t *testing.T) {
	refused := func(key string) adapters.Refused {
		return adapters.Refused{Raw: canonical.Raw{Kind: canonical.KindTask, Key: key}, Problem: problem.Problem{Code: "GW-S023"}}
	}
	whole := adapters.Page{Records: journaltest.Numbered(0, 3), Refused: []adapters.Refused{refused("no-key-1"), refused("no-key-2")},
		Start: true, Complete: &adapters.Scope{}, Next: canonical.Checkpoint("0"), Total: -1}
	source := &journaltest.Source{Pages: []adapters.Page{whole}}
	s, m := syncing(source)
	run(t, s, journal.Order{})
	source.Pages[0].Refused = []adapters.Refused{refused("no-key-2"), refused("no-key-3")}
	run(t, s, journal.Order{})
	if len(m.Holds) != 2 || m.Holds["s/t no-key-1"] {
		t.Errorf("held: %v", m.Holds)
	}
	source.Pages[0].Complete, source.Pages[0].Refused = nil, nil
	if run(t, s, journal.Order{}); len(m.Holds) != 2 {
		t.Errorf("what is not a whole listing ended what is held: %v", m.Holds)
	}
}

// A record that the source spoilt and put back as it was is unchanged, and what
// was held of it in between ends: mapped again it would come after what is here.
func TestWhatIsAsBeforeDoesNotStayHeld(t *testing.T) {
	good := journaltest.Numbered(0, 3)
	spoilt := adapters.Refused{Raw: canonical.Raw{Kind: canonical.KindTask, Key: good[1].Key}, Problem: problem.Problem{Code: "GW-S023"}}
	page := func(records []canonical.Raw, refused ...adapters.Refused) adapters.Page {
		return adapters.Page{Records: records, Refused: refused, Start: true, Complete: &adapters.Scope{},
			Next: canonical.Checkpoint("0"), Total: -1}
	}
	source := &journaltest.Source{Pages: []adapters.Page{page(good)}}
	s, m := syncing(source)
	run(t, s, journal.Order{})
	for range 2 { // held, and held the second time
		source.Pages[0] = page([]canonical.Raw{good[0], good[2]}, spoilt)
		run(t, s, journal.Order{})
	}
	source.Pages[0] = page(good, spoilt) // it lists both: nothing is mended
	if r := run(t, s, journal.Order{}); len(m.Holds) != 1 || r.Counts.Unlisted != 0 {
		t.Fatalf("held: %v, %+v", m.Holds, r.Counts)
	}
	source.Pages[0] = page(good)
	source.Pages[0].Complete = nil
	if r := run(t, s, journal.Order{}); len(m.Holds) != 1 || r.Counts.Unlisted != 0 {
		t.Fatalf("what is not a whole listing ended what is held: %v", m.Holds)
	}
	spoil := func() {
		source.Pages[0] = page([]canonical.Raw{good[0], good[2]}, spoilt)
		run(t, s, journal.Order{})
	}
	for _, of := range []*adapters.Scope{{From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}, nil} { // some days; a list that proves no end
		if source.Pages[0] = page(good); of != nil {
			source.Pages[0].Complete = of
		} else {
			source.Pages[0].Complete, source.Pages[0].Unproven = nil, &adapters.Scope{}
		}
		if run(t, s, journal.Order{}); len(m.Holds) != 0 {
			t.Fatalf("still held after %+v: %v", of, m.Holds)
		}
		spoil()
	}
	source.Pages[0] = page(good)
	if r := run(t, s, journal.Order{}); len(m.Holds) != 0 || r.Counts.Unlisted != 1 || r.Counts.Gone != 0 || len(m.Records["s/t"]) != 3 {
		t.Fatalf("still held: %v; %+v, %d live", m.Holds, r.Counts, len(m.Records["s/t"]))
	}
}

// Many removals at once are several commits, and the checkpoint moves with
// the last.
func TestManyRemovalsAreSeveralPages(t *testing.T) {
	const n = 3*adapters.PageRecords + 10
	whole := adapters.Page{Records: journaltest.Numbered(0, n), Start: true, Complete: &adapters.Scope{}, Next: canonical.Checkpoint("0"),
		Total: -1}
	source := &journaltest.Source{Pages: []adapters.Page{whole}}
	s, m := syncing(source)
	run(t, s, journal.Order{})
	source.Pages[0].Records = journaltest.Numbered(0, 10)
	log := &committed{Memory: m}
	s.Log = log
	got := run(t, s, journal.Order{AcceptRemovals: true})
	if got.Proved != n-10 || len(m.Records["s/t"]) != 10 || len(log.next) < 3 {
		t.Errorf("%d proven gone in %d commits, %d left", got.Proved, len(log.next), len(m.Records["s/t"]))
	}
}

// rewinding is a Source that can be asked for everything again.
type rewinding struct{ *journaltest.Source }

func (rewinding) Rewind(canonical.Checkpoint) (canonical.Checkpoint, error) {
	return canonical.Checkpoint("0"), nil
}

// Who accepts removals asks for a whole listing, also where the stream would
// only have asked for changes.
func TestAcceptingRemovalsListsEverything(t *testing.T) {
	whole := adapters.Page{Records: journaltest.Numbered(0, 100), Start: true, Complete: &adapters.Scope{}, Total: -1}
	source := &journaltest.Source{Pages: []adapters.Page{whole, {Next: canonical.Checkpoint("1"), Total: -1}}}
	s, m := syncing(source)
	s.Reader = rewinding{source}
	run(t, s, journal.Order{})
	source.Pages[0].Records = journaltest.Numbered(0, 10)
	if got := run(t, s, journal.Order{}); got.Proved != 0 {
		t.Fatalf("a poll for changes proved %d", got.Proved)
	}
	got := run(t, s, journal.Order{AcceptRemovals: true})
	if left := len(m.Records["s/t"]); got.Proved != 90 || left != 10 || string(m.Checkpoints["s/t"]) != "1" {
		t.Errorf("%d removals, %d left, checkpoint %s", got.Proved, left, m.Checkpoints["s/t"])
	}
}
