package query

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/track"
)

const heldMax = 1000 // a page

const heldColumns = "h.id, s.name, h.key, h.kind, h.problem, h.mapping, h.first, h.last, h.times, h.block, h.row, h.state, coalesce(h.closed, 0)"

// heldDropped is the state of what a person dropped.
const heldDropped = 2

type heldRow struct {
	journal.HeldRaw
	ref chunk.RawAt
}

// HeldReader reads the quarantine.
type HeldReader struct{ c *Committed }

// Held makes the reader of the quarantine.
func Held(c *Committed) HeldReader { return HeldReader{c} }

// heldWhere makes the condition of a query.
func heldWhere(q *journal.HeldQuery) (string, []any) {
	where, args := []string{"h.state = 0", "h.id > ?"}, []any{q.After}
	if q.Dropped {
		where[0] = "h.state = " + strconv.Itoa(heldDropped)
	}
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

func (r HeldReader) rows(ctx context.Context, where string, args []any, limit int) ([]heldRow, error) {
	if limit <= 0 || limit > heldMax {
		limit = heldMax
	}
	rows, err := r.c.DB.QueryContext(ctx, "SELECT "+heldColumns+" FROM held h JOIN stream s ON s.id = h.stream WHERE "+where+
		" ORDER BY h.id LIMIT "+strconv.Itoa(limit), args...)
	if err != nil {
		return nil, fmt.Errorf("store: reading the quarantine: %w", err)
	}
	defer rows.Close()
	var found []heldRow
	for rows.Next() {
		var r heldRow
		var text string
		var first, last, state, closed int64
		err := rows.Scan(&r.ID, &r.Stream, &r.Key, &r.Kind, &text, &r.Mapping, &first, &last, &r.Times, &r.ref.Block, &r.ref.Row,
			&state, &closed)
		if err != nil {
			return nil, fmt.Errorf("store: reading the quarantine: %w", err)
		}
		if err := json.Unmarshal([]byte(text), &r.Problem); err != nil {
			return nil, fmt.Errorf("store: reading the quarantine: %w", err)
		}
		r.FirstSeen, r.LastSeen = milliTime(first), milliTime(last)
		if state == heldDropped {
			r.Dropped = &journal.Dropped{At: milliTime(closed)}
		}
		found = append(found, r)
	}
	return found, rows.Err()
}

// Held lists held Raws without their payloads, oldest first, at most 1000 a
// page. They stay listed until they publish, are dropped or are replaced.
// Nothing of it is hidden: Invariant 10.
func (r HeldReader) Held(ctx context.Context, q journal.HeldQuery) ([]journal.HeldRaw, error) {
	where, args := heldWhere(&q)
	rows, err := r.rows(ctx, where, args, q.Limit)
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
func (r HeldReader) HeldRaws(ctx context.Context, q journal.HeldQuery) ([]journal.HeldRaw, error) {
	where, args := heldWhere(&q)
	rows, err := r.rows(ctx, where, args, q.Limit)
	if err != nil {
		return nil, err
	}
	found := make([]journal.HeldRaw, len(rows))
	for i := range rows {
		if rows[i].Raw, err = r.c.Entries.Raw(ctx, rows[i].ref); err != nil {
			return nil, err
		}
		found[i] = rows[i].HeldRaw
	}
	return found, nil
}

// HeldKeys lists the keys that a stream has in quarantine, within a scope. What is
// held has no time that was understood: in a scope that is bounded in time is none.
func (r HeldReader) HeldKeys(ctx context.Context, stream string, scope adapters.Scope) ([]string, error) {
	st := r.c.Names.Stream(stream)
	if st == nil || !scope.From.IsZero() || !scope.To.IsZero() || st.AllHeld() == 0 {
		return nil, nil
	}
	return keysOf(ctx, r.c.DB, scope.KeyPrefix, "SELECT key FROM held WHERE stream = ? AND state = 0", st.ID)
}

// HeldByID gives one Raw in quarantine with its payload.
func (r HeldReader) HeldByID(ctx context.Context, id int64) (journal.HeldRaw, error) {
	found, err := r.HeldRaws(ctx, journal.HeldQuery{IDs: []int64{id}})
	if err != nil {
		return journal.HeldRaw{}, err
	}
	if len(found) == 0 {
		return journal.HeldRaw{}, fmt.Errorf("store: held raw %d: %w", id, journal.ErrNotFound)
	}
	return found[0], nil
}

const groupsMax = 500

// HeldGroups gives what one mend would free, the largest group first.
func (r HeldReader) HeldGroups(ctx context.Context) ([]journal.HeldGroup, error) {
	rows, err := r.c.DB.QueryContext(ctx, `SELECT s.name, h.code, h.field, h.path, count(*), min(h.first), max(h.last), min(h.problem)
FROM held h JOIN stream s ON s.id = h.stream WHERE h.state = 0 GROUP BY h.stream, h.code, h.field, h.path
ORDER BY count(*) DESC, s.name, h.code LIMIT ?`, groupsMax)
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
	return groups, r.topValues(ctx, groups)
}

// topValues adds the values met most often to each group.
func (r HeldReader) topValues(ctx context.Context, groups []journal.HeldGroup) error {
	rows, err := r.c.DB.QueryContext(ctx, `SELECT s.name, h.code, h.field, h.path, h.value, count(*)
FROM held h JOIN stream s ON s.id = h.stream WHERE h.state = 0 GROUP BY h.stream, h.code, h.field, h.path, h.value
ORDER BY count(*) DESC, h.value`)
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

// HeldSince is when the oldest Raw a stream holds now was first seen; zero
// when it holds none.
func (r HeldReader) HeldSince(ctx context.Context, stream string) (time.Time, error) {
	st := r.c.Names.Stream(stream)
	if st == nil {
		return time.Time{}, nil
	}
	var first sql.NullInt64
	err := r.c.DB.QueryRowContext(ctx, "SELECT min(first) FROM held WHERE state = 0 AND stream = ?", st.ID).Scan(&first)
	if err != nil || !first.Valid {
		return time.Time{}, err
	}
	return milliTime(first.Int64), nil
}

// Dropped gives the verdicts that take held Raws out of quarantine. What is
// not held any more is passed over.
func (r HeldReader) Dropped(ctx context.Context, ids []int64) ([]journal.Verdict, error) {
	if err := r.c.Index.Wait(ctx); err != nil {
		return nil, fmt.Errorf("store: the index: %w", err)
	}
	var all []journal.Verdict
	for _, id := range ids {
		var entity uint32
		v := journal.Verdict{Dropped: true}
		err := r.c.DB.QueryRowContext(ctx, `SELECT h.entity, n.name, h.key, h.kind
FROM held h JOIN stream n ON n.id = h.stream WHERE h.id = ? AND h.state = 0`, id).
			Scan(&entity, &v.Stream, &v.Key, &v.Kind)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("store: reading the quarantine: %w", err)
		}
		sl := r.c.Index.Slot(entity)
		source, _, _ := strings.Cut(v.Stream, "/")
		v.Part = track.PartOf(track.BucketOf(canonical.ID(v.Kind, source, v.Key)), r.c.Parts)
		if sl.Known() {
			v.Part = track.PartOf(sl.Bucket, r.c.Parts)
			v.Seen = journal.Seen{Digest: uint64(sl.Raw), Mapping: r.c.Names.Revision(sl.Rev), At: sl.At, After: sl.Seq}
		} else if st := r.c.Names.Stream(v.Stream); st != nil {
			v.Owner = r.c.OwnerOf(st, v.Kind, v.Key)
		}
		all = append(all, v)
	}
	return all, nil
}
