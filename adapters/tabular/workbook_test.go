package tabular_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"iocgateway/canonical/problem"
)

// bookOf is a workbook of one sheet with these rows, written out.
func bookOf(t testing.TB, rows string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, part := range [][2]string{
		{"[Content_Types].xml", `<Types/>`},
		{"xl/workbook.xml", `<workbook><sheets><sheet name="T" sheetId="1" r:id="r1" xmlns:r="x"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>`},
		{"xl/styles.xml", `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="00000"/></numFmts>` +
			`<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="14"/></cellXfs></styleSheet>`},
		{"xl/worksheets/sheet1.xml", `<worksheet><sheetData>` + rows + `</sheetData></worksheet>`},
	} {
		w, err := z.Create(part[0])
		if err == nil {
			_, err = w.Write([]byte(part[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const heading = `<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c><c r="B1" t="inlineStr"><is><t>v</t></is></c></row>`

// TestFormulasNobodyComputed: a cell with a formula and no value is no blank
// cell: its row is held, and proves nothing.
func TestFormulasNobodyComputed(t *testing.T) {
	for name, c := range map[string]struct{ cell, want string }{
		"no value":        {`<c r="B2"><f>SUM(A1:A2)</f></c>`, "GW-D075"},
		"an empty value":  {`<c r="B2"><f>SUM(A1:A2)</f><v></v></c>`, "GW-D075"},
		"a closed value":  {`<c r="B2" s="2"><f>TODAY()</f><v/></c>`, "GW-D075"},
		"shared":          {`<c r="B2"><f t="shared" si="0"/></c>`, "GW-D075"},
		"an empty text":   {`<c r="B2" t="str"><f>""</f><v></v></c>`, ""},
		"a value":         {`<c r="B2"><f>1+1</f><v>2</v></c>`, ""},
		"nothing at all":  {`<c r="B2" s="1"/>`, ""},
		"an error cell":   {`<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>`, "GW-D021"},
		"in the key":      {`<c r="A3"><f>A2+1</f></c>`, "GW-D075"},
		"in a third cell": {`<c r="C2"><f>A2</f></c>`, "GW-D075"},
	} {
		row := `<row r="2"><c r="A2"><v>7</v></c>` + c.cell + `</row>`
		if strings.HasPrefix(c.cell, `<c r="A3"`) {
			row = `<row r="3">` + c.cell + `</row>`
		}
		page, err := pull(t, "a.xlsx", bookOf(t, heading+row), "key: [id]\ncomplete: stream")
		got := ""
		if err == nil && len(page.Refused) == 1 {
			got = page.Refused[0].Problem.Code
		}
		if err != nil || got != c.want || (page.Complete == nil) != (c.want != "") || len(page.Records)+len(page.Refused) != 1 {
			t.Errorf("%s: %q %v, %d records, %v", name, got, err, len(page.Records), page.Complete)
		}
	}
	page, err := pull(t, "a.xlsx", bookOf(t, heading+`<row r="2"><c r="A2"><v>7</v></c><c r="B2"><f>A2</f></c></row>`), "key: [id]\nerrors: keep")
	if err != nil || len(page.Records) != 1 || !strings.Contains(string(page.Records[0].Payload), `"v":"#NO VALUE!"`) {
		t.Errorf("errors: keep: %+v %v", page, err)
	}
}

// TestNumbersAsShown: on request, in keys too.
func TestNumbersAsShown(t *testing.T) {
	rows := heading + `<row r="2"><c r="A2" s="1"><v>123</v></c><c r="B2" s="1"><v>7</v></c></row>` +
		`<row r="3"><c r="A3"><v>0.30000000000000004</v></c><c r="B3" s="2"><v>45658</v></c></row>`
	for yaml, want := range map[string]map[string]string{
		"as: shown":  {"00123": `"v":"00007"`, "0.30000000000000004": `"v":"2025-01-01"`},
		"as: stored": {"123": `"v":"7"`, "0.30000000000000004": `"v":"2025-01-01"`},
	} {
		page, err := pull(t, "a.xlsx", bookOf(t, rows), "key: [id]\n"+yaml)
		if err != nil || len(page.Records) != len(want) {
			t.Fatalf("%s: %v", yaml, err)
		}
		for _, raw := range page.Records {
			if part, ok := want[raw.Key]; !ok || !strings.Contains(string(raw.Payload), part) {
				t.Errorf("%s: %q %s", yaml, raw.Key, raw.Payload)
			}
		}
	}
}

// TestDamagedSheets have a code and a place.
func TestDamagedSheets(t *testing.T) {
	good := `<row r="2"><c r="A2"><v>1</v></c></row>`
	for name, c := range map[string]struct{ rows, code string }{
		"cut":             {heading + good + `<row r="3"><c r="A3"><v>1`, "GW-D076"},
		"rows backwards":  {heading + `<row r="9"><c r="A9"><v>1</v></c></row><row r="3"></row>`, "GW-D076"},
		"cells backwards": {heading + `<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>1</v></c></row>`, "GW-D076"},
		"lost text":       {heading + `<row r="2"><c r="A2" t="s"><v>5</v></c></row>`, "GW-D076"},
		"in the header":   {`<row r="1"><c r="A1" t="s"><v>5</v></c></row>`, "GW-D076"},
		"document type":   {heading + `<!DOCTYPE x>`, "GW-D076"},
	} {
		_, err := pull(t, "a.xlsx", bookOf(t, c.rows), "key: [id]")
		if p, ok := problem.As(err); !ok || p.Code != c.code || p.File != "a.xlsx" || !strings.HasPrefix(p.Path, "T!") {
			t.Errorf("%s: %v", name, err)
		}
	}
	whole := bookOf(t, heading+strings.Repeat(good, 1))
	for _, cut := range []int{len(whole) / 3, len(whole) - 30} {
		if _, err := pull(t, "a.xlsx", whole[:cut], "key: [id]"); !is(err, "GW-D010") {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
}
