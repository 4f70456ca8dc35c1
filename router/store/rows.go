package store

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"strings"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/vntext"
	"iocgateway/router/store/index"
	"iocgateway/router/store/query"
)

const (
	entityColumns = "id, stream, key, kind, state, at, status, agency, area, code, open, due, updated, created, title, x"
	entityWidth   = 16
	upsertRows    = 32
)

func upsertQuery(rows int) string {
	row := "(" + strings.Repeat("?,", entityWidth-1) + "?)"
	var b strings.Builder
	b.WriteString("INSERT INTO entity(" + entityColumns + ") VALUES ")
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(row)
	}
	b.WriteString(" ON CONFLICT(id) DO UPDATE SET ")
	for i, c := range strings.Split(entityColumns, ", ")[1:] {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(c + "=excluded." + c)
	}
	return b.String()
}

// entities writes the rows lists read, several a statement.
func (t *tx) entities(d *draft) error {
	args := make([]driver.Value, 0, upsertRows*entityWidth)
	for _, e := range d.ents {
		if e.from != nil && e.slot.Held() {
			if err := t.c.Exec("UPDATE held SET stream = ? WHERE entity = ? AND state = 0", int64(e.slot.Stream), int64(e.id)); err != nil {
				return err
			}
		}
		switch {
		case e.dead:
			if err := t.c.Exec("DELETE FROM entity WHERE id = ?", int64(e.id)); err != nil {
				return err
			}
		case e.prior != nil || e.old.Hash == (index.Hash{}):
			args = e.columns(args)
		default:
			if err := t.touch(e); err != nil {
				return err
			}
		}
		if len(args) == upsertRows*entityWidth {
			if err := t.c.Exec(t.upsert[1], args...); err != nil {
				return err
			}
			args = args[:0]
		}
	}
	for ; len(args) > 0; args = args[entityWidth:] {
		if err := t.c.Exec(t.upsert[0], args[:entityWidth]...); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) touch(e *ent) error {
	x := index.AppendSlot(make([]byte, 0, 80), &e.slot, e.other)
	if e.from != nil {
		if err := t.c.Exec("UPDATE entity SET stream = ?, key = ? WHERE id = ?", int64(e.slot.Stream), e.key, int64(e.id)); err != nil {
			return err
		}
	}
	return t.c.Exec("UPDATE entity SET at = ?, x = ? WHERE id = ?", e.slot.At, x, int64(e.id))
}

func (e *ent) columns(args []driver.Value) []driver.Value {
	key, open := e.key, int64(0)
	var ix canonical.Index
	var code driver.Value
	if e.prior != nil {
		key, ix = e.prior.Key, e.prior.Index
		if e.slot.Live() && !canonical.Finished(e.prior.Kind, ix.Status) {
			open = 1
		}
		if e.prior.Kind == canonical.KindObservation {
			code = indicatorCode(e.prior.Body)
		}
	}
	x := index.AppendSlot(make([]byte, 0, 80), &e.slot, e.other)
	return append(args, int64(e.id), int64(e.slot.Stream), key, int64(e.slot.Kind()), int64(e.slot.State()), e.slot.At,
		textOrNull(ix.Status), textOrNull(ix.Agency), textOrNull(ix.Area), code, open,
		unixMilli(ix.DueAt, query.FarDue), unixMilli(ix.UpdatedAt, 0), unixMilli(ix.CreatedAt, 0), vntext.Fold(ix.Title), x)
}

// unixMilli is a time as lists sort it.
func unixMilli(t time.Time, none int64) int64 {
	if t.IsZero() {
		return none
	}
	return t.UnixMilli()
}

func textOrNull(s string) driver.Value {
	if s == "" {
		return nil
	}
	return s
}

// indicatorCode finds the indicator of an observation in its canonical body,
// whose members have a fixed order.
func indicatorCode(body []byte) any {
	_, rest, ok := bytes.Cut(body, []byte(`"indicator":`))
	if !ok {
		return nil
	}
	var head struct {
		Code string `json:"code"`
	}
	if err := json.NewDecoder(bytes.NewReader(rest)).Decode(&head); err != nil || head.Code == "" {
		return nil
	}
	return head.Code
}
