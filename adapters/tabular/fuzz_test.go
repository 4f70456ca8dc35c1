package tabular

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

func spoolOf(t *testing.T, data []byte) *Spool {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(t.TempDir(), "f"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	if _, err := file.Write(data); err != nil {
		t.Fatal(err)
	}
	return &Spool{File: file, Size: int64(len(data)), Hash: "h"}
}

// readAs reads a file by a stream's settings. Reading ends; what is read
// has a key and a payload that is JSON (or the XML it was cut from).
func readAs(t *testing.T, change func(*Settings), data []byte) {
	cfg := Defaults()
	change(&cfg)
	p, err := compile(cfg, adapters.Settings{Source: "s", Stream: "t", Kind: canonical.KindFeedback})
	if err != nil {
		t.Fatal(err)
	}
	items, err := p.open(t.Context(), File{Name: "f.dat"}, spoolOf(t, data))
	if err != nil {
		withWords(t, err)
		return
	}
	defer items.Close()
	for range 200_000 {
		item, err := items.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			withWords(t, err)
			return
		}
		if item.Raw.Key == "" || len(item.Raw.Payload) == 0 {
			t.Fatalf("key %q, payload %q", item.Raw.Key, item.Raw.Payload)
		}
		if item.Raw.Media == "" && !json.Valid(item.Raw.Payload) {
			t.Fatalf("no JSON: %q", item.Raw.Payload)
		}
		if item.Problem != nil {
			withWords(t, item.Problem)
		}
	}
}

func withWords(t *testing.T, err error) {
	t.Helper()
	if p, ok := problem.As(err); ok && (p.Text(problem.Vietnamese) == p.Code || p.Text(problem.English) == p.Code) {
		t.Fatalf("no words for %s", p.Code)
	}
}

func FuzzCSV(f *testing.F) {
	for _, seed := range []string{"", "id,v\n1,a\n", "id;v\r\n1;\"a\n\"\"b\"\r\n", "\xef\xbb\xbfid\tv\n1\t#REF!\n1\tx\n",
		"\xff\xfei\x00d\x00\n\x001\x00", "id,v\n1,\"", ",,,\n,,,\n", "id,id\n1,2", "a\x00b,\x01\n\xff,2"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		readAs(t, func(s *Settings) { s.Format = "csv" }, data)
		readAs(t, func(s *Settings) {
			s.Format, s.Key, s.Header.Row, s.FillDown = "csv", []string{"A"}, 0, []string{"A"}
		}, data)
	})
}

func FuzzJSONFile(f *testing.F) {
	for _, seed := range []string{"", `[{"id":1}]`, `{"a":{"b":[{"id":"x"},1,null,[]]}}`, "{\"id\":1}\n{\"id\":2}\n", `[{"id":1},`, strings.Repeat("[", 100), "\xef\xbb\xbf[]\x00", `{"a":{"b":{}}}`, `[{"id":{"x":1}}]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		readAs(t, func(s *Settings) { s.Format, s.Key = "json", []string{"id"} }, data)
		readAs(t, func(s *Settings) { s.Format, s.Key, s.Path = "json", []string{"id"}, "a.b" }, data)
		readAs(t, func(s *Settings) { s.Format, s.Key = "ndjson", []string{"id"} }, data)
	})
}

func FuzzXMLFile(f *testing.F) {
	for _, seed := range []string{"", `<r><i><id>1</id></i><i id="2"/></r>`, `<?xml version="1.0" encoding="windows-1258"?><r><i><id>` + "\xf0" + `</id></i></r>`, "<r><i><id>1</id>", "<r><r><i/></r></r>", "<!DOCTYPE r [<!ENTITY a 'b'>]><r><i><id>&a;</id></i></r>", "<r>" + strings.Repeat("<i>", 300)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		readAs(t, func(s *Settings) { s.Format, s.Key, s.Path = "xml", []string{"id"}, "r/i" }, data)
	})
}

// FuzzWorkbook puts parts of its own into a workbook, so that the container
// holds and the parts are what is read.
func FuzzWorkbook(f *testing.F) {
	const sheet = `<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>ngày</t></is></c></row><row r="2"><c r="A2"><v>1.50</v></c><c r="B2" s="1"><v>45658.5</v></c></row>` +
		`<row r="3"><c r="A3" t="e"><v>#REF!</v></c><c r="XFD3" t="b"><v>1</v></c></row></sheetData><mergeCells><mergeCell ref="A2:B3"/></mergeCells></worksheet>`
	const texts = `<sst><si><t>id</t></si><si><r><t>a</t></r><r><t xml:space="preserve"> b</t></r></si></sst>`
	const styles = `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy;@"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>`
	f.Add(sheet, texts, styles)
	f.Add(strings.ReplaceAll(sheet, `r="A2"`, `r="A0"`), texts, strings.ReplaceAll(styles, "164", "14"))
	f.Add(strings.ReplaceAll(sheet, "A2:B3", "A1:XFD1048576"), `<sst><si><t>&#x41;&amp;&bad;</t></si></sst>`, "")
	f.Add(sheet, texts, strings.ReplaceAll(styles, "dd/mm/yyyy;@", "["))
	f.Add(`<worksheet><sheetData><row r="9999999"><c r="ZZZZ1"><v>1e400</v></c></row><row><c><v/></c><c t="s"><v>99</v></c></row>`, "", styles)
	f.Fuzz(func(t *testing.T, sheet, texts, styles string) {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for name, text := range map[string]string{"xl/workbook.xml": `<workbook xmlns:r="r"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`,
			"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>`,
			"xl/worksheets/sheet1.xml":   sheet, "xl/sharedStrings.xml": texts, "xl/styles.xml": styles} {
			w, err := z.Create(name)
			if err == nil {
				_, err = io.WriteString(w, text)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		readAs(t, func(s *Settings) { s.Format = "xlsx" }, b.Bytes())
	})
}

const (
	chainEnd = 0xFFFFFFFE
	noEntry  = 0xFFFFFFFF
)

// compoundOf wraps a stream as old office programs do: one file allocation
// table, one directory, and the stream in sectors one after the other.
func compoundOf(name string, stream []byte) []byte {
	const size = 512
	stream = append(bytes.Clone(stream), make([]byte, max(4096-len(stream), 0))...)
	sectors := (len(stream) + size - 1) / size
	out := make([]byte, size*(3+sectors))
	copy(out, oleMagicText)
	put16, put32 := binary.LittleEndian.PutUint16, binary.LittleEndian.PutUint32
	put16(out[26:], 3)
	put16(out[30:], 9)
	put16(out[32:], 6)
	put32(out[44:], 1)
	put32(out[48:], 1) // directory
	put32(out[56:], 4096)
	put32(out[60:], chainEnd)
	put32(out[68:], chainEnd)
	for i := range 109 {
		put32(out[76+4*i:], noEntry)
	}
	put32(out[76:], 0)
	fat := out[size:]
	put32(fat, 0xFFFFFFFD)
	put32(fat[4:], chainEnd)
	for i := range min(sectors, 120) {
		next := uint32(3 + i)
		if i == sectors-1 {
			next = chainEnd
		}
		put32(fat[8+4*i:], next)
	}
	dir := out[2*size:]
	for n, entry := range []string{"Root Entry", name} {
		at := dir[128*n:]
		for i, c := range entry {
			put16(at[2*i:], uint16(c))
		}
		put16(at[64:], uint16(2*len(entry)+2))
		at[66] = []byte{5, 2}[n]
		put32(at[68:], noEntry)
		put32(at[72:], noEntry)
		put32(at[76:], []uint32{1, noEntry}[n])
		put32(at[116:], []uint32{chainEnd, 2}[n])
		put32(at[120:], []uint32{0, uint32(len(stream))}[n])
	}
	copy(out[3*size:], stream)
	return out
}

func biff(id uint16, body ...byte) []byte {
	out := binary.LittleEndian.AppendUint16(nil, id)
	out = binary.LittleEndian.AppendUint16(out, uint16(len(body)))
	return append(out, body...)
}

func FuzzXLS(f *testing.F) {
	globals := slicesOf(biff(0x809, 0, 6, 5, 0, 0, 0, 0, 0), biff(0x85, 46, 0, 0, 0, 0, 0, 1, 0, 'S'),
		biff(0xFC, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 'i', 'd'), biff(0x0A))
	sheet := slicesOf(biff(0x809, 0, 6, 16, 0, 0, 0, 0, 0), biff(0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
		biff(0x203, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F), biff(0x27E, 2, 0, 0, 0, 0, 0, 5, 0, 0, 0), biff(0x0A))
	binary.LittleEndian.PutUint32(globals[16:], uint32(len(globals)))
	f.Add(append(globals, sheet...), true)
	more := slicesOf(biff(0x809, 0, 6, 16, 0, 0, 0, 0, 0),
		biff(0x06, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0), biff(0x207, 1, 0, 0, 'x'),
		biff(0xBD, 1, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 6, 0, 0, 0, 1, 0), biff(0x205, 2, 0, 0, 0, 0, 0, 0x17, 1),
		biff(0x204, 3, 0, 0, 0, 0, 0, 1, 0, 1, 0xA0, 0x01), biff(0xE5, 1, 0, 0, 0, 3, 0, 0, 0, 1, 0), biff(0x0A))
	styles := slicesOf(globals[:len(globals)-4], biff(0x41E, 164, 0, 2, 0, 0, 'd', '['), biff(0xE0, 0, 0, 164, 0), biff(0x3C, 0, 'a'),
		biff(0x0A))
	binary.LittleEndian.PutUint32(styles[16:], uint32(len(styles)))
	f.Add(append(styles, more...), true)
	f.Add([]byte("\x09\x08\x10\x00"), true)
	f.Add([]byte{}, false)
	f.Add(compoundOf("EncryptedPackage", nil), false)
	f.Add(compoundOf("Workbook", append(globals, sheet...)), false)
	f.Fuzz(func(t *testing.T, data []byte, wrap bool) {
		if wrap {
			data = compoundOf("Workbook", data[:min(len(data), 60<<10)])
		}
		readAs(t, func(s *Settings) { s.Format = "xls" }, data)
	})
}

func slicesOf(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// FuzzNumberFormat: a workbook's own format of numbers and any serial.
func FuzzNumberFormat(f *testing.F) {
	for _, seed := range [][2]string{{"dd/mm/yyyy", "45658"}, {"General", "1.5"}, {`#,##0\ "đ"`, "1e400"}, {"[$-42A]h:mm;@", "0.99999999"}, {"[h]", "-1"}, {`"d`, "60"}, {"yyyy", "NaN"}, {"d", "99999999999"}, {"", ""}} {
		f.Add(seed[0], seed[1], false)
		f.Add(seed[0], seed[1], true)
	}
	f.Fuzz(func(t *testing.T, code, stored string, date1904 bool) {
		out := appendSerial(nil, []byte(stored), formatOf(code), date1904)
		if utf8.ValidString(stored) && !utf8.Valid(out) {
			t.Fatalf("%q as %q = %q", stored, code, out)
		}
	})
}

// FuzzCheckpoint: a checkpoint that is read is written with the same
// content, and leads a walk to its end.
func FuzzCheckpoint(f *testing.F) {
	for _, seed := range []string{"", "null", `{"v":1}`, `{"v":2}`, `{"v":1,"files":{"a.csv":{"hash":"h","size":9,"mtime":5,"row":1}}}`, `{"v":1,"files":{"a.csv":{"row":99}}}`, `{"v":1,"files":{"a.csv":{"row":-5,"bad":-1,"done":true}}}`, "[]"} {
		f.Add([]byte(seed))
	}
	dir := f.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.csv"), []byte("id\n1\n2\n"), 0o600); err != nil {
		f.Fatal(err)
	}
	cfg := Defaults()
	cfg.Place.Folder, cfg.Key = dir, []string{"id"}
	f.Fuzz(func(t *testing.T, from []byte) {
		src, err := Open(cfg, adapters.Settings{Kind: canonical.KindFeedback},
			adapters.Env{Now: func() time.Time { return time.Now().Add(time.Hour) }})
		if err != nil {
			t.Fatal(err)
		}
		at := canonical.Checkpoint(from)
		for range 5 {
			page, err := src.Pull(t.Context(), at)
			if err != nil {
				withWords(t, err)
				return
			}
			if at = page.Next; !page.More {
				return
			}
		}
		t.Fatalf("no end from %s", from)
	})
}
