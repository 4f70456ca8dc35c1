package query

import (
	"cmp"
	"context"
	"fmt"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/index"
	"iocgateway/router/store/track"
)

// ExportReader hands all there is to a Log elsewhere.
type ExportReader struct{ c *Committed }

// Exports makes the reader of everything.
func Exports(c *Committed) ExportReader { return ExportReader{c} }

// Export hands everything this store holds to each, so that a Log elsewhere
// can take it over: entries feed by feed in order, with their Raws; then
// history, verdicts, checkpoints, runs, pauses, marks and the audit.
func (r ExportReader) Export(ctx context.Context, each func(journal.Exported) error) error {
	if err := r.c.Index.Wait(ctx); err != nil {
		return fmt.Errorf("store: the index: %w", err)
	}
	x := &exporter{Committed: r.c, reader: Streams(r.c), ctx: ctx, each: each, blocks: map[int64][]byte{}}
	v := r.c.Heads.Load()
	for n := 1; n < len(v.Tracks); n++ {
		if err := x.track(track.Track(n), v.Tracks[n].Head); err != nil {
			return err
		}
	}
	for _, step := range []func() error{x.verdicts, x.allStreams, x.marks, x.audits} {
		if err := step(); err != nil {
			return fmt.Errorf("store: exporting: %w", err)
		}
	}
	return nil
}

type exporter struct {
	*Committed
	reader StreamReader
	ctx    context.Context
	each   func(journal.Exported) error
	blocks map[int64][]byte // of Raws, those read last
	order  []int64
}

// exportedBlocks is how many blocks of Raws are kept unpacked: entries in
// feed order name few at a time.
const exportedBlocks = 64

func (x *exporter) raw(ref chunk.RawAt) (*canonical.Raw, int64, error) {
	if ref.Block == 0 {
		return nil, 0, nil
	}
	data, ok := x.blocks[ref.Block]
	if !ok {
		if err := x.DB.QueryRowContext(x.ctx, "SELECT data FROM raws WHERE id = ?", ref.Block).Scan(&data); err != nil {
			return nil, 0, fmt.Errorf("store: exporting: raws %d: %w", ref.Block, err)
		}
		if len(x.order) == exportedBlocks {
			delete(x.blocks, x.order[0])
			x.order = x.order[1:]
		}
		x.blocks[ref.Block], x.order = data, append(x.order, ref.Block)
	}
	raw, err := x.Packer.UnpackRaw(data, ref.Row)
	if err != nil {
		return nil, 0, &problem.Problem{Code: "GW-K004", Value: fmt.Sprintf("raws %d", ref.Block), Err: err}
	}
	return &raw, ref.Block<<20 | int64(ref.Row), nil
}

func (x *exporter) track(t track.Track, head uint64) error {
	aside := t == track.Aside
	for after := uint64(0); after < head; {
		var failed error
		next, err := x.Entries.Scan(x.ctx, t, after, head, ScanMax, func(e *chunk.Stored) bool {
			failed = x.entry(e, aside)
			return failed == nil
		})
		if failed != nil || err != nil {
			return fmt.Errorf("store: exporting: %w", cmp.Or(failed, err))
		}
		after = next
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

// verdicts gives what is known of every entity whose entries are not everything.
func (x *exporter) verdicts() error {
	for _, e := range x.Index.All() {
		if err := x.verdict(e.ID, &e.Slot, e.Other); err != nil {
			return err
		}
	}
	return nil
}

func (x *exporter) verdict(id uint32, sl *index.Slot, o index.Other) error {
	v := journal.Verdict{}
	if sl.Known() {
		last, err := x.Entries.At(x.ctx, x.Track(sl), sl.Seq)
		if err != nil {
			return err
		}
		if o.Verdict == index.VerdictNone && sl.Raw == index.Short(last.RawDigest) && sl.Rev == last.Rev && sl.At == index.Stamp(last.At) &&
			sl.Stream == last.StreamID {
			return nil
		}
		v.Kind, v.Key = last.Kind, last.Key
		v.Seen = journal.Seen{Digest: uint64(sl.Raw), Mapping: x.Names.Revision(sl.Rev), At: sl.At, After: sl.Seq}
	}
	st := x.Names.StreamByID(sl.Stream)
	if st == nil {
		return nil
	}
	v.Stream = st.Name
	if o.Verdict != index.VerdictNone {
		v.Last = journal.Last{Digest: uint64(o.Raw), Mapping: x.Names.Revision(o.Rev), Outcome: o.Outcome()}
	}
	if v.Key == "" {
		var err error
		if v.Key, err = x.Holds.Key(id); err != nil {
			return fmt.Errorf("entity %d: %w", id, err)
		}
	}
	return x.hold(id, sl, &v)
}

func (x *exporter) hold(id uint32, sl *index.Slot, v *journal.Verdict) error {
	out := journal.Exported{Verdict: v}
	if sl.Held() {
		var ref chunk.RawAt
		err := x.DB.QueryRowContext(x.ctx, "SELECT kind, block, row FROM held WHERE entity = ? AND state = 0", id).
			Scan(&v.Kind, &ref.Block, &ref.Row)
		if err != nil {
			return fmt.Errorf("held raw of entity %d: %w", id, err)
		}
		if v.Held, err = x.openHold(id); err != nil {
			return err
		}
		if out.Raw, out.RawID, err = x.raw(ref); err != nil {
			return err
		}
	}
	if v.Kind == "" { // only ever left out: its Raw in history has the kind
		e, err := x.Entries.At(x.ctx, track.Aside, x.Index.Other(id).Aside)
		if err != nil {
			return err
		}
		v.Kind = e.Kind
	}
	if st := x.Names.Stream(v.Stream); !sl.Known() && st != nil {
		v.Owner = x.OwnerOf(st, v.Kind, v.Key)
	}
	return x.each(out)
}

// openHold is the open hold of an entity, with where its Raw stands in a Log
// elsewhere, if this is a view of one.
func (x *exporter) openHold(id uint32) (*journal.Hold, error) {
	hold, ref, err := x.Holds.Open(id)
	if err != nil || hold == nil || ref.Block == 0 {
		return hold, err
	}
	hold.Raw.Place, err = x.Places.Of(x.ctx, ref)
	return hold, err
}

// allStreams gives checkpoints, runs and pauses.
func (x *exporter) allStreams() error {
	pauses, err := x.reader.Pauses(x.ctx)
	if err != nil {
		return err
	}
	for _, st := range x.Names.Streams() {
		name := st.Name
		if at := st.At(); at != nil {
			if err := x.each(journal.Exported{Checkpoint: &journal.StreamCheckpoint{Stream: name, At: at}}); err != nil {
				return err
			}
		}
		past, err := x.reader.Past(x.ctx, name)
		if err == nil && past != nil {
			err = x.each(journal.Exported{Past: &journal.StreamPast{Stream: name, Past: past}})
		}
		if err != nil {
			return err
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
	runs, err := x.reader.LastRuns(x.ctx, name, RunsKept)
	for i := len(runs) - 1; i >= 0 && err == nil; i-- {
		err = x.each(journal.Exported{Run: &runs[i]})
	}
	return err
}

func (x *exporter) marks() error {
	rows, err := x.DB.QueryContext(x.ctx, "SELECT reader, feed, at FROM mark")
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
		if m.At, err = UnpackPosition(at); err != nil {
			return err
		}
		if err := x.each(journal.Exported{Mark: &m}); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (x *exporter) audits() error {
	all, err := x.reader.Audits(x.ctx, 0, 1000)
	for i := len(all) - 1; i >= 0 && err == nil; i-- {
		err = x.each(journal.Exported{Audit: &all[i]})
	}
	return err
}
