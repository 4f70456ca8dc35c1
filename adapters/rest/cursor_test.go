package rest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

// forgetful is a source whose page cursors live as long as it likes.
type forgetful struct {
	born, rows int
	status     int
	dies       func(offset int) bool // asked with each cursor
}

func (f *forgetful) answer(w http.ResponseWriter, r *http.Request) {
	at := 0
	if c := r.URL.Query().Get("c"); c != "" {
		born, offset, _ := strings.Cut(c, "-")
		at, _ = strconv.Atoi(offset)
		if f.dies != nil && f.dies(at) {
			f.born++
		}
		if born != strconv.Itoa(f.born) {
			http.Error(w, `{"error":"expired"}`, f.status)
			return
		}
	}
	next := ""
	if at+2 < f.rows {
		next = fmt.Sprintf("%d-%d", f.born, at+2)
		w.Header().Set("Link", fmt.Sprintf("</api/l?c=%s>; rel=next", next))
	}
	link := "null"
	if next != "" {
		link = strconv.Quote("?c=" + next)
	}
	var rows []string
	for i := at; i < min(at+2, f.rows); i++ {
		rows = append(rows, fmt.Sprintf(`{"id":%d,"t":%d}`, i, 1767000000+i))
	}
	_, _ = fmt.Fprintf(w, `{"cursor":%q,"next":%s,"n":%d,"d":[%s]}`, next, link, f.rows, strings.Join(rows, ","))
}

// RoundTrip is http.RoundTripper's.
func (f *forgetful) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	f.answer(w, r)
	return w.Result(), nil
}

const forgetfulHead = "url: http://source.test/api\npage_size: 2\nwire:\n  profile: x\n  vi: x\n  en: x\n  evidence: assumed\n  kind: dossier\n"

func forgetfulWires() map[string]string {
	const records = "  records: {path: d, key: id, at: {path: t, layouts: [epoch]}}\n  sweep: {every: 1d, complete: true}\n"
	const since = records + "  watermark: {kind: since, format: epoch, overlap: 1s}\n"
	request := "  request: {path: /l, query: {c: \"{cursor}\", f: \"{from}\"}}\n"
	return map[string]string{
		"cursor":  request + "  paging: {kind: cursor, next: cursor, total: n}\n" + records + "  watermark: {kind: none}\n",
		"next":    "  request: {path: /l}\n  paging: {kind: next, next: next}\n" + since,
		"link":    "  request: {path: /l}\n  paging: {kind: link}\n" + records + "  watermark: {kind: walk-desc}\n",
		"windows": request + "  paging: {kind: cursor, next: cursor}\n" + records + "  watermark: {kind: window, format: epoch, history: 5d, chunk: 31d}\n",
	}
}

func TestACursorThatDiesBeginsTheWalkAgain(t *testing.T) {
	for kind, wire := range forgetfulWires() {
		for _, status := range []int{400, 404, 410, 422} {
			for name, restarted := range map[string]bool{"in a walk": false, "in a checkpoint": true} {
				t.Run(fmt.Sprint(kind, " ", status, " ", name), func(t *testing.T) {
					died := false
					f := &forgetful{rows: 9, status: status}
					f.dies = func(offset int) bool {
						dies := offset == 4 && !died
						died = died || dies
						return dies
					}
					open := func() adapters.Source {
						src, err := openOver(t, &http.Client{Transport: f}, func() time.Time { return shiftNow }, forgetfulHead+wire)
						if err != nil {
							t.Fatal(err)
						}
						return src
					}
					src, got, codes := open(), map[string]bool{}, []string{}
					var at canonical.Checkpoint
					for pages := 0; pages < 40; pages++ {
						p, err := src.Pull(context.Background(), at)
						if err != nil {
							t.Fatalf("page %d: %v", pages, err)
						}
						for _, r := range p.Records {
							got[r.Key] = true
						}
						codes = append(codes, notesOf([]adapters.Page{p})...)
						if at = p.Next; !p.More {
							break
						}
						if restarted && pages == 1 {
							src = open()
						}
					}
					if len(got) != 9 || !slices.Contains(codes, "GW-S036") {
						t.Errorf("%d of 9 rows, notes %v", len(got), codes)
					}
				})
			}
		}
	}
}

// A source that takes none of its own cursors is no walk that begins again for
// ever: it is an error, and after a while it is tried once more.
func TestCursorsThatNeverLive(t *testing.T) {
	f := &forgetful{rows: 9, status: 400, dies: func(int) bool { return true }}
	now := shiftNow
	src, err := openOver(t, &http.Client{Transport: f}, func() time.Time { return now }, forgetfulHead+forgetfulWires()["cursor"])
	if err != nil {
		t.Fatal(err)
	}
	var at canonical.Checkpoint
	fails := func() int {
		for n := range 20 {
			p, err := src.Pull(context.Background(), at)
			if found, ok := problem.As(err); ok && found.Code == "GW-S005" {
				return n
			}
			if err != nil || !p.More {
				t.Fatal(err)
			}
			at = p.Next
		}
		t.Fatal("it begins again for ever")
		return 0
	}
	if n := fails(); n != 3 { // a page, again, a page
		t.Errorf("%d pages before the error", n)
	}
	if n := fails(); n != 0 {
		t.Errorf("asked at once %d pages", n)
	}
	now = now.Add(deadAgain)
	if n := fails(); n == 0 {
		t.Error("it is never tried again")
	}
	f.dies = nil
	now = now.Add(deadAgain)
	if got, _, _ := walkAll(t, src, at); len(got) != 9 {
		t.Errorf("%d rows once its cursors live", len(got))
	}
}

// A cursor that is dead in other words is doubted the third time, and only
// where the walk's beginning is answered: a source that is down is not.
func TestCursorsThatDieWithoutARefusal(t *testing.T) {
	for name, c := range map[string]struct {
		down bool
		want string
	}{"the beginning is answered": {false, "GW-S036"}, "nothing is": {true, ""}} {
		t.Run(name, func(t *testing.T) {
			asked, dead := 0, false
			src, _ := serve(t, "  request: {path: /l, query: {c: \"{cursor}\"}}\n  paging: {kind: cursor, next: next}\n  records: {path: d, key: id}\n"+
				"  watermark: {kind: none}\n", func(w http.ResponseWriter, r *http.Request) {
				if asked++; dead && (c.down || r.URL.Query().Get("c") != "") {
					_, _ = fmt.Fprint(w, `{"error":"the search is over"}`)
					return
				}
				_, _ = fmt.Fprint(w, `{"d":[{"id":1}],"next":"x"}`)
			})
			p, err := src.Pull(context.Background(), nil)
			if err != nil {
				t.Fatal(err)
			}
			dead = true
			for n := range 4 {
				again, err := src.Pull(context.Background(), p.Next)
				if begun := strings.Join(notesOf([]adapters.Page{again}), " "); n == deadAfter-1 && begun != c.want || n != deadAfter-1 && err == nil {
					t.Fatalf("time %d: %q, want %q: %v", n, begun, c.want, err)
				}
				if err == nil {
					return
				}
			}
		})
	}
}

// A refusal of what has no cursor in it is what it always was.
func TestARefusalIsNoDeadCursor(t *testing.T) {
	src, _ := serve(t, byPage+proving, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("p") == "1" {
			http.Error(w, "{}", http.StatusBadRequest)
			return
		}
		_, _ = fmt.Fprintf(w, `{"n":5,"d":%s}`, ids(0, 2))
	})
	p, err := src.Pull(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = src.Pull(context.Background(), p.Next); !problem.Has(err, problem.Refused) {
		t.Errorf("got %v", err)
	}
}
