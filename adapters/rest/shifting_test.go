package rest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
)

// shifting is a source whose rows move between two pages.
type shifting struct {
	mu       sync.Mutex
	rows     []shiftRow // in the order it lists them
	desc     bool       // newest first
	totals   bool
	next     int
	claims   int   // the total it gives, where that is not what it lists
	from, to int64 // what was asked for last
	pages    int   // answers given
}

type shiftRow struct {
	id int
	at int64
}

const (
	shiftRows = 20
	shiftPage = 3
	shiftDay  = 24 * 60 * 60
)

var shiftNow = time.Date(2026, 1, 10, 9, 0, 0, 0, time.UTC)

func newShifting(desc, totals bool, rows int) *shifting {
	s := &shifting{desc: desc, totals: totals, next: rows, to: 1 << 40}
	for i := range rows {
		// Half of them two days later: where windows are read, in the next one.
		s.rows = append(s.rows, shiftRow{i, shiftNow.Unix() - 6*shiftDay + int64(2*i/rows)*2*shiftDay + int64(i)*60})
	}
	if desc {
		slices.Reverse(s.rows)
	}
	return s
}

// asked is where in the list the rows of the last question are.
func (s *shifting) asked() (first, end int) {
	first = slices.IndexFunc(s.rows, s.inside)
	if first < 0 {
		return 0, 0
	}
	for end = first; end < len(s.rows) && s.inside(s.rows[end]); end++ {
		continue
	}
	return first, end
}

func (s *shifting) inside(r shiftRow) bool { return r.at >= s.from && r.at <= s.to }

// shift takes the first row away and adds one at the end: the total stays,
// and every row between moves one place forward.
func (s *shifting) shift() {
	s.mu.Lock()
	defer s.mu.Unlock()
	first, end := s.asked()
	if end == first {
		return
	}
	last := s.rows[end-1]
	last.id, last.at = s.next, last.at+1
	if s.desc {
		last.at -= 2
	}
	s.next++
	s.rows = slices.Delete(slices.Insert(s.rows, end, last), first, first+1)
}

func (s *shifting) list() []shiftRow {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.rows)
}

// move takes the first row to the end, as a change does where the newest is
// listed last.
func (s *shifting) move() {
	s.mu.Lock()
	defer s.mu.Unlock()
	first, last := s.rows[0], s.rows[len(s.rows)-1]
	first.at = last.at + 1
	s.rows = append(slices.Clone(s.rows[1:]), first)
}

// touch changes every row, in the order they are in.
func (s *shifting) touch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.rows {
		s.rows[i].at += 3 * shiftDay
	}
}

// RoundTrip is http.RoundTripper's: these tests open thousands of Sources, and
// a socket for each is what they would wait for.
func (s *shifting) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	s.answer(w, r)
	return w.Result(), nil
}

func (s *shifting) answer(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages++
	q := r.URL.Query()
	number := func(name string, otherwise int64) int64 {
		n, err := strconv.ParseInt(q.Get(name), 10, 64)
		if err != nil {
			return otherwise
		}
		return n
	}
	s.from, s.to = max(number("s", 0), number("f", 0)), number("t", 1<<40)
	first, end := s.asked()
	rows := s.rows[first:end]
	at := int(number("p", 0)*shiftPage + number("o", 0))
	at = min(at, len(rows))
	page := rows[at:min(at+shiftPage, len(rows))]
	follows := ""
	if at+len(page) < len(rows) {
		follows = strconv.Itoa(at + len(page))
		w.Header().Set("Link", fmt.Sprintf("</api/l?o=%s>; rel=%q", follows, "next"))
	}
	var items []string
	for _, x := range page {
		items = append(items, fmt.Sprintf(`{"id":%d,"t":%d}`, x.id, x.at))
	}
	total := ""
	if s.totals {
		total = fmt.Sprintf(`"n":%d,`, max(len(rows), s.claims))
	}
	link := "null"
	if follows != "" {
		link = fmt.Sprintf(`"?o=%s"`, follows)
	}
	_, _ = fmt.Fprintf(w, `{%s"cursor":%q,"next":%s,"d":[%s]}`, total, follows, link, strings.Join(items, ","))
}

// shiftRequests are the kinds of paging, each asking the same source.
func shiftRequests() map[string]string {
	request := func(more string) string {
		return `  request: {path: /l, query: {s: "{since}", f: "{from}", t: "{to}"` + more + "}}\n"
	}
	return map[string]string{
		"page":   request(`, p: "{page}"`) + "  paging: {kind: page, total: n}\n",
		"offset": request(`, o: "{offset}"`) + "  paging: {kind: offset, total: n}\n",
		"cursor": request(`, o: "{cursor}"`) + "  paging: {kind: cursor, next: cursor, total: n}\n",
		"next":   "  request: {path: /l, query: {s: \"{since}\"}}\n  paging: {kind: next, next: next, total: n}\n",
		"link":   "  request: {path: /l, query: {s: \"{since}\"}}\n  paging: {kind: link, total: n}\n",
	}
}

// shiftWatermarks are the ways to read changes; sweeps prove removals.
func shiftWatermarks() map[string]string {
	const records = "  records: {path: d, key: id, at: {path: t, layouts: [epoch]}}\n  sweep: {every: 1d, complete: true, plenty: 1000}\n"
	return map[string]string{
		"none":      records + "  watermark: {kind: none}\n",
		"since":     records + "  watermark: {kind: since, format: epoch, overlap: 1s}\n",
		"walk-desc": records + "  watermark: {kind: walk-desc, overlap: 1s}\n",
		"window":    records + "  watermark: {kind: window, format: epoch, chunk: 2d, reread: 12d, history: 7d}\n",
	}
}

// shiftReader is a faithful reader of a stream, over as many processes as it
// takes.
type shiftReader struct {
	t       *testing.T
	from    *shifting
	now     time.Time
	open    func() adapters.Source
	src     adapters.Source
	at      canonical.Checkpoint
	got     map[string]int64
	listed  map[string]bool
	notes   []string
	proofs  int
	records int
	unnamed map[int]bool // rows of the source that the last proof did not name
	slid    bool         // there were some
}

func newShiftReader(t *testing.T, s *shifting, wire string) *shiftReader {
	t.Helper()
	r := &shiftReader{t: t, from: s, now: shiftNow, got: map[string]int64{}}
	text := fmt.Sprintf("url: http://source.test/api\npage_size: %d\nwire:\n  profile: x\n  vi: x\n  en: x\n", shiftPage) +
		"  evidence: assumed\n  kind: dossier\n" + wire
	r.open = func() adapters.Source {
		src, err := openOver(t, &http.Client{Transport: s}, func() time.Time { return r.now }, text)
		if err != nil {
			t.Fatal(err)
		}
		return src
	}
	r.src = r.open()
	return r
}

// pull commits one page.
func (r *shiftReader) pull() (more bool) {
	r.t.Helper()
	p, err := r.src.Pull(context.Background(), r.at)
	if err != nil {
		r.t.Fatal(err)
	}
	if p.More && string(p.Next) == string(r.at) {
		r.t.Fatal("more, and no progress")
	}
	if p.Start {
		r.listed = map[string]bool{}
	}
	for _, raw := range p.Records {
		r.got[raw.Key] = raw.At.Unix()
		r.records++
		if r.listed != nil {
			r.listed[raw.Key] = true
		}
	}
	for _, n := range p.Notes {
		r.notes = append(r.notes, n.Code)
	}
	if p.Complete != nil && r.listed == nil {
		r.t.Error("proved by a process that did not see the walk's beginning")
	}
	if p.Complete != nil {
		r.proofs++
		r.from.mu.Lock()
		defer r.from.mu.Unlock()
		unnamed := map[int]bool{}
		for _, x := range r.from.rows {
			at, scope := time.Unix(x.at, 0), p.Complete
			inside := !at.Before(scope.From) && (scope.To.IsZero() || at.Before(scope.To))
			if !inside || r.listed[strconv.Itoa(x.id)] {
				continue
			}
			unnamed[x.id] = true
			if !scope.Paged || r.unnamed[x.id] {
				r.t.Errorf("row %d would be taken for removed", x.id)
			}
		}
		r.slid = r.slid || len(unnamed) > 0
		r.unnamed = unnamed
	}
	r.at = p.Next
	return p.More
}

// cut is kill -9 and a restart.
func (r *shiftReader) cut() { r.src, r.listed = r.open(), nil }

// end walks to the walk's end and gives the number of pages it took.
func (r *shiftReader) end() int {
	r.t.Helper()
	for n := 1; n < 200; n++ {
		if !r.pull() {
			return n
		}
	}
	r.t.Fatal("no end after 200 pages")
	return 0
}

// whole counts what arrived against what the source had, and still has.
func (r *shiftReader) whole(when string, must []shiftRow) {
	r.t.Helper()
	still := r.from.list()
	for _, x := range must {
		if at, ok := r.got[strconv.Itoa(x.id)]; slices.Contains(still, x) && at != x.at {
			r.t.Errorf("%s: row %d is lost (known %v, as of %d, the source has %d)", when, x.id, ok, at, x.at)
		}
	}
}

// shiftWalks brings a reader to the beginning of a walk of a kind.
func shiftWalks() map[string]func(r *shiftReader) {
	return map[string]func(r *shiftReader){
		"first": func(*shiftReader) {},
		"delta": func(r *shiftReader) {
			r.end()
			r.from.touch()
		},
		"sweep": func(r *shiftReader) {
			r.end()
			r.now = r.now.Add(25 * time.Hour)
			r.from.touch()
		},
	}
}

// everyWalk runs fn for each kind of paging, watermark and walk, with and
// without totals.
func everyWalk(t *testing.T, fn func(t *testing.T, begin func(t *testing.T) *shiftReader)) {
	t.Helper()
	for paging, request := range shiftRequests() {
		for mark, records := range shiftWatermarks() {
			if mark == "window" && (paging == "next" || paging == "link") {
				continue // their address has no window in it
			}
			for kind, prepare := range shiftWalks() {
				for _, totals := range []bool{true, false} {
					t.Run(fmt.Sprintf("%s/%s/%s/totals=%v", paging, mark, kind, totals), func(t *testing.T) {
						fn(t, func(t *testing.T) *shiftReader {
							t.Helper()
							r := newShiftReader(t, newShifting(mark == "walk-desc", totals, shiftRows), request+records)
							prepare(r)
							return r
						})
					})
				}
			}
		}
	}
}
