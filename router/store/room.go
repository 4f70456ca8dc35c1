package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/store/folder"
	"iocgateway/router/store/sqlite"
)

const (
	probeEvery = 2 * time.Second // while nothing can be written
	probeLeast = 1 << 20         // bytes that must find room before it can be again
)

// room is what keeps the folder from being written. It ends when as much
// as failed last finds room and reaches the disk: a few bytes that do would
// only make it come and go.
type room struct {
	mu    sync.Mutex
	what  *problem.Problem
	need  int
	since time.Time

	closed  bool // nobody begins to probe any more
	probing sync.WaitGroup
}

func (r *room) close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.probing.Wait()
}

// Writable is what keeps the store from being written; nil while it can be.
func (s *Store) Writable() *problem.Problem {
	_ = s.inPlace() // where nothing is written nobody else looks
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	return s.room.what
}

// named gives a write that failed for the disk's sake its words, and keeps
// that nothing can be written. Another failure stays what it is.
func (s *Store) named(err error, size int) error {
	wrong := sqlite.WrongWith(err)
	if wrong == sqlite.Nothing {
		return err
	}
	if _, already := problem.As(err); already {
		return err
	}
	p := Unwritable(s.folder.Dir, wrong == sqlite.Full, err)
	s.unwritable(p, max(2*size, probeLeast))
	return p
}

// Unwritable is a write into a data folder that failed, in the words of the
// disk: it is full, or something else is wrong with it.
func Unwritable(dir string, full bool, err error) *problem.Problem {
	p := &problem.Problem{Code: "GW-R019", Value: dir, Err: err}
	if full {
		p.Code = "GW-R018"
		if free, _, known := folder.Free(dir); known {
			p.Want = fmt.Sprintf("%d MB", free>>20)
		}
	}
	return p
}

// Free is how many bytes may still be written on the disk under a folder, and
// how large that disk is.
func Free(dir string) (free, size uint64, known bool) { return folder.Free(dir) }

// inPlace is why nothing that is written now will be found again: somebody
// removed the database's files, or put others in their place.
func (s *Store) inPlace() error {
	p := s.folder.InPlace()
	if p == nil {
		return nil
	}
	s.unwritable(p, probeLeast)
	return p
}

// unwritable keeps what stops writing until so many bytes find room again.
func (s *Store) unwritable(p *problem.Problem, need int) {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	first := s.room.what == nil
	s.room.what, s.room.need = p, max(s.room.need, need)
	if first && !s.room.closed {
		s.room.since = s.opts.Now()
		s.opts.Log.Error("store: nothing can be written", "code", p.Code, "error", p)
		s.room.probing.Add(1)
		go s.probeUntilWritable()
	}
}

// probeUntilWritable tries until there is room again, or the store closes.
func (s *Store) probeUntilWritable() {
	defer s.room.probing.Done()
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		s.room.mu.Lock()
		need := s.room.need
		s.room.mu.Unlock()
		if s.probe(need) != nil {
			continue
		}
		s.room.mu.Lock()
		s.opts.Log.Info("store: can be written again", "since", s.room.since)
		s.room.what, s.room.need = nil, 0
		s.room.mu.Unlock()
		return
	}
}

// probe writes so many bytes beside the database, and takes them away again.
func (s *Store) probe(size int) error {
	if p := s.folder.InPlace(); p != nil {
		return p
	}
	path := filepath.Join(s.folder.Dir, "room.probe")
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	piece := make([]byte, 1<<16)
	for n := 0; n < size && err == nil; n += len(piece) {
		_, err = f.Write(piece)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close(), os.Remove(path))
}
