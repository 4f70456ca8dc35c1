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
	m.fail = &problem.Problem{Code: "GW-R040"}
	for _, path := range []string{"/v1/quarantine/7", "/v1/admin/audit/export"} {
		w := get(a, path)
		if decode[problemJSON](t, w, 503); strings.Contains(w.Body.String(), "bí mật") || !strings.Contains(w.Body.String(), "GW-R040") {
			t.Errorf("%s without its row: %s", path, w.Body)
		}
	}
	if w := get(a, "/metrics"); !strings.Contains(w.Body.String(), "iocgateway_audit_unwritten_rows_total 4") {
		t.Error("no metric tells that the audit cannot be written")
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
