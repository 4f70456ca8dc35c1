package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"strings"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/router/journal"
	"iocgateway/router/store/index"
)

// Known tells, before any mapping, what became of exactly this Raw under
// exactly this mapping revision. It waits for the index after a start.
func (s *Store) Known(stream, key string, digest [sha256.Size]byte, mapping string) journal.Outcome {
	if s.index.Wait(s.ctx) != nil {
		return ""
	}
	rev, ok := s.revOf(mapping)
	if !ok {
		return ""
	}
	return s.index.Outcome(index.KeyHash(stream, key), index.Short(digest), rev)
}

// Checkpoint is how far a stream got; nil when it never ran.
func (s *Store) Checkpoint(_ context.Context, stream string) (canonical.Checkpoint, error) {
	st := s.streamOf(stream)
	if st == nil {
		return nil, nil
	}
	at := st.at()
	if at == nil {
		return nil, nil
	}
	return append(canonical.Checkpoint(nil), at...), nil
}

// LiveKeys lists the keys of a stream's live records in a scope. A record
// without a time is in no scope that is bounded in time: nothing about it was proven.
func (s *Store) LiveKeys(ctx context.Context, stream string, scope adapters.Scope) ([]string, error) {
	st := s.streamOf(stream)
	if st == nil {
		return nil, nil
	}
	query := "SELECT key FROM entity WHERE stream = ? AND state = 1"
	args := []any{st.id}
	if scope.KeyPrefix != "" {
		query += " AND substr(key, 1, ?) = ?"
		args = append(args, len([]rune(scope.KeyPrefix)), scope.KeyPrefix)
	}
	if !scope.From.IsZero() {
		query += " AND at >= ?"
		args = append(args, index.Stamp(scope.From))
	}
	if !scope.To.IsZero() {
		query += " AND at < ? AND at > ?"
		args = append(args, index.Stamp(scope.To), index.NoTime)
	}
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("store: listing the keys of a stream: %w", err)
	}
	defer rows.Close()
	var keys []string
	var room sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&room); err != nil {
			return nil, fmt.Errorf("store: listing the keys of a stream: %w", err)
		}
		if key := string(room); strings.HasPrefix(key, scope.KeyPrefix) {
			keys = append(keys, key)
		}
	}
	return keys, rows.Err()
}
