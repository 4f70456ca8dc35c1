package store

import (
	"context"
	"errors"
	"os"
	"testing"

	"iocgateway/deploy/dev/seed"
	"iocgateway/router/journal"
	"iocgateway/router/storetest"
)

func openHooked(dir string, hook func(string)) (journal.Log, func() error, error) {
	s, err := Open(context.Background(), Options{Dir: dir, hook: hook, walPages: 40})
	if err != nil {
		return nil, nil, err
	}
	return s, s.Close, nil
}

func TestMain(m *testing.M) {
	storetest.Main(openHooked)
	os.Exit(m.Run())
}

// TestKill dies at every step of a commit, and at random.
func TestKill(t *testing.T) {
	for _, point := range []string{"before-tx", "after-checkpoint", "mid-statements", "before-commit", "before-commit+", "after-commit",
		"after-mark", "wal-checkpoint", "wal-checkpoint+", ""} {
		name := point
		if name == "" {
			name = "random"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Kill(t, openHooked, point, seed.Rounds(t, 6))
		})
	}
}

// TestPlantings: the suite finds every planted defect, and nothing in the
// Log without one.
func TestPlantings(t *testing.T) {
	for _, p := range storetest.Plantings() {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			err := storetest.Judge(t.Context(), func() (storetest.Harness, error) { return p.Wrap(harness(t)), nil })
			if err == nil {
				t.Fatal("not found")
			}
			if errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			t.Log(err)
		})
	}
}
