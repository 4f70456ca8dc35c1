package router

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sort"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
	"golang.org/x/sync/errgroup"

	"iocgateway/canonical"
)

const (
	breakerTrips = 8               // consecutive failures of a source
	breakerRest  = 5 * time.Minute // before it is tried again
	lookEvery    = 5 * time.Second // health is computed at least this often
)

// Keeper is what the scheduler keeps of people's decisions, and what streams hold.
type Keeper interface {
	Pauses(ctx context.Context) (map[string]Pause, error)
	SetPause(ctx context.Context, stream string, p Pause) error
	ClearPause(ctx context.Context, stream, by string) error
	Holdings(ctx context.Context) (map[string]Holding, error)
}

// Scheduler owns time: it runs each stream in its own lane, at its interval,
// with backoff, breakers per source and orders from people.
type Scheduler struct {
	Sync   *Syncer
	Keep   Keeper
	Now    func() time.Time
	Log    *slog.Logger
	Jitter func(time.Duration) time.Duration // spreads the runs; nil spreads nothing
	// Changed, if set, hears of every change of state.
	Changed func(context.Context, Status)
	// Shared: other nodes run streams as well. Of its lanes this one lives
	// those that Hold names, and no others.
	Shared bool
	// Looked, if set, hears at every look what the streams of this node are like.
	Looked func(context.Context, []Status)
	// Abroad, if set, tells what the other nodes say of the streams they hold.
	Abroad func(context.Context) (map[string]Status, error)

	mu       sync.Mutex
	lanes    map[string]*lane
	breakers map[string]*gobreaker.TwoStepCircuitBreaker[struct{}]
	told     map[string]State // of watch alone
	poked    chan struct{}    // something changed: look now
}

// Add takes a stream in. All streams are added before Run.
func (s *Scheduler) Add(ctx context.Context, st *Stream) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lanes == nil {
		s.lanes, s.told, s.poked = map[string]*lane{}, map[string]State{}, make(chan struct{}, 1)
		s.breakers = map[string]*gobreaker.TwoStepCircuitBreaker[struct{}]{}
	}
	if s.Jitter == nil {
		s.Jitter = func(d time.Duration) time.Duration { return d }
	}
	runs, err := s.Sync.Runs.LastRuns(ctx, st.Full(), readBack)
	if err != nil {
		return fmt.Errorf("router: last runs of %s: %w", st.Full(), err)
	}
	pauses, err := s.Keep.Pauses(ctx)
	if err != nil {
		return fmt.Errorf("router: pauses: %w", err)
	}
	l := &lane{stream: st, breaker: s.breaker(st), orders: make(chan Order, 1)}
	if !s.Shared { // what is shared is unknown until it is held, or another node tells
		l.heard = s.Now()
	}
	var pause *Pause
	if p, paused := pauses[st.Full()]; paused {
		pause = &p
	}
	l.restore(runs, pause, s.Now())
	l.tenure.set(!s.Shared)
	s.lanes[st.Full()] = l
	return nil
}

func (s *Scheduler) breaker(st *Stream) *gobreaker.TwoStepCircuitBreaker[struct{}] {
	if st.Every == 0 {
		return nil
	}
	if b, ok := s.breakers[st.Source]; ok {
		return b
	}
	b := gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{Name: st.Source, Timeout: breakerRest,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= breakerTrips }})
	s.breakers[st.Source] = b
	return b
}

// Run runs all lanes until ctx is over, then waits for the pages in hand.
func (s *Scheduler) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, l := range s.all() {
		if !l.stream.Disabled {
			group.Go(func() error { s.reside(ctx, l); return nil })
		}
	}
	group.Go(func() error { s.watch(ctx); return nil })
	err := group.Wait()
	s.writeTallies()
	return err
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

// live is one lane's loop.
func (s *Scheduler) live(ctx context.Context, l *lane) {
	for {
		order, forced, ok := s.await(ctx, l)
		if !ok {
			return
		}
		l.mu.Lock()
		l.running = true
		l.mu.Unlock()
		run, err := l.attempt(ctx, s.Sync, order, forced)
		if err != nil && ctx.Err() != nil {
			l.mu.Lock()
			l.running = false
			l.mu.Unlock()
			return // stopping: the run on disk says it was cut short
		}
		s.settle(l, run, err)
	}
}

// await waits for the lane's next run: its time, or a person's order.
func (s *Scheduler) await(ctx context.Context, l *lane) (order Order, forced, ok bool) {
	for {
		timer := time.NewTimer(s.untilNext(l))
		select {
		case <-ctx.Done():
			timer.Stop()
			return Order{}, false, false
		case order := <-l.orders:
			timer.Stop()
			return order, true, true
		case <-timer.C:
			if s.due(ctx, l) {
				return Order{}, false, true
			}
		}
	}
}

// untilNext is how long to sleep; a lane looks around at least every
// lookEvery, for a pause that ended or a clock that was set.
func (s *Scheduler) untilNext(l *lane) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.next.IsZero() || l.pause != nil {
		return lookEvery
	}
	return min(max(l.next.Sub(s.Now()), 0), lookEvery)
}

func (s *Scheduler) due(ctx context.Context, l *lane) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := s.Now()
	if l.pause != nil {
		if l.pause.Until.IsZero() || now.Before(l.pause.Until) {
			return false
		}
		if err := s.Keep.ClearPause(ctx, l.stream.Full(), "gateway"); err != nil {
			s.Log.Warn("a pause that is over could not be cleared", "stream", l.stream.Full(), "error", err)
		}
		l.pause = nil
	}
	return !l.next.IsZero() && !now.Before(l.next)
}

// settle takes a run's outcome in and plans the next one.
func (s *Scheduler) settle(l *lane, run Run, err error) {
	l.mu.Lock()
	now := s.Now()
	l.running = false
	if run.Replay { // it says nothing about the source, and changes no plan
		l.mu.Unlock()
		if err != nil {
			s.Log.Warn("replay failed", "stream", l.stream.Full(), "run", run.ID, "error", err)
		}
		s.poke()
		return
	}
	if run.ID != 0 {
		l.finished(run)
	}
	l.plan(now, err, s.Jitter)
	failures, next := l.failures, l.next
	l.mu.Unlock()
	if err != nil && (failures == 1 || failures == failingAfter) {
		s.Log.Warn("run failed", "stream", l.stream.Full(), "run", run.ID, "failures", failures, "next", next, "error", err)
	}
	s.poke()
}

// poke asks watch to look now; it never waits.
func (s *Scheduler) poke() {
	select {
	case s.poked <- struct{}{}:
	default:
	}
}

// watch computes health at least every lookEvery. It alone tells changes, so
// that they are told in order.
func (s *Scheduler) watch(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		s.look(ctx)
		select {
		case <-ctx.Done():
			return
		case <-s.poked:
		case <-tick.C:
		}
	}
}

// look computes every stream's state and tells those that changed.
func (s *Scheduler) look(ctx context.Context) {
	s.lookAtPauses(ctx)
	for _, l := range s.all() { // a long run is no silence: it is this look that must not stop
		if !l.tenure.held() && !l.stream.Disabled { // what is switched off is known to be
			continue
		}
		l.mu.Lock()
		l.heard = s.Now()
		due := l.tally.due(s.Now())
		l.mu.Unlock()
		if due {
			s.writeTally(ctx, l)
		}
	}
	statuses, err := s.Statuses(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.Log.Error("health cannot be computed", "error", err)
		}
		return
	}
	var mine []Status
	for _, st := range statuses {
		if !s.Holds(st.Name()) {
			delete(s.told, st.Name()) // whoever holds it tells
			continue
		}
		mine = append(mine, st)
		if s.told[st.Name()] == st.State {
			continue
		}
		s.told[st.Name()] = st.State
		s.Log.Info("stream state", "stream", st.Name(), "state", st.State)
		if s.Changed != nil {
			s.Changed(ctx, st)
		}
	}
	if s.Looked != nil {
		s.Looked(ctx, mine)
	}
}

// Statuses tells every stream as it is now, by name.
func (s *Scheduler) Statuses(ctx context.Context) ([]Status, error) {
	holdings, err := s.Keep.Holdings(ctx)
	if err != nil {
		return nil, fmt.Errorf("router: holdings: %w", err)
	}
	lanes, abroad := s.all(), s.abroad(ctx)
	out := make([]Status, 0, len(lanes))
	for _, l := range lanes {
		has := holdings[l.stream.Full()]
		if far, told := abroad[l.stream.Full()]; told && !l.tenure.held() {
			far.Promise = l.stream.Promise
			out = append(out, s.seen(ctx, far, has))
			continue
		}
		l.mu.Lock()
		out = append(out, l.status(s.Now(), has))
		l.mu.Unlock()
	}
	return out, nil
}

// ErrElsewhere says that another node holds the stream, or none does yet.
var ErrElsewhere = errors.New("router: another node holds this stream")

// ErrBusy says that the stream already has an order waiting.
var ErrBusy = errors.New("router: an order for this stream is already waiting")

// Order asks for a run now.
func (s *Scheduler) Order(stream string, order Order) error {
	l, err := s.lane(stream)
	if err != nil {
		return err
	}
	if !l.tenure.held() {
		return ErrElsewhere
	}
	if l.stream.Push() && !order.Replay {
		return &canonical.Problem{Code: "GW-R016", Value: stream} // a run of nothing would count as news
	}
	select {
	case l.orders <- order:
		return nil
	default:
		return ErrBusy
	}
}

// Pause stops a stream by a person's decision; it outlives a restart.
func (s *Scheduler) Pause(ctx context.Context, stream string, p Pause) error {
	l, err := s.lane(stream)
	if err != nil {
		return err
	}
	if err := s.Keep.SetPause(ctx, stream, p); err != nil {
		return fmt.Errorf("router: pause %s: %w", stream, err)
	}
	l.mu.Lock()
	l.pause = &p
	l.mu.Unlock()
	s.poke()
	return nil
}

// Resume lets a paused stream run again, at once.
func (s *Scheduler) Resume(ctx context.Context, stream, by string) error {
	l, err := s.lane(stream)
	if err != nil {
		return err
	}
	if err := s.Keep.ClearPause(ctx, stream, by); err != nil {
		return fmt.Errorf("router: resume %s: %w", stream, err)
	}
	l.mu.Lock()
	l.pause = nil
	if !l.stream.Push() {
		l.next = s.Now()
	}
	l.mu.Unlock()
	s.poke()
	if l.stream.Push() || !l.tenure.held() {
		return nil // the deliverer comes again by itself; whoever holds it sees that the pause is over
	}
	return s.Order(stream, Order{})
}

// Stream gives a stream by its full name.
func (s *Scheduler) Stream(name string) (*Stream, error) {
	l, err := s.lane(name)
	if err != nil {
		return nil, err
	}
	return l.stream, nil
}

func (s *Scheduler) lane(name string) (*lane, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l, ok := s.lanes[name]; ok {
		return l, nil
	}
	return nil, fmt.Errorf("stream %q: %w", name, ErrNotFound)
}
