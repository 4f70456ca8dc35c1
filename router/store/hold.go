package store

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"regexp"
	"strings"
	"unicode/utf8"

	"iocgateway/canonical/problem"
	"iocgateway/router/store/index"
	"iocgateway/router/store/sqlite"
)

// The states of a held Raw.
const (
	heldOpen     = 0
	heldResolved = 1 // it published, or ended otherwise
	heldDropped  = 2 // by a person, noted in the audit
	heldReplaced = 3 // a newer Raw of the same key was held
)

// resolveHeld closes the open hold of an entity, as something and at a time.
const resolveHeld = "UPDATE held SET state = ?, closed = ? WHERE entity = ? AND state = 0"

// hold writes a change of the quarantine. Of one key one Raw is held, the
// newest: the ones before it are closed as replaced, and kept for history.
func (t *tx) hold(p *plan, h *heldOp) error {
	at := p.batch.At.UnixMilli()
	if h.op == heldAgain {
		return t.c.Exec("UPDATE held SET last = ?, times = times + 1, mapping = ? WHERE entity = ? AND state = 0",
			at, p.batch.Mapping, int64(h.ent.id))
	}
	state := int64(heldResolved)
	if h.op == heldNew {
		state = heldReplaced
	}
	if err := t.c.Exec(resolveHeld, state, at, int64(h.ent.id)); err != nil {
		return err
	}
	if h.op != heldNew {
		return nil
	}
	found := *h.problem
	found.Value = cut(found.Value)
	text, err := json.Marshal(&found)
	if err != nil {
		return err
	}
	return t.c.Exec("INSERT INTO held(entity, stream, key, kind, digest, code, field, path, value, problem, mapping, first, last, "+
		"times, block, row, state) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,1,?,?,0)",
		int64(h.ent.id), int64(p.stream.ID), h.item.Raw.Key, string(h.item.Raw.Kind), h.item.Digest[:], found.Code, found.Field,
		pathOf(&found), found.Value, string(text), p.batch.Mapping, at, at, h.raw.Block, int64(h.raw.Row))
}

// What differs from row to row in a path: indexes, and in a file's problems
// the numbers of lines, or of rows in references to cells.
var (
	indexes = regexp.MustCompile(`\[\d+\]|\.\d+(?:\.|$)`)
	cells   = regexp.MustCompile(`(?:^|!)[A-Z]{0,3}\d+$|^line \d+$`)
	digits  = regexp.MustCompile(`\d+`)
)

// pathOf is a problem's path as held Raws are grouped by it: one mend frees
// all rows, whichever they are. The problem itself keeps the place.
func pathOf(p *problem.Problem) string {
	path := indexes.ReplaceAllStringFunc(p.Path, func(at string) string { return digits.ReplaceAllString(at, "*") })
	if p.OfFile() {
		path = cells.ReplaceAllStringFunc(path, func(at string) string { return digits.ReplaceAllString(at, "") })
	}
	return path
}

// cut shortens a shown value to 80 runes.
func cut(s string) string {
	if utf8.RuneCountInString(s) <= 80 {
		return s
	}
	r := []rune(s)
	return string(r[:79]) + "…"
}

// DropHeld takes Raws out of quarantine for a person with a reason: whoever
// calls it has written both down, for nothing leaves it silently. It gives how many.
func (s *Store) DropHeld(ctx context.Context, ids []int64, by, reason string) (int, error) {
	if strings.TrimSpace(by) == "" || strings.TrimSpace(reason) == "" {
		return 0, &problem.Problem{Code: "GW-K007"}
	}
	if err := s.data.Index.Wait(ctx); err != nil {
		return 0, err
	}
	n := 0
	err := s.queue.doAlone(ctx, "dropping held raws", func(t *tx) error {
		n = 0
		for _, id := range ids {
			dropped, err := t.drop(id)
			if err != nil {
				return err
			}
			n += dropped
		}
		return nil
	})
	return n, err
}

// drop closes one held Raw.
func (t *tx) drop(id int64) (int, error) {
	var entity uint32
	found := false
	const open = "SELECT entity FROM held WHERE id = ? AND state = 0"
	err := t.c.Rows(open, func(v []driver.Value) error {
		entity, found = uint32(sqlite.Int(v[0])), true
		return nil
	}, id)
	if err != nil || !found {
		return 0, err
	}
	at := t.now().UnixMilli()
	if err := t.c.Exec("UPDATE held SET state = ?, closed = ? WHERE id = ?", int64(heldDropped), at, id); err != nil {
		return 0, err
	}
	x := t.data.Index
	sl, o := x.Slot(entity), x.Other(entity)
	feed := o.Feed
	sl.Set(sl.Kind(), sl.State(), false)
	o = index.Other{Aside: o.Aside}
	if err := t.c.Exec("UPDATE entity SET x = ? WHERE id = ?", index.AppendSlot(nil, &sl, o), int64(entity)); err != nil {
		return 0, err
	}
	t.later(func() {
		x.Put(entity, sl)
		x.SetOther(entity, o)
		if st := t.data.Names.StreamByID(sl.Stream); st != nil {
			st.AddHeld(int(feed), -1)
			st.Committed() // a plan made before saw it held
		}
	})
	return 1, nil
}
