package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"iocgateway/adapters/all"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// sandboxOptions is how a sandbox is asked for.
type sandboxOptions struct {
	seed   uint64
	speed  float64
	faults string
	dir    string
	addr   string
	length time.Duration
}

func sandboxCommand(sh *shell) *cobra.Command {
	var o sandboxOptions
	cmd := &cobra.Command{
		Use: "sandbox", Short: "The whole product with simulated sources of a synthetic city; needs nothing else",
		Long: "Starts simulators of every source on loopback sockets and the gateway over them: 5,000 dossiers, 1,200 feedback matters,\n" +
			"800 documents and tasks, 60 indicators over several years. Its data stays in the directory given and is taken up again.",
		RunE: func(cmd *cobra.Command, _ []string) error { return sh.sandbox(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.Uint64Var(&o.seed, "seed", 42, "the city's seed: the same seed is the same city")
	f.Float64Var(&o.speed, "speed", 60, "simulated seconds per second")
	f.StringVar(&o.faults, "fault", "", "faults of the sources, as dvc:429:3,pakn:502 (see adapters/simkit/README.md)")
	f.StringVar(&o.dir, "dir", "", "data directory; default: a new one below the system's temporary directory")
	f.StringVar(&o.addr, "addr", "127.0.0.1:8080", "where the gateway answers")
	f.DurationVar(&o.length, "for", 0, "stop after this time and report (default: until interrupted)")
	return cmd
}

func (s *shell) sandbox(ctx context.Context, o sandboxOptions) error {
	begun := time.Now()
	dir, err := sandboxDir(o.dir)
	if err != nil {
		return err
	}
	city, err := startCity(o, dir, begun)
	if err != nil {
		return err
	}
	defer city.close()
	cfg, err := s.sandboxConfig(o, dir, city)
	if err != nil {
		return err
	}
	a, err := openApp(ctx, cfg, all.Specs(), s.logger(cfg.Log))
	if err != nil {
		return err
	}
	s.welcome(a, city, dir)
	return s.runSandbox(ctx, o, a, city, begun)
}

func sandboxDir(dir string) (string, error) {
	if dir == "" {
		return os.MkdirTemp("", "gateway-sandbox-")
	}
	return dir, os.MkdirAll(dir, 0o750)
}

// sandboxConfig writes the configuration where a newcomer can read it, and
// loads it as run would.
func (s *shell) sandboxConfig(o sandboxOptions, dir string, city *simulatedCity) (Config, error) {
	text, err := city.config(filepath.Join(dir, "data"), o.addr)
	if err != nil {
		return Config{}, err
	}
	file := filepath.Join(dir, "gateway.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return Config{}, fmt.Errorf("sandbox: %w", err)
	}
	return loadConfig(file, text, append(s.Environ, city.environment()...), nil)
}

func (s *shell) welcome(a *app, city *simulatedCity, dir string) {
	s.say("gateway    %s/            (the page for people; API: /docs, /v1/feeds)", a.address())
	for _, sim := range city.addresses() {
		s.say("%-10s %s", sim[0], sim[1])
	}
	s.say("data       %s   (configuration: gateway.yaml)", dir)
	s.say("stop       Ctrl-C")
}

// runSandbox runs until the time is over or a person stops it, then tells
// what was read.
func (s *shell) runSandbox(ctx context.Context, o sandboxOptions, a *app, city *simulatedCity, begun time.Time) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if o.length > 0 {
		ctx, cancel = context.WithTimeout(ctx, o.length)
		defer cancel()
	}
	city.deliver(ctx, a.address(), city.city.Start.AddDate(0, 0, -city.city.Sizes.Behind))
	report := make(chan error, 1)
	go func() { report <- s.watchSandbox(ctx, a, begun) }()
	err := a.run(ctx)
	return errors.Join(err, <-report)
}

// watchSandbox waits for the end, telling once when every stream has reached
// the end of its source, and reports before the store closes.
func (s *shell) watchSandbox(ctx context.Context, a *app, begun time.Time) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	level, told := false, time.Now()
	var last *sandboxReport
	for {
		if report, err := lookAt(context.WithoutCancel(ctx), a); err == nil {
			last = report
			if !level && time.Since(told) > 3*time.Second {
				told = time.Now()
				s.say("  %s", report.progress())
			}
			if !level && report.level() {
				level = true
				s.say("all %d streams reached their end after %s: %d records, %d held", len(report.streams), time.Since(begun).Round(100*time.Millisecond), report.live(), report.held())
			}
		}
		select {
		case <-ctx.Done():
			if last == nil {
				return errors.New("sandbox: stopped before anything could be read")
			}
			return s.printReport(last)
		case <-tick.C:
		}
	}
}

// sandboxReport is what the sandbox read.
type sandboxReport struct {
	streams []health.Status
	feeds   []journal.FeedInfo
	counts  map[string]journal.Counts // all runs and deliveries of a stream
	open    map[string]int            // Raws no outcome explains
}

func lookAt(ctx context.Context, a *app) (*sandboxReport, error) {
	r := &sandboxReport{counts: map[string]journal.Counts{}, open: map[string]int{}}
	var err error
	if r.streams, err = a.scheduler.Statuses(ctx); err != nil {
		return nil, err
	}
	if r.feeds, err = a.store.Feeds(ctx); err != nil {
		return nil, err
	}
	for _, st := range r.streams {
		runs, err := a.store.LastRuns(ctx, st.Name(), 1000)
		if err != nil {
			return nil, err
		}
		var sum journal.Counts
		for _, run := range runs {
			sum.Add(run.Counts)
			if n := run.Counts.Unexplained(run.Proved); !run.Ended.IsZero() && n != 0 {
				r.open[st.Name()] += n
			}
		}
		if st.Delivered != nil {
			sum = *st.Delivered // runs of it are the same deliveries, written down
			r.open[st.Name()] += st.Delivered.Unexplained(0)
		}
		r.counts[st.Name()] = sum
	}
	return r, nil
}

// level reports whether every stream has been read to its end at least once.
func (r *sandboxReport) level() bool {
	for _, st := range r.streams {
		if st.FreshThrough.IsZero() {
			return false
		}
	}
	return true
}

// progress is how far the first reading is.
func (r *sandboxReport) progress() string {
	done := 0
	var reading []string
	for _, st := range r.streams {
		if !st.FreshThrough.IsZero() {
			done++
			continue
		}
		reading = append(reading, fmt.Sprintf("%s (%d)", st.Name(), st.Live))
	}
	return fmt.Sprintf("%d of %d streams at their end, %d records; reading %s", done, len(r.streams), r.live(), strings.Join(reading, ", "))
}

func (r *sandboxReport) live() (n int) {
	for _, st := range r.streams {
		n += st.Live
	}
	return n
}

func (r *sandboxReport) held() (n int) {
	for _, st := range r.streams {
		n += st.Held
	}
	return n
}

func (s *shell) printReport(r *sandboxReport) error {
	streams := &table{head: []string{"STREAM", "STATE", "LIVE", "HELD", "RECEIVED", "PUBLISHED", "UNCHANGED", "SUPERSEDED", "HELD (ALL RUNS)", "EXCLUDED", "UNEXPLAINED"}}
	unexplained, unread := 0, 0
	for _, st := range r.streams {
		c := r.counts[st.Name()]
		unexplained += r.open[st.Name()]
		if st.FreshThrough.IsZero() {
			unread++
		}
		streams.add(map[string]any{"stream": st.Name(), "state": st.State, "live": st.Live, "held": st.Held, "counts": c, "unexplained": r.open[st.Name()]},
			st.Name(), string(st.State), fmt.Sprint(st.Live), fmt.Sprint(st.Held), fmt.Sprint(c.Received), fmt.Sprint(c.Published), fmt.Sprint(c.Unchanged),
			fmt.Sprint(c.Superseded), fmt.Sprint(c.Held), fmt.Sprint(c.Excluded), fmt.Sprint(r.open[st.Name()]))
	}
	feeds := &table{head: []string{"FEED", "HEAD", "LIVE", "HELD"}}
	empty := 0
	for _, f := range r.feeds {
		head := f.Head.Sum()
		if head == 0 {
			empty++
		}
		feeds.add(map[string]any{"feed": f.Feed, "head": head, "live": f.Live, "held": f.Held},
			string(f.Feed), fmt.Sprint(head), fmt.Sprint(f.Live), fmt.Sprint(f.Held))
	}
	if err := errors.Join(streams.write(s.Out, s.output), feeds.write(s.Out, s.output)); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	s.say("%d streams, %d not read to their end, %d feeds empty, %d unexplained", len(r.streams), unread, empty, unexplained)
	if unread+empty+unexplained > 0 {
		return findings("the sandbox is not what it promises")
	}
	return nil
}
