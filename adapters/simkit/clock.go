package simkit

import (
	"sync"
	"time"
)

// Clock is simulated time. It starts where it is set and runs at a chosen
// multiple of the real clock, or stands still (speed 0) until it is advanced.
// It is safe for concurrent use.
type Clock struct {
	mu    sync.Mutex
	real  func() time.Time
	at    time.Time // simulated time at base
	base  time.Time // real time when at was true
	speed float64
}

// NewClock makes a clock that shows start and runs at speed times the real
// time; with speed 0 only Advance and Set move it.
func NewClock(start time.Time, speed float64) *Clock {
	return NewClockOn(time.Now, start, speed)
}

// NewClockOn is NewClock over another notion of real time.
func NewClockOn(realNow func() time.Time, start time.Time, speed float64) *Clock {
	return &Clock{real: realNow, at: start, base: realNow(), speed: speed}
}

// Now is the simulated time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	if c.speed == 0 {
		return c.at
	}
	passed := c.real().Sub(c.base)
	return c.at.Add(time.Duration(float64(passed) * c.speed))
}

// Advance moves the clock forward (or back, to imitate a bad clock).
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.base = c.now().Add(d), c.real()
}

// Set puts the clock at t.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.base = t, c.real()
}

// SetSpeed changes how fast the clock runs from now on.
func (c *Clock) SetSpeed(speed float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.base = c.now(), c.real()
	c.speed = speed
}

// Speed is the present factor.
func (c *Clock) Speed() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.speed
}
