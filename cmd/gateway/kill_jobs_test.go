package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"iocgateway/deploy/dev"
	"iocgateway/deploy/dev/seed"
	"iocgateway/router/book"
)

const killJobsSources = `
mappings: {dir: %q}
sources:
  tep:
    adapter: tabular
    streams:
      phan-anh:
        every: 100ms
        mapping: tep/phan-anh
        place: {folder: %q, pattern: ["*.csv"], settle: 10ms}
        header: {row: 1}
        key: [ma]
        complete: none
`

const killJobsMapping = `
mapping: tep/phan-anh
kind: feedback
evidence: assumed
fields:
  title: {from: %s, required: true}
ignore: [ma, tieu_de, noi_dung, "_*"]
`

// backlog is a gateway to be killed that holds rows, of which one in ten stays
// refused under the corrected mapping.
type backlog struct {
	*victim
	t       *testing.T
	dir     string
	rows    int
	told    map[string]bool // jobs that an answer named
	refused int             // acts that were answered with a refusal
}

func newBacklog(t *testing.T, rows int) *backlog {
	t.Helper()
	dir := t.TempDir()
	h := &backlog{t: t, dir: dir, rows: rows, told: map[string]bool{}}
	var csv strings.Builder
	csv.WriteString("ma,tieu_de,noi_dung\n")
	for i := range rows {
		title := fmt.Sprint("Việc ", i)
		if i%10 == 0 {
			title = ""
		}
		fmt.Fprintf(&csv, "PA-%d,,%s\n", i, title)
	}
	h.write("drop/a.csv", csv.String())
	h.mend("tieu_de")
	h.write("gateway.yaml", fmt.Sprintf("http: {addr: \"127.0.0.1:0\"}\nstore: {dir: %q}\n", filepath.Join(dir, "data"))+h.sources())
	h.victim = &victim{t: t, config: filepath.Join(dir, "gateway.yaml")}
	t.Cleanup(h.kill)
	return h
}

func (h *backlog) write(path, text string) {
	path = filepath.Join(h.dir, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// sources is the part of a configuration that says what is read and how.
func (h *backlog) sources() string {
	return fmt.Sprintf(killJobsSources, filepath.Join(h.dir, "mappings"), filepath.Join(h.dir, "drop"))
}

// mend has the title read from a column.
func (h *backlog) mend(column string) {
	text := fmt.Sprintf(killJobsMapping, column)
	h.write("mappings/tep/phan-anh.yaml", strings.Replace(text, "ignore: [ma, tieu_de, noi_dung", "ignore: [ma, "+map[string]string{
		"tieu_de": "noi_dung", "noi_dung": "tieu_de"}[column], 1))
}

// call asks the gateway; it may be killed meanwhile.
func (h *backlog) call(method, path string, body any, into any) (status int, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequest(method, h.url+path, strings.NewReader(string(text)))
	if err != nil {
		return 0, err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := (&http.Client{Timeout: 20 * time.Second}).Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode < 300 && into != nil {
		err = json.Unmarshal(all, into)
	}
	return resp.StatusCode, err
}

// jobs are those the gateway has; none when it does not answer.
func (h *backlog) jobs() []book.JobView {
	var answer struct{ Items []book.JobView }
	if _, err := h.call("GET", "/v1/admin/jobs", nil, &answer); err != nil {
		return nil
	}
	return answer.Items
}

// act does something that people do, until the gateway dies under it.
func (h *backlog) act(random *rand.Rand, n int) {
	var job book.Job
	which := random.IntN(5)
	if n == 0 {
		which = 0 // a job a round
	}
	switch which {
	case 0:
		var plan book.Plan
		ask := map[string]any{"kind": book.ReplayHeld, "stream": "tep/phan-anh", "rate": 10 + random.IntN(40)}
		if status, err := h.call("POST", "/v1/admin/plans", ask, &plan); err != nil || status != 200 {
			return
		}
		h.note(h.call("POST", "/v1/admin/plans/"+plan.ID+"/apply", map[string]string{"hash": plan.Hash}, &job))
	case 1:
		h.note(h.call("POST", "/v1/streams/tep/phan-anh/pause", map[string]string{"reason": "thử"}, nil))
		h.note(h.call("POST", "/v1/streams/tep/phan-anh/resume", map[string]string{}, nil))
	case 2:
		for _, v := range h.jobs() {
			if !v.Over() {
				what := []string{"pause", "resume"}[random.IntN(2)]
				h.note(h.call("POST", "/v1/admin/jobs/"+v.ID+"/"+what, map[string]string{}, nil))
			}
		}
	case 4:
		var plan book.Plan
		ask := map[string]any{"kind": []string{book.Sweep, book.Forget}[random.IntN(2)], "stream": "tep/phan-anh", "reason": "thử"}
		if status, err := h.call("POST", "/v1/admin/plans", ask, &plan); err != nil || status != 200 {
			return
		}
		h.note(h.call("POST", "/v1/admin/plans/"+plan.ID+"/apply", map[string]string{"hash": plan.Hash}, &job))
	case 3:
		h.note(h.call("GET", "/v1/quarantine/1", nil, nil))
	}
	if job.ID != "" {
		h.told[job.ID] = true
	}
}

func (h *backlog) note(status int, err error) {
	if err == nil && status >= 500 {
		h.refused++
	}
}

// TestKillJobs kills a gateway in the middle of people's acts and of jobs, and
// counts then: the audit's chain is whole, every act that was applied has its
// row, no job was lost, no Raw was lost or published twice, counts add up.
func TestKillJobs(t *testing.T) {
	newBacklog(t, 300).killed(seed.Rand(t), seed.Rounds(t, 5), 350*time.Millisecond)
}

// TestKillJobsKafka is the same where the Log and the book are in Kafka.
func TestKillJobsKafka(t *testing.T) {
	dev.Long(t)
	dev.Need(t, "kafka")
	h := newBacklog(t, 200)
	h.write("gateway.yaml", fmt.Sprintf("http: {addr: \"127.0.0.1:0\"}\nengine: kafka\nkafka: {brokers: [%q], prefix: k%d, partitions: 2}\n"+
		"store: {dir: %q}\n", dev.Kafka(t, 1).Addrs()[0], time.Now().UnixNano(), filepath.Join(h.dir, "data"))+h.sources())
	h.killed(seed.Rand(t), seed.Rounds(t, 5), 4*time.Second)
}

// killed kills it so many times, each within a while after its start, and
// judges what is left.
func (h *backlog) killed(random *rand.Rand, rounds int, within time.Duration) {
	t := h.t
	h.start()
	h.until("everything is held", func() bool { return h.held() == h.rows })
	h.kill()
	h.mend("noi_dung")
	for round := range rounds {
		h.start()
		begun, ended := make(chan struct{}), make(chan struct{})
		acts, patience := rand.New(rand.NewPCG(random.Uint64(), 1)), within/7+time.Duration(random.Int64N(int64(within*6/7)))
		go func() {
			defer close(ended)
			for n := range 8 {
				h.act(acts, n)
				if n == 0 {
					close(begun)
				}
			}
		}()
		if round%2 == 0 {
			<-begun // a job is killed, however slow the machine is; else whatever is under way
		}
		select {
		case <-ended:
		case <-time.After(patience):
		}
		h.kill()
		<-ended
	}
	h.start()
	h.settle()
	for _, wrong := range slices.Concat(h.auditWrong(), h.jobsWrong(), h.feedWrong()) {
		t.Error(wrong)
	}
	if h.refused > 0 {
		t.Errorf("%d acts were answered with a fault of ours", h.refused)
	}
}

func (h *backlog) until(what string, holds func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			h.t.Fatalf("%s: not within a minute: %s", what, h.states())
		}
	}
}

// states is how the jobs stand, for whoever reads that they do not end.
func (h *backlog) states() string {
	text, err := json.Marshal(h.jobs())
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (h *backlog) held() (n int) {
	var answer struct{ Items []struct{ Count int } }
	if _, err := h.call("GET", "/v1/quarantine/groups", nil, &answer); err != nil {
		return -1
	}
	for _, g := range answer.Items {
		n += g.Count
	}
	return n
}

// settle has every job go to its end, and one more free what is left.
func (h *backlog) settle() {
	over := func() bool {
		over := true
		for _, v := range h.jobs() {
			if v.State == book.Paused {
				_, _ = h.call("POST", "/v1/admin/jobs/"+v.ID+"/resume", map[string]string{}, nil)
			}
			over = over && v.Over()
		}
		return over
	}
	// A kill may have come between a pause and its end: what waits for the stream to go on does.
	_, _ = h.call("POST", "/v1/streams/tep/phan-anh/resume", map[string]string{}, nil)
	h.until("every job ends", over)
	ask := map[string]any{"kind": book.ReplayHeld, "stream": "tep/phan-anh", "rate": 2000}
	var plan book.Plan
	if status, err := h.call("POST", "/v1/admin/plans", ask, &plan); err != nil || status != 200 {
		h.t.Fatal(status, err)
	}
	if status, err := h.call("POST", "/v1/admin/plans/"+plan.ID+"/apply", map[string]string{}, nil); err != nil || status != 202 {
		h.t.Fatal(status, err)
	}
	h.until("the last job ends", over)
}

// acts is the audit as exported, oldest first.
func (h *backlog) acts() (all []book.ActEntry) {
	resp, err := http.Get(h.url + "/v1/admin/audit/export")
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r book.Row
		e := book.ActEntry{}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			h.t.Fatal(err)
		}
		if err := json.Unmarshal(r.Body, &e.ActRow); err != nil {
			h.t.Fatal(err)
		}
		e.Seq = r.Seq
		all = append(all, e)
	}
	return all
}

func (h *backlog) auditWrong() (wrong []string) {
	var found book.Verified
	if status, err := h.call("GET", "/v1/admin/audit/verify", nil, &found); err != nil || status != 200 || !found.Whole {
		wrong = append(wrong, fmt.Sprintf("the chain: %d %v %+v", status, err, found))
	}
	began, ended := map[uint64]book.ActEntry{}, map[uint64]int{}
	for _, e := range h.acts() {
		switch {
		case e.Phase == book.Begun:
			began[e.Seq] = e
		case e.What == "job":
			ended[e.Of]++
		}
	}
	for _, v := range h.jobs() {
		if e := began[v.Row]; !strings.HasPrefix(e.What, "apply ") || e.With.(map[string]any)["plan"] != v.ID {
			wrong = append(wrong, fmt.Sprintf("job %s began without its row: %+v", v.ID, e))
		}
		if ended[v.Row] == 0 {
			wrong = append(wrong, fmt.Sprintf("job %s ended without its row", v.ID))
		}
		delete(h.told, v.ID)
	}
	for id := range h.told {
		wrong = append(wrong, fmt.Sprintf("job %s was answered, and is not there", id))
	}
	return wrong
}

func (h *backlog) jobsWrong() []string {
	wrong := h.tallyWrong()
	if len(h.jobs()) < 2 {
		wrong = append(wrong, "no job was ever killed")
	}
	return wrong
}

// tallyWrong is what does not add up of the jobs' counts.
func (h *backlog) tallyWrong() (wrong []string) {
	published, jobs := 0, h.jobs()
	for _, v := range jobs {
		c := v.Total
		published += c.Published
		if c.Planned != c.Tried+c.Left+c.Waiting || c.Tried != c.Published+c.Unchanged+c.Held+c.Other || v.State != book.Finished {
			wrong = append(wrong, fmt.Sprintf("job %s, %s: %+v", v.ID, v.State, c))
		}
	}
	h.t.Logf("%d jobs, %d of %d rows published by what they counted", len(jobs), published, h.rows-h.rows/10)
	if published > h.rows {
		wrong = append(wrong, fmt.Sprintf("%d published, of %d", published, h.rows))
	}
	return wrong
}

func (h *backlog) feedWrong() (wrong []string) {
	times := map[string]int{}
	for _, e := range readFeed(h.t, h.url, "feedback") {
		times[e.Subject]++
	}
	for i := range h.rows {
		want := 1
		if i%10 == 0 {
			want = 0
		}
		if got := times[fmt.Sprint("feedback:tep:PA-", i)]; got != want {
			wrong = append(wrong, fmt.Sprintf("PA-%d was published %d times, want %d", i, got, want))
		}
	}
	if held := h.held(); held != h.rows/10 {
		wrong = append(wrong, fmt.Sprintf("%d are held, want %d", held, h.rows/10))
	}
	return wrong
}
