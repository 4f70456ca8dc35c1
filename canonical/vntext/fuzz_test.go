package vntext_test

import (
	"testing"
	"unicode/utf8"

	"iocgateway/canonical/vntext"
)

// FuzzLegacy: text typed in a font of before Unicode may be anything.
func FuzzLegacy(f *testing.F) {
	for _, seed := range []string{"", "Céng hoµ x· héi chñ nghÜa ViÖt Nam", "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam", "\xb5\xb8\xff",
		"¨©ª«¬\u00ad®", "aâ", "ÖØ", "\x80", "Đã là Unicode"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, out := range map[string]string{"tcvn3": vntext.FromTCVN3(s), "vni": vntext.FromVNI(s)} {
			if !utf8.ValidString(out) {
				t.Fatalf("%s: %q became %q", name, s, out)
			}
			if utf8.RuneCountInString(out) > len(s) {
				t.Fatalf("%s: %q grew to %q", name, s, out)
			}
		}
		_, _ = vntext.LooksTCVN3(s), vntext.LooksVNI(s)
	})
}
