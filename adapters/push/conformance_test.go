package push_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/pakn/paknsim"
	"iocgateway/adapters/push"
	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

const hotline = `
signature: {kind: standard-webhooks, secrets: ["${env:NEW}"]}
payload: data
key: data.ma
version: data.phien_ban
at: timestamp
`

// opened is a stream of the hotline with everything it logs.
func opened(t testing.TB, text string, now func() time.Time) (*push.Source, *bytes.Buffer) {
	t.Helper()
	node, err := strict.Parse("city.yaml", []byte(text))
	if err == nil {
		err = strict.Resolve(node, strict.Lookup{Env: lookup})
	}
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	src, err := push.Spec().Open(adapters.Settings{Source: "tongdai", Stream: "calls", Kind: canonical.KindFeedback, Node: node},
		adapters.Env{Now: now, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return src.(*push.Source), &log
}

// intake receives as the gateway does: it answers 2xx to what it has kept. Every
// seventh delivery is kept, and the answer lost.
type intake struct {
	src     *push.Source
	arrived chan struct{} // holds one signal: something came since the last look
	mu      sync.Mutex
	n       int
	got     map[string]canonical.Raw // key and version → what came
	bad     []string
	errs    []string
}

// ServeHTTP is http.Handler's.
func (d *intake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	page, err := d.src.Receive(r)
	d.mu.Lock()
	defer d.mu.Unlock()
	defer func() {
		select {
		case d.arrived <- struct{}{}:
		default:
		}
	}()
	d.n++
	if err != nil {
		d.errs = append(d.errs, err.Error())
		w.WriteHeader(status(err))
		return
	}
	for _, raw := range page.Records {
		id := raw.Key + " " + raw.Version
		if first, again := d.got[id]; again && first.Digest() != raw.Digest() {
			d.bad = append(d.bad, id)
		}
		d.got[id] = raw
	}
	if len(page.Refused) > 0 {
		d.bad = append(d.bad, page.Refused[0].Problem.Code)
	}
	if d.n%7 == 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

func (d *intake) ids() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []string
	for id := range d.got {
		key, version, _ := strings.Cut(id, " ")
		if version == "" { // a call
			out = append(out, "msg_"+strings.ToLower(key))
			continue
		}
		var n int
		_, _ = fmt.Sscan(version, &n)
		out = append(out, fmt.Sprintf("msg_%s_%d", strings.ToLower(key), n-1))
	}
	slices.Sort(out)
	return out
}

// TestContractOfDeliveries takes a week of a hotline that repeats itself,
// changes the order, signs wrongly, is late, sends pages of HTML and halves, and
// does not get every answer: each matter is there, once in each version.
func TestContractOfDeliveries(t *testing.T) {
	start := time.Date(2026, 11, 23, 9, 0, 0, 0, city.Zone())
	c := city.New(1, start, city.Sizes{Dossiers: 5, Feedback: 300, Documents: 5, Tasks: 5, Calls: 20})
	clock := simkit.NewClock(start.Add(7*24*time.Hour), 0)
	faults := simkit.NewFaults(clock, 1)
	src, log := opened(t, hotline, clock.Now)
	d := &intake{src: src, arrived: make(chan struct{}, 1), got: map[string]canonical.Raw{}}
	server := httptest.NewServer(d)
	defer server.Close()
	pusher, err := paknsim.NewPusher(c, clock, faults,
		paknsim.PushOptions{URL: server.URL, Secret: whsec(newKey), Every: 5 * time.Millisecond, Repeats: 20, Mixed: 50, Stamp: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := faults.Parse("badsign@3*2,stale@9*2,html@15*2,half@21*2"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	done := make(chan error, 1)
	go func() { done <- pusher.Run(ctx) }() // ends with stop
	want := pusher.Expected(clock.Now())
	for len(d.ids()) < len(want) && ctx.Err() == nil {
		select {
		case <-d.arrived:
		case <-ctx.Done():
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := d.ids(); len(want) < 40 || !slices.Equal(got, want) {
		t.Errorf("%d deliveries arrived, %d were due", len(got), len(want))
	}
	if len(d.bad) > 0 {
		t.Errorf("not the same when repeated: %v", d.bad)
	}
	for _, fault := range []string{"badsign", "stale", "html", "half"} {
		if n := faults.Fired(fault); n != 2 {
			t.Errorf("%s struck %d times", fault, n)
		}
	}
	for code, want := range map[string]int{"GW-S801": 2, "GW-S802": 2, "GW-S052": 2, "GW-S806": 2} { // HTML, and half
		if told := slices.DeleteFunc(slices.Clone(d.errs), func(said string) bool { return !strings.Contains(said, code) }); len(told) != want {
			t.Errorf("%s: %d, want %d: %v", code, len(told), want, d.errs)
		}
	}
	if shown := strings.Join(d.errs, " ") + log.String(); strings.Contains(shown, newKey) || strings.Contains(shown, whsec(newKey)) {
		t.Errorf("the secret is shown: %s", shown)
	}
}

// TestHugeDeliveries: size is bounded before and after unpacking, and a
// stranger's body is not read at all.
func TestHugeDeliveries(t *testing.T) {
	src := mustOpen(t, hook)
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 64 {
		if _, err := z.Write(bytes.Repeat([]byte(" "), 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	packed := signed(bomb.Bytes(), now, newKey)
	packed.Header.Set("Content-Encoding", "gzip")
	for name, r := range map[string]*http.Request{
		"bomb": packed, "large": signed(bytes.Repeat([]byte(" "), 2<<20), now, newKey),
		"items": signed([]byte("["+strings.Repeat(good+",", 2000)+good+"]"), now, newKey),
	} {
		if _, err := src.Receive(r); status(err) != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
	read := &counted{Reader: strings.NewReader(strings.Repeat(" ", 1<<20))}
	r := httptest.NewRequest(http.MethodPost, "/", read)
	r.Header.Set("Content-Type", "application/json")
	if _, err := src.Receive(r); status(err) != http.StatusUnauthorized || read.n > 0 {
		t.Errorf("%d bytes of a stranger were read: %v", read.n, err)
	}
}

type counted struct {
	io.Reader
	n int
}

// Read is io.Reader's.
func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n += n
	return n, err
}

// TestRequiredSettings: without any of them the stream does not open, and the
// error names it.
func TestRequiredSettings(t *testing.T) {
	for path, text := range map[string]string{
		"signature":         "key: id",
		"signature.kind":    `{key: id, signature: {secrets: ["${env:NEW}"]}}`,
		"signature.secrets": "{key: id, signature: {kind: standard-webhooks}}",
		"key":               `signature: {kind: standard-webhooks, secrets: ["${env:NEW}"]}`,
	} {
		_, err := openText(t, text)
		if p, ok := problem.As(err); !ok || !strings.HasSuffix(p.Field, path) && !strings.HasPrefix(p.Field, path) {
			t.Errorf("without %s: %v", path, err)
		}
	}
}

// TestAnyCheckpointIsRead: there is nothing to remember, so that whatever an
// earlier version wrote, or nothing, is as good.
func TestAnyCheckpointIsRead(t *testing.T) {
	data, err := os.ReadFile("../../testdata/checkpoints/push-v1.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil || len(all) == 0 {
		t.Fatalf("%d checkpoints: %v", len(all), err)
	}
	for _, at := range all {
		page, err := mustOpen(t, hook).Pull(t.Context(), at)
		if err != nil || page.More || len(page.Records) > 0 || page.Complete != nil {
			t.Errorf("%s: %+v, %v", at, page, err)
		}
	}
}
