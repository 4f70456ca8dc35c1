// Package journaltest has a small but true Log in memory, and a source and a
// mapping to go with it, for tests that must own time.
package journaltest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// Memory is a small but true Log, Runs, Keys, Known and Kept, without a disk, so that tests can own time.
type Memory struct {
	mu          sync.Mutex
	Checkpoints map[string]canonical.Checkpoint
	Records     map[string]map[string]canonical.Record // stream → key
	known       map[string]journal.Outcome             // stream, key, digest, mapping
	current     map[string]string                      // stream and key → the mark of what is current
	other       map[string]string                      // … of the latest that is not: a Log knows one
	HeldCount   map[string]int
	Holds       map[string]bool // stream and key of what is held
	RunsOf      map[string][]journal.Run
	Paused      map[string]journal.Pause
	PastOf      map[string]json.RawMessage
	Entries     []journal.Entry
	Fail        error // the next commits fail with it
}

// NewMemory makes an empty Memory.
func NewMemory() *Memory {
	return &Memory{Checkpoints: map[string]canonical.Checkpoint{}, Records: map[string]map[string]canonical.Record{},
		known: map[string]journal.Outcome{}, current: map[string]string{}, other: map[string]string{},
		HeldCount: map[string]int{}, Holds: map[string]bool{},
		RunsOf: map[string][]journal.Run{}, PastOf: map[string]json.RawMessage{}, Paused: map[string]journal.Pause{}}
}

// Commit makes a page part of the memory, all or nothing.
func (m *Memory) Commit(_ context.Context, b journal.Batch) (journal.Receipt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Fail != nil {
		return journal.Receipt{}, m.Fail
	}
	if b.Next != nil && !bytes.Equal(b.From, m.Checkpoints[b.Stream]) {
		return journal.Receipt{}, journal.ErrCheckpoint
	}
	if m.Records[b.Stream] == nil {
		m.Records[b.Stream] = map[string]canonical.Record{}
	}
	var r journal.Receipt
	for i := range b.Items {
		held := m.Holds[b.Stream+" "+b.Items[i].Raw.Key]
		outcome := m.take(b, &b.Items[i], &r.Counts)
		if held && b.Items[i].Proved {
			r.Counts.Unlisted++
			r.Unlisted = append(r.Unlisted, b.Items[i].Raw.Key)
		}
		if live, there := m.Records[b.Stream][b.Items[i].Raw.Key]; outcome == journal.Excluded && there && !live.Gone {
			r.Counts.Stays++
			r.Stays = append(r.Stays, b.Items[i].Raw.Key)
		}
		r.Outcomes = append(r.Outcomes, outcome)
		countOutcome(&r.Counts, outcome, &b.Items[i])
	}
	if b.Next != nil {
		m.Checkpoints[b.Stream] = b.Next
	}
	if b.Past != nil {
		m.PastOf[b.Stream] = bytes.Clone(b.Past)
	}
	if run := b.Ran(r); run != nil {
		return r, m.keep(*run)
	}
	return r, nil
}

// keep puts a run in the place of what was known of it. The caller holds mu.
func (m *Memory) keep(run journal.Run) error {
	for i := range m.RunsOf[run.Stream] {
		if m.RunsOf[run.Stream][i].ID == run.ID {
			m.RunsOf[run.Stream][i] = run
			return nil
		}
	}
	return errors.New("journaltest: no such run")
}

// Break lets the next commits fail, while others may be at work; nil mends it.
func (m *Memory) Break(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Fail = err
}

func countOutcome(c *journal.Counts, o journal.Outcome, i *journal.Item) {
	if !i.Proved {
		c.Received++
	}
	switch o {
	case journal.Published:
		c.Published++
	case journal.Unchanged:
		c.Unchanged++
	case journal.Superseded:
		c.Superseded++
	case journal.Held:
		c.Held++
	case journal.Excluded:
		c.Excluded++
	}
}

func (m *Memory) take(b journal.Batch, i *journal.Item, c *journal.Counts) journal.Outcome {
	mark := fmt.Sprint(b.Stream, i.Raw.Key, i.Digest, b.Mapping)
	switch {
	case i.Problem != nil:
		if m.known[mark] == journal.Held && m.Holds[b.Stream+" "+i.Raw.Key] {
			c.Again++
		}
		m.HeldCount[b.Stream]++
		m.Holds[b.Stream+" "+i.Raw.Key] = true
		return m.aside(b.Stream+" "+i.Raw.Key, mark, journal.Held)
	case i.Rule != "":
		return m.aside(b.Stream+" "+i.Raw.Key, mark, journal.Excluded)
	case i.Record == nil && m.known[mark] == journal.Held:
		c.Again++
		return journal.Held
	case i.Record == nil:
		return cmp.Or(m.known[mark], journal.Unchanged)
	}
	delete(m.Holds, b.Stream+" "+i.Raw.Key)
	if i.Proved && i.Listed {
		return journal.Unchanged
	}
	m.known[mark] = journal.Unchanged
	return m.settle(b, i, mark)
}

// aside remembers what became of a Raw that is not current, instead of the one before.
func (m *Memory) aside(key, mark string, became journal.Outcome) journal.Outcome {
	if m.other[key] != m.current[key] {
		delete(m.known, m.other[key])
	}
	m.other[key], m.known[mark] = mark, became
	return became
}

// settle is what becomes of a record, or a removal.
func (m *Memory) settle(b journal.Batch, i *journal.Item, mark string) journal.Outcome {
	if _, live := m.Records[b.Stream][i.Raw.Key]; i.Record.Gone && !live {
		return journal.Unchanged
	} else if i.Record.Gone {
		delete(m.Records[b.Stream], i.Raw.Key)
	} else {
		old, ok := m.Records[b.Stream][i.Raw.Key]
		switch {
		case ok && old.Version == i.Record.Version:
			return journal.Unchanged
		case ok && old.At.After(i.Record.At):
			return m.aside(b.Stream+" "+i.Raw.Key, mark, journal.Superseded)
		}
		m.Records[b.Stream][i.Raw.Key] = *i.Record
		delete(m.known, m.current[b.Stream+" "+i.Raw.Key]) // another one is current now
	}
	m.current[b.Stream+" "+i.Raw.Key] = mark
	op := journal.OpChanged
	if i.Record.Gone {
		op = journal.OpGone
	}
	rec := i.Record
	m.Entries = append(m.Entries, journal.Entry{Op: op, ID: rec.ID, Key: i.Raw.Key, Version: rec.Version, Body: rec.Body, RecordedAt: b.At})
	return journal.Published
}

// Checkpoint is how far a stream got.
func (m *Memory) Checkpoint(_ context.Context, stream string) (canonical.Checkpoint, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.Checkpoints[stream], nil
}

// Past is what is remembered of a stream.
func (m *Memory) Past(_ context.Context, stream string) (json.RawMessage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.PastOf[stream], nil
}

// Read gives nothing: no test here reads.
func (m *Memory) Read(context.Context, canonical.Feed, journal.Position, int) ([]journal.Entry, error) {
	return nil, nil
}

// Mark keeps nothing.
func (m *Memory) Mark(context.Context, string, canonical.Feed, journal.Position) error { return nil }

// Marked knows nothing.
func (m *Memory) Marked(context.Context, string, canonical.Feed) (journal.Position, error) {
	return nil, nil
}

// Known gives what became of exactly this Raw.
func (m *Memory) Known(stream, key string, digest [sha256.Size]byte, mapping string) journal.Outcome {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.known[fmt.Sprint(stream, key, digest, mapping)]
}

// LiveKeys are the keys of a stream's records.
func (m *Memory) LiveKeys(_ context.Context, stream string, _ adapters.Scope) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var keys []string
	for key := range m.Records[stream] {
		keys = append(keys, key)
	}
	return keys, nil
}

// Record gives the newest entry of a record.
func (m *Memory) Record(_ context.Context, id string) (journal.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := len(m.Entries) - 1; i >= 0; i-- {
		if m.Entries[i].ID == id {
			return m.Entries[i], nil
		}
	}
	return journal.Entry{}, journal.ErrNotFound
}

// HeldKeys are the keys of what a stream has in quarantine; as in a store, none in
// a scope that is bounded in time.
func (m *Memory) HeldKeys(_ context.Context, stream string, scope adapters.Scope) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !scope.From.IsZero() || !scope.To.IsZero() {
		return nil, nil
	}
	var keys []string
	for name := range m.Holds {
		if key, ours := strings.CutPrefix(name, stream+" "); ours {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// BeginRun writes a run down.
func (m *Memory) BeginRun(_ context.Context, stream string, at time.Time) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.RunsOf[stream] = append([]journal.Run{{ID: int64(len(m.RunsOf[stream]) + 1), Stream: stream, Started: at}}, m.RunsOf[stream]...)
	return m.RunsOf[stream][0].ID, nil
}

// EndRun writes its end down.
func (m *Memory) EndRun(_ context.Context, run journal.Run) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.keep(run)
}

// LastRuns are the newest first.
func (m *Memory) LastRuns(_ context.Context, stream string, limit int) ([]journal.Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]journal.Run(nil), m.RunsOf[stream][:min(limit, len(m.RunsOf[stream]))]...), nil
}

// Pauses are the pauses set.
func (m *Memory) Pauses(context.Context) (map[string]journal.Pause, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]journal.Pause{}
	for k, v := range m.Paused {
		out[k] = v
	}
	return out, nil
}

// SetPause sets one.
func (m *Memory) SetPause(_ context.Context, stream string, p journal.Pause) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Paused[stream] = p
	return nil
}

// ClearPause lifts one.
func (m *Memory) ClearPause(_ context.Context, stream, _ string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.Paused, stream)
	return nil
}

// Holdings counts what each stream has.
func (m *Memory) Holdings(context.Context, []string) (map[string]health.Holding, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]health.Holding{}
	for stream, records := range m.Records {
		out[stream] = health.Holding{Live: len(records), Held: m.HeldCount[stream]}
	}
	return out, nil
}

// Source is a source of numbered pages; the checkpoint is the page's number.
type Source struct {
	Pages []adapters.Page
	Fail  map[int]error // at page
	Pulls atomic.Int64
	Panic bool
}

// Pull gives the page that the checkpoint numbers.
func (f *Source) Pull(_ context.Context, from canonical.Checkpoint) (adapters.Page, error) {
	f.Pulls.Add(1)
	if f.Panic {
		panic("a defect of an adapter")
	}
	at := 0
	if from != nil {
		if err := json.Unmarshal(from, &at); err != nil {
			return adapters.Page{}, problem.Halt(err)
		}
	}
	if err := f.Fail[at]; err != nil {
		return adapters.Page{}, err
	}
	if at >= len(f.Pages) {
		return adapters.Page{Next: from, Total: -1}, nil
	}
	page := f.Pages[at]
	if page.Next == nil {
		page.Next = canonical.Checkpoint(strconv.Itoa(at + 1))
	}
	return page, nil
}

// Echo maps a Raw to itself; payloads "bad", "skip" and "boom" misbehave.
type Echo struct{ Version string }

// Mapping is what a Syncer asks for its mapping.
func (e Echo) Mapping() journal.Mapper { return e }

// Revision is the one it was made with.
func (e Echo) Revision() string { return "Echo@" + e.Version }

// Map maps a Raw to itself.
func (e Echo) Map(raw canonical.Raw) (canonical.Record, error) {
	switch string(raw.Payload) {
	case `"bad"`:
		return canonical.Record{}, problem.Reject(&problem.Problem{Code: "GW-M110", Field: "due_at"})
	case `"skip"`:
		return canonical.Record{}, problem.Exclude("tests")
	case `"boom"`:
		panic("a defect of a mapping")
	}
	return canonical.Record{ID: canonical.ID(raw.Kind, "s", raw.Key), Kind: raw.Kind, Key: raw.Key, At: raw.At, Gone: raw.Gone,
		Version: canonical.ContentVersion(raw.Payload), Body: raw.Payload}, nil
}

// Raws are Raws of tasks, one a payload.
func Raws(payloads ...string) []canonical.Raw {
	out := make([]canonical.Raw, 0, len(payloads))
	for _, p := range payloads {
		out = append(out, canonical.Raw{Kind: canonical.KindTask, Key: "k-" + p, Payload: []byte(strconv.Quote(p))})
	}
	return out
}

// Numbered are Raws whose payloads count from one number to before another.
func Numbered(from, to int) []canonical.Raw {
	var payloads []string
	for i := from; i < to; i++ {
		payloads = append(payloads, strconv.Itoa(i))
	}
	return Raws(payloads...)
}

// Quiet is a logger that writes nothing.
func Quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }
