package store

import (
	"crypto/rand"
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"strconv"

	"iocgateway/canonical/problem"
	"iocgateway/router/store/sqlite"
)

// load reads all that is counted and named; the index comes after.
func (w *writer) load() error {
	w.upsert = [2]string{upsertQuery(1), upsertQuery(upsertRows)}
	if mode, err := w.c.Pragma("journal_mode"); err != nil || mode != "wal" {
		return fmt.Errorf("journal mode is %q, not wal: %w", mode, err)
	}
	want := "2"
	if w.view {
		want = "1"
	}
	if level, err := w.c.Pragma("synchronous"); err != nil || level != want {
		return fmt.Errorf("synchronous is %q, not %s: %w", level, want, err)
	}
	if err := w.loadMeta(); err != nil {
		return err
	}
	if err := w.loadNames(); err != nil {
		return err
	}
	v, err := w.loadState()
	if err != nil {
		return err
	}
	w.s.view.Store(v)
	return nil
}

func (w *writer) meta(k string) (string, error) {
	value := ""
	err := w.c.Rows("SELECT v FROM meta WHERE k = ?", func(v []driver.Value) error {
		value = sqlite.Text(v[0])
		return nil
	}, k)
	return value, err
}

func (w *writer) setMeta(k, v string) error {
	return w.c.Exec("INSERT INTO meta(k, v) VALUES(?,?) ON CONFLICT(k) DO UPDATE SET v = excluded.v", k, v)
}

func randomName() string {
	var b [16]byte
	// crypto/rand.Read never fails: it ends the process rather than give weak bytes.
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// loadMeta gives a new file, and one that a backup was made into, an epoch,
// and takes the token of the index file: it is good for this start only.
func (w *writer) loadMeta() error {
	epoch, err := w.meta("epoch")
	if err != nil {
		return err
	}
	if epoch == "" {
		epoch = randomName()
		if err := w.setMeta("epoch", epoch); err != nil {
			return err
		}
	}
	w.s.epoch = epoch
	if err := w.loadKind(); err != nil {
		return err
	}
	if err := w.loadParts(); err != nil {
		return err
	}
	if w.token, err = w.meta("index"); err != nil {
		return err
	}
	return w.setMeta("index", "")
}

// What a data folder can be.
const (
	kindLog  = "log"
	kindView = "view"
)

// loadKind fixes whether the folder is a Log or a view of one: a Log must
// not be taken for something that can be made again.
func (w *writer) loadKind() error {
	asked := kindLog
	if w.view {
		asked = kindView
	}
	has, err := w.meta("kind")
	if err != nil {
		return err
	}
	if has == "" { // new, or a Log made before there were views
		streams, err := w.c.Int("SELECT count(*) FROM stream")
		if err != nil {
			return err
		}
		if has = asked; streams > 0 {
			has = kindLog
		}
		if err := w.setMeta("kind", has); err != nil {
			return err
		}
	}
	if has != asked {
		return &problem.Problem{Code: "GW-K012", Value: has, Want: asked}
	}
	return nil
}

// loadParts fixes the number of partitions when the folder is new.
func (w *writer) loadParts() error {
	asked := w.s.parts
	if asked < 0 || asked > maxParts {
		return fmt.Errorf("%d partitions, at most %d", asked, maxParts)
	}
	has, err := w.meta("parts")
	if err != nil {
		return err
	}
	if has == "" {
		w.s.parts = max(asked, 1)
		return w.setMeta("parts", strconv.Itoa(w.s.parts))
	}
	if w.s.parts, err = strconv.Atoi(has); err != nil || w.s.parts < 1 || w.s.parts > maxParts {
		return &problem.Problem{Code: "GW-K004", Value: "meta parts", Err: err}
	}
	if asked != 0 && asked != w.s.parts {
		return &problem.Problem{Code: "GW-K011", Value: has, Want: strconv.Itoa(asked)}
	}
	return nil
}

func (w *writer) loadNames() error {
	s := w.s
	err := w.c.Rows("SELECT id, name, checkpoint, pause FROM stream", func(v []driver.Value) error {
		st := newStream(uint16(sqlite.Int(v[0])), sqlite.Text(v[1]))
		if cp, ok := v[2].([]byte); ok {
			st.checkpoint = append([]byte(nil), cp...)
		}
		st.pause = sqlite.Text(v[3])
		s.streams[st.name], s.byID[st.id] = st, st
		return nil
	})
	if err != nil {
		return err
	}
	return w.c.Rows("SELECT id, name FROM mapping", func(v []driver.Value) error {
		rev, name := uint32(sqlite.Int(v[0])), sqlite.Text(v[1])
		s.revs[name], s.revName[rev] = rev, name
		return nil
	})
}

func (w *writer) loadState() (*state, error) {
	v := &state{lanes: make([]*laneState, feedSlots*w.s.parts)}
	for n := range v.lanes {
		v.lanes[n] = &laneState{floor: 1}
	}
	entity, err := w.c.Int("SELECT max(id) FROM entity")
	if err != nil {
		return nil, err
	}
	v.entity = uint32(entity)
	if v.block, err = w.c.Int("SELECT max(id) FROM raws"); err != nil {
		return nil, err
	}
	err = w.c.Rows("SELECT id, head, floor, at, digest FROM feed", func(row []driver.Value) error {
		n := int(sqlite.Int(row[0]))
		if n < 0 || n >= len(v.lanes) {
			return nil
		}
		f := v.lanes[n]
		f.head, f.floor, f.at = uint64(sqlite.Int(row[1])), uint64(sqlite.Int(row[2])), sqlite.Int(row[3])
		if b, ok := row[4].([]byte); ok {
			digest, err := unpackDigest(b)
			if err != nil {
				return &problem.Problem{Code: "GW-K004", Value: "feed " + strconv.Itoa(n), Err: err}
			}
			f.digest = digest
		}
		return nil
	})
	return v, err
}

// stream gives the stream of this name, made in the running transaction when new.
func (w *writer) stream(name string) (*stream, error) {
	if st := w.s.streamOf(name); st != nil {
		return st, nil
	}
	id, err := w.c.Int("SELECT coalesce(max(id), 0) + 1 FROM stream")
	if err != nil {
		return nil, err
	}
	if id > 1<<16-1 {
		return nil, fmt.Errorf("more than %d streams", 1<<16-1)
	}
	if err := w.c.Exec("INSERT INTO stream(id, name) VALUES(?, ?) ON CONFLICT DO NOTHING", id, name); err != nil {
		return nil, err
	}
	if id, err = w.c.Int("SELECT id FROM stream WHERE name = ?", name); err != nil {
		return nil, err
	}
	s, st := w.s, newStream(uint16(id), name)
	w.after = append(w.after, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.streams[name] == nil {
			s.streams[name], s.byID[st.id] = st, st
		}
	})
	return st, nil
}

// rev gives the number of a mapping revision, made when new.
func (w *writer) rev(name string) (uint32, error) {
	if rev, ok := w.s.revOf(name); ok {
		return rev, nil
	}
	if err := w.c.Exec("INSERT INTO mapping(name) VALUES(?) ON CONFLICT DO NOTHING", name); err != nil {
		return 0, err
	}
	id, err := w.c.Int("SELECT id FROM mapping WHERE name = ?", name)
	if err != nil {
		return 0, err
	}
	s, rev := w.s, uint32(id)
	w.after = append(w.after, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.revs[name], s.revName[rev] = rev, name
	})
	return rev, nil
}
