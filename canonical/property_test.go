package canonical_test

import (
	"testing"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
)

// TestApplyIsStable: treating personal data twice changes nothing more, and
// what was valid stays valid.
func TestApplyIsStable(t *testing.T) {
	for _, kind := range canonical.Kinds() {
		for name, policy := range map[string]privacy.Policy{"default": privacy.DefaultPolicy(), "keep": privacy.KeepAll(), "empty": {}} {
			e := filled(t, kind)
			canonical.Protect(policy, e)
			if err := canonical.Validate(e); err != nil {
				t.Errorf("%s %s: %v", kind, name, err)
			}
			if canonical.Protect(policy, e) {
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
		canonical.Protect(privacy.DefaultPolicy(), e)
		if again, err := canonical.Encode(e); err == nil {
			if _, err := canonical.Decode(canonical.Kind(kind), again); err != nil {
				t.Fatalf("what was written cannot be read: %v\n%s", err, again)
			}
		}
	})
}
