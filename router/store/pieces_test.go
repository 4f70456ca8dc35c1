package store

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/router/journal"
	"iocgateway/router/store/track"
)

// TestAViewDoesNotDependOnItsPieces: streams of one source that give the same
// key are one record in turn, whether a view read them one by one, as they
// came, or at once, as a new node reads its Log.
func TestAViewDoesNotDependOnItsPieces(t *testing.T) {
	var entries []journal.MirrorEntry
	for i, said := range []struct{ stream, title string }{{"a", "x"}, {"b", "x"}, {"a", "x"}, {"b", "y"}, {"c", "y"},
		{"a", "z"}, {"a", "z"}, {"b", "z"}} {
		body := fmt.Appendf(nil, `{"id":"feedback:s:1","kind":"feedback","title":%q}`, said.title)
		sum := sha256.Sum256(body)
		entries = append(entries, journal.MirrorEntry{Entry: journal.Entry{Feed: "feedback", Seq: uint64(2*i + 1), Mapping: "m@1",
			Op: journal.OpChanged, Kind: canonical.KindFeedback, ID: "feedback:s:1", Source: "s", Stream: said.stream, Key: "1",
			Version: fmt.Sprintf("%x", sum[:16]), Body: body}})
	}
	var want string
	for size := 1; size <= len(entries); size++ {
		s, err := Open(t.Context(), Options{Dir: t.TempDir(), View: true})
		if err != nil {
			t.Fatal(err)
		}
		for from := 0; from < len(entries); from += size {
			if err := s.Mirror(t.Context(), journal.Mirror{Entries: entries[from:min(from+size, len(entries))]}); err != nil {
				t.Fatal(err)
			}
		}
		digest, err := s.Digest(t.Context(), "feedback")
		if err != nil {
			t.Fatal(err)
		}
		read, err := s.Read(t.Context(), "feedback", nil, 100)
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprintf("%v:", digest.Buckets[track.BucketOf("feedback:s:1")])
		for i := range read {
			got += fmt.Sprint(" ", read[i].Seq, " ", read[i].Stream)
		}
		for _, stream := range []string{"s/a", "s/b", "s/c"} {
			keys, err := s.LiveKeys(t.Context(), stream, adapters.Scope{})
			if err != nil {
				t.Fatal(err)
			}
			got += fmt.Sprint(" ", stream, keys)
		}
		if size == 1 {
			want = got
			t.Log(want)
		} else if got != want {
			t.Errorf("in pieces of %d: %s, one by one: %s", size, got, want)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
