package statistics_test

import (
	"testing"

	"pgregory.net/rapid"

	"iocgateway/adapters/statistics"
	"iocgateway/deploy/dev/seed"
)

func TestParsePeriod(t *testing.T) {
	for _, c := range []struct{ text, freq, want, start, end, flag string }{
		{"2004", "", "A", "2004-01-01", "2004-12-31", ""},
		{"2004-A1", "", "A", "2004-01-01", "2004-12-31", ""},
		{"Năm 2024", "", "A", "2024-01-01", "2024-12-31", ""},
		{"Sơ bộ 2023", "", "A", "2023-01-01", "2023-12-31", "provisional"},
		{"Prel. 2023", "", "A", "2023-01-01", "2023-12-31", "provisional"},
		{"Ước tính năm 2024", "", "A", "2024-01-01", "2024-12-31", "estimated"},
		{"2020-08", "", "M", "2020-08-01", "2020-08-31", ""},
		{"2024-M02", "", "M", "2024-02-01", "2024-02-29", ""},
		{"2024M10", "", "M", "2024-10-01", "2024-10-31", ""},
		{"202410", "M", "M", "2024-10-01", "2024-10-31", ""},
		{"202410", "", "", "", "", ""},
		{"20243", "Q", "Q", "2024-07-01", "2024-09-30", ""},
		{"2012-Q1", "", "Q", "2012-01-01", "2012-03-31", ""},
		{"2013Q4", "", "Q", "2013-10-01", "2013-12-31", ""},
		{"Quý I/2025", "", "Q", "2025-01-01", "2025-03-31", ""},
		{"Quý IV năm 2025", "", "Q", "2025-10-01", "2025-12-31", ""},
		{"Quý 3/2026", "", "Q", "2026-07-01", "2026-09-30", ""},
		{"2024-S1", "", "S", "2024-01-01", "2024-06-30", ""},
		{"6 tháng cuối năm 2024", "", "S", "2024-07-01", "2024-12-31", ""},
		{"2024-W05", "", "W", "2024-01-29", "2024-02-04", ""},
		{"2020-W53", "", "W", "2020-12-28", "2021-01-03", ""},
		{"2021-W53", "", "", "", "", ""},
		{"Tháng 1 năm 2025", "", "M", "2025-01-01", "2025-01-31", ""},
		{"Tháng 01/2025", "", "M", "2025-01-01", "2025-01-31", ""},
		{"T12/2025", "", "M", "2025-12-01", "2025-12-31", ""},
		{"March 2024", "", "M", "2024-03-01", "2024-03-31", ""},
		{"31/12/2024", "", "D", "2024-12-31", "2024-12-31", ""},
		{"2024-01-31", "", "D", "2024-01-31", "2024-01-31", ""},
		{"2024-02-30", "", "", "", "", ""},
		{"2024-13", "", "", "", "", ""},
		{"9 tháng năm 2024", "", "", "", "", ""},
		{"Total", "", "", "", "", ""},
		{"", "", "", "", "", ""},
	} {
		p := statistics.ParsePeriod(c.text, c.freq)
		if p.Freq != c.want || p.Start != c.start || p.End != c.end || p.Flag != c.flag || p.Label != c.text {
			t.Errorf("%q (%s): got %+v", c.text, c.freq, p)
		}
	}
}

func TestPeriodsEndAfterTheyStart(t *testing.T) {
	seed.Check(t, func(t *rapid.T) {
		p := statistics.ParsePeriod(rapid.StringMatching(`(Quý |Tháng |T)?[0-9IV]{1,4}[-/QMSW ]?[0-9]{0,4}`).Draw(t, "text"), rapid.SampledFrom([]string{"", "A", "Q", "M", "W", "D"}).Draw(t, "freq"))
		if p.Freq != "" && (p.Start > p.End || len(p.Start) != 10 || len(p.End) != 10) {
			t.Fatalf("got %+v", p)
		}
	})
}

func FuzzParsePeriod(f *testing.F) {
	for _, seed := range []string{"2004", "2024-W05", "Sơ bộ 2023", "Quý I/2025", "Tháng 1 năm 2025", "31/12/2024"} {
		f.Add(seed, "M")
	}
	f.Fuzz(func(t *testing.T, text, freq string) {
		if p := statistics.ParsePeriod(text, freq); p.Freq != "" && p.Start > p.End {
			t.Fatalf("%q: %+v", text, p)
		}
	})
}
