package statisticssim

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
)

type bench struct {
	t      *testing.T
	city   *city.City
	clock  *simkit.Clock
	faults *simkit.Faults
	srv    *simkit.Server
}

func newBench(t *testing.T, opt Options) *bench {
	t.Helper()
	start := time.Date(2026, 11, 23, 9, 0, 0, 0, city.Zone())
	b := &bench{t: t, city: city.New(1, start, city.Sizes{Dossiers: 5, Feedback: 5, Calls: 5, Documents: 5, Tasks: 5}),
		clock: simkit.NewClock(start, 0)}
	b.faults = simkit.NewFaults(b.clock, 1)
	srv, err := simkit.Serve("", New(b.city, b.clock, b.faults, opt))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	b.srv = srv
	return b
}

func (b *bench) do(method, path, body string, header http.Header) (*http.Response, []byte) {
	b.t.Helper()
	req, err := http.NewRequest(method, b.srv.URL+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res, raw
}

func (b *bench) get(path string) (int, []byte) {
	res, raw := b.do(http.MethodGet, path, "", nil)
	return res.StatusCode, raw
}

// truth is what the city has now: code|area|period → value.
func (b *bench) truth(topic string) map[string]string {
	out := map[string]string{}
	for _, v := range b.city.ObservationsAt(b.clock.Now()) {
		if v.Topic == topic {
			out[v.RowKey()] = v.Now.Value
		}
	}
	return out
}

func same(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	if len(want) == 0 || len(got) < len(want) {
		t.Errorf("%s: %d values, the city has %d", what, len(got), len(want))
	}
	for k, v := range got {
		if want[k] != v {
			t.Errorf("%s: %s is %q, in the city %q", what, k, v, want[k])
			return
		}
	}
}

type stat2 struct {
	ID        []string
	Size      []int
	Role      map[string][]string
	Dimension map[string]struct {
		Category struct {
			Index map[string]int
			Label map[string]string
		}
	}
	Value  []*json.Number
	Status map[string]string
}

func parse2(t *testing.T, raw []byte) stat2 {
	t.Helper()
	var d stat2
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&d); err != nil {
		t.Fatalf("%v in %.200s", err, raw)
	}
	return d
}

// cells reads the actual values of a cube with codes.
func (d stat2) cells() map[string]string {
	codes := make([][]string, len(d.ID))
	for i, id := range d.ID {
		codes[i] = make([]string, d.Size[i])
		for c, k := range d.Dimension[id].Category.Index {
			codes[i][k] = c
		}
	}
	out := map[string]string{}
	for n, v := range d.Value {
		rest, at := n, map[string]string{}
		for i := len(codes) - 1; i >= 0; i-- {
			at[d.ID[i]] = codes[i][rest%len(codes[i])]
			rest /= len(codes[i])
		}
		if at["Type"] == "P" {
			continue
		}
		value := ""
		if v != nil {
			value = v.String()
		}
		out[at["Indicator"]+"|"+at["Area"]+"|"+period(at["Time"])] = value
	}
	return out
}

func TestPxWebApi2AgreesWithTheCity(t *testing.T) {
	b := newBench(t, Options{MaxCells: 5000})
	for i, topic := range city.Topics() {
		code, raw := b.get("/api/v2/tables/" + tableID(i) + "/data?valuecodes[Area]=*&outputFormat=json-stat2")
		if code != 200 {
			t.Fatalf("%s: %d %s", topic.Code, code, raw)
		}
		same(t, "v2 "+topic.Code, parse2(t, raw).cells(), b.truth(topic.Code))
	}
	code, raw := b.get("/api/v2/tables/TAB003/data?valuecodes[Indicator]=NGDP&valuecodes[Time]=top(2)&valuecodes[Type]=A")
	if d := parse2(t, raw); code != 200 || len(d.Value) != 2 || d.Role["time"][0] != "Time" {
		t.Errorf("selection: %d %s", code, raw)
	}
	for path, want := range map[string]int{"/api/v2/tables/TAB999/data": 404, "/api/v2/tables/TAB001/data?valuecodes[X]=1": 400,
		"/api/v2/tables/TAB001/data?valuecodes[Time]=1900": 400, "/api/v2/tables/TAB001/data?outputFormat=xls": 400,
		"/api/v2/tables/TAB001/metadata": 200, "/api/v2/tables/TAB001": 200} {
		if code, raw := b.get(path); code != want {
			t.Errorf("%s: %d %.100s", path, code, raw)
		}
	}
}

func TestConfigTablesAndLimits(t *testing.T) {
	now := time.Unix(0, 0)
	b := newBench(t, Options{MaxCells: 100, MaxCalls: 3, Window: 10 * time.Second, Now: func() time.Time { return now }})
	var cfg struct{ MaxDataCells, MaxCallsPerTimeWindow, TimeWindow int }
	_, raw := b.get("/api/v2/config")
	if err := json.Unmarshal(raw, &cfg); err != nil || cfg.MaxDataCells != 100 || cfg.MaxCallsPerTimeWindow != 3 || cfg.TimeWindow != 10 {
		t.Errorf("config %s", raw)
	}
	if code, _ := b.get("/api/v2/tables/TAB001/data"); code != 403 {
		t.Errorf("too many cells: %d", code)
	}
	if code, raw := b.get("/api/v2/tables?pageSize=4&pageNumber=2"); code != 200 || bytes.Count(raw, []byte(`"type":"Table"`)) != 2 || !bytes.Contains(raw, []byte(`"totalElements":6`)) {
		t.Errorf("tables: %d %s", code, raw)
	}
	b.get("/api/v2/tables")
	if res, _ := b.do(http.MethodGet, "/api/v2/tables", "", nil); res.StatusCode != 429 || res.Header.Get("Retry-After") == "" {
		t.Errorf("the fourth call: %d", res.StatusCode)
	}
	now = now.Add(10 * time.Second)
	if code, _ := b.get("/api/v2/tables"); code != 200 {
		t.Errorf("after the window: %d", code)
	}
}

type meta1 struct {
	Title     string
	Variables []struct {
		Code, Text         string
		Values, ValueTexts []string
		Time               bool
	}
}

func (b *bench) table1(topic city.Topic) (string, meta1) {
	p := "/pxweb/api/v1/vi/" + url.PathEscape(topic.Folder) + "/" + topic.Table + ".px"
	code, raw := b.get(p)
	var m meta1
	if err := json.Unmarshal(raw, &m); code != 200 || err != nil {
		b.t.Fatalf("%s: %d %v", p, code, err)
	}
	return p, m
}

func TestPXWebV1AgreesWithTheCity(t *testing.T) {
	b := newBench(t, Options{MaxCells: 5000})
	topic := city.Topics()[4]
	p, m := b.table1(topic)
	for format, check := range map[string]func([]byte) bool{
		"px": func(raw []byte) bool {
			return bytes.Contains(raw, []byte("DATA=")) && bytes.Contains(raw, []byte(`".."`))
		},
		"json-stat": func(raw []byte) bool {
			return bytes.HasPrefix(raw, []byte(`{"dataset"`)) && bytes.Contains(raw, []byte(`"Địa bàn"`))
		},
		"csv": func(raw []byte) bool {
			rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
			return err == nil && len(rows) > 10 && rows[0][0] == "Địa bàn"
		},
	} {
		if res, raw := b.do(http.MethodPost, p, `{"query":[],"response":{"format":"`+format+`"}}`, nil); res.StatusCode != 200 || !check(raw) {
			t.Errorf("%s: %d %.200s", format, res.StatusCode, raw)
		}
	}
	last := len(m.Variables) - 1
	n := len(m.Variables[last].Values)
	q := fmt.Sprintf(`{"query":[{"code":%q,"selection":{"filter":"item","values":["%d"]}},{"code":"Địa bàn","selection":{"filter":"item","values":["0"]}},{"code":"Loại số liệu","selection":{"filter":"item","values":["0"]}}],"response":{"format":"json-stat2"}}`, m.Variables[last].Code, n-1)
	_, raw := b.do(http.MethodPost, p, q, nil)
	d := parse2(t, raw)
	year := strings.TrimPrefix(m.Variables[last].ValueTexts[n-1], "Sơ bộ ")
	truth := b.truth(topic.Code)
	for i, ind := range b.city.Indicators[40:50] {
		want := truth[ind.Code+"|51|"+year]
		if got := d.Value[i]; (got == nil) != (want == "") || (got != nil && got.String() != want) {
			t.Errorf("%s %s: %v, want %q", ind.Code, year, got, want)
		}
	}
	if year == m.Variables[last].ValueTexts[n-1] {
		t.Error("the last year is not provisional")
	}
	for body, want := range map[string]int{`{"query":[{"code":"X","selection":{"filter":"all"}}]}`: 400, `x`: 400,
		`{"query":[{"code":"Năm","selection":{"filter":"item","values":["999"]}}]}`: 400, `{"query":[{"code":"Năm","selection":{"filter":"top","values":["2"]}}],"response":{"format":"csv"}}`: 200} {
		if res, raw := b.do(http.MethodPost, p, body, nil); res.StatusCode != want {
			t.Errorf("%s: %d %.100s", body, res.StatusCode, raw)
		}
	}
}

func TestAYearInsertedUpstreamShiftsPositions(t *testing.T) {
	b := newBench(t, Options{})
	topic := city.Topics()[5]
	_, m := b.table1(topic)
	if err := b.faults.Parse("shift"); err != nil {
		t.Fatal(err)
	}
	_, moved := b.table1(topic)
	last := len(m.Variables) - 1
	if a, c := m.Variables[last].ValueTexts, moved.Variables[last].ValueTexts; len(c) != len(a)+1 || c[0] != "2015" || c[1] != a[0] {
		t.Errorf("before %v, after %v", a, c)
	}
	if code, raw := b.get("/pxweb/api/v1/vi"); code != 200 || !bytes.Contains(raw, []byte("Tài khoản quốc gia")) {
		t.Errorf("folders: %d %s", code, raw)
	}
	if code, raw := b.get("/pxweb/api/v1/vi/" + url.PathEscape("Tài khoản quốc gia")); code != 200 || bytes.Count(raw, []byte(".px")) != 2 {
		t.Errorf("folder: %d %s", code, raw)
	}
}

func TestFaults(t *testing.T) {
	b := newBench(t, Options{MaxCalls: -1})
	for fault, ok := range map[string]func(int, []byte) bool{
		"nocontent": func(code int, raw []byte) bool { return code == 200 && !bytes.Contains(raw, []byte(`"value"`)) },
		"nonjson":   func(code int, raw []byte) bool { return code == 200 && !json.Valid(raw) },
		"429":       func(code int, raw []byte) bool { return code == 429 },
		"bom":       func(code int, raw []byte) bool { return bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")) },
		"":          func(code int, raw []byte) bool { return code == 200 && json.Valid(raw) },
	} {
		if err := b.faults.Parse(fault); err != nil {
			t.Fatal(err)
		}
		if code, raw := b.get("/api/v2/tables/TAB001/data?valuecodes[Time]=top(1)"); !ok(code, raw) {
			t.Errorf("%s: %d %.100s", fault, code, raw)
		}
	}
}
