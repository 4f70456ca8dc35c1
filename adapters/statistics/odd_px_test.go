package statistics_test

import (
	"slices"
	"strings"
	"testing"
)

func TestTimeOfUpdateInPX(t *testing.T) {
	head := `MATRIX="M";LANGUAGE="en";LANGUAGES="en","vi";STUB="c";HEADING="t";STUB[vi]="nd";HEADING[vi]="năm";VALUES("c")="x","y";VALUES[vi]("nd")="ích","y";VALUES("t")="2024";VALUES[vi]("năm")="2024";` + "\n"
	for name, c := range map[string]struct{ content, yaml, x, y string }{
		"by content":                       {content: odd(t, "updated-by-content.px"), x: "2025-10-27 08:00", y: "2025-10-28 08:00"},
		"of the table":                     {content: head + `CREATION-DATE="20260101 10:00";LAST-UPDATED="20250101 09:00";DATA=1 2;`, x: "2025-01-01 09:00", y: "2025-01-01 09:00"},
		"of the table, and of one content": {content: head + `CONTVARIABLE="c";CREATION-DATE="20260101 10:00";LAST-UPDATED="20250101 09:00";LAST-UPDATED("y")="20250202 09:00";DATA=1 2;`, x: "2025-01-01 09:00", y: "2025-02-02 09:00"},
		"no variable of contents named":    {content: head + `CREATION-DATE="20260101 10:00";LAST-UPDATED("x")="20250101 09:00";LAST-UPDATED("y")="20250202 09:00";DATA=1 2;`, x: "2025-01-01 09:00", y: "2025-02-02 09:00"},
		"of contents that are no axis":     {content: head + `CREATION-DATE="20260101 10:00";LAST-UPDATED("Dân số")="20250101 09:00";DATA=1 2;`, x: "2025-01-01 09:00", y: "2025-01-01 09:00"},
		"none but the file's":              {content: head + `CREATION-DATE="20260101 10:00";DATA=1 2;`, x: "2026-01-01 10:00", y: "2026-01-01 10:00"},
		"a day only":                       {content: head + `LAST-UPDATED="20250101";DATA=1 2;`, x: "2025-01-01 00:00", y: "2025-01-01 00:00"},
		"in another language":              {content: head + `CONTVARIABLE="c";CONTVARIABLE[vi]="nd";LAST-UPDATED("x")="20250101 09:00";LAST-UPDATED("y")="20250202 09:00";DATA=1 2;`, yaml: "language: vi\n", x: "2025-01-01 09:00", y: "2025-02-02 09:00"},
	} {
		t.Run(name, func(t *testing.T) {
			r := readFile(t, "a.px", c.content, c.yaml)
			if r.failure != nil || len(r.at) < 2 {
				t.Fatal(r.failure, r.at)
			}
			for key, at := range r.at {
				want := c.y
				if strings.Contains(key, "|x|") || strings.Contains(key, "|ích|") {
					want = c.x
				}
				if at != want {
					t.Errorf("%s: %s, want %s", key, at, want)
				}
			}
		})
	}
}

func TestPeriodsOfPX(t *testing.T) {
	for name, c := range map[string]struct {
		content, yaml string
		want          []string
		label         string
	}{
		"quarters": {content: odd(t, "quarters-by-letter.px"), want: []string{"M2|x|2007-Q1", "M2|x|2007-Q2",
			"M2|y|2007-Q1", "M2|y|2007-Q2"}, label: "2007K1"},
		"half-years":          {content: px1(`VALUES("t")="2007T1","2007T2";TIMEVAL("t")=TLIST(H1),"20071","20072";DATA=1 2;`), want: []string{"M|x|2007-S1", "M|x|2007-S2"}, label: "2007T1"},
		"weeks":               {content: px1(`VALUES("t")="2007U52","2008U01";TIMEVAL("t")=TLIST(W1),"200752","200801";DATA=1 2;`), want: []string{"M|x|2007-W52", "M|x|2008-W01"}, label: "2007U52"},
		"months":              {content: px1(`VALUES("t")="2007K09","2007K10";TIMEVAL("t")=TLIST(M1),"200709","200710";DATA=1 2;`), want: []string{"M|x|2007-09", "M|x|2007-10"}, label: "2007K09"},
		"months in words":     {content: px1(`VALUES("t")="tammikuu 2007","helmikuu 2007";TIMEVAL("t")=TLIST(M1),"200701","200702";DATA=1 2;`), want: []string{"M|x|2007-01", "M|x|2007-02"}, label: "tammikuu 2007"},
		"years":               {content: px1(`VALUES("t")="5767","5768";TIMEVAL("t")=TLIST(A1),"2006","2007";DATA=1 2;`), want: []string{"M|x|2006", "M|x|2007"}, label: "5767"},
		"days":                {content: px1(`VALUES("t")="d1","d2";TIMEVAL("t")=TLIST(D1),"20070131","20070201";DATA=1 2;`), want: []string{"M|x|2007-01-31", "M|x|2007-02-01"}, label: "d1"},
		"a range":             {content: px1(`VALUES("t")="a","b","c";TIMEVAL("t")=TLIST(Q1,"20064"-"20072");DATA=1 2 3;`), want: []string{"M|x|2006-Q4", "M|x|2007-Q1", "M|x|2007-Q2"}, label: "a"},
		"a range of months":   {content: px1(`VALUES("t")="a","b";TIMEVAL("t")=TLIST(M1,"200612"-"200701");DATA=1 2;`), want: []string{"M|x|2006-12", "M|x|2007-01"}, label: "a"},
		"a letter in TIMEVAL": {content: px1(`VALUES("t")="1. kv 2007","2. kv 2007";TIMEVAL("t")=TLIST(Q1),"2007K1","2007K2";DATA=1 2;`), want: []string{"M|x|2007-Q1", "M|x|2007-Q2"}, label: "1. kv 2007"},
		"the frequency alone": {content: px1(`VALUES("t")="20071","20072";TIMEVAL("t")=TLIST(Q1);DATA=1 2;`), want: []string{"M|x|2007-Q1", "M|x|2007-Q2"}, label: "20071"},
		"another language": {content: `LANGUAGE="no";` + px1(`VALUES("t")="2007K1","2007K2";TIMEVAL("t")=TLIST(Q1),"20071","20072";STUB[en]="b";HEADING[en]="q";VALUES[en]("b")="x";VALUES[en]("q")="1. of 2007","2. of 2007";DATA=1 2;`),
			yaml: "language: en\n", want: []string{"M|x|2007-Q1", "M|x|2007-Q2"}, label: "1. of 2007"},
		"numbered quarters":                  {content: px1(`VALUES("t")="2004 - 1","2004 - 2","2004 - 3","2004 - 4","2005 - 1";DATA=1 2 3 4 5;`), want: []string{"M|x|2004-Q1", "M|x|2004-Q2", "M|x|2004-Q3", "M|x|2004-Q4", "M|x|2005-Q1"}, label: "2004 - 1"},
		"numbered months":                    {content: px1(`VALUES("t")="2005 - 1","2005 - 11";DATA=1 2;`), want: []string{"M|x|2005-01", "M|x|2005-11"}, label: "2005 - 1"},
		"numbered, by the axis' name":        {content: strings.ReplaceAll(px1(`VALUES("t")="2005 - 1";DATA=1;`), `"t"`, `"Quý"`), want: []string{"M|x|2005-Q1"}, label: "2005 - 1"},
		"numbered, by the setting":           {content: px1(`VALUES("t")="2005 - 1";DATA=1;`), yaml: "time: t\nfreq: M\n", want: []string{"M|x|2005-01"}, label: "2005 - 1"},
		"numbered, and nobody knows of what": {content: px1(`VALUES("t")="2005 - 1","2005 - 2";DATA=1 2;`), yaml: "time: t\n", want: []string{"M|x|2005 - 1", "M|x|2005 - 2"}, label: "2005 - 1"},
		"spans of months":                    {content: px1(`VALUES("t")="Mar-May 1992","Apr-Jun 1992";DATA=1 2;`), want: []string{"M|x|1992-03/1992-05", "M|x|1992-Q2"}, label: "Mar-May 1992"},
		"how firm, by the label":             {content: px1(`VALUES("t")="2007K1","2007K2 (p)";TIMEVAL("t")=TLIST(Q1),"20071","20072";DATA=1 2;`), want: []string{"M|x|2007-Q1", "M|x|2007-Q2"}, label: "2007K1"},
	} {
		t.Run(name, func(t *testing.T) {
			r := readFile(t, "a.px", c.content, c.yaml)
			want := map[string]string{}
			for _, key := range c.want {
				want[key] = r.got[key]
				if r.got[key] == "" {
					t.Errorf("no %s", key)
				}
			}
			r.wants(t, want)
			if got := r.cells[c.want[0]].Period.Label; got != c.label {
				t.Errorf("label %q, want %q", got, c.label)
			}
			if strings.Contains(name, "firm") {
				if flags := r.cells["M|x|2007-Q2"].Flags; !slices.Equal(flags, []string{"provisional"}) {
					t.Errorf("flags %v", flags)
				}
			}
		})
	}
}

func TestPXWithoutItsLastSemicolon(t *testing.T) {
	two := `VALUES("t")="2023","2024";DATA=`
	for name, c := range map[string]struct {
		content, note string
		whole         bool
		failure       string
	}{
		"all are there":             {content: odd(t, "no-last-semicolon.px"), note: "GW-D057", whole: true},
		"windows line ends":         {content: px1(two + "\r\n1 2 \r\n"), note: "GW-D057", whole: true},
		"the sign of an old editor": {content: px1(two + "\n1 2\n\x1a"), note: "GW-D057", whole: true},
		"quoted":                    {content: px1(two + `1 ".."`), note: "GW-D057", whole: true},
		"nothing ends the last one": {content: px1(two + "1 2"), note: "GW-D058"},
		"one is missing":            {content: px1(two + "1\n"), failure: "GW-D032"},
		"one too many":              {content: px1(two + "1 2 3\n"), failure: "GW-D054"},
		"cut in a quote":            {content: px1(two + `1 ".`), failure: "GW-D031"},
		"sparse":                    {content: px1(`KEYS("a")=VALUES;` + two + `"x" 1 2` + "\n"), failure: "GW-D031"},
	} {
		t.Run(name, func(t *testing.T) {
			r := readFile(t, "a.px", c.content, "")
			if c.failure != "" {
				if r.failure == nil || !strings.Contains(r.failure.Error(), c.failure) || len(r.got) > 0 {
					t.Errorf("%v, %v", r.got, r.failure)
				}
				return
			}
			if r.failure != nil || len(r.got) < 2 || len(r.held) > 0 || !slices.Contains(r.notes, c.note) || (r.proved != nil) != c.whole {
				t.Errorf("read %v, notes %v, proved %v, %v", r.got, r.notes, r.proved, r.failure)
			}
		})
	}
}
