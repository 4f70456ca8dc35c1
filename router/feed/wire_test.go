package feed

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

var update = flag.Bool("update", false, "rewrite the recorded answers")

// answers are what was answered: status, headers and bytes.
type answers struct {
	asked map[string][]string // of testdata/requests.txt, by section
	fill  *strings.Replacer
	b     strings.Builder
}

// TestWire holds every answer to the bytes that were recorded: what readers
// built on must not change unseen.
func TestWire(t *testing.T) {
	text, err := os.ReadFile("testdata/requests.txt")
	if err != nil {
		t.Fatal(err)
	}
	rec := &answers{asked: map[string][]string{}, fill: strings.NewReplacer()}
	section := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if title, ok := strings.CutPrefix(line, "# "); ok {
			section = title
			continue
		}
		rec.asked[section] = append(rec.asked[section], line)
	}
	wireWhole(t, rec)
	wireLess(t, rec)
	wireNodes(t, rec)
	wireTakenOver(t, rec)
	wireEvents(t, rec)
	const file = "testdata/wire.txt"
	if *update {
		if err := os.WriteFile(file, []byte(rec.b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	was, is := strings.Split(string(want), "=== "), strings.Split(rec.b.String(), "=== ")
	if len(was) != len(is) || len(is) < 100 {
		t.Errorf("%d answers, %d were recorded", len(is), len(was))
	}
	for i := range min(len(was), len(is)) {
		if was[i] != is[i] {
			t.Errorf("another answer (rewrite with -update)\n%s\nwas\n%s", is[i], was[i])
		}
	}
}

func (rec *answers) note(title string, w *httptest.ResponseRecorder) {
	fmt.Fprintf(&rec.b, "=== %s\n%d\n", title, w.Code)
	for _, name := range slices.Sorted(maps.Keys(w.Header())) {
		for _, value := range w.Header()[name] {
			fmt.Fprintf(&rec.b, "%s: %s\n", name, value)
		}
	}
	fmt.Fprintf(&rec.b, "\n%s\n", w.Body)
}

// section asks what a section of the file lists.
func (rec *answers) section(t *testing.T, name, of string, a *API) {
	t.Helper()
	if len(rec.asked[name]) == 0 {
		t.Fatalf("nothing is asked of %s", name)
	}
	rec.ask(of, a, rec.asked[name]...)
}

// ask sends requests as the file lists them.
func (rec *answers) ask(name string, a *API, requests ...string) {
	for _, one := range requests {
		parts := strings.Split(one, " | ")
		method, target, _ := strings.Cut(rec.fill.Replace(parts[0]), " ")
		body, header := "", []string{}
		for _, part := range parts[1:] {
			if strings.HasPrefix(part, "{") {
				body = rec.fill.Replace(part)
				continue
			}
			field, value, _ := strings.Cut(part, ": ")
			header = append(header, field, value)
		}
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		rec.note(name+" "+one, w)
	}
}

// wireSinks is one sink that goes on and one that needs a person.
type wireSinks struct{}

func (wireSinks) SinkStatuses(context.Context) []health.SinkStatus {
	return []health.SinkStatus{
		{Name: "kho", Node: "a", Feed: "dossier", Running: true, At: journal.Position{3}, Head: journal.Position{9}, Behind: 6, Sent: 3},
		{Name: "kho", Feed: "task", Halted: true, Failures: 2, Error: "cut", Problem: &problem.Problem{Code: "GW-Q025"}}}
}

func (wireSinks) ResumeSink(_ context.Context, sink, _, by string) error {
	if sink != "kho" || by == "" {
		return journal.ErrNotFound
	}
	return nil
}

// wireWhole asks an API that has everything.
func wireWhole(t *testing.T, rec *answers) {
	t.Helper()
	v := bareView()
	fill(v, 7)
	e := v.put(canonical.KindDossier, "dvc", "dossiers", "HS/4", journal.OpCorrected, "A", 77)
	v.put(canonical.KindDossier, "dvc", "dossiers", "HS/0", journal.OpGone, "A", 0)
	v.raws[e.ID] = canonical.Raw{Kind: canonical.KindDossier, Key: "HS/4", Payload: []byte(`{}`)}
	xml := canonical.Raw{Payload: []byte("<x/>"), Media: canonical.MediaXML}
	unreadable := problem.Problem{Code: "GW-F019", Field: "due_at", Value: "x", Want: "y"}
	v.held = []journal.HeldRaw{
		{ID: 3, Stream: "dvc/dossiers", Kind: canonical.KindDossier, Key: "k", Problem: problem.Problem{Code: "GW-F031"}, Raw: xml},
		{ID: 5, Stream: "dvc/dossiers", Kind: canonical.KindDossier, Key: "l", Problem: unreadable}}
	a := newAPI(t, v, func(o *Options) {
		o.Sinks = wireSinks{}
		o.Explain = func(_ context.Context, stream, mapping string, raw canonical.Raw) ([]canonical.Why, error) {
			return []canonical.Why{{Field: "subject", Path: "$.a", Rule: stream + " " + mapping + " " + raw.Key}}, nil
		}
	})
	page := decode[pageBody](t, get(a, "/v1/feeds/dossier/changes?limit=2&area=A"), 200)
	snapshot := decode[pageBody](t, get(a, "/v1/feeds/dossier/snapshot?limit=2"), 200)
	rec.fill = strings.NewReplacer("{page}", page.Next, "{snapshot}", snapshot.Page, "{long}", strings.Repeat("x", 501))
	rec.section(t, "all", "all", a)
}

// wireLess asks APIs that lack something, that ask for a token, that cannot
// read and that cannot act.
func wireLess(t *testing.T, rec *answers) {
	t.Helper()
	v := bareView()
	fill(v, 1)
	rec.section(t, "bare", "bare", newAPI(t, v, func(o *Options) { o.Streams, o.Control = nil, nil }))
	rec.section(t, "guarded", "guarded", guarded(t))
	broken := bareView()
	broken.fail = errors.New("disk /secret/path is gone")
	rec.section(t, "bare", "broken", newAPI(t, broken, nil))
	busy := &memStreams{now: v.now, fail: journal.ErrBusy}
	rec.section(t, "acting", "busy", newAPI(t, v, func(o *Options) { o.Control = busy }))
	refusing := &memStreams{now: v.now, fail: &problem.Problem{Code: "GW-R006"}}
	rec.section(t, "acting", "refusing", newAPI(t, v, func(o *Options) { o.Control = refusing }))
	rec.ask("no statuses", newAPI(t, v, func(o *Options) { o.Streams = refusing }), "GET /v1/streams", "GET /v1/feeds/dossier/changes")
	v.prune("dossier", 9)
	rec.ask("pruned", newAPI(t, v, nil), "GET /v1/feeds/dossier/changes?after="+cursorAt(v, 0))
}

// wireEvents records what a reader of server-sent events is sent: what there
// is, what comes, a sign of life, and where to begin anew.
func wireEvents(t *testing.T, rec *answers) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		v := bareView()
		fill(v, 3)
		a := newAPI(t, v, nil)
		ctx, leave := context.WithCancel(t.Context())
		r := httptest.NewRequest("GET", "/v1/feeds/dossier/stream?area=A", nil).WithContext(ctx)
		w, done := httptest.NewRecorder(), make(chan struct{})
		go func() { defer close(done); a.ServeHTTP(w, r) }()
		synctest.Wait()
		v.put(canonical.KindDossier, "dvc", "dossiers", "x", journal.OpChanged, "A", 9)
		time.Sleep(16 * time.Second)
		leave()
		<-done
		rec.note("sse", w)
		v.prune("dossier", 9)
		rec.ask("sse pruned", a, "GET /v1/feeds/dossier/stream?after="+cursorAt(v, 1), "HEAD /v1/feeds/dossier/stream",
			"GET /v1/feeds/dossier/stream?after=zz", "GET /v1/feeds/dossier/stream | Accept: text/csv")
	})
}

// cursorAt is a cursor into the dossiers.
// bareView is a View that does not say what positions stand on, as one of an
// older gateway: its answers are to the byte what they were.
func bareView() *memView {
	v := newMemView()
	v.stands = false
	return v
}

func cursorAt(v *memView, seq uint64) string {
	c := selection{feed: "dossier", epoch: v.epoch}.start(useChanges)
	c.pos, c.last = journal.Position{seq}, journal.Position{seq}
	return c.encode()
}

// wireNodes asks a node that shares its feeds, and one that cannot ask the
// others.
func wireNodes(t *testing.T, rec *answers) {
	t.Helper()
	v := bareView()
	fill(v, 2)
	ahead := "GET /v1/feeds/dossier/changes?after=" + cursorAt(v, 90)
	rec.ask("shared", newAPI(t, v, func(o *Options) {
		o.Node.Shared = true
		o.Node.Cluster = func(context.Context) (health.Cluster, error) {
			return health.Cluster{Node: "a", Engine: "kafka", Roles: []string{"work"}, View: &health.ViewReport{Behind: 3}}, nil
		}
	}), "GET /v1/nodes", ahead)
	rec.ask("cut off", newAPI(t, v, func(o *Options) {
		o.Node.Cluster = func(context.Context) (health.Cluster, error) { return health.Cluster{}, errors.New("cut") }
	}), "GET /v1/nodes", ahead)
}

// wireTakenOver asks with cursors of a history that this one took over, and
// of one that it did not.
func wireTakenOver(t *testing.T, rec *answers) {
	t.Helper()
	v, then := bareView(), bareView()
	fill(v, 6)
	var unready error
	a := newAPI(t, v, func(o *Options) {
		o.Predecessor = &Predecessor{Base: 4}
		o.Node.Ready = func(context.Context) error { return unready }
		o.Predecessor.Bridge = func(_ context.Context, epoch uint64, _ canonical.Feed, seq uint64) (journal.Position, bool, error) {
			switch {
			case epoch != EpochHash("old"):
				return nil, false, nil
			case seq == 1:
				return nil, true, nil
			case seq == 2:
				return nil, false, errors.New("cut")
			}
			return journal.Position{seq - 1}, true, nil
		}
	})
	for _, epoch := range []string{"old", "other"} {
		then.epoch = epoch
		for _, seq := range []uint64{1, 2, 4} {
			rec.ask("taken over", a, "GET /v1/feeds/dossier/changes?after="+cursorAt(then, seq))
		}
	}
	then.epoch, unready = "old", errors.New("not yet")
	rec.ask("not ready", a, "GET /v1/feeds/dossier/changes?after="+cursorAt(then, 4), "GET /readyz")
}
