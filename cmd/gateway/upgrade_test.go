package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"iocgateway/canonical"
	"iocgateway/cmd/gateway/verbs/sandbox"
	"iocgateway/deploy/dev"
)

// beforeEnv names the binary of an earlier version, whose stores, topics,
// cursors and configuration have to go on under this one. deploy/dev/upgrade
// builds it.
const beforeEnv = "GATEWAY_BEFORE"

// upgrade is a city, and sources that forget, which gateways of two versions
// read one after the other, or side by side.
type upgrade struct {
	t      *testing.T
	before string // the earlier binary
	city   *sandbox.City
	up     *upstream
	token  string // file of the newest token of a source that changes it at each login; all nodes have the one
}

func newUpgrade(t *testing.T) *upgrade {
	t.Helper()
	before := os.Getenv(beforeEnv)
	if before == "" {
		t.Skip(beforeEnv + " names no earlier version: deploy/dev/upgrade REVISION runs this")
	}
	u := &upgrade{t: t, before: before, city: newCity(t, sandbox.Options{}), up: newUpstream(t), // the city's clock stands still
		token: filepath.Join(t.TempDir(), "token")}
	u.up.grow(400)
	return u
}

// node is a gateway that is not started yet; more is what it has besides
// sources. Its file is not touched again.
func (u *upgrade) node(name, more string) *victim {
	v := newVictim(u.t, u.up, 0)
	v.name, v.env = name, u.city.Environment()
	addr := fmt.Sprintf("127.0.0.1:%d", freePort(u.t))
	v.url = "http://" + addr
	sources := strings.Replace(sourcesOf(u.t, u.city), `"${env:SANDBOX_REFRESH}"}`,
		fmt.Sprintf(`"${env:SANDBOX_REFRESH}", token_file: %q}`, u.token), 1)
	v.add(sources+"\nlog: {level: warn}\n"+strings.ReplaceAll(more, "NODE", fmt.Sprintf("node: {name: %s, url: %q}", name, v.url)), addr)
	return v
}

// startBefore runs the earlier version in the place of this one.
func (u *upgrade) startBefore(v *victim) {
	u.t.Helper()
	v.cmd = exec.Command(u.before, "run", "-c", v.config)
	v.cmd.Env, v.cmd.Stderr = append(os.Environ(), v.env...), os.Stderr
	if err := v.cmd.Start(); err != nil {
		u.t.Fatal(err)
	}
	awaitReady(u.t, v.url)
}

func (u *upgrade) stop(v *victim) {
	u.t.Helper()
	if err := v.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		u.t.Fatal(err)
	}
	if err := v.cmd.Wait(); err != nil {
		u.t.Errorf("%s did not end well: %v", v.name, err)
	}
	v.cmd = nil
}

// quiet waits until nodes have read every source to its end and nothing has
// been published for longer than any stream of the city waits.
func (u *upgrade) quiet(nodes ...*victim) {
	u.t.Helper()
	var last string
	still := time.Now()
	for deadline := time.Now().Add(5 * time.Minute); ; time.Sleep(250 * time.Millisecond) {
		heads, unread := "", 0
		for _, v := range nodes {
			h, n := glance(u.t, v)
			heads, unread = heads+h, unread+n
		}
		if heads != last {
			last, still = heads, time.Now()
		}
		if unread == 0 && time.Since(still) > 12*time.Second && u.up.waiting() == 0 {
			return
		}
		if time.Now().After(deadline) {
			u.t.Fatalf("after 5 minutes %d streams are not read to their end; heads %s; %s", unread, heads, nodes[0].problems())
		}
	}
}

// glance is where a node's feeds are, the gateway's own left out, and how many
// of its streams were not read to their end.
func glance(t *testing.T, v *victim) (heads string, unread int) {
	t.Helper()
	var c struct {
		Feeds []struct {
			Feed string
			Head int64
		}
	}
	var s struct {
		Items []struct {
			Adapter      string
			State        string
			FreshThrough *time.Time `json:"fresh_through"`
		}
	}
	if once(v.url+"/v1/feeds", &c) != nil || once(v.url+"/v1/streams", &s) != nil {
		return "away", 1 // while it starts
	}
	for _, f := range c.Feeds {
		if f.Feed != "ops" {
			heads += fmt.Sprint(f.Feed, " ", f.Head, " ")
		}
	}
	for _, st := range s.Items {
		if st.FreshThrough == nil && st.Adapter != "push" && st.State != "unknown" { // another version runs it
			unread++
		}
	}
	return heads, unread
}

// changes: every source has something new, and a day and two hours pass.
func (u *upgrade) changes() {
	u.up.grow(60)
	u.city.Clock.Advance(26 * time.Hour)
}

// whole holds a node's feeds against what the sources count by themselves.
func (u *upgrade) whole(v *victim) {
	u.t.Helper()
	if wrong := audit(u.t, v, u.up, time.Minute); len(wrong) > 0 {
		u.t.Errorf("%s: %d findings, among them: %s", v.name, len(wrong), wrong[0])
	}
	for stream, keys := range counted(u.city) {
		// Two sweeps, a minute apart, prove what is gone; one that was cut begins again.
		if wrong := lacks(u.t, v, stream, keys, 4*time.Minute); wrong != "" {
			u.t.Errorf("%s: %s; it reports %s", v.name, wrong, v.problems())
		}
	}
}

// delivered lets the hotline call whoever answers at a node's address.
func (u *upgrade) deliver(address string) {
	u.city.Deliver(u.t.Context(), address, hotlineOpened(u.city.City))
}

// midWalk makes the city's pages slow, lets the sources change, and waits
// until the dossiers are read again, the third page of a walk being asked for.
func (u *upgrade) midWalk() {
	u.t.Helper()
	asked := u.city.Faults["dvc"].Fired("stall")
	for _, name := range sandbox.Sources() {
		if err := u.city.Faults[name].Parse("stall:1s*100000"); err != nil {
			u.t.Fatal(err)
		}
	}
	u.changes()
	for deadline := time.Now().Add(3 * time.Minute); u.city.Faults["dvc"].Fired("stall") < asked+3; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			u.t.Fatal("after 3 minutes no walk is under way")
		}
	}
}

func (u *upgrade) calm() {
	for _, name := range sandbox.Sources() {
		u.city.Faults[name].Clear()
	}
}

// TestUpgradeOfAStore: what the version before kept on one machine goes on
// under this one, be the earlier one told to stop or killed in mid-walk.
func TestUpgradeOfAStore(t *testing.T) {
	t.Run("stopped", func(t *testing.T) {
		u := newUpgrade(t)
		v := u.node("one", "")
		u.startBefore(v)
		u.deliver(v.url)
		u.quiet(v)
		h := u.remember(v)
		u.stop(v)
		v.start()
		awaitReady(t, v.url)
		u.quiet(v)
		u.goesOn(v, h, true)
		u.changes()
		u.quiet(v)
		u.goesOn(v, h, false)
		u.whole(v)
	})
	t.Run("killed in mid-walk", func(t *testing.T) {
		u := newUpgrade(t)
		v := u.node("one", "")
		u.deliver(v.url)
		for range 2 { // in the first walk of all, and in a later one
			u.startBefore(v)
			u.midWalk()
			h := u.remember(v)
			v.kill()
			u.calm()
			v.start()
			awaitReady(t, v.url)
			u.quiet(v)
			u.goesOn(v, h, false)
			u.whole(v)
			u.stop(v)
		}
	})
}

// TestUpgradeRolling: two nodes on one Log, replaced one after the other. The
// versions share the streams meanwhile and read what the other wrote.
func TestUpgradeRolling(t *testing.T) {
	u := newUpgrade(t)
	dev.Need(t, "kafka", "redis")
	prefix := fmt.Sprintf("u%d", time.Now().UnixNano())
	more := fmt.Sprintf("engine: kafka\nkafka: {brokers: [%q], prefix: %s, partitions: 3}\n", dev.Kafka(t, 1).Addrs()[0], prefix) +
		fmt.Sprintf("redis: {addrs: [%q], prefix: %s, lease: 2s}\nNODE\n", dev.Redis(t).Addr(), prefix)
	one, two := u.node("one", more), u.node("two", more)
	u.startBefore(one)
	u.startBefore(two)
	b := newBalancer(t)
	b.put(one)
	b.put(two)
	u.deliver(b.URL)
	u.quiet(one, two)
	h := u.remember(one)

	u.stop(two)
	two.start()
	awaitReady(t, two.url)
	for range 80 { // longer than a node believes what it read
		for _, v := range []*victim{one, two} {
			if seen := states(t, v); strings.Contains(seen, "never_ran") || strings.Contains(seen, "nameless") {
				t.Fatalf("both versions: %s shows %s; what it cannot read it has to call unknown", v.name, seen)
			}
		}
		time.Sleep(time.Second)
	}
	t.Logf("both versions: one, of before, shows %v; two shows %v", states(t, one), states(t, two))
	u.quiet(one, two)
	u.goesOn(two, h, true)
	u.changes()
	u.quiet(one, two)
	u.sameDigests(one, two)
	u.goesOn(two, h, false)
	u.whole(two)
	u.whole(one)

	u.midWalk() // the version before takes over what this one wrote
	two.kill()
	u.calm()
	u.quiet(one)
	u.whole(one)
	two.start()
	awaitReady(t, two.url)
	u.quiet(one, two)

	u.midWalk()
	one.kill()
	u.calm()
	one.start()
	awaitReady(t, one.url)
	u.quiet(one, two)
	u.sameDigests(one, two)
	for _, v := range []*victim{one, two} {
		u.goesOn(v, h, false)
		u.whole(v)
	}
}

func (u *upgrade) sameDigests(a, b *victim) {
	u.t.Helper()
	for _, feed := range canonical.Feeds() {
		if feed != "ops" && digestOf(u.t, a.url, feed) != digestOf(u.t, b.url, feed) {
			u.t.Errorf("%s: %s and %s have other digests", feed, a.name, b.name)
		}
	}
}

// states counts a node's streams by what it calls them.
func states(t *testing.T, v *victim) string {
	t.Helper()
	var s struct {
		Items []struct{ Source, State string }
	}
	if err := once(v.url+"/v1/streams", &s); err != nil {
		return err.Error()
	}
	n := map[string]int{}
	for _, st := range s.Items {
		if st.Source == "" {
			n["nameless"]++
		}
		n[st.State]++
	}
	var out []string
	for _, state := range slices.Sorted(maps.Keys(n)) {
		out = append(out, fmt.Sprint(n[state], " ", state))
	}
	return strings.Join(out, ", ")
}
