package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/simkit"
	"iocgateway/cmd/gateway/verbs/sandbox"
	"iocgateway/cmd/gateway/wiring"
	"iocgateway/deploy/dev/seed"
	"iocgateway/router/journal"
)

// TestKillEveryFaultIsSurvived gives every source every fault there is, one
// after another: the process lives, every Raw is accounted for, and when the
// fault ends the gateway holds exactly what the city counts. It takes
// minutes, and runs where CHAOS_ROUNDS is set.
func TestKillEveryFaultIsSurvived(t *testing.T) {
	if os.Getenv(seed.Many) == "" {
		t.Skip(seed.Many + " is not set: the run through every fault is skipped")
	}
	for _, fault := range simkit.Names() {
		t.Run(fault, func(t *testing.T) {
			var list []string
			for _, source := range append(sandbox.Sources(), "hotline") {
				list = append(list, source+":"+fault)
			}
			a, c := sandboxed(t, strings.Join(list, ","))
			time.Sleep(2 * time.Second)
			for _, f := range c.Faults {
				f.Clear()
			}
			recovers(t, a, c)
		})
	}
}

// recovers orders every stream to run until the gateway holds what the city
// counts.
func recovers(t *testing.T, a *wiring.App, c *sandbox.City) {
	t.Helper()
	now := c.Clock.Now()
	want := map[string][]string{"dvc-tinh/ho-so": c.City.KeysDossiers(now), "ioffice/nhiem-vu": c.City.KeysTasks(now)}
	deadline := time.Now().Add(2 * time.Minute) // what vanished and came back is found by the next sweep
	var why string
	for why = "not looked at"; why != "" && time.Now().Before(deadline); {
		for stream := range want {
			if err := a.Scheduler.Order(stream, journal.Order{}); err != nil && !errors.Is(err, journal.ErrBusy) {
				t.Fatal(err)
			}
		}
		time.Sleep(300 * time.Millisecond)
		why = differs(t.Context(), a, want)
	}
	if why != "" {
		t.Error(why)
	}
	report, err := sandbox.LookAt(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	for stream, n := range report.Open {
		if n != 0 {
			t.Errorf("%s: %d Raws unexplained", stream, n)
		}
	}
}

func differs(ctx context.Context, a *wiring.App, want map[string][]string) string {
	for stream, keys := range want {
		got, err := a.Store.LiveKeys(ctx, stream, adapters.Scope{})
		if err != nil {
			return err.Error()
		}
		sort.Strings(got)
		sort.Strings(keys)
		if !slices.Equal(got, keys) {
			return fmt.Sprintf("%s: %d keys in the gateway, %d in the city; %s", stream, len(got), len(keys), firstDifference(got, keys))
		}
	}
	return ""
}
