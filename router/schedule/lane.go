package schedule

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// lane is the life of one stream: when it runs next, what its last runs
// were. A failing lane delays no other (invariant 5).
type lane struct {
	stream  journal.Stream
	worker  Worker
	breaker *breaker           // of the source; nil for one that delivers
	orders  chan journal.Order // asked for by a person
	busy    chan struct{}      // holds one while a run is under way, or work between two

	mu      sync.Mutex
	live    bool      // taken over, and not left yet
	seen    time.Time // when it was last looked at
	running bool
	stop    context.CancelFunc // of the run under way; nil: there is none
	next    time.Time          // zero: none planned
	pause   *journal.Pause
	fresh   time.Time // start of the last complete run, or last delivery
	source  time.Time
	last    *journal.Run
	taken   journal.Counts  // of deliveries, as far back as runs are kept
	counted time.Time       // since when
	tally   tally           // of deliveries, since they were last written down
	lengths []time.Duration // of the last complete runs
	state   health.State
	since   time.Time
	advance advance // of the run under way
	counts  health.Seen
	writing sync.Mutex // held while deliveries are written down
	faults
}

// faults are what went wrong with a stream, and is not over.
type faults struct {
	failures int               // in a row
	failing  time.Time         // since when: the end of the first of them
	halted   bool              // by the latest of them
	halts    int               // in a row
	suspect  *problem.Problem  // a whole listing, held
	doubt    *problem.Problem  // what the latest run left open
	doubtOf  int               // what that run received
	walked   bool              // … and whether a whole walk ended in it
	standing []problem.Problem // of the last whole walk, and no issue
	reminded []problem.Problem // of the last complete run, and no issue
	stay     int               // journal.Counts.Stays of the latest run that had any, or of a whole one
	early    int               // … Early
	earlyAt  time.Time         // … and when it ended
	refused  *health.Refused   // deliveries
	barren   int               // Raws held since something was published
}

const (
	keptLengths = 20
	// readBack is how many runs a restart looks back on: a suspicion of the
	// last daily listing must be found behind a day of polls.
	readBack = 1000
)

// advance is how far the run under way has come.
type advance struct {
	at   time.Time // of the newest page
	seen int       // Raws
}

// advancing is for how long a run counts as under way after its newest page.
const advancing = 10 * time.Minute

func (a advance) lately(now time.Time) bool { return !a.at.IsZero() && now.Sub(a.at) <= advancing }

// restore takes up where the runs on disk left off, so that a restart
// neither forgets a failure nor starts a storm.
func (l *lane) restore(runs []journal.Run, pause *journal.Pause, now time.Time, changed func(time.Time) bool) {
	l.faults, l.lengths, l.last = faults{}, nil, nil
	l.taken, l.counted = journal.Counts{}, now
	l.pause, l.next, l.seen = pause, now, now
	for i := len(runs) - 1; i >= 0; i-- {
		run := runs[i]
		if run.Replay {
			l.yielded(run.Counts, run.Ended)
		}
		if run.Replay || l.stream.Push && run.Ended.IsZero() {
			continue // it shows nothing of the source
		}
		l.count(&run)
		if run.Ended.IsZero() { // the process died in it
			run.Problem = &problem.Problem{Code: "GW-R005"}
		}
		l.finished(run)
	}
	if l.last != nil && l.last.Complete && l.stream.Every > 0 {
		if due := l.last.Started.Add(l.stream.Every); due.After(now) {
			l.next = due
		}
	}
	if l.stream.Every == 0 {
		l.next = time.Time{}
	}
	if l.credentialsFailed() && !changed(l.last.Ended) {
		l.halted, l.next = true, time.Time{} // a restart is nobody's word that they are right now
	}
}

// count takes in what an earlier process was delivered.
func (l *lane) count(run *journal.Run) {
	if !l.stream.Push {
		return
	}
	l.taken.Add(run.Counts)
	if run.Started.Before(l.counted) {
		l.counted = run.Started
	}
}

func (l *lane) credentialsFailed() bool {
	return l.failures > 0 && l.last.Problem != nil && l.last.Problem.Blames() == problem.BlamesCredentials
}

// finished takes a run's end into account.
func (l *lane) finished(run journal.Run) {
	l.last = &run
	l.yielded(run.Counts, run.Ended)
	if l.stream.Push {
		if l.refusals(&run); run.Problem != nil && !run.Complete {
			return // nothing was taken in that minute
		}
	}
	if run.SourceTime.After(l.source) {
		l.source = run.SourceTime
	}
	if !run.Complete {
		if run.Problem != nil && run.Problem.Reason() == problem.CannotWrite {
			return // it shows nothing of the source
		}
		if l.failures++; l.failures == 1 {
			l.failing = run.Ended
		}
		return
	}
	l.failures, l.halted, l.halts, l.fresh = 0, false, 0, run.Started
	if l.stream.Push {
		l.fresh = run.Ended // the last delivery
	}
	if run.Listed {
		l.suspect = nil // only another whole listing can answer a suspicion
	}
	if run.Suspicion() != nil {
		l.suspect = run.Suspicion()
	}
	l.doubtful(&run)
	if len(l.lengths) == keptLengths {
		l.lengths = l.lengths[1:]
	}
	l.lengths = append(l.lengths, run.Ended.Sub(run.Started))
}

// yielded takes in what became of what a run or a delivery brought. One that
// brought nothing new shows nothing.
func (l *lane) yielded(counts journal.Counts, at time.Time) {
	l.stay = max(l.stay, counts.Stays)
	if counts.Early > 0 {
		l.early, l.earlyAt = counts.Early, at
	}
	if counts.Published > counts.Gone {
		l.barren = 0
		return
	}
	l.barren += counts.Held - counts.Again
}

// refusals takes in what was refused in a minute of deliveries. A stranger's
// that is in it came after the last that was taken (tally.add).
func (l *lane) refusals(run *journal.Run) {
	switch {
	case run.Refused != nil:
		l.refused = l.refused.Recount(run)
		return
	case run.Complete:
		l.refused = l.refused.Take(run.Ended)
	}
	for i := range run.Notes { // what earlier versions wrote has no counts
		if health.Stranger(&run.Notes[i]) {
			l.refused = l.refused.Refuse(&run.Notes[i], true, run.Ended)
		}
	}
	if run.Problem != nil {
		l.refused = l.refused.Refuse(run.Problem, health.Stranger(run.Problem), run.Ended)
	}
}

// doubtful takes in what a complete run left open. A walk repeats its own
// doubts until it has answered them; that a source went back is answered by a
// run that saw about as much as the one that showed it.
func (l *lane) doubtful(run *journal.Run) {
	l.reminded = slices.DeleteFunc(slices.Clone(run.Notes), func(p problem.Problem) bool { return p.Reason() != problem.Reminding })
	if run.Whole {
		l.standing = slices.DeleteFunc(slices.Clone(run.Notes), func(p problem.Problem) bool { return p.Reason() != problem.Standing })
		l.early, l.stay = run.Counts.Early, run.Counts.Stays // a listing answers for every record
	}
	if note := run.Noted(problem.Backward, problem.Walked, problem.Doubtful); note != nil {
		l.doubt, l.doubtOf, l.walked = note, run.Counts.Received, run.Whole
		return
	}
	if l.doubt != nil && l.doubt.Reason() == problem.Walked && l.walked && !run.Whole {
		return
	}
	if l.doubt != nil && l.doubt.Reason() == problem.Backward && !run.Listed && 2*run.Counts.Received < l.doubtOf {
		return
	}
	l.doubt = nil
}

func (l *lane) typical() time.Duration {
	var longest time.Duration // of at most twenty runs the longest is the 95th percentile
	for _, length := range l.lengths {
		longest = max(longest, length)
	}
	return longest
}

// plan decides when to try again; err is nil after a success.
func (l *lane) plan(now time.Time, err error, jitter func(time.Duration) time.Duration) {
	class, after := problem.Class(err)
	switch {
	case l.stream.Every == 0:
		l.next = time.Time{}
	case err == nil:
		l.next = now.Add(jitter(l.stream.Every))
	case class == problem.FaultHalt:
		l.halt(now, err, jitter)
	case problem.Has(err, problem.CannotWrite):
		l.next = now.Add(jitter(max(after, oursAgain)))
	default:
		l.next = now.Add(jitter(max(after, backoff(l.failures, l.stream.Every))))
	}
}

const (
	haltFirst = 5 * time.Minute
	haltMost  = time.Hour
)

// halt stops the stream. What a person mends elsewhere (a certificate, an
// address, a page that was away) is seen when it is asked again, slowly.
// Credentials that were refused are not tried again by themselves: that locks
// accounts.
func (l *lane) halt(now time.Time, err error, jitter func(time.Duration) time.Duration) {
	l.halted, l.next = true, time.Time{}
	if blamed(err) == problem.BlamesCredentials {
		return
	}
	l.next = now.Add(jitter(min(haltFirst<<min(l.halts, 10), haltMost)))
	l.halts++
}

// oursAgain is how long a stream waits when our own Log takes nothing: it goes
// on within a minute once that is mended.
const oursAgain = 20 * time.Second

// backoff doubles from five seconds, and never waits longer than the
// stream's own interval (at least a minute).
func backoff(failures int, every time.Duration) time.Duration {
	wait := 5 * time.Second << min(max(failures-1, 0), 10)
	return min(wait, max(every, time.Minute))
}

// report gathers the facts about the stream, with what keeps this node from
// writing. The caller holds l.mu.
func (l *lane) report(own *problem.Problem) health.Report {
	r := health.Report{State: l.state, Since: l.since, Running: l.running, LastRun: l.last, Pause: l.pause,
		Signs: health.Signs{LookedAt: l.seen, Paused: l.pause != nil, FreshThrough: l.fresh,
			Failures: l.failures, LastFailed: l.failures > 0, Halted: l.halted,
			BreakerOpen: l.breaker.open(), NextRun: l.next, Typical: l.typical(), SourceTime: l.source,
			Suspicion: cmp.Or(l.suspect, l.doubt),
			Faults: health.Faults{Own: own, Breaker: l.breaker.why(), Refused: l.refused, Seen: l.counts, Barren: l.barren,
				Standing: l.stands(), Advancing: l.running && l.advance.lately(l.seen)}}}
	if l.last != nil && l.failures > 0 {
		r.Signs.Cause, r.Signs.FailedSince, r.Signs.FailedAt = l.last.Problem, l.failing, l.last.Ended
	}
	if own, able := l.worker.(interface{ Unfit() *problem.Problem }); able {
		r.Signs.Unfit = own.Unfit()
	}
	if knows, able := l.worker.(rememberer); able {
		r.Signs.Drift, r.Signs.Settled, r.Signs.Codes, r.Signs.MoreCodes = knows.Remembered()
	}
	if l.stream.Push {
		taken := l.taken
		r.Delivered, r.DeliveredSince = &taken, l.counted
	}
	return r
}

// stands is what the last whole walk showed, and what goes by itself: a version
// whose time has not come cannot stand before others for longer than that time
// was ahead.
func (l *lane) stands() []problem.Problem {
	all := slices.Concat(l.standing, l.reminded)
	if l.early > 0 && l.seen.Before(l.earlyAt.Add(journal.FarAhead)) {
		all = append(all, journal.Counts{Early: l.early}.Notes()...)
	}
	all = append(all, journal.Counts{Stays: l.stay}.Notes()...)
	return all
}

// assess computes the stream's status from a report, and since when it is in
// its state as this node sees it. The caller holds l.mu.
func (l *lane) assess(r *health.Report, now time.Time, has health.Holding) health.Status {
	r.Signs.Now = now
	r.Signs.Declare(&l.stream)
	r.Signs.Hold(has)
	found := health.Assess(r.Signs)
	if found.State != l.state {
		l.state, l.since = found.State, now
	}
	if r.State == found.State && !r.Since.IsZero() {
		l.since = r.Since // the node that holds it saw it begin
	}
	r.State, r.Since = l.state, l.since
	return health.Describe(&l.stream, r, found)
}

// work is the stream's worker as it is now.
func (l *lane) work() Worker {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.worker
}

// attempt runs the stream once, through the source's breaker.
func (l *lane) attempt(ctx context.Context, order journal.Order, forced bool) (journal.Run, error) {
	if err := l.occupy(ctx); err != nil {
		return journal.Run{}, err
	}
	defer func() { <-l.busy }()
	tell := func(error) {}
	if l.breaker != nil && !forced {
		permitted, err := l.breaker.trips.Allow()
		if err != nil {
			return journal.Run{}, problem.Retry(&problem.Problem{Code: "GW-R006", Err: err}, breakerRest)
		}
		tell = permitted
	}
	run, err := l.work().Run(ctx, order)
	if l.breaker != nil {
		l.breaker.done(tell, l.stream.Full(), err)
	}
	return run, err
}
