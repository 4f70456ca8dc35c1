package store

import (
	"slices"
	"testing"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

func TestRowsOfOneMendAreOneGroup(t *testing.T) {
	for _, c := range []struct{ code, path, want string }{
		{"GW-D020", "S!A17", "S!A"}, {"GW-D020", "17", ""}, {"GW-D021", "Biểu 2!AB1048576", "Biểu 2!AB"}, {"GW-D020", "line 9", "line "},
		{"GW-D020", "rows[3]", "rows[*]"}, {"GW-M021", "place.0.id", "place.*.id"}, {"GW-M021", "place.12", "place.*"}, {"GW-M021", "Q1", "Q1"},
		{"GW-M021", "a.b2.c", "a.b2.c"}, {"GW-M021", "items[0].codes[12]", "items[*].codes[*]"},
	} {
		if got := pathOf(&problem.Problem{Code: c.code, Path: c.path}); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.code, c.path, got, c.want)
		}
	}
}

// TestWhatLeavesQuarantineUnlistedIsCounted: a whole listing that does not name
// a key ends what is held of it, and says of how many and of which.
func TestWhatLeavesQuarantineUnlistedIsCounted(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	item := func(key, payload string, refused bool) journal.Item {
		raw := canonical.Raw{Kind: canonical.KindTask, Key: key, Payload: []byte(payload)}
		it := journal.Item{Raw: raw, Digest: raw.Digest()}
		if refused {
			it.Problem = &problem.Problem{Code: "GW-M021"}
			return it
		}
		body := []byte(payload)
		it.Record = &canonical.Record{ID: canonical.ID(raw.Kind, "s", key), Kind: raw.Kind, Source: "s", Stream: "t", Key: key,
			Version: canonical.ContentVersion(body), Mapping: "m@1", Body: body}
		return it
	}
	gone := func(key string) journal.Item {
		raw := canonical.Raw{Kind: canonical.KindTask, Key: key}
		return journal.Item{Raw: raw, Digest: raw.Digest(), Proved: true, Record: &canonical.Record{
			ID: canonical.ID(raw.Kind, "s", key), Kind: raw.Kind, Source: "s", Stream: "t", Key: key, Mapping: "m@1", Gone: true}}
	}
	put := func(items ...journal.Item) journal.Receipt {
		t.Helper()
		r, err := s.Commit(t.Context(), journal.Batch{Stream: "s/t", Mapping: "m@1", Items: items, At: time.Unix(1e9, 0)})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	put(item("never published", `{"a":1}`, true), item("live", `{"a":2}`, false), item("live, held since", `{"a":3}`, false),
		item("gone, held since", `{"a":4}`, false))
	put(item("live, held since", `{"a":"?"}`, true), gone("gone, held since"))
	if r := put(item("gone, held since", `{"a":"!"}`, true), gone("unheard of")); r.Counts.Unlisted != 0 || len(r.Unlisted) != 0 {
		t.Errorf("nothing left quarantine: %+v", r)
	}
	r := put(gone("never published"), gone("live"), gone("live, held since"), gone("gone, held since"))
	if want := []string{"never published", "live, held since", "gone, held since"}; r.Counts.Unlisted != 3 || !slices.Equal(r.Unlisted, want) {
		t.Errorf("%d left quarantine: %q, want %q", r.Counts.Unlisted, r.Unlisted, want)
	}
	if r := put(gone("never published"), gone("live, held since")); r.Counts.Unlisted != 0 {
		t.Errorf("counted again: %+v", r)
	}
}
