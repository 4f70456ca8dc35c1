package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
)

// The states of a held Raw.
const (
	heldOpen     = 0
	heldResolved = 1 // it published, or ended otherwise
	heldDropped  = 2 // by a person, said in the audit
	heldReplaced = 3 // a newer Raw of the same key was held
)

const heldMax = 1000

const heldColumns = "h.id, s.name, h.key, h.kind, h.problem, h.mapping, h.first, h.last, h.times, h.block, h.row"

type heldRow struct {
	journal.HeldRaw
	ref chunk.RawRef
}

// heldWhere makes the condition of a query.
func heldWhere(q *journal.HeldQuery) (string, []any) {
	where, args := []string{"h.state = 0", "h.id > ?"}, []any{q.After}
	if q.Stream != "" {
		where, args = append(where, "s.name = ?"), append(args, q.Stream)
	}
	if q.Code != "" {
		where, args = append(where, "h.code = ?"), append(args, q.Code)
	}
	if q.Key != "" {
		where, args = append(where, "h.key = ?"), append(args, q.Key)
	}
	if len(q.IDs) > 0 {
		ids := make([]string, 0, len(q.IDs))
		for _, id := range q.IDs {
			ids = append(ids, strconv.FormatInt(id, 10))
		}
		where = append(where, "h.id IN ("+strings.Join(ids, ",")+")")
	}
	return strings.Join(where, " AND "), args
}

func (s *Store) heldRows(ctx context.Context, where string, args []any, limit int) ([]heldRow, error) {
	if limit <= 0 || limit > heldMax {
		limit = heldMax
	}
	rows, err := s.read.QueryContext(ctx, "SELECT "+heldColumns+" FROM held h JOIN stream s ON s.id = h.stream WHERE "+where+
		" ORDER BY h.id LIMIT "+strconv.Itoa(limit), args...)
	if err != nil {
		return nil, fmt.Errorf("store: reading the quarantine: %w", err)
	}
	defer rows.Close()
	var found []heldRow
	for rows.Next() {
		var r heldRow
		var text string
		var first, last int64
		if err := rows.Scan(&r.ID, &r.Stream, &r.Key, &r.Kind, &text, &r.Mapping, &first, &last, &r.Times, &r.ref.Block, &r.ref.Row); err != nil {
			return nil, fmt.Errorf("store: reading the quarantine: %w", err)
		}
		if err := json.Unmarshal([]byte(text), &r.Problem); err != nil {
			return nil, fmt.Errorf("store: reading the quarantine: %w", err)
		}
		r.FirstSeen, r.LastSeen = milliTime(first), milliTime(last)
		found = append(found, r)
	}
	return found, rows.Err()
}

// Held lists held Raws without their payloads, oldest first, at most 1000 a
// page. They stay listed until they publish, are dropped or are replaced.
// Nothing of it is hidden: Invariant 10.
func (s *Store) Held(ctx context.Context, q journal.HeldQuery) ([]journal.HeldRaw, error) {
	where, args := heldWhere(&q)
	rows, err := s.heldRows(ctx, where, args, q.Limit)
	if err != nil {
		return nil, err
	}
	found := make([]journal.HeldRaw, len(rows))
	for i := range rows {
		found[i] = rows[i].HeldRaw
	}
	return found, nil
}

// HeldRaws is Held with the Raws themselves, to be mapped again.
func (s *Store) HeldRaws(ctx context.Context, q journal.HeldQuery) ([]journal.HeldRaw, error) {
	where, args := heldWhere(&q)
	rows, err := s.heldRows(ctx, where, args, q.Limit)
	if err != nil {
		return nil, err
	}
	found := make([]journal.HeldRaw, len(rows))
	for i := range rows {
		if rows[i].Raw, err = s.rawAt(ctx, rows[i].ref); err != nil {
			return nil, err
		}
		found[i] = rows[i].HeldRaw
	}
	return found, nil
}

// HeldByID gives one Raw in quarantine with its payload.
func (s *Store) HeldByID(ctx context.Context, id int64) (journal.HeldRaw, error) {
	found, err := s.HeldRaws(ctx, journal.HeldQuery{IDs: []int64{id}})
	if err != nil {
		return journal.HeldRaw{}, err
	}
	if len(found) == 0 {
		return journal.HeldRaw{}, fmt.Errorf("store: held raw %d: %w", id, journal.ErrNotFound)
	}
	return found[0], nil
}

const groupsMax = 500

// HeldGroups tells what one mend would free, the largest group first.
func (s *Store) HeldGroups(ctx context.Context) ([]journal.HeldGroup, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT s.name, h.code, h.field, h.path, count(*), min(h.first), max(h.last), min(h.problem)
FROM held h JOIN stream s ON s.id = h.stream WHERE h.state = 0 GROUP BY h.stream, h.code, h.field, h.path ORDER BY count(*) DESC, s.name, h.code LIMIT ?`, groupsMax)
	if err != nil {
		return nil, fmt.Errorf("store: grouping the quarantine: %w", err)
	}
	defer rows.Close()
	var groups []journal.HeldGroup
	for rows.Next() {
		var g journal.HeldGroup
		var first, last int64
		var text string
		if err := rows.Scan(&g.Stream, &g.Code, &g.Field, &g.Path, &g.Count, &first, &last, &text); err != nil {
			return nil, fmt.Errorf("store: grouping the quarantine: %w", err)
		}
		if err := json.Unmarshal([]byte(text), &g.Example); err != nil {
			return nil, fmt.Errorf("store: grouping the quarantine: %w", err)
		}
		g.First, g.Last = milliTime(first), milliTime(last)
		groups = append(groups, g)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("store: grouping the quarantine: %w", err)
	}
	return groups, s.topValues(ctx, groups)
}

// topValues adds the values met most often to each group.
func (s *Store) topValues(ctx context.Context, groups []journal.HeldGroup) error {
	rows, err := s.read.QueryContext(ctx, `SELECT s.name, h.code, h.field, h.path, h.value, count(*) FROM held h JOIN stream s ON s.id = h.stream
WHERE h.state = 0 GROUP BY h.stream, h.code, h.field, h.path, h.value ORDER BY count(*) DESC, h.value`)
	if err != nil {
		return fmt.Errorf("store: grouping the quarantine: %w", err)
	}
	defer rows.Close()
	type group struct{ stream, code, field, path string }
	at := map[group]*journal.HeldGroup{}
	for i := range groups {
		g := &groups[i]
		at[group{g.Stream, g.Code, g.Field, g.Path}] = g
	}
	for rows.Next() {
		var k group
		var v journal.ValueCount
		if err := rows.Scan(&k.stream, &k.code, &k.field, &k.path, &v.Value, &v.Count); err != nil {
			return fmt.Errorf("store: grouping the quarantine: %w", err)
		}
		if g := at[k]; g != nil && len(g.Values) < 5 {
			g.Values = append(g.Values, v)
		}
	}
	return rows.Err()
}

// DropHeld takes Raws out of quarantine for a person, who is written into
// the audit with the reason: nothing leaves it silently. It tells how many.
func (s *Store) DropHeld(ctx context.Context, ids []int64, by, reason string) (int, error) {
	if strings.TrimSpace(by) == "" || strings.TrimSpace(reason) == "" {
		return 0, &problem.Problem{Code: "GW-K007"}
	}
	if err := s.index.Wait(ctx); err != nil {
		return 0, err
	}
	n := 0
	err := s.submitted(ctx, "dropping held raws", &job{solo: true, run: func(w *writer) error {
		n = 0
		for _, id := range ids {
			dropped, err := w.drop(id, by, reason)
			if err != nil {
				return err
			}
			n += dropped
		}
		return nil
	}})
	return n, err
}

// heldProblem reads why an entity's Raw is held.
func (s *Store) heldProblem(entity uint32) (*problem.Problem, error) {
	var text string
	err := s.read.QueryRowContext(s.ctx, "SELECT problem FROM held WHERE entity = ? AND state = 0", entity).Scan(&text)
	if err != nil {
		return nil, fmt.Errorf("store: reading the quarantine: %w", err)
	}
	var p problem.Problem
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return nil, fmt.Errorf("store: reading the quarantine: %w", err)
	}
	return &p, nil
}

// heldRaw finds where the open held Raw of an entity lies.
func (s *Store) heldRaw(entity uint32, digest [sha256.Size]byte) (chunk.RawRef, bool, error) {
	var ref chunk.RawRef
	err := s.read.QueryRowContext(s.ctx, "SELECT block, row FROM held WHERE entity = ? AND state = 0 AND digest = ?", entity, digest[:]).
		Scan(&ref.Block, &ref.Row)
	if errors.Is(err, sql.ErrNoRows) {
		return ref, false, nil
	}
	if err != nil {
		return ref, false, fmt.Errorf("store: reading the quarantine: %w", err)
	}
	return ref, true, nil
}

// HeldSince is when the oldest Raw a stream holds now was first seen; zero
// when it holds none.
func (s *Store) HeldSince(ctx context.Context, stream string) (time.Time, error) {
	st := s.streamOf(stream)
	if st == nil {
		return time.Time{}, nil
	}
	var first sql.NullInt64
	err := s.read.QueryRowContext(ctx, "SELECT min(first) FROM held WHERE state = 0 AND stream = ?", st.id).Scan(&first)
	if err != nil || !first.Valid {
		return time.Time{}, err
	}
	return milliTime(first.Int64), nil
}
