package simkit

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
)

// Rand is seeded chance: the same seed and the same thing give the same draws,
// whatever was drawn for others before.
type Rand struct{ *rand.Rand }

// NewRand makes the chance of one thing: thing n of the family named.
func NewRand(seed uint64, family string, n int) Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(family))
	return Rand{rand.New(rand.NewPCG(seed^h.Sum64(), uint64(n)*0x9e3779b97f4a7c15+1))}
}

// Chance is true p times in a hundred.
func (r Rand) Chance(p float64) bool { return r.Float64()*100 < p }

// Between draws from lo to hi, both included.
func (r Rand) Between(lo, hi int) int {
	if hi <= lo {
		return lo
	}
	return lo + r.IntN(hi-lo+1)
}

// Digits draws n decimal digits.
func (r Rand) Digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + r.IntN(10))
	}
	return string(b)
}

// Hex draws n hexadecimal digits.
func (r Rand) Hex(n int) string {
	const digits = "0123456789abcdef"
	b := make([]byte, n)
	for i := range b {
		b[i] = digits[r.IntN(16)]
	}
	return string(b)
}

// GUID draws a lower-case GUID.
func (r Rand) GUID() string {
	return fmt.Sprintf("%s-%s-4%s-a%s-%s", r.Hex(8), r.Hex(4), r.Hex(3), r.Hex(3), r.Hex(12))
}

// Pick draws one of the list.
func Pick[T any](r Rand, list []T) T { return list[r.IntN(len(list))] }

// Share reports whether key belongs to a fixed p per cent of all keys, so that a
// fault always hits the same rows.
func Share(salt, key string, p float64) bool {
	h := fnv.New64a()
	_, _ = h.Write([]byte(salt))
	_, _ = h.Write([]byte{0})
	_, _ = h.Write([]byte(key))
	x := h.Sum64()
	x ^= x >> 29 // fnv's low bits alone follow the last byte too closely
	return float64(x%10000) < p*100
}
