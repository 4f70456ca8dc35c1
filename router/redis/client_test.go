package redis

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	mini "github.com/alicebob/miniredis/v2/server"

	"iocgateway/canonical/problem"
)

// refused opens and expects one problem, with words and a hint in both languages.
func refused(t *testing.T, code string, o Options, parts ...string) {
	t.Helper()
	if o.Node.Name == "" {
		o.Node = worker("a")
	}
	c, err := Open(t.Context(), o)
	if err == nil {
		_ = c.Close()
		t.Fatalf("it opened; want %s", code)
	}
	p, ok := problem.As(err)
	if !ok || p.Code != code {
		t.Fatalf("%v; want %s", err, code)
	}
	for _, lang := range []problem.Lang{problem.Vietnamese, problem.English} {
		text := p.Text(lang) + " " + p.Hint(lang)
		if p.Hint(lang) == "" || strings.Contains(text, "[[") {
			t.Errorf("%s reads %q", code, text)
		}
		for _, part := range parts {
			if !strings.Contains(text, part) {
				t.Errorf("%s does not have %q: %q", code, part, text)
			}
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Run("no address", func(t *testing.T) { refused(t, "GW-L014", Options{}) })
	t.Run("a name with a bar", func(t *testing.T) {
		refused(t, "GW-L014", Options{Addrs: []string{"x"}, Node: Node{Name: "a|b"}}, "a|b")
	})
	t.Run("a prefix with braces", func(t *testing.T) { refused(t, "GW-L014", Options{Addrs: []string{"x"}, Prefix: "{a}"}, "{a}") })
	t.Run("nobody there", func(t *testing.T) {
		refused(t, "GW-L001", Options{Addrs: []string{"127.0.0.1:1"}}, "127.0.0.1:1", "refused", "redis-cli")
	})
	t.Run("no route", func(t *testing.T) {
		refused(t, "GW-L001", Options{Addrs: []string{"far:1"}, dial: nowhere}, "no route")
	})
	t.Run("too old", func(t *testing.T) {
		m := miniredis.RunT(t)
		m.Server().SetPreHook(func(p *mini.Peer, cmd string, _ ...string) bool {
			if cmd == "INFO" {
				p.WriteBulk("# Server\r\nredis_version:5.0.14\r\n")
			}
			return cmd == "INFO"
		})
		refused(t, "GW-L004", Options{Addrs: []string{m.Addr()}}, "5.0.14", "6.2")
	})
}

func TestOpenRefusesRealServers(t *testing.T) {
	p := realServer(t)
	rdb, ctx := admin(t, p), t.Context()
	o := func(user, password string) Options {
		return Options{Addrs: []string{p.Addr()}, Username: user, Password: password}
	}
	set := func(args ...any) {
		t.Helper()
		if err := rdb.Do(ctx, args...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	set("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
	refused(t, "GW-L005", o("", ""), "allkeys-lru", "CONFIG SET maxmemory-policy noeviction")
	set("CONFIG", "SET", "maxmemory-policy", "noeviction")
	set("ACL", "SETUSER", "half", "on", ">secret", "~*", "&*", "+@all", "-spop")
	refused(t, "GW-L003", o("half", "secret"), "half", "SPOP", "ACL SETUSER half")
	refused(t, "GW-L002", o("half", "wrong"), "half")
	set("ACL", "SETUSER", "other", "on", ">secret", "~other:*", "&*", "+@all")
	refused(t, "GW-L003", o("other", "secret"), "{gateway}:*")
	// The permissions the hint names are enough, and CONFIG is not among them.
	set("ACL", "SETUSER", "enough", "on", ">secret", "~{gateway}:*", "&{gateway}:*",
		"+@read", "+@write", "+@scripting", "+@connection", "+@pubsub", "+@transaction", "+time")
	works(t, o("enough", "secret"), nil)
	set("ACL", "SETUSER", "mute", "on", ">secret", "~{gateway}:*", "resetchannels", "+@all")
	works(t, o("mute", "secret"), []string{"GW-L011"})
	set("CONFIG", "SET", "requirepass", "topsecret")
	refused(t, "GW-L002", o("", ""))
	refused(t, "GW-L002", o("", "wrong"), "default")
	works(t, o("", "topsecret"), nil)

	replica := realServer(t, "--replicaof", strings.ReplaceAll(p.Addr(), ":", " "), "--masterauth", "topsecret")
	refused(t, "GW-L006", Options{Addrs: []string{replica.Addr()}}, replica.Addr())
}

// works opens, shares, and shows exactly these problems.
func works(t *testing.T, o Options, codes []string) {
	t.Helper()
	o.Node = worker("a")
	c, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	l := start(t, c, LeaseOptions{Names: names("s", 5)}, nil)
	defer l.stop()
	eventually(t, 5*time.Second, "it shares", func() bool { return l.job.count() == 5 })
	var found []string
	for _, p := range c.Check(t.Context()) {
		found = append(found, p.Code)
	}
	if !slices.Equal(found, codes) {
		t.Errorf("it shows %v, want %v", found, codes)
	}
	if len(codes) > 0 {
		eventually(t, 5*time.Second, "the leases show it too", func() bool { return l.problem() == codes[0] })
	}
	if err := c.PutStatus(t.Context(), map[string][]byte{"a": []byte("1")}); err != nil {
		t.Error(err)
	}
	if err := c.Limiter("x", 100, time.Second, 2).Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := c.Statuses(t.Context()); err != nil {
		t.Error(err)
	}
}

// What an administrator does while we run is shown.
func TestRealTroubleWhileRunning(t *testing.T) {
	t.Parallel()
	p := realServer(t)
	c := realClient(t, p, "a")
	l := start(t, c, LeaseOptions{Names: names("s", 5), TTL: time.Second}, nil)
	eventually(t, 5*time.Second, "it shares", func() bool { return l.job.count() == 5 })
	set := func(args ...any) {
		t.Helper()
		if err := admin(t, p).Do(t.Context(), args...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	set("CONFIG", "SET", "maxmemory-policy", "volatile-ttl")
	if found := c.Check(t.Context()); len(found) != 1 || found[0].Code != "GW-L005" {
		t.Errorf("it shows %v", found)
	}
	set("CONFIG", "SET", "maxmemory-policy", "noeviction")
	set("CONFIG", "SET", "maxmemory", "1")
	eventually(t, 5*time.Second, "out of memory is shown", func() bool { return l.problem() == "GW-L012" })
	if l.job.count() != 5 {
		t.Errorf("%d of 5 are worked on", l.job.count())
	}
	set("CONFIG", "SET", "maxmemory", "0")
	eventually(t, 5*time.Second, "and that it is over", func() bool { return l.problem() == "" })
	if l.job.losses() != 0 {
		t.Errorf("%d were stopped over it", l.job.losses())
	}
}

func TestProblemsOfErrors(t *testing.T) {
	c := detached(worker("a"), time.Now, nil)
	for text, code := range map[string]string{
		"MISCONF Redis is configured to save RDB snapshots":                               "GW-L013",
		"OOM command not allowed when used memory > 'maxmemory'.":                         "GW-L012",
		"READONLY You can't write against a read only replica.":                           "GW-L006",
		"NOAUTH Authentication required.":                                                 "GW-L002",
		"ERR AUTH <password> called without any password configured for the default user": "GW-L002",
		"LOADING Redis is loading the dataset in memory":                                  "GW-L008",
		"i/o timeout": "GW-L008",
	} {
		if p := c.problem(fmt.Errorf("redis: tick: %w", errors.New(text))); p.Code != code {
			t.Errorf("%s is %s, want %s", text, p.Code, code)
		}
	}
}

func TestVersions(t *testing.T) {
	for _, c := range []struct {
		v   string
		old bool
	}{
		{"5.0.14", true}, {"6.0.16", true}, {"6", true},
		{"6.2.0", false}, {"6.2", false}, {"7.0.15", false}, {"10.1", false}, {"unstable", false}, {"255.255.255", false},
	} {
		if got := older(c.v, "6.2"); got != c.old {
			t.Errorf("%s is older than 6.2: %v", c.v, got)
		}
	}
}

func TestAClockThatIsOff(t *testing.T) {
	m := miniredis.RunT(t)
	for _, by := range []time.Duration{-time.Minute, 0, 4 * time.Second, time.Hour} {
		now := func() time.Time { return time.Now().Add(by) }
		c, err := Open(t.Context(), Options{Addrs: []string{m.Addr()}, Node: worker("a"), Now: now})
		if err != nil {
			t.Fatalf("%s: %v", by, err) // it is shown, and stops nothing
		}
		found := c.Check(t.Context())
		if shown := len(found) == 1 && found[0].Code == "GW-L007"; shown != (by.Abs() > 5*time.Second) || len(found) > 1 {
			t.Errorf("%s: it shows %v", by, found)
		}
		if len(found) == 1 && !strings.Contains(found[0].Hint(problem.English), "chronyc makestep") {
			t.Errorf("no hint: %v", found[0])
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestStatuses(t *testing.T) {
	m := miniredis.RunT(t)
	now := time.UnixMilli(1_764_000_000_000)
	m.SetTime(now)
	open := func(name string) *Client {
		c, err := Open(t.Context(), Options{Addrs: []string{m.Addr()}, Node: worker(name)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	a, b := open("a"), open("b")
	many := map[string][]byte{}
	for _, n := range names("dvc", 1203) {
		many[n] = []byte(`{"state":"healthy","text":"tốt đẹp |"}`)
	}
	for _, err := range []error{a.PutStatus(t.Context(), many), a.PutStatus(t.Context(), nil),
		b.PutStatus(t.Context(), map[string][]byte{"dvc/00001": []byte(`{"state":"late"}`), "two words/x": []byte(`[]`)})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	m.HSet("{gateway}:status", "dvc/99999", `1764000000000 c {"source":"dvc","state":"healthy"}`) // a version posts there that knows no facts
	got, err := a.Statuses(t.Context())
	if err != nil || len(got) != 1204 {
		t.Fatalf("%d statuses, %v", len(got), err)
	}
	if s := got["dvc/00000"]; string(s.JSON) != string(many["dvc/00000"]) || s.Node != "a" || !s.At.Equal(now) {
		t.Errorf("%+v", s)
	}
	if s := got["dvc/00001"]; string(s.JSON) != `{"state":"late"}` || s.Node != "b" {
		t.Errorf("%+v", s)
	}
	// What nobody posts any more goes after a week; what is damaged goes at once.
	now = now.Add(8 * 24 * time.Hour)
	m.SetTime(now)
	m.HSet("{gateway}:reports", "odd", "no time", "odder", "1764000000000 a {")
	if err := b.PutStatus(t.Context(), map[string][]byte{"dvc/00002": []byte(`{}`)}); err != nil {
		t.Fatal(err)
	}
	if got, err := a.Statuses(t.Context()); err != nil || len(got) != 1 {
		t.Errorf("%d statuses, %v", len(got), err)
	}
	for _, gone := range []string{"odd", "odder", "dvc/00000"} {
		if kept := m.HGet("{gateway}:reports", gone); kept != "" {
			t.Errorf("%s is kept: %s", gone, kept)
		}
	}
}
