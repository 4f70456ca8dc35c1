package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"iocgateway/canonical"
	"iocgateway/deploy/dev"
	"iocgateway/deploy/dev/seed"
	"iocgateway/router/book"
)

// gate stands before a source: it lets so many pages pass, and then refuses, or
// has who asks wait until it is opened.
type gate struct {
	left    atomic.Int64
	refuses atomic.Bool
	waiting atomic.Int64 // who asks and gets no answer
	refused atomic.Int64
}

const gateOpen = 1 << 40

func (g *gate) guard(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if g.left.Add(-1) >= 0 {
			serve(w, r)
			return
		}
		if g.refuses.Load() {
			g.refused.Add(1)
			http.Error(w, "closed", http.StatusServiceUnavailable)
			return
		}
		g.waiting.Add(1)
		defer g.waiting.Add(-1)
		for g.left.Load() < 0 {
			select {
			case <-r.Context().Done():
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
		serve(w, r)
	}
}

// duo are two nodes that share one stream of a source that moves.
type duo struct {
	*backlog
	gate   gate
	source *moving
	nodes  map[string]*victim
	random *rand.Rand
	denied int // orders
	log    []string
}

const duoLease = 2 * time.Second

func newDuo(t *testing.T) *duo {
	t.Helper()
	kafka, redis := dev.Kafka(t, 1), dev.Redis(t)
	d := &duo{backlog: &backlog{t: t, dir: t.TempDir(), told: map[string]bool{}}, nodes: map[string]*victim{}, random: seed.Rand(t)}
	d.gate.left.Store(gateOpen)
	d.source = newMoving(t, 200)
	front := httptest.NewServer(d.gate.guard(d.source.list))
	t.Cleanup(front.Close)
	d.write("mappings/test/matter.yaml", movingMapping)
	prefix := fmt.Sprintf("p%d", time.Now().UnixNano())
	_, streams, _ := strings.Cut(movingStreams(front.URL), "  full:\n")
	for _, name := range []string{"one", "two"} {
		port := freePort(t)
		d.write(name+".yaml", fmt.Sprintf(`
http: {addr: "127.0.0.1:%d"}
node: {name: %s, url: "http://127.0.0.1:%d"}
engine: kafka
kafka: {brokers: [%q], prefix: %s, partitions: 2}
redis: {addrs: [%q], prefix: %s, lease: %s}
store: {dir: %q}
mappings: {dir: %q}
sources:
  full:
%s`, port, name, port, kafka.Addrs()[0], prefix, redis.Addr(), prefix, duoLease, filepath.Join(d.dir, name), filepath.Join(d.dir, "mappings"), streams))
		v := &victim{t: t, config: filepath.Join(d.dir, name+".yaml"), name: name}
		d.nodes[name] = v
		t.Cleanup(v.kill)
		v.start()
		d.victim = v
	}
	return d
}

// sides waits until one of the nodes holds the stream, and gives both.
func (d *duo) sides() (holder, idle *victim) {
	d.until("one node holds the stream", func() bool {
		holder, idle = nil, nil
		for _, v := range d.nodes {
			if held, _ := sharing(d.t, v); held == 1 {
				holder = v
			} else {
				idle = v
			}
		}
		return holder != nil && idle != nil
	})
	return holder, idle
}

// at asks one node.
func (d *duo) at(v *victim) *backlog {
	d.victim = v
	return d.backlog
}

// order plans an act at a node and applies it there.
func (d *duo) order(v *victim, kind string) (status int, job book.Job) {
	d.t.Helper()
	return d.apply(v, d.plan(v, kind))
}

func (d *duo) plan(v *victim, kind string) (plan book.Plan) {
	d.t.Helper()
	ask := map[string]any{"kind": kind, "stream": "full/m", "reason": "thử"}
	refused := d.gate.refused.Load()
	d.until("a plan is made of "+kind, func() bool { // what one node committed, the other's view has a moment later
		status, err := d.at(v).call("POST", "/v1/admin/plans", ask, &plan)
		if now := d.gate.refused.Load(); d.gate.refuses.Load() && now > refused+1 {
			refused = now
			d.gate.left.Store(1) // it stands between two walks: one page more, and it stands in one
		}
		return err == nil && status == http.StatusOK
	})
	return plan
}

func (d *duo) apply(v *victim, plan book.Plan) (status int, job book.Job) {
	at := backlog{victim: v}
	status, err := at.call("POST", "/v1/admin/plans/"+plan.ID+"/apply", map[string]string{"hash": plan.Hash}, &job)
	if err != nil {
		d.t.Error(err)
	}
	return status, job
}

// both applies a plan at each of two nodes in the same moment: one is taken.
func (d *duo) both(one, two *victim, kind string) (job book.Job) {
	d.t.Helper()
	plans, jobs, statuses := []book.Plan{d.plan(one, kind), d.plan(two, kind)}, make([]book.Job, 2), make([]int, 2)
	var group sync.WaitGroup
	for i, v := range []*victim{one, two} {
		group.Go(func() { statuses[i], jobs[i] = d.apply(v, plans[i]) })
	}
	group.Wait()
	taken := slices.Index(statuses, http.StatusAccepted)
	if d.denied++; taken < 0 || statuses[1-taken] < 400 {
		d.t.Fatalf("%s ordered at both nodes at once: %d", kind, statuses)
	}
	return jobs[taken]
}

// job is a job as a node has it.
func (d *duo) job(v *victim, id string) (job book.JobView) {
	_, _ = d.at(v).call("GET", "/v1/admin/jobs/"+id, nil, &job) // a node may be away
	return job
}

// round orders an act where the stream is not held, has something happen to the
// node that holds it while the job is under way, and waits for the end.
func (d *duo) round(kind, trouble string) {
	t := d.t
	holder, idle := d.sides()
	if kind == book.RestartWalk { // a walk must be under way, and no run
		d.gate.refuses.Store(true)
		d.gate.left.Store(3 + d.random.Int64N(5))
		before := d.gate.refused.Load()
		d.until("a walk stands in its middle", func() bool { return d.gate.refused.Load() > before })
	}
	d.source.stir(d.random, d.random.IntN(4))
	var job book.Job
	if trouble == "nothing" {
		job = d.both(holder, idle, kind)
	} else {
		var status int
		if status, job = d.order(idle, kind); status != http.StatusAccepted {
			t.Fatalf("%s at %s: status %d", kind, idle.name, status)
		}
	}
	d.told[job.ID] = true
	d.gate.refuses.Store(false)
	d.gate.left.Store(2 + d.random.Int64N(6))
	d.until("the stream was moved, and its source waits", func() bool {
		parts := d.job(idle, job.ID).Parts
		if len(parts) == 1 && parts[0].Moved.IsZero() && d.gate.waiting.Load() > 0 { // a run of before is in the way
			d.gate.left.Store(5)
		}
		return len(parts) == 1 && !parts[0].Moved.IsZero() && d.gate.waiting.Load() > 0
	})
	for _, v := range []*victim{idle, holder} {
		if status, second := d.order(v, []string{book.Sweep, book.Forget}[d.random.IntN(2)]); status < 400 {
			t.Errorf("%s, %s: while a job is under way %s began another, %s", kind, trouble, v.name, second.ID)
		}
		d.denied++
	}
	switch trouble {
	case "kill -9":
		holder.kill()
	case "stop":
		d.gate.left.Store(gateOpen) // the page in hand is waited for
		holder.end()
	case "sleep":
		d.signal(holder, syscall.SIGSTOP)
		d.until("the other node holds the stream", func() bool { held, _ := sharing(t, idle); return held == 1 })
		d.signal(holder, syscall.SIGCONT)
	}
	d.gate.left.Store(gateOpen)
	d.until("the job ends", func() bool { j := d.job(idle, job.ID); return j.Over() })
	end := d.job(idle, job.ID)
	d.log = append(d.log, fmt.Sprintf("%s, %s: %s by %s after %s, %+v", kind, trouble, end.State, end.Parts[0].Node,
		end.Ended.Sub(end.Made).Round(time.Millisecond), end.Total))
	if c := end.Total; end.State != book.Finished || c.Planned != c.Tried || c.Waiting != 0 || c.Tried < 150 {
		t.Errorf("%s, %s: %s, %+v, %+v", kind, trouble, end.State, c, end.Parts[0].Cause)
	}
	if moved := end.Parts[0].Node != holder.name; moved != (trouble != "nothing") {
		t.Errorf("%s, %s: ended by %s, begun by %s", kind, trouble, end.Parts[0].Node, holder.name)
	}
	if holder.cmd == nil {
		holder.start()
	}
}

func (d *duo) signal(v *victim, sig syscall.Signal) {
	if err := v.cmd.Process.Signal(sig); err != nil {
		d.t.Fatalf("%s: %v", v.name, err)
	}
}

// end stops a gateway as an administrator does.
func (v *victim) end() {
	if err := v.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		v.t.Fatal(err)
	}
	if err := v.cmd.Wait(); err != nil {
		v.t.Errorf("%s: %v", v.name, err)
	}
	v.cmd = nil
}

// wrong is what is lost, published twice or gone although it is there, at a node.
func (d *duo) wrong(v *victim) []string {
	events := readFeed(d.t, v.url, "feedback")
	wrong, times := d.source.wrong(events, []string{"full"}), map[string]int{}
	d.source.mu.Lock()
	defer d.source.mu.Unlock()
	there := map[string]bool{}
	for _, r := range d.source.rows {
		there["feedback:full:"+r.id] = true
	}
	for _, e := range events {
		what := fmt.Sprint(e.Subject, " edit ", e.Data.ReturnedCount)
		if strings.Contains(e.Type, ".gone.") {
			if what = e.Subject + " gone"; there[e.Subject] {
				wrong = append(wrong, what+", and it is there")
			}
			delete(there, e.Subject)
		}
		if times[what]++; times[what] == 2 {
			wrong = append(wrong, what+": published twice")
		}
	}
	return wrong
}

// actsWrong: each job began with a row and ended with one, whoever did it.
func (d *duo) actsWrong() []string {
	wrong, ended, refused := d.auditWrong(), map[uint64]int{}, 0
	for _, e := range d.acts() {
		switch {
		case e.What == "job":
			ended[e.Of]++
		case e.Phase == book.Failed && strings.HasPrefix(e.What, "apply "):
			refused++
		}
	}
	for _, v := range d.jobs() {
		if n := ended[v.Row]; n != 1 {
			wrong = append(wrong, fmt.Sprintf("job %s has %d rows that say how it ended", v.ID, n))
		}
	}
	if refused != d.denied {
		wrong = append(wrong, fmt.Sprintf("%d refusals in the audit, there were %d", refused, d.denied))
	}
	return wrong
}

// TestPositionOnTwoNodes: a sweep, a walk begun again and a source forgotten,
// each ordered where the stream is not held, while the node that holds it is
// killed, stops, or sleeps past its lease in the middle of the job; then both
// nodes have what the source has, once, and one audit.
func TestPositionOnTwoNodes(t *testing.T) {
	dev.Need(t, "kafka", "redis")
	dev.Long(t)
	d := newDuo(t)
	settled := func(v *victim) func() bool { return func() bool { return len(d.wrong(v)) == 0 } }
	for _, v := range d.nodes {
		d.until("everything was read", settled(v))
	}
	kinds, troubles := []string{book.Sweep, book.RestartWalk, book.Forget}, []string{"nothing", "kill -9", "stop", "sleep"}
	for n := range seed.Rounds(t, 12) {
		d.round(kinds[n%len(kinds)], troubles[n%len(troubles)])
	}
	t.Log(strings.Join(d.log, "\n"))
	digests := map[string]string{}
	for name, v := range d.nodes {
		d.until("both have what the source has", func() bool {
			wrong := d.wrong(v)
			return len(wrong) == 0 || !slices.ContainsFunc(wrong, func(w string) bool { return strings.HasSuffix(w, "at the source") })
		})
		d.victim = v
		for _, wrong := range slices.Concat(d.wrong(v), d.actsWrong()) {
			t.Errorf("%s: %s", name, wrong)
		}
		digests[digestOf(t, v.url, canonical.KindFeedback.Feed())] += name
	}
	if len(digests) != 1 {
		t.Errorf("digests differ: %v", digests)
	}
}
