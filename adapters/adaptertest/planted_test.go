package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/dvc"
	"iocgateway/adapters/dvc/dvcsim"
	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

func sound() Case {
	return Case{
		Spec: dvc.Spec(), Kind: canonical.KindDossier, Settings: `
url: ${env:URL}
page_size: 50
auth: {client_id: igate-ioc, client_secret: "${env:SECRET}"}
`,
		Env: map[string]string{"SECRET": "sim-secret"}, Secrets: []string{"sim-secret"}, Required: []string{"url"},
		Old: "../../testdata/checkpoints/dvc-v1.json", Member: "appliedDate",
		Start: func(t testing.TB) *Upstream {
			at := time.Date(2026, 11, 23, 9, 0, 0, 0, city.Zone())
			c := city.New(1, at, city.Sizes{Dossiers: 230, Feedback: 5, Documents: 5, Tasks: 5, Calls: 5})
			clock := simkit.NewClock(at, 0)
			faults := simkit.NewFaults(clock, 1)
			srv, err := simkit.Serve("", dvcsim.New(c, clock, faults, dvcsim.Options{}))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = srv.Close() })
			return &Upstream{Server: srv, Faults: faults, Clock: clock, Keys: func() []string { return c.KeysDossiers(clock.Now()) }}
		},
	}
}

type pull func(ctx context.Context, from canonical.Checkpoint) (adapters.Page, error)

// bent is a sound source with one thing wrong. List, Probe and Fetch are the
// sound ones unless replaced.
type bent struct {
	adapters.Source
	pull  pull
	list  func(adapters.Lister) iter.Seq2[adapters.Stamp, error]
	probe func() error
	fetch func(adapters.Fetcher, string) (canonical.Raw, error)
}

func (b bent) Pull(ctx context.Context, from canonical.Checkpoint) (adapters.Page, error) {
	if b.pull == nil {
		return b.Source.Pull(ctx, from)
	}
	return b.pull(ctx, from)
}

func (b bent) List(ctx context.Context, s adapters.Scope) iter.Seq2[adapters.Stamp, error] {
	l := b.Source.(adapters.Lister)
	if b.list == nil {
		return l.List(ctx, s)
	}
	return b.list(l)
}

func (b bent) Probe(ctx context.Context) error {
	if b.probe == nil {
		return b.Source.(adapters.Prober).Probe(ctx)
	}
	return b.probe()
}

func (b bent) Fetch(ctx context.Context, key string) (canonical.Raw, error) {
	f := b.Source.(adapters.Fetcher)
	if b.fetch == nil {
		return f.Fetch(ctx, key)
	}
	return b.fetch(f, key)
}

// edit makes a bug out of a change to every page.
func edit(change func(p *adapters.Page, from canonical.Checkpoint)) func(adapters.Source) adapters.Source {
	return func(s adapters.Source) adapters.Source {
		return bent{Source: s, pull: func(ctx context.Context, from canonical.Checkpoint) (adapters.Page, error) {
			p, err := s.Pull(ctx, from)
			if err == nil {
				change(&p, from)
			}
			return p, err
		}}
	}
}

// errs makes a bug out of a change to every error.
func errs(change func(err error) (adapters.Page, error)) func(adapters.Source) adapters.Source {
	return func(s adapters.Source) adapters.Source {
		return bent{Source: s, pull: func(ctx context.Context, from canonical.Checkpoint) (adapters.Page, error) {
			p, err := s.Pull(ctx, from)
			if err != nil {
				return change(err)
			}
			return p, nil
		}}
	}
}

func swallow(from canonical.Checkpoint) adapters.Page {
	return adapters.Page{Next: from, Complete: &adapters.Scope{}, Start: true}
}

// stateful reads on from where it was, whatever checkpoint it is given.
func stateful(s adapters.Source) adapters.Source {
	var at canonical.Checkpoint
	return bent{Source: s, pull: func(ctx context.Context, _ canonical.Checkpoint) (adapters.Page, error) {
		p, err := s.Pull(ctx, at)
		if err == nil {
			at = p.Next
		}
		return p, err
	}}
}

type bug struct {
	check string
	plant func(adapters.Source) adapters.Source
}

func bugs() map[string]bug {
	return map[string]bug{
		"loses the last row of a page": {"complete",
			edit(func(p *adapters.Page, _ canonical.Checkpoint) { p.Records = p.Records[:max(len(p.Records)-1, 0)] })},
		"starts every page":               {"complete", edit(func(p *adapters.Page, _ canonical.Checkpoint) { p.Start = true })},
		"proves before the end":           {"complete", edit(func(p *adapters.Page, _ canonical.Checkpoint) { p.Complete = &adapters.Scope{} })},
		"keeps the place in memory":       {"resume", stateful},
		"keeps it in memory, asked twice": {"again", stateful},
		"puts the clock into the checkpoint": {"idle", func() func(adapters.Source) adapters.Source {
			n := 0
			return edit(func(p *adapters.Page, _ canonical.Checkpoint) {
				n++
				p.Next = canonical.Checkpoint(strings.Replace(string(p.Next), `{"v":1`, fmt.Sprintf(`{"v":1,"n":%d`, n), 1))
			})
		}()},
		"begins again when idle": {"idle", edit(func(p *adapters.Page, _ canonical.Checkpoint) { p.Next = keepWhile(p) })},
		"one version for all contents": {"version",
			edit(func(p *adapters.Page, _ canonical.Checkpoint) { eachVersion(p, func(int) string { return "1" }) })},
		"a version of the moment": {"version", func() func(adapters.Source) adapters.Source {
			n := 0
			return edit(func(p *adapters.Page, _ canonical.Checkpoint) {
				n++
				eachVersion(p, func(i int) string { return fmt.Sprint(n, i) })
			})
		}()},
		"sweeps what is new": {"restart", func(s adapters.Source) adapters.Source { return lazy{bent{Source: s}, nil} }},
		"goes on where it was told to begin again": {"restart", func(s adapters.Source) adapters.Source {
			return lazy{bent{Source: s}, s.(adapters.Restarter)}
		}},
		"sees new keys only":          {"follow", onlyNew},
		"never proves removal":        {"gone", edit(func(p *adapters.Page, _ canonical.Checkpoint) { p.Complete = nil })},
		"skips a page after an error": {"passing", skipsAfterErrors},
		"takes errors for emptiness":  {"class", errs(func(error) (adapters.Page, error) { return swallow(nil), nil })},
		"retries a refused login": {"class",
			errs(func(err error) (adapters.Page, error) { return adapters.Page{}, problem.Retry(err, time.Hour) })},
		"halts on a hiccup":   {"class", errs(func(err error) (adapters.Page, error) { return adapters.Page{}, problem.Halt(err) })},
		"forgets Retry-After": {"class", errs(forgetAfter)},
		"does not listen to the context": {"cancel", func(s adapters.Source) adapters.Source {
			return bent{Source: s, pull: func(ctx context.Context, from canonical.Checkpoint) (adapters.Page, error) {
				return s.Pull(context.WithoutCancel(ctx), from)
			}}
		}},
		"takes emptiness for removal": {"empty", func(s adapters.Source) adapters.Source {
			return bent{Source: s, pull: func(ctx context.Context, from canonical.Checkpoint) (adapters.Page, error) {
				p, err := s.Pull(ctx, from)
				if q, ok := problem.As(err); ok && q.Code == "GW-S015" {
					return swallow(from), nil
				}
				return p, err
			}}
		}},
		"goes round for ever": {"stuck", errs(func(error) (adapters.Page, error) {
			return adapters.Page{More: true, Next: canonical.Checkpoint(fmt.Sprintf(`{"v":1,"x":%q}`, time.Now())), Records: nil}, nil
		})},
		"believes that late is lost": {"late", onlyNewer},
		"forgets who vanished":       {"vanish", onlyNew},
		"refuses old checkpoints": {"old", func(s adapters.Source) adapters.Source {
			return bent{Source: s, pull: func(ctx context.Context, from canonical.Checkpoint) (adapters.Page, error) {
				if len(from) > 0 {
					return adapters.Page{}, problem.Halt(errors.New("unknown checkpoint"))
				}
				return s.Pull(ctx, from)
			}}
		}},
		"keeps what it knows under the names it knows": {"renamed", edit(func(p *adapters.Page, _ canonical.Checkpoint) {
			for i := range p.Records {
				p.Records[i].Payload = []byte(strings.ReplaceAll(string(p.Records[i].Payload), `"appliedDateMoi"`, `"appliedDate"`))
			}
		})},
		"leaves out what it does not know": {"renamed", edit(func(p *adapters.Page, _ canonical.Checkpoint) {
			for i := range p.Records {
				p.Records[i].Payload = []byte(strings.ReplaceAll(string(p.Records[i].Payload), `"appliedDateMoi"`, `"x"`))
			}
		})},
		"shows its secret": {"secrets", errs(func(err error) (adapters.Page, error) {
			return adapters.Page{}, fmt.Errorf("GET ?client_secret=sim-secret: %w", err)
		})},
		"ends where the total does": {"lowtotals", edit(func(p *adapters.Page, _ canonical.Checkpoint) {
			p.More = p.More && p.Total > len(p.Records)
		})},
		"believes that a list is whole": {"cap", edit(func(p *adapters.Page, _ canonical.Checkpoint) {
			if p.Complete != nil {
				p.Complete = &adapters.Scope{}
			}
		})},
		"follows a clock that is ahead":        {"ahead", onlyNewer},
		"takes a page for a list without rows": {"html", errs(func(error) (adapters.Page, error) { return swallow(nil), nil })},
		"takes a page for nothing new": {"html", errs(func(error) (adapters.Page, error) {
			return adapters.Page{Next: canonical.Checkpoint(`{"v":1}`), Start: true}, nil
		})},
		"takes half for everything":     {"half", errs(func(error) (adapters.Page, error) { return swallow(nil), nil })},
		"says nothing of what is wrong": {"half", errs(func(error) (adapters.Page, error) { return adapters.Page{}, errors.New("x") })},
		"lists too little": {"list", func(s adapters.Source) adapters.Source {
			return bent{Source: s, list: func(l adapters.Lister) iter.Seq2[adapters.Stamp, error] {
				return func(yield func(adapters.Stamp, error) bool) {
					n := 0
					for x, err := range l.List(context.Background(), adapters.Scope{}) {
						if n++; n > 1 && !yield(x, err) {
							return
						}
					}
				}
			}}
		}},
		"always well": {"probe", func(s adapters.Source) adapters.Source { return bent{Source: s, probe: func() error { return nil }} }},
		"fetches anything": {"fetch", func(s adapters.Source) adapters.Source {
			return bent{Source: s, fetch: func(_ adapters.Fetcher, key string) (canonical.Raw, error) { return canonical.Raw{Key: key}, nil }}
		}},
	}
}
