package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"iocgateway/router/journal"
	"iocgateway/router/store/query"
	"iocgateway/router/store/track"
)

// write writes a piece. Like apply, but everything has its place already.
func (p *piece) write(t *tx, m *journal.Mirror) error {
	if err := t.numberEntities(&p.draft); err != nil {
		return err
	}
	base := t.next.Block + 1
	if err := t.entries(&p.draft); err != nil {
		return fmt.Errorf("entries: %w", err)
	}
	for i := range p.spots {
		if err := t.c.Exec("INSERT INTO rawpos(k, block, seqs) VALUES(?,?,?) ON CONFLICT(k) DO NOTHING",
			p.spots[i].Key, base+int64(i), query.PackSeqs(p.spots[i].Seqs)); err != nil {
			return fmt.Errorf("raws: %w", err)
		}
	}
	t.hook("mid-statements")
	if err := t.entities(&p.draft); err != nil {
		return fmt.Errorf("entities: %w", err)
	}
	for _, op := range p.verdicts {
		if err := op.write(t, base); err != nil {
			return fmt.Errorf("quarantine: %w", err)
		}
	}
	for i := range p.held { // what gave way to an entity that moved here, with what this piece had held of it
		if err := t.c.Exec(resolveHeld, int64(heldResolved), t.now().UnixMilli(), int64(p.held[i].ent.id)); err != nil {
			return fmt.Errorf("quarantine: %w", err)
		}
	}
	if err := writeNotes(t, m); err != nil {
		return err
	}
	t.later(func() {
		showEntities(&p.draft)
		for st := range p.touched {
			st.Committed()
		}
	})
	return nil
}

// write writes what a verdict is for the quarantine; base is the number that
// the first block of this piece got.
func (op *verdictOp) write(t *tx, base int64) error {
	v, entity := op.verdict, int64(op.ent.id)
	if v.Held == nil {
		state := int64(heldResolved)
		if v.Dropped {
			state = heldDropped
		}
		return t.c.Exec(resolveHeld, state, t.now().UnixMilli(), entity)
	}
	h := v.Held
	if err := t.c.Exec("UPDATE held SET state = ?, closed = ? WHERE entity = ? AND state = 0 AND id <> ?",
		int64(heldReplaced), t.now().UnixMilli(), entity, h.ID); err != nil {
		return err
	}
	n, err := t.c.Changed("UPDATE held SET last = ?, times = ?, mapping = ?, stream = ?, state = 0, closed = 0 WHERE id = ? AND entity = ?",
		h.Last.UnixMilli(), int64(h.Times), h.Mapping, int64(op.ent.slot.Stream), h.ID, entity)
	if err != nil || n > 0 {
		return err
	}
	var id any = h.ID
	taken, err := t.c.Int("SELECT count(*) FROM held WHERE id = ?", h.ID)
	if err != nil {
		return err
	}
	if taken > 0 {
		id = nil // two nodes gave the same number in the same second: it gets one of this view's own
	}
	text, err := json.Marshal(&h.Problem)
	if err != nil {
		return err
	}
	block := op.raw.Block
	if op.raw.Own {
		block += base
	}
	if err := t.c.Exec("UPDATE raws SET refs = refs + 1 WHERE id = ?", block); err != nil {
		return err
	}
	return t.c.Exec("INSERT INTO held(id, entity, stream, key, kind, digest, code, field, path, value, problem, mapping, first, last, "+
		"times, block, row, state) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,0)",
		id, entity, int64(op.ent.slot.Stream), v.Key, string(v.Kind), h.Digest, h.Problem.Code, h.Problem.Field, pathOf(&h.Problem),
		h.Problem.Value, string(text), h.Mapping, h.First.UnixMilli(), h.Last.UnixMilli(), int64(h.Times), block, int64(op.raw.Row))
}

// writeNotes writes what a piece has beside entries and verdicts.
func writeNotes(t *tx, m *journal.Mirror) error {
	for i := range m.Checkpoints {
		if err := writeCheckpoint(t, &m.Checkpoints[i]); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
	}
	for i := range m.Runs {
		if err := writeRun(t, &m.Runs[i]); err != nil {
			return fmt.Errorf("run: %w", err)
		}
	}
	for i := range m.Pauses {
		if err := writePause(t, &m.Pauses[i]); err != nil {
			return fmt.Errorf("pause: %w", err)
		}
	}
	for i := range m.Pasts {
		if err := t.remember(m.Pasts[i].Stream, m.Pasts[i].Past); err != nil {
			return fmt.Errorf("past: %w", err)
		}
	}
	return writePeople(t, m)
}

// writePeople writes what stands for readers and for persons.
func writePeople(t *tx, m *journal.Mirror) error {
	for i := range m.Marks {
		k := &m.Marks[i]
		if err := t.markReader(k.Reader, track.FeedNumber(k.Feed), k.At); err != nil {
			return fmt.Errorf("mark: %w", err)
		}
	}
	for i := range m.Audits {
		a := &m.Audits[i]
		if err := t.c.Exec("INSERT INTO audit(id, at, who, what, target, reason) VALUES(?,?,?,?,?,?) ON CONFLICT(id) DO NOTHING",
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
		if err := t.c.Exec("INSERT INTO bridge(epoch, feed, first, data) VALUES(?,?,?,?) ON CONFLICT DO UPDATE SET data = excluded.data",
			int64(b.Epoch), int64(track.FeedNumber(b.Feed)), int64(b.First), string(text)); err != nil {
			return fmt.Errorf("bridge: %w", err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Read)) {
		if err := t.c.Exec("INSERT INTO origin(name, next) VALUES(?,?) ON CONFLICT(name) DO UPDATE SET next = excluded.next",
			name, m.Read[name]); err != nil {
			return fmt.Errorf("origin: %w", err)
		}
	}
	return nil
}

func writeCheckpoint(t *tx, c *journal.StreamCheckpoint) error {
	st, err := t.stream(c.Stream)
	if err != nil {
		return err
	}
	name, at := c.Stream, c.At
	t.later(func() { t.data.Names.Stream(name).Reached(at) })
	return t.c.Exec("UPDATE stream SET checkpoint = ? WHERE id = ?", []byte(at), int64(st.ID))
}

func writeRun(t *tx, r *journal.Run) error {
	st, err := t.stream(r.Stream)
	if err != nil {
		return err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	err = t.c.Exec("INSERT INTO run(stream, id, data) VALUES(?,?,?) ON CONFLICT(stream, id) DO UPDATE SET data = excluded.data",
		int64(st.ID), r.ID, string(text))
	if err != nil {
		return err
	}
	return t.c.Exec("DELETE FROM run WHERE stream = ? AND id <= ?", int64(st.ID), r.ID-query.RunsKept)
}

func writePause(t *tx, p *journal.StreamPause) error {
	text := ""
	if p.Pause != nil {
		b, err := json.Marshal(p.Pause)
		if err != nil {
			return err
		}
		text = string(b)
	}
	return t.setPause(p.Stream, text)
}
