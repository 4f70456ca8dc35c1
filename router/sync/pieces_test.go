package sync

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/journaltest"
)

// tail gives so many pieces of two records; fail ends it early.
type tail struct {
	pieces [][]canonical.Raw
	fail   error
	closed *atomic.Int64
}

func (t *tail) Next(context.Context) ([]canonical.Raw, []adapters.Refused, bool, error) {
	if len(t.pieces) == 0 {
		return nil, nil, false, t.fail
	}
	next := t.pieces[0]
	t.pieces = t.pieces[1:]
	return next, nil, len(t.pieces) == 0 && t.fail == nil, nil
}

func (t *tail) Close() error {
	t.closed.Add(1)
	return nil
}

// long is a Source whose whole listing is one long answer.
type long struct {
	*journaltest.Source
	pieces [][]canonical.Raw
	fail   error
	closed atomic.Int64
}

func (l *long) Pull(ctx context.Context, from canonical.Checkpoint) (adapters.Page, error) {
	page, err := l.Source.Pull(ctx, from)
	if len(l.pieces) > 0 || l.fail != nil {
		page.Tail = &tail{pieces: l.pieces, fail: l.fail, closed: &l.closed}
	}
	return page, err
}

func longSource(records ...[]canonical.Raw) *long {
	whole := adapters.Page{Records: records[0], Start: true, Complete: &adapters.Scope{}, Next: canonical.Checkpoint("7"), Total: -1}
	return &long{Source: &journaltest.Source{Pages: []adapters.Page{whole}}, pieces: records[1:]}
}

// committed keeps what every commit moved the checkpoint to.
type committed struct {
	*journaltest.Memory
	next []string
}

func (c *committed) Commit(ctx context.Context, b journal.Batch) (journal.Receipt, error) {
	c.next = append(c.next, string(b.Next))
	return c.Memory.Commit(ctx, b)
}

// A long answer is committed in pieces, and only the last moves the
// checkpoint (invariant 2).
func TestLongAnswerMovesTheCheckpointOnce(t *testing.T) {
	source := longSource(journaltest.Numbered(0, 2), journaltest.Numbered(2, 4), journaltest.Numbered(4, 6))
	s, m := syncing(source.Source)
	log := &committed{Memory: m}
	s.Reader, s.Log = source, log
	got := run(t, s, journal.Order{})
	if got.Counts.Published != 6 || got.Pages != 3 || !got.Listed || !got.Complete {
		t.Fatalf("%+v", got)
	}
	if source.closed.Load() == 0 {
		t.Error("what was set aside is not let go of")
	}
	if want := [3]string{"", "", "7"}; len(log.next) != 3 || [3]string(log.next) != want {
		t.Errorf("checkpoints %q, want %q", log.next, want)
	}
}

// Cut in the middle it begins again from its first record, and what was
// committed is unchanged then. Nothing is proven gone by half an answer.
func TestLongAnswerThatIsCutBeginsAgain(t *testing.T) {
	source := longSource(journaltest.Numbered(0, 2), journaltest.Numbered(2, 4))
	broken := &problem.Problem{Code: "GW-K030"}
	source.fail = problem.Retry(broken, 0)
	s, m := syncing(source.Source)
	s.Reader = source
	got, err := s.Run(t.Context(), journal.Order{})
	if !errors.Is(err, broken) || got.Counts.Published != 4 || got.Listed || m.Checkpoints["s/t"] != nil {
		t.Fatalf("%+v, checkpoint %s: %v", got, m.Checkpoints["s/t"], err)
	}
	source.fail, source.pieces = nil, append(source.pieces, journaltest.Numbered(4, 6))
	again := run(t, s, journal.Order{})
	if again.Counts.Published != 2 || again.Counts.Unchanged != 4 || !again.Listed || string(m.Checkpoints["s/t"]) != "7" {
		t.Fatalf("%+v, checkpoint %s", again, m.Checkpoints["s/t"])
	}
}

// What the whole answer does not list is gone; its pieces count as one.
func TestLongAnswerProvesRemovals(t *testing.T) {
	source := longSource(journaltest.Numbered(0, 40), journaltest.Numbered(40, 60))
	s, m := syncing(source.Source)
	s.Reader = source
	run(t, s, journal.Order{})
	source.Pages[0].Next, source.pieces = canonical.Checkpoint("0"), [][]canonical.Raw{journaltest.Numbered(40, 57)}
	m.Checkpoints["s/t"] = canonical.Checkpoint("0")
	if got := run(t, s, journal.Order{}); got.Proved != 3 || len(m.Records["s/t"]) != 57 {
		t.Fatalf("%d proven gone, %d left", got.Proved, len(m.Records["s/t"]))
	}
}

// A page that has no room waits, and goes when another is committed.
func TestPagesOfAllStreamsShareSpace(t *testing.T) { synctest.Test(t, pagesShareSpace) }

func pagesShareSpace(t *testing.T) {
	space := adapters.NewSpace(t.TempDir())
	all, err := space.Page(t.Context(), 1<<40)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := syncing(&journaltest.Source{Pages: []adapters.Page{{Records: journaltest.Numbered(0, 2)}}})
	s.Space = space
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan journal.Run, 1)
	go func() {
		got, _ := s.Run(ctx, journal.Order{})
		ended <- got
	}()
	synctest.Wait()
	select {
	case got := <-ended:
		t.Fatalf("it did not wait: %+v", got)
	default:
	}
	all()
	if got := <-ended; got.Counts.Published != 2 {
		t.Errorf("%+v", got)
	}
	cancel()
	rest, err := space.Page(t.Context(), 1<<40) // all was given back
	if err != nil {
		t.Fatal(err)
	}
	rest()
}

// A walk that a passing failure stops goes on with what it remembers, so that
// it still proves what is gone; one that was begun elsewhere proves nothing.
func TestWalkThatFailsOnTheWayStillProves(t *testing.T) {
	first := adapters.Page{Records: journaltest.Numbered(0, 50), Start: true, More: true, Total: -1}
	last := adapters.Page{Records: journaltest.Numbered(50, 100), Complete: &adapters.Scope{}, Next: canonical.Checkpoint("0"), Total: -1}
	source := &journaltest.Source{Pages: []adapters.Page{first, last}}
	s, m := syncing(source)
	run(t, s, journal.Order{})
	source.Pages[1].Records, source.Fail = journaltest.Numbered(50, 97), map[int]error{1: errors.New("away for a moment")}
	if _, err := s.Run(t.Context(), journal.Order{}); err == nil {
		t.Fatal("it did not fail")
	}
	source.Fail = nil
	if got := run(t, s, journal.Order{}); got.Proved != 3 || !got.Listed {
		t.Errorf("%d proven gone, listed %v", got.Proved, got.Listed)
	}
	other, _ := syncing(source)
	other.Log, other.Runs = m, m
	m.Checkpoints["s/t"] = canonical.Checkpoint("1")
	source.Pages[1].Records = journaltest.Numbered(50, 90)
	if got := run(t, other, journal.Order{}); got.Proved != 0 || got.Listed {
		t.Errorf("a walk begun elsewhere: %d proven gone, listed %v", got.Proved, got.Listed)
	}
}

// A commit that fails forgets nothing of the walk: what was not named is still
// proven gone when the page is asked for again.
func TestRemovalsSurviveACommitThatFailed(t *testing.T) {
	first := adapters.Page{Records: journaltest.Numbered(0, 50), Start: true, More: true, Total: -1}
	last := adapters.Page{Records: journaltest.Numbered(50, 100), Complete: &adapters.Scope{}, Next: canonical.Checkpoint("0"), Total: -1}
	source := &journaltest.Source{Pages: []adapters.Page{first, last}}
	s, m := syncing(source)
	run(t, s, journal.Order{})
	source.Pages[1].Records = journaltest.Numbered(50, 97)
	s.Progress = func(string, journal.Run) { m.Fail = errors.New("disk full") } // after the first page
	if _, err := s.Run(t.Context(), journal.Order{}); err == nil {
		t.Fatal("it did not fail")
	}
	s.Progress, m.Fail = nil, nil
	if got := run(t, s, journal.Order{}); got.Proved != 3 {
		t.Errorf("%d proven gone, want 3", got.Proved)
	}
}
