package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// upstream is three sources in one: a queue that forgets what was
// acknowledged, a journal that forgets what is older than the moment it is
// asked from, and a list that grows and replays everything. All count what
// they ever had, independently of the gateway.
type upstream struct {
	*httptest.Server
	mu    sync.Mutex
	queue []map[string]any // waiting
	given map[string]bool  // every key the queue and the journal ever held
	list  []map[string]any

	journal []map[string]any // oldest first
	serial  int
	start   time.Time

	asked atomic.Int64 // pages
}

func newUpstream(t *testing.T) *upstream {
	t.Helper()
	u := &upstream{given: map[string]bool{}, start: time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /queue", u.counted(u.pending))
	mux.HandleFunc("POST /queue/{key}", u.forget)
	mux.HandleFunc("GET /list", u.counted(u.page))
	mux.HandleFunc("GET /journal", u.counted(u.since))
	u.Server = httptest.NewServer(mux)
	t.Cleanup(u.Close)
	return u
}

func (u *upstream) counted(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		u.asked.Add(1)
		serve(w, r)
	}
}

// askedFor waits until so many more pages were asked for: however slow the
// machine, the gateway is then at work.
func (u *upstream) askedFor(t *testing.T, pages int) {
	t.Helper()
	until := u.asked.Load() + int64(pages)
	for deadline := time.Now().Add(30 * time.Second); u.asked.Load() < until; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d more pages were not asked for within 30 s", pages)
		}
	}
}

// grow adds what a source gets in a round: new matters, and edits of old ones.
func (u *upstream) grow(n int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for range n {
		i := u.serial
		u.serial++
		queued, noted := fmt.Sprintf("q%06d", i), fmt.Sprintf("j%06d", i)
		u.given[queued], u.given[noted] = true, true
		u.queue = append(u.queue, u.matter(queued, i, 0))
		u.journal = append(u.journal, u.matter(noted, i, 0))
		u.list = append(u.list, u.matter(fmt.Sprintf("l%06d", len(u.list)), len(u.list), 0))
	}
	for i := 0; i < n/4 && len(u.list) > 0; i++ {
		at := (i*7919 + len(u.list)) % len(u.list)
		edit, _ := u.list[at]["edit"].(int)
		u.list[at] = u.matter(u.list[at]["id"].(string), at, edit+1)
	}
}

func (u *upstream) matter(key string, i, edit int) map[string]any {
	at := u.start.Add(time.Duration(i)*time.Second + time.Duration(edit)*time.Hour)
	return map[string]any{"id": key, "title": "Phản ánh số " + key, "edit": edit, "at": at.Format(time.RFC3339)}
}

func (u *upstream) pending(w http.ResponseWriter, _ *http.Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	answer(w, map[string]any{"items": u.queue[:min(len(u.queue), 40)]})
}

// forget drops what is acknowledged: if the gateway acknowledged before its
// commit, a kill between the two loses the matter for good.
func (u *upstream) forget(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i, m := range u.queue {
		if m["id"] == r.PathValue("key") {
			u.queue = append(u.queue[:i:i], u.queue[i+1:]...)
			break
		}
	}
	answer(w, map[string]any{"ok": true})
}

// since gives what is not older than the moment asked from, and forgets the
// rest: a gateway whose checkpoint runs ahead of its data never gets it again.
func (u *upstream) since(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if from := r.URL.Query().Get("from"); from != "" {
		for len(u.journal) > 0 && u.journal[0]["at"].(string) < from {
			u.journal = u.journal[1:]
		}
	}
	u.serve(w, r, u.journal)
}

// page gives everything, again and again, oldest first.
func (u *upstream) page(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.serve(w, r, u.list)
}

func (u *upstream) serve(w http.ResponseWriter, r *http.Request, rows []map[string]any) {
	number, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || number < 0 {
		http.Error(w, "page", http.StatusBadRequest)
		return
	}
	const size = 50
	from, to := min(number*size, len(rows)), min((number+1)*size, len(rows))
	answer(w, map[string]any{"items": rows[from:to], "total": len(rows), "last": to == len(rows)})
}

// edits is what the list holds now: key → edit.
func (u *upstream) edits() map[string]int {
	u.mu.Lock()
	defer u.mu.Unlock()
	out := make(map[string]int, len(u.list))
	for _, m := range u.list {
		out[m["id"].(string)], _ = m["edit"].(int)
	}
	return out
}

// gave reports whether an event's source is one of the three.
func (u *upstream) gave(source string) bool {
	for _, name := range []string{"hang-doi", "so-ghi", "danh-sach"} {
		if strings.HasPrefix(source, "/sources/"+name+"/") {
			return true
		}
	}
	return false
}

// waiting is how much the queue still holds.
func (u *upstream) waiting() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.queue)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // a killed reader needs no answer
}
