package query

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"iocgateway/canonical"
	"iocgateway/router/journal"
	"iocgateway/router/journal/wire"
	"iocgateway/router/store/track"
)

// Marked is how far a named reader got; nil when it never did.
func (r FeedReader) Marked(ctx context.Context, reader string, feed canonical.Feed) (journal.Position, error) {
	var at any
	err := r.c.DB.QueryRowContext(ctx, "SELECT at FROM mark WHERE reader = ? AND feed = ?", reader, track.FeedNumber(feed)).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("store: reading a mark: %w", err)
	}
	return UnpackPosition(at)
}

// Bridged finds where a position of another history, which this Log took
// over, is in this one; false when it is of no history that was taken over, nil
// when what follows it was gone there already.
func (r FeedReader) Bridged(ctx context.Context, epoch uint64, feed canonical.Feed, seq uint64) (journal.Position, bool, error) {
	var text string
	err := r.c.DB.QueryRowContext(ctx, "SELECT data FROM bridge WHERE epoch = ? AND feed = ? AND first <= ? ORDER BY first DESC LIMIT 1",
		int64(epoch), track.FeedNumber(feed), int64(seq)).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("store: reading a bridge: %w", err)
	}
	var b journal.Bridge
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return nil, false, fmt.Errorf("store: reading a bridge: %w", err)
	}
	at, ok := b.At(seq)
	if !ok {
		return nil, true, nil // of that history, and what follows was gone already
	}
	return at, true, nil
}

// Origins is how far the Log was read, as of the newest piece that was mirrored.
func (r FeedReader) Origins(ctx context.Context) (map[string]int64, error) {
	rows, err := r.c.DB.QueryContext(ctx, "SELECT name, next FROM origin")
	if err != nil {
		return nil, fmt.Errorf("store: origins: %w", err)
	}
	defer rows.Close()
	all := map[string]int64{}
	for rows.Next() {
		var name string
		var next int64
		if err := rows.Scan(&name, &next); err != nil {
			return nil, fmt.Errorf("store: origins: %w", err)
		}
		all[name] = next
	}
	return all, rows.Err()
}

// PackPosition is a position as it lies on disk: a number where there is one
// partition.
func PackPosition(at journal.Position) driver.Value {
	if len(at) <= 1 {
		return int64(at.At(0))
	}
	var b []byte
	for _, seq := range at {
		b = binary.AppendUvarint(b, seq)
	}
	return b
}

// UnpackPosition reads what PackPosition wrote.
func UnpackPosition(v any) (journal.Position, error) {
	switch v := v.(type) {
	case int64:
		return journal.Position{uint64(v)}, nil
	case []byte:
		var at journal.Position
		d := wire.NewDecoder(string(v))
		for d.More() && d.Err() == nil {
			at = append(at, d.Uvarint())
		}
		return at, d.Err()
	}
	return nil, wire.ErrCut
}
