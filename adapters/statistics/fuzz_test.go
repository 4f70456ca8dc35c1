package statistics

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
	"iocgateway/adapters/statistics/statisticssim"
	"iocgateway/adapters/tabular"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

// office answers a request without a socket: a fuzz target asks often.
func office(tb testing.TB) *statisticssim.Sim {
	tb.Helper()
	start := time.Date(2026, 11, 4, 12, 0, 0, 0, city.Zone())
	c := city.New(1, start, city.Sizes{Dossiers: 5, Feedback: 5, Calls: 5, Documents: 5, Tasks: 5, Indicators: 12})
	return statisticssim.New(c, simkit.NewClock(start, 0), nil, statisticssim.Options{MaxCalls: -1, MaxCells: 1 << 20})
}

func answer(tb testing.TB, h http.Handler, path string) []byte {
	tb.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if w.Code != http.StatusOK {
		tb.Fatalf("%s: %d", path, w.Code)
	}
	return w.Body.Bytes()
}

// read takes a document as one format. Reading ends, and what is read has
// keys, JSON and at most one Raw a key, but for one that is taken away and
// given anew.
func read(t *testing.T, format string, data []byte) {
	file, err := os.OpenFile(filepath.Join(t.TempDir(), "f"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Write(data); err != nil {
		t.Fatal(err)
	}
	cfg := Defaults()
	cfg.Format = format
	f := &files{cfg: cfg, kind: canonical.KindObservation}
	items, err := f.open(t.Context(), tabular.File{Name: "f"}, &tabular.Spool{File: file, Size: int64(len(data))})
	if err != nil {
		coded(t, err)
		return
	}
	defer items.Close()
	keys := map[string]bool{}
	for range 100_000 {
		item, err := items.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			coded(t, err)
			return
		}
		if item.Raw.Key == "" || !json.Valid(item.Raw.Payload) {
			t.Fatalf("key %q, payload %s", item.Raw.Key, item.Raw.Payload)
		}
		if item.Problem != nil {
			coded(t, item.Problem)
			continue
		}
		if gone, again := keys[item.Raw.Key]; again && gone == item.Raw.Gone {
			t.Fatalf("key %q came twice", item.Raw.Key)
		}
		keys[item.Raw.Key] = item.Raw.Gone
	}
	if len(keys) == 0 {
		t.Fatal("100,000 items, and all refused")
	}
}

// coded wants a Problem with words.
func coded(t *testing.T, err error) {
	t.Helper()
	if p, ok := problem.As(err); ok && (p.Text(problem.Vietnamese) == p.Code || p.Text(problem.English) == p.Code) {
		t.Fatalf("no words for %s", p.Code)
	}
}

func FuzzPX(f *testing.F) {
	f.Add(answer(f, office(f), "/api/v2/tables/TAB001/data?outputFormat=px"))
	for _, seed := range []string{"", "DATA=1;", `STUB="a";VALUES("a")="x","y";DATA=1 "..";`, `STUB="a";VALUES("a")="x";KEYS("a")=VALUES;DATA="x",1;`,
		"CODEPAGE=\"windows-1258\";STUB=\"\xe0\";VALUES(\"\xe0\")=\"x\";DATA=-;", `STUB="a";HEADING="a";VALUES("a")="x","x";DATA=1 1 1 1;`, `A("`, `STUB="a";TIMEVAL("a")=TLIST(M1,"202401"-"202403");DATA=1 2 3;`,
		`STUB="a";HEADING="t";VALUES("a")="x";VALUES("t")="a","b";TIMEVAL("t")=TLIST(Q1,"20064"-"20071");LAST-UPDATED("x")="20250101 08:00";DATA=1 2`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) { read(t, "px", data) })
}

func FuzzJSONStat(f *testing.F) {
	f.Add(answer(f, office(f), "/api/v2/tables/TAB001/data?outputFormat=json-stat2"))
	for _, seed := range []string{"", "null", `{"class":"collection"}`, `{"a":{"dimension":{"id":["x"],"size":["1"],"x":{"category":{"label":{"k":"K"}}}},"value":{"0":1},"status":"e"}}`,
		`{"class":"dataset","id":["x","x"],"size":[1,1],"dimension":{"x":{"category":{"index":{"a":0}}}},"value":[1]}`,
		`{"id":["t"],"size":[2],"role":{"time":["t"]},"dimension":{"t":{"category":{"index":{"2023":1,"2024":0}}}},"value":["1e3",null],"status":["p","e"]}`,
		`{"id":["x"],"size":[99999999999],"dimension":{"x":{"category":{"index":["a"]}}},"value":[]}`, `{"id":["x"],"size":[-1],"dimension":{},"value":{}}` + "\x00",
		`{"class":"collection","link":{"item":[{"class":"collection","link":{"item":[{"href":"a/b?c"}]}}]},"error":[{"id":1,"label":{"vi":"x"}}]}`,
		`{"class":"error","status":"400","label":"no"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) { read(t, "jsonstat", data) })
}

func FuzzSDMXML(f *testing.F) {
	f.Add(answer(f, office(f), "/SDMXFiles/GSO/CPIQNI.xml"))
	for _, seed := range []string{"", "<html/>", `<m:StructureSpecificData xmlns:m="m"><DataSet><Series FREQ="A"><Obs TIME_PERIOD="2024" OBS_VALUE="1"/><Obs TIME_PERIOD="2024" OBS_VALUE="2"/></Series></DataSet></m:StructureSpecificData>`,
		`<GenericData><DataSet><Series><SeriesKey><Value id="F" value="M"/></SeriesKey><Obs><ObsDimension value="2024-01"/><ObsValue value="x"/></Obs></Series></DataSet></GenericData>`,
		`<StructureSpecificData><Header><DataSetAction>Delete</DataSetAction></Header><DataSet><Obs/></DataSet></StructureSpecificData>`, `<?xml version="1.0" encoding="utf-16"?><a>`,
		`<GenericData><DataSet action="Delete"><Series A="x"/></DataSet><Footer><Message code="413"><Text>later</Text></Message></Footer></GenericData>`,
		`<Error><ErrorMessage code="140"><Text>no</Text></ErrorMessage></Error>`, `<Envelope><Body><Fault><faultcode>1</faultcode></Fault></Body></Envelope>`, `<StructureSpecificData><DataSet><Obs a="&x;"/>`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) { read(t, "sdmx-ml", data) })
}

func FuzzSDMXJSON(f *testing.F) {
	f.Add(answer(f, office(f), "/SDMXFiles/GSO/CPIQNI.json"))
	for _, seed := range []string{"", "{}", `{"structure":{"dimensions":{"observation":[{"id":"T","values":[{"id":"2023"}]}]}},"dataSets":[{"observations":{"0":[1],"-1":[2],"9":[3]}}]}`,
		`{"data":{"structures":[{"dimensions":{"series":[{"id":"A","values":[]}],"observation":[]}}],"dataSets":[{"structure":7,"series":{"0:0:0":{"observations":{"":[]}}}}]}}`,
		`{"dataSets":[{"series":{"0":{"attributes":[9,null],"observations":{"0":[null,0]}}}}],"structure":{"dimensions":{"series":[{"id":"A","values":[{"id":"a"}]}],"observation":[{"id":"T","values":[{"id":"2023"}]}]}}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) { read(t, "sdmx-json", data) })
}

func FuzzSDMXCSV(f *testing.F) {
	f.Add(answer(f, office(f), "/SDMXFiles/GSO/CPIQNI.csv"))
	for _, seed := range []string{"", "DATAFLOW,T,OBS_VALUE\nF,2024,1\n", "DATAFLOW;T: Thời gian;OBS_VALUE\nF:x(1.0);2024: Năm 2024;\"1\"\n",
		"STRUCTURE,STRUCTURE_ID,ACTION,OBS_VALUE\nx,y,D,\nx,y,M,NaN\n", "\xef\xbb\xbfDATAFLOW,OBS_VALUE\n\"", "OBS_VALUE,OBS_VALUE\n1,2"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) { read(t, "sdmx-csv", data) })
}

// wireOf answers each question of a table with the bytes of the fuzzer.
type wireOf struct{ config, meta, folder, data []byte }

func (w wireOf) RoundTrip(r *http.Request) (*http.Response, error) {
	body := w.meta
	switch {
	case r.Method == http.MethodPost || r.URL.Query().Has("outputFormat"):
		body = w.data
	case r.URL.Query().Has("config") || r.URL.Path == "/x/config":
		body = w.config
	case r.URL.Path == "/x/f":
		body = w.folder
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
}

// FuzzPXWeb: a server may answer anything at any of its addresses, and a
// checkpoint may be of another table. A pull ends, keys are whole, and a
// checkpoint that is given can be read again.
func FuzzPXWeb(f *testing.F) {
	sim := office(f)
	v2meta, v2data := answer(f, sim, "/api/v2/tables/TAB001/metadata"), answer(f, sim, "/api/v2/tables/TAB001/data")
	f.Add([]byte(`{"maxDataCells":100000}`), v2meta, []byte(""), v2data, []byte(""))
	f.Add([]byte(`{"maxCells":5,"maxCalls":-1,"timeWindow":99999}`), []byte(`{"title":"T","variables":[{"code":"a","values":["0"],"valueTexts":["A"]}]}`), []byte(`[{"id":"t.px","updated":"2026-01-01"}]`),
		[]byte(`{"dataset":{"dimension":{"id":["a"],"size":[1],"a":{"category":{"index":{"0":0},"label":{"0":"A"}}}},"value":[1]}}`), []byte(`{"v":1,"boxes":[[[0,1]]],"print":"x"}`))
	f.Add([]byte("x"), []byte(`{"variables":[{"code":"a","values":[],"valueTexts":[]}]}`), []byte("{}"), []byte("[]"), []byte(`{"v":1,"boxes":[[[-1,9]],[]],"limit":-5,"done":true}`))
	f.Fuzz(func(t *testing.T, config, meta, folder, data, from []byte) {
		for _, text := range []string{"{profile: pxweb-v1, pxweb: {calls: -1, url: 'http://h/x', table: f/t.px}}",
			"{profile: pxweb-v2, pxweb: {calls: -1, url: 'http://h/x', table: t}}"} {
			node, err := strict.Parse("s.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			env := adapters.Env{HTTP: &http.Client{Transport: wireOf{config, meta, folder, data}}, Now: func() time.Time { return time.Unix(0, 0) }}
			src, err := Spec().Open(adapters.Settings{Source: "s", Stream: "t", Node: node}, env)
			if err != nil {
				t.Fatal(err)
			}
			page, err := src.Pull(t.Context(), from)
			if err != nil {
				coded(t, err)
				continue
			}
			for _, raw := range page.Records {
				if raw.Key == "" || !json.Valid(raw.Payload) {
					t.Fatalf("key %q, payload %s", raw.Key, raw.Payload)
				}
			}
			if !json.Valid(page.Next) {
				t.Fatalf("no checkpoint: %s", page.Next)
			}
		}
	})
}
