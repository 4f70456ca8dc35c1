package statistics_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
	"iocgateway/adapters/statistics/statisticssim"
	"iocgateway/canonical/problem"
)

// office is a simulated statistics office behind a server that counts.
type office struct {
	url    string
	faults *simkit.Faults
	calls  atomic.Int64
}

func newOffice(t *testing.T, opt statisticssim.Options) *office {
	t.Helper()
	start := time.Date(2026, 11, 23, 9, 0, 0, 0, city.Zone())
	clock := simkit.NewClock(start, 0)
	o := &office{faults: simkit.NewFaults(clock, 1)}
	sim := statisticssim.New(city.New(1, start, city.Sizes{Dossiers: 5, Feedback: 5, Calls: 5, Documents: 5, Tasks: 5}), clock, o.faults, opt)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.calls.Add(1)
		sim.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	o.url = srv.URL
	return o
}

func (o *office) v1(topic int) string {
	tp := city.Topics()[topic]
	return fmt.Sprintf("profile: pxweb-v1\npxweb: {url: '%s/pxweb/api/v1/vi', calls: -1, table: '%s/%s.px'}\n", o.url, tp.Folder, tp.Table)
}

func (o *office) v2(topic int) string {
	return fmt.Sprintf("profile: pxweb-v2\ntable: T\npxweb: {url: '%s/api/v2', calls: -1, table: TAB%03d}\n", o.url, topic+1)
}

func TestPXWebBothVersionsGiveTheSameTable(t *testing.T) {
	o := newOffice(t, statisticssim.Options{MaxCalls: -1, MaxCells: 300})
	for topic := range city.Topics() {
		one, two := walk(t, open(t, o.v1(topic), "")), walk(t, open(t, o.v2(topic), ""))
		a, b := byKey(t, one), byKey(t, two)
		if len(a) < 20 || len(a) != len(b) {
			t.Fatalf("topic %d: %d cells through version 1, %d through version 2", topic, len(a), len(b))
		}
		values := map[string]int{}
		for _, c := range a {
			values[c.value()+c.Period.Start]++
			if c.Period.Freq == "" {
				t.Fatalf("period not understood: %s", c.raw.Payload)
			}
		}
		for _, c := range b {
			values[c.value()+c.Period.Start]--
		}
		for value, n := range values {
			if n != 0 {
				t.Errorf("topic %d: value %q stands %d times more in version 1", topic, value, n)
			}
		}
		if s := proof(one); s == nil || s.KeyPrefix != city.Topics()[topic].Table+"|" {
			t.Errorf("topic %d proved %v", topic, s)
		}
		if len(one) < 2 && len(a) > 300 {
			t.Errorf("topic %d: %d cells in one question", topic, len(a))
		}
	}
}

func TestPXWebPositionsMayShift(t *testing.T) {
	o := newOffice(t, statisticssim.Options{MaxCalls: -1})
	before := byKey(t, walk(t, open(t, o.v1(5), "")))
	if err := o.faults.Parse("shift"); err != nil {
		t.Fatal(err)
	}
	after := byKey(t, walk(t, open(t, o.v1(5), "")))
	if len(after) <= len(before) {
		t.Fatalf("%d cells before, %d after a year was inserted", len(before), len(after))
	}
	for key, c := range before {
		if string(after[key].raw.Payload) != string(c.raw.Payload) {
			t.Fatalf("%s changed only because positions did:\n%s\n%s", key, c.raw.Payload, after[key].raw.Payload)
		}
	}
}

func TestPXWebResumesAnywhere(t *testing.T) {
	o := newOffice(t, statisticssim.Options{MaxCalls: -1, MaxCells: 200})
	whole := walk(t, open(t, o.v2(4), ""))
	if len(whole) < 4 {
		t.Fatalf("only %d pages", len(whole))
	}
	for i := range whole[:len(whole)-1] {
		rest, err := walkFrom(open(t, o.v2(4), ""), whole[i].Next)
		if err != nil {
			t.Fatal(err)
		}
		end, again := cutWalk(rest)
		if len(end) != len(whole)-i-1 || len(again) != len(whole) || proof(end) != nil || proof(again) == nil {
			t.Fatalf("from page %d: %d pages more, want %d; then %d", i, len(end), len(whole)-i-1, len(again))
		}
		for j, page := range rest {
			want := whole[(i+1+j)%len(whole)]
			if len(page.Records) != len(want.Records) || string(page.Records[0].Payload) != string(want.Records[0].Payload) ||
				page.Start != want.Start {
				t.Fatalf("from page %d: page %d differs", i, j)
			}
		}
	}
}

// TestPXWebDoubts: what a server says beside its data makes a part of them, and
// is said as long as the table stands as it is.
func TestPXWebDoubts(t *testing.T) {
	o := newOffice(t, statisticssim.Options{MaxCalls: -1})
	warned := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		res, err := http.Get(o.url + r.URL.RequestURI())
		if err != nil {
			t.Error(err)
			return
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		if strings.Contains(r.URL.Path, "/data") {
			body = bytes.Replace(body, []byte("{"), []byte(`{"warning":{"status":413,"label":"a part only"},`), 1)
		}
		_, _ = w.Write(body)
	}))
	defer warned.Close()
	for settings, doubts := range map[string]int{"": 1, "footers: ['413']\n": 0} {
		source := open(t, strings.ReplaceAll(o.v2(0), o.url, warned.URL)+settings, "")
		pages := walk(t, source)
		last := pages[len(pages)-1]
		if idle, err := source.Pull(context.Background(), last.Next); err != nil || len(idle.Notes) != doubts {
			t.Errorf("%q: idle: %v, %v", settings, idle.Notes, err)
		}
		if len(last.Notes) != doubts || (proof(pages) == nil) != (doubts > 0) || len(byKey(t, pages)) < 20 {
			t.Errorf("%q: notes %v, proved %v", settings, last.Notes, proof(pages))
		}
	}
}

func TestPXWebIdleIsCheap(t *testing.T) {
	o := newOffice(t, statisticssim.Options{MaxCalls: -1})
	source := open(t, o.v2(0), "")
	pages := walk(t, source)
	last, before := pages[len(pages)-1].Next, o.calls.Load()
	page, err := source.Pull(context.Background(), last)
	if err != nil || page.More || len(page.Records) > 0 || !bytes.Equal(page.Next, last) {
		t.Fatalf("idle: %d records, %v, next %s", len(page.Records), err, page.Next)
	}
	if n := o.calls.Load() - before; n > 1 {
		t.Errorf("idle took %d requests", n)
	}
}

func TestPXWebLearnsThatQuestionsAreTooLarge(t *testing.T) {
	o := newOffice(t, statisticssim.Options{MaxCalls: -1, MaxCells: 37})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/config") { // a server that does not give its limit
			http.NotFound(w, r)
			return
		}
		proxy(w, r, o.url)
	}))
	defer srv.Close()
	yaml := strings.ReplaceAll(o.v2(2), o.url, srv.URL)
	if got, want := len(byKey(t, walk(t, open(t, yaml, "")))), len(byKey(t, walk(t, open(t, o.v2(2), "")))); got != want || got == 0 {
		t.Errorf("%d cells, want %d", got, want)
	}
}

// An answer beyond what is taken in at once is asked for in halves; one that is
// long all the same is set aside and read.
func TestPXWebLongAnswers(t *testing.T) {
	o := newOffice(t, statisticssim.Options{MaxCalls: -1, MaxCells: 1000})
	var refused atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sizes := &sizer{ResponseWriter: w}
		proxy(sizes, r, o.url)
		blanks := 2 << 20
		if strings.HasSuffix(r.URL.Path, "/data") && sizes.n > 4000 {
			blanks = 17 << 20
			refused.Add(1)
		}
		_, _ = w.Write(bytes.Repeat([]byte{' '}, blanks))
	}))
	defer srv.Close()
	yaml := strings.ReplaceAll(o.v2(4), o.url, srv.URL)
	got, want := byKey(t, walk(t, open(t, yaml, ""))), byKey(t, walk(t, open(t, o.v2(4), "")))
	if len(got) != len(want) || len(got) == 0 || refused.Load() == 0 {
		t.Errorf("%d cells, want %d; %d answers were too long", len(got), len(want), refused.Load())
	}
}

// sizer counts what is written.
type sizer struct {
	http.ResponseWriter
	n int
}

func (s *sizer) Write(b []byte) (int, error) {
	s.n += len(b)
	return s.ResponseWriter.Write(b)
}

func proxy(w http.ResponseWriter, r *http.Request, to string) {
	req, _ := http.NewRequestWithContext(r.Context(), r.Method, to+r.URL.RequestURI(), r.Body)
	req.Header = r.Header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer res.Body.Close()
	w.WriteHeader(res.StatusCode)
	var body bytes.Buffer
	_, _ = body.ReadFrom(res.Body)
	_, _ = w.Write(body.Bytes())
}

func TestPXWebSelection(t *testing.T) {
	o := newOffice(t, statisticssim.Options{MaxCalls: -1})
	all := byKey(t, walk(t, open(t, o.v1(4), "")))
	pages := walk(t, open(t, o.v1(4), "pxweb: {select: {'Năm': ['top:2']}}"))
	some := byKey(t, pages)
	if len(some) == 0 || len(some) >= len(all) || proof(pages) != nil {
		t.Errorf("%d of %d cells; proved %v", len(some), len(all), proof(pages))
	}
	_, err := walkFrom(open(t, o.v1(4), "pxweb: {select: {'Nam ngoai': ['2024']}}"), nil)
	p, ok := problem.As(err)
	if class, _ := problem.Class(err); !ok || p.Code != "GW-D034" || class != problem.FaultHalt {
		t.Errorf("an unknown variable: %v", err)
	}
}

func TestPXWebFailures(t *testing.T) {
	o := newOffice(t, statisticssim.Options{MaxCalls: -1})
	for fault, code := range map[string]string{"nocontent": "GW-D038", "nonjson": "GW-D038", "429": "GW-D004"} {
		if err := o.faults.Parse(fault); err != nil {
			t.Fatal(err)
		}
		_, err := walkFrom(open(t, o.v2(0), ""), nil)
		p, ok := problem.As(err)
		if !ok || p.Code != code && p.Code != "GW-D031" {
			t.Errorf("%s: %v, want %s", fault, err, code)
		}
		if class, _ := problem.Class(err); class != problem.FaultRetry {
			t.Errorf("%s: class %v: it passes by itself", fault, class)
		}
	}
}

func TestPXWebSettings(t *testing.T) {
	for yaml, want := range map[string]string{
		"profile: pxweb-v3\n": "GW-C005", "profile: pxweb-v1\npxweb: {url: ftp://x, table: t}\n": "pxweb.url",
		"profile: pxweb-v2\npxweb: {url: 'http://x'}\n": "pxweb.table", "format: px\n": "place", "format: pxx\nplace: {folder: x}\n": "GW-C005",
	} {
		if _, err := tryOpen(yaml, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", yaml, err, want)
		}
	}
}
