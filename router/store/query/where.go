package query

import (
	"strconv"
	"strings"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/vntext"
	"iocgateway/router/journal"
	"iocgateway/router/store/track"
)

// FarDue is the due date of what has none: after all others.
const FarDue = 1 << 53

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

// where makes the condition; false when nothing can match.
func (r RecordReader) where(q *journal.ListQuery) (*condition, bool) {
	c := &condition{}
	c.add("state > 0") // written out, so that the partial indexes serve
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
		ids := r.streamIDs(&q.Filter)
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
		c.add("due < ?", int64(FarDue))
	}
	c.between("updated", q.UpdatedFrom, q.UpdatedTo)
	if q.UpdatedFrom.IsZero() && !q.UpdatedTo.IsZero() {
		c.add("updated <> 0")
	}
	return c, true
}

func (r RecordReader) streamIDs(f *journal.Filter) []string {
	var ids []string
	for _, st := range r.c.Names.Streams() {
		if (f.Source == "" || f.Source == st.Source) && (f.Stream == "" || f.Stream == st.Own || f.Stream == st.Name) {
			ids = append(ids, strconv.Itoa(int(st.ID)))
		}
	}
	return ids
}
