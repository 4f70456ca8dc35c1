package wiring

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	memorySlack = 24 << 20 // how much garbage may gather on top of what lives
	memoryTick  = 2 * time.Second
)

// slackPercent is Go's garbage collection target for a heap of which so much
// lives. Most of a large heap is the store's index: it holds no pointers and
// costs nothing to mark, so that collecting more often is cheap, while the
// usual "as much again" would double the process.
func slackPercent(live uint64) int {
	if live == 0 {
		return 100
	}
	return int(min(max(memorySlack*100/live, 20), 100))
}

// slacken keeps the target as the heap grows, until ctx is over. A GOGC in
// the environment is somebody's decision and stands.
func slacken(ctx context.Context) error {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	tick := time.NewTicker(memoryTick)
	defer tick.Stop()
	now := 100
	for {
		metrics.Read(live)
		if want := slackPercent(live[0].Value.Uint64()); want != now {
			debug.SetGCPercent(want)
			now = want
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
