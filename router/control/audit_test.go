package control

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/access"
	"iocgateway/router/book"
	"iocgateway/router/health"
	"iocgateway/router/journal"
	"iocgateway/router/store/bookfile"
)

// rows are the audit as it stands, oldest first, in words.
func rows(t *testing.T, a *Audit) (all []string) {
	t.Helper()
	list, next, err := a.List(t.Context(), book.ActQuery{Limit: 1000})
	if err != nil || next != 0 {
		t.Fatal(next, err)
	}
	for i := len(list) - 1; i >= 0; i-- {
		e := list[i]
		all = append(all, strings.TrimSpace(fmt.Sprint(e.Phase, " ", e.Who, " ", e.What, ": ", e.Target, " ", e.Why, " ", e.Code)))
	}
	return all
}

// TestEveryActIsWrittenDown: before it is done, and how it ended, whoever's.
func TestEveryActIsWrittenDown(t *testing.T) {
	w := &world{here: map[string]bool{"a/t": true}}
	w.hold("a/t", 3, true)
	halted := &sink{held: true, status: health.SinkStatus{Halted: true}}
	a := w.actions(t, halted.as("hook", "task"))
	w.here["sink/hook/task"] = true
	defer running(t, a.Jobs)()
	ctx := access.Because(t.Context(), "ánh xạ đã sửa")
	var order []string
	for _, act := range []func() error{
		func() error { return a.Run(t.Context(), "a/t", journal.Order{}, "lan") },
		func() error { return a.Run(ctx, "a/t", journal.Order{}, "lan") },
		func() error { return a.Run(t.Context(), "a/t", journal.Order{AcceptRemovals: true}, "lan") },
		func() error { return a.Pause(t.Context(), "a/t", journal.Pause{By: "lan", Reason: "bảo trì"}) },
		func() error { return a.Resume(t.Context(), "a/t", "lan") },
		func() error { _, _, err := a.Replay(ctx, journal.HeldQuery{Stream: "a/t"}, "lan"); return err },
		func() error {
			_, err := a.Drop(t.Context(), journal.HeldQuery{IDs: []int64{1}}, "lan", "rác")
			return err
		},
		func() error { return a.ResumeSink(t.Context(), "hook", "task", "lan") },
		func() error { return a.Reading(t.Context(), "held raw", "7", "lan", func() error { return nil }) },
	} {
		if err := act(); err != nil {
			t.Fatal(err)
		}
	}
	for _, what := range []string{"run: a/t", "run: a/t ánh xạ đã sửa", "run, accepting removals: a/t",
		"pause: a/t bảo trì", "resume: a/t", "replay held: a/t ánh xạ đã sửa", "drop held: quarantine rác", "resume sink: hook/task",
		"read held raw: 7"} {
		order = append(order, "begun lan "+what, "done lan "+what)
	}
	acts := slices.DeleteFunc(rows(t, a.Audit), func(r string) bool { return strings.HasPrefix(r, "done lan job: ") })
	if got := strings.Join(acts, "\n"); got != strings.Join(order, "\n") {
		t.Errorf("written down:\n%s\nwant\n%s", got, strings.Join(order, "\n"))
	}
	if v, err := a.VerifyActs(t.Context()); err != nil || !v.Whole || v.Rows != len(order)+1 {
		t.Errorf("%+v %v", v, err)
	}
}

// TestNoAuditNoAct: what cannot be written down is not done, and it is said.
func TestNoAuditNoAct(t *testing.T) {
	w := &world{here: map[string]bool{"a/t": true}}
	w.hold("a/t", 3, true)
	a := w.actions(t)
	if err := a.Audit.Book.(*bookfile.File).Close(); err != nil {
		t.Fatal(err)
	}
	read := false
	for what, err := range map[string]error{
		"run":    a.Run(t.Context(), "a/t", journal.Order{}, "lan"),
		"pause":  a.Pause(t.Context(), "a/t", journal.Pause{}),
		"resume": a.Resume(t.Context(), "a/t", "lan"),
		"replay": func() error { _, _, err := a.Replay(t.Context(), journal.HeldQuery{}, "lan"); return err }(),
		"drop":   func() error { _, err := a.Drop(t.Context(), journal.HeldQuery{}, "lan", "rác"); return err }(),
		"sink":   a.ResumeSink(t.Context(), "hook", "task", "lan"),
		"read":   a.Reading(t.Context(), "held raw", "7", "lan", func() error { read = true; return nil }),
	} {
		p, ok := problem.As(err)
		if !ok || p.Code != "GW-R040" || p.Reason() != problem.Unwritable {
			t.Errorf("%s: %v", what, err)
		}
	}
	if len(w.acts) > 0 || read {
		t.Errorf("done all the same: %v, read %v", w.acts, read)
	}
	if n, why := a.Audit.Failures(); n != 7 || why == nil || why.Code != "GW-R051" {
		t.Errorf("%d failures, %v", n, why)
	}
}

// TestAFailedActSaysSo: its code stands in its last row.
func TestAFailedActSaysSo(t *testing.T) {
	w := &world{reload: &problem.Problem{Code: "GW-M001"}}
	a := w.actions(t)
	if _, err := a.ReplayStream(t.Context(), "a/t", "lan"); err == nil {
		t.Fatal("done")
	}
	if got := rows(t, a.Audit); len(got) != 2 || got[1] != "failed lan replay stream: a/t  GW-M001" {
		t.Errorf("%q", got)
	}
}

// TestWhoAndFromWhere: the token, its role, the address and the door.
func TestWhoAndFromWhere(t *testing.T) {
	a := audit(t)
	auth := access.NewAuth([]access.Token{{Name: "truc-ban", Role: access.Operator, Hash: access.HashToken("s")}})
	act := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		err := a.Do(r.Context(), Act{What: "run", Target: "a/t", By: "local"}, func() (any, error) { return map[string]int{"n": 1}, nil })
		if err != nil {
			t.Error(err)
		}
	})
	r := httptest.NewRequest("POST", "/", nil)
	r.RemoteAddr = "10.1.2.3:999"
	r.Header.Set("User-Agent", access.CLIAgent+"/1")
	r.Header.Set("Authorization", "Bearer s")
	access.KeepOrigin(false, auth.Require(access.Operator, act)).ServeHTTP(httptest.NewRecorder(), r)
	list, _, err := a.List(t.Context(), book.ActQuery{Limit: 10})
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	for i, phase := range []string{book.Done, book.Begun} {
		e := list[i]
		if e.Phase != phase || e.Who != "truc-ban" || e.Role != "operator" || e.From != "10.1.2.3" || e.Via != "cli" || e.Node != "a" {
			t.Errorf("%+v", e)
		}
	}
	if list[0].Of != list[1].Seq || fmt.Sprint(list[0].Result) != "map[n:1]" {
		t.Errorf("its end: %+v", list[0])
	}
}

// TestALeftCallerIsWrittenDown: an act whose caller hung up has its last row.
func TestALeftCallerIsWrittenDown(t *testing.T) {
	a := audit(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := a.Do(ctx, Act{What: "run", By: "lan"}, func() (any, error) { cancel(); return nil, ctx.Err() })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got := rows(t, a); len(got) != 2 {
		t.Errorf("%q", got)
	}
}

// TestListPages: newest first, page by page, filtered, behind a pruned past.
func TestListPages(t *testing.T) {
	a := audit(t)
	const acts = 620
	for i := range acts {
		who := []string{"lan", "minh"}[i%2]
		if err := a.Do(t.Context(), Act{What: "run", Target: fmt.Sprint("s/", i), By: who}, func() (any, error) { return nil, nil }); err != nil {
			t.Fatal(err)
		}
	}
	seen := 0
	for before := uint64(0); ; {
		page, next, err := a.List(t.Context(), book.ActQuery{Who: "minh", Phase: book.Begun, Limit: 100, Before: before})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page {
			if want := fmt.Sprint("s/", acts-1-2*seen); e.Target != want || e.Who != "minh" {
				t.Fatalf("%+v, want %s", e, want)
			}
			seen++
		}
		if before = next; next == 0 {
			break
		}
	}
	if seen != acts/2 {
		t.Errorf("%d of %d were listed", seen, acts/2)
	}
	if found, _, err := a.List(t.Context(), book.ActQuery{Target: "s/1", What: "un", Limit: 1000}); err != nil || len(found) != 2*111 {
		t.Errorf("%d have s/1 in their name, %v", len(found), err)
	}
}

// TestOlderActsAreTakenOver: once, in order, and on from where a crash cut it.
func TestOlderActsAreTakenOver(t *testing.T) {
	a := audit(t)
	all := []journal.Audit{{By: "lan", What: "pause", Target: "a/t", Reason: "x", At: time.Unix(1, 0)},
		{By: "minh", What: "resume", Target: "a/t"}, {By: "lan", What: "drop", Target: "b/t"}}
	older := func(n int) func() ([]journal.Audit, error) {
		return func() ([]journal.Audit, error) { return all[:n], nil }
	}
	if err := a.TakeOver(t.Context(), func() ([]journal.Audit, error) { return nil, errors.New("cut") }); err == nil {
		t.Error("an error was swallowed")
	}
	for _, o := range all[:2] { // as a crash leaves it
		row := book.ActRow{Phase: book.Older, Who: o.By, What: o.What, Target: o.Target, Why: o.Reason, When: o.At}
		if _, err := a.append(t.Context(), row); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := a.TakeOver(t.Context(), older(3)); err != nil {
			t.Fatal(err)
		}
	}
	all = append(all, journal.Audit{By: "lan", What: "pause", Target: "c/t"},
		journal.Audit{By: "gateway", What: "loss", Target: "log", Reason: "task 9 → 7 (−2)"})
	for range 2 { // the Log lost its end since: told once
		if err := a.TakeOver(t.Context(), older(5)); err != nil {
			t.Fatal(err)
		}
	}
	want := "older lan pause: a/t x|older minh resume: a/t|older lan drop: b/t|done gateway loss: log task 9 → 7 (−2)"
	if got := strings.Join(rows(t, a), "|"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestKeep: once a day what was kept long enough goes, and what is left proves
// itself.
func TestKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := bookfile.Open(bookfile.Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		a := audit(t)
		a.Book = b
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		act := func() {
			if err := a.Do(ctx, Act{What: "run", By: "lan"}, func() (any, error) { return nil, nil }); err != nil {
				t.Fatal(err)
			}
		}
		act()
		time.Sleep(time.Minute)
		go func() { ended <- a.Keep(ctx, 48*time.Hour, time.Now) }()
		time.Sleep(30 * time.Hour)
		act()
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		v, err := a.Verify(ctx)
		if err != nil || !v.Whole || v.Pruned != 2 || v.First != 3 {
			t.Errorf("%+v %v", v, err)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestLooksAreOne: a page that refreshes itself is one look, until ten minutes
// later; somebody else's is another.
func TestLooksAreOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := inBook(t, t.TempDir())
		defer b.Close()
		a := audit(t)
		a.Book = b
		for i := range 100 { // 25 minutes
			for _, who := range []string{"lan", "minh"}[:1+i/99] {
				if err := a.Look(t.Context(), Act{What: "look at what is held", Target: "a/t", By: who}); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(15 * time.Second)
		}
		begun := slices.DeleteFunc(rows(t, a), func(r string) bool { return !strings.HasPrefix(r, "begun") })
		if len(begun) != 4 || !strings.HasPrefix(begun[3], "begun minh") {
			t.Errorf("%q", begun)
		}
		_ = b.Close()
		if err := a.Look(t.Context(), Act{What: "look at what is held", Target: "b/t", By: "lan"}); codeOf(err) != "GW-R040" {
			t.Errorf("looked without a row: %v", err)
		}
	})
}

// slowBook takes rows about one target only once it is let go.
type slowBook struct {
	book.Book
	slow string
	let  chan struct{}
}

func (b slowBook) Append(ctx context.Context, part string, body any) (book.Row, error) {
	if row, ok := body.(book.ActRow); ok && row.Target == b.slow {
		<-b.let
	}
	return b.Book.Append(ctx, part, body)
}

// TestASlowLookHoldsUpNobodyElse: looks at the same wait for its row, others do not.
func TestASlowLookHoldsUpNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := inBook(t, t.TempDir())
		defer b.Close()
		a := audit(t)
		slow := slowBook{Book: b, slow: "a/t", let: make(chan struct{})}
		a.Book = slow
		look := func(target string) error {
			return a.Look(t.Context(), Act{What: "look at what is held", Target: target, By: "lan"})
		}
		done := make(chan error, 2)
		for range 2 {
			go func() { done <- look("a/t") }()
		}
		synctest.Wait()
		if err := look("b/t"); err != nil || len(done) > 0 {
			t.Fatalf("%v, and %d looked without a row", err, len(done))
		}
		close(slow.let)
		if err := errors.Join(<-done, <-done); err != nil || len(rows(t, a)) != 4 {
			t.Errorf("%v: %q", err, rows(t, a))
		}
	})
}
