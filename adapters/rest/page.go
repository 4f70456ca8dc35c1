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
	"iocgateway/canonical/vntext"
)

// sheet is a page taken apart.
type sheet struct {
	raws    []canonical.Raw
	sights  []sight // one per Raw
	refused []adapters.Refused
	rows    int // records and refused
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

// reading is the work of taking one page apart.
type reading struct {
	pl    *plan
	kind  canonical.Kind
	limit time.Time // changes after it are in the future
	sh    *sheet
	text  []byte // keys and versions of all rows, cut into strings at the end
	cut   []cut
	prev  time.Time
}

type cut struct{ key, version, end int }

// read takes a page apart. The order of judgement: broken, told as failure,
// no list, then the records.
func (pl *plan) read(kind canonical.Kind, body []byte, size int, now time.Time) (*sheet, error) {
	rd := &reading{pl: pl, kind: kind, limit: now, sh: &sheet{total: -1, pages: -1, sorted: true, raws: make([]canonical.Raw, 0, min(size, 1000)),
		sights: make([]sight, 0, min(size, 1000))}, text: make([]byte, 0, 48*min(size, 1000)), cut: make([]cut, 0, min(size, 1000))}
	s := &scanner{b: body, out: make([]value, pl.envSlots), cells: make([]value, pl.recSlots), rec: pl.rec, one: pl.Records.Single, row: rd.row}
	scan := s.whole
	if pl.xml {
		scan = s.wholeXML
	}
	if len(body) == 0 {
		return nil, canonical.Retry(&canonical.Problem{Code: "GW-S012", Err: errors.New("an empty body")}, 0)
	}
	if err := scan(pl.env); err != nil {
		if errors.Is(err, errMany) { // nothing is lost: a person asks for smaller pages
			return nil, canonical.Halt(&canonical.Problem{Code: "GW-S033", Path: pl.Records.Path, Want: itoa(adapters.MaxRecords)})
		}
		code := "GW-S012"
		if errors.Is(err, errCut) {
			code = "GW-S008"
		}
		return nil, canonical.Retry(&canonical.Problem{Code: code, Path: pl.Records.Path, Value: "byte " + strconv.Itoa(s.i), Err: err}, 0)
	}
	empty, err := pl.judge(s.out)
	if err != nil {
		return nil, err
	}
	if !s.found && !empty && pl.Records.Missing != "empty" {
		return nil, canonical.Retry(&canonical.Problem{Code: "GW-S014", Path: pl.Records.Path}, 0)
	}
	rd.finish(s.out)
	return rd.sh, nil
}

// judge applies what the profile says of failure and success.
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
			return false, canonical.Halt(p)
		case "empty":
			return true, nil
		}
		return false, canonical.Retry(p, 0)
	}
	for _, c := range pl.success {
		if !c.holds(out) {
			return false, canonical.Retry(pl.failure(c.want(), out), 0)
		}
	}
	return false, nil
}

func (pl *plan) failure(want string, out []value) *canonical.Problem {
	p := &canonical.Problem{Code: "GW-S013", Want: want}
	if pl.message >= 0 {
		p.Value = canonical.ShortValue(maskDigits(vntext.Clean(out[pl.message].text())))
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
func (rd *reading) row(payload []byte, s *scanner) error {
	if rd.sh.rows == adapters.MaxRecords {
		return errMany
	}
	rd.sh.rows++
	from := len(rd.text)
	for i, slot := range rd.pl.key {
		if i > 0 {
			rd.text = append(rd.text, rd.join()...)
		}
		before := len(rd.text)
		if v := s.cells[slot]; !v.empty() && v.kind != '{' && v.kind != '[' {
			rd.text = v.appendKey(rd.text)
			if rd.pl.Records.Whole {
				rd.text = appendWhole(rd.text[:before], rd.text[before:])
			}
		}
		if len(rd.text) == before || len(rd.text)-from > maxKey {
			rd.text = rd.text[:from]
			rd.refuse(payload, rd.pl.Records.Key[i])
			return nil
		}
	}
	if rd.sh.rows == 1 && rd.pl.Paging.InRows {
		rd.totals(s.cells)
	}
	content := rd.content(payload, s)
	raw := canonical.Raw{Kind: rd.kind, At: rd.changed(s.cells), Payload: payload}
	if rd.pl.xml {
		raw.Media = canonical.MediaXML
	}
	if rd.pl.gone != nil {
		raw.Gone = rd.pl.gone.holds(s.cells)
	}
	c := cut{key: from, version: len(rd.text)}
	key := xxhash.Sum64(rd.text[from:])
	if slot := rd.pl.version; slot >= 0 {
		rd.text = append(rd.text, s.cells[slot].text()...)
	} else {
		rd.text = appendHex(rd.text, content)
	}
	c.end = len(rd.text)
	rd.cut = append(rd.cut, c)
	rd.sh.raws = append(rd.sh.raws, raw)
	rd.sh.sights = append(rd.sh.sights, sight{key, content, raw.At.Unix()})
	rd.sh.print = rd.sh.print*0x9e3779b97f4a7c15 + (key ^ content>>1)
	return nil
}

const maxKey = 512

var errMany = errors.New("too many records in one answer")

// content is the hash of what counts as the record's content: its bytes
// without the members that change with every asking.
func (rd *reading) content(payload []byte, s *scanner) uint64 {
	if len(rd.pl.volatile) == 0 {
		return xxhash.Sum64(payload)
	}
	var spans [16][2]int
	n := 0
	for _, slot := range rd.pl.volatile {
		if v := s.cells[slot]; len(v.raw) > 0 && n < len(spans) {
			from := v.at - s.start
			spans[n] = [2]int{from, from + len(v.raw)}
			n++
		}
	}
	slices.SortFunc(spans[:n], func(a, b [2]int) int { return a[0] - b[0] })
	h, at := uint64(0), 0
	for _, span := range spans[:n] {
		if span[0] >= at && span[1] <= len(payload) {
			h = h*0x9e3779b97f4a7c15 + xxhash.Sum64(payload[at:span[0]])
			at = span[1]
		}
	}
	return h*0x9e3779b97f4a7c15 + xxhash.Sum64(payload[at:])
}

func (rd *reading) join() string {
	if rd.pl.Records.Join == "" {
		return "|"
	}
	return rd.pl.Records.Join
}

// refuse holds a record without a key, under a key made of its content.
func (rd *reading) refuse(payload []byte, path string) {
	content := xxhash.Sum64(payload)
	key := "no-key-" + string(appendHex(nil, content))
	raw := canonical.Raw{Kind: rd.kind, Key: key, Version: key[len("no-key-"):], Payload: payload}
	if rd.pl.xml {
		raw.Media = canonical.MediaXML
	}
	rd.sh.refused = append(rd.sh.refused, adapters.Refused{Raw: raw, Problem: canonical.Problem{Code: "GW-S023", Path: path}})
	rd.sh.print = rd.sh.print*0x9e3779b97f4a7c15 + content
}

// changed is the latest of the record's times of change. One that is further
// ahead than a clock can be wrong is kept on the Raw and moves no watermark.
func (rd *reading) changed(cells []value) time.Time {
	var latest time.Time
	for _, slot := range rd.pl.at {
		v := cells[slot]
		if v.empty() {
			continue
		}
		for i := range rd.pl.layouts {
			t, _, _, err := rd.pl.layouts[i].Parse(v.raw, rd.pl.zone)
			if err == nil {
				if t.After(latest) {
					latest = t
				}
				break
			}
		}
	}
	sh := rd.sh
	switch {
	case len(rd.pl.at) == 0:
	case latest.IsZero():
		sh.undated++
		sh.sorted = false
	case latest.After(rd.limit):
		sh.future++
		sh.sorted = false
	default:
		if !rd.prev.IsZero() && latest.After(rd.prev) {
			sh.sorted = false
		}
		rd.prev = latest
		if latest.After(sh.newest) {
			sh.newest = latest
		}
		if sh.oldest.IsZero() || latest.Before(sh.oldest) {
			sh.oldest = latest
		}
	}
	return latest
}

func (rd *reading) totals(from []value) {
	if slot := rd.pl.total; slot >= 0 {
		rd.sh.total = from[slot].integer()
	}
	if slot := rd.pl.pages; slot >= 0 {
		rd.sh.pages = from[slot].integer()
	}
}

func (rd *reading) finish(out []value) {
	text, sh := string(rd.text), rd.sh
	for i, c := range rd.cut {
		sh.raws[i].Key, sh.raws[i].Version = text[c.key:c.version], text[c.version:c.end]
	}
	if !rd.pl.Paging.InRows {
		rd.totals(out)
	} else if sh.rows == 0 {
		sh.total = -1
	}
	if slot := rd.pl.next; slot >= 0 {
		sh.next = out[slot].text()
	}
	if slot := rd.pl.last; slot >= 0 && !out[slot].empty() {
		sh.last = no
		if out[slot].text() == rd.pl.Paging.Last.Value {
			sh.last = yes
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
