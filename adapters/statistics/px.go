package statistics

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

var (
	errNoStub  = errors.New("no STUB and no HEADING")
	errNoData  = errors.New("no DATA")
	errNoValue = errors.New("a variable has no VALUES")
	errQuote   = errors.New("a quote is not closed")
	errKeys    = errors.New("a row of sparse data names a value that the table has not")
)

// pxFile is the keywords of a PX file, and its data not yet taken apart.
type pxFile struct {
	words map[string][]string // KEYWORD[lang]("a","b") → values
	data  []byte
	open  bool // the semicolon behind the data is missing
}

// pxCharset is the charset of a PX file: what its bytes can be goes before
// CODEPAGE, and CODEPAGE before a guess.
func pxCharset(data []byte, given string) string {
	if given != "" {
		return given
	}
	head := data[:min(len(data), 4096)]
	declared := ""
	if m := regexp.MustCompile(`(?i)CODEPAGE="?([A-Za-z0-9_-]+)`).FindSubmatch(head); m != nil {
		declared = string(m[1])
	}
	found := vntext.Detect(data, declared)
	if name, ok := vntext.Charset(declared); ok && found != "utf-8" && !strings.HasPrefix(found, "utf-16") {
		return name
	}
	return found
}

// openPX reads a PX file as a cube in one of its languages.
func openPX(data []byte, cfg *tableSettings, file string) (*cube, error) {
	text, err := pxText(data, pxCharset(data, cfg.Charset))
	if err != nil {
		return nil, damaged("PX", "", err)
	}
	px, err := lexPX(text)
	if err != nil {
		return nil, damaged("PX", "", err)
	}
	c, err := px.cube(cfg, file)
	if err != nil {
		return nil, damaged("PX", "", err)
	}
	c.torn = torn(text)
	return c, nil
}

// get gives a keyword in the language wished for, or in the file's own.
func (px *pxFile) get(lang, keyword string, args ...string) []string {
	suffix := ""
	for i, a := range args {
		suffix += map[bool]string{true: "(", false: ","}[i == 0] + strconv.Quote(a)
	}
	if suffix != "" {
		suffix += ")"
	}
	if lang != "" {
		if values, ok := px.words[keyword+"["+lang+"]"+suffix]; ok {
			return values
		}
	}
	return px.words[keyword+suffix]
}

func (px *pxFile) one(lang, keyword string, args ...string) string {
	if values := px.get(lang, keyword, args...); len(values) > 0 {
		return values[0]
	}
	return ""
}

func (px *pxFile) cube(cfg *tableSettings, file string) (*cube, error) {
	lang := cfg.Language
	if lang == px.one("", "LANGUAGE") {
		lang = "" // the file's own language carries no mark
	}
	stub, heading := px.get(lang, "STUB"), px.get(lang, "HEADING")
	if len(stub)+len(heading) == 0 {
		return nil, errNoStub
	}
	c := &cube{title: px.one(lang, "TITLE"), decimals: px.one(lang, "DECIMALS"), unit: px.one(lang, "UNITS")}
	c.table = firstOf(cfg.Table, px.one(lang, "TABLEID"), px.one(lang, "MATRIX"), baseName(file))
	c.updated = pxTime(firstOf(px.one(lang, "LAST-UPDATED"), px.single("LAST-UPDATED"), px.one(lang, "CREATION-DATE")))
	own := append(slices.Clone(px.get("", "STUB")), px.get("", "HEADING")...)
	for i, name := range append(append([]string{}, stub...), heading...) {
		d, err := px.dimension(lang, name, at(own, i))
		if err != nil {
			return nil, err
		}
		if px.carries(lang, d) {
			px.contents(lang, d, at(own, i))
		}
		c.dims = append(c.dims, *d)
	}
	c.settle(cfg)
	reader := &pxData{rest: px.data, missing: c}
	c.next = reader.next
	if err := px.sparse(lang, stub, c, reader); err != nil || c.place != nil {
		return c, err
	}
	return c, px.whole(c)
}

// whole makes sure that all values are there. Where they are, a semicolon that
// is not is told, and no more than that; but a last value that nothing ends may
// have lost digits.
func (px *pxFile) whole(c *cube) error {
	values := pxData{rest: px.data}
	n, err := values.count()
	if err == nil {
		err = c.holds(n)
	}
	if err == nil && px.open {
		note := problem.Problem{Code: "GW-D057", Path: problem.Short(c.table), Value: strconv.Itoa(n)}
		if last := px.data[len(px.data)-1]; bytes.IndexByte([]byte(" \t\r\n\""), last) < 0 {
			note.Code = "GW-D058"
		}
		c.notes = append(c.notes, note)
	}
	return err
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

func firstOf[T ~string](texts ...T) T {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// sparse sets up data whose rows begin with the values they are of (KEYS).
func (px *pxFile) sparse(lang string, stub []string, c *cube, data *pxData) error {
	var keyed []int
	for i, name := range stub {
		if len(px.get(lang, "KEYS", name)) > 0 {
			keyed = append(keyed, i)
		}
	}
	if len(keyed) == 0 {
		return nil
	}
	if len(keyed) != len(stub) {
		return errKeys
	}
	if px.open {
		return errOpen // how many rows there should be is not said
	}
	lookup := make([]map[string]int, len(stub))
	for i := range stub {
		lookup[i] = map[string]int{}
		for j, code := range c.dims[i].codes {
			lookup[i][code] = j
			lookup[i][c.dims[i].label0(j)] = j
		}
	}
	width := 1
	for _, d := range c.dims[len(stub):] {
		width *= len(d.codes)
	}
	at, left := 0, 0
	c.place = func() (int, bool, error) {
		if left > 0 {
			left, at = left-1, at+1
			return at, true, nil
		}
		position := 0
		for i := range stub {
			token, err := data.token()
			if errors.Is(err, io.EOF) && i == 0 {
				return 0, false, nil
			}
			j, known := lookup[i][token]
			if err != nil || !known {
				return 0, false, damaged("PX", c.table, errKeys)
			}
			position = position*len(c.dims[i].codes) + j
		}
		at, left = position*width, width-1
		return at, true, nil
	}
	return nil
}

// pxData takes the data of a PX file apart, value by value.
type pxData struct {
	rest    []byte
	missing *cube
}

// token gives the next value, without its quotes.
func (p *pxData) token() (text string, err error) {
	p.rest = bytes.TrimLeft(p.rest, pxBlank)
	if len(p.rest) == 0 {
		return "", io.EOF
	}
	if p.rest[0] == '"' {
		end := bytes.IndexByte(p.rest[1:], '"')
		if end < 0 {
			return "", io.EOF
		}
		text, p.rest = string(p.rest[1:1+end]), p.rest[end+2:]
		return text, nil
	}
	end := bytes.IndexAny(p.rest, pxBlank)
	if end < 0 {
		end = len(p.rest)
	}
	text, p.rest = string(p.rest[:end]), p.rest[end:]
	return text, nil
}

// count counts the values that are left.
func (p *pxData) count() (n int, err error) {
	for ; ; n++ {
		p.rest = bytes.TrimLeft(p.rest, pxBlank)
		if len(p.rest) == 0 {
			return n, nil
		}
		end := bytes.IndexAny(p.rest, pxBlank)
		if p.rest[0] == '"' {
			if end = bytes.IndexByte(p.rest[1:], '"') + 2; end < 2 {
				return n, errQuote
			}
		}
		if end < 0 {
			end = len(p.rest)
		}
		p.rest = p.rest[end:]
	}
}

const pxBlank = " \t\r\n,"

func (p *pxData) next(int) (value, status string, skip bool, err error) {
	text, err := p.token()
	return text, "", false, err
}
