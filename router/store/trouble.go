package store

import (
	"sync"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/store/folder"
	"iocgateway/router/store/sqlite"
)

// trouble is what is known to be wrong with the data.
type trouble struct {
	mu     sync.Mutex
	damage *problem.Problem // met last
	loss   *folder.Loss     // found last, at this start or an earlier one; set before there are callers
	fresh  bool             // it was found at this start
}

// note keeps what was met, where it is damage, and calls it that, whoever
// found it: SQLite knows its own pages, and nothing of what lies in a chunk.
func (t *trouble) note(err error) error {
	if sqlite.Damaged(err) {
		err = &problem.Problem{Code: "GW-K004", Value: folder.FileName, Err: err}
	}
	if found, ok := problem.As(err); ok && found.Reason() == problem.Damaged {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.damage = found
	}
	return err
}

func (t *trouble) worst(now time.Time) *problem.Problem {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.damage != nil:
		return t.damage
	case t.loss.Shown(now):
		return t.loss.Problem()
	}
	return nil
}
