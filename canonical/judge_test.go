package canonical_test

import (
	"testing"
	"time"

	"iocgateway/canonical"
)

func TestTimeliness(t *testing.T) {
	at := func(s string) time.Time {
		if s == "" {
			return time.Time{}
		}
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct{ name, due, precision, status, finished, now, want string }{
		{"no due date", "", "", "processing", "", "2026-03-10T09:00:00+07:00", "no_due_date"},
		{"in time", "2026-03-10T00:00:00+07:00", "day", "processing", "", "2026-03-07T23:59:59+07:00", "in_time"},
		{"soon from two days before", "2026-03-10T00:00:00+07:00", "day", "processing", "", "2026-03-08T00:00:00+07:00", "due_soon"},
		{"the due day is in time", "2026-03-10T00:00:00+07:00", "day", "processing", "", "2026-03-10T23:59:59+07:00", "due_soon"},
		{"the day after is late", "2026-03-10T00:00:00+07:00", "day", "processing", "", "2026-03-11T00:00:00+07:00", "overdue"},
		{"day in the due date's offset", "2026-03-10T00:00:00+07:00", "day", "processing", "", "2026-03-10T17:00:00Z", "overdue"},
		{"still that day elsewhere", "2026-03-10T00:00:00+07:00", "day", "processing", "", "2026-03-10T16:59:59Z", "due_soon"},
		{"to the minute", "2026-03-10T16:30:00+07:00", "minute", "processing", "", "2026-03-10T16:30:01+07:00", "overdue"},
		{"the minute itself", "2026-03-10T16:30:00+07:00", "minute", "processing", "", "2026-03-10T16:30:00+07:00", "due_soon"},
		{"48 hours before", "2026-03-10T16:30:00+07:00", "minute", "processing", "", "2026-03-08T16:29:00+07:00", "in_time"},
		{"done that day", "2026-03-10T00:00:00+07:00", "day", "finished", "2026-03-10T17:20:00+07:00", "2026-05-01T00:00:00+07:00",
			"done_in_time"},
		{"done a day late", "2026-03-10T00:00:00+07:00", "day", "returned", "2026-03-11T07:00:00+07:00", "2026-05-01T00:00:00+07:00",
			"done_late"},
		{"done, nobody knows when", "2026-03-10T00:00:00+07:00", "day", "finished", "", "2026-03-09T00:00:00+07:00", "unknown"},
		{"unknown status is open", "2026-03-10T00:00:00+07:00", "day", "unknown", "2026-03-09T00:00:00+07:00", "2026-03-12T00:00:00+07:00",
			"overdue"},
		{"finish undone", "2026-03-10T00:00:00+07:00", "day", "processing", "2026-03-09T00:00:00+07:00", "2026-03-12T00:00:00+07:00", "overdue"},
	} {
		ix := canonical.Index{Status: c.status, DueAt: at(c.due), DuePrecision: c.precision, FinishedAt: at(c.finished)}
		got := canonical.Timeliness(ix, canonical.KindDossier, at(c.now))
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if !canonical.CodeKnown("timeliness", got) {
			t.Errorf("%s is not of the list", got)
		}
	}
	ix := canonical.Index{DueAt: at("2026-03-10T00:00:00+07:00"), DuePrecision: "day"}
	if got := canonical.TimelinessWithin(ix, canonical.KindTask, at("2026-03-05T00:00:00+07:00"), 5); got != "due_soon" {
		t.Errorf("within 5 days: %s", got)
	}
	if got := canonical.Timeliness(ix, canonical.KindObservation, at("2026-03-10T00:00:00+07:00")); got != "" {
		t.Errorf("an observation is %s", got)
	}
}

func TestNormAgency(t *testing.T) {
	for _, c := range []struct {
		in, want string
		ok       bool
	}{
		{"000.00.53.H48", "H48.53", true},
		{"H48.53", "H48.53", true},
		{"h48.53 ", "H48.53", true},
		{"000.00.00.H48", "H48", true},
		{"H48", "H48", true},
		{"H37.02.02", "H37.02.02", true},
		{"H37.02.00", "H37.02", true},
		{"001.02.53.H48", "H48.53.02.001", true},
		{"001.00.53.H48", "H48.53.00.001", true},
		{"00.01.H03", "H03.01", true},
		{"G22.99.H48", "", false},
		{"53.48", "", false},
		{"", "", false},
		{"H48..53", "", false},
		{"000.00.xx.H48", "", false},
		{"UBND tỉnh", "", false},
	} {
		if got, ok := canonical.NormAgency(c.in); got != c.want || ok != c.ok {
			t.Errorf("%q: %q %v, want %q %v", c.in, got, ok, c.want, c.ok)
		}
	}
}

func TestNormProcedure(t *testing.T) {
	for _, c := range []struct {
		in, want string
		ok       bool
	}{
		{"1.001612.000.00.00.H48", "1.001612", true},
		{"1.001612", "1.001612", true},
		{" 2.000815.H48.53", "2.000815", true},
		{"TS_lop1.000.00.00.H22", "", false},
		{"1.0016123", "", false},
		{"1.001612x", "", false},
		{"1.001612.abc", "", false},
		{"", "", false},
	} {
		if got, ok := canonical.NormProcedure(c.in); got != c.want || ok != c.ok {
			t.Errorf("%q: %q %v, want %q %v", c.in, got, ok, c.want, c.ok)
		}
	}
}

func FuzzNormAgency(f *testing.F) {
	for _, s := range []string{"000.00.53.H48", "H48.53", "001.00.53.H48", "H48.00.0", "..", "G22", "H48.0000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		norm, ok := canonical.NormAgency(s)
		if !ok {
			if norm != "" {
				t.Fatalf("%q refused with %q", s, norm)
			}
			return
		}
		if again, ok := canonical.NormAgency(norm); !ok || again != norm {
			t.Fatalf("%q: %q is not its own normal form but %q", s, norm, again)
		}
	})
}

func FuzzNormProcedure(f *testing.F) {
	for _, s := range []string{"1.001612.000.00.00.H48", "1.001612", "TS_lop1.000.00.00.H22", "1.00161"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		norm, ok := canonical.NormProcedure(s)
		if again, good := canonical.NormProcedure(norm); ok && (!good || again != norm || len(norm) != 8) {
			t.Fatalf("%q: %q", s, norm)
		}
	})
}
