package words_test

import (
	"strings"
	"testing"
	"time"

	"iocgateway/canonical/words"
)

// Every word stands in both languages, and one idea has one word: two names
// of a group never say the same.
func TestGlossaryIsWhole(t *testing.T) {
	for _, problem := range glossaryFaults(words.Names(), words.Of) {
		t.Error(problem)
	}
}

func glossaryFaults(names []string, of func(group, name string) (words.Word, bool)) (faults []string) {
	met := map[string]string{}
	for _, key := range names {
		group, name, _ := strings.Cut(key, ".")
		w, ok := of(group, name)
		if !ok || w.VI == "" || w.EN == "" {
			faults = append(faults, key+": a language lacks it")
		}
		if other, twice := met[group+"\x00"+w.VI]; twice {
			faults = append(faults, key+" and "+other+" are both "+w.VI)
		}
		met[group+"\x00"+w.VI] = key
	}
	return faults
}

func TestGlossaryFaultsAreFound(t *testing.T) {
	planted := map[string]words.Word{"a.x": {VI: "một", EN: "one"}, "a.y": {VI: "một", EN: "two"}, "a.z": {VI: "ba"}}
	of := func(group, name string) (words.Word, bool) { w, ok := planted[group+"."+name]; return w, ok }
	if got := glossaryFaults([]string{"a.x", "a.y", "a.z"}, of); len(got) != 2 {
		t.Errorf("found %q", got)
	}
}

func TestANameWithoutAWordIsShownAsItIs(t *testing.T) {
	if w, ok := words.Of("state", "later"); ok || w.VI != "later" {
		t.Errorf("%v %v", w, ok)
	}
	if got := words.Say("state", "late", words.Vietnamese); got != "Chậm cập nhật" {
		t.Error(got)
	}
}

func TestCapital(t *testing.T) {
	for in, want := range map[string]string{"": "", "đ": "Đ", "ánh xạ": "Ánh xạ", "Lỗi": "Lỗi"} {
		if got := words.Capital(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestSpan(t *testing.T) {
	for _, c := range []struct {
		d      time.Duration
		vi, en string
	}{
		{0, "0 giây", "0 s"},
		{3 * time.Millisecond, "dưới 0,1 giây", "under 0.1 s"},
		{1500 * time.Millisecond, "1,5 giây", "1.5 s"},
		{6 * time.Second, "6 giây", "6 s"},
		{63 * time.Second, "1 phút 3 giây", "1 min 3 s"},
		{15*time.Minute + 4*time.Second, "15 phút", "15 min"},
		{time.Hour, "1 giờ", "1 h"},
		{90 * time.Minute, "1 giờ 30 phút", "1 h 30 min"},
		{24 * time.Hour, "1 ngày", "1 day"},
		{25 * time.Hour, "25 giờ", "25 h"},
		{48 * time.Hour, "2 ngày", "2 days"},
		{51 * time.Hour, "2 ngày 3 giờ", "2 days 3 h"},
		{168 * time.Hour, "7 ngày", "7 days"},
		{20*24*time.Hour + time.Hour, "20 ngày", "20 days"},
		{-time.Minute, "−1 phút", "−1 min"},
	} {
		if vi, en := words.Span(c.d, words.Vietnamese), words.Span(c.d, words.English); vi != c.vi || en != c.en {
			t.Errorf("%s: %q, %q", c.d, vi, en)
		}
	}
}

// Times are read in Vietnam, whatever zone the process is in.
func TestTime(t *testing.T) {
	at := time.Date(2026, 11, 28, 20, 41, 4, 0, time.UTC)
	if got := words.Time(at); got != "29/11/2026 03:41" {
		t.Error(got)
	}
	if got := words.Time(at.In(time.FixedZone("", -5*3600))); got != "29/11/2026 03:41" {
		t.Error(got)
	}
}

// A plan is never told as past.
func TestPlanned(t *testing.T) {
	now := time.Date(2026, 11, 28, 20, 41, 4, 0, time.UTC)
	for d, want := range map[time.Duration]string{
		-47 * time.Second: "sắp chạy", 0: "sắp chạy", time.Minute: "29/11/2026 03:42, sau 1 phút"} {
		if got := words.Planned(now.Add(d), now, words.Vietnamese); got != want {
			t.Errorf("%s: %q", d, got)
		}
	}
	if got := words.Ago(now.Add(-time.Hour), now, words.Vietnamese); got != "1 giờ trước" {
		t.Error(got)
	}
	if got := words.Ago(now, now, words.English); got != "just now" {
		t.Error(got)
	}
}
