package schedule

import (
	"testing"
	"testing/synctest"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// TestStrangersAreBounded: whoever only has the address cannot keep a stream an
// issue, and what he sends is told with its numbers until the source delivers.
func TestStrangersAreBounded(t *testing.T) {
	unsigned := problem.Reject(&problem.Problem{Code: "GW-S801"})
	sizes := knock{problem.Reject(&problem.Problem{Code: "GW-S803"})}
	for name, c := range map[string]struct {
		err    error
		taken  time.Duration // how often the source delivers; 0: never again
		every  time.Duration // how often the stranger knocks
		within time.Duration // after that the stream is none for it
	}{
		"of a source that delivers":                         {unsigned, 10 * time.Minute, time.Minute, 12 * time.Minute},
		"with what is too large, of a source that delivers": {sizes, 10 * time.Minute, time.Minute, 12 * time.Minute},
		"of a source that is quiet":                         {unsigned, 0, 20 * time.Minute, 8 * 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				source := &refusing{}
				st := wired{journal.Stream{Source: "push", Name: "t", Kind: canonical.KindTask, Push: true}, source}
				s, m, stop := bench(t, st)
				pass(time.Second)
				deliver := func(s node, err error) {
					source.err = err
					_, _ = s.Deliver(t.Context(), "push/t", nil)
				}
				deliver(s, nil)
				pass(time.Second)
				began, n := time.Now(), 0
				for time.Since(began) < c.within+2*time.Hour {
					deliver(s, c.err)
					n++
					pass(c.every)
					if c.taken > 0 && n%int(c.taken/c.every) == 0 {
						deliver(s, nil)
						pass(time.Second)
					}
					if got := stateOf(t, s, "push"); time.Since(began) > c.within && got.State != health.StateHealthy {
						t.Fatalf("%s after %s: %v", got.State, time.Since(began), got.Cause)
					}
				}
				deliver(s, c.err)
				pass(time.Second)
				stop()
				again := add(t, m, Options{}, st)
				again.start(t, true)
				defer again.stop()
				pass(time.Second)
				got := stateOf(t, again, "push")
				if got.State != health.StateHealthy || len(got.Warnings) != 1 || got.Warnings[0].Code != "GW-R111" || got.Warnings[0].Value == "" {
					t.Errorf("%s, told %+v", got.State, got.Warnings)
				}
				if c.taken == 0 && (got.Warnings[0].Value < "2" || got.Refused.Strangers.Count > n+1) {
					t.Errorf("%d of %d are counted", got.Refused.Strangers.Count, n+1)
				}
				deliver(again, nil)
				pass(time.Second)
				if got := stateOf(t, again, "push"); len(got.Warnings) != 0 {
					t.Errorf("the source delivered, and still %+v", got.Warnings)
				}
			})
		})
	}
}

// knock was refused before anything showed whose it is.
type knock struct{ error }

func (knock) Unproven() bool  { return true }
func (k knock) Unwrap() error { return k.error }
