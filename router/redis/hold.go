package redis

import (
	"context"
	"slices"
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

// gain takes in names that the ledger gave. Work that is being stopped is
// waited for: a name is never worked on twice here.
func (l *Leases) gain(given []lease) {
	var start, end []lease
	l.mu.Lock()
	for _, g := range given {
		h := l.holding[g.name]
		switch {
		case (h == nil || h.phase == stopped) && l.retiring: // its answer was missed: give it back unused
			l.holding[g.name] = &holding{token: g.token, phase: stopped}
		case h == nil || h.phase == stopped:
			l.holding[g.name] = &holding{token: g.token}
			start = append(start, g)
		case h.phase == stopping:
			h.lost, h.again = true, g.token
		case h.token != g.token: // given anew while we work: under the new token it starts anew
			h.phase, h.lost, h.again = stopping, true, g.token
			end = append(end, g)
		}
	}
	l.mu.Unlock()
	for _, g := range end {
		l.end(g.name)
	}
	for _, g := range start {
		l.o.Gained(g.name, g.token)
	}
}

// lose stops the work on names. Where they are lost already, nothing will be
// released.
func (l *Leases) lose(names []string, lost bool) {
	var end []string
	l.mu.Lock()
	for _, name := range names {
		h := l.holding[name]
		switch {
		case h == nil:
		case h.phase == working:
			h.phase, h.lost = stopping, lost
			end = append(end, name)
		case lost && h.phase == stopped:
			delete(l.holding, name)
		case lost:
			h.lost, h.again = true, 0
		}
	}
	l.mu.Unlock()
	for _, name := range end {
		l.end(name)
	}
}

func (l *Leases) loseAll(lost bool) int {
	l.mu.Lock()
	names := make([]string, 0, len(l.holding))
	for name := range l.holding {
		names = append(names, name)
	}
	l.mu.Unlock()
	l.lose(names, lost)
	return len(names)
}

// end runs Lose beside the loop: one that takes long delays no other.
func (l *Leases) end(name string) {
	go func() {
		ctx, cancel := context.WithTimeout(l.work, l.o.StopWithin)
		defer cancel()
		l.o.Lose(ctx, name)
		l.mu.Lock()
		l.finished = append(l.finished, name)
		l.mu.Unlock()
		nudge(l.done)
	}()
}

// settle looks at the Loses that returned: what came back meanwhile is worked
// on again, what was lost is forgotten, the rest is to be released.
func (l *Leases) settle() {
	var start []lease
	l.mu.Lock()
	for _, name := range l.finished {
		h := l.holding[name]
		switch {
		case h == nil:
		case h.again != 0 && l.retiring:
			*h = holding{token: h.again, phase: stopped}
		case h.again != 0:
			*h = holding{token: h.again}
			start = append(start, lease{name, h.token})
		case h.lost:
			delete(l.holding, name)
		default:
			h.phase = stopped
		}
	}
	l.finished = nil
	l.mu.Unlock()
	for _, s := range start {
		l.o.Gained(s.name, s.token)
	}
}

// in lists what stands in a phase, the newest claims first: those have the
// least to lose.
func (l *Leases) in(p phase) []lease {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []lease
	for name, h := range l.holding {
		if h.phase == p {
			list = append(list, lease{name, h.token})
		}
	}
	slices.SortFunc(list, func(a, b lease) int { return int(min(max(b.token-a.token, -1), 1)) })
	return list
}

func (l *Leases) count(p phase) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	count := 0
	for _, h := range l.holding {
		if h.phase == p {
			count++
		}
	}
	return count
}

// ours lists what this node still works on, be it to the end.
func (l *Leases) ours() []lease {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []lease
	for name, h := range l.holding {
		if h.phase == working || h.phase == stopping && !h.lost {
			list = append(list, lease{name, h.token})
		}
	}
	return list
}

// believed counts the leases the ledger should give us.
func (l *Leases) believed() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	count := 0
	for _, h := range l.holding {
		if !h.lost || h.again != 0 {
			count++
		}
	}
	return count
}

// leftovers counts what still has to stop, and what still has to be released.
func (l *Leases) leftovers() (running, unreleased int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, h := range l.holding {
		if h.phase == stopped {
			unreleased++
		} else {
			running++
		}
	}
	return running, unreleased + len(l.finished)
}

// forget drops names whose release was confirmed.
func (l *Leases) forget(released []lease) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range released {
		if h := l.holding[r.name]; h != nil && h.phase == stopped && h.token == r.token {
			delete(l.holding, r.name)
		}
	}
}

// mark notes that Redis answered, at a tick.
func (l *Leases) mark(v verdict, sent, got time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failure != nil && !l.heard.IsZero() {
		l.c.o.Log.Info("Redis answers again", "silent", got.Sub(l.heard).Round(time.Second))
	}
	l.last, l.failure, l.heard = v, nil, sent
	if v.known {
		l.offset = offset(sent, got, v.at)
		l.c.workers.Store(int64(v.workers))
	}
}
