package statistics

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"iocgateway/canonical/vntext"
)

var (
	errNoStub  = errors.New("no STUB and no HEADING")
	errNoData  = errors.New("no DATA")
	errNoValue = errors.New("a variable has no VALUES")
	errKeys    = errors.New("a row of sparse data names a value that the table has not")
)

// pxFile is the keywords of a PX file, and its data not yet taken apart.
type pxFile struct {
	words map[string][]string // KEYWORD[lang]("a","b") → values
	data  []byte
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
	text, err := vntext.Decode(data, pxCharset(data, cfg.Charset))
	if err != nil && !errors.Is(err, vntext.ErrMalformed) {
		return nil, damaged("px", file, err)
	}
	px, err := lexPX(text)
	if err != nil {
		return nil, damaged("px", file, err)
	}
	c, err := px.cube(cfg, file)
	if err != nil {
		return nil, damaged("px", file, err)
	}
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
	contents := px.one(lang, "CONTVARIABLE")
	c.updated = pxTime(firstOf(px.one(lang, "LAST-UPDATED"), px.one(lang, "CREATION-DATE")))
	for _, name := range append(append([]string{}, stub...), heading...) {
		d, err := px.dimension(lang, name)
		if err != nil {
			return nil, err
		}
		if name == contents {
			px.contents(lang, d, c)
		}
		c.dims = append(c.dims, *d)
	}
	c.settle(cfg)
	reader := &pxData{rest: px.data, missing: c}
	c.next = reader.next
	return c, px.sparse(lang, stub, c, reader)
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

func (px *pxFile) dimension(lang, name string) (*dimension, error) {
	d := &dimension{id: firstOf(px.one(lang, "VARIABLECODE", name), name), label: name}
	d.labels = px.get(lang, "VALUES", name)
	if len(d.labels) == 0 {
		return nil, errNoValue
	}
	d.codes = px.get(lang, "CODES", name)
	if len(d.codes) != len(d.labels) {
		d.codes = d.labels
	}
	if timeval := px.get(lang, "TIMEVAL", name); len(timeval) > 0 {
		d.time = true
		if m := regexp.MustCompile(`^TLIST\(([AHQMWD])1`).FindStringSubmatch(timeval[0]); m != nil {
			d.freq = m[1]
		}
	}
	d.time = d.time || px.one(lang, "VARIABLE-TYPE", name) == "T"
	return d, nil
}

// contents reads what each value of the contents variable is measured in.
func (px *pxFile) contents(lang string, d *dimension, c *cube) {
	for _, label := range d.labels {
		d.units = append(d.units, px.one(lang, "UNITS", label))
		d.decimals = append(d.decimals, px.one(lang, "PRECISION", d.label, label))
		c.updated = firstOf(c.updated, pxTime(px.one(lang, "LAST-UPDATED", label)))
	}
}

// pxTime writes 20230525 15:42 as 2023-05-25T15:42. PX has no zone, and none is made up.
func pxTime(s string) string {
	if len(s) != 14 || s[8] != ' ' || s[11] != ':' {
		return s
	}
	return s[:4] + "-" + s[4:6] + "-" + s[6:8] + "T" + s[9:]
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
				return 0, false, damaged("px", c.table, errKeys)
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
	p.rest = bytes.TrimLeft(p.rest, " \t\r\n,")
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
	end := bytes.IndexAny(p.rest, " \t\r\n,")
	if end < 0 {
		end = len(p.rest)
	}
	text, p.rest = string(p.rest[:end]), p.rest[end:]
	return text, nil
}

func (p *pxData) next(int) (value, status string, skip bool, err error) {
	text, err := p.token()
	return text, "", false, err
}
