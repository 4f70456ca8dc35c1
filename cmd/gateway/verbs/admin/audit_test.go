package admin

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"iocgateway/canonical/words"
	"iocgateway/router/book"
)

// TestEveryDeedHasWords: what the audit keeps is called by its glossary word
// wherever the code writes such a row down.
func TestEveryDeedHasWords(t *testing.T) {
	deeds := map[string]bool{book.ReplayHeld: true, book.ReplayStream: true, book.Sweep: true, book.RestartWalk: true, book.Forget: true,
		book.Remarked: true, book.Accepted: true}
	forms := map[*regexp.Regexp]string{
		regexp.MustCompile(`\bAct\{What: "([^"]+)"[,}]`):                 "",
		regexp.MustCompile(`\bdropHeld = "([^"]+)"`):                     "",
		regexp.MustCompile(`\.(?:noted|Reading)\(\w[\w.()]*, "([^"]+)"`): "read ",
		regexp.MustCompile(`\.(?:looked|Look)\(\w[\w.()]*, "([^"]+)"`):   "look at ",
	}
	err := filepath.WalkDir("../../../../", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for form, verb := range forms {
			for _, found := range form.FindAllSubmatch(text, -1) {
				deeds[verb+string(found[1])] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(deeds) < 18 {
		t.Errorf("only %d deeds were found: %v", len(deeds), deeds)
	}
	for deed := range deeds {
		if w, there := words.Of("act", deed); !there || w.VI == w.EN {
			t.Errorf("%q has no Vietnamese word (canonical/words, act.%s)", deed, deed)
		}
	}
}

// TestWhatWentWrongIsSaidFilled: the audit keeps English words; who reads it in
// Vietnamese reads what happened, and never a place that nothing was put into.
func TestWhatWentWrongIsSaidFilled(t *testing.T) {
	for _, c := range []struct{ code, kept, vi string }{
		{"GW-R016", "the source of stream qlvb/van-ban delivers by itself: there is nothing to ask",
			"Nguồn của luồng qlvb/van-ban tự gửi đến: cổng tích hợp không thể chủ động lấy"},
		{"GW-R016", "as it was said in another version", "nguyên văn: as it was said in another version"},
		{"", "context canceled", "nguyên văn: context canceled"},
	} {
		e := &book.ActEntry{}
		e.Code, e.Error = c.code, c.kept
		if got := errorWords(e, words.Vietnamese); got != c.vi && (c.code != "" || !strings.Contains(got, c.kept)) {
			t.Errorf("%s %s: %s", c.code, c.kept, got)
		}
		if got := errorWords(e, words.English); got != c.kept {
			t.Errorf("in English: %s", got)
		}
	}
}
