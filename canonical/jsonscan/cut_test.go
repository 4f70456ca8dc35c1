package jsonscan_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"iocgateway/canonical/jsonscan"
)

// cut gives what a Cutter finds, as lines.
func cut(isXML, lone bool, records, text string) (lines []string, err error) {
	envelope, record := jsonscan.NewTrie(), jsonscan.NewTrie()
	envelope.WantRecords(records)
	total, root := envelope.Want("total"), envelope.Want("R.@total")
	id, deep := record.Want("id"), record.Want("a.b")
	attr := record.Want("@id")
	c := jsonscan.NewCutter(envelope, record, nil)
	c.Lone = lone
	c.Row = func(at int, payload []byte) error {
		if text[at:at+len(payload)] != string(payload) {
			return errors.New("a record is not at its place")
		}
		lines = append(lines, fmt.Sprintf("%s %s%s %s", payload, c.Cells[id], c.Cells[attr], c.Cells[deep]))
		return nil
	}
	if isXML {
		err = c.XML([]byte(text))
	} else {
		err = c.JSON([]byte(text))
	}
	return append(lines, fmt.Sprintf("found %v, total %s%s", c.Found, c.Out[total], c.Out[root])), err
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		name, records, text string
		lone                bool
		want                []string
	}{
		{"a list", "c", `{"total":2,"c":[{"id":1,"a":{"b":"x"}}, {"id":"y","a":[]}]}`, false, []string{`{"id":1,"a":{"b":"x"}} 1 x`, `{"id":"y","a":[]} y `, "found true, total 2"}},
		{"the root", "", `[{"id":1},7,"x",[],null]`, false, []string{`{"id":1} 1 `, "7  ", `"x"  `, "[]  ", "null  ", "found true, total "}},
		{"one alone", "c.d", `{"c":{"d":{"id":1}}}`, true, []string{`{"id":1} 1 `, "found true, total "}},
		{"one not asked for alone", "c", `{"c":{"id":1}}`, false, []string{"found false, total "}},
		{"in two places", "c", `{"c":[{"id":1}],"c":[{"id":2}],"total":1,"total":2}`, false, []string{`{"id":1} 1 `, `{"id":2} 2 `, "found true, total 2"}},
		{"commas", "c", `{,"c":[,{"id":1,,"a":{"b":2,}}{"id":3 "id":4}],,}`, false, []string{`{"id":1,,"a":{"b":2,}} 1 2`, `{"id":3 "id":4} 4 `, "found true, total "}},
		{"bare words", "c", `{"c":[{"id":NaN,"a":{"b":1e400}}],"total":abc}`, false, []string{`{"id":NaN,"a":{"b":1e400}} NaN 1e400`, "found true, total abc"}},
		{"texts of any bytes", "c", "{\"c\":[{\"id\":\"\x01\xff\\q\",\"a\":{\"b\":\"}]\\\\\"}}]}", false,
			[]string{"{\"id\":\"\x01\xff\\q\",\"a\":{\"b\":\"}]\\\\\"}} \x01\xff\\q }]\\", "found true, total "}},
		{"escaped names", "c", `{"\u0063":[{"\u0069d":"\u0111"}]}`, false, []string{`{"\u0069d":"\u0111"} đ `, "found true, total "}},
		{"nothing there", "c", `{"total":0}`, false, []string{"found false, total 0"}},
		{"an empty list", "c", `{"c":[]}`, false, []string{"found true, total "}},
	} {
		got, err := cut(false, c.lone, c.records, c.text)
		if err != nil || strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s: %v\n%s", c.name, err, strings.Join(got, "\n"))
		}
	}
}

func TestCutDefects(t *testing.T) {
	deep := func(n int) string { return `{"c":[{"id":` + strings.Repeat("[", n) + strings.Repeat("]", n) + "}]}" }
	for text, want := range map[string]error{
		"": jsonscan.CutOff, `{"c":[{"id":1}`: jsonscan.CutOff, `{"c":[{"id":"x`: jsonscan.CutOff, `{"c":[{"id"`: jsonscan.CutOff, `{"x":"a\"`: jsonscan.CutOff, `{"x":[1`: jsonscan.CutOff,
		`{"c":[]}x`: jsonscan.Broken, `{"c":[{"id":1]}`: jsonscan.Broken, `{"c":[{"x":{"y":[}]}}]}`: jsonscan.Broken, `{c:1}`: jsonscan.Broken, `{"c" 1}`: jsonscan.Broken, `{"c"::1}`: jsonscan.Broken, `{"c":a"b"}`: jsonscan.Broken,
		deep(64): nil, deep(65): jsonscan.TooDeep,
	} {
		if _, err := cut(false, false, "c", text); !errors.Is(err, want) {
			t.Errorf("%.40q: %v, want %v", text, err, want)
		}
	}
}

// TestRowStops: an error of Row's is the error of the cut, and nothing more
// is read.
func TestRowStops(t *testing.T) {
	enough := errors.New("enough")
	envelope := jsonscan.NewTrie()
	envelope.WantRecords("c")
	for isXML, text := range map[bool]string{false: `{"c":[{},{},{}`, true: "<c><r/></c><c/><"} {
		rows := 0
		c := jsonscan.NewCutter(envelope, jsonscan.NewTrie(), func(int, []byte) error { rows++; return enough })
		err := c.JSON([]byte(text))
		if isXML {
			err = c.XML([]byte(text))
		}
		if !errors.Is(err, enough) || rows != 1 || c.At() == 0 || c.At() == len(text) {
			t.Errorf("%v after %d rows at %d", err, rows, c.At())
		}
	}
}

func TestCutXML(t *testing.T) {
	for _, c := range []struct {
		name, records, text string
		want                []string
	}{
		{"a list", "R.L.I", `<?xml version="1.0"?><R total="2"><L><n:I id="x"><a><b>1</b>z</a></n:I><I><id> y </id></I></L></R>`,
			[]string{`<n:I id="x"><a><b>1</b>z</a></n:I> x 1`, "<I><id> y </id></I>  y  ", "found true, total 2"}},
		{"the last counts", "R.L.I", `<R><L><I><id>1</id><id>2<!-- x -->3<![CDATA[<4>]]></id></I></L></R>`, []string{`<I><id>1</id><id>2<!-- x -->3<![CDATA[<4>]]></id></I> 23<4> `, "found true, total "}},
		{"a record in a record", "r.i", `<r><i><i><id>2</id></i></i></r>`, []string{`<i><i><id>2</id></i></i>  `, "found true, total "}},
		{"an empty list", "R.L.I", `<R><L/></R>`, []string{"found true, total "}},
		{"no list", "R.L.I", `<R total="0"/>`, []string{"found false, total 0"}},
		{"two roots, words around", "r.i", `x<r><i/></r> y <r><i id="2"/></r>z`, []string{"<i/>  ", `<i id="2"/> 2 `, "found true, total "}},
	} {
		got, err := cut(true, false, c.records, c.text)
		if err != nil || strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s: %v\n%s", c.name, err, strings.Join(got, "\n"))
		}
	}
	for text, want := range map[string]error{
		"<R><L>": jsonscan.CutOff, "<R><L></R>": jsonscan.Broken, "</R>": jsonscan.Broken, "<R>&secret;</R>": jsonscan.Broken,
		"<R a=1/>": jsonscan.Broken, "<R": jsonscan.Broken, strings.Repeat("<R>", 257): jsonscan.TooDeep,
		strings.Repeat("<R>", 256) + strings.Repeat("</R>", 256): nil,
	} {
		if _, err := cut(true, false, "R.L.I", text); !errors.Is(err, want) || err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%.30q: %v, want %v", text, err, want)
		}
	}
}
