package hardapi_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"iocgateway/adapters/rest"
)

// lines counts what an integrator has to write.
func lines(t *testing.T, file string) (n int) {
	t.Helper()
	data, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if text := strings.TrimSpace(line); text != "" && !strings.HasPrefix(text, "#") {
			n++
		}
	}
	return n
}

// TestTableEqualsTheFiles: the table in adapters/README.md has each product
// with the lines its files have, and every setting that it names is one.
func TestTableEqualsTheFiles(t *testing.T) {
	readme, err := os.ReadFile("../../../adapters/README.md")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string][]string{}
	row := regexp.MustCompile(`(?m)^\| \[[^\]]+\]\(\.\./cmd/gateway/hardapi/testdata/profiles/([a-z]+)\.yaml\) \| (\d+) \| (\d+) \| (.+) \|$`)
	for _, m := range row.FindAllStringSubmatch(string(readme), -1) {
		table[m[1]] = m[2:]
	}
	if len(table) != len(products()) {
		t.Errorf("the table has %d products, there are %d", len(table), len(products()))
	}
	for name := range products() {
		profile, mapping := "testdata/profiles/"+name+".yaml", "testdata/mappings/hard/"+name+".yaml"
		want := []string{fmt.Sprint(lines(t, profile)), fmt.Sprint(lines(t, mapping))}
		if got := table[name]; len(got) != 3 || got[0] != want[0] || got[1] != want[1] {
			t.Errorf("%s: the table has %.2v, the files have %v lines", name, got, want)
		}
		data, err := os.ReadFile(filepath.Clean(profile))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rest.Check(profile, data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
