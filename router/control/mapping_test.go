package control

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"iocgateway/router/book"
	"iocgateway/router/journal"
)

// TestAPlanPutsNothingIntoUse: it is made with the mapping on disk, which runs
// only once the plan is applied, for its own streams, as an act of its own.
func TestAPlanPutsNothingIntoUse(t *testing.T) {
	for name, order := range map[string]func(*Jobs) error{
		"plan and apply": func(j *Jobs) error {
			_, err := j.Apply(t.Context(), j.Plans()[0].ID, "", "lan")
			return err
		},
		"replay held": func(j *Jobs) error {
			_, err := j.NowHeld(t.Context(), journal.HeldQuery{Stream: "a/t"}, "lan")
			return err
		},
		"replay stream": func(j *Jobs) error {
			_, err := j.NowStream(t.Context(), "a/t", "lan")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			y := newYard()
			y.hold("a/t", 10)
			y.disk = "r2"
			b := inBook(t, t.TempDir())
			defer b.Close()
			j := y.jobs(t, "a", b)
			plan, err := j.Plan(t.Context(), book.Ask{Kind: book.ReplayHeld, Stream: "a/t"}, "lan")
			if err != nil {
				t.Fatal(err)
			}
			if p := plan.Parts[0]; p.Mapping != "r2" || p.InUse != "r1" || plan.Effects.Mapped != 9 {
				t.Errorf("planned with %+v", p)
			}
			if y.revision != "r1" || len(y.used) > 0 {
				t.Fatalf("a plan put %s into use for %q", y.revision, y.used)
			}
			if err := order(j); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(y.used, []string{"a/t"}) || y.revision != "r2" {
				t.Errorf("in use: %s for %q", y.revision, y.used)
			}
			list, _, err := j.Audit.List(t.Context(), book.ActQuery{What: "use mapping", Phase: book.Done, Limit: 10})
			if err != nil || len(list) != 1 || list[0].Target != "a/t" || list[0].Who != "lan" {
				t.Fatalf("%+v %v", list, err)
			}
			if got, _ := list[0].Result.(map[string]any); got["from"] != "r1" || got["to"] != "r2" {
				t.Errorf("%v", list[0].Result)
			}
		})
	}
}

// TestNoRowNoMapping: what cannot be written down is not put into use.
func TestNoRowNoMapping(t *testing.T) {
	y := newYard()
	y.disk = "r2"
	a := audit(t)
	_ = a.Book.(interface{ Close() error }).Close()
	if err := UseMappings(t.Context(), a, yardDraft{y}, "SIGHUP"); codeOf(err) != "GW-R040" || y.revision != "r1" {
		t.Errorf("%v, %s runs", err, y.revision)
	}
}

// TestAnotherNodeTakesThePlannedMapping: the node that does a part puts the
// mapping it was planned with into use, if its files say the same.
func TestAnotherNodeTakesThePlannedMapping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard()
		y.hold("a/t", 20)
		y.holder["a/t"] = "b"
		b := inBook(t, t.TempDir())
		defer b.Close()
		one, two := y.jobs(t, "a", b), y.jobs(t, "b", b)
		y.disk = "r2"
		job, err := one.NowHeld(t.Context(), journal.HeldQuery{Stream: "a/t"}, "lan")
		if err != nil {
			t.Fatal(err)
		}
		y.revision, y.used = "r1", nil // node b has it only on disk
		defer running(t, two)()
		view, err := two.Wait(t.Context(), job.ID, time.Hour)
		if err != nil || view.State != book.Finished || !slices.Equal(y.used, []string{"a/t"}) {
			t.Errorf("%+v, used %q, %v", view, y.used, err)
		}
	})
}

// TestAJobSaysWhatWasNotAsPlanned: runs that publish before a job does leave
// it less to do; it says how much less.
func TestAJobSaysWhatWasNotAsPlanned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard()
		y.hold("a/t", 20)
		b := inBook(t, t.TempDir())
		defer b.Close()
		j := y.jobs(t, "a", b)
		job, err := j.NowHeld(t.Context(), journal.HeldQuery{Stream: "a/t"}, "lan")
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"k1", "k2", "k3"} {
			y.published[key] = 1
		}
		defer running(t, j)()
		view, err := j.Wait(t.Context(), job.ID, time.Hour)
		if d := view.Differs; err != nil || d == nil || d.Code != "GW-R052" || d.Value != "15" || d.Want != "18" || d.Near != "3" {
			t.Errorf("%+v %v", d, err)
		}
	})
}
