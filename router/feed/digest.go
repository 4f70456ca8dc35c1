package feed

import (
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
	"iocgateway/router/journal"
)

type bucketJSON struct {
	Bucket int    `json:"bucket"`
	Count  int    `json:"count"`
	Sum    string `json:"sum"`
}

// digest answers GET /v1/feeds/{feed}/digest: 256 order-free checksums (the
// definition is at journal.Bucket and in /docs), with which a reader proves
// that it has everything. Empty buckets are left out.
func (h *feedHandlers) digest(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	s, f := h.selection(r, &params{})
	if f != nil {
		return f
	}
	d, err := h.view.Digest(r.Context(), s.feed)
	if err != nil {
		return h.broken(r, "digest", err)
	}
	c := s.start(useChanges)
	c.pos, c.last = d.At, d.At
	buckets := make([]bucketJSON, 0, len(d.Buckets))
	total := 0
	for i, b := range d.Buckets {
		total += b.Count
		if b.Count > 0 {
			buckets = append(buckets, bucketJSON{i, b.Count, hex.EncodeToString(b.Sum[:])})
		}
	}
	return writeJSON(w, r, map[string]any{"feed": s.feed, "cursor": c.encode(), "sequence": seqText(d.At.Sum()),
		"count": total, "buckets": buckets})
}

// digestBucket answers GET /v1/feeds/{feed}/digest/{bucket}: what a reader
// compares where a checksum differs.
func (h *feedHandlers) digestBucket(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	s, f := h.selection(r, &params{})
	if f != nil {
		return f
	}
	n, err := strconv.Atoi(r.PathValue("bucket"))
	if err != nil || n < 0 || n > 255 {
		bad := &problem.Problem{Code: "GW-F019", Field: "bucket", Value: problem.Short(r.PathValue("bucket")), Want: "0–255"}
		return answer.New(http.StatusBadRequest, bad)
	}
	at, rows, err := h.view.DigestBucket(r.Context(), s.feed, n)
	if errors.Is(err, journal.ErrNotFound) {
		at, rows, err = nil, nil, nil
	}
	if err != nil {
		return h.broken(r, "digest bucket", err)
	}
	type idVersion struct {
		ID      string `json:"id"`
		Version string `json:"version"`
	}
	records := make([]idVersion, 0, len(rows))
	for _, row := range rows {
		records = append(records, idVersion(row))
	}
	c := s.start(useChanges)
	c.pos, c.last = at, at
	return writeJSON(w, r, map[string]any{"feed": s.feed, "bucket": n, "cursor": c.encode(),
		"sequence": seqText(at.Sum()), "records": records})
}
