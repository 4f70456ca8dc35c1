package push_test

import (
	"bytes"
	"compress/gzip"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/push"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

var now = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

const (
	oldKey = "old-secret-of-24-bytes!!"
	newKey = "new-secret-of-24-bytes!!"
)

func whsec(key string) string { return "whsec_" + base64.StdEncoding.EncodeToString([]byte(key)) }

func lookup(name string) (string, bool) {
	value, ok := map[string]string{"NEW": whsec(newKey), "OLD": whsec(oldKey), "TOKEN": newKey, "SHORT": "whsec_AAAA"}[name]
	return value, ok
}

func openText(t testing.TB, text string) (*push.Source, error) {
	t.Helper()
	node, err := strict.Parse("city.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := strict.Resolve(node, strict.Lookup{Env: lookup}); err != nil {
		t.Fatal(err)
	}
	src, err := push.Spec().Open(adapters.Settings{Source: "tongdai", Stream: "calls", Kind: canonical.KindFeedback, Node: node},
		adapters.Env{Now: func() time.Time { return now }})
	if err != nil {
		return nil, err
	}
	return src.(*push.Source), nil
}

func mustOpen(t testing.TB, text string) *push.Source {
	t.Helper()
	src, err := openText(t, text)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

const hook = `
signature: {kind: standard-webhooks, secrets: ["${env:NEW}", "${env:OLD}"]}
key: id
version: rev
at: updated
layouts: [iso, "dd/MM/yyyy HH:mm"]
gone_path: event
gone: [deleted]
`

// signed is a delivery signed by Standard Webhooks with these keys.
func signed(body []byte, at time.Time, keys ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/in/tongdai/calls", bytes.NewReader(body))
	stamp := fmt.Sprint(at.Unix())
	var list []string
	for _, key := range keys {
		mac := hmac.New(sha256.New, []byte(key))
		fmt.Fprintf(mac, "evt_1.%s.%s", stamp, body)
		list = append(list, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	r.Header.Set("Webhook-Id", "evt_1")
	r.Header.Set("Webhook-Timestamp", stamp)
	r.Header.Set("Webhook-Signature", strings.Join(list, " "))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	return r
}

// status is what the HTTP side would answer.
func status(err error) int {
	var refusal interface{ HTTPStatus() int }
	if errors.As(err, &refusal) {
		return refusal.HTTPStatus()
	}
	if err != nil {
		return 500
	}
	return 200
}

const good = `{"id":"PA-17","rev":3,"updated":"2026-03-02T07:59:00","event":"changed","noi_dung":"Đèn đường hỏng"}`

func TestReceive(t *testing.T) {
	page, err := mustOpen(t, hook).Receive(signed([]byte(good), now, newKey))
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Records) != 1 || len(page.Refused)+len(page.Notes) != 0 || page.More || page.Next != nil || page.Total != -1 {
		t.Fatalf("%+v", page)
	}
	raw := page.Records[0]
	at := time.Date(2026, 3, 2, 0, 59, 0, 0, time.UTC)
	if raw.Key != "PA-17" || raw.Version != "3" || raw.Kind != canonical.KindFeedback || !raw.At.Equal(at) || raw.Gone ||
		string(raw.Payload) != good {
		t.Errorf("%+v", raw)
	}
	gone := strings.Replace(good, "changed", "deleted", 1)
	if page, err = mustOpen(t, hook).Receive(signed([]byte(gone), now, newKey)); err != nil || !page.Records[0].Gone {
		t.Errorf("gone: %+v, %v", page, err)
	}
}

func TestReceiveManyItems(t *testing.T) {
	src := mustOpen(t, hook+`
records: data.items
max_items: 4
kind_path: type
kinds: {petition: feedback, work: task}
`)
	body := `{"data":{"items":[{"id":1,"type":"petition"},{"type":"petition"},{"id":"x","type":"call"},{"id":12345678901234567890,"type":"work","updated":"02.03.2026"}]}}`
	page, err := src.Receive(signed([]byte(body), now, newKey))
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Records) != 2 || page.Records[0].Key != "1" || page.Records[1].Key != "12345678901234567890" ||
		page.Records[1].Kind != canonical.KindTask {
		t.Errorf("records: %+v", page.Records)
	}
	if len(page.Refused) != 2 || page.Refused[0].Problem.Code != "GW-S811" || !strings.HasPrefix(page.Refused[0].Raw.Key, "sha256:") ||
		page.Refused[1].Problem.Code != "GW-S812" || page.Refused[1].Raw.Key != "x" {
		t.Errorf("refused: %+v", page.Refused)
	}
	if len(page.Notes) != 1 || page.Notes[0].Code != "GW-S813" || !page.Records[1].At.IsZero() {
		t.Errorf("notes: %+v", page.Notes)
	}
	for body, want := range map[string]int{
		`{"data":{"items":[]}}`: 200, `{"data":{"items":{"id":"1","type":"work"}}}`: 200,
		`{"data":{}}`: 400, `{"data":{"items":7}}`: 400, `{"data":{"items":[1,2,3,4,5]}}`: 413,
	} {
		if _, err := src.Receive(signed([]byte(body), now, newKey)); status(err) != want {
			t.Errorf("%s: %d (%v), want %d", body, status(err), err, want)
		}
	}
}

// TestDeliveriesWithoutRecords are noted: a source in trouble sends them too.
func TestDeliveriesWithoutRecords(t *testing.T) {
	for yaml, want := range map[string]int{hook: 1, hook + "allow_empty: true\n": 0} {
		page, err := mustOpen(t, yaml).Receive(signed([]byte("[]"), now, newKey))
		if err != nil || len(page.Notes) != want || want > 0 && page.Notes[0].Code != "GW-S815" || page.Complete != nil {
			t.Errorf("%+v, %v, want %d notes", page, err, want)
		}
	}
}

func TestJoinedKeysStayApart(t *testing.T) {
	src := mustOpen(t, strings.Replace(hook, "key: id", "key: [unit, id]", 1))
	seen := map[string]bool{}
	for _, body := range []string{`{"unit":"a/b","id":"c"}`, `{"unit":"a","id":"b/c"}`, `{"unit":"a%2Fb","id":"c"}`} {
		page, err := src.Receive(signed([]byte(body), now, newKey))
		if err != nil || len(page.Records) != 1 || seen[page.Records[0].Key] {
			t.Fatalf("%s: %+v, %v", body, page.Records, err)
		}
		seen[page.Records[0].Key] = true
	}
}

func TestWholeNumbersAreOneKey(t *testing.T) {
	src := mustOpen(t, hook+"whole_keys: true\n")
	for _, body := range []string{`{"id":12}`, `{"id":12.0}`, `{"id":"12.0"}`, `{"id":"1.2E1"}`} {
		page, err := src.Receive(signed([]byte(body), now, newKey))
		if err != nil || len(page.Records) != 1 || page.Records[0].Key != "12" {
			t.Errorf("%s: %+v, %v", body, page.Records, err)
		}
	}
}

func TestStandardWebhooks(t *testing.T) {
	body := []byte(good)
	edit := func(change func(r *http.Request)) *http.Request {
		r := signed(body, now, newKey)
		change(r)
		return r
	}
	for _, c := range []struct {
		name string
		r    *http.Request
		want int
		code string
	}{
		{"new secret", signed(body, now, newKey), 200, ""},
		{"old secret while rotating", signed(body, now, oldKey), 200, ""},
		{"signed with both", signed(body, now, "somebody else's key.....", oldKey), 200, ""},
		{"another secret", signed(body, now, "somebody else's key....."), 401, "GW-S801"},
		{"just young enough", signed(body, now.Add(-5*time.Minute), newKey), 200, ""},
		{"stale", signed(body, now.Add(-5*time.Minute-time.Second), newKey), 401, "GW-S802"},
		{"from the future", signed(body, now.Add(6*time.Minute), newKey), 401, "GW-S802"},
		{"no signature", edit(func(r *http.Request) { r.Header.Del("Webhook-Signature") }), 401, "GW-S801"},
		{"signature of another version", edit(func(r *http.Request) { r.Header.Set("Webhook-Signature", "v2,AAAA") }), 401, "GW-S801"},
		{"no id", edit(func(r *http.Request) { r.Header.Del("Webhook-Id") }), 401, "GW-S801"},
		{"another id", edit(func(r *http.Request) { r.Header.Set("Webhook-Id", "evt_2") }), 401, "GW-S801"},
		{"a full stop in the id", edit(func(r *http.Request) { r.Header.Set("Webhook-Id", "evt.1") }), 401, "GW-S801"},
		{"timestamp is no number", edit(func(r *http.Request) { r.Header.Set("Webhook-Timestamp", "soon") }), 401, "GW-S801"},
		{"timestamp changed", edit(func(r *http.Request) { r.Header.Set("Webhook-Timestamp", fmt.Sprint(now.Unix()+1)) }), 401, "GW-S801"},
		{"body changed", edit(func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(good + " ")) }), 401, "GW-S801"},
		{"many signatures", edit(func(r *http.Request) {
			right := r.Header.Get("Webhook-Signature")
			r.Header.Set("Webhook-Signature", strings.Repeat("v1,"+base64.StdEncoding.EncodeToString(make([]byte, 32))+" ", 16)+right)
		}), 401, "GW-S801"},
	} {
		_, err := mustOpen(t, hook).Receive(c.r)
		p, _ := problem.As(err)
		if status(err) != c.want || c.code != "" && (p == nil || p.Code != c.code) {
			t.Errorf("%s: %d, %v; want %d %s", c.name, status(err), err, c.want, c.code)
		}
		if class, _ := problem.Class(err); err != nil && class != problem.FaultReject {
			t.Errorf("%s: class %v: a stranger must not stop the stream", c.name, class)
		}
		if err != nil && (strings.Contains(err.Error(), newKey) || strings.Contains(err.Error(), "PA-17")) {
			t.Errorf("%s: the error shows too much: %v", c.name, err)
		}
	}
}

func TestOtherSignatures(t *testing.T) {
	mac := hmac.New(sha256.New, []byte(newKey))
	mac.Write([]byte(good))
	sum := mac.Sum(nil)
	const hub = `{kind: hmac-header, header: X-Hub-Signature-256, prefix: "sha256=", secrets: "${env:TOKEN}"}`
	const b64 = `{kind: hmac-header, encoding: base64, secrets: "${env:TOKEN}"}`
	const token = `{kind: bearer, secrets: "${env:TOKEN}"}`
	for _, c := range []struct {
		signature, header, value string
		want                     int
	}{
		{hub, "X-Hub-Signature-256", "sha256=" + hex.EncodeToString(sum), 200},
		{hub, "X-Hub-Signature-256", "sha256=" + strings.ToUpper(hex.EncodeToString(sum)), 200},
		{hub, "X-Hub-Signature-256", hex.EncodeToString(sum), 401},
		{hub, "X-Hub-Signature-256", "sha256=" + hex.EncodeToString(sum[:31]), 401},
		{hub, "X-Hub-Signature-256", "sha256=" + hex.EncodeToString(make([]byte, 32)), 401},
		{hub, "X-Other", "sha256=" + hex.EncodeToString(sum), 401},
		{b64, "X-Signature", base64.StdEncoding.EncodeToString(sum), 200},
		{b64, "X-Signature", hex.EncodeToString(sum), 401},
		{token, "Authorization", "Bearer " + newKey, 200},
		{token, "Authorization", "bearer " + newKey, 200},
		{token, "Authorization", "Bearer " + newKey + "x", 401},
		{token, "Authorization", "Basic " + newKey, 401},
		{token, "X-None", "", 401},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(good))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set(c.header, c.value)
		if _, err := mustOpen(t, "signature: "+c.signature+"\nkey: id\n").Receive(r); status(err) != c.want {
			t.Errorf("%s: %s: %d (%v), want %d", c.signature, c.header, status(err), err, c.want)
		}
	}
}

func zipped(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(body)
	_ = w.Close()
	return b.Bytes()
}

func TestBodies(t *testing.T) {
	cut := signed([]byte(good), now, newKey)
	cut.Body = io.NopCloser(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(good))))
	typed := func(contentType string) *http.Request {
		r := signed([]byte(good), now, newKey)
		r.Header.Set("Content-Type", contentType)
		return r
	}
	packed := func(body, signedOver []byte) *http.Request {
		r := signed(signedOver, now, newKey)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		r.Header.Set("Content-Encoding", "gzip")
		return r
	}
	bomb := zipped(make([]byte, 64<<20))
	chunked := signed(bytes.Repeat([]byte(" "), 1<<20+1), now, newKey)
	chunked.ContentLength = -1
	for _, c := range []struct {
		name string
		r    *http.Request
		want int
		code string
	}{
		{"declared too large", signed(bytes.Repeat([]byte(" "), 1<<20+1), now, newKey), 413, "GW-S803"},
		{"too large, length not given", chunked, 413, "GW-S803"},
		{"gzip, signed as sent", packed(zipped([]byte(good)), zipped([]byte(good))), 200, ""},
		{"gzip, signed before", packed(zipped([]byte(good)), []byte(good)), 200, ""},
		{"gzip bomb of the source", packed(bomb, bomb), 413, "GW-S803"},
		{"gzip bomb of a stranger", packed(bomb, []byte("x")), 401, "GW-S801"},
		{"gzip that is none", packed([]byte(good), []byte(good)), 400, "GW-S806"},
		{"cut on the way", cut, 400, "GW-S805"},
		{"no JSON", signed([]byte(`{"id":`), now, newKey), 400, "GW-S806"},
		{"empty", signed(nil, now, newKey), 400, "GW-S062"},
		{"a number", signed([]byte(`7`), now, newKey), 400, "GW-S808"},
		{"nested too deep", signed([]byte(strings.Repeat("[", 500000)), now, newKey), 400, "GW-S806"},
		{"html", typed("text/html"), 415, "GW-S804"},
		{"no type", typed(""), 415, "GW-S804"},
		{"type with a suffix", typed("application/vnd.tongdai+json"), 200, ""},
	} {
		_, err := mustOpen(t, hook).Receive(c.r)
		p, _ := problem.As(err)
		if status(err) != c.want || c.code != "" && (p == nil || p.Code != c.code) {
			t.Errorf("%s: %d, %v; want %d %s", c.name, status(err), err, c.want, c.code)
		}
	}
	checkUnproven(t, signed(bytes.Repeat([]byte(" "), 1<<20+1), now, newKey), typed("text/html"), packed(bomb, bomb))
	r := signed([]byte(good), now, newKey)
	r.Header.Set("Content-Encoding", "br")
	if _, err := mustOpen(t, hook).Receive(r); status(err) != 415 {
		t.Errorf("br: %v", err)
	}
	if class, _ := problem.Class(func() error {
		again := signed([]byte(good), now, newKey)
		again.Body = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF))
		_, err := mustOpen(t, hook).Receive(again)
		return err
	}()); class != problem.FaultRetry {
		t.Errorf("a cut delivery has class %v", class)
	}
}

// checkUnproven: what is refused before its signature can be looked at may be
// anybody's; behind the signature, and behind a token in the head, it is the
// source's own.
func checkUnproven(t *testing.T, large, html, bomb *http.Request) {
	t.Helper()
	const token = "signature: {kind: bearer, secrets: [\"${env:TOKEN}\"]}\nkey: id\n"
	withToken := func(r *http.Request) *http.Request {
		r = r.Clone(t.Context())
		r.Header.Set("Authorization", "Bearer "+newKey)
		return r
	}
	for _, c := range []struct {
		name, yaml string
		r          *http.Request
		want       bool
	}{
		{"too large", hook, large, true}, {"of another type", hook, html, true}, {"unpacked behind its signature", hook, bomb, false},
		{"too large, with its token", token, withToken(large), false}, {"of another type, with its token", token, withToken(html), false},
	} {
		_, err := mustOpen(t, c.yaml).Receive(c.r)
		var of *push.Refusal
		if !errors.As(err, &of) || of.Unproven() != c.want || of.HTTPStatus() == 0 {
			t.Errorf("%s: %v, want unproven %t", c.name, err, c.want)
		}
	}
}
