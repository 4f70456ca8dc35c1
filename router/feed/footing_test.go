package feed

import (
	"net/http/httptest"
	"strings"
	"testing"

	"iocgateway/canonical"
	"iocgateway/router/journal"
)

// rewind puts a feed back to a sequence and lets it grow again, by as much
// and other records.
func (m *memView) rewind(seq uint64) {
	n := len(m.all["dossier"]) - int(seq)
	m.lose("dossier", seq)
	for i := range n {
		m.put(canonical.KindDossier, "dvc", "dossiers", "other", journal.OpChanged, []string{"A", "B", "C"}[i%3], 1000+i)
	}
}

// TestCursorStandsOnItsEntry: where the Log was put back and grew again, the
// numbers are the same; a reader that had other entries is told, whatever way it reads.
func TestCursorStandsOnItsEntry(t *testing.T) {
	v := newMemView()
	fill(v, 30)
	a := newAPI(t, v, nil)
	next := func(query string) string {
		return decode[pageBody](t, get(a, "/v1/feeds/dossier/changes?"+query), 200).Next
	}
	cursors := map[string]string{
		"changes":  "/changes?after=" + next("limit=20"),
		"the head": "/changes?wait=1&after=" + next(""),
		"filtered": "/changes?area=B&after=" + next("area=B&limit=7"),
		"passed":   "/changes?area=none&after=" + next("area=none"),
		"lines":    "/changes?after=" + next("limit=25"),
		"followed": "/changes?after=" + decode[pageBody](t, get(a, "/v1/feeds/dossier/snapshot"), 200).Cursor,
		"snapshot": "/snapshot?page=" + decode[pageBody](t, get(a, "/v1/feeds/dossier/snapshot?limit=3"), 200).Page,
	}
	early := next("limit=5")
	srv := httptest.NewServer(a)
	defer srv.Close()
	defer a.Close()
	ids := map[string]string{}
	for _, query := range []string{"", "?area=B"} {
		n := 0
		frames(t, srv.URL+"/v1/feeds/dossier/stream"+query, "", func(f frame) bool {
			ids[query] = f.id
			n++
			return n < 9
		})
	}
	for name, target := range cursors {
		if w := get(a, "/v1/feeds/dossier"+target); w.Code != 200 {
			t.Fatalf("%s: nothing was put back, and it is answered %d %s", name, w.Code, w.Body)
		}
	}
	v.rewind(5)
	for name, target := range cursors {
		p := decode[problemJSON](t, get(a, "/v1/feeds/dossier"+target), 409)
		if p.Code != "GW-K014" || !strings.HasPrefix(p.Resync, "/v1/feeds/dossier/snapshot") {
			t.Errorf("%s: %+v", name, p)
		}
	}
	for query, id := range ids {
		frames(t, srv.URL+"/v1/feeds/dossier/stream"+query, id, func(f frame) bool {
			if f.event != "resync" || !strings.Contains(f.data, "GW-K014") {
				t.Errorf("stream%s: %+v", query, f)
			}
			return false
		})
	}
	if got := decode[pageBody](t, get(a, "/v1/feeds/dossier/changes?after="+early), 200); len(got.Events) != 25 {
		t.Errorf("a reader that had nothing of what was lost gets %d events", len(got.Events))
	}
}

// TestOlderCursors: one that an older gateway gave, or moved on, says nothing
// of what it stands on, and is taken.
func TestOlderCursors(t *testing.T) {
	v := newMemView()
	fill(v, 30)
	a := newAPI(t, v, nil)
	text := decode[pageBody](t, get(a, "/v1/feeds/dossier/changes?limit=10"), 200).Next
	c, err := parseCursor(text)
	if err != nil || !c.stands().Known() {
		t.Fatalf("%+v, %v", c, err)
	}
	moved := c
	moved.pos, moved.last = journal.Position{20}, journal.Position{20} // as an older node moves it
	plain := moved
	plain.upTo = nil
	v.rewind(5)
	for name, older := range map[string]cursor{"moved on": moved, "without": plain} {
		if got := decode[pageBody](t, get(a, "/v1/feeds/dossier/changes?after="+older.encode()), 200); len(got.Events) != 10 {
			t.Errorf("%s: %d events", name, len(got.Events))
		}
	}
	decode[problemJSON](t, get(a, "/v1/feeds/dossier/changes?after="+text), 409)
}

func TestFootingOfParts(t *testing.T) {
	c := cursor{use: useChanges, feed: 2, pos: journal.Position{7, 1 << 40, 0}, last: journal.Position{7, 9, 0}}
	c.standOn(journal.Footing{0, 5, 9})
	got, err := parseCursor(c.encode())
	if err != nil || got.stands().At(0) != 0 || got.stands().At(1) != 5 || got.stands().At(2) != 9 {
		t.Fatalf("%x, %v", got.stands(), err)
	}
	if got.stands().Differs(journal.Footing{4, 5}) || !got.stands().Differs(journal.Footing{0, 6}) {
		t.Fatal("what is not known differs, or what is known does not")
	}
}
