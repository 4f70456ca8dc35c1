package health

import (
	"slices"
	"testing"
	"time"

	"iocgateway/canonical/calendar"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// TestAssess walks the ten rules in their order of precedence, and the
// mistakes other products made.
func TestAssess(t *testing.T) {
	now := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	good := func() Signs {
		return Signs{Now: now, LookedAt: now.Add(-time.Second), Promise: 15 * time.Minute,
			FreshThrough: now.Add(-time.Minute), NextRun: now.Add(time.Minute), Typical: 5 * time.Second,
			SourceTime: now.Add(-time.Minute), Live: 1000}
	}
	cause, ours := &problem.Problem{Code: "GW-S031"}, &problem.Problem{Code: "GW-R018"}
	for _, c := range []struct {
		name   string
		change func(*Signs)
		want   State
		badges []State
	}{
		{"all is well", func(*Signs) {}, StateHealthy, nil},
		{"nobody looked for two minutes", func(s *Signs) { s.LookedAt = now.Add(-2 * time.Minute) }, StateUnknown, nil},
		{"never looked at", func(s *Signs) { s.LookedAt = time.Time{} }, StateUnknown, nil},
		{"disabled is not late", func(s *Signs) { s.Disabled = true; s.FreshThrough = now.Add(-time.Hour) }, StateDisabled, nil},
		{"paused is not late", func(s *Signs) { s.Paused = true; s.FreshThrough = now.Add(-time.Hour) }, StatePaused, nil},
		{"a new stream is not on time before its first run", func(s *Signs) { s.FreshThrough, s.Live = time.Time{}, 0 }, StateNeverRan, nil},
		{"a first run that failed is failing at once", func(s *Signs) {
			s.FreshThrough, s.LastFailed, s.Failures, s.Cause = time.Time{}, true, 1, cause
		}, StateFailing, nil},
		{"three failures in a row", func(s *Signs) { s.LastFailed, s.Failures = true, 3 }, StateFailing, nil},
		{"one failure with no retry planned", func(s *Signs) { s.LastFailed, s.Failures, s.NextRun = true, 1, time.Time{} }, StateFailing, nil},
		{"halted needs a person", func(s *Signs) { s.Halted, s.LastFailed, s.Failures, s.Cause = true, true, 1, cause }, StateFailing, nil},
		{"breaker open", func(s *Signs) { s.BreakerOpen = true }, StateFailing, nil},
		{"failing keeps late and held as badges", func(s *Signs) {
			s.LastFailed, s.Failures, s.FreshThrough, s.Held = true, 4, now.Add(-time.Hour), 50
		}, StateFailing, []State{StateLate, StateDataIssue, StateAtRisk}},
		{"late", func(s *Signs) { s.FreshThrough = now.Add(-16 * time.Minute) }, StateLate, []State{StateAtRisk}},
		{"exactly at the promise is not late", func(s *Signs) { s.FreshThrough = now.Add(-15 * time.Minute) }, StateAtRisk, nil},
		{"one in a hundred held", func(s *Signs) { s.Live, s.Held = 480, 5 }, StateDataIssue, nil},
		{"four held of many are no issue yet", func(s *Signs) { s.Live, s.Held = 300, 4 }, StateHealthy, nil},
		{"two held of three are one, few as they are", func(s *Signs) { s.Live, s.Held = 1, 2 }, StateDataIssue, nil},
		{"one held where nothing may be lost", func(s *Signs) {
			s.MustNotLose, s.Held, s.HeldOldest = true, 1, now.Add(-31*time.Minute)
		}, StateDataIssue, nil},
		{"a suspicious listing", func(s *Signs) { s.Suspicion = &problem.Problem{Code: "GW-R002"} }, StateDataIssue, nil},
		{"the source itself went silent", func(s *Signs) { s.MaxSilence, s.SourceTime = time.Hour, now.Add(-2*time.Hour) },
			StateSourceStale, nil},
		{"the next run would come too late", func(s *Signs) { s.NextRun = now.Add(20 * time.Minute) }, StateAtRisk, nil},
		{"one failure, retry planned, still within the promise", func(s *Signs) { s.LastFailed, s.Failures, s.Cause = true, 1, cause },
			StateRetrying, nil},
		{"a push source without deliveries is not failing for want of a plan",
			func(s *Signs) { s.Push, s.NextRun, s.Promise = true, time.Time{}, 0 }, StateHealthy, nil},
		{"our own full disk stands above a source that is well", func(s *Signs) { s.Own = ours }, StateFailing, nil},
		{"our own full disk is no news of a paused stream", func(s *Signs) { s.Own, s.Paused = ours, true }, StatePaused, nil},
		{"a first walk that goes on is not failing, whatever cut the one before", func(s *Signs) {
			s.FreshThrough, s.LastFailed, s.Failures, s.Cause, s.Advancing = time.Time{}, true, 1, cause, true
		}, StateAtRisk, nil},
		{"what has rows did run", func(s *Signs) { s.FreshThrough = time.Time{} }, StateAtRisk, nil},
		{"what is delivered and has rows did run", func(s *Signs) {
			s.Push, s.FreshThrough, s.Promise = true, time.Time{}, 0
		}, StateHealthy, nil},
		{"deliveries are refused", func(s *Signs) { s.Push, s.Refused = true, refused(unsigned, now.Add(-time.Minute)) }, StateDataIssue, nil},
		{"a delivery refused two hours ago was answered since, or is not tried again", func(s *Signs) {
			s.Push, s.Refused = true, refused(unsigned, now.Add(-2*time.Hour))
		}, StateHealthy, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			signs := good()
			c.change(&signs)
			got := Assess(signs)
			if got.State != c.want {
				t.Fatalf("state %s, want %s (cause %v)", got.State, c.want, got.Cause)
			}
			if len(got.Badges) != len(c.badges) {
				t.Fatalf("badges %v, want %v", got.Badges, c.badges)
			}
			for i := range c.badges {
				if got.Badges[i] != c.badges[i] {
					t.Fatalf("badges %v, want %v", got.Badges, c.badges)
				}
			}
		})
	}
}

const unsigned, tooLarge = "GW-S801", "GW-S803"

func refused(code string, at time.Time) *Refused {
	return (*Refused)(nil).Refuse(&problem.Problem{Code: code}, code == unsigned, at)
}

// TestTheCauseIsNamed: a known cause is the shown cause, whichever rule the
// state follows from.
func TestTheCauseIsNamed(t *testing.T) {
	now := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	empty, ours := &problem.Problem{Code: "GW-S015"}, &problem.Problem{Code: "GW-R018"}
	failed := func(s *Signs) { s.LastFailed, s.Failures, s.Cause = true, 1, empty }
	for _, c := range []struct {
		name   string
		change func(*Signs)
		state  State
		code   string
	}{
		{"late after failures: the failure", func(s *Signs) { failed(s); s.FreshThrough = now.Add(-16 * time.Minute) }, StateLate, "GW-S015"},
		{"late, and nothing failed: the promise", func(s *Signs) { s.FreshThrough = now.Add(-16 * time.Minute) }, StateLate, "GW-R011"},
		{"at risk after a failure: the failure", func(s *Signs) { failed(s); s.FreshThrough = now.Add(-13 * time.Minute) }, StateAtRisk, "GW-S015"},
		{"at risk, and nothing failed: nothing", func(s *Signs) { s.FreshThrough = now.Add(-13 * time.Minute) }, StateAtRisk, ""},
		{"our own disk, and the source failed before", func(s *Signs) { failed(s); s.Failures, s.Own = 5, ours }, StateFailing, "GW-R018"},
		{"our own disk, and late", func(s *Signs) { s.Own, s.FreshThrough = ours, now.Add(-time.Hour) }, StateFailing, "GW-R018"},
		{"our own disk, and nothing ever ran", func(s *Signs) { s.Own, s.FreshThrough = ours, time.Time{} }, StateFailing, "GW-R018"},
		{"our own disk, and what is delivered was fresh", func(s *Signs) { s.Own, s.Push = ours, true }, StateFailing, "GW-R018"},
		{"another stream's failures opened the breaker", func(s *Signs) {
			s.BreakerOpen, s.Breaker = true, &problem.Problem{Code: "GW-R006", Value: "a/b", Near: "GW-S001"}
		}, StateFailing, "GW-R006"},
		{"a first walk under way: how far it is", func(s *Signs) { s.FreshThrough, s.Advancing = time.Time{}, true }, StateAtRisk, "GW-R020"},
		{"refused for its signature", func(s *Signs) { s.Push, s.Refused = true, refused(unsigned, now) }, StateDataIssue, unsigned},
		{"refused for its size, after one refused for its signature", func(s *Signs) {
			s.Push, s.Refused = true, refused(unsigned, now).Refuse(&problem.Problem{Code: tooLarge}, false, now)
		}, StateDataIssue, tooLarge},
		{"the first delivery ever was refused", func(s *Signs) {
			s.Push, s.FreshThrough, s.Live, s.Refused = true, time.Time{}, 0, refused(tooLarge, now)
		}, StateDataIssue, tooLarge},
		{"refused for its size, and a stranger since", func(s *Signs) {
			s.Push, s.Refused = true, refused(tooLarge, now).Refuse(&problem.Problem{Code: unsigned}, true, now).Take(now)
		}, StateDataIssue, tooLarge},
		{"a node of an older version posted it", func(s *Signs) {
			s.Push, s.Refused = true, &Refused{Last: problem.Problem{Code: tooLarge}, At: now}
		}, StateDataIssue, tooLarge},
		{"a stranger was refused, and the source delivered since", func(s *Signs) {
			s.Push, s.Refused = true, refused(unsigned, now).Take(now)
		}, StateHealthy, ""},
		{"one too large was refused, and another was taken", func(s *Signs) {
			s.Push, s.Refused = true, refused(tooLarge, now).Take(now)
		}, StateDataIssue, tooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			signs := Signs{Now: now, LookedAt: now, Promise: 15 * time.Minute, FreshThrough: now.Add(-time.Minute),
				NextRun: now.Add(time.Second), Live: 1000}
			c.change(&signs)
			got, code := Assess(signs), ""
			if got.Cause != nil {
				code = got.Cause.Code
			}
			if got.State != c.state || code != c.code {
				t.Errorf("%s because of %q, want %s because of %q", got.State, code, c.state, c.code)
			}
		})
	}
}

// TestTetIsNoSilence: nobody works, and every source is silent; a promise of
// office hours does not run at night.
func TestTetIsNoSilence(t *testing.T) {
	days, err := calendar.Default()
	if err != nil {
		t.Fatal(err)
	}
	zone := time.FixedZone("+07:00", 7*3600)
	friday := time.Date(2026, 2, 13, 16, 0, 0, 0, zone) // the last one before Tết
	for _, c := range []struct {
		name   string
		now    time.Time
		change func(*Signs)
		want   State
	}{
		{"on the last day of Tết", time.Date(2026, 2, 22, 16, 0, 0, 0, zone), nil, StateHealthy},
		{"the third working day after it", time.Date(2026, 2, 25, 17, 0, 0, 0, zone), nil, StateSourceStale},
		{"without a calendar", time.Date(2026, 2, 22, 16, 0, 0, 0, zone), func(s *Signs) { s.Calendar = nil }, StateSourceStale},
		{"promised in office hours, the Monday after", time.Date(2026, 2, 23, 7, 40, 0, 0, zone), func(s *Signs) {
			s.Office, s.Promise, s.FreshThrough, s.NextRun = true, 2*time.Hour, friday, time.Time{}
		}, StateHealthy},
		{"promised at any hour, the Monday after", time.Date(2026, 2, 23, 7, 40, 0, 0, zone), func(s *Signs) {
			s.Promise, s.FreshThrough, s.NextRun = 2*time.Hour, friday, time.Time{}
		}, StateLate},
		{"promised in office hours, and too late by those", time.Date(2026, 2, 23, 9, 0, 0, 0, zone), func(s *Signs) {
			s.Office, s.Promise, s.FreshThrough, s.NextRun = true, 2*time.Hour, friday, time.Time{}
		}, StateLate},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Signs{Now: c.now, LookedAt: c.now, MaxSilence: 48 * time.Hour, SourceTime: friday, Live: 100, Calendar: days,
				FreshThrough: c.now.Add(-time.Minute), NextRun: c.now.Add(time.Minute)}
			if c.change != nil {
				c.change(&s)
			}
			if got := Assess(s); got.State != c.want {
				t.Errorf("%s because of %v, want %s", got.State, got.Cause, c.want)
			}
		})
	}
}

// TestWarnings: what is held without being an issue yet is said, and so is
// what a source cannot show.
func TestWarnings(t *testing.T) {
	st := &journal.Stream{Limits: []problem.Problem{{Code: "GW-R022"}}}
	for held, want := range map[int][]string{0: {"GW-R022"}, 4: {"GW-R022", "GW-R010"}, 500: {"GW-R022"}} {
		r := Report{Signs: Signs{Live: 1000, Held: held}}
		var got []string
		for _, w := range Describe(st, &r, Health{}).Warnings {
			got = append(got, w.Code)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d held of 1000: %v, want %v", held, got, want)
		}
	}
}

// TestAFailureBehindAnIssueIsSaid: what was open before is the cause of the
// state, and does not hide by what the latest run stopped.
func TestAFailureBehindAnIssueIsSaid(t *testing.T) {
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	for code, want := range map[string]int{"GW-S043": 1, "": 0} {
		r := Report{Signs: Signs{Now: now, LookedAt: now, FreshThrough: now, NextRun: now.Add(time.Minute), Live: 100,
			Suspicion: &problem.Problem{Code: "GW-S037"}}}
		if code != "" {
			r.Signs.LastFailed, r.Signs.Failures, r.Signs.Cause = true, 1, &problem.Problem{Code: code}
		}
		got := Describe(&journal.Stream{}, &r, Assess(r.Signs))
		if got.State != StateDataIssue || got.Cause.Code != "GW-S037" || len(got.Warnings) != want || want > 0 && got.Warnings[0].Code != code {
			t.Errorf("%q: %s, %v, warnings %v", code, got.State, got.Cause, got.Warnings)
		}
	}
}

func TestEveryStateIsListed(t *testing.T) {
	listed := map[State]bool{}
	for _, s := range States() {
		listed[s] = true
	}
	for _, r := range rules() {
		if !listed[r.state] {
			t.Errorf("state %s is not listed", r.state)
		}
	}
	of := map[State]bool{StateHealthy: true}
	for _, r := range rules() {
		of[r.state] = true
	}
	if len(listed) != len(of) {
		t.Errorf("%d states listed, the rules and healthy have %d", len(listed), len(of))
	}
}
