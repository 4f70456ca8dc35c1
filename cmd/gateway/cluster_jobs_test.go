package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"iocgateway/deploy/dev"
	"iocgateway/router/book"
)

// TestJobGoesOnElsewhere: of two nodes over one Log and one book, the one that
// works on a job is killed: the other gets the stream, ends the job, and has
// the same audit, which the first, back again, has too.
func TestJobGoesOnElsewhere(t *testing.T) {
	dev.Long(t)
	dev.Need(t, "kafka", "redis")
	kafka, redis := dev.Kafka(t, 1), dev.Redis(t)
	h := newBacklog(t, 200)
	prefix := fmt.Sprintf("j%d", time.Now().UnixNano())
	nodes := map[string]*victim{}
	for _, name := range []string{"one", "two"} {
		port := freePort(t)
		h.write(name+".yaml", fmt.Sprintf(`
http: {addr: "127.0.0.1:%d"}
node: {name: %s, url: "http://127.0.0.1:%d"}
engine: kafka
kafka: {brokers: [%q], prefix: %s, partitions: 2}
redis: {addrs: [%q], prefix: %s, lease: 2s}
store: {dir: %q}
%s`, port, name, port, kafka.Addrs()[0], prefix, redis.Addr(), prefix, filepath.Join(h.dir, name), h.sources()))
		nodes[name] = &victim{t: t, config: filepath.Join(h.dir, name+".yaml")}
		t.Cleanup(nodes[name].kill)
		nodes[name].start()
	}
	for _, v := range nodes {
		h.victim = v
		h.until("everything is held", func() bool { return h.held() == h.rows })
	}
	h.mend("noi_dung")
	var plan book.Plan
	ask := map[string]any{"kind": book.ReplayHeld, "stream": "tep/phan-anh", "rate": 40}
	if status, err := h.call("POST", "/v1/admin/plans", ask, &plan); err != nil || status != 200 || plan.Planned != h.rows {
		t.Fatal(status, err, plan)
	}
	path := "/v1/admin/plans/" + plan.ID + "/apply"
	if status, err := h.call("POST", path, map[string]string{"hash": plan.Hash}, nil); err != nil || status != 202 {
		t.Fatal(status, err)
	}
	worker := ""
	h.until("somebody works", func() bool {
		if jobs := h.jobs(); len(jobs) == 1 && jobs[0].Total.Tried >= 40 {
			worker = jobs[0].Parts[0].Node
		}
		return worker != ""
	})
	nodes[worker].kill()
	other := map[string]string{"one": "two", "two": "one"}[worker]
	h.victim = nodes[other]
	begun := time.Now()
	h.until("the other ends it", func() bool { jobs := h.jobs(); return len(jobs) == 1 && jobs[0].Over() })
	job := h.jobs()[0]
	t.Logf("%s worked, %s ended it %s after the kill: %+v", worker, job.Parts[0].Node, time.Since(begun).Round(time.Millisecond), job.Total)
	if job.Parts[0].Node != other {
		t.Errorf("ended by %s", job.Parts[0].Node)
	}
	h.until("the quarantine is what it must be", func() bool { return h.held() == h.rows/10 })
	for _, wrong := range slices.Concat(h.auditWrong(), h.tallyWrong(), h.feedWrong()) {
		t.Error(wrong)
	}
	var here, there book.Verified
	if _, err := h.call("GET", "/v1/admin/audit/verify", nil, &here); err != nil {
		t.Fatal(err)
	}
	nodes[worker].start()
	h.victim = nodes[worker]
	h.until("the first has the same audit", func() bool {
		_, err := h.call("GET", "/v1/admin/audit/verify", nil, &there)
		return err == nil && there.Whole && there.Head.Seq >= here.Head.Seq
	})
}
