package feed

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// problemJSON is what a reader takes from an answer that is a problem.
type problemJSON struct {
	Type, Title, Detail, Instance, Code, Hint, Resync string
	Status                                            int
}

// memView is a small real view in memory: feeds with dense sequences,
// current records, retention and wake-ups.
type memView struct {
	mu     sync.Mutex
	epoch  string
	all    map[canonical.Feed][]journal.Entry
	oldest map[canonical.Feed]uint64
	wake   map[canonical.Feed]chan struct{}
	held   []journal.HeldRaw
	raws   map[string]canonical.Raw
	fail   error
	now    func() time.Time
	stands bool // it says what positions stand on
}

// standing is what a position stands on. The caller holds mu.
func (m *memView) standing(f canonical.Feed, at journal.Position) journal.Footing {
	seq := at.At(0)
	if !m.stands || seq == 0 || seq > uint64(len(m.all[f])) {
		return nil
	}
	return journal.Footing{journal.Foot(&m.all[f][seq-1])}
}

// lose puts the feed back to a sequence.
func (m *memView) lose(f canonical.Feed, seq uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all[f] = m.all[f][:seq:seq]
}

func newMemView() *memView {
	start := time.Date(2026, 11, 5, 8, 0, 0, 0, time.FixedZone("+07:00", 7*3600))
	return &memView{epoch: "e1", stands: true, all: map[canonical.Feed][]journal.Entry{}, oldest: map[canonical.Feed]uint64{},
		wake: map[canonical.Feed]chan struct{}{}, raws: map[string]canonical.Raw{}, now: func() time.Time { return start }}
}

// put publishes a version of a record.
func (m *memView) put(kind canonical.Kind, source, stream, key string, op journal.Op, area string, n int) journal.Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := kind.Feed()
	id := canonical.ID(kind, source, key)
	body := fmt.Appendf(nil, `{"id":%q,"kind":%q,"subject":"Hồ sơ số %d","n":%d}`, id, kind, n, n)
	seq := uint64(len(m.all[f])) + 1
	due := m.now().AddDate(0, 0, n%9-4)
	e := journal.Entry{Feed: f, Seq: seq, Prev: seq - 1, Op: op, Kind: kind, ID: id, Source: source, Stream: stream, Key: key,
		Version: canonical.ContentVersion(body), At: m.now(), RecordedAt: m.now(), Mapping: "dvc/ho-sơ@1", Body: body,
		Index: canonical.Index{Status: "processing", Area: area, Agency: "H48", Title: key, DueAt: due, DuePrecision: "day"}}
	m.all[f] = append(m.all[f], e)
	if ch := m.wake[f]; ch != nil {
		close(ch)
		delete(m.wake, f)
	}
	return e
}

// prune forgets what is before a sequence.
func (m *memView) prune(f canonical.Feed, oldest uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.oldest[f] = oldest
}

func (m *memView) Epoch(context.Context) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.epoch, m.fail
}

func (m *memView) current(f canonical.Feed) []journal.Entry {
	last := map[string]journal.Entry{}
	for _, e := range m.all[f] {
		last[e.ID] = e
	}
	out := make([]journal.Entry, 0, len(last))
	for _, e := range last {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b journal.Entry) int { return cmp.Compare(a.Seq, b.Seq) })
	return out
}

func (m *memView) Feeds(context.Context) ([]journal.FeedInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []journal.FeedInfo
	for _, f := range canonical.Feeds() {
		info := journal.FeedInfo{Feed: f, Head: journal.Position{uint64(len(m.all[f]))}, Oldest: journal.Position{0}, HeadAt: m.now()}
		if info.Head[0] > 0 {
			info.Oldest[0] = max(m.oldest[f], 1)
		}
		info.Stands = m.standing(f, info.Head)
		for _, e := range m.current(f) {
			if e.Op != journal.OpGone {
				info.Live++
			}
		}
		for _, h := range m.held {
			if h.Kind.Feed() == f {
				info.Held++
			}
		}
		out = append(out, info)
	}
	return out, m.fail
}

func match(f journal.Filter, e journal.Entry) bool {
	for _, pair := range [][2]string{{f.Source, e.Source}, {f.Stream, e.Stream}, {f.Area, e.Index.Area},
		{f.Agency, e.Index.Agency}, {f.Kind, string(e.Kind)}} {
		if pair[0] != "" && pair[0] != pair[1] {
			return false
		}
	}
	return true
}

func (m *memView) Changes(_ context.Context, feed canonical.Feed, f journal.Filter,
	from journal.Position, limit int) (journal.Changes, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return journal.Changes{}, m.fail
	}
	log := m.all[feed]
	head := uint64(len(log))
	after := from.At(0)
	if from == nil {
		after = max(m.oldest[feed], 1) - 1
	} else if m.oldest[feed] > 0 && after < m.oldest[feed]-1 {
		return journal.Changes{}, journal.ErrExpired
	}
	out := journal.Changes{From: journal.Position{after}, Next: journal.Position{after}, Head: journal.Position{head}}
	for seq := after + 1; seq <= head; seq++ {
		if len(out.Entries) == limit {
			out.More = true
			break
		}
		if e := log[seq-1]; match(f, e) {
			out.Entries = append(out.Entries, e)
		}
		out.Next[0] = seq
	}
	out.Under, out.Stands = m.standing(feed, from), m.standing(feed, out.Next)
	return out, nil
}

func (m *memView) Snapshot(_ context.Context, feed canonical.Feed, f journal.Filter,
	after, upTo journal.Position, limit int) (journal.Snapshot, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out journal.Snapshot
	for _, e := range m.current(feed) {
		if e.Seq <= after.At(0) || e.Seq > upTo.At(0) || e.Op == journal.OpGone || !match(f, e) {
			continue
		}
		if len(out.Entries) == limit {
			out.Next = journal.Position{out.Entries[limit-1].Seq}
			break
		}
		out.Entries = append(out.Entries, e)
	}
	out.Stands = m.standing(feed, upTo)
	return out, m.fail
}

func (m *memView) Digest(_ context.Context, feed canonical.Feed) (journal.Digest, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := journal.Digest{At: journal.Position{uint64(len(m.all[feed]))}}
	state := map[string]string{}
	for _, e := range m.current(feed) {
		if e.Op != journal.OpGone {
			state[e.ID] = e.Version
		}
	}
	d.Buckets = digestOf(state)
	return d, m.fail
}

// digestOf is the definition in journal.Bucket's comment, as any reader would write it.
func digestOf(state map[string]string) (out [256]journal.Bucket) {
	mod := new(big.Int).Lsh(big.NewInt(1), 128)
	sums := [256]big.Int{}
	for id, version := range state {
		b := sha256.Sum256([]byte(id))[0]
		h := sha256.Sum256([]byte(id + "\n" + version))
		sums[b].Mod(sums[b].Add(&sums[b], new(big.Int).SetBytes(h[:16])), mod)
		out[b].Count++
	}
	for i := range sums {
		sums[i].FillBytes(out[i].Sum[:])
	}
	return out
}

func (m *memView) DigestBucket(_ context.Context, feed canonical.Feed, bucket int) (journal.Position, []journal.IDVersion, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var rows []journal.IDVersion
	for _, e := range m.current(feed) {
		if int(sha256.Sum256([]byte(e.ID))[0]) == bucket && e.Op != journal.OpGone {
			rows = append(rows, journal.IDVersion{ID: e.ID, Version: e.Version})
		}
	}
	return journal.Position{uint64(len(m.all[feed]))}, rows, m.fail
}

func (m *memView) History(_ context.Context, id string) ([]journal.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []journal.Entry
	kind, _, _, _ := canonical.ParseID(id)
	for _, e := range slices.Backward(m.all[kind.Feed()]) {
		if e.ID == id {
			out = append(out, e)
		}
	}
	if out == nil {
		return nil, journal.ErrNotFound
	}
	return out, nil
}

func (m *memView) Record(ctx context.Context, id string) (journal.Entry, error) {
	all, err := m.History(ctx, id)
	if err != nil {
		return journal.Entry{}, err
	}
	return all[0], nil
}

func (m *memView) RawOf(_ context.Context, id, version string) (canonical.Raw, error) {
	if raw, ok := m.raws[id+version]; ok {
		return raw, nil
	}
	return canonical.Raw{}, journal.ErrNotFound
}

func (m *memView) List(_ context.Context, q journal.ListQuery) (journal.List, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	after, err := strconv.ParseUint(cmp.Or(q.After, "0"), 10, 64)
	if err != nil {
		return journal.List{}, &problem.Problem{Code: "GW-F019", Field: "page"}
	}
	out := journal.List{Total: -1}
	for _, e := range m.current(q.Kind.Feed()) {
		if e.Kind != q.Kind || e.Seq <= after || !match(q.Filter, e) || e.Op == journal.OpGone && !q.IncludeGone ||
			len(q.Status) > 0 && !slices.Contains(q.Status, e.Index.Status) || q.Text != "" && !strings.Contains(e.Index.Title, q.Text) {
			continue
		}
		if len(out.Entries) == q.Limit {
			out.Next = strconv.FormatUint(out.Entries[q.Limit-1].Seq, 10)
			break
		}
		out.Entries = append(out.Entries, e)
	}
	if q.CountAll {
		out.Total = len(out.Entries)
	}
	return out, m.fail
}

func (m *memView) Held(_ context.Context, q journal.HeldQuery) ([]journal.HeldRaw, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []journal.HeldRaw
	for _, h := range m.held {
		asked := len(q.IDs) == 0 || slices.Contains(q.IDs, h.ID)
		if (h.Dropped != nil) == q.Dropped && h.ID > q.After && asked && (q.Stream == "" || q.Stream == h.Stream) && len(out) < q.Limit {
			out = append(out, h)
		}
	}
	return out, m.fail
}

func (m *memView) HeldRaws(ctx context.Context, q journal.HeldQuery) ([]journal.HeldRaw, error) {
	return m.Held(ctx, q)
}

func (m *memView) HeldGroups(context.Context) ([]journal.HeldGroup, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []journal.HeldGroup
	for _, h := range m.held {
		out = append(out, journal.HeldGroup{Stream: h.Stream, Code: h.Problem.Code, Count: 1, Example: h.Problem})
	}
	return out, m.fail
}

func (m *memView) Changed(f canonical.Feed) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.wake[f] == nil {
		m.wake[f] = make(chan struct{})
	}
	return m.wake[f]
}

// memStreams are two streams of the dossier feed, and what was asked of them.
type memStreams struct {
	mu    sync.Mutex
	now   func() time.Time
	asked []string
	job   string // that a replay goes on as
	fail  error
}

func (s *memStreams) Statuses(context.Context) ([]health.Status, error) {
	ok := health.Status{Source: "dvc", Stream: "dossiers", Kind: canonical.KindDossier, Feed: "dossier", State: health.StateHealthy,
		FreshThrough: s.now().Add(-time.Minute), Promise: 15 * time.Minute, Live: 2}
	bad := health.Status{Source: "cũ", Stream: "hồ sơ", Kind: canonical.KindDossier, Feed: "dossier", Held: 3}
	bad.Cause = &problem.Problem{Code: "GW-F030"}
	return []health.Status{ok, bad}, s.fail
}

func (s *memStreams) Runs(_ context.Context, stream string, limit int) ([]journal.Run, error) {
	return []journal.Run{{ID: 2, Stream: stream}, {ID: 1, Stream: stream}}[:min(limit, 2)], nil
}

func (s *memStreams) note(what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, what)
	return s.fail
}

func (s *memStreams) Run(_ context.Context, stream string, _ journal.Order, by string) error {
	return s.note("run " + stream + " " + by)
}
func (s *memStreams) Resume(_ context.Context, stream, by string) error {
	return s.note("resume " + stream + " " + by)
}
func (s *memStreams) Pause(_ context.Context, stream string, p journal.Pause) error {
	return s.note("pause " + stream + " " + p.By + " " + p.Reason)
}
func (s *memStreams) Replay(_ context.Context, q journal.HeldQuery, by string) (journal.Replayed, string, error) {
	return journal.Replayed{Tried: 1, Published: 1}, s.job, s.note("replay " + q.Stream + " " + by)
}
func (s *memStreams) AcceptDrift(_ context.Context, stream string, fields []string, by string) (int, error) {
	return len(fields), s.note("accept " + stream + " " + strings.Join(fields, ",") + " " + by)
}
func (s *memStreams) ReplayStream(_ context.Context, stream, by string) (string, error) {
	return s.job, s.note("replay " + stream + " " + by)
}
func (s *memStreams) Drop(_ context.Context, q journal.HeldQuery, by, reason string) (int, error) {
	return 4, s.note("drop " + q.Stream + " " + by + " " + reason)
}
