package tabular

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"path"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
	"iocgateway/canonical/vntext"
)

// workbook is an .xlsx opened for streaming: what every sheet needs is read,
// no sheet is.
type workbook struct {
	zip      *zip.Reader
	sheets   []sheetEntry
	strings  []string
	formats  []cellFormat // by style index
	codes    []string     // by style index, as numbers are shown
	date1904 bool
}

type sheetEntry struct {
	name   string
	part   string
	hidden bool
}

// Caps of an unpacked part: a workbook that small files unpack to more than
// this is no table that anybody exported.
const (
	maxPart    = 1 << 30
	maxSmall   = 16 << 20
	maxStrings = 128 << 20
)

var errBomb = errors.New("a part of the workbook unpacks to more than it may")

// capped fails, rather than ends, when more than left bytes come.
type capped struct {
	io.Reader
	left int64
}

func (c *capped) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	if c.left -= int64(n); c.left < 0 {
		return 0, errBomb
	}
	return n, err
}

func (w *workbook) open(part string, limit int64) (io.ReadCloser, error) {
	for _, f := range w.zip.File {
		if strings.EqualFold(f.Name, part) {
			body, err := f.Open()
			if err != nil {
				return nil, err
			}
			return struct {
				io.Reader
				io.Closer
			}{&capped{body, limit}, body}, nil
		}
	}
	return nil, fmt.Errorf("part %s is missing", part)
}

func (w *workbook) decode(part string, into any) error {
	body, err := w.open(part, maxSmall)
	if err != nil {
		return err
	}
	defer body.Close()
	return jsonscan.DecodeXML(body, into)
}

func openWorkbook(spool *Spool) (*workbook, error) {
	z, err := zip.NewReader(spool, spool.Size)
	if err != nil {
		return nil, err
	}
	w := &workbook{zip: z}
	if err := w.readSheets(); err != nil {
		return nil, err
	}
	if err := w.readStyles(); err != nil {
		return nil, err
	}
	return w, w.readStrings()
}

func (w *workbook) readSheets() error {
	var book struct {
		Pr struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string `xml:"name,attr"`
			State string `xml:"state,attr"`
			ID    string `xml:"id,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := w.decode("xl/workbook.xml", &book); err != nil {
		return err
	}
	var rels struct {
		Rel []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := w.decode("xl/_rels/workbook.xml.rels", &rels); err != nil {
		return err
	}
	parts := map[string]string{}
	for _, r := range rels.Rel {
		parts[r.ID] = partPath(r.Target)
	}
	w.date1904 = book.Pr.Date1904 == "1" || book.Pr.Date1904 == "true"
	for _, s := range book.Sheets {
		w.sheets = append(w.sheets, sheetEntry{name: s.Name, part: parts[s.ID], hidden: s.State != "" && s.State != "visible"})
	}
	return nil
}

func partPath(target string) string {
	if strings.HasPrefix(target, "/") {
		return strings.TrimPrefix(target, "/")
	}
	return path.Join("xl", target)
}

// readStrings reads the shared strings; a workbook may have none.
func (w *workbook) readStrings() error {
	body, err := w.open("xl/sharedStrings.xml", maxStrings)
	if err != nil {
		return nil //nolint:nilerr // no shared strings: every text stands in its cell
	}
	defer body.Close()
	m := newMarkup(body)
	var text []byte
	phonetic := false
	for {
		switch err := m.next(); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		switch {
		case m.name == "si" && !m.end:
			text = text[:0]
		case m.name == "rPh":
			phonetic = !m.end && !m.self
		case m.name == "t" && m.end && !phonetic:
			text = appendText(text, m.text)
		}
		if m.name == "si" && (m.end || m.self) {
			w.strings = append(w.strings, string(text))
		}
	}
}

// sheet finds the sheet that the setting means: "" the first visible one, #2
// by position, /…/ by pattern, else by name (marks, case and blanks aside).
func (w *workbook) sheet(want string) (sheetEntry, error) {
	names, visible := w.names()
	i, err := pickSheet(names, visible, want)
	if err != nil {
		return sheetEntry{}, err
	}
	return w.sheets[i], nil
}

// names are what the sheets are called, and which of them people see.
func (w *workbook) names() (names []string, visible func(int) bool) {
	for _, s := range w.sheets {
		names = append(names, s.name)
	}
	return names, func(i int) bool { return !w.sheets[i].hidden }
}

// rows opens a sheet to be looked into; what is damaged in it is no matter of
// whoever reads another one.
func (w *workbook) rows(at int) rowReader {
	part, err := w.open(w.sheets[at].part, maxPart)
	if err != nil {
		return nil
	}
	return &xlsxRows{book: w, sheet: w.sheets[at].name, part: part, m: newMarkup(part)}
}

// asked gives what a sheet's setting asks for: a name, a #position, a /pattern/.
func asked(names []string, want string) (fits func(i int) bool, err error) {
	position, isPosition := strings.CutPrefix(want, "#")
	pattern, isPattern := strings.CutPrefix(want, "/")
	switch {
	case isPosition:
		n, _ := strconv.Atoi(position)
		return func(i int) bool { return i == n-1 }, nil
	case isPattern:
		re, err := regexp.Compile(strings.TrimSuffix(pattern, "/"))
		return func(i int) bool { return re.MatchString(vntext.NFC(names[i])) }, err
	}
	return func(i int) bool { return vntext.Fold(names[i]) == vntext.Fold(want) }, nil
}

func pickSheet(names []string, visible func(int) bool, want string) (int, error) {
	fits, err := asked(names, want)
	if err != nil {
		return 0, err
	}
	if want == "" {
		fits = visible
	}
	for i := range names {
		if fits(i) {
			return i, nil
		}
	}
	return 0, &problem.Problem{Code: "GW-D012", Value: problem.Short(want), Want: problem.Short(strings.Join(names, ", "))}
}

// book is a workbook of either kind.
type book interface {
	names() (names []string, visible func(int) bool)
	rows(sheet int) rowReader
}

// others are the sheets beside the one that is read that hold rows and are read
// by nobody.
type others struct {
	book   bool
	sheets []string
}

// Book is Bound's.
func (o others) Book() bool { return o.book }

// Unread is Bound's.
func (o others) Unread() []string { return o.sheets }

// sheetsOf are the sheets that a source's streams read at one place. What is
// wrong with the settings of another stream, that one says.
func sheetsOf(own *Settings, beside []*strict.Node) []string {
	sheets := []string{own.Sheet}
	for _, node := range beside {
		other := Defaults()
		if strict.Decode(node, &other) == nil && reflect.DeepEqual(other.Place, own.Place) {
			sheets = append(sheets, other.Sheet)
		}
	}
	return sheets
}

// unread are the sheets that people see, that hold rows, and that no stream of
// the source reads, nor leaves out by name.
func (p *plan) unread(b book) others {
	left := others{book: true}
	names, visible := b.names()
	known := map[int]bool{}
	for _, want := range p.reads {
		if i, err := pickSheet(names, visible, want); err == nil {
			known[i] = true
		}
	}
	for _, want := range p.Unread {
		fits, err := asked(names, want)
		for i := range names {
			known[i] = known[i] || err == nil && fits(i)
		}
	}
	for i := range names {
		if !known[i] && visible(i) && holdsRows(b.rows(i)) {
			left.sheets = append(left.sheets, names[i])
		}
	}
	return left
}

// holdsRows reports whether a sheet has two rows at its beginning: a header, and
// something below.
func holdsRows(rows rowReader) bool {
	if rows == nil {
		return false
	}
	found := 0
	for range 200 {
		r, err := rows.next()
		if err != nil {
			break
		}
		if !r.blank() {
			found++
		}
	}
	_ = rows.close() // read-only: nothing to lose
	return found > 1
}
