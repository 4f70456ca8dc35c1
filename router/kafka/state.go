package kafka

import (
	"context"
	"maps"
	"strings"
	"time"

	"github.com/IBM/sarama"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

func cutStream(full string) (source, name string, ok bool) { return strings.Cut(full, "/") }

// BeginRun writes a run before its first pull.
func (l *Log) BeginRun(ctx context.Context, name string, at time.Time) (int64, error) {
	st := l.stream(name)
	st.mu.Lock()
	defer st.mu.Unlock()
	if err := st.ready(ctx); err != nil {
		return 0, err
	}
	st.run++
	return st.run, st.writeRun(ctx, journal.Run{ID: st.run, Stream: name, Started: at})
}

// EndRun writes how a run ended. Of a stream that another node has taken
// over meanwhile nothing is written: its runs are that node's to write.
func (l *Log) EndRun(ctx context.Context, run journal.Run) error {
	st := l.stream(run.Stream)
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.writer == nil {
		return nil
	}
	return st.writeRun(ctx, run)
}

func (st *ownStream) writeRun(ctx context.Context, run journal.Run) error {
	return st.transact(ctx, nil, func() error { return st.sendRun(run) })
}

// sendRun writes a run as it is now, within the transaction.
func (st *ownStream) sendRun(run journal.Run) error {
	msg, err := jsonMessage(st.l.topics.of(topicRuns), st.part(), run.Stream, ran{run, maps.Clone(st.wrote)})
	if err != nil {
		return err
	}
	return st.send(msg)
}

// Mark keeps how far a named reader has got in a feed.
func (l *Log) Mark(ctx context.Context, reader string, feed canonical.Feed, at journal.Position) error {
	if len(feed.Kinds()) == 0 {
		return journal.ErrNotFound
	}
	key := keyMark + string(feed) + "/" + reader
	return l.writeState(ctx, journal.Partition(key, l.topics.parts), key, at)
}

// SetPause keeps a stream stopped, on every node.
func (l *Log) SetPause(ctx context.Context, stream string, p journal.Pause) error {
	return l.writeState(ctx, journal.Partition(stream, l.topics.parts), keyPause+stream, p)
}

// ClearPause lets a stream go on.
func (l *Log) ClearPause(ctx context.Context, stream, _ string) error {
	return l.writeState(ctx, journal.Partition(stream, l.topics.parts), keyPause+stream, nil)
}

// writeState writes a piece of state that belongs to no stream's holder, and
// returns when the view has it.
func (l *Log) writeState(ctx context.Context, part int, key string, value any) error {
	msg, err := jsonMessage(l.topics.of(topicCheckpoints), part, key, value)
	if err != nil {
		return err
	}
	if err := l.admin.SendMessages([]*sarama.ProducerMessage{msg}); err != nil {
		return l.opts.broken(firstOf(err), msg.Topic)
	}
	return l.intake.wait(ctx, map[string]int64{spot(msg.Topic, msg.Partition): msg.Offset})
}

// DropHeld takes Raws out of quarantine for a person with a reason: whoever
// calls it has written both down. It gives how many.
func (l *Log) DropHeld(ctx context.Context, ids []int64, by, reason string) (int, error) {
	if strings.TrimSpace(by) == "" || strings.TrimSpace(reason) == "" {
		return 0, &problem.Problem{Code: "GW-K007"}
	}
	verdicts, err := l.View.Dropped(ctx, ids)
	if err != nil {
		return 0, err
	}
	of := map[string][]journal.Verdict{}
	for _, v := range verdicts {
		of[v.Stream] = append(of[v.Stream], v)
	}
	dropped := 0
	for name, some := range of {
		if err := l.drop(ctx, name, some); err != nil {
			return dropped, err
		}
		dropped += len(some)
	}
	return dropped, nil
}

func (l *Log) drop(ctx context.Context, name string, verdicts []journal.Verdict) error {
	st := l.stream(name)
	st.mu.Lock()
	defer st.mu.Unlock()
	if err := st.level(ctx); err != nil {
		return err
	}
	d := journal.Decision{Verdicts: verdicts}
	return st.write(ctx, &journal.Batch{Stream: name, At: l.opts.Now()}, &d)
}
