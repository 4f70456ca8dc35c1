package faults_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"iocgateway/adapters/all"
	"iocgateway/cmd/gateway/config"
	"iocgateway/cmd/gateway/wiring"
	"iocgateway/router/journal"
)

const hook = "0123456789abcdef0123456789abcdef"

// world is a gateway over one source: a server that answers as the case says,
// and a folder with the case's files.
type world struct {
	t       *testing.T
	app     *wiring.App
	url     string
	drop    string
	answers atomic.Pointer[http.HandlerFunc]
	ran     map[string]int64 // the last run taken in, of each stream
	read    int              // events taken in
}

// settings is a whole gateway.yaml around the source s.
func settings(w *world, dir, source string) string {
	source = strings.NewReplacer("{url}", w.url, "{drop}", w.drop).Replace(strings.TrimSpace(source))
	at := func(name string) string { return strconv.Quote(filepath.Join(dir, name)) }
	return "http: {addr: \"127.0.0.1:0\"}\nstore: {dir: " + at("data") + "}\nmappings: {dir: " + at("mappings") +
		"}\nsources:\n  s:\n    " + strings.ReplaceAll(source, "\n", "\n    ") + "\n"
}

// open makes a gateway; it does not run yet.
func open(t *testing.T, source, mapping string) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{t: t, drop: filepath.Join(dir, "drop"), ran: map[string]int64{}}
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if answer := w.answers.Load(); answer != nil {
			(*answer)(rw, r)
		}
	}))
	t.Cleanup(s.Close)
	w.url = s.URL
	write(t, filepath.Join(dir, "mappings", "m", "x.yaml"), "mapping: m/x\n"+mapping)
	write(t, filepath.Join(w.drop, ".none"), "")
	cfg, err := config.Load(filepath.Join(dir, "gateway.yaml"), []byte(settings(w, dir, source)), []string{"HOOK=" + hook}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if w.app, err = wiring.Open(t.Context(), cfg, all.Specs(), slog.New(slog.NewTextHandler(t.Output(), nil))); err != nil {
		t.Fatal(err)
	}
	return w
}

// start runs it until the test is over.
func (w *world) start() {
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error, 1)
	go func() { done <- w.app.Run(ctx) }()
	w.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
	})
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// put writes a file into the folder, and remove takes one out of it.
func put(t *testing.T, w *world, name, text string) {
	t.Helper()
	write(t, filepath.Join(w.drop, name), text)
}

func remove(t *testing.T, w *world, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(w.drop, name)); err != nil {
		t.Fatal(err)
	}
}

func (w *world) call(method, path, body string, into any) int {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.app.Address()+path, bytes.NewReader([]byte(body)))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+hook)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if into != nil && res.StatusCode == http.StatusOK {
		if err := json.Unmarshal(text, into); err != nil {
			w.t.Fatalf("%s: %v: %s", path, err, text)
		}
	}
	return res.StatusCode
}

// until waits for what others do.
func (w *world) until(what string, holds func() bool) {
	w.t.Helper()
	deadline := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-deadline:
			w.t.Fatalf("%s: it did not come about", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// post delivers to a stream, as soon as it is held here.
func (w *world) post(stream, body string, want int) {
	w.t.Helper()
	w.until("to deliver", func() bool {
		got := w.call(http.MethodPost, "/v1/ingest/s/"+stream, body, nil)
		if got != want && got != http.StatusServiceUnavailable {
			w.t.Fatalf("%s: the answer is %d, want %d", body, got, want)
		}
		return got == want
	})
}

// run waits for the stream's next run: its first one, which comes by itself,
// or one that is ordered.
func (w *world) run(stream string) journal.Run {
	w.t.Helper()
	path := "/v1/streams/s/" + stream
	if w.ran[stream] > 0 {
		w.until("to order a run", func() bool { return w.call(http.MethodPost, path+"/run", "", nil) == http.StatusOK })
	}
	var run journal.Run
	w.until("a run of "+stream, func() bool {
		runs, err := w.app.Store.LastRuns(w.t.Context(), "s/"+stream, 1)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(runs) == 0 || runs[0].ID <= w.ran[stream] || runs[0].Ended.IsZero() {
			return false
		}
		run = runs[0]
		return true
	})
	w.ran[stream] = run.ID
	return run
}

// status is what GET of a stream says.
type status struct {
	State string
	Cause struct {
		Code, VI, EN string
		Hint         string `json:"hint_vi"`
	}
	Warnings []struct{ Code string }
	Running  bool
	LastRun  struct{ ID int64 } `json:"last_run"`
	Held     int
}

func (w *world) status(stream string) (s status) {
	w.t.Helper()
	w.until("the status of "+stream, func() bool {
		s = status{}
		w.call(http.MethodGet, "/v1/streams/s/"+stream, "", &s)
		return w.ran[stream] == 0 || s.LastRun.ID == w.ran[stream] && !s.Running
	})
	return s
}

// event is an entry of a feed, as far as cases look at it.
type event struct {
	Subject, Type string
	Data          json.RawMessage
	Time          time.Time
}

// events are all of a feed.
func (w *world) events(feed string) (all []event) {
	w.t.Helper()
	for after, more := "", true; more; {
		var page struct {
			Events []event
			Next   string
			More   bool
		}
		w.call(http.MethodGet, "/v1/feeds/"+feed+"/changes?limit=500&after="+after, "", &page)
		all, after, more = append(all, page.Events...), page.Next, page.More
	}
	return all
}

// held are the codes of what is held, each once, and all that is said of it.
func (w *world) held() (codes, text string) {
	w.t.Helper()
	var list struct {
		Items []struct {
			Code string
			Text struct{ VI, EN string }
			Hint struct{ VI, EN string }
		}
	}
	w.call(http.MethodGet, "/v1/quarantine/groups", "", &list)
	var all []string
	for _, g := range list.Items {
		all = append(all, g.Code)
		text += g.Text.VI + g.Hint.VI + "\n" + g.Text.EN + g.Hint.EN + "\n"
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " "), text
}
