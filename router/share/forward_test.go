package share

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"iocgateway/canonical/problem"
)

// peer is a node of a test: it answers requests about streams that it holds,
// and passes on those about others.
type peer struct {
	*Holder
	*Forwarder
	url  string
	log  *logged
	stop func()

	mu   sync.Mutex
	seen []*http.Request // those answered here
	body []string
	hits int // requests that arrived
}

// logged collects what is logged.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// locator knows where jobs are.
type locator struct {
	mu  sync.Mutex
	at  map[string]string
	err error
}

func (l *locator) locate(_ context.Context, job string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.at[job], l.err
}

func (l *locator) put(job, url string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at[job] = url
}

func newLocator() *locator { return &locator{at: map[string]string{}} }

func newPeer(t *testing.T, name string, l *locator) *peer {
	t.Helper()
	p := &peer{log: &logged{}}
	log := slog.New(slog.NewTextHandler(p.log, nil))
	p.Holder = NewHolder(log)
	for _, stream := range []string{"push/task", "push/other"} {
		if err := p.Add(Job{Name: stream, Run: func(ctx context.Context) { <-ctx.Done() }}); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if p.Forwarder, err = NewForwarder(p.Holder, ForwardOptions{Node: name, Locate: l.locate, Log: log}); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	known := func(stream string) bool { return strings.HasPrefix(stream, "push/") }
	mux.Handle("POST /v1/ingest/{source}/{stream}", p.Onward(http.HandlerFunc(p.here), known))
	mux.HandleFunc("POST /v1/act/{source}/{stream}", p.act)
	mux.HandleFunc("GET /v1/act/{source}/{stream}", p.act)
	s := httptest.NewServer(KeepCaller(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.hits++
		p.mu.Unlock()
		mux.ServeHTTP(w, r)
	})))
	p.url, p.stop = s.URL, s.Close
	t.Cleanup(func() {
		s.Close()
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

// here answers a request of a stream that this node holds.
func (p *peer) here(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	p.seen, p.body = append(p.seen, r), append(p.body, string(body))
	p.mu.Unlock()
	w.Header().Set("Answered-By", p.Node)
	w.WriteHeader(http.StatusAccepted)
	_, _ = fmt.Fprintf(w, `{"node":%q}`, p.Node)
}

// act asks the node that holds a stream, as control does.
func (p *peer) act(w http.ResponseWriter, r *http.Request) {
	stream := r.PathValue("source") + "/" + r.PathValue("stream")
	if p.Here(stream) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"node": p.Node, "caller": r.Header.Get("Authorization")})
		return
	}
	var got map[string]string
	if err := p.Ask(r.Context(), stream, r.URL.Path, map[string]any{"ids": []int{1, 2}}, &got); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	_ = json.NewEncoder(w).Encode(got)
}

func (p *peer) counts() (seen, hits int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.seen), p.hits
}

// post sends a request in somebody's name, and reads its answer.
func post(t *testing.T, method, url, body string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer of-lan")
	r.Header.Set("X-Signature", "sha256=abc")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

func TestARequestIsAnsweredByTheNodeThatHoldsItsStream(t *testing.T) {
	l := newLocator()
	a, b := newPeer(t, "a", l), newPeer(t, "b", l)
	b.Hold("push/task")
	l.put("push/task", b.url)
	resp, body := post(t, "POST", a.url+"/v1/ingest/push/task?batch=1", `{"n":1}`)
	if resp.StatusCode != http.StatusAccepted || resp.Header.Get("Answered-By") != "b" || body != `{"node":"b"}` {
		t.Errorf("%s %v %s", resp.Status, resp.Header, body)
	}
	if seen, _ := a.counts(); seen != 0 || len(b.seen) != 1 {
		t.Fatalf("answered %d times by a, %d times by b", seen, len(b.seen))
	}
	r := b.seen[0]
	if b.body[0] != `{"n":1}` || r.URL.Path != "/v1/ingest/push/task" || r.URL.RawQuery != "batch=1" {
		t.Errorf("passed on: %s %s", r.URL, b.body[0])
	}
	for name, want := range map[string]string{"Authorization": "Bearer of-lan", "X-Signature": "sha256=abc", forwardedBy: "a"} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}

	// At home, and of a stream nobody knows: answered here, asking nobody.
	if resp, _ := post(t, "POST", b.url+"/v1/ingest/push/task", ""); resp.Header.Get("Answered-By") != "b" {
		t.Errorf("at the node that holds it: %s", resp.Status)
	}
	l.put("strange/task", b.url)
	if resp, _ := post(t, "POST", a.url+"/v1/ingest/strange/task", ""); resp.Header.Get("Answered-By") != "a" {
		t.Errorf("of a stream nobody knows: %s", resp.Status)
	}
}

// refusedNobody checks that the answer is the problem of a stream that nobody
// can be reached for, and when to come again.
func refusedNobody(t *testing.T, what string, resp *http.Response, body string) {
	t.Helper()
	var p struct {
		Code   string `json:"code"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		t.Fatalf("%s: %v in %s", what, err, body)
	}
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") != "1" {
		t.Errorf("%s: %s, Retry-After %q", what, resp.Status, resp.Header.Get("Retry-After"))
	}
	if p.Code != "GW-R017" || p.Status != http.StatusServiceUnavailable || !strings.Contains(p.Detail, "push/task") {
		t.Errorf("%s: %s", what, body)
	}
	if got := resp.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("%s: %s", what, got)
	}
}

// A request is passed on once: where the job has moved meanwhile, it does not
// go round in circles.
func TestARequestIsPassedOnOnce(t *testing.T) {
	l := newLocator()
	a, b := newPeer(t, "a", l), newPeer(t, "b", l)
	l.put("push/task", b.url) // it held it a moment ago
	resp, body := post(t, "POST", a.url+"/v1/ingest/push/task", "x")
	refusedNobody(t, "passed on to a node that lost it", resp, body)
	seenA, hitsA := a.counts()
	seenB, hitsB := b.counts()
	if seenA+seenB != 0 || hitsA != 1 || hitsB != 1 {
		t.Errorf("%d and %d requests, %d and %d answered", hitsA, hitsB, seenA, seenB)
	}
}

func TestNobodyHoldsIt(t *testing.T) {
	l := newLocator()
	a, b := newPeer(t, "a", l), newPeer(t, "b", l)
	resp, body := post(t, "POST", a.url+"/v1/ingest/push/task", "x")
	refusedNobody(t, "held by nobody", resp, body)
	if strings.Contains(a.log.String(), "did not answer") {
		t.Errorf("nobody was asked, and did not answer: %s", a.log)
	}
	l.err = errors.New("Redis does not answer")
	resp, body = post(t, "POST", a.url+"/v1/ingest/push/task", "x")
	refusedNobody(t, "nobody knows where", resp, body)
	l.err = nil
	l.put("push/task", "http://%zz")
	resp, body = post(t, "POST", a.url+"/v1/ingest/push/task", "x")
	refusedNobody(t, "an address that is none", resp, body)
	if _, hits := b.counts(); hits != 0 {
		t.Errorf("another node was asked %d times", hits)
	}
}

func TestTheHolderDoesNotAnswer(t *testing.T) {
	l := newLocator()
	a, b := newPeer(t, "a", l), newPeer(t, "b", l)
	b.Hold("push/task")
	l.put("push/task", b.url)
	b.stop()
	resp, body := post(t, "POST", a.url+"/v1/ingest/push/task", "x")
	refusedNobody(t, "the holder is gone", resp, body)
	if !strings.Contains(a.log.String(), "did not answer") || !strings.Contains(a.log.String(), "push/task") {
		t.Errorf("logged: %s", a.log)
	}
	var got map[string]string
	err := a.Ask(t.Context(), "push/task", "/v1/act/push/task", nil, &got)
	if class, after := problem.Class(err); class != problem.FaultRetry || after != time.Second {
		t.Errorf("asked: %v, class %v after %v", err, class, after)
	}
	if p, ok := problem.As(err); !ok || p.Code != "GW-R017" || p.Value != "push/task" || p.Err == nil {
		t.Errorf("asked: %v", err)
	}
}

// What a person does about a job elsewhere is done in that person's name.
func TestAskInTheCallersName(t *testing.T) {
	l := newLocator()
	a, b := newPeer(t, "a", l), newPeer(t, "b", l)
	b.Hold("push/task")
	l.put("push/task", b.url)
	for method, want := range map[string]string{
		"POST": `{"caller":"Bearer of-lan","node":"b"}`,
		"GET":  `{"caller":"","node":"b"}`, // reading sets nothing off in anybody's name
	} {
		resp, body := post(t, method, a.url+"/v1/act/push/task", "")
		if resp.StatusCode != http.StatusOK || strings.TrimSpace(body) != want {
			t.Errorf("%s: %s %s", method, resp.Status, body)
		}
	}
	// At the node that was asked it is not passed on again.
	if err := b.Release(t.Context(), "push/task"); err != nil {
		t.Fatal(err)
	}
	_, before := b.counts()
	resp, body := post(t, "POST", a.url+"/v1/act/push/task", "")
	if _, hits := b.counts(); resp.StatusCode != http.StatusBadGateway || hits != before+1 || !strings.Contains(body, "502") {
		t.Errorf("%s %s, %d requests", resp.Status, body, hits-before)
	}
}

func TestAskReadsTheAnswer(t *testing.T) {
	var asked []string
	var answer func(w http.ResponseWriter)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h := r.Header
		asked = append(asked, strings.Join([]string{r.Method, r.URL.Path, h.Get("Content-Type"), h.Get(forwardedBy), string(body)}, " "))
		answer(w)
	}))
	defer s.Close()
	l := newLocator()
	l.put("s/t", s.URL+"/behind/a/path")
	quiet := slog.New(slog.DiscardHandler)
	f, err := NewForwarder(NewHolder(quiet), ForwardOptions{Node: "a", Locate: l.locate, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Dropped int }
	answer = func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"dropped":3}`) }
	if err := f.Ask(t.Context(), "s/t", "/v1/drop", map[string]any{"ids": []int{1, 2}}, &got); err != nil || got.Dropped != 3 {
		t.Errorf("%+v %v", got, err)
	}
	if want := `POST /behind/a/path/v1/drop application/json a {"ids":[1,2]}`; len(asked) != 1 || asked[0] != want {
		t.Errorf("asked %q, want %q", asked, want)
	}
	for what, c := range map[string]struct {
		status     int
		body, want string
	}{
		"refused":         {http.StatusNotFound, "no such stream", "404 Not Found: no such stream"},
		"no JSON":         {http.StatusOK, "<html>", "invalid character"},
		"a long refusal":  {http.StatusConflict, strings.Repeat("x", 5000), "409 Conflict: " + strings.Repeat("x", 500)},
		"an endless body": {http.StatusOK, `{"a":"` + strings.Repeat("x", 2<<20) + `"}`, "unexpected end"},
	} {
		answer = func(w http.ResponseWriter) {
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		}
		err := f.Ask(t.Context(), "s/t", "/v1/drop", nil, &got)
		if err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 700 {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A node that is alone answers everything itself.
func TestANodeAloneForwardsNothing(t *testing.T) {
	f, err := NewForwarder(NewHolder(slog.New(slog.DiscardHandler)), ForwardOptions{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if !f.Here("anything") {
		t.Error("a job is elsewhere, and there is no other node")
	}
	w := httptest.NewRecorder()
	here := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	f.Onward(here, func(string) bool { return true }).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	if w.Code != http.StatusTeapot {
		t.Errorf("answered with %d", w.Code)
	}
	if p, ok := problem.As(f.Ask(t.Context(), "s/t", "/", nil, nil)); !ok || p.Code != "GW-R017" {
		t.Errorf("asked nobody: %v", p)
	}
	for what, o := range map[string]ForwardOptions{"no Log": {}} {
		if _, err := NewForwarder(NewHolder(slog.New(slog.DiscardHandler)), o); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
	if _, err := NewForwarder(nil, ForwardOptions{Log: slog.New(slog.DiscardHandler)}); err == nil {
		t.Error("no Holder: taken")
	}
}
