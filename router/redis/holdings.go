package redis

import (
	"context"
	"slices"
	"sync"
	"time"
)

// phase is where a name stands on this node.
type phase int

const (
	working  phase = iota
	stopping       // Lose is running
	stopped        // Lose has returned; the release has not been confirmed
)

// holding is a name this node works on, or is stopping.
type holding struct {
	token int64
	phase phase
	lost  bool  // it is not ours any more: nothing to release
	again int64 // it became ours anew while its work was being stopped
}

// holdings is what this node works on: the names, and the calls of Gained and
// Lose that start and stop their work. It knows nothing of Redis. Only the
// goroutine of Run changes it; others read it.
type holdings struct {
	gained     func(name string, token int64)
	stop       func(ctx context.Context, name string) // LeaseOptions.Lose
	stopWithin time.Duration
	returned   chan struct{} // a Lose has returned

	mu       sync.Mutex
	of       map[string]*holding
	ended    []string // their Lose has returned, and settle has not seen it yet
	retiring bool     // Run is ending: nothing is started any more
}

func newHoldings(o *LeaseOptions) *holdings {
	return &holdings{gained: o.Gained, stop: o.Lose, stopWithin: o.StopWithin,
		returned: make(chan struct{}, 1), of: map[string]*holding{}}
}

// retire lets nothing be started any more.
func (h *holdings) retire() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.retiring = true
}

// gain takes in names that the registry gave. Work that is being stopped is
// waited for: a name is never worked on twice here.
func (h *holdings) gain(ctx context.Context, given []lease) {
	var start, end []lease
	h.mu.Lock()
	for _, g := range given {
		has := h.of[g.name]
		switch {
		case (has == nil || has.phase == stopped) && h.retiring: // its answer was missed: give it back unused
			h.of[g.name] = &holding{token: g.token, phase: stopped}
		case has == nil || has.phase == stopped:
			h.of[g.name] = &holding{token: g.token}
			start = append(start, g)
		case has.phase == stopping:
			has.lost, has.again = true, g.token
		case has.token != g.token: // given anew while we work: under the new token it starts anew
			has.phase, has.lost, has.again = stopping, true, g.token
			end = append(end, g)
		}
	}
	h.mu.Unlock()
	for _, g := range end {
		h.end(ctx, g.name)
	}
	for _, g := range start {
		h.gained(g.name, g.token)
	}
}

// lose stops the work on names. Where they are lost already, nothing will be
// released.
func (h *holdings) lose(ctx context.Context, names []string, lost bool) {
	var end []string
	h.mu.Lock()
	for _, name := range names {
		has := h.of[name]
		switch {
		case has == nil:
		case has.phase == working:
			has.phase, has.lost = stopping, lost
			end = append(end, name)
		case lost && has.phase == stopped:
			delete(h.of, name)
		case lost:
			has.lost, has.again = true, 0
		}
	}
	h.mu.Unlock()
	for _, name := range end {
		h.end(ctx, name)
	}
}

func (h *holdings) loseAll(ctx context.Context, lost bool) int {
	h.mu.Lock()
	names := make([]string, 0, len(h.of))
	for name := range h.of {
		names = append(names, name)
	}
	h.mu.Unlock()
	h.lose(ctx, names, lost)
	return len(names)
}

// end runs Lose beside the loop: one that takes long delays no other.
func (h *holdings) end(ctx context.Context, name string) {
	go func() {
		ctx, cancel := context.WithTimeout(ctx, h.stopWithin)
		defer cancel()
		h.stop(ctx, name)
		h.mu.Lock()
		h.ended = append(h.ended, name)
		h.mu.Unlock()
		notify(h.returned)
	}()
}

// settle takes in the Loses that returned: what came back meanwhile is worked
// on again, what was lost is forgotten, the rest is to be released.
func (h *holdings) settle() {
	var start []lease
	h.mu.Lock()
	for _, name := range h.ended {
		has := h.of[name]
		switch {
		case has == nil:
		case has.again != 0 && h.retiring:
			*has = holding{token: has.again, phase: stopped}
		case has.again != 0:
			*has = holding{token: has.again}
			start = append(start, lease{name, has.token})
		case has.lost:
			delete(h.of, name)
		default:
			has.phase = stopped
		}
	}
	h.ended = nil
	h.mu.Unlock()
	for _, s := range start {
		h.gained(s.name, s.token)
	}
}

// forget drops names whose release was confirmed.
func (h *holdings) forget(released []lease) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range released {
		if has := h.of[r.name]; has != nil && has.phase == stopped && has.token == r.token {
			delete(h.of, r.name)
		}
	}
}

// where lists the holdings that a condition holds for.
func (h *holdings) where(holds func(*holding) bool) []lease {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []lease
	for name, has := range h.of {
		if holds(has) {
			list = append(list, lease{name, has.token})
		}
	}
	return list
}

// in lists what stands in a phase, the newest claims first: those have the
// least to lose.
func (h *holdings) in(p phase) []lease {
	list := h.where(func(has *holding) bool { return has.phase == p })
	slices.SortFunc(list, func(a, b lease) int { return int(min(max(b.token-a.token, -1), 1)) })
	return list
}

// ours lists what this node still works on, be it to the end.
func (h *holdings) ours() []lease {
	return h.where(func(has *holding) bool { return has.phase == working || has.phase == stopping && !has.lost })
}

// expected counts the leases that the registry should have for this session.
func (h *holdings) expected() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	count := 0
	for _, has := range h.of {
		if !has.lost || has.again != 0 {
			count++
		}
	}
	return count
}

// news leaves out of what the registry has for this session what is worked on
// here, or being stopped, under the same token: its release is on the way.
func (h *holdings) news(there []lease) []lease {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.DeleteFunc(there, func(g lease) bool {
		has := h.of[g.name]
		return has != nil && (has.token == g.token || has.again == g.token)
	})
}

// leftovers counts what still has to stop, and what still has to be released.
func (h *holdings) leftovers() (running, unreleased int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, has := range h.of {
		if has.phase == stopped {
			unreleased++
		} else {
			running++
		}
	}
	return running, unreleased + len(h.ended)
}

// counts counts what is worked on, and what is being stopped or was.
func (h *holdings) counts() (held, stopping int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, has := range h.of {
		if has.phase == working {
			held++
		} else {
			stopping++
		}
	}
	return held, stopping
}
