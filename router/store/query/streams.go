package query

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/router/health"
	"iocgateway/router/journal"
	"iocgateway/router/store/index"
)

// RunsKept is how many runs of a stream are remembered.
const RunsKept = 1000

// StreamReader reads what is known of streams, and what people did to them.
type StreamReader struct {
	c    *Committed
	held HeldReader
}

// Streams makes the reader of streams.
func Streams(c *Committed) StreamReader { return StreamReader{c, Held(c)} }

// Known gives, before any mapping, what became of exactly this Raw under
// exactly this mapping revision. It waits for the index after a start.
func (r StreamReader) Known(stream, key string, digest [sha256.Size]byte, mapping string) journal.Outcome {
	if r.c.Index.Wait(r.c.Ctx) != nil {
		return ""
	}
	rev, ok := r.c.Names.Rev(mapping)
	if !ok {
		return ""
	}
	return r.c.Index.Outcome(index.KeyHash(stream, key), index.Short(digest), rev)
}

// Checkpoint is how far a stream got; nil when it never ran.
func (r StreamReader) Checkpoint(_ context.Context, stream string) (canonical.Checkpoint, error) {
	st := r.c.Names.Stream(stream)
	if st == nil {
		return nil, nil
	}
	at := st.At()
	if at == nil {
		return nil, nil
	}
	return append(canonical.Checkpoint(nil), at...), nil
}

// PastOf is what the past of a stream is kept under, before its name.
const PastOf = "past "

// Past is what is remembered of a stream; nil where nothing is.
func (r StreamReader) Past(ctx context.Context, stream string) (json.RawMessage, error) {
	var text string
	err := r.c.DB.QueryRowContext(ctx, "SELECT v FROM meta WHERE k = ?", PastOf+stream).Scan(&text)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("store: past of %s: %w", stream, err)
	}
	return json.RawMessage(text), nil
}

// LiveRecords is how many current records a stream has.
func (r StreamReader) LiveRecords(stream string) int {
	if st := r.c.Names.Stream(stream); st != nil {
		return st.Live()
	}
	return 0
}

// LiveKeys lists the keys of a stream's live records in a scope. A record
// without a time is in no scope that is bounded in time: nothing about it was proven.
func (r StreamReader) LiveKeys(ctx context.Context, stream string, scope adapters.Scope) ([]string, error) {
	st := r.c.Names.Stream(stream)
	if st == nil {
		return nil, nil
	}
	query := "SELECT key FROM entity WHERE stream = ? AND state = 1"
	args := []any{st.ID}
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
	return keysOf(ctx, r.c.DB, scope.KeyPrefix, query, args...)
}

// keysOf gives the keys that a query lists, those with a prefix.
func keysOf(ctx context.Context, db *sql.DB, prefix, query string, args ...any) ([]string, error) {
	rows, err := db.QueryContext(ctx, query, args...)
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
		if key := string(room); strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	return keys, rows.Err()
}

// LastRuns gives a stream's runs, newest first.
func (r StreamReader) LastRuns(ctx context.Context, stream string, limit int) ([]journal.Run, error) {
	st := r.c.Names.Stream(stream)
	if st == nil {
		return nil, nil
	}
	rows, err := r.c.DB.QueryContext(ctx, "SELECT data FROM run WHERE stream = ? ORDER BY id DESC LIMIT ?",
		st.ID, min(max(limit, 1), RunsKept))
	if err != nil {
		return nil, fmt.Errorf("store: reading runs: %w", err)
	}
	defer rows.Close()
	var runs []journal.Run
	for rows.Next() {
		var text []byte
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("store: reading runs: %w", err)
		}
		var run journal.Run
		if err := json.Unmarshal(text, &run); err != nil {
			return nil, fmt.Errorf("store: reading runs: %w", err)
		}
		runs = append(runs, run)
	}
	return runs, rows.Err()
}

// StreamInfo counts what a stream has.
type StreamInfo struct {
	Stream     string               `json:"stream"`
	Checkpoint canonical.Checkpoint `json:"checkpoint,omitempty"`
	Live       int                  `json:"live"`
	Held       int                  `json:"held"`
}

// Streams counts every stream the store ever saw, by name.
func (r StreamReader) Streams(ctx context.Context) ([]StreamInfo, error) {
	if err := r.c.Index.Wait(ctx); err != nil {
		return nil, err
	}
	streams := r.c.Names.Streams()
	all := make([]StreamInfo, 0, len(streams))
	for _, st := range streams {
		all = append(all, StreamInfo{Stream: st.Name, Checkpoint: st.At(), Live: st.Live(), Held: st.AllHeld()})
	}
	return all, nil
}

// Pauses lists the streams a person stopped, those whose time is over included.
func (r StreamReader) Pauses(context.Context) (map[string]journal.Pause, error) {
	all := map[string]journal.Pause{}
	for _, st := range r.c.Names.Streams() {
		text := st.Paused()
		if text == "" {
			continue
		}
		var p journal.Pause
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			return nil, fmt.Errorf("store: pause of %s: %w", st.Name, err)
		}
		all[st.Name] = p
	}
	return all, nil
}

// Holdings gives what each stream holds. Since when is asked only for those of
// strict, where the answer decides something: it costs a look at every held
// Raw.
func (r StreamReader) Holdings(ctx context.Context, strict []string) (map[string]health.Holding, error) {
	infos, err := r.Streams(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: streams: %w", err)
	}
	out := make(map[string]health.Holding, len(infos))
	for _, i := range infos {
		out[i.Stream] = health.Holding{Live: i.Live, Held: i.Held}
	}
	for _, stream := range strict {
		has := out[stream]
		if has.Held == 0 {
			continue
		}
		if has.HeldOldest, err = r.held.HeldSince(ctx, stream); err != nil {
			return nil, fmt.Errorf("store: held since: %w", err)
		}
		out[stream] = has
	}
	return out, nil
}

// Audits lists what persons did, newest first, before an id (0: from the newest).
func (r StreamReader) Audits(ctx context.Context, before int64, limit int) ([]journal.Audit, error) {
	if before <= 0 {
		before = 1 << 62
	}
	rows, err := r.c.DB.QueryContext(ctx, "SELECT id, at, who, what, target, reason FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?",
		before, min(max(limit, 1), 1000))
	if err != nil {
		return nil, fmt.Errorf("store: reading the audit: %w", err)
	}
	defer rows.Close()
	var all []journal.Audit
	for rows.Next() {
		var a journal.Audit
		var at int64
		if err := rows.Scan(&a.ID, &at, &a.By, &a.What, &a.Target, &a.Reason); err != nil {
			return nil, fmt.Errorf("store: reading the audit: %w", err)
		}
		a.At = milliTime(at)
		all = append(all, a)
	}
	return all, rows.Err()
}
