package rest

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/cespare/xxhash/v2"

	"iocgateway/adapters"
	"iocgateway/adapters/internal/form"
	"iocgateway/adapters/internal/httpx"
	"iocgateway/adapters/internal/spool"
	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
)

// parsedPage is an answer taken apart.
type parsedPage struct {
	answer  *spool.Answer // what is given on
	keys    []uint64      // hashes of the keys of all records, given on or not
	recent  recent        // the newest of them
	count   int           // records and refused
	keyless int           // of them those whose key nobody knows
	total   int
	pages   int
	next    string
	last    tri
	print   uint64 // of keys and contents, in order
	newest  time.Time
	oldest  time.Time
	sorted  bool // newest first
	rises   bool // some row is newer than the one before it
	undated int
	future  int
	east    int    // seconds east of UTC that its times are written in, the least of them
	zoned   bool   // … and that is known
	says    string // what an error beside the list says
	more    string // what says beside the list that it goes on
	alike   string // a word of a record that means it is gone, and is not among those that are set
	other   string // where a list stands, when none is where it is looked for
	walled  string // the status with which the source refused to list more, instead of an answer
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
	pass  func(x row, at time.Time) bool // left out: read before; nil gives all on
	text  []byte                         // keys and versions of a batch of rows, cut into strings at once
	batch []cut
	prev  time.Time
	fine  bool   // that there is nothing was said to be well
	torn  bool   // some text of the answer is broken: what has it is held
	body  []byte // that answer, as it came
	sick  bool   // the record at hand has some
}

// cut is a record whose key and version are still bytes of a batch.
type cut struct {
	raw               canonical.Raw
	key, version, end int
	held              *problem.Problem
}

// batchRows is how many records share the allocation of their keys: few enough
// to be still at hand when they are given on.
const batchRows = 128

// parser is for an answer in which so many records are expected.
func (s *Source) parser(size int, pass func(row, time.Time) bool) *parser {
	room := min(size, batchRows)
	page := &parsedPage{total: -1, pages: -1, sorted: true, answer: spool.NewAnswer(s.space, size),
		keys: make([]uint64, 0, min(size, adapters.PageRecords))}
	p := &parser{pl: s.plan, kind: s.kind, fine: s.cfg.AllowEmpty, limit: s.now().Add(s.cfg.Skew), page: page, pass: pass,
		text: make([]byte, 0, 48*room), batch: make([]cut, 0, room)}
	p.in = jsonscan.NewCutter(s.plan.env, s.plan.rec, p.row)
	p.in.Deep = p.deep
	return p
}

// parse takes an answer apart. The order of judgement: broken, marked as failure,
// no list, then the records. What it set aside is closed with an error.
func (p *parser) parse(body []byte) (page *parsedPage, err error) {
	defer func() {
		if err != nil {
			_ = p.page.answer.Close() // the answer counts for nothing
		}
	}()
	pl := p.pl
	p.in.Lone = pl.Records.Single
	cut := p.in.JSON
	if pl.xml {
		cut = p.in.XML
	}
	if len(body) == 0 {
		return nil, problem.Retry(&problem.Problem{Code: "GW-S062"}, 0)
	}
	p.torn = p.torn || !pl.xml && jsonscan.Halved(body)
	if err := cut(p.cuttable(body)); err != nil {
		if _, own := problem.As(err); own { // no room to set it aside
			return nil, err
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
	if !p.in.Found && !empty {
		p.page.other = otherList(p, body)
		if pl.Records.Missing != "empty" || p.page.other != "" && !p.fine { // rows that stand elsewhere are not missing
			return nil, problem.Retry(pl.noList(p.in.Out, body, p.page.other), 0)
		}
	}
	return p.page, p.finish(p.in.Out)
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

// noList is what is wrong with an answer without a list: it may be an error.
// Otherwise the words that the profile knows of are told besides.
func (pl *plan) noList(out []value, body []byte, other string) *problem.Problem {
	p := &problem.Problem{Code: "GW-S014", Path: pl.Records.Path, Near: other}
	if f := form.Of(body, true); f.Says != "" {
		p.Code, p.Value = "GW-S061", f.Says
	} else if pl.message >= 0 {
		p.Value = form.Said(out[pl.message].String())
	}
	return p
}

func (pl *plan) failure(want string, out []value) *problem.Problem {
	p := &problem.Problem{Code: "GW-S013", Want: want}
	if pl.message >= 0 {
		p.Value = form.Said(out[pl.message].String())
	}
	return p
}

// deep takes a record that nests deeper than anything is read: it is held,
// and those around it are not.
func (p *parser) deep(at int, payload []byte) error {
	p.sick = p.torn
	return p.take(at, payload, &problem.Problem{Code: "GW-S034", Path: p.pl.Records.Path, Want: itoa(jsonscan.MaxDepth)})
}

func (p *parser) take(at int, payload []byte, held *problem.Problem) error {
	p.page.count++
	cells := p.in.Cells
	from := len(p.text)
	if missing := p.key(cells); missing != "" {
		p.text = p.text[:from]
		if held == nil {
			held = &problem.Problem{Code: "GW-S023", Path: missing}
		}
		return p.refuse(payload, held)
	}
	if p.page.count == 1 && p.pl.Paging.InRows {
		p.totals(cells)
	}
	content := p.content(at, payload)
	c := cut{raw: p.raw(payload), key: from, version: len(p.text), held: held}
	c.raw.At = p.changed(cells)
	if p.pl.gone != nil {
		c.raw.Gone = p.pl.gone.holds(cells)
		p.page.alike = cmp.Or(p.page.alike, p.pl.gone.alike(cells))
	}
	x := row{xxhash.Sum64(p.text[from:]), content, c.raw.At.Unix()}
	p.version(cells, content)
	c.end = len(p.text)
	p.page.keys = append(p.page.keys, x.key)
	if x.at > 0 && p.pl.Watermark.Kind != "none" {
		p.page.recent.note(x)
	}
	p.page.print = p.page.print*0x9e3779b97f4a7c15 + (x.key ^ content>>1)
	if p.pass != nil && p.pass(x, c.raw.At) {
		p.text = p.text[:from]
		return nil
	}
	if p.batch = append(p.batch, c); len(p.batch) == batchRows {
		return p.flush()
	}
	return nil
}

// key appends the record's key to the text; missing is the path of a part
// that the record has not.
func (p *parser) key(cells []value) (missing string) {
	from := len(p.text)
	p.text, missing = p.pl.appendKey(p.text, cells)
	if missing == "" && (p.sick && p.unkeyed(from) || p.in.Twice() != "" && p.unknown()) {
		missing = p.pl.Records.Key[0]
	}
	return missing
}

// flush gives a batch of records on.
func (p *parser) flush() error {
	text := string(p.text)
	for i := range p.batch {
		c := &p.batch[i]
		c.raw.Key, c.raw.Version = text[c.key:c.version], text[c.version:c.end]
		if err := p.page.answer.Add(c.raw, c.held); err != nil {
			return err
		}
	}
	clear(p.batch)
	p.batch, p.text = p.batch[:0], p.text[:0]
	return nil
}

const maxKey = 512

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

// refuse holds a record without a key, under a key made of its content.
func (p *parser) refuse(payload []byte, why *problem.Problem) error {
	content := xxhash.Sum64(payload)
	raw := p.raw(payload)
	raw.Key = "no-key-" + string(appendHex(nil, content))
	raw.Version = raw.Key[len("no-key-"):]
	p.page.print = p.page.print*0x9e3779b97f4a7c15 + content
	p.page.keys = append(p.page.keys, content) // it is a row of the list like any other
	p.page.keyless++
	return p.page.answer.Add(raw, why)
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
				if p.pl.said.asksZone {
					p.page.zone(t)
				}
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
		page.met(latest, p.prev)
		p.prev = latest
	}
	return latest
}

// met takes in when a row changed, and the one before it.
func (page *parsedPage) met(latest, before time.Time) {
	switch {
	case before.IsZero():
	case latest.After(before):
		page.sorted = false
		page.rises = true
	}
	if latest.After(page.newest) {
		page.newest = latest
	}
	if page.oldest.IsZero() || latest.Before(page.oldest) {
		page.oldest = latest
	}
}

func (p *parser) totals(from []value) {
	if slot := p.pl.total; slot >= 0 {
		p.page.total = integer(from[slot])
	}
	if slot := p.pl.pages; slot >= 0 {
		p.page.pages = integer(from[slot])
	}
}

func (p *parser) finish(out []value) error {
	page := p.page
	for _, b := range p.pl.beside {
		switch said := b.tale.Tells(b.name, out[b.slot]); {
		case said == "":
		case b.tale >= form.More:
			page.more = cmp.Or(page.more, said)
		default:
			page.says = cmp.Or(page.says, said)
		}
	}
	if !p.pl.Paging.InRows {
		p.totals(out)
	} else if page.count == 0 {
		page.total = -1
	}
	if slot := p.pl.next; slot >= 0 {
		if page.next = out[slot].String(); out[slot].Shape == jsonscan.False { // that is: none
			page.next = ""
		}
	}
	if slot := p.pl.last; slot >= 0 && !out[slot].Empty() {
		page.last = no
		if out[slot].String() == p.pl.Paging.Last.Value {
			page.last = yes
		}
	}
	return p.flush()
}

func appendHex(dst []byte, n uint64) []byte {
	const digits = "0123456789abcdef"
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, digits[n>>shift&15])
	}
	return dst
}
