package share

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// work is what a job of a test does: nothing, until its context is over, and
// then for a while what is in hand.
type work struct {
	mu      sync.Mutex
	running int
	most    int           // at one time
	runs    int           // begun
	ended   []time.Time   // of each run
	inHand  time.Duration // how long it takes to stop
}

func (w *work) run(ctx context.Context) {
	w.mu.Lock()
	w.runs++
	w.running++
	w.most = max(w.most, w.running)
	inHand := w.inHand
	w.mu.Unlock()
	<-ctx.Done()
	<-time.After(inHand)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running--
	w.ended = append(w.ended, time.Now())
}

// is checks how many runs were begun, and how many run now.
func (w *work) is(t *testing.T, when string, runs, running int) {
	t.Helper()
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.runs != runs || w.running != running {
		t.Errorf("%s: %d runs, %d of them running; want %d and %d", when, w.runs, w.running, runs, running)
	}
	if w.most > 1 {
		t.Errorf("%s: %d ran at one time", when, w.most)
	}
}

// holding makes a Holder of jobs, in a bubble.
func holding(t *testing.T, jobs map[string]*work) (*Holder, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	h := NewHolder(slog.New(slog.NewTextHandler(&log, nil)))
	for name, w := range jobs {
		if err := h.Add(Job{Name: name, Run: w.run}); err != nil {
			t.Fatal(err)
		}
	}
	return h, &log
}

func TestHolderHoldsAndReleases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := &work{inHand: 3 * time.Second}, &work{}
		h, _ := holding(t, map[string]*work{"b": b, "a": a})
		if names := h.Names(); !slices.Equal(names, []string{"a", "b"}) || h.Holds("a") || h.Holds("nobody's") {
			t.Errorf("at first: %v, holds %v", names, h.Holds("a"))
		}
		h.Hold("a")
		h.Hold("a")
		h.Hold("nobody's")
		a.is(t, "held", 1, 1)
		b.is(t, "not held", 0, 0)
		if !h.Holds("a") || h.Holds("b") || h.Holds("nobody's") {
			t.Error("it does not know what it holds")
		}
		begun := time.Now()
		if err := h.Release(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); took != 3*time.Second {
			t.Errorf("Release returned after %v: not when what was in hand was finished", took)
		}
		a.is(t, "released", 1, 0)
		if h.Holds("a") {
			t.Error("it holds what it released")
		}
		for _, name := range []string{"a", "b", "nobody's"} { // nothing of these runs
			if err := h.Release(t.Context(), name); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		h.Hold("a")
		a.is(t, "held again", 2, 1)
		if err := h.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A job that is held again while it stops begins when that has ended, never
// beside it.
func TestHolderHoldsAgainWhileReleasing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &work{inHand: 10 * time.Second}
		h, _ := holding(t, map[string]*work{"a": a})
		h.Hold("a")
		a.is(t, "held", 1, 1)
		released := make(chan time.Time, 1)
		go func() {
			if err := h.Release(t.Context(), "a"); err != nil {
				t.Error(err)
			}
			released <- time.Now()
		}()
		synctest.Wait()
		if h.Holds("a") {
			t.Error("what is being released is held")
		}
		h.Hold("a")
		if !h.Holds("a") {
			t.Error("what is held again is not held")
		}
		a.is(t, "held again while releasing", 1, 1)
		at := <-released
		a.is(t, "when the first has ended", 2, 1)
		a.mu.Lock()
		if ended := a.ended[0]; !at.Equal(ended) {
			t.Errorf("released at %v, ended at %v", at, ended)
		}
		a.mu.Unlock()

		// Held and released again while it still stops: it never begins.
		go func() { _ = h.Release(t.Context(), "a") }()
		synctest.Wait()
		h.Hold("a")
		if err := h.Release(t.Context(), "a"); err != nil {
			t.Error(err)
		}
		a.is(t, "released before it began", 2, 0)
	})
}

// A release whose context ends gives an error; the job is not held any more, and
// begins again behind what is left of it.
func TestHolderReleaseEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &work{inHand: time.Minute}
		h, log := holding(t, map[string]*work{"a": a})
		h.Gained("a", 7)
		a.is(t, "gained", 1, 1)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if err := h.Release(ctx, "a"); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "a") {
			t.Errorf("a job that takes a minute to stop: %v", err)
		}
		begun := time.Now()
		h.Lost(ctx, "a") // its context is over already
		if took := time.Since(begun); took > 0 || h.Holds("a") {
			t.Errorf("lost after %v, held %v", took, h.Holds("a"))
		}
		for _, want := range []string{"taken over", "token=7", "did not stop in time", "given up"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("%q is not logged:\n%s", want, log)
			}
		}
		h.Gained("a", 8)
		a.is(t, "gained again", 1, 1)
		<-time.After(time.Minute)
		a.is(t, "a minute later", 2, 1)
		if err := h.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A node that stops releases all at once, and waits for the slowest.
func TestHolderAloneHoldsAllAndClosesAllAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		jobs := map[string]*work{}
		for i := range 20 {
			jobs[string(rune('a'+i))] = &work{inHand: time.Duration(i+1) * time.Second}
		}
		h, _ := holding(t, jobs)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- h.Alone(ctx) }()
		for name, w := range jobs {
			if w.is(t, name, 1, 1); !h.Holds(name) {
				t.Errorf("%s is not held", name)
			}
		}
		begun := time.Now()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if took := time.Since(begun); took != 20*time.Second {
			t.Errorf("all were released after %v, the slowest takes 20 s", took)
		}
		for name, w := range jobs {
			w.is(t, name, 1, 0)
		}
	})
}

// What does not stop is named, and the node ends without it.
func TestHolderCloseDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow, quick := &work{inHand: time.Hour}, &work{}
		h, _ := holding(t, map[string]*work{"slow": slow, "quick": quick})
		h.Hold("slow")
		h.Hold("quick")
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // what ended the node does not end the wait
		begun := time.Now()
		err := h.Close(ctx)
		if took := time.Since(begun); took != endWithin {
			t.Errorf("closed after %v, want %v", took, endWithin)
		}
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "slow") || strings.Contains(err.Error(), "quick") {
			t.Errorf("it ends with %v", err)
		}
		quick.is(t, "quick", 1, 0)
		<-time.After(time.Hour)
		slow.is(t, "slow, in the end", 1, 0)
	})
}

func TestHolderRefusesNonsense(t *testing.T) {
	h := NewHolder(slog.New(slog.DiscardHandler))
	run := func(context.Context) {}
	if err := h.Add(Job{Name: "a", Run: run}); err != nil {
		t.Fatal(err)
	}
	for what, j := range map[string]Job{"no name": {Run: run}, "nothing to run": {Name: "b"}, "a name twice": {Name: "a", Run: run}} {
		if err := h.Add(j); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
	if names := h.Names(); !slices.Equal(names, []string{"a"}) {
		t.Errorf("its jobs are %v", names)
	}
}
