package adaptertest

import (
	"context"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

func keepWhile(p *adapters.Page) canonical.Checkpoint {
	if p.More {
		return p.Next
	}
	return nil
}

func eachVersion(p *adapters.Page, version func(int) string) {
	for i := range p.Records {
		p.Records[i].Version = version(i)
	}
}

// onlyNew gives a key once and never again.
func onlyNew(s adapters.Source) adapters.Source {
	had := map[string]bool{}
	return edit(func(p *adapters.Page, _ canonical.Checkpoint) {
		kept := p.Records[:0:0]
		for _, r := range p.Records {
			if !had[r.Key] {
				kept = append(kept, r)
			}
			had[r.Key] = true
		}
		p.Records = kept
	})(s)
}

// onlyNewer leaves out what is older than the newest it ever saw.
func onlyNewer(s adapters.Source) adapters.Source {
	var mark time.Time
	return bent{Source: s, pull: func(ctx context.Context, from canonical.Checkpoint) (adapters.Page, error) {
		p, err := s.Pull(ctx, from)
		limit := mark
		kept := p.Records[:0:0]
		for _, r := range p.Records {
			if len(from) == 0 || limit.IsZero() || p.Start && r.At.After(limit) || !p.Start {
				kept = append(kept, r)
			}
			if r.At.After(mark) {
				mark = r.At
			}
		}
		p.Records = kept
		return p, err
	}}
}

// skipsAfterErrors goes on after the page that failed.
func skipsAfterErrors(s adapters.Source) adapters.Source {
	failed := false
	return bent{Source: s, pull: func(ctx context.Context, from canonical.Checkpoint) (adapters.Page, error) {
		p, err := s.Pull(ctx, from)
		if err != nil {
			failed = true
			return p, err
		}
		if failed {
			failed = false
			p.Records = nil
		}
		return p, nil
	}}
}

// lazy takes an order to sweep, or only one to begin again, for a word.
type lazy struct {
	bent
	sweeps adapters.Restarter
}

func (l lazy) Sweep(from canonical.Checkpoint) (canonical.Checkpoint, error) {
	if l.sweeps != nil {
		return l.sweeps.Sweep(from)
	}
	return from, nil
}

func (l lazy) Restart(from canonical.Checkpoint) (canonical.Checkpoint, error) {
	if to, err := l.Source.(adapters.Restarter).Restart(from); err != nil || string(to) == string(from) {
		return to, err
	}
	return append(canonical.Checkpoint(" "), from...), nil
}

func forgetAfter(err error) (adapters.Page, error) {
	class, _ := problem.Class(err)
	if class == problem.FaultRetry {
		return adapters.Page{}, problem.Retry(err, 0)
	}
	return adapters.Page{}, err
}

// TestPlantedBugs proves each check able to fail, and a sound adapter to pass.
func TestPlantedBugs(t *testing.T) {
	covered := map[string]bool{"open": true, "required": true} // below
	for _, b := range wardBugs() {
		covered[b.check] = true // TestPlantedInWards
	}
	for name, b := range bugs() {
		covered[b.check] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := sound()
			c.Wrap = b.plant
			if Verify(t, c, b.check) == nil {
				t.Errorf("the check %q did not see it", b.check)
			}
		})
	}
	for _, k := range checks() {
		if !covered[k.name] {
			t.Errorf("no bug was planted for %q", k.name)
		}
	}
}

func TestSoundPasses(t *testing.T) { Run(t, sound()) }

func TestOpenThatAsks(t *testing.T) {
	c := sound()
	open := c.Spec.Open
	c.Spec.Open = func(s adapters.Settings, env adapters.Env) (adapters.Source, error) {
		src, err := open(s, env)
		if err == nil {
			_, _ = src.Pull(context.Background(), nil)
		}
		return src, err
	}
	if Verify(t, c, "open") == nil {
		t.Error("an Open that asks was not seen")
	}
}

func TestRequiredThatIsNot(t *testing.T) {
	c := sound()
	c.Required = []string{"page_size"}
	if Verify(t, c, "required") == nil {
		t.Error("a setting that can be left out passed for a required one")
	}
}
