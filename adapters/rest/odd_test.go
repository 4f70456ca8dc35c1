package rest

import (
	"strings"
	"testing"
	"time"

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
		"no time to answer":  {"timeout: 1ms\n", "[id]", "{every: 1d}", "GW-C005", "test.yaml:2:10", "1ms", "min 10ms"},
		"no duration":        {"timeout: 1ns\n", "[id]", "{every: 1d}", "GW-C040", "test.yaml:2:10", "1ns", ""},
		"swept at all times": {"", "[id]", "{every: 1ns}", "GW-C040", "test.yaml:12:18", "1ns", ""},
		"… or nearly so":     {"", "[id]", "{every: 5ms}", "GW-C005", "test.yaml:12:18", "5ms", "gte 1s"},
		"… by the source":    {"sweep: 20ms\n", "[id]", "{every: 1d}", "GW-C005", "test.yaml:2:8", "20ms", "gte 1s"},
		"a part twice":       {"", "[id, id]", "{every: 1d}", "GW-C039", "test.yaml:10:32", "id", ""},
		"time without end":   {"timeout: 9999h\n", "[id]", "{every: 1d}", "GW-C005", "test.yaml:2:10", "9999h", "max 10m0s"},
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
