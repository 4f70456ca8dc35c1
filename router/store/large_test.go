package store

import (
	"fmt"
	"strings"
	"testing"

	"iocgateway/canonical"
	"iocgateway/router/journal"
)

// TestLargeBodiesEndAPage: what a source sends does not decide how much memory
// a reader takes; nothing is passed over for it.
func TestLargeBodiesEndAPage(t *testing.T) {
	const records, size = 60, 400 << 10
	s := mustOpen(t, t.TempDir())
	want := map[string]bool{}
	for i := range records {
		b := page(i, 1, 0)
		rec := b.Items[0].Record
		rec.Body = fmt.Appendf(nil, `{"id":%q,"text":%q}`, rec.ID, strings.Repeat("x", size))
		rec.Version = canonical.ContentVersion(rec.Body)
		want[rec.ID] = true
		commit(t, s, b)
	}
	within := func(name string, es []journal.Entry, got map[string]bool) {
		t.Helper()
		bytes := 0
		for i := range es {
			bytes += len(es[i].Body)
			got[es[i].ID] = true
		}
		if bytes > journal.PageBytes+size+1<<10 || len(es) == 0 {
			t.Fatalf("%s: %d bytes in %d entries", name, bytes, len(es))
		}
	}
	whole := func(name string, got map[string]bool) {
		t.Helper()
		if len(got) != len(want) {
			t.Errorf("%s gave %d records, want %d", name, len(got), len(want))
		}
	}
	got := map[string]bool{}
	for at, more := (journal.Position)(nil), true; more; {
		c, err := s.Changes(t.Context(), "dossier", journal.Filter{}, at, 1000)
		if err != nil {
			t.Fatal(err)
		}
		within("changes", c.Entries, got)
		at, more = c.Next, c.More
	}
	whole("changes", got)

	got = map[string]bool{}
	upTo := journal.Position{records}
	for at := (journal.Position)(nil); ; {
		c, err := s.Snapshot(t.Context(), "dossier", journal.Filter{}, at, upTo, 1000)
		if err != nil {
			t.Fatal(err)
		}
		within("snapshot", c.Entries, got)
		if at = c.Next; at == nil {
			break
		}
	}
	whole("snapshot", got)

	for _, sort := range []string{"", "due_at", "-created_at"} {
		got = map[string]bool{}
		for after := ""; ; {
			l, err := s.List(t.Context(), journal.ListQuery{Kind: canonical.KindDossier, Sort: sort, After: after, Limit: 200})
			if err != nil {
				t.Fatal(err)
			}
			within("list", l.Entries, got)
			if after = l.Next; after == "" {
				break
			}
		}
		whole("list by "+sort, got)
	}
}
