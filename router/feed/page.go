package feed

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"iocgateway/canonical/problem/answer"
	"iocgateway/router/journal"
)

// page is one page of changes on its way out.
type page struct {
	selection selection
	at        cursor // where the reader stood
	next      cursor
	entries   []journal.Entry
	head      journal.Position
	more      bool
	fresh     freshness
	limit     int
	filtered  bool
	base      uint64 // sequences of a Log that was taken over end here
}

// kept is what a position stands on, as the Log knows it, and where it does
// not and the position did not move, as it was known before.
func kept(now journal.Footing, pos journal.Position, before journal.Footing, was journal.Position) journal.Footing {
	f := slices.Clone(now)
	for part := range f {
		if f[part] == 0 && pos.At(part) == was.At(part) {
			f[part] = before.At(part)
		}
	}
	return f
}

// behindOn is what a position behind some entries stands on.
func behindOn(before journal.Footing, entries []journal.Entry) journal.Footing {
	f := slices.Clone(before)
	for i := range entries {
		for len(f) <= entries[i].Part {
			f = append(f, 0)
		}
		if i+1 == len(entries) || entries[i+1].Part != entries[i].Part { // the last of a run is enough
			f[entries[i].Part] = journal.Foot(&entries[i])
		}
	}
	return f
}

// behind is the position after some entries that follow another.
func behind(at journal.Position, entries []journal.Entry) journal.Position {
	next := at.Clone()
	for i := range entries {
		next = reach(next, &entries[i])
	}
	return next
}

// reach moves a position over an entry, in place where it can.
func reach(at journal.Position, e *journal.Entry) journal.Position {
	for len(at) <= e.Part {
		at = append(at, 0)
	}
	at[e.Part] = e.Seq
	return at
}

// previous is the sequence before an entry in its partition of the selection
// (invariant 3): of the whole feed the Log's own, so that a hole in it shows;
// with a row filter the one sent before. What was sent before also counts
// where the Log names an older one: it may have been thinned out here and not
// where the reader was before.
func (p *page) previous(i int, last journal.Position) uint64 {
	sent := last.At(p.entries[i].Part)
	if p.filtered || sent > 0 && sent <= p.base {
		return sent // of the Log that was taken over, when it is below the base
	}
	return max(p.entries[i].Prev, sent)
}

// url is where the page of changes after a cursor is.
func (p *page) url(c cursor) string {
	q := p.selection.query()
	q.Set("after", c.encode())
	if p.limit != DefaultLimit {
		q.Set("limit", strconv.Itoa(p.limit))
	}
	return "/v1/feeds/" + string(p.selection.feed) + "/changes?" + q.Encode()
}

// writePage answers with a page in the form asked for. A tag is made of what
// determines the bytes (entries are never rewritten: invariant 3), so that a
// 304 needs none of them.
func (h *feedHandlers) writePage(w http.ResponseWriter, r *http.Request, p page, media string) *answer.Problem {
	closed := p.more
	header := w.Header()
	if media == mediaPage {
		closed = false // it shows freshness, which moves
	}
	header.Set("Content-Type", media)
	header.Set("Vary", "Accept, Accept-Encoding, Authorization")
	header.Set("Cache-Control", "private, no-cache")
	if closed {
		header.Set("Cache-Control", "private, max-age=31536000, immutable")
	}
	header.Add("Link", "<"+p.url(p.next)+`>; rel="next"`)
	header.Add("Link", "<"+p.url(p.at)+`>; rel="self"`)
	header.Add("Link", `</openapi.json>; rel="service-desc"`)
	p.setHeaders(header)
	tag := p.tag(media)
	header.Set("ETag", tag)
	if matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	out := h.outlet(w, r.Method == http.MethodHead)
	n := out.close(h.appendPage(out, &p, media))
	if out.counting {
		header.Set("Content-Length", strconv.Itoa(n))
	}
	h.metrics.served(p.selection.feed, "changes", len(p.entries))
	return nil
}

// outlet writes a page in pieces, so that of a long one only its entries are
// in memory. Who adds to a piece has its bytes from room or pass.
type outlet struct {
	pool     *sync.Pool
	to       io.Writer
	piece    *[]byte
	counting bool // write nothing: how long the page is is all that is asked for
	n        int
}

const outletPiece = 256 << 10

func (h *feedHandlers) outlet(to io.Writer, counting bool) *outlet {
	return &outlet{pool: &h.pages, to: to, piece: h.pages.Get().(*[]byte), counting: counting}
}

func (o *outlet) room() []byte { return (*o.piece)[:0] }

// pass writes what has been added once it is long enough, and gives room for more.
func (o *outlet) pass(b []byte) []byte {
	if len(b) < outletPiece {
		return b
	}
	o.n += len(b)
	if !o.counting {
		_, _ = o.to.Write(b) // a reader that left needs no answer
	}
	return b[:0]
}

// close writes what is left, and gives how long the page was, in bytes.
func (o *outlet) close(b []byte) int {
	o.n += len(b)
	if !o.counting {
		_, _ = o.to.Write(b)
	}
	if cap(b) <= 2<<20 {
		*o.piece = b
		o.pool.Put(o.piece)
	}
	return o.n
}

// setHeaders gives in headers what the page object has as members, for the
// forms that have no room for it (invariant 10).
func (p *page) setHeaders(h http.Header) {
	h.Set("Gateway-Next", p.next.encode())
	h.Set("Gateway-Head", strconv.FormatUint(p.head.Sum(), 10))
	h.Set("Gateway-More", strconv.FormatBool(p.more))
	h.Set("Gateway-Held", strconv.Itoa(p.fresh.held))
	if !p.fresh.through.IsZero() {
		h.Set("Gateway-Fresh-Through", p.fresh.through.Format(time.RFC3339))
	}
}

func (h *feedHandlers) appendPage(to *outlet, p *page, media string) []byte {
	b := to.room()
	last, sep, out := p.at.last.Clone(), byte(','), h.format.events(len(p.head))
	if media == mediaLines {
		sep = '\n'
	}
	switch media {
	case mediaPage:
		b = append(b, `{"events":[`...)
	case mediaBatch:
		b = append(b, '[')
	}
	for i := range p.entries {
		if i > 0 {
			b = append(b, sep)
		}
		b = to.pass(out.append(b, &p.entries[i], p.previous(i, last)))
		last = reach(last, &p.entries[i])
	}
	switch media {
	case mediaBatch:
		return append(b, "]\n"...)
	case mediaLines:
		if len(p.entries) > 0 {
			b = append(b, '\n')
		}
		return b
	}
	b = append(b, `],"next":"`...)
	b = p.next.append(b)
	b = append(b, `","head":`...)
	b = strconv.AppendUint(b, p.head.Sum(), 10)
	b = append(b, `,"more":`...)
	b = strconv.AppendBool(b, p.more)
	b = append(b, ',')
	b = append(b, p.fresh.json...)
	return append(b, "}\n"...)
}

// tag is a strong validator of the page in this form.
func (p *page) tag(media string) string {
	b := make([]byte, 0, 512)
	b = append(b, media...)
	b = append(b, ' ')
	b = p.at.append(b)
	b = append(b, ' ')
	b = p.next.append(b)
	b = strconv.AppendInt(append(b, ' '), int64(len(p.entries)), 10)
	if media == mediaPage {
		b = strconv.AppendUint(append(b, ' '), p.head.Sum(), 10)
		b = strconv.AppendBool(append(b, ' '), p.more)
		b = append(b, p.fresh.json...)
	}
	sum := sha256.Sum256(b)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}
