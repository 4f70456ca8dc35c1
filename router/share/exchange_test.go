package share

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// board is a Board in memory, with the clock of the bubble.
type board struct {
	node    string
	posted  map[string]health.Posted
	putFail error
	getFail error
}

func (b *board) PutStatus(_ context.Context, status map[string][]byte) error {
	if b.putFail != nil {
		return b.putFail
	}
	for name, text := range status {
		b.posted[name] = health.Posted{JSON: bytes.Clone(text), At: time.Now(), Node: b.node}
	}
	return nil
}

func (b *board) Statuses(context.Context) (map[string]health.Posted, error) {
	if b.getFail != nil {
		return nil, b.getFail
	}
	return maps.Clone(b.posted), nil
}

// on is the same board, as another node sees it.
func (b *board) on(node string) *board { return &board{node: node, posted: b.posted} }

func TestExchangeReadsWhatOthersPosted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here := &board{node: "a", posted: map[string]health.Posted{}}
		a, b := NewExchange(here, slog.New(slog.DiscardHandler)), NewExchange(here.on("b"), slog.New(slog.DiscardHandler))
		if _, ok := b.Sink(SinkJob("hook", "task")); ok || b.Streams() != nil {
			t.Error("something was read before anything was")
		}
		fresh := time.Now().Add(-time.Minute).UTC()
		report := health.Report{State: health.StateHealthy, Signs: health.Signs{FreshThrough: fresh, Failures: 2},
			LastRun: &journal.Run{ID: 7, Stream: "dvc/dossiers", Complete: true}}
		status := health.SinkStatus{Name: "hook", Node: "a", Feed: "task", Sent: 41, Running: true}
		a.Post(t.Context(), map[string]health.Report{"dvc/dossiers": report},
			map[string]health.SinkStatus{SinkJob("hook", "task"): status})
		posted := time.Now()
		<-time.After(5 * time.Second)
		b.Post(t.Context(), map[string]health.Report{"ioffice/documents": {}}, nil)

		got := b.Streams()
		if len(got) != 2 { // its own too, and no sink
			t.Errorf("reports on %v", got)
		}
		r := got["dvc/dossiers"]
		if r.State != report.State || !r.Signs.FreshThrough.Equal(fresh) || r.Signs.Failures != 2 {
			t.Errorf("read back: %+v", r)
		}
		if r.LastRun == nil || r.LastRun.ID != 7 || !r.LastRun.Complete {
			t.Errorf("its last run read back: %+v", r.LastRun)
		}
		if !r.Signs.LookedAt.Equal(posted) {
			t.Errorf("looked at %v, posted %v", r.Signs.LookedAt, posted)
		}
		st, ok := b.Sink(SinkJob("hook", "task"))
		if !ok || st.Name != "hook" || st.Node != "a" || st.Sent != 41 || !st.Running {
			t.Errorf("the sink read back: %+v %v", st, ok)
		}
		if _, ok := b.Sink(SinkJob("hook", "document")); ok {
			t.Error("a sink nobody posted is known")
		}

		// A report keeps its age; a sink's is believed for a minute.
		<-time.After(55 * time.Second)
		if _, ok := b.Sink(SinkJob("hook", "task")); !ok {
			t.Error("a minute old, and not believed")
		}
		<-time.After(time.Second)
		b.Post(t.Context(), nil, nil)
		if st, ok := b.Sink(SinkJob("hook", "task")); ok {
			t.Errorf("too old, and believed: %+v", st)
		}
		if r := b.Streams()["dvc/dossiers"]; !r.Signs.LookedAt.Equal(posted) {
			t.Errorf("the report's age is %v, posted %v", r.Signs.LookedAt, posted)
		}
	})
}

// While the board does not answer, what was read last stands, with its age.
func TestExchangeWithoutItsBoard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		here := &board{node: "a", posted: map[string]health.Posted{}}
		a := NewExchange(here, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
		a.Post(t.Context(), map[string]health.Report{"s/t": {State: health.StateHealthy}}, nil)
		at := time.Now()
		here.putFail, here.getFail = errors.New("no route"), errors.New("no route")
		<-time.After(30 * time.Second)
		a.Post(t.Context(), map[string]health.Report{"s/t": {State: health.StateLate}}, nil)
		if r := a.Streams()["s/t"]; r.State != health.StateHealthy || !r.Signs.LookedAt.Equal(at) {
			t.Errorf("without the board: %+v", r)
		}
		if n := strings.Count(log.String(), "not posted"); n != 1 {
			t.Errorf("logged %d times:\n%s", n, &log)
		}
		// It takes nothing, but can be read: the reports of others go on.
		here.getFail = nil
		here.on("b").posted["x/y"] = health.Posted{JSON: []byte(`{"state":"late"}`), At: time.Now(), Node: "b"}
		a.Post(t.Context(), map[string]health.Report{"s/t": {State: health.StateLate}}, nil)
		if r := a.Streams()["x/y"]; r.State != health.StateLate {
			t.Errorf("another node's report: %+v", r)
		}
		// A node that stops cannot post, and logs nothing of it.
		log.Reset()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if a.Post(ctx, nil, nil); log.Len() > 0 {
			t.Errorf("logged at the end: %s", &log)
		}
	})
}

// What a node of another version posts, and this one cannot read, is not known.
func TestExchangePassesOverWhatItCannotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here := &board{posted: map[string]health.Posted{
			"a/t": {JSON: []byte(`{"state":`), At: time.Now()}, "b/t": {JSON: []byte(`{"state":"healthy","new":{}}`), At: time.Now()},
			SinkJob("hook", "task"): {JSON: []byte(`[]`), At: time.Now()}}}
		e := NewExchange(here, slog.New(slog.DiscardHandler))
		e.Post(t.Context(), nil, nil)
		if got := e.Streams(); len(got) != 1 || got["b/t"].State != health.StateHealthy {
			t.Errorf("read: %+v", got)
		}
		if st, ok := e.Sink(SinkJob("hook", "task")); ok {
			t.Errorf("a sink's status was made of a list: %+v", st)
		}
	})
}

func TestSinkJobsAreNoStreams(t *testing.T) {
	if job := SinkJob("hook", "task"); !IsSink(job) || strings.Count(job, "/") != 2 {
		t.Errorf("%s", job)
	}
	for _, stream := range []string{"dvc/dossiers", "sinks/t", "a/sink"} {
		if IsSink(stream) {
			t.Errorf("%s is taken for a sink", stream)
		}
	}
}
