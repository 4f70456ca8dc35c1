package store

import (
	"database/sql/driver"
	"fmt"
	"strconv"

	"iocgateway/canonical/problem"
	"iocgateway/router/store/sqlite"
	"iocgateway/router/store/track"
)

// load reads all that is counted and named; the index comes after.
func (w *writer) load() error {
	w.upsert = [2]string{upsertQuery(1), upsertQuery(upsertRows)}
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
	v := &state{tracks: make([]*trackState, track.Slots*w.s.parts)}
	for n := range v.tracks {
		v.tracks[n] = &trackState{floor: 1}
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
		if n < 0 || n >= len(v.tracks) {
			return nil
		}
		f := v.tracks[n]
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
