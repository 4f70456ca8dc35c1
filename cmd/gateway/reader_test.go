package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// reader is a consumer written from the contract alone: upsert by subject,
// keep the greater sequence; 409 or 410 means a snapshot again, replacing.
type reader struct {
	t         *testing.T
	base      string
	feed      string
	rows      map[string]row
	cursor    string
	last      string            // sequence of the last event of the view
	parts     map[string]string // the same of each partition, where events name one
	snapshots int
}

type row struct{ sequence, version string }

type cloudEvent struct {
	ID       string `json:"id"` // feed/sequence/version
	Type     string `json:"type"`
	Subject  string `json:"subject"`
	Sequence string `json:"sequence"`
	Previous string `json:"previous"`
	// Partition is what Sequence and Previous count in, where there are several.
	Partition string `json:"partition"`
}

// get asks, and gives the status; a gateway that is down is asked again.
func (r *reader) get(path string, query url.Values, into any) int {
	r.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		resp, err := http.Get(r.base + path + "?" + query.Encode())
		if err == nil {
			defer resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
					r.t.Fatalf("%s: %v", path, err)
				}
			}
			if resp.StatusCode != http.StatusServiceUnavailable || time.Now().After(deadline) {
				return resp.StatusCode
			}
		} else if time.Now().After(deadline) {
			r.t.Fatalf("%s: %v", path, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (r *reader) snapshot() {
	r.t.Helper()
	r.snapshots++
	fresh := map[string]row{}
	page := ""
	for {
		var answer struct {
			Events       []cloudEvent
			Page, Cursor string
			Sequence     string
		}
		query := url.Values{"limit": {"200"}}
		if page != "" {
			query.Set("page", page)
		}
		status := r.get("/v1/feeds/"+r.feed+"/snapshot", query, &answer)
		if status == http.StatusConflict || status == http.StatusGone { // restored in mid-snapshot: begin again
			fresh, page = map[string]row{}, ""
			continue
		}
		if status != http.StatusOK {
			r.t.Fatalf("snapshot: status %d", status)
		}
		for _, e := range answer.Events {
			fresh[e.Subject] = row{e.Sequence, version(e.ID)}
		}
		if page = answer.Page; page == "" {
			r.rows, r.cursor, r.last = fresh, answer.Cursor, answer.Sequence
			return
		}
	}
}

func version(id string) string { return id[strings.LastIndex(id, "/")+1:] }

// follow reads changes until there are no more.
func (r *reader) follow() {
	r.t.Helper()
	for {
		var answer struct {
			Events []cloudEvent
			Next   string
			More   bool
		}
		switch status := r.get("/v1/feeds/"+r.feed+"/changes", url.Values{"after": {r.cursor}, "limit": {"100"}}, &answer); status {
		case http.StatusConflict, http.StatusGone:
			r.snapshot()
			continue
		case http.StatusOK:
		default:
			r.t.Fatalf("changes: status %d", status)
		}
		for _, e := range answer.Events {
			r.take(e)
		}
		if r.cursor = answer.Next; !answer.More {
			return
		}
	}
}

// gains follows until there is a record it has not had.
func (r *reader) gains(within time.Duration) {
	r.t.Helper()
	had := len(r.rows)
	eventually(r.t, within, "nothing new comes", func() bool {
		r.follow()
		return len(r.rows) > had
	})
}

func (r *reader) take(e cloudEvent) {
	last, known := r.last, true
	if e.Partition != "" {
		if r.parts == nil {
			r.parts = map[string]string{}
		}
		if before, seen := r.parts[e.Partition]; seen {
			last = before
		} else if strings.Trim(r.last, "0") == "" {
			known = false // the first of a partition after a snapshot
		}
		r.parts[e.Partition] = e.Sequence
	} else {
		r.last = e.Sequence
	}
	if known && e.Previous != last {
		r.t.Errorf("a hole: event %s follows %s, but the last one read was %s", e.Sequence, e.Previous, last)
	}
	if old, ok := r.rows[e.Subject]; ok && old.sequence > e.Sequence {
		return
	}
	if strings.HasSuffix(e.Type, ".gone.v1") {
		delete(r.rows, e.Subject)
		return
	}
	r.rows[e.Subject] = row{e.Sequence, version(e.ID)}
}

// digest is what the contract defines, computed from what the reader has.
func (r *reader) digest() map[int]string {
	sums, modulus := map[int]*big.Int{}, new(big.Int).Lsh(big.NewInt(1), 128)
	for subject, row := range r.rows {
		bucket := int(sha256.Sum256([]byte(subject))[0])
		sum := sha256.Sum256([]byte(subject + "\n" + row.version))
		if sums[bucket] == nil {
			sums[bucket] = new(big.Int)
		}
		sums[bucket].Add(sums[bucket], new(big.Int).SetBytes(sum[:16])).Mod(sums[bucket], modulus)
	}
	out := map[int]string{}
	for bucket, sum := range sums {
		out[bucket] = hex.EncodeToString(sum.FillBytes(make([]byte, 16)))
	}
	return out
}

// prove compares the reader's digest with the gateway's, at a moment when
// nothing is under way.
func (r *reader) prove() {
	r.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		r.follow()
		var answer struct {
			Sequence string
			Count    int
			Buckets  []struct {
				Bucket int
				Sum    string
			}
		}
		if status := r.get("/v1/feeds/"+r.feed+"/digest", nil, &answer); status != http.StatusOK {
			r.t.Fatalf("digest: status %d", status)
		}
		mine, same := r.digest(), answer.Count == len(r.rows)
		for _, b := range answer.Buckets {
			same = same && mine[b.Bucket] == b.Sum
		}
		if same && len(mine) == len(answer.Buckets) && (answer.Sequence == r.last || r.parts != nil) {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("digest differs: %d rows here, %d there; at %s here, %s there", len(r.rows), answer.Count, r.last, answer.Sequence)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// TestReaderFollowsThroughRestartsAndARestore: a consumer that knows only
// the contract has exactly what the gateway has, through kill -9, restarts
// and a restore of an older backup.
func TestReaderFollowsThroughRestartsAndARestore(t *testing.T) {
	u := newUpstream(t)
	v := newVictim(t, u, 0)
	u.grow(100)
	v.start()
	r := &reader{t: t, base: v.url, feed: "feedback"}
	for deadline := time.Now().Add(20 * time.Second); len(r.rows) == 0 && time.Now().Before(deadline); {
		r.snapshot()
	}
	r.snapshots = 1
	for range 4 {
		u.grow(40)
		u.askedFor(t, 6)
		r.follow()
		v.kill()
		v.start()
		r.base = v.url
	}
	r.prove()
	if r.snapshots != 1 || len(r.rows) == 0 {
		t.Fatalf("%d snapshots and %d rows after restarts: a restart must not cost one", r.snapshots, len(r.rows))
	}

	data := filepath.Join(filepath.Dir(v.config), "data")
	saved := filepath.Join(t.TempDir(), "saved")
	run(t, "backup", "--from", data, "--dir", saved)
	u.grow(60) // life goes on after the backup …
	r.gains(20 * time.Second)
	r.prove()
	v.kill() // … and is lost with the disk
	if err := errors.Join(os.RemoveAll(data), os.Rename(saved, data)); err != nil {
		t.Fatal(err)
	}
	v.start()
	r.base = v.url
	r.prove()
	if r.snapshots != 2 {
		t.Fatalf("%d snapshots: a restore must cost exactly one more", r.snapshots)
	}
	if wrong := audit(t, v, u, 2*time.Second); len(wrong) > 0 && !onlyForgotten(wrong) {
		t.Fatalf("after the restore: %s", strings.Join(wrong[:min(len(wrong), 5)], "; "))
	}
}

// onlyForgotten: what a forgetful source gave between the backup and the
// loss of the disk is gone with both; everything else must be there.
func onlyForgotten(wrong []string) bool {
	for _, w := range wrong {
		if !strings.HasSuffix(w, " is lost") {
			return false
		}
	}
	return true
}

// TestAReaderKnowsAHole proves that the reader above would notice.
func TestAReaderKnowsAHole(t *testing.T) {
	quiet := &testing.T{}
	r := &reader{t: quiet, rows: map[string]row{}, last: fmt.Sprintf("%020d", 1)}
	r.take(cloudEvent{Sequence: "3", Previous: strconv.Itoa(2), Subject: "a", ID: "f/3/v"})
	if !quiet.Failed() {
		t.Fatal("a hole went unnoticed")
	}
}
