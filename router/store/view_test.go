package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/vntext"
	"iocgateway/router/journal"
	"iocgateway/router/storetest"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Đường Nghĩa Lộ", "duong nghia lo"},
		{"ĐỀ NGHỊ cấp giấy phép", "de nghi cap giay phep"},
		{"Nguyễn", "nguyen"}, // decomposed
		{"Phương – Ư Ơ ữ ợ", "phuong – u o u o"},
		{"123/UBND-VX", "123/ubnd-vx"},
		{"", ""},
	} {
		if got := vntext.Fold(c.in); got != c.want {
			t.Errorf("fold(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// TestList holds every list against a plain scan of all records.
func TestList(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	const n = 700
	commit(t, s, page(0, n, 0))
	gone := storetest.Synth{}.Item(5, 1)
	gone.Raw.Gone, gone.Record = true, &canonical.Record{Gone: true}
	commit(t, s, one(gone))
	var all []journal.Item
	for i := range n {
		if i != 5 {
			all = append(all, storetest.Synth{}.Item(i, 0))
		}
	}
	day, area := time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC), all[0].Record.Index.Area
	for _, c := range []struct {
		name string
		q    journal.ListQuery
		want func(r *canonical.Record) bool
	}{
		{"all", journal.ListQuery{}, func(*canonical.Record) bool { return true }},
		{"status", journal.ListQuery{Status: []string{"finished", "accepted"}}, func(r *canonical.Record) bool {
			return r.Index.Status == "finished" || r.Index.Status == "accepted"
		}},
		{"open", journal.ListQuery{Open: true, Sort: "due_at"}, func(r *canonical.Record) bool {
			return r.Index.Status != "finished" && r.Index.Status != "returned"
		}},
		{"text", journal.ListQuery{Text: "Dang ky khai SINH"}, func(r *canonical.Record) bool {
			return strings.Contains(r.Index.Title, "Đăng ký khai sinh")
		}},
		{"key", journal.ListQuery{Text: "h48.07-"}, func(r *canonical.Record) bool { return strings.HasPrefix(r.Key, "H48.07-") }},
		{"due", journal.ListQuery{DueFrom: day, DueTo: day.AddDate(0, 0, 3), Sort: "-due_at"}, func(r *canonical.Record) bool {
			return !r.Index.DueAt.Before(day) && r.Index.DueAt.Before(day.AddDate(0, 0, 3))
		}},
		{"area", journal.ListQuery{Filter: journal.Filter{Area: area}, Sort: "created_at"}, func(r *canonical.Record) bool {
			return r.Index.Area == area
		}},
		{"stream", journal.ListQuery{Filter: journal.Filter{Source: "dvc", Stream: "dossiers"}}, func(*canonical.Record) bool {
			return true
		}},
		{"other source", journal.ListQuery{Filter: journal.Filter{Source: "pakn"}}, func(*canonical.Record) bool { return false }},
		{"other kind", journal.ListQuery{Filter: journal.Filter{Kind: "task"}}, func(*canonical.Record) bool { return false }},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want []string
			for i := range all {
				if c.want(all[i].Record) {
					want = append(want, all[i].Record.ID)
				}
			}
			c.q.Kind, c.q.Limit, c.q.CountAll = canonical.KindDossier, 37, true
			got, sorted := walkList(t, s, c.q)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) || !sorted {
				t.Fatalf("%d records (sorted: %v), want %d", len(got), sorted, len(want))
			}
		})
	}
}

func TestListRefuses(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	for _, q := range []journal.ListQuery{{After: "!"}, {Sort: "title; DROP TABLE entity"}} {
		if _, err := s.List(t.Context(), q); err == nil {
			t.Errorf("%+v was taken", q)
		}
	}
}

func walkList(t *testing.T, s *Store, q journal.ListQuery) (ids []string, sorted bool) {
	t.Helper()
	var last time.Time
	sorted = true
	var total int
	for {
		l, err := s.List(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		total = l.Total
		for _, e := range l.Entries {
			at, desc := e.Index.UpdatedAt, true
			switch q.Sort {
			case "due_at", "-due_at":
				at, desc = e.Index.DueAt, q.Sort[0] == '-'
			case "created_at":
				at, desc = e.Index.CreatedAt, false
			}
			if !last.IsZero() && (desc && at.After(last) || !desc && at.Before(last)) {
				sorted = false
			}
			last = at
			ids = append(ids, e.ID)
		}
		if l.Next == "" {
			break
		}
		q.After = l.Next
	}
	if total != len(ids) {
		t.Fatalf("total %d, listed %d", total, len(ids))
	}
	return ids, sorted
}

// TestSnapshotThenChanges: a snapshot taken while records change, followed
// by the changes after its cursor, gives everything once it is put together.
func TestSnapshotThenChanges(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	commit(t, s, page(0, 300, 0))
	cursor := s.Head("dossier")
	got := map[string]string{}
	var after journal.Position
	for v := 1; ; v++ {
		snap, err := s.Snapshot(t.Context(), "dossier", journal.Filter{}, after, cursor, 50)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range snap.Entries {
			got[e.ID] = e.Version
		}
		commit(t, s, page(v*17%290, 10, v))
		if after = snap.Next; after == nil {
			break
		}
	}
	c, err := s.Changes(t.Context(), "dossier", journal.Filter{}, cursor, 1000)
	if err != nil || c.More {
		t.Fatal(err)
	}
	for _, e := range c.Entries {
		got[e.ID] = e.Version
	}
	if len(got) != 300 {
		t.Fatalf("%d records", len(got))
	}
	for bucket := range 256 {
		_, rows, err := s.DigestBucket(t.Context(), "dossier", bucket)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if got[r.ID] != r.Version {
				t.Fatalf("%s is at %s, want %s", r.ID, got[r.ID], r.Version)
			}
			delete(got, r.ID)
		}
	}
	if len(got) != 0 {
		t.Fatalf("%d records are in no bucket", len(got))
	}
}

func TestFilteredChanges(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	commit(t, s, page(0, 500, 0))
	area := storetest.Synth{}.Item(77, 0).Record.Index.Area
	want := 0
	for n := range 500 {
		if (storetest.Synth{}).Item(n, 0).Record.Index.Area == area {
			want++
		}
	}
	got := 0
	var after journal.Position
	for {
		c, err := s.Changes(t.Context(), "dossier", journal.Filter{Area: area}, after, 1)
		if err != nil {
			t.Fatal(err)
		}
		got += len(c.Entries)
		if !c.Next.Covers(after) || !c.More && !c.Next.Covers(c.Head) {
			t.Fatalf("next %d after %d, head %d", c.Next, after, c.Head)
		}
		if after = c.Next; !c.More {
			break
		}
	}
	if got != want {
		t.Fatalf("%d entries, want %d", got, want)
	}
}

func TestChangedWakes(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	changed, other := s.Changed("dossier"), s.Changed("task")
	commit(t, s, page(0, 1, 0))
	select { // a commit that returned has woken its readers
	case <-changed:
	default:
		t.Fatal("nobody was woken")
	}
	select {
	case <-other:
		t.Fatal("a feed that did not grow woke its readers")
	default:
	}
}

func TestLiveKeysScope(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	commit(t, s, page(0, 200, 0))
	item := storetest.Synth{}.Item
	mid := item(100, 0).Record.At
	want := 0
	for n := range 200 {
		if !item(n, 0).Record.At.Before(mid) {
			want++
		}
	}
	keys, err := s.LiveKeys(t.Context(), "dvc/dossiers", adapters.Scope{From: mid})
	if err != nil || len(keys) != want {
		t.Fatalf("%d keys from %v, want %d, %v", len(keys), mid, want, err)
	}
	keys, err = s.LiveKeys(t.Context(), "dvc/dossiers", adapters.Scope{KeyPrefix: "H48.07-"})
	if err != nil || len(keys) != 3 {
		t.Fatal(keys, err)
	}
}
