package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"iocgateway/deploy/dev"
	"iocgateway/deploy/dev/seed"
)

// moving is a source whose rows move while they are read: a row that changes
// goes to the end of the list, one that is removed pulls the others forward.
// It counts what it has, independently of the gateway.
type moving struct {
	*httptest.Server
	mu     sync.Mutex
	rows   []movingRow // oldest change first
	clock  int64       // Unix seconds, one a change
	serial int
	asked  atomic.Int64
}

type movingRow struct {
	id   string
	edit int
	at   int64
}

const movingPage = 20

func newMoving(t *testing.T, rows int) *moving {
	t.Helper()
	m := &moving{clock: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC).Unix()}
	for range rows {
		m.add()
	}
	m.Server = httptest.NewServer(http.HandlerFunc(m.list))
	t.Cleanup(m.Close)
	return m
}

func (m *moving) add() {
	m.clock++
	m.serial++
	m.rows = append(m.rows, movingRow{id: fmt.Sprintf("r%05d", m.serial), at: m.clock})
}

// stir changes some rows, adds one and removes one.
func (m *moving) stir(random *rand.Rand, changes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for range changes {
		at := random.IntN(len(m.rows))
		r := m.rows[at]
		m.clock++
		r.edit, r.at = r.edit+1, m.clock
		m.rows = append(slices.Delete(m.rows, at, at+1), r)
	}
	m.add()
	if len(m.rows) > 100 {
		at := random.IntN(len(m.rows))
		m.rows = slices.Delete(m.rows, at, at+1)
	}
}

// list is one source in four orders: by change, newest first, by window, and
// the order it likes.
func (m *moving) list(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked.Add(1)
	number := func(name string, otherwise int64) int64 {
		n, err := strconv.ParseInt(r.URL.Query().Get(name), 10, 64)
		if err != nil {
			return otherwise
		}
		return n
	}
	since, from, to := number("since", 0), number("from", 0), number("to", 1<<40)
	var rows []movingRow
	for _, x := range m.rows {
		if x.at >= since && x.at >= from && x.at <= to {
			rows = append(rows, x)
		}
	}
	if r.URL.Path == "/desc" {
		slices.Reverse(rows)
	}
	page := int(number("page", 0))
	first, end := min(page*movingPage, len(rows)), min((page+1)*movingPage, len(rows))
	items := make([]map[string]any, 0, movingPage)
	for _, x := range rows[first:end] {
		items = append(items, map[string]any{"id": x.id, "edit": x.edit, "at": x.at})
	}
	answer(w, map[string]any{"items": items, "total": len(rows), "last": end == len(rows)})
}

const movingMapping = `
mapping: test/matter
kind: feedback
evidence: assumed
fields:
  updated_at: {from: at, layouts: [epoch]}
  returned_count: edit
ignore: [id]
`

// movingStreams reads the source in every way a watermark knows.
func movingStreams(url string) string {
	stream := func(name, path, query, more string) string {
		return fmt.Sprintf("  %s:\n    adapter: rest\n    url: %s\n    streams:\n      m:\n        every: 100ms\n        mapping: test/matter\n"+
			"        wire:\n          profile: x\n          vi: x\n          en: x\n          evidence: assumed\n          kind: feedback\n"+
			"          auth: {kind: none}\n          zone: UTC\n          request: {path: %s, query: {page: \"{page}\"%s}}\n"+
			"          paging: {kind: page, base: 0, size: %d, total: total, last: {path: last, equals: \"true\"}}\n"+
			"          records: {path: items, key: id, at: {path: at, layouts: [epoch]}}\n%s", name, url, path, query, movingPage, more)
	}
	return stream("since", "/asc", `, since: "{since}"`, "          watermark: {kind: since, format: epoch, overlap: 1s}\n") +
		stream("sweep", "/desc", "", "          watermark: {kind: walk-desc, overlap: 1s}\n          sweep: {every: 1m, complete: true, plenty: 100000}\n") +
		stream("window", "/asc", `, from: "{from}", to: "{to}"`,
			"          watermark: {kind: window, format: epoch, chunk: 30d, reread: 30d, history: 60d}\n          sweep: {every: 1m, complete: true, plenty: 100000}\n") +
		stream("full", "/asc", "", "          watermark: {kind: none}\n          sweep: {complete: true, plenty: 100000}\n")
}

// newMover is a gateway over a moving source.
func newMover(t *testing.T, m *moving, engine string) *victim {
	t.Helper()
	dir := t.TempDir()
	maps := filepath.Join(dir, "mappings", "test")
	if err := os.MkdirAll(maps, 0o750); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "gateway.yaml")
	text := fmt.Sprintf("http: {addr: \"127.0.0.1:%d\"}\nstore: {dir: %q}\nmappings: {dir: %q}\n%ssources:\n%s", freePort(t),
		filepath.Join(dir, "data"), filepath.Join(dir, "mappings"), engine, movingStreams(m.URL))
	for path, content := range map[string]string{config: text, filepath.Join(maps, "matter.yaml"): movingMapping} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	v := &victim{t: t, config: config}
	t.Cleanup(v.kill)
	return v
}

// wrong compares what each stream has in the feed with what the source has.
func (m *moving) wrong(events []event, streams []string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	live := map[string]int{}
	for _, e := range events {
		if strings.Contains(e.Type, ".gone.") {
			delete(live, e.Subject)
			continue
		}
		live[e.Subject] = e.Data.ReturnedCount
	}
	var wrong []string
	for _, stream := range streams {
		for _, r := range m.rows {
			id := "feedback:" + stream + ":" + r.id
			if got, ok := live[id]; !ok || got != r.edit {
				wrong = append(wrong, fmt.Sprintf("%s: edit %d in the feed (%v), %d at the source", id, got, ok, r.edit))
			}
		}
	}
	return wrong
}

// settle stops the stirring and waits, as long as something is gained, until
// every stream has what the source has.
func (m *moving) settle(t *testing.T, v *victim, patience time.Duration) (wrong []string) {
	t.Helper()
	streams := []string{"since", "sweep", "window", "full"}
	deadline, least := time.Now().Add(patience), 1<<30
	for {
		wrong = m.wrong(readFeed(t, v.url, "feedback"), streams)
		if len(wrong) == 0 || time.Now().After(deadline) {
			return wrong
		}
		if len(wrong) < least {
			deadline, least = time.Now().Add(patience), len(wrong)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// cutWalks starts gateways on an empty store and kills them in the middle of
// their first walks, sweeps and windows, while rows move; and then counts.
func cutWalks(t *testing.T, engine func() string, rounds int) {
	random := seed.Rand(t)
	for round := range rounds {
		m := newMoving(t, 300+random.IntN(300))
		v := newMover(t, m, engine())
		for range 1 + random.IntN(3) {
			v.start()
			until := m.asked.Load() + int64(random.IntN(60))
			for deadline := time.Now().Add(20 * time.Second); m.asked.Load() < until && time.Now().Before(deadline); {
				time.Sleep(5 * time.Millisecond)
				if random.IntN(3) == 0 {
					m.stir(random, 1)
				}
			}
			v.kill()
			m.stir(random, 1+random.IntN(30)) // while nobody reads
		}
		v.start()
		for range random.IntN(20) {
			time.Sleep(5 * time.Millisecond)
			m.stir(random, 1)
		}
		if wrong := m.settle(t, v, 30*time.Second); len(wrong) > 0 {
			states := streamsOf(v.url)
			v.kill()
			lines := strings.Split(v.said.String(), "\n")
			t.Fatalf("round %d: %d are missing or old, among them: %s\n%s\n%s", round, len(wrong), strings.Join(wrong[:min(len(wrong), 5)], "; "),
				states, strings.Join(lines[max(0, len(lines)-40):], "\n"))
		}
		v.kill()
	}
}

// A walk that is cut while its rows move loses nothing (invariants 7 and 16).
func TestKillInTheMiddleOfWalks(t *testing.T) {
	cutWalks(t, func() string { return "" }, seed.Rounds(t, 2))
}

func TestKillInTheMiddleOfWalksWithKafka(t *testing.T) {
	dev.Long(t)
	kafka, redis := dev.Kafka(t, 1), dev.Redis(t)
	serial := 0
	engine := func() string {
		serial++
		prefix := fmt.Sprintf("m%d-%d", time.Now().UnixNano(), serial)
		return fmt.Sprintf("engine: kafka\nkafka: {brokers: [%q], prefix: %s, partitions: 1}\nredis: {addrs: [%q], prefix: %s, lease: 2s}\n"+
			"node: {name: one, url: \"http://127.0.0.1:%d\"}\n", kafka.Addrs()[0], prefix, redis.Addr(), prefix, freePort(t))
	}
	cutWalks(t, engine, seed.Rounds(t, 2))
}

// streamsOf is what a gateway says of its streams, or why it says nothing.
func streamsOf(url string) string {
	answer, err := http.Get(url + "/v1/streams")
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
