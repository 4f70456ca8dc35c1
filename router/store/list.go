package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
	"iocgateway/router/journal"
	"iocgateway/router/store/index"
	"iocgateway/router/store/track"
)

const listMax = 1000

// condition gathers the parts of a WHERE.
type condition struct {
	parts []string
	args  []any
}

func (c *condition) add(part string, args ...any) {
	c.parts = append(c.parts, part)
	c.args = append(c.args, args...)
}

func (c *condition) oneOf(column string, values []string) {
	if len(values) == 0 {
		return
	}
	c.parts = append(c.parts, column+" IN (?"+strings.Repeat(",?", len(values)-1)+")")
	for _, v := range values {
		c.args = append(c.args, v)
	}
}

func (c *condition) between(column string, from, to time.Time) {
	if !from.IsZero() {
		c.add(column+" >= ?", from.UnixMilli())
	}
	if !to.IsZero() {
		c.add(column+" < ?", to.UnixMilli())
	}
}

func (c *condition) equal(column, value string) {
	if value != "" {
		c.add(column+" = ?", value)
	}
}

// List gives current records, filtered and sorted. What has no due date
// sorts after every date; From is included and To is not.
func (s *Store) List(ctx context.Context, q journal.ListQuery) (journal.List, error) {
	column, desc, err := sorting(q.Sort)
	if err != nil {
		return journal.List{}, err
	}
	c, ok := s.listWhere(&q)
	page := journal.List{Total: -1}
	if !ok {
		page.Total = 0
		return page, nil
	}
	if q.CountAll {
		err := s.read.QueryRowContext(ctx, "SELECT count(*) FROM entity WHERE "+strings.Join(c.parts, " AND "), c.args...).Scan(&page.Total)
		if err != nil {
			return journal.List{}, fmt.Errorf("store: counting a list: %w", err)
		}
	}
	order := " ASC"
	compare := ">"
	if desc {
		order, compare = " DESC", "<"
	}
	if q.After != "" {
		value, id, err := parseAfter(q.After, q.Sort)
		if err != nil {
			return journal.List{}, err
		}
		c.add("("+column+", id) "+compare+" (?, ?)", value, id)
	}
	limit := min(max(q.Limit, 1), listMax)
	query := "SELECT id, " + column + ", x FROM entity WHERE " + strings.Join(c.parts, " AND ") +
		" ORDER BY " + column + order + ", id" + order + " LIMIT " + strconv.Itoa(limit+1)
	return page, s.fillList(ctx, &page, &q, limit, query, c.args)
}

func (s *Store) fillList(ctx context.Context, page *journal.List, q *journal.ListQuery, limit int, query string, args []any) error {
	type hit struct {
		id   uint32
		sort int64
		slot index.Slot
	}
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("store: listing: %w", err)
	}
	defer rows.Close()
	var hits []hit
	var x sql.RawBytes
	for rows.Next() {
		var h hit
		if err := rows.Scan(&h.id, &h.sort, &x); err != nil {
			return fmt.Errorf("store: listing: %w", err)
		}
		if h.slot, _, err = index.DecodeSlot(x); err != nil {
			return &problem.Problem{Code: "GW-K004", Value: fmt.Sprintf("entity %d", h.id), Err: err}
		}
		hits = append(hits, h)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("store: listing: %w", err)
	}
	if len(hits) > limit {
		hits = hits[:limit]
		last := hits[limit-1]
		page.Next = formatAfter(q.Sort, last.sort, last.id)
	}
	for _, h := range hits {
		e, err := s.entryAt(ctx, h.slot.Track(s.parts), h.slot.Seq)
		if errors.Is(err, journal.ErrNotFound) {
			continue // it changed and was pruned while we read: the next page or poll has it
		}
		if err != nil {
			return err
		}
		page.Entries = append(page.Entries, e.Entry)
	}
	return nil
}

// listWhere makes the condition; false when nothing can match.
func (s *Store) listWhere(q *journal.ListQuery) (*condition, bool) {
	c := &condition{}
	c.add("state > 0") // said literally, so that the partial indexes serve
	if !q.IncludeGone {
		c.add("state = 1")
	}
	kind := "kind = ?"
	if q.Text != "" {
		// A plus keeps SQLite off the index: looking for rare words in its
		// order would read every row at random, a scan reads them in order.
		kind = "+kind = ?"
	}
	for _, k := range []canonical.Kind{q.Kind, canonical.Kind(q.Filter.Kind)} {
		if k != "" {
			c.add(kind, track.KindNumber(k))
		}
	}
	if q.Filter.Source != "" || q.Filter.Stream != "" {
		ids := s.streamIDs(&q.Filter)
		if len(ids) == 0 {
			return nil, false
		}
		c.add("stream IN (" + strings.Join(ids, ",") + ")")
	}
	c.equal("area", q.Filter.Area)
	c.equal("agency", q.Filter.Agency)
	c.equal("code", q.Indicator)
	c.oneOf("status", q.Status)
	if q.Open {
		c.add("open = 1")
	}
	if text := vntext.Fold(q.Text); text != "" {
		c.add("(instr(title, ?) > 0 OR instr(lower(key), ?) > 0)", text, text)
	}
	c.between("due", q.DueFrom, q.DueTo)
	if !q.DueFrom.IsZero() && q.DueTo.IsZero() {
		c.add("due < ?", int64(farDue))
	}
	c.between("updated", q.UpdatedFrom, q.UpdatedTo)
	if q.UpdatedFrom.IsZero() && !q.UpdatedTo.IsZero() {
		c.add("updated <> 0")
	}
	return c, true
}

func (s *Store) streamIDs(f *journal.Filter) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var ids []string
	for id, st := range s.byID {
		if (f.Source == "" || f.Source == st.source) && (f.Stream == "" || f.Stream == st.own || f.Stream == st.name) {
			ids = append(ids, strconv.Itoa(int(id)))
		}
	}
	return ids
}

func sorting(sort string) (column string, desc bool, err error) {
	name, desc := strings.CutPrefix(sort, "-")
	switch name {
	case "":
		return "updated", true, nil
	case "updated_at":
		return "updated", desc, nil
	case "due_at":
		return "due", desc, nil
	case "created_at":
		return "created", desc, nil
	}
	return "", false, &problem.Problem{Code: "GW-K010", Field: "sort", Value: cut(sort)}
}

func formatAfter(sort string, value int64, id uint32) string {
	return base64.RawURLEncoding.EncodeToString([]byte(sort + "|" + strconv.FormatInt(value, 36) + "|" + strconv.FormatUint(uint64(id), 36)))
}

func parseAfter(after, sort string) (value, id int64, err error) {
	b, err := base64.RawURLEncoding.DecodeString(after)
	if err == nil {
		parts := strings.Split(string(b), "|")
		if len(parts) == 3 && parts[0] == sort {
			value, e1 := strconv.ParseInt(parts[1], 36, 64)
			id, e2 := strconv.ParseInt(parts[2], 36, 64)
			if e1 == nil && e2 == nil {
				return value, id, nil
			}
		}
	}
	return 0, 0, &problem.Problem{Code: "GW-K009", Field: "after"}
}
