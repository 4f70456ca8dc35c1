package redis

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"iocgateway/deploy/dev/seed"
)

// crowd are nodes that tick on a registry in memory, without clocks and
// goroutines: the rule of sharing alone.
type crowd struct {
	memory   *memoryRegistry
	now      time.Time
	size     int
	sessions []session
	next     int
	rand     *rand.Rand
}

func newCrowd(size int, seed uint64) *crowd {
	c := &crowd{now: time.UnixMilli(1_764_000_000_000), size: size, rand: rand.New(rand.NewPCG(seed, 1))}
	c.memory = newMemoryRegistry(func() time.Time { return c.now })
	return c
}

func (c *crowd) join() {
	c.next++
	s := session{id: fmt.Sprintf("n%03d", c.next), ttl: 10 * time.Second, work: true, catalogue: "c", size: c.size}
	_, _ = c.memory.join(context.Background(), s, 0)
	if c.memory.names["c"].len() < c.size {
		_ = c.memory.register(context.Background(), s, names("s", c.size))
	}
	c.sessions = append(c.sessions, s)
}

// gone takes a node out: in order, or dead and found out.
func (c *crowd) gone() {
	i := c.rand.IntN(len(c.sessions))
	_ = c.memory.leave(context.Background(), c.sessions[i].id, true)
	c.sessions = slices.Delete(c.sessions, i, i+1)
}

// tick lets all tick once, in any order; what is to be shed is released then,
// or later.
func (c *crowd) tick() {
	c.now = c.now.Add(time.Second)
	for _, i := range c.rand.Perm(len(c.sessions)) {
		s := c.sessions[i]
		v, _ := c.memory.tick(context.Background(), s, tickRequest{limit: batch})
		if over := v.held - v.allowed; over > 0 && c.rand.IntN(4) > 0 {
			_, held, _ := c.memory.held(context.Background(), s.id)
			_, _ = c.memory.release(context.Background(), s.id, held[:over])
		}
	}
}

func (c *crowd) loads() []int {
	var list []int
	for _, s := range c.sessions {
		list = append(list, c.memory.heldBy[s.id].len())
	}
	slices.Sort(list)
	return list
}

func (c *crowd) idle() int {
	count := c.size
	for _, l := range c.loads() {
		count -= l
	}
	return count
}

// least is the least that any rule has to give out: all that nobody holds, and
// what those above the fair share have too much, were the heaviest to keep the
// one more.
func (c *crowd) least() int {
	loads := c.loads()
	slices.Reverse(loads)
	moves := c.idle()
	for i, l := range loads {
		target := c.size / len(loads)
		if i < c.size%len(loads) {
			target++
		}
		moves += max(0, l-target)
	}
	return moves
}

// settle ticks until all is fair and nothing idle, and gives after how many
// ticks of each; an error where that takes too long or moves more than it must.
func (c *crowd) settle() (ticks int, err error) {
	least, before := c.least(), c.memory.moves
	for ticks = 0; ; ticks++ {
		loads := c.loads()
		if c.idle() == 0 && loads[len(loads)-1]-loads[0] <= 1 {
			break
		}
		if ticks == 60 {
			return ticks, fmt.Errorf("after %d ticks %d idle, loads %v", ticks, c.idle(), loads)
		}
		c.tick()
	}
	held := maps.Clone(c.memory.owner)
	for range 5 { // and it stays so
		c.tick()
	}
	if !maps.Equal(held, c.memory.owner) {
		return ticks, fmt.Errorf("what was settled moved on")
	}
	if moved := c.memory.moves - before; moved != least {
		return ticks, fmt.Errorf("%d moved, %d had to", moved, least)
	}
	return ticks, nil
}

// TestSharesAreFairAndMovesAreFewest: whatever nodes come and go, in the end
// no two differ by more than one, and not one name moved that need not.
func TestSharesAreFairAndMovesAreFewest(t *testing.T) {
	seed.Check(t, func(rt *rapid.T) {
		c := newCrowd(rapid.IntRange(0, 400).Draw(rt, "names"), rapid.Uint64().Draw(rt, "seed"))
		for range rapid.IntRange(1, 8).Draw(rt, "changes") {
			for range rapid.IntRange(0, 6).Draw(rt, "join") {
				c.join()
			}
			for range min(rapid.IntRange(0, 6).Draw(rt, "gone"), len(c.sessions)-1) {
				c.gone()
			}
			if len(c.sessions) == 0 {
				c.join()
			}
			if _, err := c.settle(); err != nil {
				rt.Fatal(err)
			}
		}
	})
}

// TestChangesInBetween: nodes come and go while others still move names. Then
// each change may cost its own: a node that comes its share, one that goes
// what it holds.
func TestChangesInBetween(t *testing.T) {
	seed.Check(t, func(rt *rapid.T) {
		c := newCrowd(rapid.IntRange(1, 400).Draw(rt, "names"), rapid.Uint64().Draw(rt, "seed"))
		c.join()
		if _, err := c.settle(); err != nil {
			rt.Fatal(err)
		}
		bound, before := 0, c.memory.moves
		for range rapid.IntRange(1, 12).Draw(rt, "changes") {
			if len(c.sessions) == 1 || rapid.Bool().Draw(rt, "join") {
				c.join()
				bound += c.size/len(c.sessions) + 1
			} else {
				idle := c.idle()
				c.gone()
				bound += c.idle() - idle
			}
			for range rapid.IntRange(0, 2).Draw(rt, "ticks") {
				c.tick()
			}
		}
		for range 60 {
			c.tick()
		}
		loads := c.loads()
		if c.idle() > 0 || loads[len(loads)-1]-loads[0] > 1 {
			rt.Fatalf("%d idle, loads %v", c.idle(), loads)
		}
		if moved := c.memory.moves - before; moved > bound {
			rt.Fatalf("%d moved, at most %d may", moved, bound)
		}
	})
}

// TestPlantedBugsOfSharingAreSeen proves that the measures measure.
func TestPlantedBugsOfSharingAreSeen(t *testing.T) {
	for _, bug := range []string{"", "never sheds", "sheds too much", "keeps the one more"} {
		seen := false
		for size := range 30 {
			c := newCrowd(size, uint64(size))
			c.memory.bug = bug
			for range 5 {
				c.join()
				_, err := c.settle()
				seen = seen || err != nil
			}
		}
		if seen != (bug != "") {
			t.Errorf("bug %q: seen %v", bug, seen)
		}
	}
}
