package feed

import (
	"net/http"
	"strconv"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
)

// open reads a cursor of changes, also one of a Log that this one took over.
func (h *feedHandlers) open(r *http.Request, s selection, text string) (cursor, *answer.Problem) {
	at, why := s.match(text, useChanges)
	if why == otherHistory && h.predecessor.Bridge != nil && at.filter == filterHash(s.filter) && len(at.pos) == 1 {
		return h.lead(r, s, at)
	}
	if f := s.refuse("after", at, why); f != nil {
		return cursor{}, f
	}
	return at, nil
}

// lead finds where a cursor of another history stands in this one.
func (h *feedHandlers) lead(r *http.Request, s selection, old cursor) (cursor, *answer.Problem) {
	if h.node.Ready != nil && h.node.Ready(r.Context()) != nil {
		// What leads over from there may not have been read yet: this is no answer.
		late := answer.New(http.StatusServiceUnavailable, &problem.Problem{Code: "GW-F034"})
		late.Retry = 2 * time.Second
		return cursor{}, late
	}
	pos, found, err := h.predecessor.Bridge(r.Context(), old.epoch, s.feed, old.pos.At(0))
	switch {
	case err != nil:
		return cursor{}, h.broken(r, "bridge", err)
	case pos == nil && found:
		expired := &problem.Problem{Code: "GW-F010", Value: strconv.FormatUint(old.pos.At(0), 10)}
		return cursor{}, s.resync(http.StatusGone, expired)
	case pos == nil:
		return cursor{}, s.refuse("after", old, otherHistory)
	}
	at := s.start(useChanges)
	at.pos = pos
	for range pos { // what was sent last is before what comes next in every partition
		at.last = append(at.last, old.last.At(0))
	}
	return at, nil
}
