// Package share runs the jobs that this node holds. A job (a stream, a sink) is
// held by one node at a time: by this one, alone, or by whichever node has
// its lease. What is asked of a job held elsewhere is passed on to its node.
//
//	           Hold                    Release
//	free ───────────────▶ held ───────────────────▶ releasing ──────▶ free
//	                      Run(ctx)                  ctx is over, what is in
//	                       ▲                        hand is finished
//	                       └── Hold: runs again ────────┘
//	                           behind what is left
//
// Hold never waits. Release waits for the job alone, until its own context
// ends; a job that begins again waits for what is left of its last run.
package share

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Job is something that one node does at a time.
type Job struct {
	Name string
	// Run does it until ctx is over, and returns when nothing of it runs any
	// more.
	Run func(ctx context.Context)
}

// Holder runs the jobs that this node holds.
type Holder struct {
	log  *slog.Logger
	mu   sync.Mutex
	jobs map[string]*held
}

type held struct {
	Job
	stop context.CancelFunc // nil: not held
	done chan struct{}      // of the last run; nil: it never ran
}

// NewHolder makes a Holder without jobs.
func NewHolder(log *slog.Logger) *Holder {
	return &Holder{log: log, jobs: map[string]*held{}}
}

// Add takes a job in.
func (h *Holder) Add(j Job) error {
	if j.Name == "" || j.Run == nil {
		return errors.New("share: a job needs a name and something to run")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, twice := h.jobs[j.Name]; twice {
		return fmt.Errorf("share: two jobs are named %s", j.Name)
	}
	h.jobs[j.Name] = &held{Job: j}
	return nil
}

// Names are those of all jobs, sorted.
func (h *Holder) Names() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	names := make([]string, 0, len(h.jobs))
	for name := range h.jobs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Holds reports whether this node holds a job.
func (h *Holder) Holds(name string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	j := h.jobs[name]
	return j != nil && j.stop != nil
}

// Hold makes a job this node's: it begins to run, behind what is left of its
// last run.
func (h *Holder) Hold(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	j := h.jobs[name]
	if j == nil || j.stop != nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	before, done := j.done, make(chan struct{})
	j.stop, j.done = stop, done
	go func() {
		defer close(done)
		if before != nil {
			<-before
		}
		if ctx.Err() == nil {
			j.Run(ctx)
		}
	}()
}

// Release gives a job up, and returns when nothing of it runs any more.
func (h *Holder) Release(ctx context.Context, name string) error {
	h.mu.Lock()
	j := h.jobs[name]
	if j == nil || j.done == nil {
		h.mu.Unlock()
		return nil
	}
	if j.stop != nil {
		j.stop()
		j.stop = nil
	}
	done := j.done
	h.mu.Unlock()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("share: giving up %s: %w", name, ctx.Err())
	}
}

// endWithin is how long a stopping node waits for what its jobs have in hand:
// the commit of a page has a minute.
const endWithin = 75 * time.Second

// Alone holds every job until ctx is over, then releases them all.
func (h *Holder) Alone(ctx context.Context) error {
	for _, name := range h.Names() {
		h.Hold(name)
	}
	<-ctx.Done()
	return h.Close(ctx)
}

// Close releases every job, all at once, and waits for them.
func (h *Holder) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
	defer cancel()
	names := h.Names()
	ends := make(chan error, len(names))
	for _, name := range names {
		go func() { ends <- h.Release(ctx, name) }()
	}
	var err error
	for range names {
		err = errors.Join(err, <-ends)
	}
	return err
}

// Gained holds a job whose lease this node has got.
func (h *Holder) Gained(name string, token int64) {
	h.log.Info("taken over", "name", name, "token", token)
	h.Hold(name)
}

// Lost releases a job whose lease is to be given back, within ctx.
func (h *Holder) Lost(ctx context.Context, name string) {
	if err := h.Release(ctx, name); err != nil {
		h.log.Warn("it did not stop in time", "name", name, "error", err)
	}
	h.log.Info("given up", "name", name)
}
