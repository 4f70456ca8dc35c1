package schedule

import (
	"context"
	"errors"
	"net"
	"sync"

	"github.com/sony/gobreaker/v2"

	"iocgateway/canonical/problem"
)

// breaker rests a source that cannot be reached or does not know us: what its
// streams would find is known. One stream's bad content is that stream's own,
// and says nothing of the others (invariant 14).
type breaker struct {
	trips *gobreaker.TwoStepCircuitBreaker[struct{}]

	mu      sync.Mutex
	culprit *problem.Problem // whose failures opened it
}

func newBreaker(source string) *breaker {
	return &breaker{trips: gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{Name: source, Timeout: breakerRest,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= breakerTrips }})}
}

// open reports whether the source rests, or was not heard since.
func (b *breaker) open() bool { return b != nil && b.trips.State() != gobreaker.StateClosed }

// why is what a stream shows that is not asked because of another's failures;
// nil while the breaker is closed.
func (b *breaker) why() *problem.Problem {
	if !b.open() {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.culprit == nil {
		return &problem.Problem{Code: "GW-R006"}
	}
	known := *b.culprit
	return &known
}

// done tells how an attempt ended.
func (b *breaker) done(tell func(error), stream string, err error) {
	counts := err != nil && !errors.Is(err, context.Canceled)
	if counts {
		switch blamed(err) {
		case problem.BlamesLink, problem.BlamesAddress, problem.BlamesCredentials:
		default:
			counts = false
		}
	}
	if !counts {
		tell(nil)
		return
	}
	code := "GW-S001"
	if p, named := problem.As(err); named {
		code = p.Code
	}
	b.mu.Lock()
	b.culprit = &problem.Problem{Code: "GW-R006", Value: stream, Near: code}
	b.mu.Unlock()
	tell(err)
}

// blamed is whom a failure accuses, also one that was given no words: those
// of the network are the link's.
func blamed(err error) problem.Blame {
	if p, named := problem.As(err); named {
		return p.Blames()
	}
	var network net.Error
	if errors.As(err, &network) {
		return problem.BlamesLink
	}
	return problem.BlamesContent
}
