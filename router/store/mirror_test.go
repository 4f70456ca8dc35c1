package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/storetest"
)

// loop is a Log as it is beyond one machine, without the machines: batches
// are decided against one view, numbered as a Log elsewhere would, with holes
// and in partitions, and taken into that view and, in other pieces, into a
// second one, which is the one that is read.
type loop struct {
	mu           sync.Mutex
	near, far    *Store
	nearDir      string
	farDir       string
	raws         []uint64
	feeds        map[canonical.Feed][]uint64
	late         []journal.Mirror
	log          []journal.Mirror // all of it
	rand         *rand.Rand
	planted      func(*journal.Mirror)
	parts, steps int
}

func newLoop(tb testing.TB, parts int) *loop {
	tb.Helper()
	l := &loop{feeds: map[canonical.Feed][]uint64{}, raws: make([]uint64, parts), parts: parts,
		rand: rand.New(rand.NewPCG(1, uint64(parts)))}
	for i, into := range []**Store{&l.near, &l.far} {
		dir, err := os.MkdirTemp(tb.TempDir(), "view")
		if err != nil {
			tb.Fatal(err)
		}
		if *into, err = Open(context.Background(), Options{Dir: dir, Parts: parts, View: true}); err != nil {
			tb.Fatal(err)
		}
		if i == 0 {
			l.nearDir = dir
		} else {
			l.farDir = dir
		}
	}
	tb.Cleanup(func() { _ = l.close() })
	return l
}

func (l *loop) close() error {
	var err error
	for _, s := range []*Store{l.near, l.far} {
		if s != nil { // nil: closed before, or opening it again failed, and the test with it
			err = errors.Join(err, s.Close())
		}
	}
	l.near, l.far = nil, nil // the test lives on and remembers the loop
	return errors.Join(err, os.RemoveAll(l.nearDir), os.RemoveAll(l.farDir))
}

func (l *loop) next(seqs []uint64, part int) uint64 {
	seqs[part] += 1 + uint64(l.rand.IntN(3))
	return seqs[part]
}

func (l *loop) Commit(ctx context.Context, b journal.Batch) (journal.Receipt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, err := l.near.Checkpoint(ctx, b.Stream)
	if err != nil {
		return journal.Receipt{}, err
	}
	if (b.From != nil || b.Next != nil) && string(at) != string(b.From) {
		return journal.Receipt{}, journal.ErrCheckpoint
	}
	d, err := l.near.Decide(ctx, b)
	if err != nil {
		return journal.Receipt{}, err
	}
	for i := range d.Verdicts {
		if err := atHome(&d.Verdicts[i], l.parts); err != nil {
			return journal.Receipt{}, err
		}
	}
	m := l.number(&d)
	if b.Next != nil {
		m.Checkpoints = []journal.StreamCheckpoint{{Stream: b.Stream, At: bytes.Clone(b.Next)}}
	}
	if b.Past != nil {
		m.Pasts = []journal.StreamPast{{Stream: b.Stream, Past: bytes.Clone(b.Past)}}
	}
	if l.planted != nil {
		l.planted(&m)
	}
	if err := l.near.Mirror(ctx, m); err != nil {
		return journal.Receipt{}, err
	}
	l.log = append(l.log, m)
	l.late = append(l.late, pieces(m, l.rand)...)
	return d.Receipt, nil
}

// atHome: all verdicts over a key are in the partition of its record. In
// another one the newest would not be known from an older one.
func atHome(v *journal.Verdict, parts int) error {
	if v.Kind == "" {
		return fmt.Errorf("a verdict over %q names no kind, and its partition %d is a guess", v.Key, v.Part)
	}
	source, _, _ := strings.Cut(v.Stream, "/")
	if want := journal.Partition(canonical.ID(v.Kind, source, v.Key), parts); v.Part != want {
		return fmt.Errorf("a verdict over %s %q is in partition %d, want %d", v.Kind, v.Key, v.Part, want)
	}
	return nil
}

// number gives everything its place.
func (l *loop) number(d *journal.Decision) journal.Mirror {
	var m journal.Mirror
	places := make([]journal.Place, len(d.Raws))
	for i, raw := range d.Raws {
		part := l.rand.IntN(l.parts)
		places[i] = journal.Place{Part: part, Seq: l.next(l.raws, part)}
		raw.Payload = bytes.Clone(raw.Payload)
		m.Raws = append(m.Raws, journal.MirrorRaw{Place: places[i], Raw: raw})
	}
	place := func(r journal.RawRef) journal.Place {
		if r.New > 0 {
			return places[r.New-1]
		}
		return r.Place
	}
	seqs := make([]uint64, len(d.Entries)+1)
	for i := range d.Entries {
		e := journal.MirrorEntry{Entry: d.Entries[i].Entry, Raw: place(d.Entries[i].Raw), Rule: d.Entries[i].Rule}
		e.Body = bytes.Clone(e.Body)
		if !d.Entries[i].Aside() {
			if l.feeds[e.Feed] == nil {
				l.feeds[e.Feed] = make([]uint64, l.parts)
			}
			e.Seq = l.next(l.feeds[e.Feed], e.Part)
			seqs[i+1] = e.Seq
		}
		m.Entries = append(m.Entries, e)
	}
	for _, v := range d.Verdicts {
		if v.Seen.AfterNew > 0 {
			v.Seen.After, v.Seen.AfterNew = seqs[v.Seen.AfterNew], 0
		}
		if v.Held != nil {
			h := *v.Held
			h.Raw = journal.RawRef{Place: place(h.Raw)}
			v.Held = &h
		}
		m.Verdicts = append(m.Verdicts, v)
	}
	return m
}

// pieces cuts what was committed at once into what may arrive apart: Raws
// before entries, entries before verdicts.
func pieces(m journal.Mirror, r *rand.Rand) []journal.Mirror {
	rest := m
	rest.Raws, rest.Entries, rest.Verdicts = nil, nil, nil
	switch r.IntN(3) {
	case 0:
		return []journal.Mirror{m}
	case 1:
		return []journal.Mirror{{Raws: m.Raws, Entries: m.Entries}, {Verdicts: m.Verdicts}, rest}
	}
	cut := r.IntN(len(m.Entries) + 1)
	return []journal.Mirror{{Raws: m.Raws}, {Entries: m.Entries[:cut]}, {Entries: m.Entries[cut:], Verdicts: m.Verdicts}, rest}
}

// settle brings the far view up to date, in pieces of its own.
func (l *loop) settle(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var piece journal.Mirror
	for i, m := range l.late {
		piece.Raws, piece.Entries = append(piece.Raws, m.Raws...), append(piece.Entries, m.Entries...)
		piece.Pasts = append(piece.Pasts, m.Pasts...)
		piece.Verdicts, piece.Checkpoints = append(piece.Verdicts, m.Verdicts...), append(piece.Checkpoints, m.Checkpoints...)
		if i < len(l.late)-1 && l.rand.IntN(2) == 0 {
			continue
		}
		l.steps++
		piece.Read = map[string]int64{"dossier/0": int64(l.steps)}
		if err := l.far.Mirror(ctx, piece); err != nil {
			return err
		}
		if err := l.far.Mirror(ctx, piece); err != nil { // twice is as good as once
			return err
		}
		piece = journal.Mirror{}
	}
	l.late = nil
	return nil
}

func (l *loop) Past(ctx context.Context, stream string) (json.RawMessage, error) {
	return l.far.Past(ctx, stream)
}

func (l *loop) Checkpoint(ctx context.Context, stream string) (canonical.Checkpoint, error) {
	return l.near.Checkpoint(ctx, stream)
}

func (l *loop) Read(ctx context.Context, feed canonical.Feed, after journal.Position, limit int) ([]journal.Entry, error) {
	return l.far.Read(ctx, feed, after, limit)
}

func (l *loop) Mark(ctx context.Context, reader string, feed canonical.Feed, at journal.Position) error {
	return l.far.Mirror(ctx, journal.Mirror{Marks: []journal.ReaderMark{{Reader: reader, Feed: feed, At: at}}})
}

func (l *loop) Marked(ctx context.Context, reader string, feed canonical.Feed) (journal.Position, error) {
	return l.far.Marked(ctx, reader, feed)
}

func (l *loop) Known(stream, key string, digest [sha256.Size]byte, mapping string) journal.Outcome {
	return l.near.Known(stream, key, digest, mapping)
}

func (l *loop) Digest(ctx context.Context, feed canonical.Feed) (journal.Digest, error) {
	return l.far.Digest(ctx, feed)
}

func (l *loop) LiveKeys(ctx context.Context, stream string, scope adapters.Scope) ([]string, error) {
	return l.far.LiveKeys(ctx, stream, scope)
}

func (l *loop) harness() storetest.Harness {
	return storetest.Harness{Log: l, Settle: l.settle, Sparse: true, Reopen: func() (journal.Log, error) {
		if err := l.far.Close(); err != nil {
			return nil, err
		}
		var err error
		l.far, err = Open(context.Background(), Options{Dir: l.farDir, Parts: l.parts, View: true})
		return l, err
	}}
}

// TestConformanceOfViews: what is decided against one view and mirrored into
// another is the same Log; and a node that begins later, when of most things
// only the newest is left, comes to the same view.
func TestConformanceOfViews(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		l := newLoop(t, 3)
		h := l.harness()
		h.Close = func() error { return errors.Join(l.sameAsFresh(context.WithoutCancel(t.Context()), nil), l.close()) }
		return h
	})
}

// TestJudgeOfViews: and the two views are the same, quarantine included.
func TestJudgeOfViews(t *testing.T) {
	var loops []*loop
	err := storetest.Judge(t.Context(), func() (storetest.Harness, error) {
		loops = append(loops, newLoop(t, 2))
		return loops[len(loops)-1].harness(), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	held := 0
	for _, l := range loops {
		if err := l.settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		near, far := holdings(t, l.near), holdings(t, l.far)
		if !reflect.DeepEqual(near, far) {
			t.Fatalf("one view holds %+v, the other %+v", near, far)
		}
		held += len(near)
		if at, err := l.far.Origins(t.Context()); err != nil || at["dossier/0"] != int64(l.steps) {
			t.Fatalf("read up to %v after %d pieces (%v)", at, l.steps, err)
		}
		if err := l.sameIndex(); err != nil {
			t.Fatal(err)
		}
	}
	if held == 0 {
		t.Fatal("nothing was held in any script: the comparison proves nothing")
	}
}

func holdings(t *testing.T, s *Store) []journal.HeldRaw {
	t.Helper()
	all, err := s.HeldRaws(t.Context(), journal.HeldQuery{})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// sameIndex compares what both views know of every entity, numbers of their
// own apart.
func (l *loop) sameIndex() error {
	near, far := l.near.data, l.far.data
	for _, a := range near.Index.All() {
		id, b, last := far.Index.Get(a.Slot.Hash)
		if id == 0 {
			return errors.New("an entity is in one view only")
		}
		if a.Slot.Ver != b.Ver || a.Slot.Raw != b.Raw || a.Slot.Seq != b.Seq || a.Slot.At != b.At || a.Slot.Kind() != b.Kind() ||
			a.Slot.State() != b.State() || a.Slot.Held() != b.Held() || near.Names.Revision(a.Slot.Rev) != far.Names.Revision(b.Rev) {
			return errors.New("views differ about an entity")
		}
		if a.Other.Raw != last.Raw || a.Other.Verdict != last.Verdict || near.Names.Revision(a.Other.Rev) != far.Names.Revision(last.Rev) {
			return errors.New("views differ about a verdict")
		}
	}
	return nil
}

// TestViewsCanDiffer: the comparison finds what is lost or late on the way.
func TestViewsCanDiffer(t *testing.T) {
	for name, planted := range map[string]func(*journal.Mirror){
		"verdicts are lost":    func(m *journal.Mirror) { m.Verdicts = nil },
		"entries are lost":     func(m *journal.Mirror) { m.Entries = m.Entries[:len(m.Entries)/2] },
		"checkpoints are lost": func(m *journal.Mirror) { m.Checkpoints = nil },
	} {
		t.Run(name, func(t *testing.T) {
			err := storetest.Judge(t.Context(), func() (storetest.Harness, error) {
				l := newLoop(t, 2)
				l.planted = planted
				return l.harness(), nil
			})
			if err == nil {
				t.Fatal("not found")
			}
			t.Log(err)
		})
	}
}

// TestKindsOfFolders: a Log is never opened as a view, which may be thrown
// away, nor a view as a Log.
func TestKindsOfFolders(t *testing.T) {
	for _, view := range []bool{false, true} {
		dir := t.TempDir()
		s, err := Open(t.Context(), Options{Dir: dir, View: view})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), Options{Dir: dir, View: !view}); problemCode(err) != "GW-K012" {
			t.Errorf("opened as view=%v: %v", !view, err)
		}
		s, err = Open(t.Context(), Options{Dir: dir, View: view})
		if err != nil {
			t.Fatal(err)
		}
		_ = s.Close()
	}
}

func problemCode(err error) string {
	if p, ok := problem.As(err); ok {
		return p.Code
	}
	return ""
}
