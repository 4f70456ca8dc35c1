package router

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
)

// memory is a small but true Log, Runs, Keys, Known and Keeper: what the
// scheduler and Sync need, without a disk, so that tests can own time.
type memory struct {
	mu          sync.Mutex
	checkpoints map[string]canonical.Checkpoint
	records     map[string]map[string]canonical.Record // stream → key
	known       map[string]Outcome                     // stream, key, digest, mapping
	held        map[string]int
	runs        map[string][]Run
	pauses      map[string]Pause
	entries     []Entry
	fail        error // the next commits fail with it
}

func newMemory() *memory {
	return &memory{checkpoints: map[string]canonical.Checkpoint{}, records: map[string]map[string]canonical.Record{},
		known: map[string]Outcome{}, held: map[string]int{}, runs: map[string][]Run{}, pauses: map[string]Pause{}}
}

func (m *memory) Commit(_ context.Context, b Batch) (Receipt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return Receipt{}, m.fail
	}
	if b.Next != nil && !bytes.Equal(b.From, m.checkpoints[b.Stream]) {
		return Receipt{}, ErrCheckpoint
	}
	if m.records[b.Stream] == nil {
		m.records[b.Stream] = map[string]canonical.Record{}
	}
	var r Receipt
	for i := range b.Items {
		outcome := m.take(b, &b.Items[i])
		r.Outcomes = append(r.Outcomes, outcome)
		r.Counts.count(outcome, &b.Items[i])
	}
	if b.Next != nil {
		m.checkpoints[b.Stream] = b.Next
	}
	return r, nil
}

func (c *Counts) count(o Outcome, i *Item) {
	if !i.Proved {
		c.Received++
	}
	switch o {
	case Published:
		c.Published++
	case Unchanged:
		c.Unchanged++
	case Held:
		c.Held++
	case Excluded:
		c.Excluded++
	}
}

func (m *memory) take(b Batch, i *Item) Outcome {
	mark := fmt.Sprint(b.Stream, i.Raw.Key, i.Digest, b.Mapping)
	switch {
	case i.Problem != nil:
		m.held[b.Stream]++
		m.known[mark] = Held
		return Held
	case i.Rule != "":
		m.known[mark] = Excluded
		return Excluded
	case i.Record == nil:
		return Unchanged
	}
	m.known[mark] = Unchanged
	if i.Record.Gone {
		delete(m.records[b.Stream], i.Raw.Key)
	} else {
		if old, ok := m.records[b.Stream][i.Raw.Key]; ok && old.Version == i.Record.Version {
			return Unchanged
		}
		m.records[b.Stream][i.Raw.Key] = *i.Record
	}
	m.entries = append(m.entries, Entry{ID: i.Record.ID, Key: i.Raw.Key, Body: i.Record.Body})
	return Published
}

func (m *memory) Checkpoint(_ context.Context, stream string) (canonical.Checkpoint, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.checkpoints[stream], nil
}

func (m *memory) Read(context.Context, canonical.Feed, Position, int) ([]Entry, error) {
	return nil, nil
}
func (m *memory) Mark(context.Context, string, canonical.Feed, Position) error     { return nil }
func (m *memory) Marked(context.Context, string, canonical.Feed) (Position, error) { return nil, nil }

func (m *memory) Known(stream, key string, digest [sha256.Size]byte, mapping string) Outcome {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.known[fmt.Sprint(stream, key, digest, mapping)]
}

func (m *memory) LiveKeys(_ context.Context, stream string, _ adapters.Scope) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var keys []string
	for key := range m.records[stream] {
		keys = append(keys, key)
	}
	return keys, nil
}

func (m *memory) BeginRun(_ context.Context, stream string, at time.Time) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.runs[stream] = append([]Run{{ID: int64(len(m.runs[stream]) + 1), Stream: stream, Started: at}}, m.runs[stream]...)
	return m.runs[stream][0].ID, nil
}

func (m *memory) EndRun(_ context.Context, run Run) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.runs[run.Stream] {
		if m.runs[run.Stream][i].ID == run.ID {
			m.runs[run.Stream][i] = run
			return nil
		}
	}
	return errors.New("memory: no such run")
}

func (m *memory) LastRuns(_ context.Context, stream string, limit int) ([]Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Run(nil), m.runs[stream][:min(limit, len(m.runs[stream]))]...), nil
}

func (m *memory) Pauses(context.Context) (map[string]Pause, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]Pause{}
	for k, v := range m.pauses {
		out[k] = v
	}
	return out, nil
}

func (m *memory) SetPause(_ context.Context, stream string, p Pause) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pauses[stream] = p
	return nil
}

func (m *memory) ClearPause(_ context.Context, stream, _ string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.pauses, stream)
	return nil
}

func (m *memory) Holdings(context.Context) (map[string]Holding, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]Holding{}
	for stream, records := range m.records {
		out[stream] = Holding{Live: len(records), Held: m.held[stream]}
	}
	return out, nil
}

// fake is a source of numbered pages; the checkpoint is the page's number.
type fake struct {
	pages []adapters.Page
	fail  map[int]error // at page
	pulls atomic.Int64
	panic bool
}

func (f *fake) Pull(_ context.Context, from canonical.Checkpoint) (adapters.Page, error) {
	f.pulls.Add(1)
	if f.panic {
		panic("a defect of an adapter")
	}
	at := 0
	if from != nil {
		if err := json.Unmarshal(from, &at); err != nil {
			return adapters.Page{}, canonical.Halt(err)
		}
	}
	if err := f.fail[at]; err != nil {
		return adapters.Page{}, err
	}
	if at >= len(f.pages) {
		return adapters.Page{Next: from, Total: -1}, nil
	}
	page := f.pages[at]
	if page.Next == nil {
		page.Next = canonical.Checkpoint(strconv.Itoa(at + 1))
	}
	return page, nil
}

// echo maps a Raw to itself; payloads "bad", "skip" and "boom" misbehave.
type echo struct{ revision string }

func (e echo) Revision() string { return "echo@" + e.revision }

func (e echo) Map(raw canonical.Raw) (canonical.Record, error) {
	switch string(raw.Payload) {
	case `"bad"`:
		return canonical.Record{}, canonical.Reject(&canonical.Problem{Code: "GW-M110", Field: "due_at"})
	case `"skip"`:
		return canonical.Record{}, canonical.Exclude("tests")
	case `"boom"`:
		panic("a defect of a mapping")
	}
	return canonical.Record{ID: canonical.ID(raw.Kind, "s", raw.Key), Kind: raw.Kind, Key: raw.Key,
		Version: canonical.ContentVersion(raw.Payload), Body: raw.Payload}, nil
}

func raws(payloads ...string) []canonical.Raw {
	out := make([]canonical.Raw, 0, len(payloads))
	for _, p := range payloads {
		out = append(out, canonical.Raw{Kind: canonical.KindTask, Key: "k-" + p, Payload: []byte(strconv.Quote(p))})
	}
	return out
}

func numbered(from, to int) []canonical.Raw {
	var payloads []string
	for i := from; i < to; i++ {
		payloads = append(payloads, strconv.Itoa(i))
	}
	return raws(payloads...)
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }
