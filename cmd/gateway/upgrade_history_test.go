package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"iocgateway/canonical"
)

// said is a feed from its beginning: the lines as they were sent, by partition.
type said map[string][][]byte

func (u *upgrade) said(v *victim, feed canonical.Feed) said {
	u.t.Helper()
	out, after := said{}, ""
	for {
		request, err := http.NewRequest(http.MethodGet, v.url+"/v1/feeds/"+string(feed)+"/changes?limit=1000&after="+url.QueryEscape(after), nil)
		if err != nil {
			u.t.Fatal(err)
		}
		request.Header.Set("Accept", "application/x-ndjson")
		resp, err := http.DefaultClient.Do(request)
		if err != nil {
			u.t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			u.t.Fatalf("%s: %s: %v", feed, resp.Status, err)
		}
		for line := range strings.Lines(string(text)) {
			var e event
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				u.t.Fatal(err)
			}
			out[e.Partition] = append(out[e.Partition], []byte(line))
		}
		if after = resp.Header.Get("Gateway-Next"); resp.Header.Get("Gateway-More") != "true" {
			return out
		}
	}
}

func (s said) len() (n int) {
	for _, lines := range s {
		n += len(lines)
	}
	return n
}

// again counts what was published although the event before it of the same
// record said the same.
func (s said) again() (n int) {
	type saying struct {
		version string
		gone    bool
	}
	for _, lines := range s {
		last := map[string]saying{}
		for _, line := range lines {
			var e cloudEvent
			_ = json.Unmarshal(line, &e) // it was read before
			now := saying{version(e.ID), strings.HasSuffix(e.Type, ".gone.v1")}
			if before, ok := last[e.Subject]; ok && before == now {
				n++
			}
			last[e.Subject] = now
		}
	}
	return n
}

// history is what a node said before the upgrade, with readers on the way.
type history struct {
	feeds   map[canonical.Feed]said
	digests map[canonical.Feed]string
	readers []*reader
}

// remember takes down what a node says, and leaves readers in the middle and
// at the end of what changes most.
func (u *upgrade) remember(v *victim) history {
	u.t.Helper()
	h := history{feeds: map[canonical.Feed]said{}, digests: map[canonical.Feed]string{}}
	for _, feed := range canonical.Feeds() {
		h.feeds[feed], h.digests[feed] = u.said(v, feed), digestOf(u.t, v.url, feed)
	}
	parted := true // a feed that was empty a moment ago, in mid-walk, shows no partition either way
	for _, feed := range canonical.Feeds() {
		if _, whole := h.feeds[feed][""]; whole {
			parted = false
		}
	}
	for _, feed := range []canonical.Feed{"feedback", "dossier"} {
		middle := &reader{t: u.t, base: v.url, feed: string(feed), rows: map[string]row{}, last: fmt.Sprintf("%020d", 0)}
		for range 3 {
			middle.page()
		}
		end := &reader{t: u.t, base: v.url, feed: string(feed)}
		end.snapshot()
		if parted {
			end.last, end.parts = "", map[string]string{} // a snapshot names no place in each partition
		}
		h.readers = append(h.readers, middle, end)
	}
	return h
}

// page reads one page of changes.
func (r *reader) page() {
	var answer struct {
		Events []cloudEvent
		Next   string
	}
	if err := once(r.base+"/v1/feeds/"+r.feed+"/changes?limit=137&after="+url.QueryEscape(r.cursor), &answer); err != nil {
		r.t.Fatal(err)
	}
	for _, e := range answer.Events {
		r.take(e)
	}
	r.cursor = answer.Next
}

// corrected counts what came behind the events of before, where each of it
// corrects a record, and none twice; -1 otherwise.
func (s said) corrected(before said) (n int) {
	for part, lines := range s {
		once := map[string]bool{}
		for _, line := range lines[min(len(before[part]), len(lines)):] {
			var e cloudEvent
			_ = json.Unmarshal(line, &e) // it was read before
			if !strings.HasSuffix(e.Type, ".corrected.v1") || once[e.Subject] {
				return -1
			}
			once[e.Subject] = true
			n++
		}
	}
	return n
}

// goesOn holds what a node says now against what was said before: the same
// bytes, and behind them nothing that had been said. Still: nothing but what
// this version understands otherwise, once a record, and of few.
func (u *upgrade) goesOn(v *victim, h history, still bool) {
	u.t.Helper()
	for _, feed := range canonical.Feeds() {
		before, now := h.feeds[feed], u.said(v, feed)
		for part, lines := range before {
			if len(now[part]) < len(lines) || !slices.EqualFunc(now[part][:len(lines)], lines, slices.Equal[[]byte]) {
				u.t.Errorf("%s, %s, partition %q: the %d events of before are not what they were", v.name, feed, part, len(lines))
			}
		}
		more, again, corrected := now.len()-before.len(), now.again(), now.corrected(before)
		u.t.Logf("%s: %-11s %5d events of before, %4d since (corrected only: %d), published again %d", v.name, feed, before.len(), more, corrected, again)
		if again > 0 || still && feed != "ops" && (corrected < 0 || 100*corrected > before.len()) {
			u.t.Errorf("%s, %s: %d events since, %d of them again, %d corrected", v.name, feed, more, again, corrected)
		}
		if digest := digestOf(u.t, v.url, feed); still && more == 0 && feed != "ops" && digest != h.digests[feed] {
			u.t.Errorf("%s, %s: another digest", v.name, feed)
		}
	}
	for _, r := range h.readers {
		r.base = v.url
		r.prove()
		if r.snapshots > 1 {
			u.t.Errorf("a reader of %s had to take a snapshot again", r.feed)
		}
	}
}
