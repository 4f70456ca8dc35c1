//go:build !race

package redis

// raced: the race detector is on.
const raced = false
