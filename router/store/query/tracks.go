package query

import (
	"context"

	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/state"
	"iocgateway/router/store/track"
)

// ScanMax is how many chunks a filtered page looks through before it answers.
const ScanMax = 256

// start is where reading begins in each track of a feed. ErrExpired: what
// follows the position was dropped.
func start(tracks []*state.Extent, after journal.Position) (journal.Position, error) {
	at := make(journal.Position, len(tracks))
	for part, tr := range tracks {
		at[part] = after.At(part)
		switch {
		case after == nil:
			at[part] = tr.Floor - 1
		case at[part]+1 < tr.Floor:
			return nil, journal.ErrExpired
		}
	}
	return at, nil
}

// trackReader reads the tracks of a feed, each in its order. next moves on in
// place with what was looked at.
type trackReader struct {
	entries    *Entries
	feed       int
	next, upTo journal.Position
	room       int // entries still wanted
	bytes      int // of the bodies taken

	tracks []*state.Extent // nil: nobody asks what positions stand on
	under  journal.Footing // what the first position stands on
	stands journal.Footing // what next stands on
	looked []bool          // at each track once
}

// standing has the reader find out what the first position and next stand on.
func (r *trackReader) standing(tracks []*state.Extent) {
	r.tracks, r.looked = tracks, make([]bool, len(tracks))
	r.under, r.stands = make(journal.Footing, len(tracks)), make(journal.Footing, len(tracks))
	for part, x := range tracks {
		r.under[part] = x.Foot(r.next[part])
		r.stands[part] = r.under[part]
	}
}

// read hands entries to take, which gives whether it took one, until room is
// filled, the bodies have reached a page's bytes, or everything was looked at. Tracks with more to give share the room,
// so that a busy one does not hold up the others. Without again each track is
// looked at once, for a while: take may take next to nothing.
func (r *trackReader) read(ctx context.Context, again bool, take func(e *chunk.Stored) bool) error {
	for r.room > 0 {
		open := r.open()
		if len(open) == 0 {
			return nil
		}
		for i, part := range open {
			if err := r.track(ctx, part, (r.room+len(open)-i-1)/(len(open)-i), take); err != nil || r.room == 0 {
				return err
			}
		}
		if !again {
			return nil
		}
	}
	return nil
}

func (r *trackReader) open() (parts []int) {
	for part, at := range r.next {
		if at < r.upTo.At(part) {
			parts = append(parts, part)
		}
	}
	return parts
}

func (r *trackReader) track(ctx context.Context, part, share int, take func(e *chunk.Stored) bool) error {
	if share == 0 {
		return nil
	}
	taken := 0
	var last *chunk.Stored
	some := func(e *chunk.Stored) bool {
		last = e
		if take(e) {
			taken++
			r.bytes += len(e.Body)
		}
		return taken < share && r.bytes < journal.PageBytes
	}
	next, err := r.entries.scan(ctx, track.Of(r.feed, part), r.next[part], r.upTo.At(part), max(ScanMax, share), r.below(part), some)
	if r.room -= taken; r.bytes >= journal.PageBytes {
		r.room = 0 // Invariant 15
	}
	if r.tracks != nil && next != r.next[part] {
		if r.stands[part] = 0; last != nil && last.Seq == next {
			r.stands[part] = journal.Foot(&last.Entry)
		}
	}
	r.next[part] = next
	return err
}

// below takes the entry that the first position of a track stands on, when its
// track is looked at first and it is not known already; nil otherwise.
func (r *trackReader) below(part int) func(e *chunk.Stored) {
	if r.tracks == nil || r.looked[part] {
		return nil
	}
	r.looked[part] = true
	if r.under[part] != 0 {
		return nil
	}
	return func(e *chunk.Stored) { r.under[part] = journal.Foot(&e.Entry) }
}

func matches(f *journal.Filter, e *journal.Entry) bool {
	return (f.Source == "" || f.Source == e.Source) &&
		(f.Stream == "" || f.Stream == e.Stream || f.Stream == e.Source+"/"+e.Stream) &&
		(f.Area == "" || f.Area == e.Index.Area) &&
		(f.Agency == "" || f.Agency == e.Index.Agency) &&
		(f.Kind == "" || f.Kind == string(e.Kind))
}
