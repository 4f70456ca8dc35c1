package feed

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"iocgateway/canonical/problem/answer"
)

const (
	ssePage      = 200
	sseBeat      = 15 * time.Second
	sseDeadline  = 30 * time.Second // a reader that takes nothing for so long is cut
	sseReconnect = 3000             // ms
)

// sseConnection is one reader of server-sent events.
type sseConnection struct {
	feed      *feedHandlers
	w         http.ResponseWriter
	ctl       *http.ResponseController
	selection selection
	at        cursor
	buf       []byte
}

// serveSSE answers GET /v1/feeds/{feed}/stream with server-sent events. The id of
// each is a cursor: Last-Event-ID (or ?after=) goes on from there.
func (h *feedHandlers) serveSSE(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
	s, f := h.selection(r, p)
	after := p.text("after")
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		after = last // it is newer than the URL a browser opened first
	}
	if f == nil {
		f = p.bad
	}
	if f != nil {
		return f
	}
	if _, f = negotiate(r, mediaSSE); f != nil && r.Header.Get("Accept") != "text/*" {
		return f
	}
	at := s.start(useChanges)
	var lost *answer.Problem
	if after != "" {
		if at, lost = h.open(r, s, after); lost != nil && lost.Resync == "" {
			return lost // garbage: a client at fault, not one left behind
		}
	}
	if !h.sse.enter() {
		return h.sse.full()
	}
	defer h.sse.leave()
	header := w.Header()
	header.Set("Content-Type", mediaSSE)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no")
	if r.Method == http.MethodHead {
		return nil
	}
	c := &sseConnection{feed: h, w: w, ctl: http.NewResponseController(w), selection: s, at: at}
	c.buf = fmt.Appendf(c.buf, "retry: %d\n\n", sseReconnect)
	c.run(r, lost)
	return nil
}

// run writes until the reader leaves, is stuck, or must resync.
func (c *sseConnection) run(r *http.Request, lost *answer.Problem) {
	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	beat := time.NewTicker(sseBeat)
	defer beat.Stop()
	level := false // the reader had everything
	for lost == nil {
		changed := c.feed.view.Changed(c.selection.feed)
		pg, f := c.feed.readPage(r, c.selection, c.at, ssePage)
		if f != nil {
			lost = f
			break
		}
		c.add(&pg)
		if !pg.more && (!level || len(pg.entries) > 0) {
			level = true
			f = c.caughtUp(r)
		}
		if f != nil || c.flush() != nil {
			return
		}
		if pg.more {
			continue
		}
		if !c.wait(ctx, changed, beat.C) {
			return
		}
	}
	if lost.Resync != "" {
		c.resync(r, lost)
	}
	_ = c.flush() // the connection ends here either way
}

// add adds a page's events.
func (c *sseConnection) add(pg *page) {
	last, out := pg.at.last.Clone(), c.feed.format.events(len(pg.head))
	id, stands := pg.at, pg.at.stands()
	id.pos = id.pos.Clone()
	notes := pg.next.stands().Known() // the View knows what positions stand on
	for i := range pg.entries {
		e := &pg.entries[i]
		previous := pg.previous(i, last)
		last = reach(last, e)
		id.pos, id.last = reach(id.pos, e), last
		if notes {
			stands = behindOn(stands, pg.entries[i:i+1])
			id.standOn(stands)
		}
		c.buf = append(c.buf, "id: "...)
		c.buf = id.append(c.buf)
		c.buf = append(c.buf, "\nevent: "...)
		c.buf = append(c.buf, out.types.Of(e.Kind, string(e.Op))...)
		c.buf = append(c.buf, "\ndata: "...)
		c.buf = out.append(c.buf, e, previous)
		c.buf = append(c.buf, "\n\n"...)
		if len(c.buf) > 1<<20 && c.flush() != nil {
			return
		}
	}
	c.at = pg.next
	c.feed.metrics.served(c.selection.feed, "stream", len(pg.entries))
}

// caughtUp adds that the reader has everything, how fresh that is, and what
// is held (invariant 10).
func (c *sseConnection) caughtUp(r *http.Request) *answer.Problem {
	fresh, f := c.feed.freshness(r, c.selection)
	if f != nil {
		return f
	}
	c.buf = append(c.buf, "id: "...)
	c.buf = c.at.append(c.buf)
	c.buf = append(c.buf, "\nevent: caught_up\ndata: {"...)
	c.buf = append(c.buf, bytes.ReplaceAll(fresh.json, []byte("\n"), nil)...)
	c.buf = append(c.buf, "}\n\n"...)
	return nil
}

// resync sends a reader that was left behind to where it starts again; an
// error status would make a browser give up for good.
func (c *sseConnection) resync(r *http.Request, f *answer.Problem) {
	b, err := json.Marshal(map[string]any{"code": f.Problem.Code, "status": f.Status, "resync": f.Resync,
		"detail": f.Problem.Text(answer.Language(r)), "hint": f.Problem.Hint(answer.Language(r))})
	if err != nil {
		return // unreachable: strings and a number
	}
	c.buf = fmt.Appendf(c.buf, "event: resync\ndata: %s\n\n", b)
}

// wait sleeps until something is published; it keeps the line alive.
func (c *sseConnection) wait(ctx context.Context, changed <-chan struct{}, beat <-chan time.Time) bool {
	for {
		select {
		case <-changed:
			return true
		case <-ctx.Done():
			return false
		case <-c.feed.closing:
			return false
		case <-beat:
			c.buf = append(c.buf, ": \n\n"...)
			if c.flush() != nil {
				return false
			}
		}
	}
}

var errStuck = errors.New("feed: the reader takes nothing")

// flush sends what is gathered. The deadline frees the memory of a reader
// that is connected but takes nothing (invariant 5).
func (c *sseConnection) flush() error {
	if len(c.buf) == 0 {
		return nil
	}
	if err := c.ctl.SetWriteDeadline(time.Now().Add(sseDeadline)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return errStuck
	}
	if _, err := c.w.Write(c.buf); err != nil {
		return err
	}
	c.buf = c.buf[:0]
	if cap(c.buf) > 4<<20 {
		c.buf = nil
	}
	return c.ctl.Flush()
}
