package mappings

import (
	"errors"
	"iocgateway/canonical/problem"
	"os"
	"path/filepath"
	"testing"
)

// TestWhatIsLackingIsSaidInItsOwnWords: a stream names a mapping that there is
// not; whoever wired it knows where. Reading the files again does not forget
// that, a file that is wrong says what is wrong with itself, and when that file
// goes away the first words hold again.
func TestWhatIsLackingIsSaidInItsOwnWords(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "own", "x.yaml")
	if err := os.Mkdir(filepath.Dir(file), 0o750); err != nil {
		t.Fatal(err)
	}
	words := errors.New("gateway.yaml:7:3: names no mapping")
	lacking := NewLacking("own/x", "a", "b", words)
	broken := NewUnfit("own/x", "a", "c", errors.New("own/x.yaml:1:1: wrong"))
	set := NewLiveSet(func() (*Set, error) { return Load(Options{Dir: dir}) })
	set.Add(lacking)
	set.Add(broken)
	say := func() {
		d, err := set.Draft()
		if err != nil {
			t.Fatal(err)
		}
		d.Say()
	}
	say()
	if got := lacking.Unfit(); !errors.Is(got, words) {
		t.Errorf("lacking: %v", got)
	}
	if got := codeIn(broken.Unfit()); got != "GW-M024" {
		t.Errorf("a file that went away: %s", got)
	}
	if err := os.WriteFile(file, []byte("mapping: ["), 0o600); err != nil {
		t.Fatal(err)
	}
	say()
	if got := lacking.Unfit(); errors.Is(got, words) {
		t.Errorf("wrong: %v", got)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	say()
	if got := lacking.Unfit(); !errors.Is(got, words) {
		t.Errorf("gone again: %v", got)
	}
}

func codeIn(err error) string {
	if p, ok := problem.As(err); ok {
		return p.Code
	}
	return ""
}
