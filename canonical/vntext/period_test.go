package vntext_test

import (
	"testing"

	"iocgateway/canonical/vntext"
)

func TestParsePeriodNamesOnePeriodOneWay(t *testing.T) {
	for name, texts := range map[string][]string{
		"2026": {"2026", "Năm 2026", "2026-A1", "Sơ bộ 2026"},
		"2026-Q3": {"Quý III/2026", "Quý 3 năm 2026", "2026Q3", "Q3 2026", "2026-Q3", "2026K3", "Quý ba năm 2026",
			"3rd quarter of 2026", "Third quarter 2026", "3Q2026", "Jul-Sep 2026", "Tháng 7 - tháng 9/2026"},
		"2026-Q1": {"Quý nhất năm 2026", "1st quarter, 2026", "January to March 2026"},
		"2026-10": {"Tháng 10 năm 2026", "tháng 10/2026", "T10/2026", "10/2026", "2026M10", "2026-10", "October 2026",
			"Oct. 2026", "2026 October", "2026-Oct", "Tháng mười năm 2026", "Tháng Mười 2026"},
		"2026-01": {"Tháng một năm 2026", "tháng giêng 2026", "Tháng Giêng/2026", "Jan 2026", "2026Jan"},
		"2026-04": {"Tháng tư năm 2026", "Tháng Bốn năm 2026", "April 2026"},
		"2026-05": {"Tháng năm năm 2026", "May 2026"},
		"2026-12": {"Tháng mười hai năm 2026", "Tháng chạp 2026", "December, 2026"},
		"2026-S1": {"6 tháng đầu năm 2026", "2026-S1", "2026-B1", "2026-H1", "2026H1", "H1 2026", "First half of 2026",
			"1H 2026", "Nửa đầu năm 2026", "Jan-Jun 2026"},
		"2026-W05":        {"2026-W05", "Tuần 5 năm 2026"},
		"2026-12-31":      {"31/12/2026", "Ngày 31 tháng 12 năm 2026", "2026-12-31T00:00:00Z", "31 Dec 2026", "31-Dec-2026", "December 31, 2026"},
		"1992-03/1992-05": {"Mar-May 1992", "March to May 1992", "Mar 1992 - May 1992", "Tháng 3 - tháng 5 năm 1992", "tháng 3 đến tháng 5/1992"},
		"2025-11/2026-01": {"Nov 2025-Jan 2026", "Tháng 11/2025 - tháng 1/2026"},
		"": {"", "9 tháng năm 2026", "202610", "Tháng 13/2026", "31/02/2026", "Tổng số", "2005 - 1", "2005:1", "20051", "Nov-Jan 1993",
			"Jan-Sep 2026",
			"Mar-May", "Tháng mười ba năm 2026", "5th quarter 2026", "2026-T1", "Tháng 0 - tháng 2/2026"},
	} {
		for _, text := range texts {
			if p := vntext.ParsePeriod(text, ""); p.Name != name || (p.Freq == "") != (name == "") || p.Label != text || p.Start > p.End {
				t.Errorf("%q: %+v", text, p)
			}
		}
	}
	if p := vntext.ParsePeriod("Ước tính quý 2/2026", ""); p.Flag != "estimated" || p.End != "2026-06-30" {
		t.Errorf("%+v", p)
	}
}

// TestParsePeriodByFrequency: what a number counts is known only where the table says so.
func TestParsePeriodByFrequency(t *testing.T) {
	for _, c := range []struct{ text, freq, name string }{
		{"2005 - 1", "Q", "2005-Q1"}, {"2005 - 1", "M", "2005-01"}, {"2005-4", "Q", "2005-Q4"}, {"2005 - 12", "M", "2005-12"},
		{"2005-11", "M", "2005-11"},
		{"2005:2", "S", "2005-S2"}, {"20052", "H", "2005-S2"}, {"2007K1", "Q", "2007-Q1"}, {"2007T2", "S", "2007-S2"},
		{"2007U05", "W", "2007-W05"},
		{"2007V52", "W", "2007-W52"}, {"2007K07", "M", "2007-07"}, {"200707", "M", "2007-07"}, {"20070731", "D", "2007-07-31"},
		{"20075", "Q", ""},
		{"2007K13", "M", ""}, {"2007 7", "W", "2007-W07"}, {"2024", "Q", "2024"}, {"2005 - 1", "A", ""}, {"2005-03", "Q", "2005-03"},
		{"1234 - 1", "Q", ""},
	} {
		if p := vntext.ParsePeriod(c.text, c.freq); p.Name != c.name || p.Label != c.text {
			t.Errorf("%q under %s: %+v, want %q", c.text, c.freq, p, c.name)
		}
	}
}

func FuzzParsePeriod(f *testing.F) {
	for _, seed := range []string{"2026", "2026-W53", "Sơ bộ 2026", "Quý I/2026", "6 tháng cuối năm 2026", "31/12/2026", "202610"} {
		f.Add(seed, "M")
	}
	f.Fuzz(func(t *testing.T, text, freq string) {
		if p := vntext.ParsePeriod(text, freq); p.Freq != "" && (p.Start > p.End || len(p.Start) != 10 || p.Name == "") {
			t.Fatalf("%q: %+v", text, p)
		}
	})
}
