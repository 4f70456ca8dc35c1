package tabular_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"iocgateway/adapters/tabular"
)

// One element that nests too deep, or is longer than anybody keeps, is held;
// its file goes on.
func TestOneBadElementIsHeldAlone(t *testing.T) {
	deep := strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)
	deepXML := strings.Repeat("<a>", 20_000) + strings.Repeat("</a>", 20_000)
	for name, c := range map[string]struct{ settings, text, code string }{
		"f.json":   {"format: json, key: [id], path: rows", `{"rows":[{"id":1},{"id":2,"x":` + deep + `},{"id":3}]}`, "GW-S034"},
		"f.ndjson": {"format: ndjson, key: [id]", `{"id":1}` + "\n" + `{"id":2,"x":` + deep + "}\n" + `{"id":3}`, "GW-S034"},
		"f.xml":    {"format: xml, key: [id], path: d/r", `<d><r><id>1</id></r><r><id>2</id>` + deepXML + `</r><r><id>3</id></r></d>`, "GW-S034"},
		"l.json":   {"format: json, key: [id]", `[{"id":1},{"id":2,"x":"` + strings.Repeat("a", 17<<20) + `"},{"id":3}]`, "GW-R009"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		source := open(t, fmt.Sprintf("{%s, place: {settle: -1s}}", c.settings), dir)
		var keys, held []string
		for _, page := range walk(t, source) {
			for _, raw := range page.Records {
				keys = append(keys, raw.Key)
			}
			for _, r := range page.Refused {
				held = append(held, r.Problem.Code+" "+r.Raw.Key)
			}
			if page.Complete != nil {
				t.Errorf("%s: a file with a held element proves what is gone", name)
			}
		}
		if strings.Join(keys, " ") != "1 3" || strings.Join(held, " ") != c.code+" 2" {
			t.Errorf("%s: given on %v, held %v", name, keys, held)
		}
		source.(*tabular.Walker).Idle()
	}
}
