package rest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
)

// Settings that nobody means are refused with what stands there and where.
func TestOddSettings(t *testing.T) {
	head := "url: http://source.test/api\n%swire:\n  profile: x\n  vi: x\n  en: x\n  evidence: assumed\n  kind: dossier\n" +
		"  request: {path: /l}\n  paging: {kind: none}\n  records: {path: d, key: %k}\n  watermark: {kind: none}\n  sweep: %w\n"
	for name, c := range map[string]struct{ settings, key, sweep, code, place, value, want string }{
		"all is well":        {"timeout: 10s\n", "[id]", "{never: true}", "", "", "", ""},
		"none said":          {"timeout: 0s\n", "[id]", "{complete: true}", "", "", "", ""},
		"never and complete": {"", "[id]", "{never: true, complete: true}", "GW-C037", "test.yaml:12:34", "never: true", ""},
		"never and every":    {"", "[id]", "{never: true, every: 1d}", "GW-C037", "test.yaml:12:31", "never: true", ""},
		"never and span":     {"", "[id]", "{never: true, span: 90d}", "GW-C037", "test.yaml:12:30", "never: true", ""},
		"an empty key":       {"", `[""]`, "{every: 1d}", "GW-C004", "test.yaml:10:28", "", "required"},
		"an empty part":      {"", `[id, ""]`, "{every: 1d}", "GW-C004", "test.yaml:10:32", "", "required"},
		"no time to answer":  {"timeout: 1ms\n", "[id]", "{every: 1d}", "GW-C005", "test.yaml:2:10", "1ms", "at least 10ms"},
		"no duration":        {"timeout: 1ns\n", "[id]", "{every: 1d}", "GW-C040", "test.yaml:2:10", "1ns", ""},
		"swept at all times": {"", "[id]", "{every: 1ns}", "GW-C040", "test.yaml:12:18", "1ns", ""},
		"… or nearly so":     {"", "[id]", "{every: 5ms}", "GW-C005", "test.yaml:12:18", "5ms", "at least 1s"},
		"… by the source":    {"sweep: 20ms\n", "[id]", "{every: 1d}", "GW-C005", "test.yaml:2:8", "20ms", "at least 1s"},
		"a part twice":       {"", "[id, id]", "{every: 1d}", "GW-C039", "test.yaml:10:32", "id", ""},
		"time without end":   {"timeout: 9999h\n", "[id]", "{every: 1d}", "GW-C005", "test.yaml:2:10", "9999h", "at most 10m0s"},
		"less than a row":    {"page_size: -5\n", "[id]", "{every: 1d}", "GW-C005", "test.yaml:2:12", "-5", ""},
	} {
		_, err := tryOpen(t, time.Now, strings.NewReplacer("%s", c.settings, "%k", c.key, "%w", c.sweep).Replace(head))
		if c.code == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		found, _ := problem.All(err)
		if len(found) != 1 || found[0].Code != c.code || found[0].Place() != c.place || found[0].Value != c.value ||
			c.want != "" && found[0].Want != c.want {
			t.Errorf("%s: %v %+v, want %s %s %q", name, err, found, c.place, c.code, c.value)
		}
	}
}

// What a first walk would send blank, and times that no request names, are told
// where they stand.
func TestTimesThatAreNotAsked(t *testing.T) {
	wire := "url: http://source.test/api\nwire:\n  profile: x\n  vi: x\n  en: x\n  evidence: assumed\n  kind: dossier\n" +
		"  request: %r\n  paging: {kind: none}\n  records: {path: d, key: id, at: {path: u, layouts: [iso]}}\n  watermark: %m\n"
	for name, c := range map[string]struct{ request, mark, code, place, value string }{
		"asked":                    {`{path: /l, query: {s: "{since}"}}`, "{kind: since, format: iso}", "", "", ""},
		"in the body":              {`{path: /l, method: POST, json: {f: [{s: "{since}"}]}}`, "{kind: since, format: iso}", "", "", ""},
		"in a clause of the path":  {`{path: "/l{?since:/{since}}"}`, "{kind: since, format: iso}", "", "", ""},
		"in the path, and known":   {`{path: "/l/{since}"}`, "{kind: since, format: iso, history: 30d}", "", "", ""},
		"windows in the path":      {`{path: "/l/{from}/{to}"}`, "{kind: window, format: yyyy-MM-dd}", "", "", ""},
		"sent blank":               {`{path: /l, empty: keep, query: {s: "{since}"}}`, "{kind: since, format: iso}", "GW-A016", "8:47", "{since}"},
		"sent blank in a form":     {`{path: /l, empty: keep, form: {s: "x>{since}"}}`, "{kind: since, format: iso}", "GW-A016", "8:46", "{since}"},
		"kept, and a clause":       {`{path: /l, empty: keep, query: {s: "{?since:x>{since}}"}}`, "{kind: since, format: iso}", "", "", ""},
		"kept, and known":          {`{path: /l, empty: keep, query: {s: "{since}"}}`, "{kind: since, format: iso, history: 30d}", "", "", ""},
		"no request names it":      {`{path: /l, query: {s: "2026"}}`, "{kind: since, format: iso}", "GW-A017", "11:21", "since"},
		"no request names windows": {`{path: /l}`, "{kind: window, format: yyyy-MM-dd}", "GW-A017", "11:21", "window"},
		"none is to be named":      {`{path: /l}`, "{kind: walk-desc}", "", "", ""},
	} {
		src, err := tryOpen(t, time.Now, strings.NewReplacer("%r", c.request, "%m", c.mark).Replace(wire))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var told []string
		for _, p := range src.(adapters.Advised).Advice() {
			if p.Code == "GW-A016" || p.Code == "GW-A017" {
				told = append(told, p.Code, strings.TrimPrefix(p.Place(), "test.yaml:"), p.Value)
			}
		}
		want := strings.Fields(c.code + " " + c.place + " " + c.value)
		if !slices.Equal(told, want) {
			t.Errorf("%s: %q, want %q", name, told, want)
		}
	}
}
