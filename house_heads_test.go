package iocgateway_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"iocgateway/cmd/gateway/verbs/shell"
)

// TestPagesAndVerbsHaveOneWordForAHead: what stands over a column of a page is
// called as the verbs call it.
func TestPagesAndVerbsHaveOneWordForAHead(t *testing.T) {
	pages, err := filepath.Glob("router/console/pages/*.html")
	if err != nil {
		t.Fatal(err)
	}
	shared := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?:<th scope="col"[^>]*>|data-th="){{\$w\.S "([^"]+)" "([^"]+)"}}`).FindAllStringSubmatch(string(text), -1) {
			verbs := shell.Label(m[2])
			if verbs == "" {
				continue // only pages have it
			}
			shared++
			if !strings.EqualFold(verbs, m[1]) {
				t.Errorf("%s: %s is %q, and %q of the verbs (shell.Label)", page, m[2], m[1], verbs)
			}
		}
	}
	if shared < 30 {
		t.Errorf("only %d heads were compared: the search is broken", shared)
	}
}
