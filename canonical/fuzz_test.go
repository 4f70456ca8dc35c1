package canonical_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"iocgateway/canonical"
)

// FuzzID: an id taken apart and put together is the same id, whatever the
// source and the key hold.
func FuzzID(f *testing.F) {
	for _, seed := range [][3]string{{"dossier", "dvc-tinh", "G12.99"}, {"feedback", "a:b", "x%3Ay"}, {"", "", ""},
		{"unit", "đơn vị", "51@2025-07-01"}, {"task", "%", "%2"}, {"x", "\x00", "\xff"}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, _, source, key string) {
		id := canonical.ID(canonical.KindDossier, source, key)
		for i := range len(id) {
			if id[i] <= ' ' || id[i] >= utf8.RuneSelf {
				t.Fatalf("%q does not travel in a header", id)
			}
		}
		kind, s, k, err := canonical.ParseID(id)
		if err != nil || kind != canonical.KindDossier || s != source || k != key {
			t.Fatalf("%q, %q came back as %q, %q: %v", source, key, s, k, err)
		}
		_, _, _, _ = canonical.ParseID(key)
	})
}

// FuzzTime: a time that is read is written so that it can be read again.
func FuzzTime(f *testing.F) {
	for _, seed := range []string{`"2026-03-02T08:00:00+07:00"`, `"2026-03-02T08:00:00.123456789Z"`, `"0000-01-01T00:00:00Z"`, `"9999-12-31T23:59:59-23:59"`, `null`, `1`, `""`, `"2026-02-30T00:00:00Z"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var at canonical.Time
		if at.UnmarshalJSON(text) != nil {
			return
		}
		out, err := json.Marshal(at)
		if err != nil {
			return // a year that RFC 3339 cannot write
		}
		var again canonical.Time
		if err := json.Unmarshal(out, &again); err != nil || !again.Equal(at.Time) {
			t.Fatalf("%s was written %s: %v", text, out, err)
		}
	})
}
