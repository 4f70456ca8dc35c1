package iocgateway_test

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "iocgateway"

// seeds is where any test takes its chance from.
const seeds = "deploy/dev/seed"

// importRule is what a folder may import of ours. The first rule whose
// folder holds the importing package decides.
type importRule struct {
	from    string // a folder; packages below it count
	may     []string
	testMay []string // besides, in its tests
}

// importRules are the one direction of imports: cmd → router/* → the router's
// ground floor (journal ← health; access; book) → adapters → canonical; cmd →
// adapters/all → adapters/x → adapters; cmd → mappings → canonical.
func importRules() []importRule {
	simulators := []string{"adapters/simkit", "adapters/dvc/dvcsim", "adapters/ioffice/iofficesim", "adapters/pakn/paknsim",
		"adapters/statistics/statisticssim"}
	engines := []string{"adapters", "adapters/internal", "adapters/rest", "adapters/push", "adapters/tabular", "canonical"}
	ground := []string{"router/journal", "router/health", "router/access", "router/book", "adapters", "canonical"}
	kit := append([]string{"adapters/adaptertest"}, simulators...)
	beside := func(rooms ...string) []string { return append(rooms, ground...) }
	return []importRule{
		{from: "cmd/gateway", may: []string{"*"}},
		{from: "mappings", may: []string{"canonical", "mappings"}, testMay: []string{"adapters/simkit"}},
		{from: "canonical/words"},
		{from: "canonical/problem/answer", may: []string{"canonical/problem"}},
		{from: "canonical/problem", may: []string{"canonical/words"}},
		{from: "canonical/vntext"},
		{from: "canonical/jsonscan"},
		{from: "canonical/outbound", may: []string{"canonical/problem"}},
		{from: "canonical/privacy", may: []string{"canonical/problem", "canonical/vntext"}},
		{from: "canonical", may: []string{"canonical"}},
		{from: "adapters/all", may: []string{"adapters"}, testMay: []string{"canonical"}},
		{from: "adapters/adaptertest", may: []string{"adapters", "adapters/simkit", "canonical"},
			testMay: append([]string{"adapters/dvc", "adapters/rest"}, simulators...)},
		{from: "adapters/simkit", may: []string{"adapters/simkit", "canonical"}},
		{from: "adapters/dvc/dvcsim", may: []string{"adapters/simkit", "canonical"}},
		{from: "adapters/ioffice/iofficesim", may: []string{"adapters/simkit", "canonical"}},
		{from: "adapters/pakn/paknsim", may: []string{"adapters/simkit", "canonical"}},
		{from: "adapters/statistics/statisticssim", may: []string{"adapters/simkit", "canonical"}},
		{from: "adapters", may: engines, testMay: append(append([]string{"adapters"}, kit...), engines...)},
		{from: "deploy/dev", may: []string{"deploy/dev"}},
		{from: "router/journal", may: []string{"router/journal", "adapters", "canonical"}},
		{from: "router/health", may: []string{"router/journal", "adapters", "canonical"}},
		{from: "router/access", may: []string{"router/journal", "adapters", "canonical"}},
		{from: "router/book", may: []string{"canonical"}},
		{from: "router/storetest", may: append([]string{seeds}, ground...)},
		{from: "router/store/chunk", may: beside("router/store/track"), testMay: []string{"router/storetest"}},
		{from: "router/store/folder", may: beside("router/store/sqlite", "router/store/track")},
		{from: "router/store/index", may: beside("router/store/track")},
		{from: "router/store/state", may: beside("router/store/track")},
		{from: "router/store/query", may: beside("router/store/chunk", "router/store/index", "router/store/state", "router/store/track")},
		{from: "router/schedule", may: ground, testMay: []string{"router/journaltest", "router/share", "router/sync"}},
		{from: "router", may: ground, testMay: []string{"router/journaltest", "router/storetest", "router/store", "router/follow", "deploy/dev"}},
	}
}

func TestImportDirection(t *testing.T) {
	for _, s := range sources(t) {
		from := filepath.ToSlash(filepath.Dir(s.path))
		for _, spec := range s.file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			to, ours := strings.CutPrefix(path, module+"/")
			if ours && !mayImport(from, to, s.tests) {
				t.Errorf("%s: %s may not import %s", s.fset.Position(spec.Pos()), from, to)
			}
		}
	}
}

func mayImport(from, to string, test bool) bool {
	if from == "." || from == to || test && to == seeds {
		return true
	}
	for _, r := range importRules() {
		if !within(from, r.from) {
			continue
		}
		allowed := r.may
		if test {
			allowed = append(append([]string(nil), r.may...), r.testMay...)
		}
		return permitted(from, to, allowed)
	}
	return false
}

func permitted(from, to string, allowed []string) bool {
	for _, a := range allowed {
		switch {
		case a == "*" || a == to:
			return true
		// A family's own parts (adapters/internal/…, canonical/…) go with it,
		// but adapters names only itself.
		case a != "adapters" && within(to, a):
			return true
		case a == "adapters" && from == "adapters/all" && within(to, a):
			return true
		}
	}
	// An adapter may hold packages of its own, simulators apart.
	return within(to, from) && !strings.HasSuffix(to, "sim") && from != "adapters"
}

func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

// TestImportRulesCanFail proves that the rules refuse what they must.
func TestImportRulesCanFail(t *testing.T) {
	for _, c := range []struct {
		from, to string
		test, ok bool
	}{
		{"router/journal", "adapters", false, true},
		{"router/journal", "router/health", false, false},
		{"router/health", "router/journal", false, true},
		{"router/sync", "adapters/dvc", false, false},
		{"router/feed", "router/store", false, false},
		{"router/feed", "router/journal", false, true},
		{"router/feed", "router/access", false, true},
		{"router/access", "router/health", false, false},
		{"router/book", "canonical/problem", false, true},
		{"router/book", "router/journal", false, false},
		{"router/book", "router/access", false, false},
		{"router/control", "router/book", false, true},
		{"router/kafka", "router/book", false, true},
		{"router/store/bookfile", "router/book", false, true},
		{"router/journal", "router/book", false, false},
		{"router/control", "router/store/bookfile", false, false},
		{"router/control", "router/store/bookfile", true, true},
		{"router/share", "canonical/problem/answer", false, true},
		{"router/store", "router/journal/wire", false, true},
		{"router/store", "router/store/query", false, true},
		{"router/store/query", "router/store/index", false, true},
		{"router/store/query", "router/store/folder", false, false},
		{"router/store/index", "router/store/query", false, false},
		{"router/store/track", "router/store/sqlite", false, false},
		{"router/feed", "router/store/query", false, false},
		{"router/schedule", "router/sync", false, false},
		{"router/schedule", "router/sync", true, true},
		{"router/control", "router/share", false, false},
		{"adapters/dvc", "adapters/rest", false, true},
		{"adapters/dvc", "adapters/pakn", false, false},
		{"adapters/dvc", "router/journal", false, false},
		{"adapters/dvc", "adapters/dvc/dvcsim", false, false},
		{"adapters/dvc", "adapters/dvc/dvcsim", true, true},
		{"adapters/dvc", "mappings", false, false},
		{"canonical", "adapters", false, false},
		{"canonical/units", "canonical", false, true},
		{"canonical/problem", "canonical", false, false},
		{"canonical/problem/answer", "canonical/problem", false, true},
		{"canonical/problem/answer", "canonical", false, false},
		{"canonical/privacy", "canonical", false, false},
		{"canonical/outbound", "canonical/problem", false, true},
		{"canonical/outbound", "canonical", false, false},
		{"adapters/tabular", "canonical/outbound", false, true},
		{"router/kafka", "canonical/outbound", false, true},
		{"canonical/jsonscan", "canonical/vntext", false, false},
		{"canonical/jsonscan", "canonical/jsonscan/jsonscantest", true, true},
		{"mappings", "canonical/vntext", false, true},
		{"mappings", "router/journal", false, false},
		{"cmd/gateway", "adapters/all", false, true},
		{"canonical", seeds, true, true},
		{"canonical", seeds, false, false},
		{"router/store", seeds, false, false},
		{"adapters/all", "adapters/dvc", false, true},
	} {
		if got := mayImport(c.from, c.to, c.test); got != c.ok {
			t.Errorf("%s → %s (test %v): %v, want %v", c.from, c.to, c.test, got, c.ok)
		}
	}
}

// libraryHomes is the one home of each third-party library; "test" means any
// test file.
func libraryHomes() map[string][]string {
	return map[string][]string{
		"github.com/go-playground/validator/v10": {"canonical", "canonical/strict"},
		"go.yaml.in/yaml/v3":                     {"canonical/strict"},
		"github.com/knadh/koanf":                 {"cmd/gateway"},
		"github.com/spf13/pflag":                 {"cmd/gateway"},
		"github.com/spf13/cobra":                 {"cmd/gateway"},
		"github.com/hashicorp/go-retryablehttp":  {"adapters/internal/httpx", "router/webhook"},
		"golang.org/x/oauth2":                    {"adapters/internal/httpx"},
		"github.com/sony/gobreaker/v2":           {"router/schedule"},
		"golang.org/x/time":                      {"cmd/gateway"},
		"golang.org/x/sys":                       {"cmd/gateway/verbs/shell"},
		"golang.org/x/net":                       {"cmd/gateway", "canonical/outbound/outboundtest"},
		"golang.org/x/sync":                      {"adapters", "router/sync", "router/control", "router/kafka", "cmd/gateway"},
		"golang.org/x/text": {"canonical/vntext", "adapters/simkit", "adapters/simkit/city",
			"adapters/ioffice/iofficesim"},
		"golang.org/x/crypto":                      {"adapters/tabular"},
		"github.com/pkg/sftp":                      {"adapters/tabular"},
		"github.com/xuri/excelize/v2":              {"adapters/tabular", "adapters/ioffice/iofficesim", "adapters/statistics/statisticssim"},
		"github.com/richardlehane/mscfb":           {"adapters/tabular"},
		"github.com/cespare/xxhash/v2":             {"adapters/rest"},
		"github.com/tidwall/gjson":                 {"adapters", "mappings"},
		"github.com/expr-lang/expr":                {"mappings/expression"},
		"modernc.org/sqlite":                       {"router/store/sqlite"},
		"github.com/klauspost/compress":            {"router/store/chunk", "router/feed", "canonical/units", "adapters/internal/httpx"},
		"github.com/prometheus/client_golang":      {"router/feed", "cmd/gateway"},
		"pgregory.net/rapid":                       {"test", "router/storetest", seeds},
		"github.com/rogpeppe/go-internal":          {"test"},
		"go.uber.org/goleak":                       {"test", "adapters/adaptertest", "router/storetest"},
		"github.com/santhosh-tekuri/jsonschema/v6": {"test"},
		"github.com/cloudevents/sdk-go/v2":         {"test"},
		"github.com/chromedp":                      {"test"},
		"github.com/IBM/sarama":                    {"router/kafka", "deploy/dev"},
		"github.com/xdg-go/scram":                  {"router/kafka"},
		"github.com/redis/go-redis/v9":             {"router/redis"},
		"github.com/alicebob/miniredis/v2":         {"test"},
		"github.com/twmb/franz-go":                 {"test"},
	}
}

func TestOneHomePerLibrary(t *testing.T) {
	for _, s := range sources(t) {
		from := filepath.ToSlash(filepath.Dir(s.path))
		for _, spec := range s.file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") {
				continue // standard library or ours
			}
			if !atHome(from, path, s.tests) {
				t.Errorf("%s: %s is no home of %s", s.fset.Position(spec.Pos()), from, path)
			}
		}
	}
}

// TestXMLIsReadInOnePlace: what decodes XML is configured once. Simulators
// write and take apart what they are sent.
func TestXMLIsReadInOnePlace(t *testing.T) {
	found := false
	for _, s := range sources(t) {
		from := filepath.ToSlash(filepath.Dir(s.path))
		for _, spec := range s.file.Imports {
			if s.tests || spec.Path.Value != `"encoding/xml"` {
				continue
			}
			found = found || from == "canonical/jsonscan"
			if from != "canonical/jsonscan" && !strings.HasSuffix(from, "sim") && from != "deploy/dev" {
				t.Errorf("%s: %s reads XML by itself; canonical/jsonscan does", s.fset.Position(spec.Pos()), from)
			}
		}
	}
	if !found {
		t.Error("canonical/jsonscan reads no XML: the walk is broken")
	}
}

func atHome(from, path string, test bool) bool {
	for library, homes := range libraryHomes() {
		if !within(path, library) {
			continue
		}
		for _, home := range homes {
			if home == "test" && test || within(from, home) { // and the rooms below it
				return true
			}
		}
		return test // tests may use what the project uses anyway
	}
	return false
}
