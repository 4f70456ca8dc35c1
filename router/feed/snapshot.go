package feed

import (
	"net/http"
	"strconv"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
	"iocgateway/router/journal"
)

// snapshot answers GET /v1/feeds/{feed}/snapshot: the current records in
// sequence order. Every page carries the same cursor, taken before the first
// page was read. A record that changes meanwhile leaves the range and comes
// with the changes after the cursor instead, so that nothing falls between.
func (h *feedHandlers) snapshot(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
	media, f := negotiate(r, mediaPage, mediaLines)
	if f != nil {
		return f
	}
	s, f := h.selection(r, p)
	limit, token := p.number("limit", DefaultLimit, 1, MaxLimit), p.text("page")
	if f == nil {
		f = p.bad
	}
	if f != nil {
		return f
	}
	at, f := h.snapshotAt(r, s, token)
	if f != nil {
		return f
	}
	if f := h.level(r, s, at.upTo); f != nil {
		return f
	}
	got, err := h.view.Snapshot(r.Context(), s.feed, s.filter, at.pos, at.upTo, limit)
	if err != nil {
		return h.broken(r, "snapshot", err)
	}
	if stood := at.stands(); stood.Differs(got.Stands) {
		return s.rewound(at.upTo)
	}
	fresh, f := h.freshness(r, s)
	if f != nil {
		return f
	}
	pg := newSnapshotPage(s, at, got, limit)
	pg.fresh = fresh
	return h.writeSnapshot(w, &pg, media)
}

func (h *feedHandlers) snapshotAt(r *http.Request, s selection, token string) (cursor, *answer.Problem) {
	if token != "" {
		return s.open("page", token, useSnapshot)
	}
	at := s.start(useSnapshot)
	info, f := h.info(r, s.feed)
	at.upTo = info.Head
	at.standOn(info.Stands)
	return at, f
}

// catchUp is how long a reader that comes from another node waits for this
// one to have what that one had.
const catchUp = 10 * time.Second

// level waits until this node has everything up to a position that another
// node may have given: a snapshot read before would miss what lies between.
func (h *feedHandlers) level(r *http.Request, s selection, upTo journal.Position) *answer.Problem {
	if !h.node.Shared {
		return nil
	}
	limit := time.NewTimer(catchUp)
	defer limit.Stop()
	for {
		changed := h.view.Changed(s.feed)
		has, f := h.info(r, s.feed)
		if f != nil || has.Head.Covers(upTo) {
			return f
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return h.broken(r, "catching up", r.Context().Err())
		case <-limit.C:
			late := answer.New(http.StatusServiceUnavailable, &problem.Problem{Code: "GW-F034",
				Value: strconv.FormatUint(has.Head.Sum(), 10), Want: strconv.FormatUint(upTo.Sum(), 10)})
			late.Retry = 2 * time.Second
			return late
		}
	}
}

// snapshotPage is one page of a snapshot on its way out.
type snapshotPage struct {
	selection selection
	entries   []journal.Entry
	next      string // of the next page; empty: this is the last
	follow    cursor // where changes go on from
	upTo      journal.Position
	fresh     freshness
	limit     int
}

func newSnapshotPage(s selection, at cursor, got journal.Snapshot, limit int) snapshotPage {
	out := snapshotPage{selection: s, entries: got.Entries, follow: s.start(useChanges), upTo: at.upTo, limit: limit}
	out.follow.pos, out.follow.last = at.upTo, at.upTo
	out.follow.standOn(at.stands())
	if got.Next != nil {
		next := at
		next.pos = got.Next
		out.next = next.encode()
	}
	return out
}

func (h *feedHandlers) writeSnapshot(w http.ResponseWriter, p *snapshotPage, media string) *answer.Problem {
	header := w.Header()
	header.Set("Content-Type", media)
	header.Set("Cache-Control", "no-store")
	header.Set("Vary", "Accept, Accept-Encoding, Authorization")
	header.Set("Gateway-Cursor", p.follow.encode())
	header.Set("Gateway-Next-Page", p.next)
	header.Set("Gateway-Held", strconv.Itoa(p.fresh.held))
	if p.next != "" {
		q := p.selection.query()
		q.Set("page", p.next)
		if p.limit != DefaultLimit {
			q.Set("limit", strconv.Itoa(p.limit))
		}
		header.Add("Link", "</v1/feeds/"+string(p.selection.feed)+"/snapshot?"+q.Encode()+`>; rel="next"`)
	}
	out := h.outlet(w, false)
	out.close(h.appendSnapshot(out, p, media))
	h.metrics.served(p.selection.feed, "snapshot", len(p.entries))
	return nil
}

func (h *feedHandlers) appendSnapshot(to *outlet, p *snapshotPage, media string) []byte {
	b := to.room()
	sep, out := byte('\n'), h.format.events(len(p.upTo))
	if media == mediaPage {
		sep = ','
		b = append(b, `{"events":[`...)
	}
	for i := range p.entries {
		if i > 0 {
			b = append(b, sep)
		}
		b = to.pass(out.append(b, &p.entries[i], p.entries[i].Prev))
	}
	if media == mediaLines {
		if len(p.entries) > 0 {
			b = append(b, '\n')
		}
		return b
	}
	b = append(b, `],"page":"`...)
	b = append(b, p.next...)
	b = append(b, `","cursor":"`...)
	b = p.follow.append(b)
	b = append(b, `","sequence":"`...)
	b = appendSeq(b, p.upTo.Sum())
	b = append(b, `",`...)
	b = append(b, p.fresh.json...)
	return append(b, "}\n"...)
}
