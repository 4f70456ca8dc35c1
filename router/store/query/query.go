// Package query reads what is committed: feeds, records, the quarantine, and
// what is known of streams and people; and all of it, for a Log elsewhere. It
// writes nothing. Each reader is safe for concurrent use.
package query

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"iocgateway/canonical"
	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/index"
	"iocgateway/router/store/state"
	"iocgateway/router/store/track"
)

// Committed is all that is committed: on disk, and what memory knows of it.
// Everybody reads it; one writer changes it, and only after its transaction
// is durable.
type Committed struct {
	DB      *sql.DB // for reading
	Index   *index.Index
	Names   *state.Names
	Heads   *state.Shown
	Wakes   *state.Wakes
	Entries *Entries
	Holds   *Holds
	Places  Places
	Packer  *chunk.Packer
	Parts   int             // partitions a feed has
	Ctx     context.Context // over when the store closes: nobody waits for the index beyond it
}

// NewCommitted makes what an empty database knows; who opens it fills in names,
// heads and index.
func NewCommitted(ctx context.Context, db *sql.DB, parts int) (*Committed, error) {
	if ctx == nil || db == nil {
		return nil, errors.New("store: nothing to read from")
	}
	if parts < 1 || parts > track.MaxParts {
		return nil, fmt.Errorf("store: %d partitions, at most %d", parts, track.MaxParts)
	}
	c := &Committed{DB: db, Index: index.New(), Names: state.NewNames(), Heads: &state.Shown{}, Wakes: state.NewWakes(),
		Packer: &chunk.Packer{}, Parts: parts, Ctx: ctx}
	c.Entries = &Entries{db: db, names: c.Names, packer: c.Packer, cache: chunk.NewCache()}
	c.Holds = &Holds{db: db, ctx: ctx}
	c.Places = Places{db}
	return c, nil
}

// Track is where an entity's entries lie.
func (c *Committed) Track(s *index.Slot) track.Track { return s.Track(c.Parts) }

// OwnerOf is the other stream of a source that published what a key of st names.
func (c *Committed) OwnerOf(st *state.Stream, kind canonical.Kind, key string) journal.Owner {
	n := track.KindNumber(kind)
	for _, o := range c.Names.Siblings(st, n) {
		if id, s := c.Index.Lookup(index.KeyHash(o.Name, key)); id != 0 && s.Known() && s.Kind() == n {
			return journal.Owner{Stream: o.Name, After: s.Seq}
		}
	}
	return journal.Owner{}
}

func noFeed(f canonical.Feed) error { return fmt.Errorf("store: feed %q: %w", f, journal.ErrNotFound) }

// milliTime is a time as it lies on disk; 0 stands for none.
func milliTime(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
