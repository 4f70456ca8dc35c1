package kafka

import (
	"fmt"

	"iocgateway/canonical/problem"
	"iocgateway/router/health"
)

// Ready reports whether this node's view has what the Log had when it began.
func (l *Log) Ready() error {
	lag := l.Lag()
	if lag.CatchUp {
		return &problem.Problem{Code: "GW-Q013", Value: fmt.Sprint(lag.Behind), Err: lag.Trouble}
	}
	return l.Err()
}

// Report is how far this node's view is behind the Log, and what is wrong
// with reading it.
func (l *Log) Report() (*health.ViewReport, []problem.Problem) {
	lag := l.Lag()
	var found []problem.Problem
	if p, ok := problem.As(lag.Trouble); ok {
		found = append(found, *p)
	}
	if p, ok := problem.As(l.Ready()); ok && lag.CatchUp {
		found = append(found, *p)
	}
	return &health.ViewReport{Behind: lag.Behind, CatchingUp: lag.CatchUp, NotSince: lag.NotSince}, found
}
