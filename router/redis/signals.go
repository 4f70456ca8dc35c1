package redis

import (
	"context"
	"time"
)

// signals are what other nodes publish: that nodes came or went, that names
// lie free. A signal makes this node tick sooner, and nothing else: without
// any, all goes on by the ticks.
type signals struct {
	registry registry
	answers  *answers
	clock    clock
	nodes    chan struct{} // came or went
	free     chan struct{} // names lie free
}

func newSignals(r registry, a *answers, c clock) *signals {
	return &signals{registry: r, answers: a, clock: c, nodes: make(chan struct{}, 1), free: make(chan struct{}, 1)}
}

// run subscribes until ctx is over, and again after each failure.
func (s *signals) run(ctx context.Context) {
	wait := time.Second
	for ctx.Err() == nil {
		began := s.clock.now()
		err := s.registry.subscribe(ctx, s.receive)
		if err != nil {
			s.answers.subscribed(err)
		}
		if s.clock.now().Sub(began) > time.Minute {
			wait = time.Second
		}
		select {
		case <-ctx.Done():
		case <-time.After(s.clock.between(wait/2, wait)):
		}
		wait = min(2*wait, 30*time.Second)
	}
}

// receive passes a signal on. It never waits: one that is not yet acted upon
// stands for all that follow.
func (s *signals) receive(got signal) {
	s.answers.subscribed(nil)
	if got == signalFree {
		notify(s.free)
	} else {
		notify(s.nodes)
	}
}

func notify(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// clock is a node's time, and the chance that keeps many nodes from coming at
// once.
type clock struct {
	now    func() time.Time
	random func() float64
}

// between is a random time.
func (c clock) between(least, most time.Duration) time.Duration {
	return least + time.Duration(c.random()*float64(most-least))
}
