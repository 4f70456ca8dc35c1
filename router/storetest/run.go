package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"iocgateway/canonical"
	"iocgateway/deploy/dev/seed"
	"iocgateway/router/journal"
)

// Run judges a Log: random scripts against the model, shrunk when they
// fail, the scenes, a run that is cut, and writers in each other's way. Open gives an empty Log
// each time.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	t.Run("model", func(t *testing.T) {
		seed.Check(t, func(rt *rapid.T) {
			script := rapid.SliceOfN(rapid.Custom(drawStep), 1, 25).Draw(rt, "script")
			h := open(t)
			if err := h.done(play(t.Context(), h, script)); err != nil {
				rt.Fatal(err)
			}
		})
	})
	t.Run("scenes", func(t *testing.T) { runScenes(t, open) })
	t.Run("cut run", func(t *testing.T) {
		h := open(t)
		if _, able := h.Log.(journal.Runs); !able {
			t.Skip("this Log keeps no runs")
		}
		if err := h.done(cutRun(t.Context(), h)); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("past", func(t *testing.T) {
		h := open(t)
		if _, able := h.Log.(journal.Pasts); !able {
			t.Skip("this Log remembers nothing of streams")
		}
		if err := h.done(keptPast(t.Context(), h)); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("concurrent", func(t *testing.T) {
		h := open(t)
		if err := h.done(concurrent(t.Context(), h)); err != nil {
			t.Fatal(err)
		}
	})
}

func runScenes(t *testing.T, open func(t *testing.T) Harness) {
	for _, sc := range scenes() {
		t.Run(sc.name, func(t *testing.T) {
			h := open(t)
			if err := h.done(playScene(t.Context(), h, sc)); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func drawStep(t *rapid.T) step {
	item := rapid.Custom(func(t *rapid.T) draw {
		return draw{Key: rapid.IntRange(0, keys-1).Draw(t, "key"), Payload: rapid.IntRange(0, payloads-1).Draw(t, "payload"),
			At: rapid.IntRange(0, times-1).Draw(t, "at"), Bare: rapid.Bool().Draw(t, "bare")}
	})
	return step{Stream: rapid.IntRange(0, streams-1).Draw(t, "stream"), Mapping: rapid.IntRange(0, 1).Draw(t, "mapping"),
		Action: rapid.IntRange(0, actions-1).Draw(t, "action"), Proved: rapid.Bool().Draw(t, "proved"),
		Adopts: rapid.IntRange(0, 3).Draw(t, "adopts") == 3,
		Items:  rapid.SliceOfN(item, 0, 6).Draw(t, "items")}
}

// Judge is Run with fixed scripts and without a testing.T: the first thing
// found wrong, or nil. It is how the suite itself is tested.
func Judge(ctx context.Context, open func() (Harness, error)) error {
	for seed := range uint64(18) {
		h, err := open()
		if err != nil {
			return err
		}
		if err := h.done(play(ctx, h, randomScript(seed, 30))); err != nil {
			return fmt.Errorf("script %d: %w", seed, err)
		}
	}
	for _, sc := range scenes() {
		h, err := open()
		if err != nil {
			return err
		}
		if err := h.done(playScene(ctx, h, sc)); err != nil {
			return fmt.Errorf("%s: %w", sc.name, err)
		}
	}
	return nil
}

const (
	rivals = 4
	rounds = 12
)

// concurrent has several writers walk the same streams: of those that pulled
// from the same checkpoint exactly one may win.
func concurrent(ctx context.Context, h Harness) error {
	log := h.Log
	var mu sync.Mutex
	won := map[string]int{}
	var all error
	var wg sync.WaitGroup
	for n := range rivals * 3 {
		wg.Go(func() {
			name := streamName(n % 3)
			for range rounds {
				ok, err := rival(ctx, log, n)
				mu.Lock()
				if ok {
					won[name]++
				}
				all = errors.Join(all, err)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if all == nil && h.Settle != nil {
		all = h.Settle(ctx)
	}
	if all != nil {
		return all
	}
	for n := range 3 {
		name := streamName(n)
		cp, err := log.Checkpoint(ctx, name)
		if err != nil || string(cp) != fmt.Sprint(won[name]) {
			return fmt.Errorf("%s: checkpoint %s after %d commits that won (%w)", name, cp, won[name], err)
		}
		es, err := log.Read(ctx, streamKind(n).Feed(), nil, 10_000)
		if err != nil || len(es) != won[name] {
			return fmt.Errorf("%s: %d entries after %d commits that won (%w)", name, len(es), won[name], err)
		}
		p, at := player{h: h}, journal.Position{}
		for i := range es {
			if at, err = p.follow(at, &es[i]); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// rival commits one new record a page; false when another was there first.
func rival(ctx context.Context, log journal.Log, n int) (bool, error) {
	name := streamName(n % 3)
	from, err := log.Checkpoint(ctx, name)
	if err != nil {
		return false, err
	}
	it := draw{Payload: 0}.item(n%3, 1)
	key := fmt.Sprintf("%d-%s", n, from)
	rec := *it.Record
	it.Raw.Key, rec.Key, rec.ID = key, key, canonical.ID(rec.Kind, rec.Source, key)
	rec.Body = fmt.Appendf(nil, `{"id":%q}`, rec.ID)
	rec.Version = canonical.ContentVersion(rec.Body)
	it.Record = &rec
	b := journal.Batch{Stream: name, Mapping: "m@2", Items: []journal.Item{it}, At: hour(1), From: from,
		Next: canonical.Checkpoint(nextCheckpoint(string(from)))}
	_, err = log.Commit(ctx, b)
	if errors.Is(err, journal.ErrCheckpoint) {
		return false, nil
	}
	return err == nil, err
}
