package schedule

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/health"
	"iocgateway/router/journal"
	"iocgateway/router/journaltest"
)

func failing(err error) *journaltest.Source {
	return &journaltest.Source{Fail: map[int]error{0: err}}
}

func failuresOf(t *testing.T, s node, stream string) (*lane, int) {
	t.Helper()
	l, err := s.lane(stream)
	if err != nil {
		t.Fatal(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l, l.failures
}

func codeOf(st health.Status) string {
	if st.Cause == nil {
		return ""
	}
	return st.Cause.Code
}

// TestOurFullDiskIsOurs: what our Log does not take is no source's fault, not
// even one's that delivers; it opens no breaker, and is over within a minute.
func TestOurFullDiskIsOurs(t *testing.T) {
	for _, code := range []string{"GW-R018", "GW-R019", "GW-Q001"} { // a full disk, a broken one, no Kafka
		t.Run(code, func(t *testing.T) { ourLogTakesNothing(t, code) })
	}
}

func ourLogTakesNothing(t *testing.T, code string) {
	synctest.Test(t, func(t *testing.T) {
		full := &problem.Problem{Code: code}
		good := &journaltest.Source{Pages: []adapters.Page{{Records: journaltest.Raws("a")}}}
		push := wired{journal.Stream{Source: "push", Name: "t", Kind: canonical.KindTask, Push: true}, &delivering{}}
		hourly := polled("a", good)
		hourly.Every, hourly.Promise = time.Hour, 2*time.Hour
		s, m, stop := bench(t, hourly, push)
		defer stop()
		pass(time.Minute)
		m.Break(full)
		if _, err := s.Deliver(t.Context(), "push/t", nil); !problem.Has(err, problem.CannotWrite) {
			t.Fatalf("a delivery that was not stored was answered with %v", err)
		}
		pass(2 * time.Hour)
		for _, name := range []string{"a", "push"} {
			if st := stateOf(t, s, name); st.State != health.StateFailing || codeOf(st) != code {
				t.Errorf("with our disk full %s is %s because of %q", name, st.State, codeOf(st))
			}
		}
		if l, n := failuresOf(t, s, "a/t"); l.breaker.open() || n != 0 {
			t.Errorf("the source was blamed: breaker open %v, %d failures", l.breaker.open(), n)
		}
		m.Break(nil)
		pass(time.Minute)
		for _, name := range []string{"a", "push"} {
			if st := stateOf(t, s, name); st.State == health.StateFailing {
				t.Errorf("a minute after there is room %s is %s because of %q", name, st.State, codeOf(st))
			}
		}
		if s.Own() != nil {
			t.Error("what was mended still stands")
		}
	})
}

// TestARunThatCannotBeWrittenDownShowsNothing: it got a number and no more.
func TestARunThatCannotBeWrittenDownShowsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, stop := bench(t, polled("a", &journaltest.Source{Pages: []adapters.Page{{Records: journaltest.Raws("a")}}}))
		defer stop()
		pass(time.Minute)
		l, _ := failuresOf(t, s, "a/t")
		s.settle(l, journal.Run{ID: 2, Stream: "a/t"}, fmt.Errorf("sync: begin run: %w", &problem.Problem{Code: "GW-R018"}))
		_, n := failuresOf(t, s, "a/t")
		if st := stateOf(t, s, "a"); st.State != health.StateHealthy || n != 0 {
			t.Errorf("%s after %d failures", st.State, n)
		}
	})
}

// TestAnOutageOfOursIsToldAfterwards: the ops feed cannot say that it cannot
// be written; it says so as soon as it can, before what is true by then.
func TestAnOutageOfOursIsToldAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []health.Status
		var own atomic.Pointer[problem.Problem]
		m := journaltest.NewMemory()
		source := &journaltest.Source{Pages: []adapters.Page{{Records: journaltest.Raws("a")}}}
		n := add(t, m, Options{Writable: own.Load,
			Changed: func(_ context.Context, st health.Status) error {
				if own := own.Load(); own != nil {
					return own
				}
				told = append(told, st)
				return nil
			}}, polled("a", source))
		n.start(t, true)
		defer n.stop()
		pass(time.Minute)
		before, began := len(told), time.Now()
		own.Store(&problem.Problem{Code: "GW-R018"})
		pass(time.Hour)
		if len(told) != before {
			t.Fatalf("told while nothing could be written: %v", told[before:])
		}
		own.Store(nil)
		pass(time.Minute)
		if len(told) != before+2 {
			t.Fatalf("%d changes told of an outage, want its beginning and its end", len(told)-before)
		}
		first, last := told[before], told[before+1]
		if codeOf(first) != "GW-R018" || first.Since.Sub(began) > time.Minute || last.State != health.StateHealthy {
			t.Errorf("told %s (%s) since %v, then %s", first.State, codeOf(first), first.Since, last.State)
		}
	})
}

// TestOneStreamsContentIsItsOwn: only a source that cannot be reached or does
// not know us rests as a whole, and it is told because of whom.
func TestOneStreamsContentIsItsOwn(t *testing.T) {
	for _, c := range []struct {
		name  string
		err   error
		rests bool
	}{
		{"not its format", &problem.Problem{Code: "GW-S012"}, false},
		{"answered 500", &problem.Problem{Code: "GW-S007"}, false},
		{"a defect without words", errors.New("index out of range"), false},
		{"cannot be reached", &problem.Problem{Code: "GW-S001"}, true},
		{"its certificate", &problem.Problem{Code: "GW-S003"}, true},
		{"the credentials", &problem.Problem{Code: "GW-S004"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bad, good := polled("a", failing(c.err)), polled("a", &journaltest.Source{Pages: []adapters.Page{{Records: journaltest.Raws("a")}}})
				bad.Name, good.Name = "bad", "good"
				good.Every, good.Promise = time.Hour, 2*time.Hour
				s, _, stop := bench(t, bad, good)
				defer stop()
				pass(22 * time.Minute) // good ran once; bad failed eight times in a row
				all, err := s.Statuses(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				st := all[1]
				if !c.rests {
					if st.State != health.StateHealthy {
						t.Errorf("the other stream of the source is %s because of %v", st.State, st.Cause)
					}
					return
				}
				if st.State != health.StateFailing || codeOf(st) != "GW-R006" || st.Cause.Value != "a/bad" {
					t.Errorf("the other stream is %s because of %+v", st.State, st.Cause)
				}
				if p, _ := problem.As(c.err); p != nil && st.Cause != nil && st.Cause.Near != p.Code {
					t.Errorf("the culprit's code is %q", st.Cause.Near)
				}
			})
		})
	}
}

// refusing is a source whose deliveries are refused as told.
type refusing struct {
	journaltest.Source
	err error
}

func (r *refusing) Receive(*http.Request) (adapters.Page, error) {
	return adapters.Page{Records: journaltest.Raws("a")}, r.err
}

// TestRefusedDeliveriesAreSeen: what was not taken is counted and shown, is
// in the history, and outlives a restart.
func TestRefusedDeliveriesAreSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &refusing{}
		st := wired{journal.Stream{Source: "push", Name: "t", Kind: canonical.KindTask, Push: true}, source}
		s, m, stop := bench(t, st)
		pass(time.Second)
		deliver := func(code string) {
			source.err = nil
			if code != "" {
				source.err = problem.Reject(&problem.Problem{Code: code})
			}
			if _, err := s.Deliver(t.Context(), "push/t", nil); (err == nil) != (code == "") {
				t.Fatalf("delivered with %q: %v", code, err)
			}
			pass(time.Second)
		}
		deliver("")
		for range 3 {
			deliver("GW-S801")
		}
		got := stateOf(t, s, "push")
		if got.State != health.StateDataIssue || codeOf(got) != "GW-S801" || got.Refused == nil || got.Refused.Count["GW-S801"] != 3 {
			t.Errorf("after three refusals: %s because of %q, refused %+v", got.State, codeOf(got), got.Refused)
		}
		deliver("")
		if got := stateOf(t, s, "push"); got.State != health.StateHealthy {
			t.Errorf("the source itself delivered, and the stream is %s", got.State)
		}
		pass(2 * time.Minute)
		deliver("GW-S803")
		stop()
		runs := m.RunsOf["push/t"]
		if len(runs) != 2 || runs[1].Refused == nil || runs[1].Refused.Count["GW-S801"] != 3 || runs[0].Problem == nil || runs[0].Problem.Code != "GW-S803" || runs[0].Complete {
			t.Fatalf("the history is %+v", runs)
		}
		again := add(t, m, Options{}, st)
		again.start(t, true)
		defer again.stop()
		pass(time.Second)
		if got := stateOf(t, again, "push"); got.State != health.StateDataIssue || codeOf(got) != "GW-S803" {
			t.Errorf("after a restart: %s because of %q", got.State, codeOf(got))
		}
	})
}

// TestAStrangerClearsNothing: what is lost of a source is told for its hour,
// whoever else knocks and whatever is taken meanwhile; also after a kill, that
// leaves the process no word.
func TestAStrangerClearsNothing(t *testing.T) {
	const broken, unsigned = "GW-S806", "GW-S801"
	const ofContent, ofStrangers = "GW-R110", "GW-R111"
	for _, c := range []struct {
		name    string
		comes   []string // codes of what is refused; "" is taken
		want    string   // the code of the cause; "": healthy
		besides string   // told beside it
		killed  string   // … by a process that starts behind what was refused for its content
		later   string   // … an hour later, when nothing is an issue any more
	}{
		{"content, then a stranger", []string{broken, unsigned}, broken, unsigned + ofContent + ofStrangers, ofContent, ofContent + ofStrangers},
		{"content, then a stranger, then one that is taken", []string{broken, unsigned, ""}, broken, ofContent, ofContent, ""},
		{"the same, and again a stranger, who is known to be one", []string{broken, unsigned, "", unsigned}, broken, ofContent + ofStrangers,
			ofContent, ofStrangers},
		{"a stranger, then content, then one that is taken", []string{unsigned, broken, ""}, broken, ofContent,
			unsigned + ofContent + ofStrangers, ""},
		{"a stranger before and after one that is taken, then content", []string{unsigned, "", unsigned, broken}, broken, ofContent + ofStrangers,
			ofContent + ofStrangers, ofContent + ofStrangers},
		{"a stranger, then one that is taken", []string{unsigned, ""}, "", "", "", ""},
		{"one that is taken, then a stranger", []string{unsigned}, unsigned, ofStrangers, "", ofStrangers},
	} {
		for _, apart := range []time.Duration{time.Second, 70 * time.Second} {
			t.Run(fmt.Sprint(c.name, " ", apart), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					source := &refusing{}
					st := wired{journal.Stream{Source: "push", Name: "t", Kind: canonical.KindTask, Push: true}, source}
					s, m, stop := bench(t, st)
					defer stop()
					pass(time.Second)
					_, _ = s.Deliver(t.Context(), "push/t", nil) // one that is taken
					check := func(when string, s node, want, besides string) {
						t.Helper()
						got := stateOf(t, s, "push")
						told := ""
						for _, w := range got.Warnings {
							told += w.Code
						}
						if codeOf(got) != want || (got.State == health.StateHealthy) != (want == "") || told != besides {
							t.Errorf("%s: %s because of %q, beside it %q; want %q and %q", when, got.State, codeOf(got), told, want, besides)
						}
					}
					for _, code := range c.comes {
						source.err = nil
						if code != "" {
							source.err = problem.Reject(&problem.Problem{Code: code})
						}
						_, _ = s.Deliver(t.Context(), "push/t", nil)
						again := add(t, m, Options{}, st) // killed as soon as it had answered
						again.start(t, true)
						pass(time.Second)
						if code == broken {
							check("killed behind it", again, broken, c.killed)
						}
						again.stop()
						pass(apart)
					}
					check("at the end", s, c.want, c.besides)
					pass(2 * time.Minute) // the counts are written down
					again := add(t, m, Options{}, st)
					again.start(t, true)
					defer again.stop()
					pass(time.Second)
					check("after a restart", again, c.want, c.besides)
					pass(time.Hour + 2*time.Minute)
					check("an hour later", again, "", c.later)
				})
			})
		}
	}
}

// TestRefusalsAreCountedOverAKill: by code, with the last, as far as they were
// answered; what was taken is counted on too, and both say since when.
func TestRefusalsAreCountedOverAKill(t *testing.T) {
	for name, c := range map[string]struct {
		comes  []string // codes of what is refused; "" is taken
		apart  time.Duration
		killed time.Duration // after the last
		exact  bool          // else the latest may be missing, each code's first is not
	}{
		"a burst": {[]string{"", "GW-S801", "GW-S801", "GW-S803", "GW-S806", "GW-S808", "GW-S809", "GW-S801"},
			time.Second, 12 * time.Second, true},
		"killed at once": {[]string{"", "GW-S801", "GW-S801", "GW-S803", "GW-S801", "GW-S806"}, time.Second, 0, false},
		"over several minutes": {[]string{"GW-S806", "", "GW-S806", "GW-S801", "GW-S801", "", "GW-S803"},
			40 * time.Second, 12 * time.Second, true},
		"a stranger, then taken": {[]string{"GW-S801", "GW-S801", ""}, time.Second, 61 * time.Second, true},
		"a thousand strangers":   {slices.Repeat([]string{"GW-S801"}, 1000), 10 * time.Millisecond, 6 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				source := &refusing{}
				st := wired{journal.Stream{Source: "push", Name: "t", Kind: canonical.KindTask, Push: true}, source}
				s, m, stop := bench(t, st)
				defer stop()
				pass(time.Second)
				began, want, taken, last := time.Now(), map[string]int{}, 0, ""
				for _, code := range c.comes {
					pass(c.apart)
					source.err = nil
					if code != "" {
						source.err = problem.Reject(&problem.Problem{Code: code})
						want[code]++
						last = code
					} else {
						taken++
					}
					_, _ = s.Deliver(t.Context(), "push/t", nil)
				}
				pass(c.killed)
				again := add(t, m, Options{}, st)
				again.start(t, true)
				defer again.stop()
				pass(time.Second)
				got := stateOf(t, again, "push")
				if got.Refused == nil || got.Refused.Since.Before(began) || c.exact && got.Refused.Last.Code != last {
					t.Fatalf("after a restart: %+v, want %v, the last %s", got.Refused, want, last)
				}
				for code, n := range want {
					if has := got.Refused.Count[code]; has > n || has == 0 || c.exact && has != n {
						t.Errorf("%s: %d of %d refused are counted", code, has, n)
					}
				}
				if len(m.RunsOf["push/t"]) > 6 {
					t.Errorf("%d runs were written", len(m.RunsOf["push/t"]))
				}
				if c.killed > tallyEvery && got.Delivered.Received != taken {
					t.Errorf("%d of %d that were taken", got.Delivered.Received, taken)
				}
				if got.Counted.IsZero() {
					t.Error("since when is not said")
				}
			})
		})
	}
}
