package all

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical/strict"
)

// observed opens a stream by settings and gives what one Pull from the
// beginning said to the outside.
func observed(t *testing.T, adapter, settings string) []adapters.Exchange {
	t.Helper()
	node, err := strict.Parse("x.yaml", []byte(settings))
	if err != nil {
		t.Fatal(err)
	}
	var got []adapters.Exchange
	r := &adapters.Recorder{Done: func(x adapters.Exchange) { got = append(got, x) }}
	for _, spec := range Specs() {
		if spec.Info.Name != adapter {
			continue
		}
		source, err := spec.Open(adapters.Settings{Source: "a", Stream: "b", Node: node}, adapters.Env{HTTP: HTTPClient(), Now: time.Now})
		if err != nil {
			t.Fatal(adapter, err)
		}
		page, err := source.Pull(r.Context(t.Context()), nil)
		if err != nil || len(page.Records) == 0 {
			t.Errorf("%s: %d records, %v", adapter, len(page.Records), err)
		}
		r.Flush()
	}
	return got
}

func found(x adapters.Exchange) string {
	var words []string
	for _, f := range x.Found {
		n := ""
		if f.Count != nil {
			n = fmt.Sprint(*f.Count)
		}
		words = append(words, strings.Join([]string{f.What, f.At, n, f.Text}, "|"))
	}
	return strings.Join(words, " ")
}

// Whatever adapter asks, and whatever it reads: the exchange is seen, and what
// was found in it.
func TestEveryAdapterIsSeen(t *testing.T) {
	const table = `{"title":"Dân số","variables":[{"code":"v","text":"Vùng","values":["1","2"],"valueTexts":["A","B"]},` +
		`{"code":"n","text":"Năm","values":["2025"],"valueTexts":["2025"],"time":true}]}`
	const data = `{"dataset":{"dimension":{"id":["v","n"],"size":[2,1],"role":{"time":["n"]},` +
		`"v":{"category":{"index":{"1":0,"2":1},"label":{"1":"A","2":"B"}}},"n":{"category":{"index":{"2025":0},"label":{"2025":"2025"}}}},"value":[1,2]}}`
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/rows.csv":
			w.Header().Set("Etag", `"v1"`)
			_, _ = fmt.Fprint(w, "ma,ten\n1,Một\n2,Hai\n")
		case r.URL.Path == "/list":
			w.Header().Set("Link", `</list?page=2>; rel="next"`)
			w.Header().Set("X-Total", "9")
			_, _ = fmt.Fprint(w, `{"d":{"rows":[{"id":1},{"id":2}]}}`)
		case r.URL.Path == "/px/dan-so" && r.Method == http.MethodPost:
			_, _ = fmt.Fprint(w, data)
		case r.URL.Path == "/px/dan-so":
			_, _ = fmt.Fprint(w, table)
		default:
			http.NotFound(w, r)
		}
	}))
	defer srv.Close()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tháng 1.csv"), []byte("BÁO CÁO\nma;ten\n1;Một\n2;Hai\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		adapter, settings string
		want              []string // method, end of the address, what was found
	}{
		{"rest", "url: " + srv.URL + "\nwire: {profile: a, vi: a, en: a, evidence: assumed, kind: feedback, auth: {kind: none}, " +
			"request: {path: /list}, paging: {kind: link, total: \"header:X-Total\"}, records: {path: d.rows, key: id}, watermark: {kind: none}}",
			[]string{"GET /list records|d.rows|2| total|header:X-Total|9| next|header:Link||/list?page=2"}},
		{"tabular", "place: {url: [\"" + srv.URL + "/rows.csv?khoa=1\"]}\nheader: {row: 1}\nkey: [ma]",
			[]string{"GET /rows.csv?khoa=1 columns|1||ma, ten records||2|"}},
		{"tabular", "place: {folder: " + dir + ", pattern: [\"*.csv\"], settle: -1s}\nheader: {find: [ma, ten]}\nkey: [ma]",
			[]string{"LIST " + filepath.Base(dir) + " files|*.csv|1|", "READ /tháng 1.csv columns|2||ma, ten records||2|"}},
		{"statistics", "profile: pxweb-v1\npxweb: {url: " + srv.URL + "/px, table: dan-so}",
			[]string{"GET /?config ", "GET /px/dan-so axes|v|2| axes|n|1|", "GET /px ", "POST /px/dan-so records||2|"}},
	} {
		all := observed(t, c.adapter, c.settings)
		for i := range max(len(all), len(c.want)) {
			if i >= len(all) || i >= len(c.want) {
				t.Errorf("%s: %d exchanges, want %d: %+v", c.adapter, len(all), len(c.want), all)
				break
			}
			method, rest, _ := strings.Cut(c.want[i], " ")
			x := all[i]
			if x.Method != method || !strings.Contains(rest, found(x)) || !strings.HasSuffix(x.Address+" "+found(x), rest) {
				t.Errorf("%s: %s %s %s, want %s", c.adapter, x.Method, x.Address, found(x), c.want[i])
			}
			if x.Error == "" && x.Got.Bytes == 0 || len(x.Found) > 0 && x.Got.Body == "" {
				t.Errorf("%s: %s shows nothing of the answer: %+v", c.adapter, x.Address, x)
			}
		}
	}
}
