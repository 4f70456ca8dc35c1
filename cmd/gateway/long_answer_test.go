package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"iocgateway/deploy/dev"
)

// longSource gives the same long answer at /list, and at /canary a single
// record that changes each time, whose longest silence it remembers.
type longSource struct {
	body           []byte
	asked          atomic.Int64
	last, silence  atomic.Int64 // nanoseconds
	canaryAnswered atomic.Int64
}

func newLongSource(t *testing.T, records, padding int) (*longSource, string) {
	t.Helper()
	l := &longSource{}
	pad := strings.Repeat("x", padding)
	l.body = append(l.body, `{"d":[`...)
	for i := range records {
		if i > 0 {
			l.body = append(l.body, ',')
		}
		l.body = append(strconv.AppendInt(append(l.body, `{"id":`...), int64(i), 10), `,"x":"`+pad+`"}`...)
	}
	l.body = append(l.body, "]}"...)
	if padding == 0 {
		l.body = []byte(strings.ReplaceAll(string(l.body), `,"x":""`, ""))
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path != "/canary" {
			l.asked.Add(1)
			_, _ = w.Write(l.body)
			return
		}
		now := time.Now().UnixNano()
		if before := l.last.Swap(now); before > 0 {
			l.silence.Store(max(l.silence.Load(), now-before))
		}
		_, _ = fmt.Fprintf(w, `{"d":[{"id":%d}]}`, l.canaryAnswered.Add(1))
	}))
	t.Cleanup(srv.Close)
	return l, srv.URL
}

const longMapping = "mapping: test/matter\nkind: feedback\nevidence: assumed\nfields: {returned_count: id}\nignore: [x]\n"

// longConfig has a canary, and so many streams that read the long answer.
func longConfig(t *testing.T, url string, readers int) string {
	t.Helper()
	dir := t.TempDir()
	stream := func(name, path, every string) string {
		return fmt.Sprintf("  %s:\n    adapter: rest\n    url: %s\n    streams:\n      m:\n        every: %s\n        mapping: test/matter\n"+
			"        wire: {profile: x, vi: x, en: x, evidence: assumed, kind: feedback, auth: {kind: none}, request: {path: %s},\n"+
			"               paging: {kind: none}, records: {path: d, key: id}, watermark: {kind: none}}\n", name, url, every, path)
	}
	text := fmt.Sprintf("http: {addr: \"127.0.0.1:0\"}\nstore: {dir: %q}\nmappings: {dir: %q}\nsources:\n", filepath.Join(dir, "data"), filepath.Join(dir, "m"))
	text += stream("canary", "/canary", "200ms")
	for i := range readers {
		text += stream(fmt.Sprintf("long%d", i), "/list", "24h")
	}
	maps := filepath.Join(dir, "m", "test")
	if err := os.MkdirAll(maps, 0o750); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "gateway.yaml")
	for path, content := range map[string]string{config: text, filepath.Join(maps, "matter.yaml"): longMapping} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return config
}

// limited starts a gateway that may have 1 GiB of data, as the systemd unit
// gives it: the kernel refuses more.
func limited(t *testing.T, config string) *victim {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("limits of memory as Linux has them")
	}
	v := &victim{t: t, config: config, env: []string{"GOMEMLIMIT=768MiB"}}
	v.wrap = func(c *exec.Cmd) {
		c.Args = append([]string{"sh", "-c", `ulimit -d 1048576 && exec "$0"`}, c.Path)
		c.Path = "/bin/sh"
	}
	t.Cleanup(v.kill)
	v.start()
	return v
}

// peakOf is the most memory that a process had resident, in MB.
func peakOf(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatalf("the gateway is gone: %v", err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	kb, _ := strconv.Atoi(strings.Fields(rest)[0])
	return kb >> 10
}

// untilRead waits until every reader of the long answer has so many records
// live and runs no more.
func untilRead(t *testing.T, v *victim, live int) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not read to its end after 5 minutes")
		}
		var got struct {
			Items []struct {
				Source, State string
				Live          int
				Running       bool
				Cause         json.RawMessage
			}
		}
		resp, err := http.Get(v.url + "/v1/streams")
		if err != nil {
			t.Fatalf("the gateway is gone: %v", err)
		}
		err = json.NewDecoder(resp.Body).Decode(&got)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		left := 0
		for _, s := range got.Items {
			if s.State == "failing" {
				t.Fatalf("%s fails: %s", s.Source, s.Cause)
			}
			if s.Source != "canary" && (s.Live < live || s.Running) {
				left++
			}
		}
		if left == 0 {
			return
		}
	}
}

// A long answer is read to its end within the memory that the shipped unit
// gives; the figures are printed.
func TestLongAnswers(t *testing.T) {
	dev.Long(t)
	if testing.Short() {
		t.Skip("figures of memory: without the race detector, which needs its own")
	}
	for _, c := range []struct {
		name                      string
		records, padding, readers int
		mostMB                    int // resident
	}{
		{"one answer of 1,000,000 tiny records", 1_000_000, 0, 1, 400},
		{"four answers of 51 MB at once", 98_000, 500, 4, 700},
	} {
		t.Run(c.name, func(t *testing.T) {
			source, url := newLongSource(t, c.records, c.padding)
			start := time.Now()
			v := limited(t, longConfig(t, url, c.readers))
			untilRead(t, v, c.records)
			peak, silence := peakOf(t, v.cmd.Process.Pid), time.Duration(source.silence.Load())
			t.Logf("%d × %.1f MB read in %v, peak %d MB, the canary's longest silence %v of %d polls",
				c.readers, float64(len(source.body))/1e6, time.Since(start).Round(100*time.Millisecond), peak, silence.Round(10*time.Millisecond),
				source.canaryAnswered.Load())
			if peak > c.mostMB {
				t.Errorf("peak %d MB, at most %d wanted", peak, c.mostMB)
			}
			if silence > 10*time.Second { // 2 s on a machine of one's own
				t.Errorf("another source waited %v", silence)
			}
		})
	}
}
