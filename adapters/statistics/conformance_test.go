package statistics_test

import (
	"context"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/adaptertest"
	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
	"iocgateway/adapters/statistics"
	"iocgateway/adapters/statistics/statisticssim"
	"iocgateway/adapters/tabular"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

// wire is one way the office gives its tables out.
type wire struct {
	prefix   string // of the simulator's paths below which the stream asks
	settings string
	labels   bool // keys are made of labels, not of codes
	order    string
	missing  bool // a cell that is gone stays in the table, without a value
}

// wires: the same table of the same office in every form it has. order is
// that of the key's parts: area, indicator, period, and constants.
func wires() map[string]wire {
	file := func(path, query string) wire {
		if query != "" {
			path += "?" + query
		}
		return wire{prefix: path, settings: "table: T\ncomplete: file\nplace: {max_mb: 4, url: ['${env:URL}']}\n"}
	}
	with := func(w wire, order string, missing bool) wire {
		w.order, w.missing = order, missing
		return w
	}
	live := func(prefix, profile, table, answer string) wire {
		return wire{prefix: prefix, missing: true,
			settings: "profile: " + profile + "\ntable: T\npxweb: {url: '${env:URL}', max_cells: 60, table: '" + table + "'" + answer + "}\n"}
	}
	v1 := with(live("/pxweb/api/v1/vi", "pxweb-v1", "Thương mại và giá cả/V08.01.px", ""), "A|I|P", true)
	v1px := with(live("/pxweb/api/v1/vi", "pxweb-v1", "Thương mại và giá cả/V08.01.px", ", answer: px"), "A|I|P", true)
	v1.labels, v1px.labels = true, true
	return map[string]wire{
		"pxweb-v1":    v1,
		"pxweb-v1-px": v1px,
		"pxweb-v2":    with(live("/api/v2", "pxweb-v2", "TAB001", ""), "A|I|P", true),
		"sdmx-ml":     with(file("/SDMXFiles/GSO/CPIQNI.xml", ""), "_Z|CPI|M|I|A|P", false),
		"sdmx-json":   with(file("/SDMXFiles/GSO/CPIQNI.json", ""), "M|I|A|P", false),
		"sdmx-csv":    with(file("/SDMXFiles/GSO/CPIQNI.csv", ""), "M|I|A|P", false),
		"px":          with(file("/api/v2/tables/TAB001/data", "outputFormat=px"), "A|I|P", true),
		"json-stat":   with(file("/api/v2/tables/TAB001/data", "outputFormat=json-stat2"), "A|I|P", true),
	}
}

// bureau is a simulated office on a socket, asked below the wire's prefix. Two
// days after it opens the office publishes a month and revises another.
func (w wire) bureau(t testing.TB) *adaptertest.Upstream {
	start := time.Date(2026, 11, 4, 12, 0, 0, 0, city.Zone())
	c := city.New(1, start, city.Sizes{Dossiers: 5, Feedback: 5, Calls: 5, Documents: 5, Tasks: 5})
	clock := simkit.NewClock(start, 0)
	faults := simkit.NewFaults(clock, 1)
	limits := statisticssim.Options{MaxCalls: -1, MaxCells: 1 << 20}
	sim := statisticssim.New(c, clock, faults, limits)
	prefix, query, whole := strings.Cut(w.prefix, "?")
	srv, err := simkit.Serve("", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if _, asked := r.URL.Query()["config"]; asked || r.URL.Path == "/config" { // no limit of calls: the clock of a test stands
			simkit.WriteJSON(rw, http.StatusOK,
				map[string]int{"maxCells": 1 << 20, "maxDataCells": 1 << 20, "maxCalls": 100000, "maxCallsPerTimeWindow": 100000, "timeWindow": 10})
			return
		}
		to := *r
		to.URL = &url.URL{Path: prefix + strings.TrimSuffix(r.URL.Path, "/"), RawQuery: r.URL.RawQuery}
		if whole {
			to.URL.RawQuery = query
		}
		sim.ServeHTTP(rw, &to)
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	if !w.live() {
		srv.URL += "/?key=khoa-bi-mat" // some give a file out to whoever knows its address
	}
	return &adaptertest.Upstream{Server: srv, Faults: faults, Clock: clock, Keys: func() []string { return w.keys(c, clock.Now()) }}
}

// keys counts the observations in the city itself.
func (w wire) keys(c *city.City, now time.Time) []string {
	var out []string
	for _, v := range c.ObservationsAt(now) {
		if v.Topic != "CPI" {
			continue
		}
		parts := []string{"T"}
		for part := range strings.SplitSeq(w.order, "|") {
			switch part {
			case "A":
				part = v.Obs.Area
				if w.labels {
					part = "Toàn tỉnh"
				}
			case "I":
				part = v.Code
				if w.labels {
					part = v.Name + " (" + v.Unit + ")"
				}
			case "P":
				part = v.Obs.Period
			}
			parts = append(parts, part)
		}
		key, _ := tabular.JoinKey("", parts)
		out = append(out, key)
	}
	return out
}

func (w wire) live() bool { return strings.HasPrefix(w.settings, "profile") }

// faults that pass, where this wire can meet them. Only live tables have a
// second request in a walk.
func (w wire) faults() []string {
	if w.live() {
		return []string{"429:1@2", "429@3", "502@1*2", "503@3", "500@2", "cut@2*1", "nonjson@1", "unsuccess@3", "htmllogin@3", "nocontent@3",
			"bom", "stall:30ms@2", "numstr"}
	}
	return []string{"429:1@1", "429@1", "502@1*2", "503@1", "500@1", "cut@1*1", "nonjson@1", "htmllogin@1", "bom", "stall:30ms@1"}
}

func (w wire) contract() adaptertest.Case {
	c := adaptertest.Case{
		Spec: statistics.Spec(), Kind: canonical.KindObservation, Start: w.bureau, Settings: w.settings,
		Sweep: 36 * time.Hour, Faults: w.faults(), Secrets: []string{"khoa-bi-mat"},
		Except: map[string]string{
			"stuck":   "a table is one answer, not a list of pages",
			"version": "these sources give no versions: the payload shows what changed, and TestVintages how",
			"class":   "there is no login to these sources; TestLastingFaults holds each fault against its class",
		},
		Old: "../../testdata/checkpoints/statistics-files-v1.json",
	}
	if w.missing {
		c.Except["gone"] = "a cell that is withdrawn stays in its table, without a value"
	}
	if w.live() {
		c.Except["probe"] = "a description has no values that could be missing; TestProbe tries what these can meet"
		c.Idle, c.Required = 2, []string{"pxweb.url", "pxweb.table"} // v1 asks for the table and for its folder's dates

		c.Settings = strings.Replace(c.Settings, "pxweb: {", "pxweb: {header: {X-Api-Key: '${env:KEY}'}, ", 1)
		c.Env = map[string]string{"KEY": "khoa-bi-mat"}
		c.Old = "../../testdata/checkpoints/statistics-pxweb-v1.json"
		return c
	}
	c.Except["probe"] = "nocontent spoils JSON only; TestProbe tries what these can meet"
	c.Except["resume"] = "one page holds this table; TestFilesResume has larger ones"
	c.Except["complete"] = "after the page that ends a file another file may follow"
	c.Required = []string{"place"}
	return c
}

func TestContract(t *testing.T) {
	for name, w := range wires() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adaptertest.Run(t, w.contract())
		})
	}
}

// TestFilesResume stops a walk at each page of a table of 1,800 cells.
func TestFilesResume(t *testing.T) {
	for _, format := range []string{"px", "json-stat2"} {
		o := newOffice(t, statisticssim.Options{MaxCalls: -1, MaxCells: 1 << 20})
		text := "table: T\nplace: {url: ['" + o.url + "/api/v2/tables/TAB005/data?outputFormat=" + format + "']}\n"
		whole := walk(t, open(t, text, ""))
		if len(whole) < 3 || !whole[0].Start || whole[1].Start || whole[1].Complete == nil {
			t.Fatalf("%s: %d pages", format, len(whole))
		}
		all := byKey(t, whole)
		for i := range whole[:len(whole)-1] {
			rest, err := walkFrom(open(t, text, ""), whole[i].Next)
			if err != nil {
				t.Fatal(err)
			}
			end, again := cutWalk(rest)
			if got := byKey(t, append(slices.Clone(whole[:i+1]), end...)); len(got) != len(all) || proof(end) != nil && whole[i].Complete == nil {
				t.Errorf("%s: after page %d: %d of %d cells", format, i, len(got), len(all))
			}
			if whole[i].Complete == nil && (len(byKey(t, again)) != len(all) || proof(again) == nil) {
				t.Errorf("%s: cut after page %d the table was not read again", format, i)
			}
		}
	}
}

// TestProbe: a good source is well, a bad one is not.
func TestProbe(t *testing.T) {
	for name, w := range wires() {
		up := w.bureau(t)
		p, ok := open(t, strings.ReplaceAll(w.settings, "${env:URL}", up.Server.URL), "").(adapters.Prober)
		if !ok {
			t.Fatalf("%s cannot be probed", name)
		}
		if err := p.Probe(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, fault := range []string{"401", "503", "429", "htmllogin", "nonjson", "cut"} {
			if err := up.Faults.Parse(fault); err != nil {
				t.Fatal(err)
			}
			if p.Probe(t.Context()) == nil {
				t.Errorf("%s: probing found nothing wrong under %s", name, fault)
			}
		}
	}
}

// TestVintages: three days later the payload has changed exactly where the
// office changed an observation.
func TestVintages(t *testing.T) {
	for name, w := range wires() {
		up := w.bureau(t)
		text := strings.ReplaceAll(w.settings, "${env:URL}", up.Server.URL)
		first := byKey(t, walk(t, open(t, text, "")))
		again := byKey(t, walk(t, open(t, text, "")))
		up.Clock.Advance(72 * time.Hour)
		later := byKey(t, walk(t, open(t, text, "")))
		changed := 0
		for key, c := range first {
			if string(c.raw.Payload) != string(again[key].raw.Payload) {
				t.Fatalf("%s: %s changes by being read", name, key)
			}
			if was, is := c, later[key]; string(was.raw.Payload) != string(is.raw.Payload) {
				changed++
				if was.value() == is.value() && was.Status == is.Status {
					t.Errorf("%s: neither value nor status changed:\n%s\n%s", name, was.raw.Payload, is.raw.Payload)
				}
			}
		}
		if changed == 0 || changed > 40 || len(later) != len(first)+10 {
			t.Errorf("%s: %d changed, %d then %d observations", name, changed, len(first), len(later))
		}
	}
}

// TestLastingFaults: what can be done about a fault that stays.
func TestLastingFaults(t *testing.T) {
	table := []struct {
		fault string
		class problem.Fault
		after time.Duration
	}{
		{"401", problem.FaultHalt, 0}, {"429:120", problem.FaultRetry, 100 * time.Second}, {"429", problem.FaultRetry, 0},
		{"502", problem.FaultRetry, 0}, {"503", problem.FaultRetry, 0}, {"500", problem.FaultRetry, 0}, {"cut", problem.FaultRetry, 0},
		// the last: it takes long
		{"nonjson", problem.FaultRetry, 0}, {"htmllogin", problem.FaultRetry, 0}, {"unsuccess", problem.FaultRetry, 0},
		{"gzipbomb:80", problem.FaultHalt, 0},
	}
	for name, w := range wires() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			up := w.bureau(t)
			text := strings.ReplaceAll(w.settings, "${env:URL}", up.Server.URL)
			for _, c := range table {
				if c.fault == "gzipbomb:80" && !w.live() {
					c.fault = "gzipbomb:8" // max_mb is 4
				}
				if strings.HasPrefix(name, "pxweb-v1") && strings.HasPrefix(c.fault, "gzipbomb") {
					continue // it is read as pxweb-v2 is
				}
				if err := up.Faults.Parse(c.fault); err != nil {
					t.Fatal(err)
				}
				page, err := open(t, text, "").Pull(t.Context(), nil)
				up.Faults.Clear()
				class, after := problem.Class(err)
				p, ok := problem.As(err)
				switch {
				case err == nil:
					t.Errorf("%s was taken for an answer of %d records", c.fault, len(page.Records))
				case class != c.class || after < c.after:
					t.Errorf("%s: class %d after %v, want %d after %v: %v", c.fault, class, after, c.class, c.after, err)
				case !ok:
					t.Errorf("%s: no Problem with a code: %v", c.fault, err)
				case p.Text(problem.Vietnamese) == p.Code:
					t.Errorf("%s: no words for %s", c.fault, p.Code)
				}
			}
		})
	}
}

// TestNoServerPutsUsToSleep: a server that allows a call an hour is asked at
// an ordinary pace, and answers 429 when it means it.
func TestNoServerPutsUsToSleep(t *testing.T) {
	for _, name := range []string{"pxweb-v1", "pxweb-v2"} {
		up := wires()[name].bureau(t)
		office, err := url.Parse(up.Server.URL)
		if err != nil {
			t.Fatal(err)
		}
		behind := httputil.NewSingleHostReverseProxy(office)
		srv, err := simkit.Serve("", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Has("config") || r.URL.Path == "/config" {
				simkit.WriteJSON(rw, http.StatusOK, map[string]int{"maxCalls": 1, "maxCallsPerTimeWindow": 1, "timeWindow": 3600})
				return
			}
			behind.ServeHTTP(rw, r)
		}))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		page, err := open(t, strings.ReplaceAll(wires()[name].settings, "${env:URL}", srv.URL), "").Pull(ctx, nil)
		cancel()
		if _ = srv.Close(); err != nil || len(page.Records) == 0 {
			t.Errorf("%s: %d records: %v", name, len(page.Records), err)
		}
	}
}

// TestAddressesKeepTheirSecrets: what stands in an address's query may be a
// key, and does not get into an error.
func TestAddressesKeepTheirSecrets(t *testing.T) {
	srv, err := simkit.Serve("", http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	dead := srv.URL
	_ = srv.Close()
	for _, text := range []string{"place: {url: ['" + dead + "/a.csv?key=khoa-bi-mat']}",
		"profile: pxweb-v1\npxweb: {url: '" + dead + "/khoa-bi-mat', table: a/b.px}"} {
		_, err := open(t, text, "").Pull(t.Context(), nil)
		if err == nil {
			t.Fatal("a server that is gone answered")
		}
		if p, ok := problem.As(err); !ok {
			t.Errorf("no Problem: %v", err)
		} else if strings.Contains(p.Text(problem.Vietnamese), "khoa-bi-mat") {
			t.Errorf("the key is shown: %s", p.Text(problem.Vietnamese))
		}
		if strings.Contains(err.Error(), "khoa-bi-mat") {
			t.Errorf("the key is shown: %v", err)
		}
	}
}
