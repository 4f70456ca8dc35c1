package push

import (
	"errors"
	"net/http"

	"iocgateway/canonical/problem"
)

// Refusal is why a delivery was not taken, with its HTTP status.
// Its chain holds a *problem.Problem and the class: a delivery that is bad
// stops nothing (Reject), a delivery cut on the way may come again (Retry).
type Refusal struct {
	status   int
	err      error
	unproven bool
}

// Unproven reports whether it was refused before its signature could be looked
// at: anybody who knows the address can be refused so.
func (r *Refusal) Unproven() bool { return r.unproven }

// unproven marks what was refused before p, which signs bodies, had one to look at.
func (p proof) unproven(err error) error {
	var r *Refusal
	if p.secrets == nil || !errors.As(err, &r) {
		return err
	}
	marked := *r
	marked.unproven = true
	return &marked
}

// Error is why.
func (r *Refusal) Error() string { return r.err.Error() }

// Unwrap gives the classed Problem.
func (r *Refusal) Unwrap() error { return r.err }

// HTTPStatus is 400, 401, 413 or 415. Whoever answers needs no more than an
// interface with this method.
func (r *Refusal) HTTPStatus() int { return r.status }

func refuse(status int, p *problem.Problem) error {
	return &Refusal{status: status, err: problem.Reject(p)}
}

func unauthenticated(cause error) error {
	code := "GW-S801"
	if errors.Is(cause, errStale) {
		code = "GW-S802"
	}
	return refuse(http.StatusUnauthorized, &problem.Problem{Code: code, Err: cause})
}
