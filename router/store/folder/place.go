package folder

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"iocgateway/canonical/problem"
)

// place is where the database's files lie: what is written into a file that
// somebody has removed, or put another in the place of, is gone with the process.
type place struct {
	dir string

	mu   sync.Mutex
	seen map[string]fs.FileInfo // each as it was first met
}

// InPlace reports which file of the database is no longer the one that is
// written to; nil while all are.
func (f *Folder) InPlace() *problem.Problem {
	for _, name := range []string{FileName, FileName + "-wal"} {
		if why := f.place.lost(name); why != nil {
			return &problem.Problem{Code: "GW-R026", Value: filepath.Join(f.Dir, name), Err: why}
		}
	}
	return nil
}

var errAnother = errors.New("another file lies there now")

func (p *place) lost(name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, err := os.Stat(filepath.Join(p.dir, name))
	was, met := p.seen[name]
	switch {
	case !met && errors.Is(err, fs.ErrNotExist): // the WAL, before anything was written
		return nil
	case err != nil && met:
		return errors.Unwrap(err)
	case err != nil:
		return nil // it cannot be looked at, which says nothing of where it is
	case !met:
		if p.seen == nil {
			p.seen = map[string]fs.FileInfo{}
		}
		p.seen[name] = now
		return nil
	case !os.SameFile(was, now):
		return errAnother
	}
	return nil
}
