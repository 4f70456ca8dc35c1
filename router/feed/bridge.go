package feed

import (
	"net/http"
	"strconv"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
)

// open reads a cursor of changes, also one of a Log that this one took over.
func (a *API) open(r *http.Request, v view, param, text string) (cursor, *answer.Problem) {
	at, f := v.open(param, text, useChanges)
	if f == nil || f.Problem.Code != "GW-F003" || a.opts.Bridge == nil {
		return at, f
	}
	old, err := parseCursor(text)
	if err != nil || old.filter != filterHash(v.filter) || len(old.pos) > 1 {
		return at, f
	}
	if a.opts.Ready != nil && a.opts.Ready(r.Context()) != nil {
		// What leads over from there may not have been read yet: this is no answer.
		late := answer.New(http.StatusServiceUnavailable, &problem.Problem{Code: "GW-F034"})
		late.Retry = 2 * time.Second
		return at, late
	}
	pos, found, err := a.opts.Bridge(r.Context(), old.epoch, v.feed, old.pos.At(0))
	if err != nil {
		return at, a.broken(r, "bridge", err)
	}
	if pos == nil {
		if found {
			return at, v.resync(http.StatusGone, &problem.Problem{Code: "GW-F010", Value: strconv.FormatUint(old.pos.At(0), 10)})
		}
		return at, f
	}
	at = v.start(useChanges)
	at.pos = pos
	for range pos { // what the reader was told last is before what comes next in every partition
		at.last = append(at.last, old.last.At(0))
	}
	return at, nil
}
