package tabular

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"

	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
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
	names := make([]string, len(w.sheets))
	for i, s := range w.sheets {
		names[i] = s.name
	}
	visible := func(i int) bool { return !w.sheets[i].hidden }
	i, err := pickSheet(names, visible, want)
	if err != nil {
		return sheetEntry{}, err
	}
	return w.sheets[i], nil
}

func pickSheet(names []string, visible func(int) bool, want string) (int, error) {
	fits := func(i int) bool { return vntext.Fold(names[i]) == vntext.Fold(want) }
	position, isPosition := strings.CutPrefix(want, "#")
	pattern, isPattern := strings.CutPrefix(want, "/")
	switch {
	case want == "":
		fits = visible
	case isPosition:
		n, _ := strconv.Atoi(position)
		fits = func(i int) bool { return i == n-1 }
	case isPattern:
		re, err := regexp.Compile(strings.TrimSuffix(pattern, "/"))
		if err != nil {
			return 0, err
		}
		fits = func(i int) bool { return re.MatchString(vntext.NFC(names[i])) }
	}
	for i := range names {
		if fits(i) {
			return i, nil
		}
	}
	return 0, &problem.Problem{Code: "GW-D012", Value: problem.Short(want), Want: problem.Short(strings.Join(names, ", "))}
}
