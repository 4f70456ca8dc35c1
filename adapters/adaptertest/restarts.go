package adaptertest

import (
	"errors"
	"fmt"
	"maps"

	"iocgateway/adapters"
	"iocgateway/canonical"
)

// restarts tells a source to list everything again, and to begin a walk again
// in its middle: both begin at a first page and name everything there is.
func restarts(b *bench) error {
	src, err := b.open()
	if err != nil {
		return err
	}
	restarter, able := src.(adapters.Restarter)
	if _, queue := src.(adapters.Acker); queue || !able {
		return nil
	}
	whole := newMirror()
	if err := whole.walk(b.t.Context(), src, 0); err != nil {
		return err
	}
	if to, err := restarter.Restart(whole.at); err != nil || string(to) != string(whole.at) {
		return fmt.Errorf("no walk is under way, and one begins again: %w", err)
	}
	swept, err := restarter.Sweep(whole.at)
	if err != nil {
		return fmt.Errorf("a sweep: %w", err)
	}
	if err := b.again(newMirror(), src, swept); err != nil {
		return fmt.Errorf("a sweep: %w", err)
	}
	part := newMirror()
	for i, p := range whole.pages[:min(len(whole.pages)-1, 3)] { // the others are like these
		if err := part.take(p); err != nil {
			return err
		}
		to, err := restarter.Restart(p.Next)
		switch {
		case err != nil:
			return fmt.Errorf("behind page %d: %w", i, err)
		case whole.pages[i+1].Start, len(whole.pages[i+1].Records) == 0: // between two walks, or at the end
		case string(to) == string(p.Next):
			return fmt.Errorf("behind page %d: a walk is under way, and does not begin again", i)
		default:
			rest := newMirror()
			maps.Copy(rest.held, part.held)
			if err := b.again(rest, src, to); err != nil {
				return fmt.Errorf("begun again behind page %d: %w", i, err)
			}
		}
	}
	return nil
}

// again walks from a checkpoint: the first page begins a walk, and everything is named.
func (b *bench) again(m *mirror, src adapters.Source, from canonical.Checkpoint) error {
	m.at = from
	if err := m.walk(b.t.Context(), src, 0); err != nil {
		return err
	}
	if !m.pages[0].Start {
		return errors.New("its first page begins no walk")
	}
	return m.same(b.up.Keys())
}
