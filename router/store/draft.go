package store

import (
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/index"
	"iocgateway/router/store/query"
	"iocgateway/router/store/state"
	"iocgateway/router/store/track"
)

// draft is what a job will write, on its way: entities as they will be, the
// entries they publish, what changes in quarantine, and the Raws. A plan
// fills it by deciding, a mirror by taking over what was decided elsewhere.
type draft struct {
	rawBlocks
	data   *query.Committed
	stream *state.Stream // whose items are in hand
	rev    uint32        // of the mapping they were read with

	ents    []*ent
	byHash  map[index.Hash]*ent
	away    map[index.Hash]bool // what another stream took over in this very draft
	slab    []ent
	pubs    [][]*publication // by track
	pubSlab []publication
	held    []heldOp
	chunks  []packed

	takeover []*state.Stream        // streams that lose entities to this one
	touched  map[*state.Stream]bool // those with items in this draft; nil: one alone
	placed   bool                   // the entries of feeds have their sequences: a Log elsewhere gave them
	about    int                    // how many items there are: the size of slabs
}

func newDraft(data *query.Committed, st *state.Stream, rev uint32, about int) draft {
	return draft{data: data, stream: st, rev: rev, byHash: map[index.Hash]*ent{}, about: about,
		pubs: make([][]*publication, track.Slots*data.Parts)}
}

// ent is an entity a batch writes: its slot as it will be.
type ent struct {
	id    uint32 // 0: new, numbered by the writer
	slot  index.Slot
	other index.Other
	had   index.Other    // as it was, for the held counts
	old   index.Slot     // as it was
	key   string         // of a new entity
	kind  canonical.Kind // of the Raw that the batch first had of it
	prior *publication   // its newest publication in this batch; nil: only slot and other change
	aside *publication   // its newest aside in this batch
	from  *state.Stream  // of its source, that had it until now; nil: none
	dead  bool           // gave way to the entity that moved here
	take  [16]byte       // what its old version adds to the digest
	give  [16]byte       // what its new one adds
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
	raw     chunk.RawAt
}

const (
	heldNew = iota
	heldAgain
	heldResolve
)

// look gives an entity's slot as this batch sees it; nil when it was never seen.
func (d *draft) look(h index.Hash) (*ent, *index.Slot) {
	if e, ok := d.byHash[h]; ok {
		return e, &e.slot
	}
	if id, s := d.data.Index.Lookup(h); id != 0 && !d.away[h] {
		return nil, &s
	}
	return nil, nil
}

// edit gives the entity to change, made when it is new.
func (d *draft) edit(h index.Hash, it *journal.Item) *ent {
	if e, ok := d.byHash[h]; ok {
		return e
	}
	e := d.newEnt()
	if !d.away[h] {
		e.id, e.slot, e.other = d.data.Index.Get(h)
	}
	e.old, e.had = e.slot, e.other
	if e.id == 0 {
		e.slot = index.Slot{Hash: h, At: index.NoTime, Stream: d.stream.ID}
		e.key = it.Raw.Key
	}
	e.kind = it.Raw.Kind
	d.byHash[h] = e
	return e
}

func (d *draft) newEnt() *ent {
	if len(d.slab) == cap(d.slab) {
		d.slab = make([]ent, 0, max(16, min(d.about, 512)))
	}
	d.slab = append(d.slab, ent{})
	e := &d.slab[len(d.slab)-1]
	d.ents = append(d.ents, e)
	return e
}

// newPublication takes one from the slab: pointers to it stay good.
func (d *draft) newPublication() *publication {
	if len(d.pubSlab) == cap(d.pubSlab) {
		d.pubSlab = make([]publication, 0, max(8, min(d.about, 512)))
	}
	d.pubSlab = append(d.pubSlab, publication{})
	return &d.pubSlab[len(d.pubSlab)-1]
}

// add puts an entry at the end of a track of this batch and chains it to the
// entity's entry before.
func (d *draft) add(t track.Track, q *publication, prior *publication, priorSeq uint64) {
	q.track, q.offset = t, len(d.pubs[t])
	if prior != nil {
		q.Prior, q.Back = uint64(q.offset-prior.offset), true
	} else {
		q.Prior = priorSeq
	}
	d.pubs[t] = append(d.pubs[t], q)
}

// owner is the stream of the same source that published what has the same id,
// and its slot; nil when none did.
func (d *draft) owner(kind int, key string) (*state.Stream, *index.Slot) {
	for _, st := range d.siblings(kind) {
		if _, s := d.look(index.KeyHash(st.Name, key)); s != nil && s.Known() && s.Kind() == kind {
			return st, s
		}
	}
	return nil, nil
}

// adopt takes over an entity that another stream of the same source
// published under the same id: an id is one entity in its feed, always.
func (d *draft) adopt(h index.Hash, kind int, key string) {
	for _, st := range d.siblings(kind) {
		e := d.theirs(index.KeyHash(st.Name, key), kind)
		if e == nil {
			continue
		}
		if mine, _ := d.data.Index.Lookup(h); mine != 0 && !d.away[h] || d.byHash[h] != nil {
			d.giveWay(d.edit(h, &journal.Item{Raw: canonical.Raw{Key: key}}))
		}
		e.from, e.key = st, key
		e.slot.Hash, e.slot.Stream = h, d.stream.ID
		d.byHash[h] = e
		delete(d.away, h)
		d.takeover = append(d.takeover, st)
		return
	}
}

// siblings are the streams of the same source that published the kind, or may
// have in this very draft.
func (d *draft) siblings(kind int) []*state.Stream {
	all := d.data.Names.Siblings(d.stream, kind)
	for st := range d.touched {
		if st != d.stream && st.Source == d.stream.Source && !st.Published(kind) {
			all = append(all, st)
		}
	}
	return all
}

// theirs gives the entity that another stream has under a hash, for it to
// move; nil when it has none. What this very draft made of it counts: a view
// must not depend on the pieces in which its Log was read.
func (d *draft) theirs(h index.Hash, kind int) *ent {
	e := d.byHash[h]
	if e == nil && !d.away[h] {
		if id, s, o := d.data.Index.Get(h); id != 0 && s.Known() && s.Kind() == kind {
			e = d.newEnt()
			e.id, e.slot, e.other, e.old, e.had = id, s, o, s, o
		}
	}
	if e == nil || e.dead || !e.slot.Known() || e.slot.Kind() != kind {
		return nil
	}
	delete(d.byHash, h)
	if d.away == nil {
		d.away = map[index.Hash]bool{}
	}
	d.away[h] = true
	return e
}

// giveWay ends an entity that was only ever refused, for the one moving here.
func (d *draft) giveWay(e *ent) {
	if e.slot.Held() {
		d.held = append(d.held, heldOp{ent: e, op: heldResolve})
	}
	e.slot.Set(e.slot.Kind(), index.StateNone, false)
	e.other = index.Other{}
	e.dead = true
}
