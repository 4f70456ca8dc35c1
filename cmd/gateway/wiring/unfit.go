package wiring

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/cmd/gateway/config"
	"iocgateway/mappings"
)

// mapping is a stream's. Where it is wrong the stream is wired all the same: it
// says what is wrong, waits until that is mended, and stops nobody else. Only
// a stream of which nobody knows what it is about cannot be.
func (w *Builder) mapping(source string, sc config.StreamConfig) (*mappings.Live, canonical.Kind, adapters.Evidence, error) {
	plan, err := w.set.Plan(sc.Mapping)
	if err == nil {
		if sc.Kind != "" && sc.Kind != plan.Kind {
			return nil, "", "", sc.Text.At(sc.Text.Path+".kind").Wrong("GW-C016", string(plan.Kind))
		}
		return mappings.NewLive(sc.Mapping, source, sc.Name, plan), plan.Kind, adapters.Evidence(plan.Evidence), nil
	}
	live := mappings.NewUnfit
	if !w.set.Knows(sc.Mapping) {
		err, live = w.noMapping(sc), mappings.NewLacking
		w.wrong = errors.Join(w.wrong, err)
	}
	kind := cmp.Or(sc.Kind, w.set.KindOf(sc.Mapping))
	if !slices.Contains(canonical.Kinds(), kind) && !w.Raws {
		return nil, "", "", err
	}
	return live(sc.Mapping, source, sc.Name, err), kind, adapters.Assumed, nil
}

// noMapping says that a stream names no mapping, or one that there is not; also
// where one of that name lies and is not read.
func (w *Builder) noMapping(sc config.StreamConfig) error {
	at := sc.Text.At(sc.Text.Path + ".mapping")
	if sc.Mapping == "" {
		p := sc.Text.Problem("GW-C004")
		p.Field = sc.Text.Path + ".mapping"
		return p
	}
	for _, ending := range []string{".yaml", ".yml"} {
		lies := filepath.Join(filepath.Dir(sc.Text.File), "mappings", filepath.FromSlash(sc.Mapping)+ending)
		if _, err := os.Stat(lies); err == nil && w.Config.Mappings.Dir == "" {
			p := at.Problem("GW-C034")
			p.Value, p.Path = sc.Mapping, lies
			return p
		}
	}
	return at.Unknown("GW-C015", sc.Mapping, w.set.Names())
}
