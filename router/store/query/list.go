package query

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/store/index"
)

const listMax = 1000

// List gives current records, filtered and sorted. What has no due date
// sorts after every date; From is included and To is not.
func (r RecordReader) List(ctx context.Context, q journal.ListQuery) (journal.List, error) {
	column, desc, err := sorting(q.Sort)
	if err != nil {
		return journal.List{}, err
	}
	c, ok := r.where(&q)
	page := journal.List{Total: -1}
	if !ok {
		page.Total = 0
		return page, nil
	}
	if q.CountAll {
		err := r.c.DB.QueryRowContext(ctx, "SELECT count(*) FROM entity WHERE "+strings.Join(c.parts, " AND "), c.args...).Scan(&page.Total)
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
	return page, r.fill(ctx, &page, &q, limit, query, c.args)
}

func (r RecordReader) fill(ctx context.Context, page *journal.List, q *journal.ListQuery, limit int, query string, args []any) error {
	type hit struct {
		id   uint32
		sort int64
		slot index.Slot
	}
	rows, err := r.c.DB.QueryContext(ctx, query, args...)
	if err != nil {
		return r.c.Entries.failed("a list", err)
	}
	defer rows.Close()
	var hits []hit
	var x sql.RawBytes
	for rows.Next() {
		var h hit
		if err := rows.Scan(&h.id, &h.sort, &x); err != nil {
			return r.c.Entries.failed("a list", err)
		}
		if h.slot, _, err = index.DecodeSlot(x); err != nil {
			return r.c.Entries.failed("a list", &problem.Problem{Code: "GW-K004", Value: fmt.Sprintf("entity %d", h.id), Err: err})
		}
		hits = append(hits, h)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return r.c.Entries.failed("a list", err)
	}
	if len(hits) > limit {
		hits = hits[:limit]
		last := hits[limit-1]
		page.Next = formatAfter(q.Sort, last.sort, last.id)
	}
	bytes := 0
	for i, h := range hits {
		e, err := r.c.Entries.At(ctx, r.c.Track(&h.slot), h.slot.Seq)
		if errors.Is(err, journal.ErrNotFound) {
			continue // it changed and was pruned while we read: the next page or poll has it
		}
		if err != nil {
			return err
		}
		page.Entries = append(page.Entries, e.Entry)
		if bytes += len(e.Body); bytes >= journal.PageBytes && i+1 < len(hits) { // Invariant 15
			page.Next = formatAfter(q.Sort, h.sort, h.id)
			break
		}
	}
	return nil
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
	return "", false, &problem.Problem{Code: "GW-K010", Field: "sort", Value: problem.Short(sort)}
}

func formatAfter(sort string, value int64, id uint32) string {
	text := sort + "|" + strconv.FormatInt(value, 36) + "|" + strconv.FormatUint(uint64(id), 36)
	return base64.RawURLEncoding.EncodeToString([]byte(text))
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
