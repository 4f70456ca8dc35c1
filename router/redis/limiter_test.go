package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"pgregory.net/rapid"

	"iocgateway/deploy/dev"
	"iocgateway/deploy/dev/seed"
)

// TestOneAlgorithm holds the limiter of a node alone to the one in Redis, wait
// by wait.
func TestOneAlgorithm(t *testing.T) {
	m := miniredis.RunT(t)
	c, err := Open(t.Context(), Options{Addrs: []string{m.Addr()}, Node: worker("a")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	seed.Check(t, func(rt *rapid.T) {
		m.FlushAll()
		now := time.UnixMilli(1_764_000_000_000)
		m.SetTime(now)
		requests, per := rapid.IntRange(1, 5000).Draw(rt, "requests"), rapid.IntRange(1, 100).Draw(rt, "per")
		l := c.Limiter("s", requests, time.Duration(per)*time.Second, rapid.IntRange(1, 20).Draw(rt, "burst"))
		l.answer = time.Minute // a busy machine is no difference between the two
		var alone gcra
		for range rapid.IntRange(1, 60).Draw(rt, "calls") {
			most := time.Duration(rapid.Int64Range(-2, int64(10*l.interval/time.Microsecond)).Draw(rt, "most")) * time.Microsecond
			if most < 0 {
				most = -1
			}
			cold := rapid.IntRange(0, 9).Draw(rt, "cold") == 0
			p, err := l.shared(context.Background(), most, cold)
			wait, ok := alone.reserve(now, l.interval, l.burst, most, cold)
			if err != nil || p.wait != wait || (p.ticket != "") != ok {
				rt.Fatalf("Redis: %+v %v; alone: %v %v", p, err, wait, ok)
			}
			back := rapid.IntRange(0, 30).Draw(rt, "back") == 0 // the clock is set back
			d := time.Duration(rapid.Int64Range(0, int64(2*l.interval/time.Microsecond)).Draw(rt, "pass")) * time.Microsecond
			if back {
				d = -time.Duration(rapid.IntRange(2, 3600).Draw(rt, "by")) * time.Second
			}
			now = now.Add(d)
			m.SetTime(now)
		}
	})
}

// made are the moments at which requests were made, whoever made them.
type made struct {
	mu sync.Mutex
	at []time.Time
}

func (m *made) note() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = append(m.at, time.Now())
}

// worst is the stretch with the most requests above what the budget allows in
// it: how many too many.
func worst(at []time.Time, interval time.Duration, burst int) (over float64, stretch time.Duration) {
	slices.SortFunc(at, time.Time.Compare)
	for i := range at {
		for j := i; j < len(at); j++ {
			d := at[j].Sub(at[i])
			if o := float64(j-i+1) - float64(burst) - float64(d)/float64(interval); o > over {
				over, stretch = o, d
			}
		}
	}
	return over, stretch
}

func TestTheMeasureOfBudgetsMeasures(t *testing.T) {
	began := time.Now()
	var good, bad []time.Time
	for i := range 100 {
		good = append(good, began.Add(time.Duration(i)*50*time.Millisecond))
		bad = append(bad, began.Add(time.Duration(i)*45*time.Millisecond))
	}
	if over, _ := worst(good, 50*time.Millisecond, 1); over > 0.01 {
		t.Errorf("an even row is %f over", over)
	}
	if over, _ := worst(bad, 50*time.Millisecond, 1); over < 5 {
		t.Errorf("a tenth too fast is only %f over", over)
	}
}

// flood lets n clients make requests as fast as they may.
func flood(t *testing.T, for_ time.Duration, limiters []*Limiter) *made {
	t.Helper()
	m := &made{}
	ctx, cancel := context.WithTimeout(t.Context(), for_)
	defer cancel()
	var wg sync.WaitGroup
	for _, l := range limiters {
		for range 5 {
			wg.Go(func() {
				for l.Wait(ctx) == nil {
					m.note()
				}
			})
		}
	}
	wg.Wait()
	return m
}

func TestRealBudget(t *testing.T) {
	p := realServer(t)
	for _, c := range []struct{ requests, burst int }{{20, 1}, {50, 5}, {400, 20}} {
		t.Run(fmt.Sprintf("%d a second, %d at once", c.requests, c.burst), func(t *testing.T) {
			var all []*Limiter
			for _, name := range []string{"a", "b", "c"} {
				l := realClient(t, p, name).Limiter(t.Name(), c.requests, time.Second, c.burst)
				l.answer = 10 * time.Second // a slow machine is no Redis that went away
				all = append(all, l)
			}
			// A request that woke late makes the gap to the next one short, and a
			// machine that is busy elsewhere wakes late. The budget is kept when it
			// is kept in one try of three.
			var wrong error
			for range 3 {
				if wrong = keptTo(t, p, all, c.requests, c.burst); wrong == nil {
					return
				}
				t.Log(wrong)
			}
			t.Error(wrong)
		})
	}
}

// keptTo floods a source and gives how its budget was not kept to, or not used.
func keptTo(t *testing.T, p *dev.RedisServer, all []*Limiter, requests, burst int) error {
	t.Helper()
	const stretch = 2 * time.Second
	calls := evals(t, p)
	m := flood(t, stretch, all)
	calls = evals(t, p) - calls
	interval := time.Second / time.Duration(requests)
	over, in := worst(m.at, interval, burst)
	budget := float64(requests) * stretch.Seconds()
	used := float64(len(m.at)) / budget
	t.Logf("%d requests, %.1f %% of the budget, at most %.2f over in any stretch, %d calls", len(m.at), used*100, over, calls)
	switch slack := 1 + float64(30*time.Millisecond)/float64(interval); {
	case over > slack:
		return fmt.Errorf("%.1f too many within %s", over, in)
	case used < 0.9:
		return fmt.Errorf("%d requests of %.0f", len(m.at), budget)
	case calls > len(m.at)+100:
		return fmt.Errorf("%d calls for %d requests", calls, len(m.at))
	}
	return nil
}

// evals counts the scripts the server ran.
func evals(t *testing.T, p *dev.RedisServer) int {
	t.Helper()
	calls := 0
	for line := range strings.Lines(admin(t, p).Info(t.Context(), "commandstats").Val()) {
		if rest, ok := strings.CutPrefix(line, "cmdstat_evalsha:calls="); ok {
			_, _ = fmt.Sscanf(rest, "%d", &calls)
		}
	}
	return calls
}

// Redis goes and comes back: the three together keep to the budget all the
// while, and go on.
func TestRealBudgetWithoutRedis(t *testing.T) {
	t.Parallel()
	p := realServer(t)
	const requests, burst = 30, 3
	var all []*Limiter
	for _, name := range []string{"a", "b", "c"} {
		c := realClient(t, p, name)
		s := session{id: c.newSession(), node: "{}", ttl: time.Hour, work: true, catalogue: "c"}
		if _, err := c.srv.join(t.Context(), s, 0); err != nil {
			t.Fatal(err)
		}
		all = append(all, c.Limiter("s", requests, time.Second, burst))
	}
	var gone, back time.Time
	var wg sync.WaitGroup
	wg.Go(func() { // a budget is requests in a time: here real time must pass
		time.Sleep(time.Second)
		gone = time.Now()
		p.Freeze()
		time.Sleep(4 * time.Second)
		p.Thaw()
		back = time.Now()
	})
	m := flood(t, 9*time.Second, all)
	wg.Wait()
	interval := time.Second / requests
	slack := 3 + float64(30*time.Millisecond)/float64(interval) // each of the three may be one early
	if over, in := worst(m.at, interval, burst); over > slack {
		t.Errorf("%.1f too many within %s", over, in)
	}
	without, after := 0, 0
	for _, at := range m.at {
		switch {
		case at.After(gone) && at.Before(back):
			without++
		case at.After(back.Add(2 * time.Second)):
			after++
		}
	}
	budget, rest := requests*back.Sub(gone).Seconds(), requests*2.0
	t.Logf("without Redis %d requests of %.0f, afterwards %d of %.0f", without, budget, after, rest)
	if float64(without) < budget/2 || float64(after) < 0.85*rest {
		t.Errorf("without Redis %d requests of %.0f, afterwards %d of about %.0f", without, budget, after, rest)
	}
	for i, l := range all {
		if l.mu.Lock(); !l.until.IsZero() || l.cold {
			t.Errorf("node %d has not gone back to Redis", i)
		}
		l.mu.Unlock()
	}
}

func TestWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := bubbled(t)
		c, d := inMemory(t, m, worker("a")), inMemory(t, m, worker("b"))
		l, k := c.Limiter("s", 6, time.Minute, 2), d.Limiter("s", 6, time.Minute, 2)
		began := time.Now()
		at := func(want time.Duration, err error) {
			t.Helper()
			if got := time.Since(began).Round(time.Millisecond); err != nil || got != want {
				t.Errorf("at %s instead of %s: %v", got, want, err)
			}
		}
		at(0, l.Wait(t.Context()))
		at(0, k.Wait(t.Context()))
		at(10*time.Second, l.Wait(t.Context()))
		// A wait beyond the deadline is refused at once, and takes no place.
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		if err := k.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a wait that cannot be: %v", err)
		}
		cancel()
		at(10*time.Second, nil)
		// One that is cancelled gives its place back.
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		if err := k.Wait(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("a wait that was cancelled: %v", err)
		}
		at(13*time.Second, nil)
		at(20*time.Second, k.Wait(t.Context()))
		// Unless another stands behind it: then it passes, and nobody is early.
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := k.Wait(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("a wait that was cancelled: %v", err)
			}
		})
		pass(time.Second)
		wg.Go(func() { at(40*time.Second, l.Wait(t.Context())) })
		wg.Wait()
		at(50*time.Second, k.Wait(t.Context()))
		// On one node many wait in turn, and only one of them in Redis.
		ctx, cancel = context.WithCancel(t.Context())
		for range 50 {
			wg.Go(func() { _ = l.Wait(ctx) })
		}
		pass(time.Second)
		cancel()
		wg.Wait()
		at(60*time.Second, k.Wait(t.Context()))
	})
}

// Redis never answered, or not for long: a node alone uses its share, and no more.
func TestAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := detached(worker("a"), time.Now, nil)
		all, err := loadScripts()
		if err != nil {
			t.Fatal(err)
		}
		o := Options{Addrs: []string{"nowhere:1"}, dial: nowhere}
		c.rdb = newLibrary(&o)
		defer pass(2 * time.Second) // the library looks once more for the server
		defer func() { _ = c.Close() }()
		c.srv = &server{rdb: c.rdb, prefix: "{x}:", scripts: all}
		c.workers.Store(4)
		l := c.Limiter("s", 60, time.Minute, 8)
		m := &made{}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		for l.Wait(ctx) == nil {
			m.note()
		}
		if n := len(m.at); n < 145 || n > 151 {
			t.Errorf("%d requests in ten minutes, a quarter of 600 would be 150", n)
		}
		if over, in := worst(m.at, 4*time.Second, 2); over > 0.01 {
			t.Errorf("%.2f too many in %s", over, in)
		}
	})
}
