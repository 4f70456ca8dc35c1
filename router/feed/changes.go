package feed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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
	zipSuffix  = "-gzip"
)

// page is one page of changes on its way out.
type page struct {
	view     view
	at       cursor // where the reader stood
	next     cursor
	entries  []journal.Entry
	head     journal.Position
	more     bool
	state    feedState
	limit    int
	filtered bool
	base     uint64 // sequences of a Log that was taken over end here
}

// viewOf reads feed and filter of a request.
func (a *API) viewOf(r *http.Request, p *params) (view, *answer.Problem) {
	v, f := a.feedOf(r)
	if f != nil {
		return v, f
	}
	v.filter = p.filter(v.feed)
	if p.bad != nil {
		return v, p.bad
	}
	epoch, err := a.opts.View.Epoch(r.Context())
	if err != nil {
		return v, a.broken(r, "epoch", err)
	}
	v.epoch = epoch
	return v, nil
}

func (a *API) feedOf(r *http.Request) (view, *answer.Problem) {
	name := canonical.Feed(r.PathValue("feed"))
	if len(name.Kinds()) == 0 {
		var all []string
		for _, f := range canonical.Feeds() {
			all = append(all, string(f))
		}
		return view{}, answer.New(404, &problem.Problem{Code: "GW-F011", Value: problem.Short(string(name)), Want: strings.Join(all, ", ")})
	}
	return view{feed: name}, nil
}

// changes answers GET /v1/feeds/{feed}/changes.
func (a *API) changes(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
	media, f := negotiate(r, mediaPage, mediaLines, mediaBatch)
	if f != nil {
		return f
	}
	v, f := a.viewOf(r, p)
	limit, wait := p.number("limit", DefaultLimit, 1, MaxLimit), p.seconds("wait", MaxWait)
	after := p.text("after")
	if f == nil {
		f = p.bad
	}
	if f != nil {
		return f
	}
	at := v.start(useChanges)
	if after != "" {
		if at, f = a.open(r, v, "after", after); f != nil {
			return f
		}
	}
	if wait > 0 {
		// A server's write deadline must not cut the wait; where there is none to
		// set, there is none to cut it.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(wait + sseDeadline))
	}
	pg, f := a.waitPage(r, v, at, limit, wait)
	if f != nil {
		return f
	}
	if pg.state, f = a.stateOf(r, v); f != nil {
		return f
	}
	return a.writePage(w, r, pg, media)
}

// waitPage reads a page; at the tip it waits for one, but no longer than asked.
func (a *API) waitPage(r *http.Request, v view, at cursor, limit int, wait time.Duration) (page, *answer.Problem) {
	ctx := r.Context()
	if wait > 0 {
		if !a.waiting.enter() {
			return page{}, busy(a.waiting.limit)
		}
		defer a.waiting.leave()
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, wait)
		defer stop()
	}
	for {
		// Taken before reading, so that nothing published in between is slept through.
		changed := a.opts.View.Changed(v.feed)
		pg, f := a.readPage(r, v, at, limit)
		if f != nil || wait <= 0 || len(pg.entries) > 0 || pg.more {
			return pg, f
		}
		select {
		case <-changed:
			at = pg.next // rows the filter passed over need not be read again
		case <-ctx.Done():
			return pg, nil
		case <-a.closing:
			return pg, nil
		}
	}
}

func busy(limit int64) *answer.Problem {
	f := answer.New(http.StatusTooManyRequests, &problem.Problem{Code: "GW-F023", Want: strconv.FormatInt(limit, 10)})
	f.Retry = 5 * time.Second
	return f
}

// readPage reads what follows a cursor.
func (a *API) readPage(r *http.Request, v view, at cursor, limit int) (page, *answer.Problem) {
	got, err := a.opts.View.Changes(r.Context(), v.feed, v.filter, at.pos, limit)
	if err != nil {
		if errors.Is(err, journal.ErrExpired) {
			return page{}, a.expired(r, v, at)
		}
		return page{}, a.broken(r, "changes", err)
	}
	if !got.Head.Covers(at.pos) && !a.opts.Shared {
		return page{}, v.resync(409, &problem.Problem{Code: "GW-F005",
			Value: strconv.FormatUint(at.pos.Sum(), 10), Want: strconv.FormatUint(got.Head.Sum(), 10)})
	}
	at.pos = got.From
	pg := page{view: v, at: at, next: at, entries: got.Entries, head: got.Head, more: got.More, limit: limit,
		filtered: v.filter != journal.Filter{}, base: a.opts.Base}
	pg.next.pos, pg.next.last = got.Next, at.last
	pg.cut(maxPageBytes)
	if len(pg.entries) > 0 {
		pg.next.last = behind(at.last, pg.entries)
	}
	return pg, nil
}

// cut keeps a page's bodies below a size; the reader comes again for the rest.
func (p *page) cut(limit int) {
	size := 0
	for i := range p.entries {
		size += len(p.entries[i].Body)
		if size > limit && i > 0 {
			p.entries, p.more = p.entries[:i], true
			p.next.pos = behind(p.at.pos, p.entries)
			return
		}
	}
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

func (a *API) oldest(r *http.Request, v view) (uint64, *answer.Problem) {
	infos, err := a.opts.View.Feeds(r.Context())
	if err != nil {
		return 0, a.broken(r, "feeds", err)
	}
	for _, info := range infos {
		if info.Feed == v.feed {
			return info.Oldest.Sum(), nil
		}
	}
	return 0, nil
}

func (a *API) expired(r *http.Request, v view, at cursor) *answer.Problem {
	oldest, f := a.oldest(r, v)
	if f != nil {
		return f
	}
	return v.resync(http.StatusGone, &problem.Problem{Code: "GW-F010",
		Value: strconv.FormatUint(at.pos.Sum(), 10), Want: strconv.FormatUint(oldest, 10)})
}

// previous is the sequence before an entry in its partition of this view
// (invariant 3): of the whole feed the Log's own word, so that a hole in it
// shows; in a filtered view the one told before. What was told before also
// counts where the Log names an older one: it may have been thinned out here
// and not where the reader was before.
func (p *page) previous(i int, last journal.Position) uint64 {
	told := last.At(p.entries[i].Part)
	if p.filtered || told > 0 && told <= p.base {
		return told // of the Log that was taken over, when it is below the base
	}
	return max(p.entries[i].Prev, told)
}

// base64 and JSON text of a page's edges, for the tag and the links.
func (p *page) url(c cursor) string {
	q := p.view.query()
	q.Set("after", c.encode())
	if p.limit != DefaultLimit {
		q.Set("limit", strconv.Itoa(p.limit))
	}
	return "/v1/feeds/" + string(p.view.feed) + "/changes?" + q.Encode()
}

func (v view) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"source": v.filter.Source, "stream": v.filter.Stream,
		"kind": v.filter.Kind, "area": v.filter.Area, "agency": v.filter.Agency} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

func (v view) snapshotURL() string {
	u := "/v1/feeds/" + string(v.feed) + "/snapshot"
	if q := v.query().Encode(); q != "" {
		u += "?" + q
	}
	return u
}

// writePage answers with a page in the form asked for. A tag is made of what
// determines the bytes (entries are never rewritten: invariant 3), so that a
// 304 needs none of them.
func (a *API) writePage(w http.ResponseWriter, r *http.Request, p page, media string) *answer.Problem {
	closed := p.more
	h := w.Header()
	if media == mediaPage {
		closed = false // it tells freshness, which moves
	}
	h.Set("Content-Type", media)
	h.Set("Vary", "Accept, Accept-Encoding, Authorization")
	h.Set("Cache-Control", "private, no-cache")
	if closed {
		h.Set("Cache-Control", "private, max-age=31536000, immutable")
	}
	h.Add("Link", "<"+p.url(p.next)+`>; rel="next"`)
	h.Add("Link", "<"+p.url(p.at)+`>; rel="self"`)
	h.Add("Link", `</openapi.json>; rel="service-desc"`)
	p.tell(h)
	tag := p.tag(media)
	h.Set("ETag", tag)
	if matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	buf := a.pages.Get().(*[]byte)
	b := a.appendPage((*buf)[:0], &p, media)
	if r.Method == http.MethodHead {
		h.Set("Content-Length", strconv.Itoa(len(b)))
	}
	_, _ = w.Write(b) // a reader that left needs no answer
	a.metrics.served(p.view.feed, "changes", len(p.entries))
	if cap(b) <= 8<<20 {
		*buf = b
		a.pages.Put(buf)
	}
	return nil
}

// tell says in headers what the page object says in its members, for the
// forms that have no room for it (invariant 10).
func (p *page) tell(h http.Header) {
	h.Set("Gateway-Next", p.next.encode())
	h.Set("Gateway-Head", strconv.FormatUint(p.head.Sum(), 10))
	h.Set("Gateway-More", strconv.FormatBool(p.more))
	h.Set("Gateway-Held", strconv.Itoa(p.state.held))
	if !p.state.fresh.IsZero() {
		h.Set("Gateway-Fresh-Through", p.state.fresh.Format(time.RFC3339))
	}
}

func (a *API) appendPage(b []byte, p *page, media string) []byte {
	last, sep, out := p.at.last.Clone(), byte(','), a.events(len(p.head))
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
		b = out.append(b, &p.entries[i], p.previous(i, last))
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
	b = append(b, p.state.json...)
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
		b = append(b, p.state.json...)
	}
	sum := sha256.Sum256(b)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// matches reports whether an If-None-Match names the tag, compressed or not.
func matches(header, tag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		one = strings.TrimPrefix(strings.TrimSpace(one), "W/")
		if one == "*" || one == tag || one == strings.TrimSuffix(tag, `"`)+zipSuffix+`"` {
			return one != ""
		}
	}
	return false
}
