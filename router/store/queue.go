package store

import (
	"context"
	"errors"
	"fmt"

	"iocgateway/canonical"
)

const (
	groupMax   = 64       // jobs a transaction
	groupBytes = 16 << 20 // of packed data a transaction
)

var errClosed = errors.New("store: closed")

// job is something for the writer: a planned batch, or a few statements.
type job struct {
	plan *plan
	run  func(t *tx) error
	solo bool // changes what plans are made from: it shares its transaction with none
	err  error
	done chan struct{} // closed when it is durable and shown, or failed
}

// queue is where jobs wait for the writer.
type queue struct {
	jobs   chan *job
	stop   chan struct{} // closed by Close
	done   chan struct{} // closed when the writer has ended
	failed error         // why the writer could not end well; read after done
}

func newQueue() *queue {
	return &queue{jobs: make(chan *job, 64), stop: make(chan struct{}), done: make(chan struct{})}
}

// submit hands a job to the writer and waits until it is done.
func (q *queue) submit(ctx context.Context, j *job) error {
	j.done = make(chan struct{})
	select {
	case q.jobs <- j:
	case <-q.done:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	// From here the job is done or fails within a transaction: not waiting
	// for it would leave the caller without knowing which.
	select {
	case <-j.done:
		return j.err
	case <-q.done:
	}
	select {
	case <-j.done:
		return j.err
	default:
		return errClosed
	}
}

// do has statements run in a transaction shared with others.
func (q *queue) do(ctx context.Context, what string, f func(t *tx) error) error {
	return q.named(ctx, what, &job{run: f})
}

// doAlone has statements run in a transaction of their own: they change what
// plans are made from.
func (q *queue) doAlone(ctx context.Context, what string, f func(t *tx) error) error {
	return q.named(ctx, what, &job{solo: true, run: f})
}

func (q *queue) named(ctx context.Context, what string, j *job) error {
	if err := q.submit(ctx, j); err != nil {
		return fmt.Errorf("store: %s: %w", what, err)
	}
	return nil
}

// next gives the jobs that waited, with those that waited longer already, at
// most groupMax; none when the store closes.
func (q *queue) next(waiting []*job) []*job {
	if len(waiting) == 0 {
		select {
		case j := <-q.jobs:
			waiting = append(waiting, j)
		case <-q.stop:
			return nil
		}
	}
	for len(waiting) < groupMax {
		select {
		case j := <-q.jobs:
			waiting = append(waiting, j)
		default:
			return waiting
		}
	}
	return waiting
}

// refuse fails what is still queued when the writer ends.
func (q *queue) refuse() {
	for {
		select {
		case j := <-q.jobs:
			j.err = errClosed
			close(j.done)
		default:
			return
		}
	}
}

// choose takes from the queue what may share a transaction: a plan knows
// only what was committed before, so a stream comes once, a kind of a source
// comes once, and a plan that takes over from another stream comes alone.
func choose(waiting []*job) (group, rest []*job) {
	taken := map[string]bool{}
	size := 0
	for _, j := range waiting {
		if fits(j, taken, len(group), size) {
			group = append(group, j)
			size += j.size()
			continue
		}
		rest = append(rest, j)
	}
	return group, rest
}

func (j *job) size() (n int) {
	if j.plan == nil {
		return 0
	}
	for i := range j.plan.chunks {
		n += len(j.plan.chunks[i].data)
	}
	for i := range j.plan.blocks {
		n += len(j.plan.blocks[i].data)
	}
	return n
}

func sizes(group []*job) (n int) {
	for _, j := range group {
		n += j.size()
	}
	return n
}

func fits(j *job, taken map[string]bool, before, size int) bool {
	if j.plan == nil {
		if j.solo && before > 0 {
			return false
		}
		taken["alone"] = taken["alone"] || j.solo
		return true
	}
	names := domains(j.plan)
	for _, n := range names {
		if taken[n] {
			taken[names[0]] = true // what follows of the stream stays behind this one
			return false
		}
	}
	alone := len(j.plan.takeover) > 0
	if before > 0 && (alone || taken["alone"] || size+j.size() > groupBytes) {
		taken[names[0]] = true
		return false
	}
	for _, n := range names {
		taken[n] = true
	}
	taken["alone"] = taken["alone"] || alone
	return true
}

// domains names what a plan was decided against: its stream, and each kind it
// publishes of its source. No two plans of one transaction share one.
func domains(p *plan) []string {
	names := []string{p.stream.Name}
	last := canonical.Kind("\x00")
	for _, pubs := range p.pubs {
		for _, q := range pubs {
			if q.Kind != last {
				last = q.Kind
				names = append(names, p.stream.Source+"\x00"+string(last))
			}
		}
	}
	return names
}
