package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"iocgateway/router/store/state"
	"iocgateway/router/store/track"
)

// apply numbers and writes a plan.
func (t *tx) apply(j *job) error {
	p := j.plan
	if err := checkpointFits(p.batch, p.stream); err != nil {
		return err
	}
	if p.outrun() {
		p = newPlan(t.data, p.batch, p.stream, p.rev)
		if err := p.decide(t.data.Ctx); err != nil {
			return err
		}
		p.pack()
		j.plan = p
	}
	if p.batch.Next != nil {
		if err := t.c.Exec("UPDATE stream SET checkpoint = ? WHERE id = ?", []byte(p.batch.Next), int64(p.stream.ID)); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
	}
	if err := t.progress(p.batch.Ran(p.receipt), p.stream); err != nil {
		return fmt.Errorf("run: %w", err)
	}
	if err := t.remember(p.batch.Stream, p.batch.Past); err != nil {
		return fmt.Errorf("past: %w", err)
	}
	t.hook("after-checkpoint")
	if err := t.numberEntities(&p.draft); err != nil {
		return err
	}
	if err := t.entries(&p.draft); err != nil {
		return fmt.Errorf("entries: %w", err)
	}
	t.hook("mid-statements")
	if err := t.entities(&p.draft); err != nil {
		return fmt.Errorf("entities: %w", err)
	}
	for i := range p.held {
		if err := t.hold(p, &p.held[i]); err != nil {
			return fmt.Errorf("quarantine: %w", err)
		}
	}
	t.later(p.show)
	return nil
}

// numberEntities numbers the entities that are new.
func (t *tx) numberEntities(d *draft) error {
	for _, e := range d.ents {
		if e.id != 0 {
			continue
		}
		if t.next.Entity == math.MaxUint32 {
			return errors.New("no entity numbers left")
		}
		t.next.Entity++
		e.id = t.next.Entity
	}
	return nil
}

// blocks writes the Raws and gives which number their first block got.
func (t *tx) blocks(d *draft) (base int64, err error) {
	base = t.next.Block + 1
	for i := range d.blocks {
		t.next.Block++
		b := &d.blocks[i]
		if err := t.c.Exec("INSERT INTO raws(id, refs, data) VALUES(?,?,?)", t.next.Block, int64(b.refs), b.data); err != nil {
			return base, err
		}
	}
	reused := map[int64]int64{}
	for _, block := range d.reused {
		reused[block]++
	}
	for block, n := range reused {
		if err := t.c.Exec("UPDATE raws SET refs = refs + ? WHERE id = ?", n, block); err != nil {
			return base, err
		}
	}
	return base, nil
}

// entries gives every publication its sequence, the next of its feed without
// a hole (invariant 3), and writes chunks and raws.
func (t *tx) entries(d *draft) error {
	base, err := t.blocks(d)
	if err != nil {
		return err
	}
	for i := range d.held {
		if d.held[i].raw.Own {
			d.held[i].raw.Block += base
		}
	}
	for i := range d.chunks {
		c := &d.chunks[i]
		pubs := d.pubs[c.track][c.from:c.to]
		first := t.next.Tracks[c.track].Head + 1
		if d.places(c.track) {
			first = pubs[0].Seq
		}
		ids := make([]byte, 0, 5*len(pubs))
		for n, q := range pubs {
			if !d.places(c.track) {
				q.Seq = first + uint64(n)
			}
			if c.track == track.Aside {
				q.ent.other.Aside = q.Seq
			} else {
				q.ent.slot.Seq = q.Seq
			}
			ids = binary.AppendUvarint(ids, uint64(q.ent.id))
		}
		last := pubs[len(pubs)-1]
		err := t.c.Exec("INSERT INTO chunk(k, last, newest, n, rawbase, ids, data) VALUES(?,?,?,?,?,?,?)",
			c.track.Key(first), int64(last.Seq), c.newest, int64(len(pubs)), base, ids, c.data)
		if err != nil {
			return err
		}
		t.track(c.track).Head = last.Seq
		if c.to == len(d.pubs[c.track]) {
			t.track(c.track).Reach(&last.Entry)
		}
	}
	for _, e := range d.ents {
		if e.prior != nil {
			t.sum(e)
		}
	}
	return nil
}

// sum keeps the feed's digest up: the live records and nothing else.
func (t *tx) sum(e *ent) {
	b := &t.track(t.data.Track(&e.slot)).Digest[e.slot.Bucket]
	if e.old.Live() {
		state.AddShare(b, e.take, true)
	}
	if e.slot.Live() {
		state.AddShare(b, e.give, false)
	}
}
