package control

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/book"
	"iocgateway/router/health"
	"iocgateway/router/journal"
	"iocgateway/router/store/bookfile"
)

// world is what Actions act on, in memory: streams of which this node holds
// some, and what is held of them.
type world struct {
	held      []journal.HeldRaw
	queries   []journal.HeldQuery
	here      map[string]bool // jobs this node holds
	unknown   map[string]bool // streams configured no more
	acts      []string        // what was done here
	asked     []string        // what other nodes were asked
	answer    func(path string, body map[string]any, into any) error
	reload    error
	replayErr error
}

func (w *world) actions(t *testing.T, sinks ...SinkJob) *Actions {
	t.Helper()
	written := audit(t)
	jobs := newYard().jobs(t, "a", written.Book)
	jobs.Audit = written
	draft := jobs.Draft
	jobs.Draft = func() (Draft, error) {
		if w.reload != nil {
			return nil, w.reload
		}
		return draft()
	}
	a, err := New(Options{Streams: w, View: w, Log: w, Elsewhere: w, Sinks: sinks, Node: "a", Out: slog.New(slog.DiscardHandler),
		Audit: written, Jobs: jobs})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// hold holds Raws of a stream, with keys or without.
func (w *world) hold(stream string, n int, keyed bool) {
	for range n {
		id := int64(len(w.held) + 1)
		h := journal.HeldRaw{ID: id, Stream: stream}
		if keyed {
			h.Raw = canonical.Raw{Key: fmt.Sprint("k", id)}
		}
		w.held = append(w.held, h)
	}
}

func (w *world) HeldRaws(_ context.Context, q journal.HeldQuery) ([]journal.HeldRaw, error) {
	w.queries = append(w.queries, q)
	var page []journal.HeldRaw
	for _, h := range w.held {
		if h.ID > q.After && (q.Stream == "" || q.Stream == h.Stream) && len(page) < q.Limit {
			page = append(page, h)
		}
	}
	return page, nil
}

func (w *world) Held(ctx context.Context, q journal.HeldQuery) ([]journal.HeldRaw, error) {
	return w.HeldRaws(ctx, q)
}

func (w *world) LastRuns(context.Context, string, int) ([]journal.Run, error) { return nil, nil }

func (w *world) Statuses(context.Context) ([]health.Status, error) { return nil, nil }

func (w *world) Stream(name string) (journal.Stream, error) {
	if w.unknown[name] {
		return journal.Stream{}, journal.ErrNotFound
	}
	return journal.Stream{}, nil
}

// audit is one over a book of its own.
func audit(t *testing.T) *Audit {
	t.Helper()
	b, err := bookfile.Open(bookfile.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return &Audit{Book: b, Node: "a", Out: slog.New(slog.DiscardHandler)}
}

func (w *world) Order(stream string, o journal.Order) error {
	w.acts = append(w.acts, fmt.Sprint("order ", stream, " ", o.AcceptRemovals))
	return nil
}

func (w *world) Pause(context.Context, string, journal.Pause) error { return nil }

func (w *world) Resume(context.Context, string, string) error { return nil }

// Replay publishes every other Raw; the rest is refused again.
func (w *world) Replay(_ context.Context, stream string, raws []canonical.Raw) (journal.Receipt, error) {
	w.acts = append(w.acts, fmt.Sprint("replay ", stream, " ", len(raws)))
	for _, r := range raws {
		if r.Key == "" {
			return journal.Receipt{}, errors.New("a Raw without a key was mapped")
		}
	}
	if w.replayErr != nil {
		return journal.Receipt{}, w.replayErr
	}
	return journal.Receipt{Counts: journal.Counts{Published: len(raws) / 2, Held: len(raws) - len(raws)/2}}, nil
}

func (w *world) DropHeld(_ context.Context, ids []int64, by, reason string) (int, error) {
	w.acts = append(w.acts, fmt.Sprint("drop ", len(ids), " ", by, " ", reason))
	return len(ids), nil
}

func (w *world) Here(job string) bool { return w.here[job] }

func (w *world) Ask(_ context.Context, job, path string, body map[string]any, into any) error {
	ids, _ := body["ids"].([]int64)
	w.asked = append(w.asked, fmt.Sprint(job, " ", path, " ", body["stream"], " ", len(ids), " ", body["reason"]))
	if w.answer == nil {
		return nil
	}
	return w.answer(path, body, into)
}

// in are the entries that begin with something, sorted: streams of one batch
// come in any order.
func in(list []string, begin string) []string {
	var some []string
	for _, s := range list {
		if strings.HasPrefix(s, begin) {
			some = append(some, s)
		}
	}
	slices.Sort(some)
	return some
}

// TestDropElsewhere: each stream's Raws are dropped by the node that holds it,
// with the reason; those of a stream that is configured no more, here.
func TestDropElsewhere(t *testing.T) {
	w := &world{here: map[string]bool{"a/t": true}, unknown: map[string]bool{"gone/t": true}}
	w.hold("a/t", 190, true)
	w.hold("b/t", 20, true)
	w.hold("gone/t", 3, false)
	w.answer = func(_ string, body map[string]any, into any) error {
		n := len(body["ids"].([]int64))
		return setDropped(into, n)
	}
	n, err := w.actions(t).Drop(t.Context(), journal.HeldQuery{}, "lan", "a test")
	if err != nil || n != 213 {
		t.Errorf("%d dropped, %v", n, err)
	}
	if acts := in(w.acts, "drop"); !slices.Equal(acts, []string{"drop 190 lan a test", "drop 3 lan a test"}) {
		t.Errorf("here: %v", acts)
	}
	if want := []string{"b/t /v1/quarantine/drop b/t 10 a test", "b/t /v1/quarantine/drop b/t 10 a test"}; !slices.Equal(w.asked, want) {
		t.Errorf("elsewhere: %v", w.asked)
	}
	w.asked, w.answer = nil, func(string, map[string]any, any) error { return errors.New("no answer") }
	if n, err := w.actions(t).Drop(t.Context(), journal.HeldQuery{Stream: "b/t"}, "lan", "a test"); err == nil || n != 0 || len(w.asked) != 1 {
		t.Errorf("%d dropped, %v, asked %v", n, err, w.asked)
	}
}

// setDropped answers as the API does.
func setDropped(into any, n int) error {
	got, ok := into.(*struct {
		Dropped int `json:"dropped"`
	})
	if !ok {
		return fmt.Errorf("the answer is read into a %T", into)
	}
	got.Dropped = n
	return nil
}

// sink is one of a test.
type sink struct {
	held    bool
	status  health.SinkStatus
	resumed int
}

func (s *sink) as(name string, feed canonical.Feed) SinkJob {
	return SinkJob{Job: "sink/" + name + "/" + string(feed), Name: name, Feed: feed, Holds: func() bool { return s.held },
		Status: func() health.SinkStatus { return s.status }, Resume: func() { s.resumed++ }}
}

// TestResumeOfASink: one that is halted goes on; for one that is not, nothing
// is kept for later; one elsewhere is resumed there.
func TestResumeOfASink(t *testing.T) {
	halted, running, far := &sink{status: health.SinkStatus{Halted: true}}, &sink{}, &sink{status: health.SinkStatus{Halted: true}}
	w := &world{here: map[string]bool{"sink/hook/task": true, "sink/hook/document": true}}
	a := w.actions(t, halted.as("hook", "task"), running.as("hook", "document"), far.as("lịch sử", "task"))
	for _, c := range []struct {
		name, feed string
		err        error
	}{
		{"hook", "task", nil}, {"hook", "document", nil}, {"lịch sử", "task", nil},
		{"hook", "dossier", journal.ErrNotFound}, {"hoo", "task", journal.ErrNotFound},
	} {
		if err := a.ResumeSink(t.Context(), c.name, c.feed, "lan"); !errors.Is(err, c.err) {
			t.Errorf("%s %s: %v", c.name, c.feed, err)
		}
	}
	if halted.resumed != 1 || running.resumed != 0 || far.resumed != 0 {
		t.Errorf("resumed %d, %d, %d times", halted.resumed, running.resumed, far.resumed)
	}
	if want := "sink/lịch sử/task /v1/sinks/l%E1%BB%8Bch%20s%E1%BB%AD/task/resume <nil> 0 <nil>"; len(w.asked) != 1 || w.asked[0] != want {
		t.Errorf("elsewhere: %v", w.asked)
	}
	w.answer = func(string, map[string]any, any) error { return &problem.Problem{Code: "GW-R017"} }
	if err := a.ResumeSink(t.Context(), "lịch sử", "task", "lan"); err == nil {
		t.Error("a node that does not answer, and no error")
	}
}

// TestSinkStatuses: of a sink held here this node's own; of another, what its
// node posted, else only its name.
func TestSinkStatuses(t *testing.T) {
	mine := &sink{held: true, status: health.SinkStatus{Name: "hook", Feed: "task", Sent: 5}}
	theirs := &sink{status: health.SinkStatus{Name: "hook", Feed: "document", Sent: 1}} // of before it moved
	nobody := &sink{status: health.SinkStatus{Name: "hook", Feed: "dossier", Sent: 2}}
	a := (&world{}).actions(t, mine.as("hook", "task"), theirs.as("hook", "document"), nobody.as("hook", "dossier"))
	a.Posted = func(job string) (health.SinkStatus, bool) {
		return health.SinkStatus{Name: "hook", Feed: "document", Node: "b", Sent: 9}, job == "sink/hook/document"
	}
	got := a.SinkStatuses(t.Context())
	slices.SortFunc(got, func(a, b health.SinkStatus) int { return cmp.Compare(b.Sent, a.Sent) })
	for i, want := range []struct {
		feed canonical.Feed
		node string
		sent uint64
	}{{"document", "b", 9}, {"task", "a", 5}, {"dossier", "", 0}} {
		if s := got[i]; s.Feed != want.feed || s.Node != want.node || s.Sent != want.sent || s.Name != "hook" {
			t.Errorf("%+v, want %+v", s, want)
		}
	}
	held := a.Held()
	if st := held["sink/hook/task"]; len(held) != 1 || st.Node != "a" || st.Sent != 5 {
		t.Errorf("this node posts %+v", held)
	}
}

func TestNewRefuses(t *testing.T) {
	w := &world{}
	written := audit(t)
	whole := Options{Streams: w, View: w, Log: w, Elsewhere: w, Audit: written,
		Jobs: newYard().jobs(t, "a", written.Book), Out: slog.New(slog.DiscardHandler)}
	if _, err := New(whole); err != nil {
		t.Fatal(err)
	}
	for what, spoil := range map[string]func(*Options){
		"Streams":   func(o *Options) { o.Streams = nil },
		"View":      func(o *Options) { o.View = nil },
		"Log":       func(o *Options) { o.Log = nil },
		"Elsewhere": func(o *Options) { o.Elsewhere = nil },
		"Audit":     func(o *Options) { o.Audit = nil },
		"Jobs":      func(o *Options) { o.Jobs = nil },
		"Out":       func(o *Options) { o.Out = nil },
	} {
		o := whole
		spoil(&o)
		if _, err := New(o); err == nil {
			t.Errorf("without %s: taken", what)
		}
	}
}

// TestAnOrderIsNothingWhereNothingIsKept: with a disk that takes nothing no
// order is taken, whichever it is, and the audit says that it was not done.
func TestAnOrderIsNothingWhereNothingIsKept(t *testing.T) {
	w := &world{}
	a := w.actions(t)
	a.Audit.Writable = func(context.Context) error { return &problem.Problem{Code: "GW-R018"} }
	for name, do := range map[string]func() error{
		"run":              func() error { return a.Run(t.Context(), "s/t", journal.Order{}, "lan") },
		"accepting":        func() error { return a.Run(t.Context(), "s/t", journal.Order{AcceptRemovals: true}, "lan") },
		"pause":            func() error { return a.Pause(t.Context(), "s/t", journal.Pause{By: "lan", Reason: "x"}) },
		"resume":           func() error { return a.Resume(t.Context(), "s/t", "lan") },
		"replay":           func() error { _, err := a.ReplayStream(t.Context(), "s/t", "lan"); return err },
		"replay what held": func() error { _, _, err := a.Replay(t.Context(), journal.HeldQuery{Stream: "s/t"}, "lan"); return err },
	} {
		if err := do(); !problem.Has(err, problem.CannotWrite) {
			t.Errorf("%s: %v", name, err)
		}
		rows, _, err := a.Audit.List(t.Context(), book.ActQuery{Limit: 1})
		if err != nil || len(rows) != 1 || rows[0].Phase != book.Failed || rows[0].Code != "GW-R018" {
			t.Errorf("%s: the audit says %+v %v", name, rows, err)
		}
	}
	if len(w.acts) > 0 {
		t.Errorf("done all the same: %v", w.acts)
	}
	a.Audit.Writable = func(context.Context) error { return nil }
	if err := a.Run(t.Context(), "s/t", journal.Order{}, "lan"); err != nil || len(w.acts) != 1 {
		t.Errorf("with room again: %v %v", err, w.acts)
	}
}
