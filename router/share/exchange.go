package share

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"sync/atomic"

	"iocgateway/router/health"
)

// Board is where nodes post how their jobs stand, for each other to read:
// redis.Client.
type Board interface {
	PutStatus(ctx context.Context, status map[string][]byte) error
	Statuses(ctx context.Context) (map[string]health.Posted, error)
}

// Exchange posts the reports on this node's jobs and keeps those of the other
// nodes as they were read last: readers ask for them with every page, and
// must not wait for the board.
type Exchange struct {
	board Board
	log   *slog.Logger
	read  atomic.Pointer[map[string]health.Posted]
}

// NewExchange makes an Exchange over a board.
func NewExchange(board Board, log *slog.Logger) *Exchange {
	return &Exchange{board: board, log: log}
}

// Post posts the reports on the streams and sinks this node holds, and reads
// those of the others.
func (e *Exchange) Post(ctx context.Context, streams map[string]health.Report, sinks map[string]health.SinkStatus) {
	all := make(map[string][]byte, len(streams)+len(sinks))
	put := func(name string, report any) {
		text, err := json.Marshal(report)
		if err != nil {
			e.log.Error("a report was not written", "of", name, "error", err)
			return
		}
		all[name] = text
	}
	for name, report := range streams {
		put(name, report)
	}
	for name, status := range sinks {
		put(name, status)
	}
	if err := e.board.PutStatus(ctx, all); err != nil && ctx.Err() == nil {
		e.log.Debug("this node's reports are not posted", "error", err)
	}
	if posted, err := e.board.Statuses(ctx); err == nil { // else what was read last stands, with its age
		e.read.Store(&posted)
	}
}

// Streams are the reports of all nodes on their streams, as read last; when
// each was posted is its Signs.LookedAt.
func (e *Exchange) Streams() map[string]health.Report {
	read := e.read.Load()
	if read == nil {
		return nil
	}
	all := make(map[string]health.Report, len(*read))
	for name, posted := range maps.All(*read) {
		var r health.Report
		if IsSink(name) || json.Unmarshal(posted.JSON, &r) != nil {
			continue
		}
		r.Signs.LookedAt = posted.At
		all[name] = r
	}
	return all
}

// Sink is the report of the node that holds a sink, unless it is too old.
func (e *Exchange) Sink(name string) (st health.SinkStatus, ok bool) {
	read := e.read.Load()
	if read == nil {
		return st, false
	}
	posted, ok := (*read)[name]
	return st, ok && posted.Fresh() && json.Unmarshal(posted.JSON, &st) == nil
}
