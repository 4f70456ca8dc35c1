package health_test

import (
	"fmt"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/health"
)

// A stream that promises data no older than a quarter of an hour, seen at
// three moments.
func ExampleAssess() {
	now := time.Date(2026, 11, 28, 8, 0, 0, 0, time.UTC)
	signs := health.Signs{Now: now, LookedAt: now, Promise: 15 * time.Minute, Live: 1000,
		FreshThrough: now.Add(-2 * time.Minute), NextRun: now.Add(time.Minute)}
	fmt.Println(health.Assess(signs).State)

	signs.FreshThrough = now.Add(-20 * time.Minute)
	late := health.Assess(signs)
	fmt.Println(late.State, late.Badges, "by", late.Over)
	fmt.Println(late.Cause.Text(problem.English))

	signs.LookedAt = now.Add(-2 * time.Minute) // the node that holds it is silent
	fmt.Println(health.Assess(signs).State)
	// Output:
	// healthy
	// late [at_risk] by 5m0s
	// the data is older than the promised 15 min
	// unknown
}
