package store

import (
	"iocgateway/router/store/query"
	"iocgateway/router/store/state"
)

// show makes what is durable now visible: first the index and all that is
// known of streams, at once, then the heads, which lead readers to the entries.
func (t *tx) show() {
	if len(t.after) > 0 {
		t.data.Index.Change(func() {
			for _, f := range t.after {
				f()
			}
		})
	}
	t.data.Heads.Show(t.next)
}

// wake wakes who waits for the feeds that grew.
func (t *tx) wake() {
	for _, feed := range t.next.Grown(t.shown) {
		t.data.Wakes.Wake(feed)
	}
}

// show makes a committed plan visible in memory. The index is held.
func (p *plan) show() {
	showEntities(&p.draft)
	p.stream.Committed()
	if p.batch.Next != nil {
		p.stream.Reached(p.batch.Next)
	}
}

// showEntities puts the entities of a draft into the index.
func showEntities(d *draft) {
	for _, e := range d.ents {
		if e.dead {
			d.data.Index.Drop(e.id)
		} else {
			d.data.Index.Put(e.id, e.slot)
			if e.other != e.had {
				d.data.Index.SetOther(e.id, e.other)
			}
		}
		tally(d.data, e, d.stream)
	}
	for _, st := range d.takeover {
		st.Committed()
	}
}

// tally keeps the counts of live and held a stream.
func tally(data *query.Committed, e *ent, own *state.Stream) {
	if e.old.Live() {
		owner(data, e.old.Stream, own).AddLive(-1)
	}
	if e.slot.Live() {
		owner(data, e.slot.Stream, own).AddLive(1)
	}
	if e.slot.Known() {
		owner(data, e.slot.Stream, own).AddKind(e.slot.Kind())
	}
	if e.old.Held() {
		owner(data, e.old.Stream, own).AddHeld(int(e.had.Feed), -1)
	}
	if e.slot.Held() {
		owner(data, e.slot.Stream, own).AddHeld(int(e.other.Feed), 1)
	}
}

// owner is the stream with a number; own when it is not shown yet.
func owner(data *query.Committed, id uint16, own *state.Stream) *state.Stream {
	if id == own.ID {
		return own
	}
	if st := data.Names.StreamByID(id); st != nil {
		return st
	}
	return own
}
