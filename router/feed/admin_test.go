package feed

import (
	"context"
	"strings"
	"testing"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/book"
	"iocgateway/router/journal"
)

// memAdmin keeps who read what, and refuses when it cannot.
type memAdmin struct {
	read []string
	fail error
	rows []book.Row
}

func (m *memAdmin) Reading(_ context.Context, what, target, by string, read func() error) error {
	if m.fail != nil {
		return m.fail
	}
	m.read = append(m.read, by+" "+what+" "+target)
	return read()
}

func (m *memAdmin) Look(_ context.Context, what, target, by string) error {
	m.read = append(m.read, by+" looks at "+what+" "+target)
	return m.fail
}

func (m *memAdmin) Acts(_ context.Context, q book.ActQuery) ([]book.ActEntry, uint64, error) {
	e := book.ActEntry{Seq: 9, At: time.Unix(0, 0), ActRow: book.ActRow{Phase: q.Phase, Who: q.Who, What: q.What, Target: q.Target}}
	return []book.ActEntry{e}, uint64(q.Limit), m.fail
}

func (m *memAdmin) ActRows(_ context.Context, after uint64, _ int) ([]book.Row, error) {
	if after > 0 {
		return nil, m.fail
	}
	return m.rows, nil
}

func (m *memAdmin) VerifyActs(context.Context) (book.Verified, error) {
	v := book.Verdict{Part: book.Acts, Rows: 3, At: 2, What: book.Changed}
	return book.Verified{Verdict: v, Problem: &problem.Problem{Code: "GW-R042", Field: v.Part, Value: "2", Want: "changed"}}, nil
}

func (m *memAdmin) Dropped(_ context.Context, h *journal.HeldRaw) (journal.Dropped, error) {
	return journal.Dropped{At: h.Dropped.At, By: "lan", Reason: "rác", Row: 8}, m.fail
}

func (m *memAdmin) AuditTrouble() *problem.Problem {
	p, _ := problem.As(m.fail)
	return p
}

func (m *memAdmin) AuditFailures() (int64, *problem.Problem) { return 4, nil }

// TestReadingIsWrittenDown: what may be personal data is given once it is
// written down who reads it, and not otherwise.
func TestReadingIsWrittenDown(t *testing.T) {
	v := newMemView()
	fill(v, 1)
	v.mu.Lock()
	v.held = append(v.held, journal.HeldRaw{ID: 7, Problem: problem.Problem{Code: "GW-F031"}, Raw: canonical.Raw{Payload: []byte("bí mật")}})
	v.mu.Unlock()
	m := &memAdmin{}
	a := newAPI(t, v, func(o *Options) { o.Admin = m })
	if w := get(a, "/v1/quarantine/7"); w.Code != 200 || !strings.Contains(w.Body.String(), "bí mật") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	get(a, "/v1/quarantine/99")
	get(a, "/v1/quarantine/x")
	if got := strings.Join(m.read, "|"); got != "local held raw 7|local held raw 99" {
		t.Errorf("written down: %s", got)
	}
	v.mu.Lock()
	v.held = append(v.held, journal.HeldRaw{ID: 9, Problem: problem.Problem{Code: "GW-F031"}, Dropped: &journal.Dropped{At: time.Unix(5, 0)}})
	v.mu.Unlock()
	if w := get(a, "/v1/quarantine/9"); w.Code != 200 || !strings.Contains(w.Body.String(), `"by":"lan","reason":"rác","row":8`) {
		t.Errorf("a dropped one: %d %s", w.Code, w.Body)
	}
	m.read = nil
	get(a, "/v1/quarantine?stream=dvc/dossiers")
	get(a, "/v1/quarantine/groups")
	if got := strings.Join(m.read, "|"); got != "local looks at what is held dvc/dossiers|local looks at what is held quarantine" {
		t.Errorf("written down: %s", got)
	}
	m.fail = &problem.Problem{Code: "GW-R040"}
	for _, path := range []string{"/v1/quarantine/7", "/v1/quarantine", "/v1/quarantine/groups", "/v1/admin/audit/export"} {
		w := get(a, path)
		if decode[problemJSON](t, w, 503); strings.Contains(w.Body.String(), "bí mật") || !strings.Contains(w.Body.String(), "GW-R040") {
			t.Errorf("%s without its row: %s", path, w.Body)
		}
	}
	if w := get(a, "/metrics"); !strings.Contains(w.Body.String(), "iocgateway_audit_unwritten_rows_total 4") {
		t.Error("no metric tells that the audit cannot be written")
	} else if !strings.Contains(w.Body.String(), "iocgateway_audit_whole 0") {
		t.Error("no metric tells that the audit is not whole")
	}
	m.fail = nil
	if w := get(a, "/metrics"); !strings.Contains(w.Body.String(), "iocgateway_audit_whole 1") {
		t.Error("a whole audit is told as broken")
	}
}

// TestAuditRoutes: what is asked reaches the audit, and what it says is given.
func TestAuditRoutes(t *testing.T) {
	empty := []byte("{}")
	m := &memAdmin{rows: []book.Row{{Part: "audit", Seq: 1, Hash: "a", Body: empty}, {Part: "audit", Seq: 2, Hash: "b", Body: empty}}}
	a := newAPI(t, newMemView(), func(o *Options) { o.Admin = m })
	w := get(a, "/v1/admin/audit?who=lan&what=run&target=a/t&phase=done&limit=7")
	for _, want := range []string{`"who":"lan"`, `"what":"run"`, `"target":"a/t"`, `"phase":"done"`, `"next":"7"`} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %s in %s", want, w.Body)
		}
	}
	if w := get(a, "/v1/admin/audit?phase=maybe"); w.Code != 400 {
		t.Errorf("a phase there is not: %d", w.Code)
	}
	found := get(a, "/v1/admin/audit/verify").Body.String()
	if !strings.Contains(found, `"at":2,"what":"changed"`) || !strings.Contains(found, `"vi":`) {
		t.Error(found)
	}
	w = get(a, "/v1/admin/audit/export")
	if lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n"); len(lines) != 2 || w.Header().Get("Content-Type") != mediaLines {
		t.Errorf("%q", lines)
	}
	for _, path := range []string{"/v1/admin/audit", "/v1/admin/audit/verify", "/v1/admin/audit/export"} {
		decode[problemJSON](t, get(newAPI(t, newMemView(), nil), path), 501)
	}
}

func (m *memAdmin) Plan(_ context.Context, ask book.Ask, by string) (book.Plan, error) {
	m.read = append(m.read, by+" plans "+ask.Kind+" "+ask.Stream)
	return book.Plan{ID: "p1", Ask: ask, Planned: 3, Hash: "h"}, m.fail
}

func (m *memAdmin) Plans() []book.Plan { return nil }

func (m *memAdmin) Apply(_ context.Context, id, hash, by string) (book.Job, error) {
	m.read = append(m.read, by+" applies "+id+" "+hash)
	return book.Job{ID: id, State: book.Active}, m.fail
}

func (m *memAdmin) JobList() []book.JobView { return nil }

func (m *memAdmin) Job(id string) (book.JobView, error) {
	return book.JobView{Job: book.Job{ID: id}}, m.fail
}

func (m *memAdmin) TurnJob(_ context.Context, id, what, by string) (book.JobView, error) {
	m.read = append(m.read, by+" "+what+" "+id)
	return book.JobView{Job: book.Job{ID: id}}, m.fail
}

// TestJobRoutes: what cannot be meant is refused before anybody is asked; a
// plan that moved is 409, one there is not 404, one applied goes on as a job.
func TestJobRoutes(t *testing.T) {
	m := &memAdmin{}
	s := &memStreams{job: "j9"}
	v := newMemView()
	s.now = v.now
	a := newAPI(t, v, func(o *Options) { o.Admin, o.Streams, o.Control = m, s, s })
	for _, c := range []struct {
		path, body string
		status     int
		asked      string
	}{
		{plansPath, `{"kind":"replay held","stream":"dvc/dossiers"}`, 200, "local plans replay held dvc/dossiers"},
		{plansPath, `{"kind":"replay stream","stream":"dvc/dossiers","rate":7}`, 200, "local plans replay stream dvc/dossiers"},
		{plansPath, `{"kind":"replay held"}`, 400, ""},
		{plansPath, `{"kind":"replay stream","stream":"a/b","code":"GW-M001"}`, 400, ""},
		{plansPath, `{"kind":"replay held","stream":"a/b","rate":-1}`, 400, ""},
		{plansPath, `{"kind":"drop held","stream":"a/b"}`, 400, ""},
		{plansPath + "/p1/apply", `{"hash":"h"}`, 202, "local applies p1 h"},
		{plansPath + "/p1/apply", ``, 202, "local applies p1 "},
		{jobsPath + "/j1/pause", `{"reason":"trưa"}`, 200, "local pause j1"},
		{jobsPath + "/j1/cancel", ``, 200, "local cancel j1"},
		{jobsPath + "/j1/burn", ``, 404, ""},
	} {
		m.read = nil
		if w := post(a, c.path, c.body); w.Code != c.status || strings.Join(m.read, "|") != c.asked {
			t.Errorf("%s %s: %d %q %s", c.path, c.body, w.Code, m.read, w.Body)
		}
	}
	if w := post(a, "/v1/quarantine/replay", `{"stream":"dvc/dossiers"}`); w.Code != 202 || !strings.Contains(w.Body.String(), `"job":"j9"`) ||
		w.Header().Get("Location") != jobsPath+"/j9" {
		t.Errorf("a long replay: %d %s", w.Code, w.Body)
	}
	if w := post(a, "/v1/streams/dvc/dossiers/replay", ""); w.Code != 200 || !strings.Contains(w.Body.String(), `"job":"j9"`) {
		t.Errorf("a stream's replay: %d %s", w.Code, w.Body)
	}
	for code, status := range map[string]int{"GW-R043": 404, "GW-R044": 409, "GW-R045": 409, "GW-R046": 404, "GW-R040": 503} {
		m.fail = &problem.Problem{Code: code}
		decode[problemJSON](t, post(a, plansPath+"/p1/apply", `{}`), status)
	}
}
