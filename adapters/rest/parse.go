package rest

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/cespare/xxhash/v2"

	"iocgateway/adapters"
	"iocgateway/adapters/internal/httpx"
	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// parsedPage is a page taken apart.
type parsedPage struct {
	raws    []canonical.Raw
	rows    []row // one per Raw
	refused []adapters.Refused
	count   int // records and refused
	total   int
	pages   int
	next    string
	last    tri
	print   uint64 // of keys and contents, in order
	newest  time.Time
	oldest  time.Time
	sorted  bool // newest first
	undated int
	future  int
}

type tri int

const (
	unknown tri = iota
	no
	yes
)

// parser is the work of taking one page apart.
type parser struct {
	pl    *plan
	in    *jsonscan.Cutter
	kind  canonical.Kind
	limit time.Time // changes after it are in the future
	page  *parsedPage
	text  []byte // keys and versions of all rows, cut into strings at the end
	cut   []cut
	prev  time.Time
}

type cut struct{ key, version, end int }

// parse takes a page apart. The order of judgement: broken, marked as failure,
// no list, then the records.
func (pl *plan) parse(kind canonical.Kind, body []byte, size int, now time.Time) (*parsedPage, error) {
	room := min(size, 1000)
	page := &parsedPage{total: -1, pages: -1, sorted: true, raws: make([]canonical.Raw, 0, room), rows: make([]row, 0, room)}
	p := &parser{pl: pl, kind: kind, limit: now, page: page, text: make([]byte, 0, 48*room), cut: make([]cut, 0, room)}
	p.in = jsonscan.NewCutter(pl.env, pl.rec, p.row)
	p.in.Lone = pl.Records.Single
	cut := p.in.JSON
	if pl.xml {
		cut = p.in.XML
	}
	if len(body) == 0 {
		return nil, problem.Retry(&problem.Problem{Code: "GW-S012", Err: errors.New("an empty body")}, 0)
	}
	if err := cut(body); err != nil {
		if errors.Is(err, errMany) { // nothing is lost: a person asks for smaller pages
			return nil, problem.Halt(&problem.Problem{Code: "GW-S033", Path: pl.Records.Path, Want: itoa(adapters.MaxRecords)})
		}
		code := "GW-S012"
		if errors.Is(err, jsonscan.CutOff) {
			code = "GW-S008"
		}
		return nil, problem.Retry(&problem.Problem{Code: code, Path: pl.Records.Path, Value: "byte " + strconv.Itoa(p.in.At()), Err: err}, 0)
	}
	empty, err := pl.judge(p.in.Out)
	if err != nil {
		return nil, err
	}
	if !p.in.Found && !empty && pl.Records.Missing != "empty" {
		return nil, problem.Retry(&problem.Problem{Code: "GW-S014", Path: pl.Records.Path}, 0)
	}
	p.finish(p.in.Out)
	return p.page, nil
}

// judge applies the profile's rules of failure and success.
func (pl *plan) judge(out []value) (empty bool, err error) {
	for _, f := range pl.failures {
		if !f.holds(out) {
			continue
		}
		p := pl.failure(f.want(), out)
		switch f.then {
		case "auth":
			return false, httpx.Expired(p)
		case "halt":
			return false, problem.Halt(p)
		case "empty":
			return true, nil
		}
		return false, problem.Retry(p, 0)
	}
	for _, c := range pl.success {
		if !c.holds(out) {
			return false, problem.Retry(pl.failure(c.want(), out), 0)
		}
	}
	return false, nil
}

func (pl *plan) failure(want string, out []value) *problem.Problem {
	p := &problem.Problem{Code: "GW-S013", Want: want}
	if pl.message >= 0 {
		p.Value = problem.Short(maskDigits(vntext.Clean(out[pl.message].String())))
	}
	return p
}

// maskDigits hides runs of six digits and more: phone and identity numbers
// that an error text may repeat.
func maskDigits(s string) string {
	b := []byte(s)
	for i := 0; i < len(b); {
		j := i
		for j < len(b) && b[j] >= '0' && b[j] <= '9' {
			j++
		}
		if j-i >= 6 {
			for k := i; k < j; k++ {
				b[k] = '*'
			}
		}
		i = max(j, i+1)
	}
	return string(b)
}

// row takes one record.
func (p *parser) row(at int, payload []byte) error {
	if p.page.count == adapters.MaxRecords {
		return errMany
	}
	p.page.count++
	cells := p.in.Cells
	from := len(p.text)
	for i, slot := range p.pl.key {
		if i > 0 {
			p.text = append(p.text, p.join()...)
		}
		before := len(p.text)
		if v := cells[slot]; !v.Empty() && v.Shape < jsonscan.Object {
			p.text = appendKey(p.text, v)
			if p.pl.Records.Whole {
				p.text = appendWhole(p.text[:before], p.text[before:])
			}
		}
		if len(p.text) == before || len(p.text)-from > maxKey {
			p.text = p.text[:from]
			p.refuse(payload, p.pl.Records.Key[i])
			return nil
		}
	}
	if p.page.count == 1 && p.pl.Paging.InRows {
		p.totals(cells)
	}
	content := p.content(at, payload)
	raw := canonical.Raw{Kind: p.kind, At: p.changed(cells), Payload: payload}
	if p.pl.xml {
		raw.Media = canonical.MediaXML
	}
	if p.pl.gone != nil {
		raw.Gone = p.pl.gone.holds(cells)
	}
	c := cut{key: from, version: len(p.text)}
	key := xxhash.Sum64(p.text[from:])
	if slot := p.pl.version; slot >= 0 {
		p.text = append(p.text, cells[slot].String()...)
	} else {
		p.text = appendHex(p.text, content)
	}
	c.end = len(p.text)
	p.cut = append(p.cut, c)
	p.page.raws = append(p.page.raws, raw)
	p.page.rows = append(p.page.rows, row{key, content, raw.At.Unix()})
	p.page.print = p.page.print*0x9e3779b97f4a7c15 + (key ^ content>>1)
	return nil
}

const maxKey = 512

var errMany = errors.New("too many records in one answer")

// content is the hash of what counts as the record's content: its bytes
// without the members that change with every asking.
func (p *parser) content(at int, payload []byte) uint64 {
	if len(p.pl.volatile) == 0 {
		return xxhash.Sum64(payload)
	}
	var spans [16][2]int
	n := 0
	for _, slot := range p.pl.volatile {
		if v := p.in.Cells[slot]; len(v.Bytes) > 0 && n < len(spans) {
			from := int(v.At) - at
			spans[n] = [2]int{from, from + len(v.Bytes)}
			n++
		}
	}
	slices.SortFunc(spans[:n], func(a, b [2]int) int { return a[0] - b[0] })
	h, done := uint64(0), 0
	for _, span := range spans[:n] {
		if span[0] >= done && span[1] <= len(payload) {
			h = h*0x9e3779b97f4a7c15 + xxhash.Sum64(payload[done:span[0]])
			done = span[1]
		}
	}
	return h*0x9e3779b97f4a7c15 + xxhash.Sum64(payload[done:])
}

func (p *parser) join() string {
	if p.pl.Records.Join == "" {
		return "|"
	}
	return p.pl.Records.Join
}

// refuse holds a record without a key, under a key made of its content.
func (p *parser) refuse(payload []byte, path string) {
	content := xxhash.Sum64(payload)
	key := "no-key-" + string(appendHex(nil, content))
	raw := canonical.Raw{Kind: p.kind, Key: key, Version: key[len("no-key-"):], Payload: payload}
	if p.pl.xml {
		raw.Media = canonical.MediaXML
	}
	p.page.refused = append(p.page.refused, adapters.Refused{Raw: raw, Problem: problem.Problem{Code: "GW-S023", Path: path}})
	p.page.print = p.page.print*0x9e3779b97f4a7c15 + content
}

// changed is the latest of the record's times of change. One that is further
// ahead than a clock can be wrong is kept on the Raw and moves no watermark.
func (p *parser) changed(cells []value) time.Time {
	var latest time.Time
	for _, slot := range p.pl.at {
		v := cells[slot]
		if v.Empty() {
			continue
		}
		for i := range p.pl.layouts {
			t, _, _, err := p.pl.layouts[i].Parse(v.Bytes, p.pl.zone)
			if err == nil {
				if t.After(latest) {
					latest = t
				}
				break
			}
		}
	}
	page := p.page
	switch {
	case len(p.pl.at) == 0:
	case latest.IsZero():
		page.undated++
		page.sorted = false
	case latest.After(p.limit):
		page.future++
		page.sorted = false
	default:
		if !p.prev.IsZero() && latest.After(p.prev) {
			page.sorted = false
		}
		p.prev = latest
		if latest.After(page.newest) {
			page.newest = latest
		}
		if page.oldest.IsZero() || latest.Before(page.oldest) {
			page.oldest = latest
		}
	}
	return latest
}

func (p *parser) totals(from []value) {
	if slot := p.pl.total; slot >= 0 {
		p.page.total = integer(from[slot])
	}
	if slot := p.pl.pages; slot >= 0 {
		p.page.pages = integer(from[slot])
	}
}

func (p *parser) finish(out []value) {
	text, page := string(p.text), p.page
	for i, c := range p.cut {
		page.raws[i].Key, page.raws[i].Version = text[c.key:c.version], text[c.version:c.end]
	}
	if !p.pl.Paging.InRows {
		p.totals(out)
	} else if page.count == 0 {
		page.total = -1
	}
	if slot := p.pl.next; slot >= 0 {
		page.next = out[slot].String()
	}
	if slot := p.pl.last; slot >= 0 && !out[slot].Empty() {
		page.last = no
		if out[slot].String() == p.pl.Paging.Last.Value {
			page.last = yes
		}
	}
}

func appendHex(dst []byte, n uint64) []byte {
	const digits = "0123456789abcdef"
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, digits[n>>shift&15])
	}
	return dst
}
