//go:build !race

package redis

// raced says that the race detector is on.
const raced = false
