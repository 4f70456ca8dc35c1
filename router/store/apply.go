package store

import (
	"database/sql/driver"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"iocgateway/canonical"
	"iocgateway/canonical/vntext"
	"iocgateway/router/store/index"
	"iocgateway/router/store/track"
)

// idle reports whether a plan writes nothing at all.
func (p *plan) idle() bool {
	return len(p.ents) == 0 && len(p.held) == 0 && p.batch.Next == nil
}

// apply numbers and writes a plan.
func (w *writer) apply(j *job) error {
	p := j.plan
	if err := checkpointFits(p.batch, p.stream); err != nil {
		return err
	}
	if p.gen != p.stream.gen.Load() {
		again, err := w.s.makePlan(w.s.ctx, p.batch, p.stream, p.rev)
		if err != nil {
			return err
		}
		j.plan, p = again, again
	}
	if p.batch.Next != nil {
		if err := w.c.Exec("UPDATE stream SET checkpoint = ? WHERE id = ?", []byte(p.batch.Next), int64(p.stream.id)); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
	}
	w.s.hook("after-checkpoint")
	for _, e := range p.ents {
		if e.id == 0 {
			if w.next.entity == math.MaxUint32 {
				return fmt.Errorf("no entity numbers left")
			}
			w.next.entity++
			e.id = w.next.entity
		}
	}
	if err := w.entries(p); err != nil {
		return fmt.Errorf("entries: %w", err)
	}
	w.s.hook("mid-statements")
	if err := w.entities(p); err != nil {
		return fmt.Errorf("entities: %w", err)
	}
	for i := range p.held {
		if err := w.hold(p, &p.held[i]); err != nil {
			return fmt.Errorf("quarantine: %w", err)
		}
	}
	w.after = append(w.after, p.show)
	return nil
}

// blocks writes the Raws and says which number their first block got.
func (w *writer) blocks(p *plan) (base int64, err error) {
	base = w.next.block + 1
	for i := range p.blocks {
		w.next.block++
		if err := w.c.Exec("INSERT INTO raws(id, refs, data) VALUES(?,?,?)", w.next.block, int64(p.blocks[i].refs), p.blocks[i].data); err != nil {
			return base, err
		}
	}
	reused := map[int64]int64{}
	for _, block := range p.reused {
		reused[block]++
	}
	for block, n := range reused {
		if err := w.c.Exec("UPDATE raws SET refs = refs + ? WHERE id = ?", n, block); err != nil {
			return base, err
		}
	}
	return base, nil
}

// entries gives every publication its sequence, the next of its feed without
// a hole (invariant 3), and writes chunks and raws.
func (w *writer) entries(p *plan) error {
	base, err := w.blocks(p)
	if err != nil {
		return err
	}
	for i := range p.held {
		if p.held[i].raw.Own {
			p.held[i].raw.Block += base
		}
	}
	for i := range p.chunks {
		c := &p.chunks[i]
		pubs := p.pubs[c.track][c.from:c.to]
		first := w.next.tracks[c.track].head + 1
		if p.places(c.track) {
			first = pubs[0].Seq
		}
		ids := make([]byte, 0, 5*len(pubs))
		for n, q := range pubs {
			if !p.places(c.track) {
				q.Seq = first + uint64(n)
			}
			if c.track == track.Aside {
				q.ent.other.Aside = q.Seq
			} else {
				q.ent.slot.Seq = q.Seq
			}
			ids = binary.AppendUvarint(ids, uint64(q.ent.id))
		}
		last := pubs[len(pubs)-1].Seq
		err := w.c.Exec("INSERT INTO chunk(k, last, newest, n, rawbase, ids, data) VALUES(?,?,?,?,?,?,?)",
			c.track.Key(first), int64(last), c.newest, int64(len(pubs)), base, ids, c.data)
		if err != nil {
			return err
		}
		f := w.track(c.track)
		f.head, f.at = last, pubs[len(pubs)-1].RecordedAt.UnixMilli()
	}
	for _, e := range p.ents {
		if e.prior != nil {
			w.sum(e)
		}
	}
	return nil
}

// sum keeps the feed's digest up: the live records and nothing else.
func (w *writer) sum(e *ent) {
	b := &w.track(e.slot.Track(w.s.parts)).digest[e.slot.Bucket]
	if e.old.Live() {
		addShare(b, e.take, true)
	}
	if e.slot.Live() {
		addShare(b, e.give, false)
	}
}

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
func (w *writer) entities(p *plan) error {
	args := make([]driver.Value, 0, upsertRows*entityWidth)
	for _, e := range p.ents {
		switch {
		case e.dead:
			if err := w.c.Exec("DELETE FROM entity WHERE id = ?", int64(e.id)); err != nil {
				return err
			}
		case e.prior != nil || e.old.Hash == (index.Hash{}):
			args = e.columns(args)
		default:
			if err := w.touch(e); err != nil {
				return err
			}
		}
		if len(args) == upsertRows*entityWidth {
			if err := w.c.Exec(w.upsert[1], args...); err != nil {
				return err
			}
			args = args[:0]
		}
	}
	for ; len(args) > 0; args = args[entityWidth:] {
		if err := w.c.Exec(w.upsert[0], args[:entityWidth]...); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) touch(e *ent) error {
	x := index.AppendSlot(make([]byte, 0, 80), &e.slot, e.other)
	if e.moved {
		if err := w.c.Exec("UPDATE entity SET stream = ?, key = ? WHERE id = ?", int64(e.slot.Stream), e.key, int64(e.id)); err != nil {
			return err
		}
	}
	return w.c.Exec("UPDATE entity SET at = ?, x = ? WHERE id = ?", e.slot.At, x, int64(e.id))
}

// farDue is the due date of what has none: after all others.
const farDue = 1 << 53

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
		unixMilli(ix.DueAt, farDue), unixMilli(ix.UpdatedAt, 0), unixMilli(ix.CreatedAt, 0), vntext.Fold(ix.Title), x)
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

// hold writes a change of the quarantine. Of one key one Raw is held, the
// newest: the ones before it are closed as replaced, and kept for history.
func (w *writer) hold(p *plan, h *heldOp) error {
	at := p.batch.At.UnixMilli()
	if h.op == heldAgain {
		return w.c.Exec("UPDATE held SET last = ?, times = times + 1, mapping = ? WHERE entity = ? AND state = 0", at, p.batch.Mapping, int64(h.ent.id))
	}
	state := int64(heldResolved)
	if h.op == heldNew {
		state = heldReplaced
	}
	if err := w.c.Exec("UPDATE held SET state = ?, closed = ? WHERE entity = ? AND state = 0", state, at, int64(h.ent.id)); err != nil {
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
	return w.c.Exec("INSERT INTO held(entity, stream, key, kind, digest, code, field, path, value, problem, mapping, first, last, times, block, row, state) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,1,?,?,0)",
		int64(h.ent.id), int64(p.stream.id), h.item.Raw.Key, string(h.item.Raw.Kind), h.item.Digest[:], found.Code, found.Field,
		found.Path, found.Value, string(text), p.batch.Mapping, at, at, h.raw.Block, int64(h.raw.Row))
}

// cut shortens a shown value to 80 runes.
func cut(s string) string {
	if utf8.RuneCountInString(s) <= 80 {
		return s
	}
	r := []rune(s)
	return string(r[:79]) + "…"
}

// show makes a committed plan visible in memory. The index is locked.
func (p *plan) show() {
	p.showEntities()
	p.stream.gen.Add(1)
	if p.batch.Next != nil {
		p.stream.reached(p.batch.Next)
	}
}

func (p *plan) showEntities() {
	x := p.s.index
	for _, e := range p.ents {
		if e.dead {
			x.Drop(e.id)
			p.tally(e)
			continue
		}
		x.Put(e.id, e.slot)
		if e.other != e.had {
			x.SetOther(e.id, e.other)
		}
		p.tally(e)
	}
	for _, st := range p.takeover {
		st.gen.Add(1)
	}
}

// tally keeps the counts of live and held a stream.
func (p *plan) tally(e *ent) {
	if e.old.Live() {
		p.owner(e.old.Stream).live.Add(-1)
	}
	if e.slot.Live() {
		st := p.owner(e.slot.Stream)
		st.live.Add(1)
		st.kinds.Or(1 << e.slot.Kind())
	}
	if e.old.Held() {
		p.owner(e.old.Stream).held[e.had.Feed].Add(-1)
	}
	if e.slot.Held() {
		p.owner(e.slot.Stream).held[e.other.Feed].Add(1)
	}
}

func (p *plan) owner(id uint16) *stream {
	if id == p.stream.id {
		return p.stream
	}
	if st := p.s.streamByID(id); st != nil {
		return st
	}
	return p.stream
}
