package wiring

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"iocgateway/adapters/all"
	"iocgateway/canonical/problem"
	"iocgateway/cmd/gateway/config"
	"iocgateway/deploy/dev/seed"
	"iocgateway/router/book"
	"iocgateway/router/journal"
	"iocgateway/router/store"
	"iocgateway/router/store/bookfile"

	"log/slog"
)

const ofDay = "day/phan-anh"

func dayIn(dir string) string {
	return `
http: {addr: "127.0.0.1:0"}
store: {dir: "` + dir + `"}
sources:
  day:
    adapter: push
    signature: {kind: bearer, secrets: ["${env:HOOK}"]}
    streams:
      phan-anh: {mapping: pakn/hook-1022, key: [data.ma]}
`
}

// lifeOf runs a gateway in a folder for as long as do takes.
func lifeOf(t *testing.T, dir string, do func(a *App)) {
	t.Helper()
	cfg, err := config.Load("gateway.yaml", []byte(dayIn(dir)), []string{"HOOK=" + hook}, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := Open(t.Context(), cfg, all.Specs(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	do(a)
}

// acts does so many acts, of two rows each.
func acts(t *testing.T, a *App, n int) {
	t.Helper()
	for i := range n {
		if err := a.actions.Pause(t.Context(), ofDay, journal.Pause{Reason: fmt.Sprint("việc ", i), By: "lan"}); err != nil {
			t.Fatal(err)
		}
	}
}

func codeOf(err error) string {
	if p, ok := problem.As(err); ok {
		return p.Code
	}
	return ""
}

func copyFiles(t *testing.T, from, to string, names ...string) {
	t.Helper()
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func removeFiles(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTheLogRemembersTheBook: a book that was removed with its mark, or put
// back with an older one, is told on every surface with how many rows are
// missing; an administrator's word lets it go on, and is a row itself.
func TestTheLogRemembersTheBook(t *testing.T) {
	pair := []string{bookfile.Name, bookfile.MarkName}
	for name, c := range map[string]struct {
		change func(t *testing.T, dir, older string)
		lost   string
		from   uint64 // the row the book goes on behind
	}{
		"removed with its mark":      {func(t *testing.T, dir, _ string) { removeFiles(t, dir, pair...) }, "10", 0},
		"an older pair put back":     {func(t *testing.T, dir, older string) { copyFiles(t, older, dir, pair...) }, "6", 4},
		"an older one, and no mark":  {func(t *testing.T, dir, older string) { removeFiles(t, dir, pair...); copyFiles(t, older, dir, pair[0]) }, "6", 4},
		"the same, damaged: a bit":   {func(t *testing.T, dir, _ string) { flip(t, filepath.Join(dir, bookfile.Name)) }, "", 0},
		"cut, and its mark removed":  {func(t *testing.T, dir, _ string) { cutLines(t, dir, 3); removeFiles(t, dir, pair[1]) }, "3", 7},
		"the file alone was removed": {func(t *testing.T, dir, _ string) { removeFiles(t, dir, pair[0]) }, "10", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, older := filepath.Join(t.TempDir(), "data"), t.TempDir()
			lifeOf(t, dir, func(a *App) { acts(t, a, 2) })
			copyFiles(t, dir, older, pair...)
			lifeOf(t, dir, func(a *App) { acts(t, a, 3) })
			c.change(t, dir, older)
			code := "GW-R053"
			if c.lost == "" {
				code = "GW-R041"
			}
			for range 2 { // it does not heal by being started again
				lifeOf(t, dir, func(a *App) { toldEverywhere(t, a, code, c.lost) })
			}
			known, err := store.Booked(dir)
			if err != nil || codeOf(bookfile.Check(dir, known)) != code {
				t.Errorf("looked at from outside: %v %v", bookfile.Check(dir, known), err)
			}
			word := bookfile.Acceptance{By: "chi-minh", Why: "đã báo an toàn thông tin", At: time.Now(), Code: code}
			if err := word.Leave(dir); err != nil {
				t.Fatal(err)
			}
			lifeOf(t, dir, func(a *App) { wentOn(t, a, c.from) })
			if kept, _ := filepath.Glob(filepath.Join(dir, "book.*.aside-*")); len(kept) == 0 && name != "removed with its mark" {
				t.Error("nothing was kept as evidence")
			}
			lifeOf(t, dir, func(a *App) {
				if found := a.audit.Trouble(); found != nil {
					t.Errorf("accepted, and told again: %v", found)
				}
				acts(t, a, 1)
			})
		})
	}
}

func flip(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		text[len(text)/2] ^= 1
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// cutLines leaves the last so many rows out.
func cutLines(t *testing.T, dir string, rows int) {
	t.Helper()
	path := filepath.Join(dir, bookfile.Name)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	lines = lines[:len(lines)-1-rows]
	if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
}

// toldEverywhere looks at every surface.
func toldEverywhere(t *testing.T, a *App, code, lost string) {
	t.Helper()
	for url, want := range map[string]string{"/readyz": "degraded: " + code, "/v1/nodes": code, "/v1/streams": `"own":{"code":"` + code,
		"/?lang=vi": "thao tác bị từ chối", "/metrics": "iocgateway_audit_whole 0", "/v1/admin/audit/verify": `"whole":false`} {
		if _, body := answered(t, http.MethodGet, a.Address()+url, ""); !strings.Contains(body, want) {
			t.Errorf("%s does not say %s: %.300s", url, want, body)
		}
	}
	if _, body := answered(t, http.MethodGet, a.Address()+"/v1/admin/audit/verify", ""); lost != "" && !strings.Contains(body, `"lost":`+lost) {
		t.Errorf("not how many: %.500s", body)
	}
	if err := a.actions.Resume(t.Context(), ofDay, "lan"); codeOf(err) != "GW-R040" {
		t.Errorf("an act: %v", err)
	}
	if err := a.actions.Look(t.Context(), "held", "", "lan"); codeOf(err) != "GW-R040" {
		t.Errorf("a look: %v", err)
	}
}

// wentOn: acts are done again, behind a row that says by whose word.
func wentOn(t *testing.T, a *App, from uint64) {
	t.Helper()
	acts(t, a, 1)
	v, err := a.actions.VerifyActs(t.Context())
	if err != nil || !v.Whole || v.Guarded == nil || v.Guarded.What != book.Accepted || v.Guarded.Seq != from+1 {
		t.Fatalf("%+v %v", v, err)
	}
	if e := v.Guarded; e.Who != "chi-minh" || e.Why != "đã báo an toàn thông tin" || !strings.Contains(fmt.Sprint(e.With), "missing") {
		t.Errorf("the row says %+v", e)
	}
}

// TestReplacedWhileItRuns: a copy put in the place of the book of a gateway that
// runs is told everywhere, no act is done, and nothing is missing afterwards.
func TestReplacedWhileItRuns(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, path string)
		code   string
	}{
		"a copy moved over it": {func(t *testing.T, path string) {
			copyFiles(t, filepath.Dir(path), t.TempDir(), bookfile.Name)
			text, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(path+".tmp", text, 0o600)
			}
			if err == nil {
				err = os.Rename(path+".tmp", path)
			}
			if err != nil {
				t.Fatal(err)
			}
		}, "GW-R055"},
		"removed": {func(t *testing.T, path string) { removeFiles(t, filepath.Dir(path), bookfile.Name) }, "GW-R055"},
		"cut":     {func(t *testing.T, path string) { cutLines(t, filepath.Dir(path), 2) }, "GW-R053"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "data")
			lifeOf(t, dir, func(a *App) {
				acts(t, a, 2)
				if err := a.actions.Look(t.Context(), "held", "", "lan"); err != nil {
					t.Fatal(err)
				}
				c.change(t, filepath.Join(dir, bookfile.Name))
				toldEverywhere(t, a, c.code, "")
			})
			lifeOf(t, dir, func(a *App) {
				v, err := a.actions.VerifyActs(t.Context())
				if name == "a copy moved over it" != (err == nil && v.Whole && v.Rows == 6) {
					t.Errorf("started again: %+v %v", v, err)
				}
			})
		})
	}
}

// TestABackupIsNoLoss: it has an older book with its own older Log.
func TestABackupIsNoLoss(t *testing.T) {
	t.Parallel()
	dir, backup := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "copy")
	if err := os.MkdirAll(backup, 0o750); err != nil {
		t.Fatal(err)
	}
	lifeOf(t, dir, func(a *App) {
		acts(t, a, 3)
		if _, err := store.Backup(t.Context(), dir, backup); err != nil {
			t.Fatal(err)
		}
		acts(t, a, 1) // the book is copied after the Log
		if _, err := bookfile.Backup(dir, backup); err != nil {
			t.Fatal(err)
		}
		acts(t, a, 2)
	})
	for range 2 {
		lifeOf(t, backup, func(a *App) {
			if found := a.audit.Trouble(); found != nil {
				t.Fatalf("a backup: %v", found)
			}
			acts(t, a, 1)
		})
	}
}

const envBooked = "BOOKED_DIR"

// TestKillsAreNoLoss: whenever a gateway is killed, the Log never knows more
// rows than there are.
func TestKillsAreNoLoss(t *testing.T) {
	if dir := os.Getenv(envBooked); dir != "" {
		writeForEver(t, dir)
	}
	t.Parallel()
	dir := t.TempDir()
	chance, moved := seed.Rand(t), map[uint64]bool{}
	window := 120 // a machine with other work starts it later: a round that moved nothing gives the next one longer
	for n := range seed.Rounds(t, 25) {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKillsAreNoLoss$")
		cmd.Env = append(os.Environ(), envBooked+"="+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Duration(60+chance.IntN(window)) * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		known, err := store.Booked(dir)
		if err != nil {
			t.Fatal(err)
		}
		if seq := known[book.Acts].Seq; moved[seq] {
			window += 120
		} else {
			moved[seq], window = true, 120
		}
		b, err := bookfile.Open(bookfile.Options{Dir: dir, Known: known})
		if err != nil {
			t.Fatal(err)
		}
		if v, err := b.Verify(t.Context(), book.Acts); err != nil || !v.Whole || b.Damage() != nil {
			t.Fatalf("kill %d: known %v, %+v %v %v", n, known, v, err, b.Damage())
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(moved) < 5 {
		t.Errorf("what the Log knows moved only through %v", moved)
	}
}

// writeForEver writes rows, of which the Log is told as fast as it can be.
func writeForEver(t *testing.T, dir string) {
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	latest := make(chan map[string]book.Anchor, 1)
	b, err := bookfile.Open(bookfile.Options{Dir: dir, Grew: func(heads map[string]book.Anchor) {
		select {
		case latest <- heads:
		default:
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for heads := range latest {
			_ = s.KeepBooked(context.Background(), heads)
		}
	}()
	for n := 0; ; n++ {
		if _, err := b.Append(t.Context(), book.Acts, n); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTheLogLearnsWithoutBeingWaitedFor: a Log that takes nothing keeps no act
// from being done, and learns of it as soon as it can.
func TestTheLogLearnsWithoutBeingWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var full atomic.Bool
		var told []uint64 // read when it was waited for
		b := newBooked(t.Context(), func(_ context.Context, heads map[string]book.Anchor) error {
			if full.Load() {
				return &problem.Problem{Code: "GW-R018"}
			}
			told = append(told, heads[book.Acts].Seq)
			return nil
		}, slog.New(slog.DiscardHandler))
		grew := func(seq uint64) { b.grew(map[string]book.Anchor{book.Acts: {Seq: seq}}) }
		grew(3) // not held against what is known yet
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(told) > 0 {
			t.Errorf("known moved to %v unproven", told)
		}
		full.Store(true)
		b.begin()
		time.Sleep(time.Second)
		grew(4)
		time.Sleep(time.Minute)
		full.Store(false)
		time.Sleep(2 * bookedAgain)
		grew(5)
		time.Sleep(2 * bookedEvery)
		grew(6)
		b.close()
		if !slices.Equal(told, []uint64{4, 5, 6}) {
			t.Errorf("the Log was told %v", told)
		}
	})
}
