package feed

import (
	"encoding/hex"
	"errors"
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
func (a *API) snapshot(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
	media, f := negotiate(r, mediaPage, mediaLines)
	if f != nil {
		return f
	}
	v, f := a.viewOf(r, p)
	limit, token := p.number("limit", DefaultLimit, 1, MaxLimit), p.text("page")
	if f == nil {
		f = p.bad
	}
	if f != nil {
		return f
	}
	at, f := a.snapshotAt(r, v, token)
	if f != nil {
		return f
	}
	if f := a.level(r, v, at.upTo); f != nil {
		return f
	}
	got, err := a.opts.View.Snapshot(r.Context(), v.feed, v.filter, at.pos, at.upTo, limit)
	if err != nil {
		return a.broken(r, "snapshot", err)
	}
	state, f := a.stateOf(r, v)
	if f != nil {
		return f
	}
	return a.writeSnapshot(w, v, at, got, state, media, limit)
}

func (a *API) snapshotAt(r *http.Request, v view, token string) (cursor, *answer.Problem) {
	if token != "" {
		return v.open("page", token, useSnapshot)
	}
	at := v.start(useSnapshot)
	var f *answer.Problem
	at.upTo, f = a.head(r, v)
	return at, f
}

// catchUp is how long a reader that comes from another node waits for this
// one to have what that one had.
const catchUp = 10 * time.Second

// level waits until this node has everything up to a position that another
// node may have given: a snapshot read before would miss what lies between.
func (a *API) level(r *http.Request, v view, upTo journal.Position) *answer.Problem {
	if !a.opts.Shared {
		return nil
	}
	limit := time.NewTimer(catchUp)
	defer limit.Stop()
	for {
		changed := a.opts.View.Changed(v.feed)
		has, f := a.head(r, v)
		if f != nil || has.Covers(upTo) {
			return f
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return a.broken(r, "catching up", r.Context().Err())
		case <-limit.C:
			f := answer.New(http.StatusServiceUnavailable, &problem.Problem{Code: "GW-F034",
				Value: strconv.FormatUint(has.Sum(), 10), Want: strconv.FormatUint(upTo.Sum(), 10)})
			f.Retry = 2 * time.Second
			return f
		}
	}
}

func (a *API) head(r *http.Request, v view) (journal.Position, *answer.Problem) {
	infos, err := a.opts.View.Feeds(r.Context())
	if err != nil {
		return nil, a.broken(r, "feeds", err)
	}
	for _, info := range infos {
		if info.Feed == v.feed {
			return info.Head, nil
		}
	}
	return nil, nil
}

func (a *API) writeSnapshot(w http.ResponseWriter, v view, at cursor, got journal.Snapshot, state feedState, media string, limit int) *answer.Problem {
	pg := page{view: v, at: at, entries: got.Entries, more: got.Next != nil}
	pg.next.pos = got.Next
	pg.cut(maxPageBytes)
	follow := v.start(useChanges)
	follow.pos, follow.last = at.upTo, at.upTo
	next := ""
	if pg.more {
		n := at
		n.pos = pg.next.pos
		next = n.encode()
	}
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept, Accept-Encoding, Authorization")
	h.Set("Gateway-Cursor", follow.encode())
	h.Set("Gateway-Next-Page", next)
	h.Set("Gateway-Held", strconv.Itoa(state.held))
	if next != "" {
		q := v.query()
		q.Set("page", next)
		if limit != DefaultLimit {
			q.Set("limit", strconv.Itoa(limit))
		}
		h.Add("Link", "</v1/feeds/"+string(v.feed)+"/snapshot?"+q.Encode()+`>; rel="next"`)
	}
	buf := a.pages.Get().(*[]byte)
	b := a.appendSnapshot((*buf)[:0], pg.entries, media, next, follow, at.upTo, state)
	_, _ = w.Write(b) // a reader that left needs no answer
	a.metrics.served(v.feed, "snapshot", len(pg.entries))
	if cap(b) <= 8<<20 {
		*buf = b
		a.pages.Put(buf)
	}
	return nil
}

func (a *API) appendSnapshot(b []byte, entries []journal.Entry, media, next string, follow cursor, upTo journal.Position, state feedState) []byte {
	sep, out := byte('\n'), a.events(len(upTo))
	if media == mediaPage {
		sep = ','
		b = append(b, `{"events":[`...)
	}
	for i := range entries {
		if i > 0 {
			b = append(b, sep)
		}
		b = out.append(b, &entries[i], entries[i].Prev)
	}
	if media == mediaLines {
		if len(entries) > 0 {
			b = append(b, '\n')
		}
		return b
	}
	b = append(b, `],"page":"`...)
	b = append(b, next...)
	b = append(b, `","cursor":"`...)
	b = follow.append(b)
	b = append(b, `","sequence":"`...)
	b = appendSeq(b, upTo.Sum())
	b = append(b, `",`...)
	b = append(b, state.json...)
	return append(b, "}\n"...)
}

type bucketJSON struct {
	Bucket int    `json:"bucket"`
	Count  int    `json:"count"`
	Sum    string `json:"sum"`
}

// digest answers GET /v1/feeds/{feed}/digest: 256 order-free checksums (the
// definition is in router.Bucket and in /docs), with which a reader proves
// that it has everything. Empty buckets are left out.
func (a *API) digest(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	v, f := a.viewOf(r, &params{})
	if f != nil {
		return f
	}
	d, err := a.opts.View.Digest(r.Context(), v.feed)
	if err != nil {
		return a.broken(r, "digest", err)
	}
	c := v.start(useChanges)
	c.pos, c.last = d.At, d.At
	buckets := make([]bucketJSON, 0, len(d.Buckets))
	total := 0
	for i, b := range d.Buckets {
		total += b.Count
		if b.Count > 0 {
			buckets = append(buckets, bucketJSON{i, b.Count, hex.EncodeToString(b.Sum[:])})
		}
	}
	return writeJSON(w, r, map[string]any{"feed": v.feed, "cursor": c.encode(), "sequence": seqText(d.At.Sum()),
		"count": total, "buckets": buckets})
}

// digestBucket answers GET /v1/feeds/{feed}/digest/{bucket}: what a reader
// compares where a checksum differs.
func (a *API) digestBucket(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	v, f := a.viewOf(r, &params{})
	if f != nil {
		return f
	}
	n, err := strconv.Atoi(r.PathValue("bucket"))
	if err != nil || n < 0 || n > 255 {
		return answer.New(400, &problem.Problem{Code: "GW-F019", Field: "bucket", Value: problem.Short(r.PathValue("bucket")), Want: "0–255"})
	}
	at, rows, err := a.opts.View.DigestBucket(r.Context(), v.feed, n)
	if errors.Is(err, journal.ErrNotFound) {
		at, rows, err = nil, nil, nil
	}
	if err != nil {
		return a.broken(r, "digest bucket", err)
	}
	type idVersion struct {
		ID      string `json:"id"`
		Version string `json:"version"`
	}
	records := make([]idVersion, 0, len(rows))
	for _, row := range rows {
		records = append(records, idVersion(row))
	}
	c := v.start(useChanges)
	c.pos, c.last = at, at
	return writeJSON(w, r, map[string]any{"feed": v.feed, "bucket": n, "cursor": c.encode(),
		"sequence": seqText(at.Sum()), "records": records})
}

func seqText(seq uint64) string { return string(appendSeq(nil, seq)) }
