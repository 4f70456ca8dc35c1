package separated

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// rowsOf reads a text: rows joined by |, damaged ones as !line:col what.
func rowsOf(text string, o Options) (out []string, err error) {
	r, err := Open(strings.NewReader(text), o)
	if err != nil {
		return nil, err
	}
	for {
		cells, line, err := r.Next()
		var d *Damage
		switch {
		case errors.Is(err, io.EOF):
			return out, nil
		case errors.As(err, &d) && d.OfRow():
			out = append(out, fmt.Sprintf("!%d:%d %v", d.Line, d.Col, d))
		case err != nil:
			return out, err
		default:
			out = append(out, fmt.Sprint(line, "|", strings.Join(cells, "|")))
		}
	}
}

func good(n int) string {
	var b strings.Builder
	b.WriteString("Mã,Tên,Số\n")
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "%d,t%d,%d\n", i, i, i)
	}
	return b.String()
}

// TestTextsThatAreNotWhole: the place of the quote is told, and nothing is given.
func TestTextsThatAreNotWhole(t *testing.T) {
	text := good(8)
	for name, c := range map[string]struct {
		text string
		want Damage
	}{
		"open to the end":               {strings.Replace(text, "6,t6,6", `6,"t6,6`, 1), Damage{OpenQuote, 7, 3}},
		"open in the last row":          {strings.Replace(text, "8,t8,8", `8,t8,"8`, 1), Damage{OpenQuote, 9, 6}},
		"open in the last, no line end": {strings.TrimSuffix(strings.Replace(text, "8,t8,8", `8,t8,"8`, 1), "\n"), Damage{OpenQuote, 9, 6}},
		"a later quote closes it":       {strings.NewReplacer("3,t3", `3,"t3`, "5,t5,5", `5,"t5",5`).Replace(text), Damage{Swallowed, 4, 3}},
		"and seems right":               {strings.NewReplacer("3,t3", `3,"t3`, "5,t5,5", `5,t5",5`).Replace(text), Damage{Swallowed, 4, 3}},
		"one row only":                  {strings.NewReplacer("3,t3", `3,"t3`, "4,t4,4", `4,t4",4`).Replace(text), Damage{Swallowed, 4, 3}},
		"in the first cell":             {strings.NewReplacer("3,t3", `"3,t3`, "4,t4,4", `4",t4,4`).Replace(text), Damage{Swallowed, 4, 1}},
		"in the last cell":              {strings.NewReplacer("t3,3", `t3,"3`, "t5,5", `t5,5"`).Replace(text), Damage{Swallowed, 4, 6}},
		"semicolons":                    {strings.ReplaceAll(strings.NewReplacer("3,t3", `3,"t3`, "5,t5,5", `5,t5",5`).Replace(text), ",", ";"), Damage{Swallowed, 4, 3}},
		"letters and CR LF": {strings.ReplaceAll("id,a,b\nQN-001,x,1\nQN-002,\"y,2\nQN-003,z,3\nQN-004,w\",4\n", "\n", "\r\n"),
			Damage{Swallowed, 3, 8}},
		"every cell quoted": {`"id","a"` + "\n" + `"1","x"` + "\n" + `"2","y` + "\n" + `"3","z"` + "\n", Damage{Swallowed, 3, 5}},
		"CR alone":          {strings.ReplaceAll(strings.Replace(text, "6,t6,6", `6,"t6,6`, 1), "\n", "\r"), Damage{OpenQuote, 7, 3}},
		"behind sep=":       {"sep=,\n" + strings.Replace(text, "6,t6,6", `6,"t6,6`, 1), Damage{OpenQuote, 7, 3}},
	} {
		rows, err := rowsOf(c.text, Options{})
		var d *Damage
		if !errors.As(err, &d) || *d != c.want || rows != nil {
			t.Errorf("%s: %v %+v, want %+v", name, rows, err, c.want)
		}
		if rows, err := rowsOf(c.text, Options{Quotes: None}); err != nil || len(rows) == 0 {
			t.Errorf("%s: quotes: none does not let it through: %v", name, err)
		}
	}
}

// TestRows: what is sound is read as it was, and what damages one row is held
// with it alone.
func TestRows(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		o    Options
		want []string
	}{
		"plain":           {"a,b\n1,2\n\n3,4", Options{}, []string{"1|a|b", "2|1|2", "4|3|4"}},
		"quotes":          {"a,b\r\n\"1,5\",\"x \"\"y\"\"\"\r\n2,\"\"\r\n,\n", Options{}, []string{"1|a|b", `2|1,5|x "y"`, "3|2|", "4||"}},
		"lines in a cell": {"a;b\n1;\"x\ny\r\n\nz\"\n2;w\n", Options{}, []string{"1|a|b", "2|1|x\ny\n\nz", "6|2|w"}},
		"prose over lines": {"id,a,b\n1,x,\"Kính gửi,\nanh, chị, em\"\n2,y,z\n", Options{},
			[]string{"1|id|a|b", "2|1|x|Kính gửi,\nanh, chị, em", "4|2|y|z"}},
		"commas in prose": {"id,a,b\n1,x,\"Số 5, đường A\nphường B, tỉnh, C\"\n2,y,z\n", Options{},
			[]string{"1|id|a|b", "2|1|x|Số 5, đường A\nphường B, tỉnh, C", "4|2|y|z"}},
		"a table in a cell": {"id,a\n1,\"x, y, z\n1, 2, 3\n4, 5, 6\"\n2,y\n", Options{},
			[]string{"1|id|a", "2|1|x, y, z\n1, 2, 3\n4, 5, 6", "5|2|y"}},
		"inch mark":             {"a,b\n5' 6\",x\n", Options{}, []string{"1|a|b", `2|5' 6"|x`}},
		"text behind a quote":   {"a,b\n1,\"Cty \"ABC\" QN\"\n2,y\n", Options{}, []string{"1|a|b", "!2:9 text behind a closing quote", "3|2|y"}},
		"behind a short one":    {"a,b\n\"1\"x,2\n2,y\n", Options{}, []string{"1|a|b", "!2:4 text behind a closing quote", "3|2|y"}},
		"in the first row":      {"\"a\"x,b\n2,y\n", Options{}, []string{"!1:4 text behind a closing quote", "2|2|y"}},
		"and loose":             {"a,b\n1,\"Cty \"ABC\" QN\"\n2,y\n", Options{Quotes: Loose}, []string{"1|a|b", `2|1|Cty "ABC" QN`, "3|2|y"}},
		"blanks behind a quote": {"a,b\n\"1\" ,\"2\" \n", Options{}, []string{"1|a|b", "2|1|2"}},
		"none":                  {"a,b\n1,\"x\n2,\"\"\n", Options{Quotes: None}, []string{"1|a|b", `2|1|"x`, `3|2|""`}},
		"NUL": {"a,b\n1,x\x00\x00\n2,y\n\x00\x00\x00", Options{},
			[]string{"1|a|b", "!2:4 bytes NUL in the text", "3|2|y", "!4:1 bytes NUL in the text"}},
		"CR":                   {"a,b\r1,2\r3,4", Options{}, []string{"1|a|b", "2|1|2", "3|3|4"}},
		"sep":                  {"sep=;\r\na,b;c\r\n1;2\r\n", Options{}, []string{"1|a,b|c", "2|1|2"}},
		"sep, quoted":          {"\"SEP=|\"\na|b\n", Options{}, []string{"1|a|b"}},
		"sep, otherwise set":   {"sep=;\na,b\n", Options{Separator: ','}, []string{"1|a|b"}},
		"tabs":                 {"a\tb\n\"1\t2\"\t3\n", Options{}, []string{"1|a|b", "2|1\t2|3"}},
		"empty":                {"", Options{}, nil},
		"separator at the end": {"a,b,\n\"1\",2,\n", Options{}, []string{"1|a|b|", "2|1|2|"}},
		"wide separator":       {"a¦b\n\"1¦2\"¦3\n", Options{Separator: '¦'}, []string{"1|a|b", "2|1¦2|3"}},
	} {
		rows, err := rowsOf(c.text, c.o)
		if err != nil || !slices.Equal(rows, c.want) {
			t.Errorf("%s: %q %v, want %q", name, rows, err, c.want)
		}
	}
}

// TestLongLines: what is longer than any cell is said, and bounded.
func TestLongLines(t *testing.T) {
	for _, text := range []string{"a,b\n1," + strings.Repeat("x", MaxCell+1) + "\n", strings.Repeat("x", 9<<20)} {
		var d *Damage
		if _, err := rowsOf(text, Options{}); !errors.As(err, &d) || d.What != TooLong {
			t.Errorf("%v", err)
		}
	}
}

// FuzzAsTheLibrary: what the standard library reads without a complaint is
// read alike, unless it is refused; nothing is read as fewer rows.
func FuzzAsTheLibrary(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "\"a\",b\n\"1\n2\",\"\"\"\"\n", "a,b\n1,\"x\n2,y\n", "a\r\n", "\"\"", ",\n,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "\x00") || strings.HasPrefix(strings.ToLower(text), "sep=") || strings.HasPrefix(strings.ToLower(text), `"sep=`) ||
			strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\r") {
			return
		}
		std := csv.NewReader(strings.NewReader(text))
		std.FieldsPerRecord = -1
		want, err := std.ReadAll()
		if err != nil {
			return
		}
		r, err := Open(strings.NewReader(text), Options{Separator: ','})
		if err != nil {
			return
		}
		for _, row := range want {
			cells, _, err := r.Next()
			if err != nil || !slices.Equal(cells, row) {
				t.Fatalf("%q: %q %v, want %q", text, cells, err, row)
			}
		}
		if _, _, err := r.Next(); !errors.Is(err, io.EOF) {
			t.Fatalf("%q: more than %d rows: %v", text, len(want), err)
		}
	})
}
