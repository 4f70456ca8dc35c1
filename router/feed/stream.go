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

// sse is one open connection.
type sse struct {
	a    *API
	w    http.ResponseWriter
	ctl  *http.ResponseController
	view view
	at   cursor
	buf  []byte
}

// stream answers GET /v1/feeds/{feed}/stream as server-sent events. The id of
// each is a cursor: Last-Event-ID (or ?after=) goes on from there.
func (a *API) stream(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
	v, f := a.viewOf(r, p)
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
	if _, f = negotiate(r, "text/event-stream"); f != nil && r.Header.Get("Accept") != "text/*" {
		return f
	}
	at := v.start(useChanges)
	var lost *answer.Problem
	if after != "" {
		if at, lost = a.open(r, v, "after", after); lost != nil && lost.Resync == "" {
			return lost // garbage: a client at fault, not one left behind
		}
	}
	if !a.streams.enter() {
		return busy(a.streams.limit)
	}
	defer a.streams.leave()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	if r.Method == http.MethodHead {
		return nil
	}
	s := &sse{a: a, w: w, ctl: http.NewResponseController(w), view: v, at: at}
	s.buf = fmt.Appendf(s.buf, "retry: %d\n\n", sseReconnect)
	s.run(r, lost)
	return nil
}

// run writes until the reader leaves, is stuck, or must resync.
func (s *sse) run(r *http.Request, lost *answer.Problem) {
	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	beat := time.NewTicker(sseBeat)
	defer beat.Stop()
	told := false // that the reader has caught up
	for lost == nil {
		changed := s.a.opts.View.Changed(s.view.feed)
		pg, f := s.a.readPage(r, s.view, s.at, ssePage)
		if f != nil {
			lost = f
			break
		}
		s.events(&pg)
		if !pg.more && (!told || len(pg.entries) > 0) {
			told = true
			f = s.caughtUp(r)
		}
		if f != nil || s.flush() != nil {
			return
		}
		if pg.more {
			continue
		}
		if !s.wait(ctx, changed, beat.C) {
			return
		}
	}
	if lost.Resync != "" {
		s.resync(r, lost)
	}
	_ = s.flush() // the connection ends here either way
}

// events adds a page's events.
func (s *sse) events(pg *page) {
	last, out := pg.at.last.Clone(), s.a.events(len(pg.head))
	c := pg.at
	c.pos = c.pos.Clone()
	for i := range pg.entries {
		e := &pg.entries[i]
		previous := pg.previous(i, last)
		last = reach(last, e)
		c.pos, c.last = reach(c.pos, e), last
		s.buf = append(s.buf, "id: "...)
		s.buf = c.append(s.buf)
		s.buf = append(s.buf, "\nevent: "...)
		s.buf = append(s.buf, s.a.types.Of(e.Kind, string(e.Op))...)
		s.buf = append(s.buf, "\ndata: "...)
		s.buf = out.append(s.buf, e, previous)
		s.buf = append(s.buf, "\n\n"...)
		if len(s.buf) > 1<<20 && s.flush() != nil {
			return
		}
	}
	s.at = pg.next
	s.a.metrics.served(s.view.feed, "stream", len(pg.entries))
}

// caughtUp says that the reader has everything, how fresh that is, and what
// is held (invariant 10).
func (s *sse) caughtUp(r *http.Request) *answer.Problem {
	state, f := s.a.stateOf(r, s.view)
	if f != nil {
		return f
	}
	s.buf = append(s.buf, "id: "...)
	s.buf = s.at.append(s.buf)
	s.buf = append(s.buf, "\nevent: caught_up\ndata: {"...)
	s.buf = append(s.buf, bytes.ReplaceAll(state.json, []byte("\n"), nil)...)
	s.buf = append(s.buf, "}\n\n"...)
	return nil
}

// resync tells a reader that was left behind where to start again; an error
// status would make a browser give up for good.
func (s *sse) resync(r *http.Request, f *answer.Problem) {
	b, err := json.Marshal(map[string]any{"code": f.Problem.Code, "status": f.Status, "resync": f.Resync,
		"detail": f.Problem.Text(answer.Language(r)), "hint": f.Problem.Hint(answer.Language(r))})
	if err != nil {
		return // unreachable: strings and a number
	}
	s.buf = fmt.Appendf(s.buf, "event: resync\ndata: %s\n\n", b)
}

// wait sleeps until something is published; it keeps the line alive.
func (s *sse) wait(ctx context.Context, changed <-chan struct{}, beat <-chan time.Time) bool {
	for {
		select {
		case <-changed:
			return true
		case <-ctx.Done():
			return false
		case <-s.a.closing:
			return false
		case <-beat:
			s.buf = append(s.buf, ": \n\n"...)
			if s.flush() != nil {
				return false
			}
		}
	}
}

var errStuck = errors.New("feed: the reader takes nothing")

// flush sends what is gathered. The deadline frees the memory of a reader
// that is connected but takes nothing (invariant 5).
func (s *sse) flush() error {
	if len(s.buf) == 0 {
		return nil
	}
	if err := s.ctl.SetWriteDeadline(time.Now().Add(sseDeadline)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return errStuck
	}
	if _, err := s.w.Write(s.buf); err != nil {
		return err
	}
	s.buf = s.buf[:0]
	if cap(s.buf) > 4<<20 {
		s.buf = nil
	}
	return s.ctl.Flush()
}
