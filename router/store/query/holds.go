package query

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
)

// Holds finds what is in quarantine of one entity, for those who decide about it.
type Holds struct {
	db  *sql.DB
	ctx context.Context
}

// Problem reads why an entity's Raw is held.
func (h *Holds) Problem(entity uint32) (*problem.Problem, error) {
	var text string
	err := h.db.QueryRowContext(h.ctx, "SELECT problem FROM held WHERE entity = ? AND state = 0", entity).Scan(&text)
	if err != nil {
		return nil, fmt.Errorf("store: reading the quarantine: %w", err)
	}
	var p problem.Problem
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return nil, fmt.Errorf("store: reading the quarantine: %w", err)
	}
	return &p, nil
}

// Raw finds where the open held Raw of an entity lies.
func (h *Holds) Raw(entity uint32, digest [sha256.Size]byte) (chunk.RawAt, bool, error) {
	var ref chunk.RawAt
	err := h.db.QueryRowContext(h.ctx, "SELECT block, row FROM held WHERE entity = ? AND state = 0 AND digest = ?", entity, digest[:]).
		Scan(&ref.Block, &ref.Row)
	if errors.Is(err, sql.ErrNoRows) {
		return ref, false, nil
	}
	if err != nil {
		return ref, false, fmt.Errorf("store: reading the quarantine: %w", err)
	}
	return ref, true, nil
}

// Open reads the open hold of an entity, and where its Raw lies here; nil
// when there is none.
func (h *Holds) Open(entity uint32) (*journal.Hold, chunk.RawAt, error) {
	var o journal.Hold
	var digest []byte
	var found string
	var first, last int64
	var ref chunk.RawAt
	err := h.db.QueryRowContext(h.ctx, `SELECT id, digest, problem, mapping, first, last, times, block, row
FROM held WHERE entity = ? AND state = 0`, entity).
		Scan(&o.ID, &digest, &found, &o.Mapping, &first, &last, &o.Times, &ref.Block, &ref.Row)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ref, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(found), &o.Problem)
	}
	if err != nil {
		return nil, ref, fmt.Errorf("reading the quarantine: %w", err)
	}
	o.Digest = digest
	o.First, o.Last = milliTime(first), milliTime(last)
	return &o, ref, nil
}

// Taken reports whether a hold has this number.
func (h *Holds) Taken(id int64) (taken bool, err error) {
	err = h.db.QueryRowContext(h.ctx, "SELECT count(*) FROM held WHERE id = ?", id).Scan(&taken)
	return taken, err
}

// Key is the key of an entity.
func (h *Holds) Key(entity uint32) (key string, err error) {
	err = h.db.QueryRowContext(h.ctx, "SELECT key FROM entity WHERE id = ?", entity).Scan(&key)
	return key, err
}
