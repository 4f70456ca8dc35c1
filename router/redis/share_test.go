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

// crowd are nodes that tick on a book, without clocks and goroutines: the rule
// of sharing alone.
type crowd struct {
	book  *book
	now   time.Time
	size  int
	seats []seat
	next  int
	rand  *rand.Rand
}

func newCrowd(size int, seed uint64) *crowd {
	c := &crowd{now: time.UnixMilli(1_764_000_000_000), size: size, rand: rand.New(rand.NewPCG(seed, 1))}
	c.book = newBook(func() time.Time { return c.now })
	return c
}

func (c *crowd) join() {
	c.next++
	s := seat{session: fmt.Sprintf("n%03d", c.next), ttl: 10 * time.Second, work: true, catalogue: "c", size: c.size}
	_, _ = c.book.join(context.Background(), s, 0)
	if c.book.names["c"].len() < c.size {
		_ = c.book.register(context.Background(), s, names("s", c.size))
	}
	c.seats = append(c.seats, s)
}

// gone takes a node out: in order, or dead and found out.
func (c *crowd) gone() {
	i := c.rand.IntN(len(c.seats))
	_ = c.book.leave(context.Background(), c.seats[i].session, true)
	c.seats = slices.Delete(c.seats, i, i+1)
}

// round lets all tick once, in any order; what is to be shed is released then,
// or later.
func (c *crowd) round() {
	c.now = c.now.Add(time.Second)
	for _, i := range c.rand.Perm(len(c.seats)) {
		s := c.seats[i]
		v, _ := c.book.tick(context.Background(), s, ask{limit: batch})
		if over := v.held - v.allowed; over > 0 && c.rand.IntN(4) > 0 {
			_, held, _ := c.book.held(context.Background(), s.session)
			_, _ = c.book.release(context.Background(), s.session, held[:over])
		}
	}
}

func (c *crowd) loads() []int {
	var list []int
	for _, s := range c.seats {
		list = append(list, c.book.heldBy[s.session].len())
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

// settle rounds until all is fair and nothing idle, and tells after how many
// rounds; an error where that takes too long or moves more than it must.
func (c *crowd) settle() (rounds int, err error) {
	least, before := c.least(), c.book.moves
	for rounds = 0; ; rounds++ {
		loads := c.loads()
		if c.idle() == 0 && loads[len(loads)-1]-loads[0] <= 1 {
			break
		}
		if rounds == 60 {
			return rounds, fmt.Errorf("after %d rounds %d idle, loads %v", rounds, c.idle(), loads)
		}
		c.round()
	}
	held := maps.Clone(c.book.owner)
	for range 5 { // and it stays so
		c.round()
	}
	if !maps.Equal(held, c.book.owner) {
		return rounds, fmt.Errorf("what was settled moved on")
	}
	if moved := c.book.moves - before; moved != least {
		return rounds, fmt.Errorf("%d moved, %d had to", moved, least)
	}
	return rounds, nil
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
			for range min(rapid.IntRange(0, 6).Draw(rt, "gone"), len(c.seats)-1) {
				c.gone()
			}
			if len(c.seats) == 0 {
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
		bound, before := 0, c.book.moves
		for range rapid.IntRange(1, 12).Draw(rt, "changes") {
			if len(c.seats) == 1 || rapid.Bool().Draw(rt, "join") {
				c.join()
				bound += c.size/len(c.seats) + 1
			} else {
				idle := c.idle()
				c.gone()
				bound += c.idle() - idle
			}
			for range rapid.IntRange(0, 2).Draw(rt, "rounds") {
				c.round()
			}
		}
		for range 60 {
			c.round()
		}
		loads := c.loads()
		if c.idle() > 0 || loads[len(loads)-1]-loads[0] > 1 {
			rt.Fatalf("%d idle, loads %v", c.idle(), loads)
		}
		if moved := c.book.moves - before; moved > bound {
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
			c.book.bug = bug
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
