package feed

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"iocgateway/canonical"
	"iocgateway/deploy/dev/seed"
	"iocgateway/router/journal"
)

// reader follows a feed by the rule of the documentation and by nothing
// else: snapshot, then changes; upsert by subject, keep the greater
// sequence; 409 and 410 start again. It checks previous on the way.
type reader struct {
	api    http.Handler
	query  string
	state  map[string]event
	cursor string
	last   uint64
	known  bool // that last is to be checked
	resets int
}

func (r *reader) apply(e event) error {
	if r.known && e.prev() != r.last {
		return fmt.Errorf("hole: %d names %d before it, %d was last", e.seq(), e.prev(), r.last)
	}
	if r.known && e.seq() <= r.last {
		return fmt.Errorf("%d came again after %d", e.seq(), r.last)
	}
	r.last, r.known = e.seq(), true
	r.upsert(e)
	return nil
}

func (r *reader) upsert(e event) {
	if old, ok := r.state[e.Subject]; !ok || old.seq() < e.seq() {
		r.state[e.Subject] = e
	}
}

func (r *reader) snapshot(limit int) error {
	r.state, r.resets = map[string]event{}, r.resets+1
	for page := ""; ; {
		var pg pageBody
		w := get(r.api, fmt.Sprintf("/v1/feeds/dossier/snapshot?limit=%d&page=%s%s", limit, page, r.query))
		if err := json.Unmarshal(w.Body.Bytes(), &pg); err != nil || w.Code != 200 {
			return fmt.Errorf("snapshot: %d %w %s", w.Code, err, w.Body)
		}
		for _, e := range pg.Events {
			r.upsert(e)
		}
		if page = pg.Page; page == "" {
			r.cursor, r.known = pg.Cursor, true
			r.last = event{Sequence: pg.Sequence}.seq()
			return nil
		}
	}
}

// step reads one page; done: it is at the tip.
func (r *reader) step(limit int) (done bool, err error) {
	w := get(r.api, fmt.Sprintf("/v1/feeds/dossier/changes?limit=%d&after=%s%s", limit, r.cursor, r.query))
	if w.Code == 409 || w.Code == 410 {
		return false, r.snapshot(limit)
	}
	var pg pageBody
	if err := json.Unmarshal(w.Body.Bytes(), &pg); err != nil || w.Code != 200 {
		return false, fmt.Errorf("changes: %d %w %s", w.Code, err, w.Body)
	}
	for _, e := range pg.Events {
		if err := r.apply(e); err != nil {
			return false, err
		}
	}
	r.cursor = pg.Next
	return !pg.More && len(pg.Events) == 0, nil
}

func (r *reader) versions() map[string]string {
	out := map[string]string{}
	for id, e := range r.state {
		if !e.gone() {
			out[id] = e.version()
		}
	}
	return out
}

// sameDigest compares the reader's own checksums with the server's.
func sameDigest(t interface{ Fatalf(string, ...any) }, api http.Handler, state map[string]string) {
	var d struct {
		Count   int
		Buckets []struct {
			Bucket, Count int
			Sum           string
		}
	}
	w := get(api, "/v1/feeds/dossier/digest")
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || w.Code != 200 {
		t.Fatalf("digest: %d %v", w.Code, err)
	}
	mine, theirs := digestOf(state), 0
	for _, b := range d.Buckets {
		theirs += b.Count
		if mine[b.Bucket].Count != b.Count || hex.EncodeToString(mine[b.Bucket].Sum[:]) != b.Sum {
			t.Fatalf("bucket %d: %d %x, the feed %d %s", b.Bucket, mine[b.Bucket].Count, mine[b.Bucket].Sum, b.Count, b.Sum)
		}
	}
	if theirs != len(state) || d.Count != theirs {
		t.Fatalf("holding %d, the feed %d", len(state), theirs)
	}
}

// TestReaderMissesNothing lets a writer change, remove, prune and restore at
// random between any two requests.
func TestReaderMissesNothing(t *testing.T) {
	seed.Check(t, func(t *rapid.T) {
		v := newMemView()
		a, err := New(Options{View: v, Now: v.now})
		if err != nil {
			t.Fatal(err)
		}
		area := rapid.SampledFrom([]string{"", "", "A"}).Draw(t, "area")
		r := &reader{api: a}
		if area != "" {
			r.query = "&area=" + area
		}
		write := func(n int) {
			for range n {
				key := rapid.IntRange(0, 12).Draw(t, "key")
				ops := []journal.Op{journal.OpChanged, journal.OpChanged, journal.OpCorrected, journal.OpGone}
				op := rapid.SampledFrom(ops).Draw(t, "op")
				v.put(canonical.KindDossier, "dvc", "dossiers", fmt.Sprint("HS", key), op, []string{"A", "B"}[key%2], rapid.Int().Draw(t, "content"))
			}
		}
		write(rapid.IntRange(0, 20).Draw(t, "before"))
		if err := r.snapshot(3); err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 15).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "act") {
			case 0:
				v.mu.Lock()
				v.oldest["dossier"] = uint64(len(v.all["dossier"])) + 1
				v.mu.Unlock()
			case 1:
				v.mu.Lock()
				v.epoch += "x"
				v.mu.Unlock()
			default:
				write(rapid.IntRange(0, 6).Draw(t, "n"))
			}
			if _, err := r.step(rapid.IntRange(1, 5).Draw(t, "limit")); err != nil {
				t.Fatal(err)
			}
		}
		for done := false; !done; {
			if done, err = r.step(4); err != nil {
				t.Fatal(err)
			}
		}
		want := v.live(area)
		if got := r.versions(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("holds %v, should hold %v", got, want)
		}
		if area == "" {
			sameDigest(t, a, r.versions())
		}
	})
}

// live is what a reader of an area must hold.
func (m *memView) live(area string) map[string]string {
	out := map[string]string{}
	for _, e := range m.current("dossier") {
		if e.Op != journal.OpGone && (area == "" || e.Index.Area == area) {
			out[e.ID] = e.Version
		}
	}
	return out
}

// TestReaderBesideWriters runs four writers and a reader for real.
func TestReaderBesideWriters(t *testing.T) {
	v := newMemView()
	a := newAPI(t, v, nil)
	r := &reader{api: a}
	if err := r.snapshot(7); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 300 {
				v.put(canonical.KindDossier, "dvc", "dossiers", fmt.Sprint(w, "-", i%40), journal.OpChanged, "A", i)
			}
		})
	}
	for r.last < 1200 {
		if _, err := r.step(50); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	sameDigest(t, a, r.versions())
}

func TestLongPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newMemView()
		fill(v, 3)
		a := newAPI(t, v, nil)
		tip := decode[pageBody](t, get(a, "/v1/feeds/dossier/changes"), 200).Next
		began := time.Now()
		none := decode[pageBody](t, get(a, "/v1/feeds/dossier/changes?wait=25&after="+tip), 200)
		if len(none.Events) != 0 || time.Since(began) != 25*time.Second {
			t.Errorf("waited %v for %d events", time.Since(began), len(none.Events))
		}
		began = time.Now()
		go func() {
			time.Sleep(2 * time.Second)
			v.put(canonical.KindDossier, "dvc", "dossiers", "x", journal.OpChanged, "B", 1) // not for this reader
			time.Sleep(3 * time.Second)
			v.put(canonical.KindDossier, "dvc", "dossiers", "y", journal.OpChanged, "A", 2)
		}()
		first := decode[pageBody](t, get(a, "/v1/feeds/dossier/changes?area=A"), 200)
		pg := decode[pageBody](t, get(a, "/v1/feeds/dossier/changes?area=A&wait=60s&after="+first.Next), 200)
		if len(pg.Events) != 1 || time.Since(began) != 5*time.Second || pg.Events[0].prev() != 1 {
			t.Errorf("after %v: %+v", time.Since(began), pg.Events)
		}
		began = time.Now()
		go func() { time.Sleep(time.Second); a.Close() }()
		get(a, "/v1/feeds/task/changes?wait=60")
		if time.Since(began) != time.Second {
			t.Errorf("Close left a poll waiting %v", time.Since(began))
		}
	})
}

// frame is one server-sent event.
type frame struct{ id, event, data string }

// frames reads a stream until the function wants no more.
func frames(t *testing.T, url, last string, each func(frame) bool) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("stream: %d %v", resp.StatusCode, resp.Header)
	}
	var f frame
	for sc := bufio.NewScanner(resp.Body); sc.Scan(); {
		name, value, _ := strings.Cut(sc.Text(), ": ")
		switch name {
		case "id":
			f.id = value
		case "event":
			f.event = value
		case "data":
			f.data += value
		case "":
			if f.event != "" && !each(f) {
				return
			}
			f = frame{}
		}
	}
}

// TestStreamCutThreeTimes: a reader that is cut off and comes back with its
// last id misses nothing and sees nothing twice.
func TestStreamCutThreeTimes(t *testing.T) {
	for _, query := range []string{"", "?area=B"} {
		t.Run(query, func(t *testing.T) { cutThrice(t, query) })
	}
}

func cutThrice(t *testing.T, query string) {
	v := newMemView()
	fill(v, 120)
	a := newAPI(t, v, nil)
	srv := httptest.NewServer(a)
	defer srv.Close()
	defer a.Close()
	r := &reader{state: map[string]event{}, known: true}
	id, total := "", 0
	for cut := range 4 {
		n := 0
		frames(t, srv.URL+"/v1/feeds/dossier/stream"+query, id, func(f frame) bool {
			id = f.id
			if f.event == "caught_up" {
				if !strings.Contains(f.data, `"held"`) {
					t.Errorf("caught_up hides what is held: %s", f.data)
				}
				return false
			}
			var e event
			if err := json.Unmarshal([]byte(f.data), &e); err != nil || e.Type != f.event {
				t.Fatalf("%v in %q", err, f.data)
			}
			if err := r.apply(e); err != nil {
				t.Fatal(err)
			}
			n, total = n+1, total+1
			return cut == 3 || n < 7
		})
	}
	if want := map[string]int{"": 120, "?area=B": 40}[query]; total != want {
		t.Errorf("%d events of %d", total, want)
	}
}

func TestStreamSendsResync(t *testing.T) {
	v := newMemView()
	fill(v, 10)
	a := newAPI(t, v, nil)
	srv := httptest.NewServer(a)
	defer srv.Close()
	old := decode[pageBody](t, get(a, "/v1/feeds/dossier/changes?limit=2"), 200).Next
	v.prune("dossier", 9)
	for _, target := range []string{"/v1/feeds/dossier/stream", "/v1/feeds/dossier/stream?area=A"} {
		var got []frame
		frames(t, srv.URL+target, old, func(f frame) bool { got = append(got, f); return true })
		if len(got) != 1 || got[0].event != "resync" || !strings.Contains(got[0].data, `"resync":"/v1/feeds/dossier/snapshot`) {
			t.Errorf("%s: %+v", target, got)
		}
	}
	decode[problemJSON](t, get(a, "/v1/feeds/dossier/stream?after=rubbish"), 400)
}

func TestStreamsAreCapped(t *testing.T) {
	v := newMemView()
	a := newAPI(t, v, func(o *Options) { o.Limits.SSE = 1 })
	srv := httptest.NewServer(a)
	defer srv.Close()
	frames(t, srv.URL+"/v1/feeds/dossier/stream", "", func(frame) bool {
		resp, err := http.Get(srv.URL + "/v1/feeds/dossier/stream")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != 429 || resp.Header.Get("Retry-After") == "" {
			t.Errorf("second stream: %d", resp.StatusCode)
		}
		return false
	})
}
