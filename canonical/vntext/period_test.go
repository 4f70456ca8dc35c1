package vntext_test

import (
	"testing"

	"iocgateway/canonical/vntext"
)

func TestParsePeriodNamesOnePeriodOneWay(t *testing.T) {
	for name, texts := range map[string][]string{
		"2026":       {"2026", "Năm 2026", "2026-A1", "Sơ bộ 2026"},
		"2026-Q3":    {"Quý III/2026", "Quý 3 năm 2026", "2026Q3", "Q3 2026", "2026-Q3"},
		"2026-10":    {"Tháng 10 năm 2026", "tháng 10/2026", "T10/2026", "10/2026", "2026M10", "2026-10", "October 2026"},
		"2026-S1":    {"6 tháng đầu năm 2026", "2026-S1", "2026-B1"},
		"2026-W05":   {"2026-W05", "Tuần 5 năm 2026"},
		"2026-12-31": {"31/12/2026", "Ngày 31 tháng 12 năm 2026", "2026-12-31T00:00:00Z"},
		"":           {"", "9 tháng năm 2026", "202610", "Tháng 13/2026", "31/02/2026", "Tổng số"},
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
