// Package sandbox runs the whole product over simulated sources of a synthetic
// city.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"iocgateway/adapters/all"
	"iocgateway/adapters/simkit"
	"iocgateway/cmd/gateway/config"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/cmd/gateway/wiring"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// sandboxOptions is how a sandbox is asked for.
type Options struct {
	Seed   uint64
	Speed  float64
	Faults string
	dir    string
	Addr   string
	length time.Duration
}

// Command runs the whole product over simulated sources.
func Command(sh *shell.Shell) *cobra.Command {
	var o Options
	cmd := &cobra.Command{
		Use: "sandbox", Short: sh.Say("Chạy thử toàn bộ sản phẩm với nguồn mô phỏng của một thành phố giả định; không cần gì thêm",
			"The whole product with simulated sources of a synthetic city; needs nothing else"),
		Long: sh.Say("Khởi động bộ mô phỏng của mọi nguồn trên máy này và cổng tích hợp đọc chúng: 5.000 hồ sơ, 1.200 phản ánh,\n"+
			"800 văn bản và nhiệm vụ, 60 chỉ tiêu qua nhiều năm. Dữ liệu nằm trong thư mục đã nêu và được dùng tiếp lần sau.\n\n",
			"Starts simulators of every source on loopback sockets and the gateway over them: 5,000 dossiers, 1,200 feedback matters,\n"+
				"800 documents and tasks, 60 indicators over several years. Its data stays in the directory given and is taken up again.\n\n") +
			faultHelp(sh),
		RunE: func(cmd *cobra.Command, _ []string) error { return startSandbox(sh, cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.Uint64Var(&o.Seed, "seed", 42, sh.Say("số khởi tạo của thành phố: cùng số là cùng thành phố",
		"the city's seed: the same seed is the same city"))
	f.Float64Var(&o.Speed, "speed", 60, sh.Say("số giây mô phỏng mỗi giây", "simulated seconds per second"))
	f.StringVar(&o.Faults, "fault", "", sh.Say("lỗi của các nguồn, ví dụ dvc:429:3,pakn:502", "faults of the sources, as dvc:429:3,pakn:502"))
	f.StringVar(&o.dir, "dir", "", sh.Say("thư mục dữ liệu; mặc định: thư mục mới trong thư mục tạm của hệ thống",
		"data directory; default: a new one below the system's temporary directory"))
	f.StringVar(&o.Addr, "addr", "127.0.0.1:8080", sh.Say("địa chỉ cổng tích hợp trả lời", "where the gateway answers"))
	f.Var(shell.Duration{To: &o.length}, "for", sh.Say("dừng sau khoảng thời gian này và in tổng kết (mặc định: đến khi ngắt)",
		"stop after this time and report (default: until interrupted)"))
	shell.CompleteFlag(cmd, "fault", shell.Fixed(faults()...))
	return cmd
}

// faults are SOURCE:FAULT of all that can be broken.
func faults() (all []string) {
	for _, source := range append(Sources(), "hotline") {
		for _, name := range simkit.Names() {
			all = append(all, source+":"+name)
		}
	}
	return all
}

// faultHelp lists what --fault takes.
func faultHelp(sh *shell.Shell) string {
	return fmt.Sprintf(sh.Say("--fault NGUỒN:LỖI[:THAM SỐ][@N][*M][%%C], nhiều lỗi cách nhau bằng dấu phẩy: @N từ yêu cầu thứ N, *M trong M yêu cầu, %%C với xác suất C phần trăm.\n"+
		"NGUỒN: %s.\nLỖI: %s.\nÝ nghĩa từng lỗi: adapters/simkit/README.md",
		"--fault SOURCE:FAULT[:ARG][@N][*M][%%C], several separated by commas: @N from the Nth request, *M for M requests, %%C by chance of C per cent.\n"+
			"SOURCE: %s.\nFAULT: %s.\nWhat each does: adapters/simkit/README.md"),
		strings.Join(append(Sources(), "hotline"), ", "), strings.Join(simkit.Names(), ", "))
}

func startSandbox(s *shell.Shell, ctx context.Context, o Options) error {
	begun := time.Now()
	if err := checkFaults(o.Faults); err != nil {
		return s.Usage("--fault %v", "--fault %v", err)
	}
	dir, err := sandboxDir(o.dir)
	if err != nil {
		return err
	}
	city, err := StartCity(o, dir, begun)
	if err != nil {
		return err
	}
	defer func() { _ = city.Close() }()
	cfg, err := Config(s, o, dir, city)
	if err != nil {
		return err
	}
	a, err := wiring.Open(ctx, cfg, all.Specs(), s.Logger(cfg.Log))
	if err != nil {
		return err
	}
	welcome(s, a, city, dir)
	return runSandbox(s, ctx, o, a, city, begun)
}

func sandboxDir(dir string) (string, error) {
	if dir == "" {
		return os.MkdirTemp("", "gateway-sandbox-")
	}
	return dir, os.MkdirAll(dir, 0o750)
}

// sandboxConfig writes the configuration where a newcomer can read it, and
// loads it as run would.
func Config(s *shell.Shell, o Options, dir string, city *City) (config.Config, error) {
	text, err := city.Config(filepath.Join(dir, "data"), o.Addr)
	if err != nil {
		return config.Config{}, err
	}
	if text, err = city.keepSecrets(dir, text); err != nil {
		return config.Config{}, err
	}
	file := filepath.Join(dir, "gateway.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return config.Config{}, fmt.Errorf("sandbox: %w", err)
	}
	return config.Load(file, text, s.Environ, nil)
}

func welcome(s *shell.Shell, a *wiring.App, city *City, dir string) {
	about := a.Address() + "/   " + s.Say("(trang cho người dùng; API: /docs, /v1/feeds)", "(the page for people; API: /docs, /v1/feeds)")
	lines := append([][2]string{{s.Say("địa chỉ", "gateway"), about}}, city.addresses(s)...)
	lines = append(lines, [2]string{s.Say("dữ liệu", "data"), dir + s.Say("   (cấu hình: gateway.yaml)", "   (configuration: gateway.yaml)")},
		[2]string{s.Say("dừng", "stop"), "Ctrl-C"})
	for _, line := range lines {
		s.Printf("%s%s %s", line[0], strings.Repeat(" ", max(10-utf8.RuneCountInString(line[0]), 0)), line[1])
	}
}

// runSandbox runs until the time is over or a person stops it, then prints
// what was read.
func runSandbox(s *shell.Shell, ctx context.Context, o Options, a *wiring.App, city *City, begun time.Time) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if o.length > 0 {
		ctx, cancel = context.WithTimeout(ctx, o.length)
		defer cancel()
	}
	city.Deliver(ctx, a.Address(), city.City.Start.AddDate(0, 0, -city.City.Sizes.Behind))
	report := make(chan error, 1)
	go func() { report <- watchSandbox(s, ctx, a, begun) }()
	err := a.Run(ctx)
	return errors.Join(err, <-report)
}

// watchSandbox waits for the end, with a line once when every stream has reached
// the end of its source, and reports before the store closes.
func watchSandbox(s *shell.Shell, ctx context.Context, a *wiring.App, begun time.Time) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	level, printed := false, time.Now()
	var last *sandboxReport
	for {
		if report, err := LookAt(context.WithoutCancel(ctx), a); err == nil {
			last = report
			if !level && time.Since(printed) > 3*time.Second {
				printed = time.Now()
				s.Printf("  %s", report.progress(s))
			}
			if !level && report.level() {
				level = true
				s.Tell("đã đọc hết %d luồng sau %s: %s bản ghi, %s cách ly", "all %d streams reached their end after %s: %s records, %s held",
					len(report.Streams), s.Span(time.Since(begun)), s.Number(report.live()), s.Number(report.held()))
			}
		}
		select {
		case <-ctx.Done():
			if last == nil {
				return errors.New("sandbox: stopped before anything could be read")
			}
			return printReport(s, last)
		case <-tick.C:
		}
	}
}

// sandboxReport is what the sandbox read.
type sandboxReport struct {
	Streams []health.Status
	feeds   []journal.FeedInfo
	counts  map[string]journal.Counts // all runs and deliveries of a stream
	Open    map[string]int            // Raws no outcome explains
}

// LookAt gathers what the gateway has of its streams and feeds.
func LookAt(ctx context.Context, a *wiring.App) (*sandboxReport, error) {
	r := &sandboxReport{counts: map[string]journal.Counts{}, Open: map[string]int{}}
	var err error
	if r.Streams, err = a.Scheduler.Statuses(ctx); err != nil {
		return nil, err
	}
	if r.feeds, err = a.Store.Feeds(ctx); err != nil {
		return nil, err
	}
	for _, st := range r.Streams {
		runs, err := a.Store.LastRuns(ctx, st.Name(), 1000)
		if err != nil {
			return nil, err
		}
		var sum journal.Counts
		for _, run := range runs {
			sum.Add(run.Counts)
			if n := run.Counts.Unexplained(run.Proved); !run.Ended.IsZero() && n != 0 {
				r.Open[st.Name()] += n
			}
		}
		if st.Delivered != nil {
			sum = *st.Delivered // runs of it are the same deliveries, written down
			r.Open[st.Name()] += st.Delivered.Unexplained(0)
		}
		r.counts[st.Name()] = sum
	}
	return r, nil
}

// level reports whether every stream has been read to its end at least once.
func (r *sandboxReport) level() bool {
	for _, st := range r.Streams {
		if st.FreshThrough.IsZero() {
			return false
		}
	}
	return true
}

// progress is how far the first reading is.
func (r *sandboxReport) progress(sh *shell.Shell) string {
	done := 0
	var reading []string
	for _, st := range r.Streams {
		if !st.FreshThrough.IsZero() {
			done++
			continue
		}
		reading = append(reading, st.Name()+" ("+sh.Number(st.Live)+")")
	}
	return fmt.Sprintf(sh.Say("đã đọc hết %d/%d luồng, %s bản ghi; đang đọc %s",
		"%d of %d streams at their end, %s records; reading %s"), done, len(r.Streams), sh.Number(r.live()), strings.Join(reading, ", "))
}

func (r *sandboxReport) live() (n int) {
	for _, st := range r.Streams {
		n += st.Live
	}
	return n
}

func (r *sandboxReport) held() (n int) {
	for _, st := range r.Streams {
		n += st.Held
	}
	return n
}

func printReport(s *shell.Shell, r *sandboxReport) error {
	streams := &shell.Table{Head: []string{"STREAM", "STATE", "LIVE", "HELD", "RECEIVED", "PUBLISHED", "UNCHANGED", "SUPERSEDED",
		"HELD (ALL RUNS)", "EXCLUDED", "UNEXPLAINED"}}
	unexplained, unread := 0, 0
	for _, st := range r.Streams {
		c := r.counts[st.Name()]
		unexplained += r.Open[st.Name()]
		if st.FreshThrough.IsZero() {
			unread++
		}
		streams.Add(map[string]any{"stream": st.Name(), "state": st.State, "live": st.Live, "held": st.Held, "counts": c,
			"unexplained": r.Open[st.Name()]},
			st.Name(), s.Word("state", string(st.State)), s.Number(st.Live), s.Number(st.Held), s.Number(c.Received), s.Number(c.Published),
			s.Number(c.Unchanged),
			s.Number(c.Superseded), s.Number(c.Held), s.Number(c.Excluded), s.Number(r.Open[st.Name()]))
	}
	feeds := &shell.Table{Head: []string{"FEED", "HEAD", "LIVE", "HELD"}}
	empty := 0
	for _, f := range r.feeds {
		head := f.Head.Sum()
		if head == 0 {
			empty++
		}
		feeds.Add(map[string]any{"feed": f.Feed, "head": head, "live": f.Live, "held": f.Held},
			string(f.Feed), s.Number(int(min(head, 1<<62))), s.Number(f.Live), s.Number(f.Held))
	}
	var err error
	if s.Output == "json" { // one document
		err = s.Value(map[string]any{"streams": streams.Data(), "feeds": feeds.Data()}, nil)
	} else {
		err = errors.Join(s.Show(streams), s.Show(feeds))
	}
	if err != nil {
		return err
	}
	s.Tell("%d luồng, %d chưa đọc hết, %d kênh dữ liệu trống, %d chưa giải thích", "%d streams, %d not read to their end, %d feeds empty, %d unexplained",
		len(r.Streams), unread, empty, unexplained)
	if unread+empty+unexplained > 0 {
		return s.Findings("bản chạy thử không đúng như mô tả", "the sandbox is not what it promises")
	}
	return nil
}
