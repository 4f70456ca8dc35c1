// Package schedule owns time: each stream has a lane of its own, with its
// interval, backoff, a breaker for its source, and orders from people. It
// computes every stream's health from what the lanes saw.
//
//	        Live(ctx)                         ctx over
//	free ──────────────▶ held ──┬─ waiting ◀──┐ ──────────▶ page in hand is
//	(nobody's, or        read   │  running ───┘             committed, rest
//	another node's)      back   └─ paused                   is written ──▶ free
package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/drift"
	"iocgateway/canonical/problem"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

const (
	breakerTrips = 8               // consecutive failures of a source
	breakerRest  = 5 * time.Minute // before it is tried again
	lookEvery    = 5 * time.Second // health is computed at least this often
)

// Kept is what outlives a run: people's pauses, and what streams hold.
type Kept interface {
	Pauses(ctx context.Context) (map[string]journal.Pause, error)
	SetPause(ctx context.Context, stream string, p journal.Pause) error
	ClearPause(ctx context.Context, stream, by string) error
	// Holdings gives how much each stream has; since when, for those of strict.
	Holdings(ctx context.Context, strict []string) (map[string]health.Holding, error)
}

// Worker does the work of one stream: sync.Syncer.
type Worker interface {
	// TakeOver returns when everything ever committed of the stream is seen.
	TakeOver(ctx context.Context) error
	Run(ctx context.Context, order journal.Order) (journal.Run, error)
	// Receive commits a delivery; the time is the newest change in it.
	Receive(ctx context.Context, r *http.Request) (journal.Receipt, time.Time, error)
	Remap(ctx context.Context, raws []canonical.Raw) (journal.Receipt, error)
	// Release lets go of what the Log keeps for the stream's writer.
	Release() error
}

// Options are what a Scheduler works with.
type Options struct {
	Runs journal.Runs
	Kept Kept
	Now  func() time.Time // default time.Now
	Log  *slog.Logger
	// Jitter spreads the runs; nil spreads nothing.
	Jitter func(time.Duration) time.Duration
	// Held reports whether this node holds a stream's lane.
	Held func(stream string) bool
	// Writable, if set, gives what keeps this node's Log from being written;
	// nil while it can be. Where it is not set, the runs and deliveries show it.
	Writable func() *problem.Problem
	// Warnings, if set, gives what a person should know of a stream although its
	// state does not follow from it.
	Warnings func(stream string) []problem.Problem
	// SecretChanged, if set, reports whether a stream's credentials changed since;
	// where it is not, they may have whenever the process begins.
	SecretChanged func(stream string, since time.Time) bool
	// Changed, if set, is told every change of state of a stream held here, in
	// order; what it fails to take it is told again.
	Changed func(context.Context, health.Status) error
	// Drifted, if set, is told what changed in what a stream's source gives, and
	// when that is over; what it fails to take it is told again.
	Drifted func(ctx context.Context, stream string, item drift.Item) error
	// Looked, if set, gets at every look the reports on the streams held here.
	Looked func(context.Context, map[string]health.Report)
	// Abroad, if set, gives the reports of other nodes on the streams they hold.
	Abroad func() map[string]health.Report
}

// Scheduler runs each stream that this node holds in a lane of its own.
type Scheduler struct {
	Options

	mu        sync.Mutex
	lanes     map[string]*lane
	breakers  map[string]*breaker
	published map[string]string          // of Run alone: what was said of each stream last
	owed      map[string][]health.Status // … and could not be written yet
	drifts    map[string]string          // of Run alone: what was said of each drift last
	poked     chan struct{}              // something changed: look now
	own       atomic.Pointer[problem.Problem]
}

// New makes a Scheduler without streams.
func New(o Options) (*Scheduler, error) {
	if o.Runs == nil || o.Kept == nil || o.Log == nil || o.Held == nil {
		return nil, errors.New("schedule: Options need Runs, Kept, Log and Held")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Jitter == nil {
		o.Jitter = func(d time.Duration) time.Duration { return d }
	}
	return &Scheduler{Options: o, lanes: map[string]*lane{}, published: map[string]string{}, owed: map[string][]health.Status{},
		drifts: map[string]string{},
		poked:  make(chan struct{}, 1), breakers: map[string]*breaker{}}, nil
}

// Add takes a stream in. All streams are added before Run.
func (s *Scheduler) Add(ctx context.Context, st journal.Stream, w Worker) error {
	if w == nil || st.Source == "" || st.Name == "" {
		return fmt.Errorf("schedule: stream %q has no name or no worker", st.Full())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, twice := s.lanes[st.Full()]; twice {
		return fmt.Errorf("schedule: stream %q is added twice", st.Full())
	}
	runs, pause, err := s.record(ctx, st.Full())
	if err != nil {
		return err
	}
	l := &lane{stream: st, worker: w, breaker: s.breaker(&st), orders: make(chan journal.Order, 1), busy: make(chan struct{}, 1)}
	l.restore(runs, pause, s.Now(), s.secretChanged(st.Full()))
	s.lanes[st.Full()] = l
	return nil
}

func (s *Scheduler) breaker(st *journal.Stream) *breaker {
	if st.Every == 0 {
		return nil
	}
	if b, ok := s.breakers[st.Source]; ok {
		return b
	}
	b := newBreaker(st.Source)
	s.breakers[st.Source] = b
	return b
}

func (s *Scheduler) all() []*lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	lanes := make([]*lane, 0, len(s.lanes))
	for _, l := range s.lanes {
		lanes = append(lanes, l)
	}
	sort.Slice(lanes, func(i, j int) bool { return lanes[i].stream.Full() < lanes[j].stream.Full() })
	return lanes
}

func (s *Scheduler) lane(name string) (*lane, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l, ok := s.lanes[name]; ok {
		return l, nil
	}
	return nil, fmt.Errorf("stream %q: %w", name, journal.ErrNotFound)
}

// held reports whether a lane is this node's.
func (s *Scheduler) held(l *lane) bool { return s.Held(l.stream.Full()) }

// Stream gives a stream by its full name.
func (s *Scheduler) Stream(name string) (journal.Stream, error) {
	l, err := s.lane(name)
	if err != nil {
		return journal.Stream{}, err
	}
	return l.stream, nil
}

// Order asks for a run now.
func (s *Scheduler) Order(stream string, order journal.Order) error {
	l, err := s.lane(stream)
	if err != nil {
		return err
	}
	if l.stream.Disabled { // nobody would take the order, and it would look as if it had been done
		return disabled(stream)
	}
	if !s.held(l) {
		return journal.ErrElsewhere
	}
	if l.stream.Push {
		return &problem.Problem{Code: "GW-R016", Value: stream} // a run of nothing would count as news
	}
	select {
	case l.orders <- order:
		return nil
	default:
		return journal.ErrBusy
	}
}

func disabled(stream string) error { return &problem.Problem{Code: "GW-R098", Value: stream} }

// Pause stops a stream by a person's decision; it outlives a restart.
func (s *Scheduler) Pause(ctx context.Context, stream string, p journal.Pause) error {
	l, err := s.lane(stream)
	if err != nil {
		return err
	}
	if l.stream.Disabled {
		return disabled(stream)
	}
	if err := s.Kept.SetPause(ctx, stream, p); err != nil {
		return fmt.Errorf("schedule: pause %s: %w", stream, err)
	}
	l.mu.Lock()
	l.paused(&p)
	l.mu.Unlock()
	s.poke()
	return nil
}

// Resume lets a paused stream run again, at once. One that is not paused is told
// so: whoever wants a run orders one.
func (s *Scheduler) Resume(ctx context.Context, stream, by string) error {
	l, err := s.lane(stream)
	if err != nil {
		return err
	}
	pauses, err := s.Kept.Pauses(ctx)
	if err != nil {
		return fmt.Errorf("schedule: resume %s: %w", stream, err)
	}
	if _, paused := pauses[stream]; !paused {
		return &problem.Problem{Code: "GW-R112", Value: stream}
	}
	if err := s.Kept.ClearPause(ctx, stream, by); err != nil {
		return fmt.Errorf("schedule: resume %s: %w", stream, err)
	}
	l.mu.Lock()
	l.pause = nil
	if !l.stream.Push {
		l.next = s.Now()
	}
	l.mu.Unlock()
	s.poke()
	if l.stream.Push || !s.held(l) {
		return nil // the deliverer comes again by itself; whoever holds it sees that the pause is over
	}
	return s.Order(stream, journal.Order{})
}

// Replay maps held Raws again with today's mapping, always from the Raw, and
// commits what comes of it. Raws that are refused again stay held.
func (s *Scheduler) Replay(ctx context.Context, stream string, raws []canonical.Raw) (journal.Receipt, error) {
	l, err := s.lane(stream)
	if err != nil {
		return journal.Receipt{}, err
	}
	if !s.held(l) {
		return journal.Receipt{}, journal.ErrElsewhere
	}
	return l.work().Remap(ctx, raws)
}

func (s *Scheduler) secretChanged(stream string) func(time.Time) bool {
	return func(since time.Time) bool { return s.SecretChanged == nil || s.SecretChanged(stream, since) }
}

// Renew gives a stream another worker, from its next run on: its secrets
// changed. Where the old ones were refused it is asked again now.
func (s *Scheduler) Renew(stream string, w Worker) error {
	l, err := s.lane(stream)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.worker = w
	if l.halted && l.stream.Every > 0 {
		l.next = s.Now()
		select {
		case l.orders <- journal.Order{}:
		default: // one waits already
		}
	}
	return nil
}

// Advanced takes in that a run has committed a page.
func (s *Scheduler) Advanced(stream string, run journal.Run) {
	if l, err := s.lane(stream); err == nil {
		l.mu.Lock()
		l.advance = advance{at: s.Now(), seen: run.Counts.Received}
		l.mu.Unlock()
	}
}

// Own is what keeps this node from writing, whatever its sources are like; nil
// while it can.
func (s *Scheduler) Own() *problem.Problem {
	if s.Writable != nil {
		return s.Writable()
	}
	return s.own.Load()
}

// noteOwn takes in what a run or a delivery shows of our Log.
func (s *Scheduler) noteOwn(err error) {
	if err == nil {
		s.own.Store(nil)
	} else if p, named := problem.As(err); named && p.Reason() == problem.CannotWrite {
		s.own.Store(p)
		s.poke() // seen at once, however short it is
	}
}

// Between does something for a stream held here while none of its runs is
// under way: what is read of the stream in it is not old when it is committed.
func (s *Scheduler) Between(ctx context.Context, stream string, do func(ctx context.Context) error) error {
	l, err := s.lane(stream)
	if err != nil {
		return err
	}
	if !s.held(l) {
		return journal.ErrElsewhere
	}
	if err := l.occupy(ctx); err != nil {
		return err
	}
	defer func() { <-l.busy }()
	if !s.held(l) { // given up while it waited
		return journal.ErrElsewhere
	}
	return do(ctx)
}

// occupy waits for a lane's turn.
func (l *lane) occupy(ctx context.Context) error {
	select {
	case l.busy <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
