package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"iocgateway/cmd/gateway/config"

	"iocgateway/cmd/gateway/wiring"
	streamsync "iocgateway/router/sync"

	"iocgateway/adapters/all"
	"iocgateway/canonical"
	"iocgateway/canonical/strict"
	"iocgateway/router/journal"
	"iocgateway/router/store"
)

// realCase is what testdata/cases/real/cases.yaml holds of a case.
type realCase struct {
	Name    string                       `yaml:"name" validate:"required"`
	Adapter string                       `yaml:"adapter" validate:"required"`
	Folder  string                       `yaml:"folder" validate:"required"`
	Raws    int                          `yaml:"raws" validate:"gt=0"`
	Records int                          `yaml:"records"`
	Held    int                          `yaml:"held"`
	Units   bool                         `yaml:"units"`
	SameAs  string                       `yaml:"same_as"`
	Spots   map[string]map[string]string `yaml:"spots"`
}

const realCases = "../../testdata/cases/real"

// TestRealFiles takes in files that other people published, by configuration
// and mappings alone: the whole pipeline from file to feed, twice.
func TestRealFiles(t *testing.T) {
	data := realData(t)
	var list struct {
		Cases []realCase `yaml:"cases" validate:"min=1,dive"`
	}
	decodeFile(t, filepath.Join(realCases, "cases.yaml"), &list)
	bodies := map[string]map[string]any{}
	for _, c := range list.Cases {
		t.Run(c.Name, func(t *testing.T) { bodies[c.Name] = takeIn(t, c, data) })
	}
	for _, c := range list.Cases {
		if c.SameAs != "" && !reflect.DeepEqual(bodies[c.Name], bodies[c.SameAs]) {
			t.Errorf("%s does not give the same records as %s", c.Name, c.SameAs)
		}
	}
}

// realData is where the real files are; without them the test is skipped with a note.
func realData(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("REAL_DATA_DIR")
	if dir != "" {
		return dir
	}
	if strings.Contains(os.Getenv("TESTS_MUST_RUN"), "real") {
		t.Fatal("REAL_DATA_DIR is not set, and TESTS_MUST_RUN asks for real files")
	}
	t.Skip("REAL_DATA_DIR is not set: the tests on real files are skipped")
	return ""
}

func decodeFile(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strict.Parse(path, text)
	if err != nil {
		t.Fatal(err)
	}
	if err := strict.Decode(n, into); err != nil {
		t.Fatal(err)
	}
}

// takeIn syncs a case twice and gives its records by key.
func takeIn(t *testing.T, c realCase, data string) map[string]any {
	st, s := realStream(t, c, data)
	st.Log, st.Runs, st.Now = s, s, time.Now
	first := runReal(t, st)
	want := journal.Counts{Received: c.Raws, Published: c.Records, Held: c.Held}
	got := first.Counts
	got.Unknown = 0
	if got != want {
		t.Fatalf("first run %+v, want %+v", got, want)
	}
	if again := runReal(t, st); again.Counts.Published != 0 || again.Proved != 0 {
		t.Errorf("a second run publishes %+v", again.Counts)
	}
	return realBodies(t, s, st, c)
}

// runReal syncs until the files have lain still long enough to be read.
func runReal(t *testing.T, st *streamsync.Syncer) journal.Run {
	t.Helper()
	run, err := st.Run(t.Context(), journal.Order{})
	if err != nil {
		t.Fatal(err)
	}
	if n := run.Counts.Unexplained(run.Proved); n != 0 {
		t.Fatalf("%d unexplained", n)
	}
	return run
}

// realStream wires a case as a configuration file would.
func realStream(t *testing.T, c realCase, data string) (*streamsync.Syncer, *store.Store) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(realCases, c.Name, "stream.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	folder := strings.Replace(string(text), "folder: .", "folder: "+filepath.Join(data, c.Folder), 1)
	block := "        " + strings.ReplaceAll(strings.TrimSpace(folder), "\n", "\n        ")
	written := fmt.Sprintf("mappings: {dir: %q}\nsources:\n  that:\n    adapter: %s\n    streams:\n      %s:\n        every: 1h\n        mapping: %s/mapping\n%s\n",
		realMapping(t, c.Name), c.Adapter, c.Name, c.Name, block)
	cfg, err := config.Load("real.yaml", []byte(written), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := wiring.NewBuilder(cfg, all.Specs(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	old := func() time.Time { return time.Now().Add(time.Hour) } // the files lay still long before
	w.Now = old
	streams, err := w.Streams()
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(context.Background(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return streams[0], s
}

// realMapping gives a directory with the case's mapping alone.
func realMapping(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(realCases, name, "mapping.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, name), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name, "mapping.yaml"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// realBodies reads the feed back and looks at the spots.
func realBodies(t *testing.T, s *store.Store, st *streamsync.Syncer, c realCase) map[string]any {
	t.Helper()
	out := map[string]any{}
	var after journal.Position
	for {
		page, err := s.Changes(t.Context(), st.Stream.Kind.Feed(), journal.Filter{}, after, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Entries {
			entity, err := canonical.Decode(e.Kind, e.Body)
			if err != nil {
				t.Fatal(err)
			}
			if err := canonical.Validate(entity); err != nil {
				t.Errorf("%s: %v", e.ID, err)
			}
			var body map[string]any
			if err := json.Unmarshal(e.Body, &body); err != nil {
				t.Fatal(err)
			}
			delete(body, "id")
			out[e.Key] = body
		}
		if after = page.Next; !page.More {
			break
		}
	}
	for key, fields := range c.Spots {
		for field, want := range fields {
			if got := fmt.Sprint(at(out[key], field)); got != want {
				t.Errorf("%s: %s is %q, want %q", key, field, got, want)
			}
		}
	}
	return out
}

// at walks a dotted path into decoded JSON.
func at(v any, path string) any {
	for _, name := range strings.Split(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}
