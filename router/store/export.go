package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/index"
	"iocgateway/router/store/track"
)

// Export hands everything this store holds to each, so that a Log elsewhere
// can take it over: entries feed by feed in order, with their Raws; then
// history, verdicts, checkpoints, runs, pauses, marks and the audit.
func (s *Store) Export(ctx context.Context, each func(journal.Exported) error) error {
	if err := s.index.Wait(ctx); err != nil {
		return fmt.Errorf("store: the index: %w", err)
	}
	x := &exporter{s: s, ctx: ctx, each: each, blocks: map[int64][]byte{}}
	v := s.view.Load()
	for n := 1; n < len(v.tracks); n++ {
		if err := x.track(track.Track(n), v.tracks[n].head); err != nil {
			return err
		}
	}
	for _, step := range []func() error{x.verdicts, x.streams, x.marks, x.audits} {
		if err := step(); err != nil {
			return fmt.Errorf("store: exporting: %w", err)
		}
	}
	return nil
}

type exporter struct {
	s      *Store
	ctx    context.Context
	each   func(journal.Exported) error
	blocks map[int64][]byte // of Raws, those read last
	order  []int64
}

// exportedBlocks is how many blocks of Raws are kept unpacked: entries in
// feed order name few at a time.
const exportedBlocks = 64

func (x *exporter) raw(ref chunk.RawRef) (*canonical.Raw, int64, error) {
	if ref.Block == 0 {
		return nil, 0, nil
	}
	data, ok := x.blocks[ref.Block]
	if !ok {
		if err := x.s.read.QueryRowContext(x.ctx, "SELECT data FROM raws WHERE id = ?", ref.Block).Scan(&data); err != nil {
			return nil, 0, fmt.Errorf("store: exporting: raws %d: %w", ref.Block, err)
		}
		if len(x.order) == exportedBlocks {
			delete(x.blocks, x.order[0])
			x.order = x.order[1:]
		}
		x.blocks[ref.Block], x.order = data, append(x.order, ref.Block)
	}
	raw, err := x.s.packer.UnpackRaw(data, ref.Row)
	if err != nil {
		return nil, 0, &problem.Problem{Code: "GW-K004", Value: fmt.Sprintf("raws %d", ref.Block), Err: err}
	}
	return &raw, ref.Block<<20 | int64(ref.Row), nil
}

func (x *exporter) track(t track.Track, head uint64) error {
	aside := t == track.Aside
	for after := uint64(0); after < head; {
		var failed error
		next, err := x.s.scan(x.ctx, t, after, head, scanMax, func(e *chunk.Stored) bool {
			failed = x.entry(e, aside)
			return failed == nil
		})
		if failed != nil || err != nil {
			return fmt.Errorf("store: exporting: %w", firstError(failed, err))
		}
		after = next
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (x *exporter) entry(e *chunk.Stored, aside bool) error {
	raw, id, err := x.raw(e.Raw)
	if err != nil {
		return err
	}
	d := journal.Decided{Entry: e.Entry}
	if aside {
		d.Feed, d.Superseded = e.Kind.Feed(), true
		if e.Op == chunk.OpExcluded {
			d.Rule = e.Index.Title
		}
	}
	return x.each(journal.Exported{Entry: &d, Raw: raw, RawID: id})
}

// verdicts tells of every entity whose entries do not say everything.
func (x *exporter) verdicts() error {
	for _, e := range x.s.index.All() {
		if err := x.verdict(e.ID, &e.Slot, e.Other); err != nil {
			return err
		}
	}
	return nil
}

func (x *exporter) verdict(id uint32, sl *index.Slot, o index.Other) error {
	v := journal.Verdict{}
	if sl.Known() {
		last, err := x.s.entryAt(x.ctx, sl.Track(x.s.parts), sl.Seq)
		if err != nil {
			return err
		}
		if o.Verdict == index.VerdictNone && sl.Raw == index.Short(last.RawDigest) && sl.Rev == last.Rev && sl.At == index.Stamp(last.At) {
			return nil
		}
		v.Kind, v.Key = last.Kind, last.Key
		v.Seen = journal.Seen{Digest: uint64(sl.Raw), Mapping: x.s.revision(sl.Rev), At: sl.At, After: sl.Seq}
	}
	st := x.s.streamByID(sl.Stream)
	if st == nil {
		return nil
	}
	v.Stream = st.name
	if o.Verdict != index.VerdictNone {
		v.Last = journal.Last{Digest: uint64(o.Raw), Mapping: x.s.revision(o.Rev), Outcome: o.Outcome()}
	}
	if v.Key == "" {
		if err := x.s.read.QueryRowContext(x.ctx, "SELECT key FROM entity WHERE id = ?", id).Scan(&v.Key); err != nil {
			return fmt.Errorf("entity %d: %w", id, err)
		}
	}
	return x.hold(id, sl, &v)
}

func (x *exporter) hold(id uint32, sl *index.Slot, v *journal.Verdict) error {
	out := journal.Exported{Verdict: v}
	if sl.Held() {
		var ref chunk.RawRef
		err := x.s.read.QueryRowContext(x.ctx, "SELECT kind, block, row FROM held WHERE entity = ? AND state = 0", id).Scan(&v.Kind, &ref.Block, &ref.Row)
		if err != nil {
			return fmt.Errorf("held raw of entity %d: %w", id, err)
		}
		if v.Held, err = x.s.openHold(id, &refNames{s: x.s, ctx: x.ctx}); err != nil {
			return err
		}
		if out.Raw, out.RawID, err = x.raw(ref); err != nil {
			return err
		}
	}
	if v.Kind == "" { // only ever left out: its Raw in history has the kind
		e, err := x.s.entryAt(x.ctx, track.Aside, x.s.index.Other(id).Aside)
		if err != nil {
			return err
		}
		v.Kind = e.Kind
	}
	return x.each(out)
}

// streams tells checkpoints, runs and pauses.
func (x *exporter) streams() error {
	x.s.mu.RLock()
	names := make([]string, 0, len(x.s.streams))
	for name := range x.s.streams {
		names = append(names, name)
	}
	x.s.mu.RUnlock()
	pauses, err := x.s.Pauses(x.ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if at := x.s.streamOf(name).at(); at != nil {
			if err := x.each(journal.Exported{Checkpoint: &journal.StreamCheckpoint{Stream: name, At: at}}); err != nil {
				return err
			}
		}
		if p, paused := pauses[name]; paused {
			if err := x.each(journal.Exported{Pause: &journal.StreamPause{Stream: name, Pause: &p}}); err != nil {
				return err
			}
		}
		if err := x.runs(name); err != nil {
			return err
		}
	}
	return nil
}

func (x *exporter) runs(name string) error {
	runs, err := x.s.LastRuns(x.ctx, name, runsKept)
	for i := len(runs) - 1; i >= 0 && err == nil; i-- {
		err = x.each(journal.Exported{Run: &runs[i]})
	}
	return err
}

func (x *exporter) marks() error {
	rows, err := x.s.read.QueryContext(x.ctx, "SELECT reader, feed, at FROM mark")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var m journal.ReaderMark
		var feed int
		var at any
		if err := rows.Scan(&m.Reader, &feed, &at); err != nil {
			return err
		}
		m.Feed = track.FeedName(feed)
		if m.At, err = unpackPosition(at); err != nil {
			return err
		}
		if err := x.each(journal.Exported{Mark: &m}); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (x *exporter) audits() error {
	all, err := x.s.Audits(x.ctx, 0, 1000)
	for i := len(all) - 1; i >= 0 && err == nil; i-- {
		err = x.each(journal.Exported{Audit: &all[i]})
	}
	return err
}

// Floors are the oldest sequences of each feed that can be read, and the newest.
func (s *Store) Floors() (floors, heads map[canonical.Feed]uint64) {
	v := s.view.Load()
	floors, heads = map[canonical.Feed]uint64{}, map[canonical.Feed]uint64{}
	for _, feed := range canonical.Feeds() {
		l := v.tracks[track.FeedNumber(feed)]
		floors[feed], heads[feed] = l.floor, l.head
	}
	return floors, heads
}

// Parts is how many partitions a feed has.
func (s *Store) Parts() int { return s.parts }

// Bridged finds where a position of another history, which this Log took
// over, is in this one; false when it is of no history that was taken over, nil
// when what follows it was gone there already.
func (s *Store) Bridged(ctx context.Context, epoch uint64, feed canonical.Feed, seq uint64) (journal.Position, bool, error) {
	var text string
	err := s.read.QueryRowContext(ctx, "SELECT data FROM bridge WHERE epoch = ? AND feed = ? AND first <= ? ORDER BY first DESC LIMIT 1",
		int64(epoch), track.FeedNumber(feed), int64(seq)).Scan(&text)
	if err == sql.ErrNoRows {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("store: reading a bridge: %w", err)
	}
	var b journal.Bridge
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return nil, false, fmt.Errorf("store: reading a bridge: %w", err)
	}
	at, ok := b.At(seq)
	if !ok {
		return nil, true, nil // of that history, and what follows was gone already
	}
	return at, true, nil
}
