package rest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan/jsonscantest"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

var _ = flag.Bool("update", false, "rewrite the outcomes of the answers that are kept")

// TestAnswersKeepTheirOutcome reads every answer kept with every profile that
// ships and a few more: records, refusals and codes stay what they were.
func TestAnswersKeepTheirOutcome(t *testing.T) {
	profiles := map[string]string{
		"list": wire(`success: [{path: ok, equals: "true"}]`, "", "path: content", "path: ''", "key: id", "key: id\n  volatile: [a, x.y]"),
		"rows": wire(`success: [{path: ok, equals: "true"}]`, "", "key: id", "key: id\n  version: a"),
		"ok":   wire("key: id", "key: [id, a]\n  whole: true", "path: content", "path: content\n  single: true"),
		"deep": wire(`success: [{path: ok, equals: "true"}]`, "", "path: content", "path: a.b\n  single: true"),
		"xml": wire(`success: [{path: ok, equals: "true"}]`, "", "path: content", "path: R.L.I\n  format: xml", "key: id", "key: '@id'", "total: totalElements",
			"total: R.@total"),
		"items": wire(`success: [{path: ok, equals: "true"}]`, "", "path: content", "path: r.i\n  format: xml"),
		"open311": wire(`success: [{path: ok, equals: "true"}]`, "", "path: content", "path: service_requests.request\n  format: xml", "key: id",
			"key: service_request_id", "path: updatedDate", "path: updated_datetime", "layouts: [", "layouts: [iso, "),
	}
	shipped := map[string]bool{}
	files, err := filepath.Glob("../*/*.yaml")
	if err != nil || len(files) < 6 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		profiles[name], shipped[name] = string(data), true
	}
	answers := append(jsonscantest.Answers(t), jsonscantest.Real(t)...)
	outcomes := map[string]string{}
	for name, profile := range profiles {
		pl := planOf(t, profile)
		for _, a := range answers {
			// A shipped profile knows its own recorded answers, and no odd ones.
			if a.XML == pl.xml && (!shipped[name] || strings.HasPrefix(a.Name, "recorded/")) {
				outcomes[name+" "+a.Name] = outcomeOf(t, pl, a.Bytes)
			}
		}
	}
	jsonscantest.Hold(t, outcomes)
}

func planOf(t *testing.T, profile string) *plan {
	t.Helper()
	node, err := strict.Parse("p.yaml", []byte(profile))
	if err != nil {
		t.Fatal(err)
	}
	p, err := decodeProfile(node)
	if err != nil {
		t.Fatal(err)
	}
	pl, err := compile(p, node, Defaults())
	if err != nil {
		t.Fatal(err)
	}
	return pl
}

func outcomeOf(t *testing.T, pl *plan, body []byte) string {
	t.Helper()
	page, err := parseWith(pl, body, 10, time.Date(2026, 12, 3, 0, 0, 0, 0, time.UTC))
	if err != nil {
		p, _ := problem.As(err)
		return p.Code
	}
	var parts [][]byte
	put := func(raw canonical.Raw) {
		at := []byte(raw.At.Format(time.RFC3339Nano))
		parts = append(parts, []byte(raw.Key), []byte(raw.Version), at, []byte(fmt.Sprint(raw.Gone)), raw.Payload)
	}
	records, refused := whole(t, page)
	for _, raw := range records {
		put(raw)
	}
	for i := range refused {
		put(refused[i].Raw)
	}
	parts = append(parts, fmt.Appendf(nil, "%d %d %q %x", page.total, page.pages, page.next, page.print))
	return fmt.Sprintf("%d records, %d refused, %s", len(records), len(refused), jsonscantest.Digest(parts...))
}
