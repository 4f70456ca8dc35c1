package vntext_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"iocgateway/canonical/vntext"
	"iocgateway/deploy/dev/seed"
)

func must(t testing.TB, pattern string) vntext.Layout {
	t.Helper()
	l, err := vntext.ParseLayout(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLayoutParse(t *testing.T) {
	const shape, none, days = "shape", "sentinel", "range"
	kinds := map[string]error{shape: vntext.ErrLayout, none: vntext.ErrSentinel, days: vntext.ErrRange}
	for _, c := range []struct{ pattern, in, want string }{
		{"dd/MM/yyyy HH:mm:ss", "01/07/2025 08:30:15", "2025-07-01T08:30:15+07:00 time"},
		{"dd/MM/yyyy", "01/07/2025", "2025-07-01T00:00:00+07:00"},
		{"dd/MM/yyyy", " 01/07/2025\n", "2025-07-01T00:00:00+07:00"},
		{"dd/MM/yyyy", "31/02/2025", days},
		{"dd/MM/yyyy", "29/02/2024", "2024-02-29T00:00:00+07:00"},
		{"dd/MM/yyyy", "29/02/2100", days},
		{"dd/MM/yyyy", "07/13/2025", days},
		{"dd/MM/yyyy", "1/7/2025", shape},
		{"dd/MM/yyyy", "01/07/2025x", shape},
		{"dd/MM/yyyy", "01/07/20255", shape},
		{"dd/MM/yyyy", "01/07/0001", none},
		{"dd/MM/yyyy", "31/12/1899", none},
		{"dd/MM/yyyy", "31/12/9999", none},
		{"dd/MM/yyyy", "", shape},
		{"d/M/yyyy", "1/7/2025", "2025-07-01T00:00:00+07:00"},
		{"d/M/yyyy", "01/07/2025", "2025-07-01T00:00:00+07:00"},
		{"d/M/yy", "1/7/25", "2025-07-01T00:00:00+07:00"},
		{"d/M/yy", "1/7/75", "1975-07-01T00:00:00+07:00"},
		{"dd-MM-yyyy", "01-07-2025", "2025-07-01T00:00:00+07:00"},
		{"yyyyMMddHHmmss", "20250701083015", "2025-07-01T08:30:15+07:00 time"},
		{"yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2025-07-01T08:30:15.250+0700", "2025-07-01T08:30:15.25+07:00 time zone"},
		{"yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2025-07-01T08:30:15.250+07:00", "2025-07-01T08:30:15.25+07:00 time zone"},
		{"yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2025-07-01T08:30:15.250Z", "2025-07-01T08:30:15.25Z time zone"},
		{"yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2025-07-01T08:30:15.25Z", shape},
		{"yyyy-MM-dd'T'HH:mm:ssX", "2025-07-01T08:30:15-0330", "2025-07-01T08:30:15-03:30 time zone"},
		{"yyyy-MM-dd'T'HH:mm:ssZ", "2025-07-01T08:30:15+7", shape},
		{"yyyy-MM-dd'T'HH:mm:ssZ", "2025-07-01T08:30:15", shape},
		{"MM/dd/yyyy 'at' hh:mma", "07/01/2025 at 12:05AM", "2025-07-01T00:05:00+07:00 time"},
		{"MM/dd/yyyy 'at' hh:mma", "07/01/2025 at 12:05pm", "2025-07-01T12:05:00+07:00 time"},
		{"MM/dd/yyyy 'at' hh:mma", "07/01/2025 at 13:05PM", days},
		{"dd/MM/yyyy hh:mm:ss a", "01/07/2025 08:30:00 CH", "2025-07-01T20:30:00+07:00 time"},
		{"HH'h'mm", "08h30", "0001-01-01T08:30:00+07:00 time"},
		{"HH'h'mm dd/MM/yyyy", "23h59 01/07/2025", "2025-07-01T23:59:00+07:00 time"},
		{"HH'h'mm dd/MM/yyyy", "24h00 01/07/2025", "2025-07-02T00:00:00+07:00 time"},
		{"HH'h'mm dd/MM/yyyy", "24h01 01/07/2025", days},
		{"HH:mm dd/MM/yyyy", "24:00 31/12/2024", "2025-01-01T00:00:00+07:00 time"},
		{"iso", "2024-02-28T24:00:00Z", "2024-02-29T00:00:00Z time zone"},
		{"iso", "9998-12-31 24:00", days},
		{"HH:mm", "24:00", days},
		{"hh:mma dd/MM/yyyy", "24:00PM 01/07/2025", days},
		{"dd/MM/yyyy HH:mm", "01/07/2025\u00a0 08:30", "2025-07-01T08:30:00+07:00 time"},
		{"dd/MM/yyyy HH:mm", "\u00a001/07/2025 08:30\u3000", "2025-07-01T08:30:00+07:00 time"},
		{"dd/MM/yyyy", "01/07/ 2025", shape},
		{"'Ngày' dd 'tháng' MM 'năm' yyyy", "Ngày 01 tháng 07 năm 2025", "2025-07-01T00:00:00+07:00"},
		{"HH 'o''clock' dd/MM/yyyy", "08 o'clock 01/07/2025", "2025-07-01T08:00:00+07:00 time"},
		{"rfc3339", "2025-07-01T08:30:15.123456789+07:00", "2025-07-01T08:30:15.123456789+07:00 time zone"},
		{"rfc3339", "2025-07-01t01:30:15z", "2025-07-01T01:30:15Z time zone"},
		{"rfc3339", "2025-07-01T08:30:15", shape},
		{"rfc3339", "2025-07-01T08:30Z", shape},
		{"rfc3339", "2025-07-01T08:30:15+0700", shape},
		{"rfc3339", "2025-07-01 08:30:15Z", shape},
		{"iso", "2025-07-01", "2025-07-01T00:00:00+07:00"},
		{"iso", "2025-07-01 08:30", "2025-07-01T08:30:00+07:00 time"},
		{"iso", "2025-07-01T08:30:15,5", "2025-07-01T08:30:15.5+07:00 time"},
		{"iso", "2025-07-01T08:30:15.1234567+07", "2025-07-01T08:30:15.1234567+07:00 time zone"},
		{"iso", "2025-07-01 08:30:15 +07:00", "2025-07-01T08:30:15+07:00 time zone"},
		{"iso", "2025-07-01T08:30:15.", shape},
		{"iso", "2025-07-01T08:30:15.1234567890", shape},
		{"iso", "2025-07-01T08:30:15Z+07:00", shape},
		{"iso", "2025-07-01T", shape},
		{"iso", "0001-01-01T00:00:00", none},
		{"epoch", "1751333415", "2025-07-01T08:30:15+07:00 time zone"},
		{"epoch", "1751333415.5", "2025-07-01T08:30:15.5+07:00 time zone"},
		{"epoch", "1751333415000", days},
		{"epoch", "-2208988801", none},
		{"epoch", "99999999999999999999", shape},
		{"epoch", "x", shape},
		{"epoch_ms", "1751333415250", "2025-07-01T08:30:15.25+07:00 time zone"},
		{"epoch_ms", "1.75133341525E12", "2025-07-01T08:30:15.25+07:00 time zone"},
		{"dotnet", "/Date(1751333415250)/", "2025-07-01T08:30:15.25+07:00 time zone"},
		{"dotnet", "/Date(1751333415250+0700)/", "2025-07-01T08:30:15.25+07:00 time zone"},
		{"dotnet", "/Date(-62135596800000)/", none},
		{"dotnet", "/Date(1e3)/", shape},
		{"dotnet", "/Date()/", shape},
		{"dotnet", "1751333415250", shape},
		{"excel", "45839", "2025-07-01T00:00:00+07:00"},
		{"excel", "45839.354166666664", "2025-07-01T08:30:00+07:00 time"},
		{"excel", "45838.999999999999", "2025-07-01T00:00:00+07:00 time"},
		{"excel", "1", "1900-01-01T00:00:00+07:00"},
		{"excel", "59", "1900-02-28T00:00:00+07:00"},
		{"excel", "60", days},
		{"excel", "61", "1900-03-01T00:00:00+07:00"},
		{"excel", "0", none},
		{"excel", "0.5", none},
		{"excel", "2958465", none},
		{"excel", "2958466", days},
		{"excel", "-1", none},
		{"excel", "01/07/2025", shape},
		{"excel1904", "44377", "2025-07-01T00:00:00+07:00"},
		{"excel1904", "0", "1904-01-01T00:00:00+07:00"},
	} {
		at, zoned, timed, err := must(t, c.pattern).Parse([]byte(c.in), nil)
		if kind, isError := kinds[c.want]; isError {
			if !errors.Is(err, kind) || !at.IsZero() || zoned || timed {
				t.Errorf("%s: %q = %v, %v; want %s", c.pattern, c.in, at, err, c.want)
			}
			continue
		}
		got := string(vntext.AppendRFC3339(nil, at))
		if timed {
			got += " time"
		}
		if zoned {
			got += " zone"
		}
		if err != nil || got != c.want {
			t.Errorf("%s: %q = %s (%v), want %s", c.pattern, c.in, got, err, c.want)
		}
	}
	if _, _, _, err := (vntext.Layout{}).Parse([]byte("x"), nil); !errors.Is(err, vntext.ErrLayout) {
		t.Errorf("the zero layout: %v", err)
	}
}

func TestParseLayoutRefuses(t *testing.T) {
	for pattern, hint := range map[string]string{
		"dd/mm/yyyy":            "months are MM",
		"dd/mm/yyyy HH:mm":      "stands twice",
		"dd/MM/yyyy HH:MM":      "minutes are mm",
		"DD/MM/YYYY":            "day of the month is dd",
		"dd/MM/YYYY":            "year is yyyy",
		"dd/MMM/yyyy":           "names of months",
		"dd/MM/yyy":             "yyyy or yy",
		"dd/MM":                 "year, month and day",
		"MM/yyyy":               "year, month and day",
		"yyyy-MM-ddTHH:mm":      "in quotes",
		"yyyy-MM-dd'THH:mm":     "not closed",
		"dd/MM/yyyy hh:mm":      "go together",
		"dd/MM/yyyy HH:mm a":    "go together",
		"dMyyyy":                "separator",
		"HH:ss dd/MM/yyyy":      "need minutes",
		"HH:mm.SSS":             "need",
		"":                      "neither",
		"--":                    "neither",
		"yyyy-MM-dd HH:mm z":    "a zone is Z",
		"RFC3339":               "no date field",
		"dd/MM/yyyy kk:mm":      "hours are HH",
		strings.Repeat("-", 99): "longer",
	} {
		if _, err := vntext.ParseLayout(pattern); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("ParseLayout(%q): %v; want a hint with %q", pattern, err, hint)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	patterns := append(vntext.LayoutNames(), "dd/MM/yyyy HH:mm:ss", "d/M/yyyy H:m:s", "yyyyMMddHHmmssSSS", "yyyy-MM-dd'T'HH:mm:ss.SSSSSSSSSZ",
		"MM/dd/yyyy hh:mm:ss.SSS a", "yyyy/MM/dd HH'h'mm:ss", "'ngày' dd.MM.yyyy HH:mm:ss 'giờ'", "h:m:ss a d-M-yyyy")
	for _, pattern := range patterns {
		l := must(t, pattern)
		step := time.Millisecond
		switch {
		case pattern == "epoch" || strings.HasSuffix(pattern, "ss") || strings.Contains(pattern, "s ") || strings.Contains(pattern, "m:s"):
			step = time.Second
		}
		t.Run(pattern, func(t *testing.T) {
			seed.Check(t, func(t *rapid.T) {
				first := int64(-2203000000) // March 1900
				if pattern == "excel1904" {
					first = -2082000000
				}
				sec := rapid.Int64Range(first, 253300000000).Draw(t, "seconds")
				milli := rapid.Int64Range(0, 999).Draw(t, "millis")
				want := time.Unix(sec, milli*1e6).In(vntext.Zone()).Truncate(step)
				text := l.AppendFormat(nil, want)
				got, _, _, err := l.Parse(text, nil)
				if err != nil || got.Sub(want).Abs() >= step/2 && !got.Equal(want) {
					t.Fatalf("%v as %q reads as %v (%v)", want, text, got, err)
				}
			})
		})
	}
}

func TestAppendDate(t *testing.T) {
	at := time.Date(2025, 7, 1, 23, 0, 0, 0, vntext.Zone())
	if got := string(vntext.AppendDate(nil, at)); got != "2025-07-01" {
		t.Error(got)
	}
	if got := string(vntext.AppendRFC3339(nil, at.UTC())); got != "2025-07-01T16:00:00Z" {
		t.Error(got)
	}
}

func TestParseAllocatesNothing(t *testing.T) {
	for pattern, in := range map[string]string{
		"dd/MM/yyyy HH:mm:ss": "01/07/2025 08:30:15", "yyyy-MM-dd'T'HH:mm:ss.SSSZ": "2025-07-01T08:30:15.250+0700",
		"iso": "2025-07-01T08:30:15.123", "rfc3339": "2025-07-01T08:30:15Z", "epoch_ms": "1751333415250",
		"dotnet": "/Date(1751333415250)/", "excel": "45839.354166666664", "dd/MM/yyyy": "31/02/2025",
	} {
		l, text := must(t, pattern), []byte(in)
		if n := testing.AllocsPerRun(100, func() { _, _, _, _ = l.Parse(text, nil) }); n != 0 {
			t.Errorf("%s: %v allocations", pattern, n)
		}
	}
}

func FuzzLayout(f *testing.F) {
	for _, seed := range [][2]string{
		{"dd/MM/yyyy HH:mm:ss", "01/07/2025 08:30:15"}, {"iso", "2025-07-01T08:30:15.5+07"}, {"excel", "45839.5"}, {"dotnet", "/Date(0-0700)/"},
		{"epoch", "-1e9"}, {"HH'h'mm", "08h30"}, {"rfc3339", "2025-07-01T08:30:15Z"}, {"d/M/yy", "1/7/25"},
		{"dd/MM/yyyy hh:mma", "01/07/2025 12:00SA"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		l, err := vntext.ParseLayout(pattern)
		if err != nil {
			return
		}
		at, _, _, err := l.Parse([]byte(text), nil)
		if err != nil {
			return
		}
		if y := at.Year(); l.HasDate() && (y < 1899 || y > 9999) {
			t.Fatalf("%s: %q = %v", pattern, text, at)
		}
		if _, _, _, err := l.Parse(l.AppendFormat(nil, at), at.Location()); err != nil {
			t.Fatalf("%s: %q = %v, which is written %q: %v", pattern, text, at, l.AppendFormat(nil, at), err)
		}
	})
}

func BenchmarkLayout(b *testing.B) {
	for pattern, in := range map[string]string{
		"dd/MM/yyyy HH:mm:ss": "01/07/2025 08:30:15", "dd/MM/yyyy": "01/07/2025", "yyyy-MM-dd'T'HH:mm:ss.SSSZ": "2025-07-01T08:30:15.250+0700",
		"iso": "2025-07-01T08:30:15.123", "epoch_ms": "1751333415250", "excel": "45839.354166666664",
	} {
		l, text := must(b, pattern), []byte(in)
		b.Run(strings.ReplaceAll(pattern, "/", "-"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, _, err := l.Parse(text, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
