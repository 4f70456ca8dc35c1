package adaptertest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

func openDoesNoIO(b *bench) error {
	before := b.up.Server.Count()
	if _, err := b.open(); err != nil {
		return fmt.Errorf("opening: %w", err)
	}
	if n := b.up.Server.Count() - before; n > 0 {
		return fmt.Errorf("opening asked the source %d times", n)
	}
	return nil
}

func requiredSettings(b *bench) error {
	for _, path := range b.c.Required {
		n, err := b.node(path)
		if err != nil {
			return err
		}
		if _, err = b.openNode(n); err == nil {
			return fmt.Errorf("without %s it opens", path)
		}
		p, ok := problem.As(err)
		if !ok || !strings.HasSuffix(p.Field, path) {
			return fmt.Errorf("without %s the error does not name it: %w", path, err)
		}
	}
	return nil
}

func completeFromEmpty(b *bench) error {
	src, err := b.open()
	if err != nil {
		return err
	}
	m := newMirror()
	if err := m.walk(b.t.Context(), src, 0); err != nil {
		return err
	}
	for i, p := range m.pages {
		if p.Start != (i == 0) {
			return fmt.Errorf("page %d of the walk: Start is %v", i, p.Start)
		}
		if p.Complete != nil && p.More {
			return errors.New("a page is Complete before the walk's end")
		}
	}
	if len(b.up.Keys()) < 20 {
		return errors.New("the simulator holds too little to prove anything")
	}
	return m.same(b.up.Keys())
}

func resumable(b *bench) error {
	src, err := b.open()
	if err != nil {
		return err
	}
	whole := newMirror()
	if err := whole.walk(b.t.Context(), src, 0); err != nil {
		return err
	}
	if len(whole.pages) < 3 {
		return fmt.Errorf("a walk of %d pages has no boundary inside: lower page_size", len(whole.pages))
	}
	part := newMirror()
	for i, p := range whole.pages[:len(whole.pages)-1] {
		if err := part.take(p); err != nil {
			return err
		}
		fresh, err := b.open()
		if err != nil {
			return err
		}
		rest := newMirror()
		for k, r := range part.held {
			rest.held[k] = r
		}
		rest.at = part.at
		if err := rest.walk(b.t.Context(), fresh, 0); err != nil {
			return fmt.Errorf("after page %d: %w", i, err)
		}
		// It goes on where it was; at its end it may be made again, once, before
		// it is believed (invariant 16).
		if !sameKeys(rest.pages[0], whole.pages[i+1]) {
			return fmt.Errorf("after page %d the walk does not go on with the page that follows", i)
		}
		if len(rest.pages) > len(whole.pages)-i+len(whole.pages) {
			return fmt.Errorf("after page %d the walk took %d pages", i, len(rest.pages))
		}
		if err := rest.same(b.up.Keys()); err != nil {
			return fmt.Errorf("after page %d: %w", i, err)
		}
	}
	return nil
}

func sameKeys(a, b adapters.Page) bool {
	return slices.EqualFunc(a.Records, b.Records, func(x, y canonical.Raw) bool { return x.Key == y.Key })
}

func sameCheckpointAgain(b *bench) error {
	src, err := b.open()
	if err != nil {
		return err
	}
	var at canonical.Checkpoint
	for i := range 4 {
		first, err := src.Pull(b.t.Context(), at)
		if err != nil {
			return err
		}
		second, err := src.Pull(b.t.Context(), at)
		if err != nil {
			return err
		}
		if len(first.Records) != len(second.Records) || string(first.Next) != string(second.Next) || first.More != second.More {
			return fmt.Errorf("page %d asked twice: %d and %d records, or another checkpoint", i, len(first.Records), len(second.Records))
		}
		for k := range first.Records {
			if a, z := first.Records[k], second.Records[k]; a.Key != z.Key || a.Version != z.Version || string(a.Payload) != string(z.Payload) {
				return fmt.Errorf("page %d asked twice: record %d differs", i, k)
			}
		}
		if !json.Valid(first.Next) {
			return errors.New("the checkpoint is no JSON")
		}
		if at = first.Next; !first.More {
			return nil
		}
	}
	return nil
}

func idleIsCheap(b *bench) error {
	src, err := b.open()
	if err != nil {
		return err
	}
	m := newMirror()
	if err := m.walk(b.t.Context(), src, 0); err != nil {
		return err
	}
	for range 3 {
		before, at := b.up.Server.Count(), m.at
		poll := newMirror()
		poll.at = at
		if err := poll.walk(b.t.Context(), src, 0); err != nil {
			return err
		}
		if string(poll.at) != string(at) {
			return fmt.Errorf("an idle poll moved the checkpoint\n%.300s\n%.300s", at, poll.at)
		}
		if n := b.up.Server.Count() - before; n > b.c.Idle {
			return fmt.Errorf("an idle poll took %d requests, at most %d", n, b.c.Idle)
		}
	}
	return nil
}

// versionsFollowContent reads everything twice, days apart.
func versionsFollowContent(b *bench) error {
	first, err := b.everything()
	if err != nil {
		return err
	}
	b.up.Clock.Advance(72 * time.Hour)
	second, err := b.everything()
	if err != nil {
		return err
	}
	changed := 0
	for k, a := range first.held {
		z, ok := second.held[k]
		if !ok {
			continue
		}
		same := b.content(a.Payload) == b.content(z.Payload)
		if same != (a.Version == z.Version) {
			return fmt.Errorf("key %.40q: content same %v, version %q then %q", k, same, a.Version, z.Version)
		}
		if !same {
			changed++
		}
	}
	if changed == 0 {
		return errors.New("nothing changed in three days: the simulator proves nothing")
	}
	return nil
}

// everything is a full walk by a source of its own.
func (b *bench) everything() (*mirror, error) {
	src, err := b.open()
	if err != nil {
		return nil, err
	}
	m := newMirror()
	return m, m.walk(b.t.Context(), src, 0)
}

// followsChanges polls through a day of work and compares with a fresh
// reading of everything.
func followsChanges(b *bench) error {
	src, err := b.open()
	if err != nil {
		return err
	}
	m := newMirror()
	if err := m.walk(b.t.Context(), src, 0); err != nil {
		return err
	}
	for range 6 {
		b.up.Clock.Advance(97 * time.Minute)
		if err := m.walk(b.t.Context(), src, 0); err != nil {
			return err
		}
	}
	return b.settled(src, m)
}

// sweeps lets a sweep pass, twice: what the first one sees missing counts only
// from the second on. It gives what the mirror may still hold then: what the
// source itself removed between the two.
func (b *bench) sweeps(src adapters.Source, m *mirror) (unproved []string, err error) {
	var between []string
	for i := range 2 {
		b.up.Clock.Advance(b.c.Sweep)
		if err := m.walk(b.t.Context(), src, 3); err != nil {
			return nil, err
		}
		if i == 0 {
			between = b.up.Keys()
		}
	}
	removed := less(between, b.up.Keys())
	return less(m.keys(), less(m.keys(), removed)), nil
}

// settled lets two sweeps pass and compares with a fresh reading.
func (b *bench) settled(src adapters.Source, m *mirror) error {
	unproved, err := b.sweeps(src, m)
	if err != nil {
		return err
	}
	fresh, err := b.everything()
	if err != nil {
		return err
	}
	if err := fresh.same(b.up.Keys()); err != nil {
		return fmt.Errorf("a fresh reading: %w", err)
	}
	for k, want := range fresh.held {
		got, ok := m.held[k]
		if !ok {
			return fmt.Errorf("key %.40q never came", k)
		}
		if b.content(got.Payload) != b.content(want.Payload) {
			return fmt.Errorf("key %.40q is out of date:\n%.600s\n%.600s", k, got.Payload, want.Payload)
		}
	}
	if b.c.Except["gone"] != "" {
		return nil
	}
	return m.same(append(b.up.Keys(), unproved...))
}
