package storetest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/deploy/dev/seed"
	"iocgateway/router/journal"
)

// The environment a child is started with.
const (
	envDir   = "STORETEST_DIR"
	envPoint = "STORETEST_POINT"
	envAfter = "STORETEST_AFTER"
)

// OpenHooked opens the Log in a folder; the Log calls hook at its named
// points. Close ends it.
type OpenHooked func(dir string, hook func(point string)) (log journal.Log, closeLog func() error, err error)

// Main belongs into TestMain: in a child process it commits until it is
// killed and never returns; in any other it does nothing.
func Main(open OpenHooked) {
	dir := os.Getenv(envDir)
	if dir == "" {
		return
	}
	if err := child(dir, open); err != nil {
		fmt.Println("error", strings.ReplaceAll(err.Error(), "\n", " "))
		os.Exit(3)
	}
	os.Exit(0)
}

// child commits pages to three streams at once and prints each page after its commit.
func child(dir string, open OpenHooked) error {
	point := os.Getenv(envPoint)
	after, err := strconv.Atoi(os.Getenv(envAfter))
	if err != nil {
		return err
	}
	var mu sync.Mutex
	log, _, err := open(dir, func(at string) {
		mu.Lock()
		defer mu.Unlock()
		name, shortly := strings.CutSuffix(point, "+")
		if at != name {
			return
		}
		if after--; after >= 0 {
			return
		}
		if shortly {
			// Within what comes next, not before it.
			time.AfterFunc(time.Duration(-after*37%400)*time.Microsecond, die)
			return
		}
		die()
	})
	if err != nil {
		return err
	}
	errs := make(chan error, 3)
	for n := range 3 {
		go func() { errs <- walk(log, n) }()
	}
	return <-errs
}

// die is SIGKILL: no deferred call, no flush, nothing.
func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

func walk(log journal.Log, n int) error {
	ctx := context.Background()
	var run counting
	if err := run.begin(ctx, log, streamName(n)); err != nil {
		return err
	}
	for {
		cp, err := log.Checkpoint(ctx, streamName(n))
		if err != nil {
			return err
		}
		b := killBatch(n, string(cp))
		if err := run.commit(ctx, log, b); err != nil {
			return err
		}
		// One write a line: what reached the pipe was committed.
		if _, err := fmt.Fprintf(os.Stdout, "done %d %s\n", n, b.Next); err != nil {
			return err
		}
	}
}

// killBatch is the page after a checkpoint: the same in child and parent.
func killBatch(n int, from string) journal.Batch {
	page, _ := strconv.Atoi(from)
	r := rand.New(rand.NewPCG(uint64(n), uint64(page)))
	s := step{Stream: n, Mapping: r.IntN(2)}
	for range 1 + r.IntN(9) {
		s.Items = append(s.Items, draw{Key: r.IntN(keys), Payload: r.IntN(payloads), At: r.IntN(times)})
	}
	_, full := s.batch(nil, from)
	return full
}

// Kill kills a child at a point, or after a random time when point is "",
// again and again on the same data, and holds what is left against the
// model: everything printed as done is there, every page is there whole or not
// at all with its checkpoint and in the counts of its run, and nothing is there
// twice, and no loss is seen where none is. Invariant 7.
func Kill(t *testing.T, open OpenHooked, point string, times int) {
	t.Helper()
	dir := t.TempDir()
	r := seed.Rand(t)
	for round := range times {
		done, killed, err := runChild(t.Context(), dir, point, r)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if !killed {
			t.Fatalf("round %d: the point %q was never reached", round, point)
		}
		if err := inspect(t.Context(), dir, open, done); err != nil {
			t.Fatalf("killed at %q, round %d: %v", point, round, err)
		}
	}
}

func runChild(ctx context.Context, dir, point string, r *rand.Rand) (done [3]int, killed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	exe, err := os.Executable()
	if err != nil {
		return done, false, err
	}
	cmd := exec.CommandContext(ctx, exe, "-test.run=^$")
	cmd.Env = append(os.Environ(), envDir+"="+dir, envPoint+"="+point, envAfter+"="+strconv.Itoa(r.IntN(12)))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return done, false, err
	}
	if err := cmd.Start(); err != nil {
		return done, false, err
	}
	limit := 1 + r.IntN(60) // for a random kill: after so many pages, and a moment
	lines := bufio.NewScanner(out)
	for count := 0; lines.Scan(); count++ {
		var n, at int
		if _, err := fmt.Sscanf(lines.Text(), "done %d %d", &n, &at); err != nil {
			return done, false, errors.Join(fmt.Errorf("the child printed %q", lines.Text()), cmd.Process.Kill(), cmd.Wait())
		}
		done[n] = at
		if point == "" && count == limit {
			time.Sleep(time.Duration(r.IntN(3000)) * time.Microsecond)
			if err := cmd.Process.Kill(); err != nil {
				return done, false, err
			}
		}
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return done, false, fmt.Errorf("the child ended with %w", err)
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return done, ok && status.Signaled() && status.Signal() == syscall.SIGKILL && ctx.Err() == nil, nil
}

// inspect opens what a killed process left and plays the same pages to the model.
func inspect(ctx context.Context, dir string, open OpenHooked, done [3]int) (err error) {
	log, closeLog, err := open(dir, func(string) {})
	if err != nil {
		return fmt.Errorf("opening what is left: %w", err)
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	if l, able := log.(interface{ Trouble() *problem.Problem }); able {
		if found := l.Trouble(); found != nil {
			return fmt.Errorf("it says of itself: %w", found)
		}
	}
	m := newModel()
	for n := range 3 {
		cp, err := log.Checkpoint(ctx, streamName(n))
		if err != nil {
			return err
		}
		pages, _ := strconv.Atoi(string(cp))
		if pages < done[n] || pages > done[n]+1 && done[n] > 0 {
			return fmt.Errorf("%s: checkpoint %d, printed as done %d", streamName(n), pages, done[n])
		}
		from, want := "", journal.Counts{}
		for range pages {
			b := killBatch(n, from)
			want.Add(m.commit(&b).Counts)
			from = string(b.Next)
		}
		ran, got, err := counted(ctx, log, streamName(n))
		if err != nil || ran != pages || got != want {
			return fmt.Errorf("%s: the runs say %d pages, %+v; there are %d, %+v (%w)", streamName(n), ran, got, pages, want, err)
		}
	}
	p := newPlayer(Harness{Log: log}, m)
	if err := p.compare(ctx); err != nil {
		return err
	}
	return p.goOn(ctx)
}

// goOn commits one more page a stream: what was left can be lived with.
func (p *player) goOn(ctx context.Context) error {
	for n := range 3 {
		b := killBatch(n, p.m.checkpoints[streamName(n)])
		var run counting
		if err := run.begin(ctx, p.h.Log, streamName(n)); err != nil {
			return fmt.Errorf("going on: %w", err)
		}
		if err := run.commit(ctx, p.h.Log, b); err != nil {
			return fmt.Errorf("going on: %w", err)
		}
		p.m.commit(&b)
	}
	return p.compare(ctx)
}
