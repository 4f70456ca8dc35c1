package hardapi_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"iocgateway/adapters"
	"iocgateway/adapters/rest"
	"iocgateway/canonical"
	"iocgateway/canonical/strict"
	"iocgateway/mappings"
)

var fenced = regexp.MustCompile("(?s)```yaml\n# (\\S+)\n(.*?)```")

// TestTheGuideWorks: the files of the guide read and map all that its product
// has, and decide about every field.
func TestTheGuideWorks(t *testing.T) {
	text, err := os.ReadFile("../../../adapters/THEM-NGUON.vi.md")
	if err != nil {
		t.Fatal(err)
	}
	dir, files := t.TempDir(), map[string]string{}
	for _, m := range fenced.FindAllStringSubmatch(string(text), -1) {
		files[m[1]] = m[2]
		path := filepath.Join(dir, m[1])
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(m[2]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set, err := mappings.Load(mappings.Options{Dir: filepath.Join(dir, "mappings")})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := set.Plan("redmine/feedback")
	if err != nil {
		t.Fatal(err)
	}
	h := products()["redmine"]
	d, srv := h.start(t)
	read := reader{held: map[string]canonical.Raw{}}
	if err := read.walk(t.Context(), guided(t, d, dir, files["gateway.yaml"], srv.URL)); err != nil {
		t.Fatal(err)
	}
	if len(read.held) != len(d.now()) || read.proofs != 1 {
		t.Errorf("%d of %d rows, proved %d times", len(read.held), len(d.now()), read.proofs)
	}
	var samples []canonical.Raw
	mapper := plan.Bind("redmine", "issues")
	for key, raw := range read.held {
		samples = append(samples, raw)
		record, err := mapper.Map(raw)
		var body struct{ Title, Channel, Status string }
		if err != nil || json.Unmarshal(record.Body, &body) != nil || body.Title == "" || record.Index.Unknown > 0 {
			t.Errorf("%s: %+v (%v)", key, body, err)
		}
	}
	c := plan.Coverage(slices.Values(samples))
	if loose, missing := c.Undecided(), c.Missing(plan); len(loose) > 0 || len(missing) > 0 {
		t.Errorf("nobody decided about %v; no row has %v", loose, missing)
	}
}

// guided opens the guide's stream, by its own settings.
func guided(t *testing.T, d *desk, dir, settings, url string) adapters.Source {
	t.Helper()
	text := strings.NewReplacer("https://phananh.example.gov.vn", url, "./profiles", filepath.Join(dir, "profiles")).Replace(settings)
	node, err := strict.Parse("gateway.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := strict.Resolve(node, strict.Lookup{Env: func(string) (string, bool) { return secret, true }}); err != nil {
		t.Fatal(err)
	}
	source := node.Get("sources").Get("redmine")
	own := strict.Node{Kind: strict.Map, File: source.File, Path: source.Path}
	for _, k := range source.Keys {
		if !slices.Contains([]string{"adapter", "title", "quota", "streams"}, k.Name) { // the gateway's own
			own.Keys = append(own.Keys, k)
		}
	}
	src, err := rest.Spec().Open(adapters.Settings{Source: "redmine", Stream: "issues", Kind: canonical.KindFeedback, Node: &own},
		adapters.Env{HTTP: http.DefaultClient, Log: slog.New(slog.DiscardHandler), Now: d.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	return src
}
