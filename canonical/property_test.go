package canonical_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"iocgateway/canonical"
	"iocgateway/deploy/dev/seed"
)

// TestScrubHidesNumbers: wherever a phone number stands between words, and
// however it is grouped, scrubbing hides it and leaves the words.
func TestScrubHidesNumbers(t *testing.T) {
	words := rapid.SampledFrom([]string{"gọi", "số", "nhà tôi", "trước", "sau 20/11/2026", "mã H48.53-260921-0099", "đường Nguyễn Trãi,", "(ông An)", "ĐT:"})
	seed.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching(`0[35789][0-9]{8}`).Draw(t, "number")
		gap := rapid.SampledFrom([]string{"", " ", ".", "-"}).Draw(t, "gap")
		written := number[:4] + gap + number[4:7] + gap + number[7:]
		before, after := words.Draw(t, "before"), words.Draw(t, "after")
		got := canonical.Scrub(before + " " + written + " " + after)
		if strings.Contains(got, written) || strings.Contains(got, number[2:7]) {
			t.Fatalf("%q is readable in %q", written, got)
		}
		if !strings.HasPrefix(got, before+" ") || !strings.HasSuffix(got, " "+after) {
			t.Fatalf("more than the number went: %q", got)
		}
		if again := canonical.Scrub(got); again != got {
			t.Fatalf("a second time: %q became %q", got, again)
		}
	})
}

// TestApplyIsStable: treating personal data twice changes nothing more, and
// what was valid stays valid.
func TestApplyIsStable(t *testing.T) {
	for _, kind := range canonical.Kinds() {
		for name, policy := range map[string]canonical.Policy{"default": canonical.DefaultPolicy(), "keep": canonical.KeepAll(), "empty": {}} {
			e := filled(t, kind)
			policy.Apply(e)
			if err := canonical.Validate(e); err != nil {
				t.Errorf("%s %s: %v", kind, name, err)
			}
			if policy.Apply(e) {
				t.Errorf("%s %s: a second time changed something", kind, name)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, kind := range canonical.Kinds() {
		body, err := canonical.Encode(filled(f, kind))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(kind), body)
	}
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		e, err := canonical.Decode(canonical.Kind(kind), body)
		if err != nil {
			return
		}
		_ = canonical.Validate(e)
		_ = canonical.IndexOf(e, canonical.Time{}.Time)
		canonical.DefaultPolicy().Apply(e)
		if again, err := canonical.Encode(e); err == nil {
			if _, err := canonical.Decode(canonical.Kind(kind), again); err != nil {
				t.Fatalf("what was written cannot be read: %v\n%s", err, again)
			}
		}
	})
}
