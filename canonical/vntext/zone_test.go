package vntext

import (
	"testing"
	"time"
)

// A zone that a pattern writes letter for letter is the zone of its time, read
// and written.
func TestZonesWrittenLetterForLetter(t *testing.T) {
	at := time.Date(2026, 1, 6, 1, 2, 3, 0, time.UTC)
	for pattern, text := range map[string]string{
		"yyyy-MM-dd'T'HH:mm:ss'Z'":      "2026-01-06T01:02:03Z",
		"yyyy-MM-dd'T'HH:mm:ss'z'":      "2026-01-06T01:02:03z",
		"dd/MM/yyyy HH:mm:ss 'UTC'":     "06/01/2026 01:02:03 UTC",
		"yyyyMMddHHmmss'GMT'":           "20260106010203GMT",
		"yyyy-MM-dd HH:mm:ss+09:00":     "2026-01-06 10:02:03+09:00",
		"yyyy-MM-dd'T'HH:mm:ss'-0130'":  "2026-01-05T23:32:03-0130",
		"yyyy-MM-dd'T'HH:mm:ss'+05'":    "2026-01-06T06:02:03+05",
		"yyyy-MM-dd'T'HH:mm:ss":         "2026-01-06T08:02:03", // Vietnam's
		"yyyy-MM-dd'T'HH:mm:ss'h'":      "2026-01-06T08:02:03h",
		"yyyy-MM-dd'T'HH:mm:ss' giờ'":   "2026-01-06T08:02:03 giờ",
		"'Z'yyyy-MM-dd'T'HH:mm:ss":      "Z2026-01-06T08:02:03",
		"yyyy-MM-dd'T'HH:mm:ss'+25:99'": "2026-01-06T08:02:03+25:99",
	} {
		l, err := ParseLayout(pattern)
		if err != nil {
			t.Fatal(err)
		}
		got, _, _, err := l.Parse([]byte(text), nil)
		if err != nil || !got.Equal(at) {
			t.Errorf("%s reads %q as %v, %v", pattern, text, got, err)
		}
		if written := string(l.AppendFormat(nil, at.In(Zone()))); written != text {
			t.Errorf("%s writes %q, want %q", pattern, written, text)
		}
	}
}

func TestWhatLayoutsHave(t *testing.T) {
	for pattern, want := range map[string][2]bool{"iso": {true, true}, "epoch": {true, true}, "excel": {false, true}, "dd/MM/yyyy": {false,
		false},
		"dd/MM/yyyy HH:mm": {false, true}, "dd/MM/yyyy HH:mmZ": {true, true}, "dd/MM/yyyy HH:mm'Z'": {true, true}, "yyyy-MM-dd'Z'": {false,
			false}} {
		l, err := ParseLayout(pattern)
		if err != nil || l.HasZone() != want[0] || l.HasTime() != want[1] {
			t.Errorf("%s: zone %v, time %v, %v", pattern, l.HasZone(), l.HasTime(), err)
		}
	}
}
