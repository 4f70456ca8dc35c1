package main

import "testing"

func TestSlackPercent(t *testing.T) {
	for live, want := range map[uint64]int{0: 100, 1 << 20: 100, 32 << 20: 100, 64 << 20: 50, 100 << 20: 32, 1 << 30: 20, 1 << 50: 20} {
		if got := slackPercent(live); got != want {
			t.Errorf("%d alive: %d %%, want %d", live, got, want)
		}
	}
}
