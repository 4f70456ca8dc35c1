package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"iocgateway/router/journal"
	"iocgateway/router/journal/wire"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/track"
)

// rawSpots is where the Raws of a block stand in the Log.
type rawSpots struct {
	key   int64    // of the first, partition and sequence
	seqs  []uint64 // of each row
	block int64    // in the view, once it is there
}

// rawKey is where a Raw stands in the Log, as the key of a row: its topic has
// one track a partition.
func rawKey(at journal.Place) int64 { return track.Track(at.Part).Key(at.Seq) }

// takeRaws puts Raws into blocks of one partition each. Nothing refers to
// them yet: their entries follow, in this piece or a later one.
func (p *mirror) takeRaws(raws []journal.MirrorRaw) {
	last := -1
	for i := range raws {
		r := &raws[i]
		if r.Part != last || p.size > 0 && p.size+len(r.Raw.Payload) > chunk.RawBytes {
			p.closeBlock()
			last = r.Part
		}
		if len(p.raws) == 0 {
			p.spots = append(p.spots, rawSpots{key: rawKey(r.Place)})
		}
		spot := &p.spots[len(p.spots)-1]
		spot.seqs = append(spot.seqs, r.Seq)
		p.size += len(r.Raw.Payload) + 64
		p.raws = append(p.raws, r.Raw)
	}
	p.closeBlock()
	for i := range p.blocks {
		p.blocks[i].refs = 0
	}
}

// refOf finds the Raw at a place in this view; none when it was thinned out
// before the view read that far.
func (p *mirror) refOf(ctx context.Context, at journal.Place) (chunk.RawRef, error) {
	if at.Seq == 0 {
		return chunk.RawRef{}, nil
	}
	key := rawKey(at)
	for i := len(p.spots) - 1; i >= 0; i-- {
		if row, found := p.spots[i].row(key); found {
			return chunk.RawRef{Block: int64(i), Row: row, Own: true}, nil
		}
	}
	for i := len(p.found) - 1; i >= 0; i-- { // neighbours follow one another
		if row, found := p.found[i].row(key); found {
			return chunk.RawRef{Block: p.found[i].block, Row: row}, nil
		}
	}
	there, err := p.s.spotsAt(ctx, key)
	if err != nil {
		return chunk.RawRef{}, err
	}
	if row, found := there.row(key); found {
		p.found = append(p.found, there)
		return chunk.RawRef{Block: there.block, Row: row}, nil
	}
	return chunk.RawRef{}, nil
}

// row finds a Raw in a block.
func (r *rawSpots) row(key int64) (int, bool) {
	if key < r.key || track.At(key) != track.At(r.key) {
		return 0, false
	}
	return slices.BinarySearch(r.seqs, track.Seq(key))
}

// spotsAt gives the block that has the Raw with a key, if any has.
func (s *Store) spotsAt(ctx context.Context, key int64) (r rawSpots, err error) {
	var packed []byte
	err = s.read.QueryRowContext(ctx, "SELECT k, block, seqs FROM rawpos WHERE k <= ? ORDER BY k DESC LIMIT 1", key).Scan(&r.key, &r.block, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return r, nil
	}
	if err == nil {
		r.seqs, err = unpackSeqs(packed)
	}
	if err != nil {
		return r, fmt.Errorf("finding a raw: %w", err)
	}
	return r, nil
}

// placeOf is where a Raw of this view stands in the Log.
func (s *Store) placeOf(ctx context.Context, ref chunk.RawRef) (journal.Place, error) {
	var first int64
	var packed []byte
	err := s.read.QueryRowContext(ctx, "SELECT k, seqs FROM rawpos WHERE block = ?", ref.Block).Scan(&first, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return journal.Place{}, nil
	}
	if err != nil {
		return journal.Place{}, fmt.Errorf("placing a raw: %w", err)
	}
	seqs, err := unpackSeqs(packed)
	if err != nil || ref.Row >= len(seqs) {
		return journal.Place{}, errors.Join(wire.ErrCut, err)
	}
	return journal.Place{Part: int(track.At(first)), Seq: seqs[ref.Row]}, nil
}

func packSeqs(seqs []uint64) []byte {
	var b []byte
	var last uint64
	for _, seq := range seqs {
		b = binary.AppendUvarint(b, seq-last)
		last = seq
	}
	return b
}

func unpackSeqs(b []byte) (seqs []uint64, err error) {
	d := wire.NewDecoder(string(b))
	var last uint64
	for d.More() {
		last += d.Uvarint()
		seqs = append(seqs, last)
	}
	return seqs, d.Err()
}

// mirrorState writes what a piece says beside entries and verdicts.
func (w *writer) mirrorState(m *journal.Mirror) error {
	for i := range m.Checkpoints {
		if err := w.mirrorCheckpoint(&m.Checkpoints[i]); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
	}
	for i := range m.Runs {
		if err := w.mirrorRun(&m.Runs[i]); err != nil {
			return fmt.Errorf("run: %w", err)
		}
	}
	for i := range m.Pauses {
		if err := w.mirrorPause(&m.Pauses[i]); err != nil {
			return fmt.Errorf("pause: %w", err)
		}
	}
	return w.mirrorPeople(m)
}

// mirrorPeople writes what stands for readers and for persons.
func (w *writer) mirrorPeople(m *journal.Mirror) error {
	for i := range m.Marks {
		k := &m.Marks[i]
		if err := w.mark(k.Reader, track.FeedNumber(k.Feed), k.At); err != nil {
			return fmt.Errorf("mark: %w", err)
		}
	}
	for i := range m.Audits {
		a := &m.Audits[i]
		if err := w.c.Exec("INSERT INTO audit(id, at, who, what, target, reason) VALUES(?,?,?,?,?,?) ON CONFLICT(id) DO NOTHING",
			a.ID, a.At.UnixMilli(), a.By, a.What, a.Target, a.Reason); err != nil {
			return fmt.Errorf("audit: %w", err)
		}
	}
	for i := range m.Bridges {
		b := &m.Bridges[i]
		text, err := json.Marshal(b)
		if err != nil {
			return fmt.Errorf("bridge: %w", err)
		}
		if err := w.c.Exec("INSERT INTO bridge(epoch, feed, first, data) VALUES(?,?,?,?) ON CONFLICT DO UPDATE SET data = excluded.data",
			int64(b.Epoch), int64(track.FeedNumber(b.Feed)), int64(b.First), string(text)); err != nil {
			return fmt.Errorf("bridge: %w", err)
		}
	}
	for _, name := range sortedNames(m.Read) {
		if err := w.c.Exec("INSERT INTO origin(name, next) VALUES(?,?) ON CONFLICT(name) DO UPDATE SET next = excluded.next", name, m.Read[name]); err != nil {
			return fmt.Errorf("origin: %w", err)
		}
	}
	return nil
}

func (w *writer) mirrorCheckpoint(c *journal.StreamCheckpoint) error {
	st, err := w.stream(c.Stream)
	if err != nil {
		return err
	}
	name, at := c.Stream, c.At
	w.after = append(w.after, func() { w.s.streamOf(name).reached(at) })
	return w.c.Exec("UPDATE stream SET checkpoint = ? WHERE id = ?", []byte(at), int64(st.id))
}

func (w *writer) mirrorRun(r *journal.Run) error {
	st, err := w.stream(r.Stream)
	if err != nil {
		return err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	err = w.c.Exec("INSERT INTO run(stream, id, data) VALUES(?,?,?) ON CONFLICT(stream, id) DO UPDATE SET data = excluded.data", int64(st.id), r.ID, string(text))
	if err != nil {
		return err
	}
	return w.c.Exec("DELETE FROM run WHERE stream = ? AND id <= ?", int64(st.id), r.ID-runsKept)
}

func (w *writer) mirrorPause(p *journal.StreamPause) error {
	text := ""
	if p.Pause != nil {
		b, err := json.Marshal(p.Pause)
		if err != nil {
			return err
		}
		text = string(b)
	}
	return w.setPause(p.Stream, text)
}
