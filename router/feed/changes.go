package feed

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/cloudevents"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
	"iocgateway/router/journal"
)

// The forms a page can have.
const (
	mediaPage  = "application/json"
	mediaLines = "application/x-ndjson"
	mediaBatch = cloudevents.MediaBatch
	mediaSSE   = "text/event-stream"
	zipSuffix  = "-gzip"
)

// feedHandlers answer the ways to read a feed: its changes, by pages or as
// server-sent events, its snapshot and its digest.
type feedHandlers struct {
	failures
	view        View
	node        Node
	predecessor *Predecessor
	fresh       *freshnessCache
	format      eventFormat
	metrics     *metrics
	sse         slots // open connections
	waiting     slots // long polls
	pages       sync.Pool
	closing     <-chan struct{}
}

func newFeedHandlers(o *Options, fresh *freshnessCache, m *metrics, closing <-chan struct{}) *feedHandlers {
	h := &feedHandlers{failures: failures{o.Log}, view: o.View, node: o.Node, predecessor: o.Predecessor, fresh: fresh,
		format: newEventFormat(o.Contract.Prefix), metrics: m, closing: closing}
	h.sse.limit, h.waiting.limit = int64(o.Limits.SSE), int64(o.Limits.Waiting)
	h.pages.New = func() any { b := make([]byte, 0, 256<<10); return &b }
	return h
}

// selection reads feed and filter of a request.
func (h *feedHandlers) selection(r *http.Request, p *params) (selection, *answer.Problem) {
	s := selection{feed: canonical.Feed(r.PathValue("feed"))}
	if len(s.feed.Kinds()) == 0 {
		var all []string
		for _, f := range canonical.Feeds() {
			all = append(all, string(f))
		}
		unknown := &problem.Problem{Code: "GW-F011", Value: problem.Short(string(s.feed)), Want: strings.Join(all, ", ")}
		return selection{}, answer.New(http.StatusNotFound, unknown)
	}
	s.filter = p.filter(s.feed)
	if p.bad != nil {
		return s, p.bad
	}
	epoch, err := h.view.Epoch(r.Context())
	if err != nil {
		return s, h.broken(r, "epoch", err)
	}
	s.epoch = epoch
	return s, nil
}

// changes answers GET /v1/feeds/{feed}/changes.
func (h *feedHandlers) changes(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
	media, f := negotiate(r, mediaPage, mediaLines, mediaBatch)
	if f != nil {
		return f
	}
	s, f := h.selection(r, p)
	limit, wait := p.number("limit", DefaultLimit, 1, MaxLimit), p.seconds("wait", MaxWait)
	after := p.text("after")
	if f == nil {
		f = p.bad
	}
	if f != nil {
		return f
	}
	at := s.start(useChanges)
	if after != "" {
		if at, f = h.open(r, s, after); f != nil {
			return f
		}
	}
	if wait > 0 {
		// A server's write deadline must not cut the wait; where there is none to
		// set, there is none to cut it.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(wait + sseDeadline))
	}
	pg, f := h.waitPage(r, s, at, limit, wait)
	if f != nil {
		return f
	}
	if pg.fresh, f = h.freshness(r, s); f != nil {
		return f
	}
	return h.writePage(w, r, pg, media)
}

func (h *feedHandlers) freshness(r *http.Request, s selection) (freshness, *answer.Problem) {
	fresh, err := h.fresh.of(r.Context(), s)
	if err != nil {
		return fresh, h.broken(r, "freshness", err)
	}
	return fresh, nil
}

// waitPage reads a page; at the tip it waits for one, but no longer than asked.
func (h *feedHandlers) waitPage(r *http.Request, s selection, at cursor, limit int, wait time.Duration) (page, *answer.Problem) {
	ctx := r.Context()
	if wait > 0 {
		if !h.waiting.enter() {
			return page{}, h.waiting.full()
		}
		defer h.waiting.leave()
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, wait)
		defer stop()
	}
	for {
		// Taken before reading, so that nothing published in between is slept through.
		changed := h.view.Changed(s.feed)
		pg, f := h.readPage(r, s, at, limit)
		if f != nil || wait <= 0 || len(pg.entries) > 0 || pg.more {
			return pg, f
		}
		select {
		case <-changed:
			at = pg.next // rows the filter passed over need not be read again
		case <-ctx.Done():
			return pg, nil
		case <-h.closing:
			return pg, nil
		}
	}
}

// readPage reads what follows a cursor.
func (h *feedHandlers) readPage(r *http.Request, s selection, at cursor, limit int) (page, *answer.Problem) {
	got, err := h.view.Changes(r.Context(), s.feed, s.filter, at.pos, limit)
	if err != nil {
		if errors.Is(err, journal.ErrExpired) {
			return page{}, h.expired(r, s, at)
		}
		return page{}, h.broken(r, "changes", err)
	}
	if !got.Head.Covers(at.pos) && !h.node.Shared {
		return page{}, s.resync(http.StatusConflict, &problem.Problem{Code: "GW-F005",
			Value: strconv.FormatUint(at.pos.Sum(), 10), Want: strconv.FormatUint(got.Head.Sum(), 10)})
	}
	stood := at.stands()
	if stood.Differs(got.Under) {
		return page{}, s.rewound(at.pos)
	}
	at.pos = got.From
	pg := page{selection: s, at: at, next: at, entries: got.Entries, head: got.Head, more: got.More, limit: limit,
		filtered: s.filter != journal.Filter{}, base: h.predecessor.Base}
	pg.next.pos, pg.next.last = got.Next, at.last
	pg.next.standOn(kept(got.Stands, got.Next, stood, at.pos))
	if len(pg.entries) > 0 {
		pg.next.last = behind(at.last, pg.entries)
	}
	return pg, nil
}

// info is what the View has of a feed; empty where it has nothing.
func (h *feedHandlers) info(r *http.Request, feed canonical.Feed) (journal.FeedInfo, *answer.Problem) {
	infos, err := h.view.Feeds(r.Context())
	if err != nil {
		return journal.FeedInfo{}, h.broken(r, "feeds", err)
	}
	for _, info := range infos {
		if info.Feed == feed {
			return info, nil
		}
	}
	return journal.FeedInfo{}, nil
}

func (h *feedHandlers) expired(r *http.Request, s selection, at cursor) *answer.Problem {
	info, f := h.info(r, s.feed)
	if f != nil {
		return f
	}
	return s.resync(http.StatusGone, &problem.Problem{Code: "GW-F010",
		Value: strconv.FormatUint(at.pos.Sum(), 10), Want: strconv.FormatUint(info.Oldest.Sum(), 10)})
}

// slots are what may be open at once, up to a limit.
type slots struct {
	n     atomic.Int64
	limit int64
}

func (s *slots) enter() bool {
	if s.n.Add(1) > s.limit {
		s.n.Add(-1)
		return false
	}
	return true
}

func (s *slots) leave() { s.n.Add(-1) }

// full is the answer where none is left.
func (s *slots) full() *answer.Problem {
	f := answer.New(http.StatusTooManyRequests, &problem.Problem{Code: "GW-F023", Want: strconv.FormatInt(s.limit, 10)})
	f.Retry = 5 * time.Second
	return f
}
