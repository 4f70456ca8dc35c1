package problem

import (
	"errors"
	"time"
)

// Fault is what can be done about an error: all a scheduler can act on.
type Fault int

// The fault classes. An error nobody classed is FaultRetry with backoff.
const (
	FaultRetry   Fault = iota // try again, not before the time given
	FaultReject               // this Raw is bad: hold it, go on
	FaultExclude              // a named rule leaves this Raw out on purpose
	FaultHalt                 // a person is needed: stop this stream only
)

type classed struct {
	err   error
	class Fault
	after time.Duration
	rule  string
}

func (c *classed) Error() string { return c.err.Error() }
func (c *classed) Unwrap() error { return c.err }

// Retry marks err as passing: try again, not before after has gone by
// (zero leaves the wait to the scheduler's backoff).
func Retry(err error, after time.Duration) error {
	return &classed{err: err, class: FaultRetry, after: after}
}

// Reject marks err as the fault of one Raw: hold it, go on.
func Reject(err error) error { return &classed{err: err, class: FaultReject} }

// Halt marks err as needing a person: stop this stream only.
func Halt(err error) error { return &classed{err: err, class: FaultHalt} }

// Exclude is the rule of this name leaving a Raw out on purpose.
func Exclude(rule string) error {
	return &classed{err: errors.New("excluded by rule " + rule), class: FaultExclude, rule: rule}
}

// Class is an error's class and, for FaultRetry, the wait its source asked for.
func Class(err error) (class Fault, after time.Duration) {
	var c *classed
	if errors.As(err, &c) {
		return c.class, c.after
	}
	return FaultRetry, 0
}

// Rule is the name of the rule behind a FaultExclude error, or empty.
func Rule(err error) string {
	var c *classed
	if errors.As(err, &c) {
		return c.rule
	}
	return ""
}
