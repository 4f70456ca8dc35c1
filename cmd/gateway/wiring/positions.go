package wiring

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"iocgateway/router/book"
	"iocgateway/router/journal"
	"iocgateway/router/store"
	streamsync "iocgateway/router/sync"
)

// positions are where the streams stand in their sources, as acts see them.
type positions struct {
	view    *store.Store // asking the Log would take the stream over from the node that holds it
	streams map[string]*streamsync.Syncer
}

// Foresee is over which walk would be given up, and nothing else: a stream moves
// on while one looks.
func (p positions) Foresee(ctx context.Context, kind, stream string) (set string, err error) {
	st := p.streams[stream]
	if st == nil {
		return "", journal.ErrNotFound
	}
	at, err := p.view.Checkpoint(ctx, stream)
	if err != nil {
		return "", err
	}
	to, err := st.Foresee(kind, at)
	if err != nil || kind != book.RestartWalk {
		return "", err
	}
	sum := sha256.Sum256(to)
	return hex.EncodeToString(sum[:16]), nil
}

// Reposition moves a stream that is held here.
func (p positions) Reposition(ctx context.Context, kind, stream string) error {
	st := p.streams[stream]
	if st == nil {
		return journal.ErrNotFound
	}
	return st.Reposition(ctx, kind)
}
