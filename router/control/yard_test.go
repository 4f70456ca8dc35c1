package control

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/book"
	"iocgateway/router/health"
	"iocgateway/router/journal"
	"iocgateway/router/store/bookfile"
)

// yard is streams with what is held of them and what they received, as several
// nodes see them: a Raw that is mapped leaves quarantine in the same moment.
type yard struct {
	mu        sync.Mutex
	revision  string // of the mapping in use
	disk      string // of the mapping's file; empty: the one in use
	used      []string
	held      []journal.HeldRaw
	published map[string]int // by key
	received  map[string]int // how many Raws a stream has
	holder    map[string]string
	cut       error // of the next commits
	runs      []journal.Run
	*site
}

func newYard() *yard {
	return &yard{revision: "r1", published: map[string]int{}, received: map[string]int{}, holder: map[string]string{}, site: &site{}}
}

// hold holds Raws of a stream; of every ten one is refused again.
func (y *yard) hold(stream string, n int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	for range n {
		id := int64(len(y.held) + 1)
		key := fmt.Sprint("k", id)
		if id%10 == 0 {
			key = fmt.Sprint("bad", id)
		}
		y.held = append(y.held, journal.HeldRaw{ID: id, Stream: stream, Raw: canonical.Raw{Key: key, Payload: []byte(key)}})
	}
	y.holder[stream] = "a"
}

func (y *yard) Held(_ context.Context, q journal.HeldQuery) ([]journal.HeldRaw, error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	var page []journal.HeldRaw
	for _, h := range y.held {
		if h.ID > q.After && (q.Stream == "" || q.Stream == h.Stream) && y.published[h.Raw.Key] == 0 && len(page) < q.Limit {
			page = append(page, h)
		}
	}
	return page, nil
}

// node is one node's view of the yard.
type node struct {
	*yard
	name string
}

func (n node) here(stream string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.holder[stream] == n.name
}

func (n node) Statuses(context.Context) ([]health.Status, error) {
	st := health.Status{Source: "a", Stream: "t", Live: n.received["a/t"]}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.stopped {
		st.Paused = &journal.Pause{By: "lan", Reason: "bảo trì"}
	}
	return []health.Status{st}, nil
}

func (n node) Stream(string) (journal.Stream, error) {
	return journal.Stream{Source: "a", Name: "t", Kind: canonical.KindTask}, nil
}

func (n node) Between(ctx context.Context, stream string, do func(ctx context.Context) error) error {
	if !n.here(stream) {
		return journal.ErrElsewhere
	}
	return do(ctx)
}

func (n node) Replay(_ context.Context, stream string, raws []canonical.Raw) (r journal.Receipt, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cut != nil {
		return r, n.cut
	}
	for _, raw := range raws {
		if strings.HasPrefix(raw.Key, "bad") {
			r.Counts.Held++
			continue
		}
		n.published[raw.Key]++
		r.Counts.Published++
	}
	return r, nil
}

func (n node) Head(canonical.Feed) journal.Position {
	return journal.Position{uint64(n.received["a/t"])}
}

func (n node) CurrentRaws(_ context.Context, _ canonical.Feed, stream string, after, upTo journal.Position,
	limit int) (raws []canonical.Raw, next journal.Position, err error) {
	at := after.At(0)
	for ; at < upTo.At(0) && len(raws) < limit; at++ {
		raws = append(raws, canonical.Raw{Key: fmt.Sprint(stream, at)})
	}
	return raws, journal.Position{at}, nil
}

func (n node) BeginRun(context.Context, string, time.Time) (int64, error) { return 1, nil }

func (n node) EndRun(_ context.Context, run journal.Run) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.runs = append(n.runs, run)
	return nil
}

// Map and Revision are the mapping.
func (y *yard) Map(raw canonical.Raw) (canonical.Record, error) {
	if strings.HasPrefix(raw.Key, "bad") {
		return canonical.Record{}, problem.Reject(&problem.Problem{Code: "GW-V001"})
	}
	return canonical.Record{}, nil
}

func (y *yard) Revision() string {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.revision
}

// yardDraft is the mapping file, of every stream.
// Wrong is nothing: the files of the yard are right.
func (yardDraft) Wrong(string) error { return nil }

type yardDraft struct{ y *yard }

func (d yardDraft) Mapper(stream string) journal.Mapper {
	if stream == "gone/t" {
		return nil
	}
	return onDisk{d.y}
}

func (d yardDraft) Changes() (turns []Turn) {
	d.y.mu.Lock()
	defer d.y.mu.Unlock()
	if d.y.disk != "" && d.y.disk != d.y.revision {
		for _, stream := range []string{"a/t", "b/t"} {
			turns = append(turns, Turn{stream, d.y.revision, d.y.disk})
		}
	}
	return turns
}

func (d yardDraft) Use(stream string) {
	d.y.mu.Lock()
	defer d.y.mu.Unlock()
	d.y.used, d.y.revision = append(d.y.used, stream), d.y.disk
}

type onDisk struct{ *yard }

func (d onDisk) Revision() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return cmp.Or(d.disk, d.revision)
}

func (y *yard) jobs(t *testing.T, name string, b book.Book) *Jobs {
	t.Helper()
	n := node{y, name}
	out := slog.New(slog.DiscardHandler)

	j, err := NewJobs(JobOptions{Book: b, Audit: &Audit{Book: b, Node: name, Out: out}, Lanes: n, Held: n.Held, Raws: n, Runs: n, Where: n,
		Here: n.here, Node: name, Out: out, Draft: func() (Draft, error) { return yardDraft{y}, nil },
		Mapper: func(stream string) journal.Mapper {
			if stream == "gone/t" {
				return nil
			}
			return y
		}})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// running runs jobs until the function it gives is called.
func running(t *testing.T, j *Jobs) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = j.Run(ctx) }()
	return func() { cancel(); <-ended }
}

func inBook(t *testing.T, dir string) *bookfile.File {
	t.Helper()
	b, err := bookfile.Open(bookfile.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// addsUp holds a tally against its own rule.
func addsUp(t *testing.T, c book.Tally) {
	t.Helper()
	if c.Planned != c.Tried+c.Left+c.Waiting || c.Tried != c.Published+c.Unchanged+c.Held+c.Other {
		t.Errorf("counts do not add up: %+v", c)
	}
}

func (y *yard) once(t *testing.T, want int) {
	t.Helper()
	for key, n := range y.published {
		if n != 1 {
			t.Errorf("%s was published %d times", key, n)
		}
	}
	if len(y.published) != want {
		t.Errorf("%d were published, want %d", len(y.published), want)
	}
}
