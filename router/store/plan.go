package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/index"
	"iocgateway/router/store/track"
)

// ent is an entity a batch writes: its slot as it will be.
type ent struct {
	id    uint32 // 0: new, numbered by the writer
	slot  index.Slot
	other index.Other
	had   index.Other  // as it was, for the held counts
	old   index.Slot   // as it was
	key   string       // of a new entity
	prior *publication // its newest publication in this batch; nil: only slot and other change
	aside *publication // its newest aside in this batch
	moved bool         // another stream of its source had it until now
	dead  bool         // gave way to the entity that moved here
	take  [16]byte     // what its old version adds to the digest
	give  [16]byte     // what its new one adds
}

// publication is one entry on its way, in a feed or aside.
type publication struct {
	chunk.Stored
	ent    *ent
	track  track.Track
	offset int // place among the batch's publications of its track
}

// heldOp is a change of the quarantine.
type heldOp struct {
	ent     *ent
	op      int // heldNew, heldAgain, heldResolve
	item    *journal.Item
	problem *problem.Problem
	raw     chunk.RawRef
}

const (
	heldNew = iota
	heldAgain
	heldResolve
)

// packed is a chunk or raw block ready to be written.
type packed struct {
	track    track.Track
	from, to int // publications of the track, or rows
	refs     int
	newest   int64
	entries  []*chunk.Stored // of a chunk
	raws     []canonical.Raw // of a block
	data     []byte
}

// plan is what a batch will do, decided and compressed by the caller against
// the committed state. The writer numbers it and writes it; it is made again
// there when another batch of the stream came between.
type plan struct {
	s        *Store
	batch    *journal.Batch
	stream   *stream
	rev      uint32
	gen      uint64
	receipt  journal.Receipt
	slab     []ent
	ents     []*ent
	byHash   map[index.Hash]*ent
	pubs     [][]*publication // by track
	pubSlab  []publication
	held     []heldOp
	raws     []canonical.Raw
	size     int // of raws
	chunks   []packed
	blocks   []packed
	reused   []int64 // raw blocks that get another reference
	takeover []*stream
	numbered map[int64]bool // holds of this batch
	placed   bool           // the entries of feeds have their sequences: a Log elsewhere gave them
}

func (s *Store) newPlan(b *journal.Batch, st *stream, rev uint32) *plan {
	return &plan{s: s, batch: b, stream: st, rev: rev, gen: st.gen.Load(), byHash: map[index.Hash]*ent{},
		pubs: make([][]*publication, track.Slots*s.parts), receipt: journal.Receipt{Outcomes: make([]journal.Outcome, len(b.Items))}}
}

// makePlan decides what becomes of every item.
func (s *Store) makePlan(ctx context.Context, b *journal.Batch, st *stream, rev uint32) (*plan, error) {
	p := s.newPlan(b, st, rev)
	if err := p.decide(ctx); err != nil {
		return nil, err
	}
	p.pack()
	return p, nil
}

func (p *plan) decide(ctx context.Context) error {
	for i := range p.batch.Items {
		it := &p.batch.Items[i]
		out, err := p.item(ctx, it)
		if err != nil {
			return fmt.Errorf("store: %s: item %d: %w", p.batch.Stream, i, err)
		}
		p.receipt.Outcomes[i] = out
		p.count(it, out)
	}
	return nil
}

// count keeps the books: every Raw ends as exactly one outcome. Invariant 8.
func (p *plan) count(it *journal.Item, out journal.Outcome) {
	c := &p.receipt.Counts
	if !it.Proved {
		c.Received++
	}
	switch out {
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

func (p *plan) item(ctx context.Context, it *journal.Item) (journal.Outcome, error) {
	h := index.KeyHash(p.batch.Stream, it.Raw.Key)
	switch {
	case it.Problem != nil:
		return p.refuse(ctx, h, it, it.Problem)
	case it.Rule != "":
		return p.exclude(ctx, h, it)
	case it.Raw.Gone && (it.Proved || it.Record != nil):
		return p.gone(ctx, h, it)
	case it.Record == nil:
		return p.bare(ctx, h, it)
	case it.Record.Gone:
		return p.gone(ctx, h, it)
	default:
		return p.publish(ctx, h, it, it.Record)
	}
}

// look gives an entity's slot as this batch sees it; nil when it was never seen.
func (p *plan) look(h index.Hash) (*ent, *index.Slot) {
	if e, ok := p.byHash[h]; ok {
		return e, &e.slot
	}
	if id, s := p.s.index.Lookup(h); id != 0 {
		return nil, &s
	}
	return nil, nil
}

// edit gives the entity to change, made when it is new.
func (p *plan) edit(h index.Hash, it *journal.Item) *ent {
	if e, ok := p.byHash[h]; ok {
		return e
	}
	e := p.newEnt()
	e.id, e.slot, e.other = p.s.index.Get(h)
	e.old, e.had = e.slot, e.other
	if e.id == 0 {
		e.slot = index.Slot{Hash: h, At: index.NoTime, Stream: p.stream.id}
		e.key = it.Raw.Key
	}
	p.byHash[h] = e
	return e
}

func (p *plan) newEnt() *ent {
	if len(p.slab) == cap(p.slab) {
		p.slab = make([]ent, 0, max(16, min(len(p.batch.Items), 512)))
	}
	p.slab = append(p.slab, ent{})
	e := &p.slab[len(p.slab)-1]
	p.ents = append(p.ents, e)
	return e
}

// newPublication takes one from the slab: pointers to it stay good.
func (p *plan) newPublication() *publication {
	if len(p.pubSlab) == cap(p.pubSlab) {
		p.pubSlab = make([]publication, 0, max(8, min(len(p.batch.Items), 512)))
	}
	p.pubSlab = append(p.pubSlab, publication{})
	return &p.pubSlab[len(p.pubSlab)-1]
}

// keepRaw puts a Raw into the batch's blocks, once, and says where.
func (p *plan) keepRaw(r canonical.Raw) chunk.RawRef {
	if p.size > 0 && p.size+len(r.Payload) > chunk.RawBytes {
		p.closeBlock()
	}
	p.size += len(r.Payload) + 64
	p.raws = append(p.raws, r)
	return chunk.RawRef{Block: int64(len(p.blocks)), Row: len(p.raws) - 1, Own: true}
}

func (p *plan) closeBlock() {
	if len(p.raws) == 0 {
		return
	}
	p.blocks = append(p.blocks, packed{refs: len(p.raws), raws: p.raws})
	p.raws, p.size = p.raws[len(p.raws):], 0
}

// add puts an entry at the end of a track of this batch and chains it to the
// entity's entry before.
func (p *plan) add(t track.Track, q *publication, prior *publication, priorSeq uint64) {
	q.track, q.offset = t, len(p.pubs[t])
	if prior != nil {
		q.Prior, q.Back = uint64(q.offset-prior.offset), true
	} else {
		q.Prior = priorSeq
	}
	p.pubs[t] = append(p.pubs[t], q)
}

// pack compresses what will be written.
func (p *plan) pack() {
	p.closeBlock()
	for _, e := range p.ents {
		if e.prior != nil {
			e.take = share(e.prior.ID, chunk.VersionText(e.old.Ver))
			e.give = share(e.prior.ID, chunk.VersionText(e.slot.Ver))
		}
	}
	for n, pubs := range p.pubs {
		if len(pubs) == 0 {
			continue
		}
		es := make([]*chunk.Stored, len(pubs))
		for i, q := range pubs {
			es[i] = &q.Stored
		}
		chunk.Cut(es, func(from, to int) {
			p.chunks = append(p.chunks, packed{track: track.Track(n), from: from, to: to, entries: es[from:to], newest: es[to-1].RecordedAt.Unix()})
		})
	}
	p.compress()
}

// compress makes the frames of chunks and blocks, on all cores where there
// are several.
func (p *plan) compress() {
	n := len(p.chunks) + len(p.blocks)
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers <= 1 {
		for i := range n {
			p.frame(i)
		}
		return
	}
	var next atomic.Int64
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				p.frame(int(i))
			}
		})
	}
	group.Wait()
}

func (p *plan) frame(i int) {
	if i < len(p.chunks) {
		c := &p.chunks[i]
		offset := func(i int) uint64 { return uint64(i) }
		if p.places(c.track) {
			es := c.entries
			offset = func(i int) uint64 { return es[i].Seq - es[0].Seq }
		}
		c.data, c.entries = p.s.packer.PackEntries(c.entries, offset), nil
		return
	}
	b := &p.blocks[i-len(p.chunks)]
	b.data, b.raws = p.s.packer.PackRaws(b.raws), nil
}

// places reports whether the entries of a track come with their sequences.
func (p *plan) places(t track.Track) bool { return p.placed && t != track.Aside }

// share is what a record adds to its bucket of the digest.
func share(id, version string) [16]byte {
	var room [320]byte
	b := append(room[:0], id...)
	b = append(b, '\n')
	b = append(b, version...)
	sum := sha256.Sum256(b)
	return [16]byte(sum[:16])
}
