package wiring

import "testing"

func TestSlackPercent(t *testing.T) {
	for live, want := range map[uint64]int{0: 100, 1 << 20: 100, 24 << 20: 100, 48 << 20: 50, 96 << 20: 25, 1 << 30: 20, 1 << 50: 20} {
		if got := slackPercent(live); got != want {
			t.Errorf("%d alive: %d %%, want %d", live, got, want)
		}
	}
}
