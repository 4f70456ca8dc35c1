package schedule

import (
	"context"
	"fmt"

	"iocgateway/canonical/drift"
	"iocgateway/router/health"
)

// rememberer is a Worker that remembers what its stream looks like.
type rememberer interface {
	// Remembered is what changed, what of it is over, the unknown codes seen most,
	// and how many there are beside them.
	Remembered() (open, over []drift.Item, words []drift.Word, more int)
}

// publishDrift says what changed in what a stream's source gives, and what of
// it is over: what was said once is not said again.
func publishDrift(ctx context.Context, s *Scheduler, name string, signs *health.Signs) {
	if s.Drifted == nil || s.Own() != nil {
		return
	}
	newest := map[string]bool{} // by key: what opened again is not over
	for _, items := range [][]drift.Item{signs.Drift, signs.Settled} {
		for i := len(items) - 1; i >= 0; i-- {
			item := &items[i]
			if newest[item.Key()] {
				continue
			}
			newest[item.Key()] = true
			said, now := name+" "+item.Key(), item.First.String()+" "+item.End
			if s.drifts[said] == now {
				continue
			}
			if err := s.Drifted(ctx, name, *item); err != nil {
				continue // at the next look
			}
			s.drifts[said] = now
			if p := item.Problem(); item.End == "" {
				s.Log.Warn("the source changed", "stream", name, "code", p.Code, "field", item.Field, "path", item.Path)
			} else {
				s.Log.Info("a change of the source is over", "stream", name, "how", item.End, "path", item.Path)
			}
		}
	}
}

// forgetDrift has what is said of a stream said anew, by whoever holds it next.
func forgetDrift(drifts map[string]string, name string) {
	for said := range drifts {
		if len(said) > len(name) && said[:len(name)+1] == fmt.Sprint(name, " ") {
			delete(drifts, said)
		}
	}
}
