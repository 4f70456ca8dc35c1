package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"iocgateway/adapters/all"
	"iocgateway/adapters/simkit/load"
	"iocgateway/canonical"
	"iocgateway/cmd/gateway/config"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/cmd/gateway/wiring"
	"iocgateway/router/journal"
)

// The performance job runs in processes of their own, so that the figures of
// one are not the garbage of another: a source, the baseline, a gateway.
const jobSpecEnv = "GATEWAY_JOB"

// jobSpec is what a child process is to do.
type jobSpec struct {
	Role    string    // source, plain, mapping, gateway
	URL     string    // of the source
	Dir     string    // of the store, or for the baseline's file
	Workers int       // of the baseline; 1 is one core
	Steps   []jobStep // of the gateway, in order
	Feed    bool      // and then read the feed over HTTP
	Profile string    // write a CPU profile of the steps here
}

// jobStep is one run of the stream over a span of the source's records.
type jobStep struct {
	Name           string
	First, N, Edit int
	Cold           bool // the source makes its pages while it is asked
}

// jobFigure is what a step cost.
type jobFigure struct {
	Name    string
	Records int
	Counts  journal.Counts
	Wall    time.Duration
	CPU     time.Duration
	PeakMB  float64 // of the process, so far
}

func (f jobFigure) rate() float64   { return float64(f.Records) / f.Wall.Seconds() }
func (f jobFigure) perMil() float64 { return f.CPU.Seconds() / float64(f.Records) * 1e6 }

// TestJobChild is no test: it is the process that BenchmarkJob starts.
func TestJobChild(t *testing.T) {
	text := os.Getenv(jobSpecEnv)
	if text == "" {
		t.Skip("started by BenchmarkJob")
	}
	var spec jobSpec
	if err := json.Unmarshal([]byte(text), &spec); err != nil {
		t.Fatal(err)
	}
	switch spec.Role {
	case "source":
		srv := httptest.NewServer(load.NewSource(jobRecords, 500))
		fmt.Println("JOB", srv.URL)
		_, _ = io.Copy(io.Discard, os.Stdin) // until the parent goes
		srv.Close()
	case "plain":
		_ = json.NewEncoder(jobOut{}).Encode([]jobFigure{jobPlain(t, spec)})
	case "mapping":
		_ = json.NewEncoder(jobOut{}).Encode([]jobFigure{jobMapping(t, spec)})
	case "gateway":
		_ = json.NewEncoder(jobOut{}).Encode(jobRun(t, spec))
	}
}

type jobOut struct{}

func (jobOut) Write(b []byte) (int, error) { return fmt.Print("JOB ", string(b)) }

func jobTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak is the most memory the process ever had resident, in MB.
func peak() float64 {
	text, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024
		}
	}
	return 0
}

func jobPlain(t *testing.T, spec jobSpec) jobFigure {
	jobWarm(t, spec.URL, jobStep{N: jobRecords})
	start, used := time.Now(), jobTime()
	got, err := load.NewPlain().Run(t.Context(), &http.Client{}, spec.URL+"/api/hoso?page=", filepath.Join(spec.Dir, "plain.jsonl"),
		spec.Workers)
	if err != nil {
		t.Fatal(err)
	}
	return jobFigure{Name: "plain", Records: got.Received, Wall: time.Since(start), CPU: jobTime() - used, PeakMB: peak()}
}

func jobConfig(t *testing.T, spec jobSpec, step jobStep) config.Config {
	t.Helper()
	sh := &shell.Shell{Terminal: shell.Terminal{Out: io.Discard, Err: os.Stderr,
		Environ: append(os.Environ(), "JOB_DIR="+spec.Dir, "JOB_URL="+spec.URL,
			"JOB_FIRST="+strconv.Itoa(step.First), "JOB_N="+strconv.Itoa(step.N), "JOB_EDIT="+strconv.Itoa(step.Edit))}, Lang: "en"}
	cfg, err := sh.ReadConfig("testdata/job/gateway.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// jobRun is a whole gateway with one stream, which it runs by the steps.
func jobRun(t *testing.T, spec jobSpec) (out []jobFigure) {
	ctx, cancel := context.WithCancel(t.Context())
	start, used := time.Now(), jobTime()
	a, err := wiring.Open(ctx, jobConfig(t, spec, jobStep{}), all.Specs(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	awaitReady(t, a.Address())
	if err := a.Store.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	out = append(out, jobFigure{Name: "ready", Records: 1, Wall: time.Since(start), CPU: jobTime() - used, PeakMB: peak()})
	if spec.Profile != "" {
		f, err := os.Create(spec.Profile)
		if err != nil {
			t.Fatal(err)
		}
		_ = pprof.StartCPUProfile(f)
		defer pprof.StopCPUProfile()
	}
	for _, step := range spec.Steps {
		out = append(out, jobSync(t, a, spec, step))
	}
	if spec.Feed {
		out = append(out, jobFeed(t, a.Address())...)
	}
	return out
}

func awaitReady(t *testing.T, address string) {
	for t.Context().Err() == nil {
		resp, err := http.Get(address + "/readyz")
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func jobSync(t *testing.T, a *wiring.App, spec jobSpec, step jobStep) jobFigure {
	cfg := jobConfig(t, spec, step)
	w, err := wiring.NewBuilder(cfg, all.Specs(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	streams, err := w.Streams()
	if err != nil {
		t.Fatal(err)
	}
	if !step.Cold {
		jobWarm(t, spec.URL, step)
	}
	streams[0].Log, streams[0].Runs = a.Store, a.Store
	start, used := time.Now(), jobTime()
	run, err := streams[0].Run(t.Context(), journal.Order{})
	if err != nil || run.Counts.Received != step.N || run.Counts.Unexplained(0) != 0 {
		t.Fatalf("%s: %+v: %v", step.Name, run.Counts, err)
	}
	return jobFigure{Name: step.Name, Records: step.N, Counts: run.Counts, Wall: time.Since(start), CPU: jobTime() - used, PeakMB: peak()}
}

// jobWarm has the source make its pages before anybody looks at the clock.
func jobWarm(t *testing.T, url string, step jobStep) {
	resp, err := http.Post(fmt.Sprintf("%s/warm?first=%d&n=%d&edit=%d", url, step.First, step.N, step.Edit), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
}

// jobFeed reads 300 pages of 500 as a consumer does, plain and packed.
func jobFeed(t *testing.T, address string) []jobFigure {
	var out []jobFigure
	for _, packed := range []bool{false, true} {
		after, client := "", &http.Client{Transport: &http.Transport{DisableCompression: !packed}}
		var took []time.Duration
		for range 300 {
			start := time.Now()
			resp, err := client.Get(address + "/v1/feeds/dossier/changes?limit=500&after=" + after)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			took = append(took, time.Since(start))
			var page struct {
				Events []json.RawMessage `json:"events"`
				Next   string            `json:"next"`
			}
			if err != nil || json.Unmarshal(body, &page) != nil || len(page.Events) != 500 {
				t.Fatalf("%s: %d events: %v", resp.Status, len(page.Events), err)
			}
			after = page.Next
		}
		client.CloseIdleConnections()
		slices.Sort(took)
		out = append(out, jobFigure{Name: "feed gzip " + strconv.FormatBool(packed), Records: 500, Wall: took[len(took)/2], PeakMB: peak()})
	}
	return out
}

// jobMapping maps records in memory on one core.
func jobMapping(t *testing.T, spec jobSpec) jobFigure {
	set, err := wiring.LoadMappings(jobConfig(t, spec, jobStep{}))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := set.Plan("job/dossier")
	if err != nil {
		t.Fatal(err)
	}
	mapper, maker := plan.Bind("dvc", "dossiers"), load.NewRenderer()
	raws := make([]canonical.Raw, 5000)
	for i := range raws {
		raws[i] = canonical.Raw{Kind: canonical.KindDossier, Key: "H48-" + strconv.Itoa(i), Payload: maker.Append(nil, i, 0)}
	}
	start, used, n := time.Now(), jobTime(), 0
	for ; time.Since(start) < time.Second; n++ {
		_, _ = mapper.Map(raws[n%len(raws)]) // two in a thousand are refused, as in the job
	}
	return jobFigure{Name: "mapping", Records: n, Wall: time.Since(start), CPU: jobTime() - used, PeakMB: peak()}
}

// jobProcess starts a child and gives its first line of answer.
func jobProcess(tb testing.TB, spec jobSpec) string {
	tb.Helper()
	text, err := json.Marshal(spec)
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), os.Args[0], "-test.run=^TestJobChild$", "-test.timeout=20m")
	cmd.Env = append(os.Environ(), jobSpecEnv+"="+string(text))
	if spec.Workers == 1 {
		cmd.Env = append(cmd.Env, "GOMAXPROCS=1")
	}
	cmd.Stderr = os.Stderr
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err1 != nil || err2 != nil || cmd.Start() != nil {
		tb.Fatal("the child process did not start", err1, err2)
	}
	tb.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	var printed []string
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if answer, ok := strings.CutPrefix(lines.Text(), "JOB "); ok {
			go func() { _, _ = io.Copy(io.Discard, stdout) }() // so that it can print PASS
			return answer
		}
		printed = append(printed, lines.Text())
	}
	tb.Fatalf("%s: no answer: %s", spec.Role, strings.Join(printed, "\n"))
	return ""
}

// jobDo runs a child to its end.
func jobDo(tb testing.TB, spec jobSpec) map[string]jobFigure {
	tb.Helper()
	var all []jobFigure
	if err := json.Unmarshal([]byte(jobProcess(tb, spec)), &all); err != nil {
		tb.Fatal(err)
	}
	out := map[string]jobFigure{}
	for _, f := range all {
		out[f.Name] = f
	}
	return out
}
