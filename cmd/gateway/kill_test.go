package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"iocgateway/adapters/all"
	"iocgateway/canonical"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/cmd/gateway/wiring"
	"iocgateway/deploy/dev/seed"
	"iocgateway/router/journal"
)

// childConfig, set in the environment, makes the test binary a gateway: the
// process the tests kill.
const (
	childConfig = "GATEWAY_TEST_CONFIG"
	childEager  = "GATEWAY_TEST_EAGER" // the planted defect: the checkpoint moves so long before the commit
)

func child(file string) int {
	sh := &shell.Shell{Terminal: shell.Terminal{Out: os.Stdout, Err: os.Stderr, Environ: os.Environ()}, Lang: "en"}
	cfg, err := sh.ReadConfig(file, nil)
	if err != nil {
		sh.PrintError(os.Stderr, err)
		return shell.ExitFailed
	}
	a, err := wiring.Open(context.Background(), cfg, all.Specs(), slog.New(slog.DiscardHandler))
	if err != nil {
		sh.PrintError(os.Stderr, err)
		return shell.ExitFailed
	}
	if early, err := time.ParseDuration(os.Getenv(childEager)); err == nil {
		for _, st := range a.Streams {
			st.Log = eager{st.Log, early}
		}
	}
	fmt.Println(a.Address())
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := a.Run(ctx); err != nil {
		return shell.ExitFailed
	}
	return shell.ExitOK
}

// eager is a Log with the oldest mistake there is: it moves the checkpoint
// first and writes the page after.
type eager struct {
	journal.Log
	early time.Duration
}

func (e eager) Commit(ctx context.Context, b journal.Batch) (journal.Receipt, error) {
	if b.Next == nil {
		return e.Log.Commit(ctx, b)
	}
	moved := journal.Batch{Stream: b.Stream, Run: b.Run, Mapping: b.Mapping, From: b.From, Next: b.Next, At: b.At}
	if _, err := e.Log.Commit(ctx, moved); err != nil {
		return journal.Receipt{}, err
	}
	time.Sleep(e.early)
	b.From, b.Next = nil, nil
	return e.Log.Commit(ctx, b)
}

const killConfig = `
http: {addr: "127.0.0.1:0"}
store: {dir: %q}
mappings: {dir: %q}
sources:
  hang-doi:
    adapter: rest
    url: %s
    streams:
      matters:
        every: 50ms
        mapping: test/matter
        wire:
          profile: queue
          vi: hàng đợi
          en: queue
          evidence: assumed
          kind: feedback
          auth: {kind: none}
          request: {path: /queue}
          paging: {kind: none}
          records: {path: items, key: id, at: {path: at, layouts: [rfc3339]}}
          watermark: {kind: queue}
          ack: {method: POST, path: "/queue/{key}"}
  so-ghi:
    adapter: rest
    url: %s
    streams:
      matters:
        every: 50ms
        mapping: test/matter
        wire:
          profile: journal
          vi: sổ ghi
          en: journal
          evidence: assumed
          kind: feedback
          auth: {kind: none}
          zone: UTC
          request: {path: /journal, query: {page: "{page}", from: "{since}"}}
          paging: {kind: page, base: 0, size: 50, total: total, last: {path: last, equals: "true"}}
          records: {path: items, key: id, at: {path: at, layouts: [rfc3339]}}
          watermark: {kind: since, format: "yyyy-MM-dd'T'HH:mm:ss'Z'", overlap: 1s}
  danh-sach:
    adapter: rest
    url: %s
    streams:
      matters:
        every: 50ms
        mapping: test/matter
        wire:
          profile: list
          vi: danh sách
          en: list
          evidence: assumed
          kind: feedback
          auth: {kind: none}
          request: {path: /list, query: {page: "{page}"}}
          paging: {kind: page, base: 0, size: 50, total: total, last: {path: last, equals: "true"}}
          records: {path: items, key: id, at: {path: at, layouts: [rfc3339]}}
          watermark: {kind: none}
`

const killMapping = `
mapping: test/matter
kind: feedback
evidence: assumed
fields:
  title: title
  updated_at: {from: at, layouts: [rfc3339]}
  returned_count: edit
ignore: [id]
`

// victim is a gateway that gets killed.
type victim struct {
	t      *testing.T
	config string
	eager  time.Duration // the planted defect; 0: none
	env    []string      // more of it
	wrap   func(*exec.Cmd)
	cmd    *exec.Cmd
	said   *bytes.Buffer // the log of the one that runs, or ran last: to be read once it is killed
	url    string
	name   string // among others
}

func newVictim(t *testing.T, u *upstream, eager time.Duration) *victim {
	t.Helper()
	dir := t.TempDir()
	maps := filepath.Join(dir, "mappings", "test")
	if err := os.MkdirAll(maps, 0o750); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "gateway.yaml")
	text := fmt.Sprintf(killConfig, filepath.Join(dir, "data"), filepath.Join(dir, "mappings"), u.URL, u.URL, u.URL)
	for path, content := range map[string]string{config: text, filepath.Join(maps, "matter.yaml"): killMapping} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	v := &victim{t: t, config: config, eager: eager}
	t.Cleanup(v.kill)
	return v
}

// start runs the gateway and waits for its address.
func (v *victim) start() {
	v.t.Helper()
	v.cmd = exec.Command(os.Args[0])
	v.cmd.Env = append(append(os.Environ(), childConfig+"="+v.config), v.env...)
	if v.eager > 0 {
		v.cmd.Env = append(v.cmd.Env, childEager+"="+v.eager.String())
	}
	if v.wrap != nil {
		v.wrap(v.cmd)
	}
	v.said = &bytes.Buffer{}
	v.cmd.Stderr = v.said
	out, err := v.cmd.StdoutPipe()
	if err != nil {
		v.t.Fatal(err)
	}
	if err := v.cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	line := make([]byte, 256)
	n, err := out.Read(line)
	if err != nil {
		v.t.Fatalf("the gateway did not start: %v\n%s", err, v.said.String())
	}
	v.url = strings.TrimSpace(string(line[:n]))
}

func (v *victim) kill() {
	if v.cmd != nil {
		_ = v.cmd.Process.Kill() // it may have ended by itself
		_ = v.cmd.Wait()
		v.cmd = nil
	}
}

// TestKillNothingLostNothingTwice kills a syncing gateway at random moments
// and then counts, independently of it, what the sources ever had against
// what the feed has (invariants 1, 2, 3 and 7).
func TestKillNothingLostNothingTwice(t *testing.T) {
	u := newUpstream(t)
	v := newVictim(t, u, 0)
	torment(v, u, seed.Rand(t), seed.Rounds(t, 6), 60)
	if wrong := audit(t, v, u, 30*time.Second); len(wrong) > 0 {
		t.Fatalf("%d findings, among them: %s", len(wrong), strings.Join(wrong[:min(len(wrong), 5)], "; "))
	}
}

// TestKillFindsAnEagerCheckpoint proves that the count above can fail: with
// the checkpoint moved before the commit, kills do lose records.
func TestKillFindsAnEagerCheckpoint(t *testing.T) {
	u := newUpstream(t)
	v := newVictim(t, u, 200*time.Millisecond)
	random := seed.Rand(t)
	for range 8 {
		torment(v, u, random, 5, 20) // one page: a longer walk that is cut is made again, and loses nothing
		if wrong := audit(t, v, u, 5*time.Second); len(wrong) > 0 {
			t.Logf("as it must, the count found %d lost: %s", len(wrong), wrong[0])
			return
		}
		v.kill()
	}
	t.Fatal("the checkpoint moved before the commit and nobody noticed")
}

// torment starts and kills the gateway while its sources grow: after a random
// number of pages, at a random moment of what it does with them.
func torment(v *victim, u *upstream, random *rand.Rand, rounds, matters int) {
	for range rounds {
		u.grow(matters)
		v.start()
		u.askedFor(v.t, random.IntN(10))
		time.Sleep(time.Duration(random.IntN(30_000)) * time.Microsecond)
		v.kill()
	}
	v.start()
}

// event is what a reader needs of a CloudEvent.
type event struct {
	Type     string `json:"type"`
	Subject  string `json:"subject"`
	Source   string `json:"source"`
	Sequence string `json:"sequence"`
	Previous string `json:"previous"`
	// Partition is there where a feed has several: then sequences are its own.
	Partition string `json:"partition"`
	Data      struct {
		ReturnedCount int `json:"returned_count"`
	} `json:"data"`
}

// audit waits until the gateway has caught up, as long as it gains on what is
// missing at least now and then, and counts. It gives what is wrong, in words.
func audit(t *testing.T, v *victim, u *upstream, patience time.Duration) []string {
	t.Helper()
	deadline, least := time.Now().Add(patience), math.MaxInt
	for {
		wrong := compare(t, readFeed(t, v.url, "feedback"), u)
		left := len(wrong) + u.waiting()
		if left == 0 || time.Now().After(deadline) {
			return wrong
		}
		if left < least {
			deadline, least = time.Now().Add(patience), left
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func compare(t *testing.T, events []event, u *upstream) []string {
	t.Helper()
	var wrong []string
	edits := map[string]int{}
	published := map[string]int{}
	last := map[string]string{}
	for i, e := range events {
		if n, err := strconv.Atoi(e.Sequence); e.Partition == "" && (err != nil || n != i+1) {
			wrong = append(wrong, fmt.Sprintf("sequence %s at place %d", e.Sequence, i+1))
		}
		if before, seen := last[e.Partition]; seen && (e.Previous != before || e.Sequence <= before) {
			wrong = append(wrong, fmt.Sprintf("sequence %s names %s before it, %s was", e.Sequence, e.Previous, before))
		}
		last[e.Partition] = e.Sequence
		if !u.gave(e.Source) {
			continue
		}
		key := e.Subject[strings.LastIndex(e.Subject, ":")+1:]
		edits[key] = e.Data.ReturnedCount
		published[fmt.Sprint(e.Subject, " edit ", e.Data.ReturnedCount)]++
	}
	for what, times := range published {
		if times != 1 {
			wrong = append(wrong, fmt.Sprintf("%s published %d times", what, times))
		}
	}
	for key, edit := range u.edits() {
		if got, ok := edits[key]; !ok || got != edit {
			wrong = append(wrong, fmt.Sprintf("%s: edit %d in the feed (%v), %d at the source", key, got, ok, edit))
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for key := range u.given {
		if _, ok := edits[key]; !ok {
			wrong = append(wrong, key+" is lost")
		}
	}
	return wrong
}

// readFeed reads a whole feed, page by page.
func readFeed(t *testing.T, url string, feed canonical.Feed) []event {
	t.Helper()
	var all []event
	after := ""
	for {
		var page struct {
			Events []event
			Next   string
			More   bool
		}
		resp, err := http.Get(url + "/v1/feeds/" + string(feed) + "/changes?limit=1000&after=" + after)
		if err != nil {
			t.Fatal(err)
		}
		err = json.NewDecoder(resp.Body).Decode(&page)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("changes: %s: %v", resp.Status, err)
		}
		all = append(all, page.Events...)
		if after = page.Next; !page.More {
			return all
		}
	}
}
