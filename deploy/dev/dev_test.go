package dev_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"iocgateway/deploy/dev"
)

// recorder is a test that keeps how it would have ended.
type recorder struct {
	testing.TB
	ended string
}

func (r *recorder) Helper() {}

func (r *recorder) Skipf(string, ...any)  { r.ended = "skipped" }
func (r *recorder) Fatalf(string, ...any) { r.ended = "failed" }
func (r *recorder) Cleanup(func())        {}

func TestWhatIsNotHere(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("TESTS_MUST_RUN", "chromium,redis")
	for _, c := range []struct{ name, want string }{{"redis", "failed"}, {"kafka", "skipped"}, {"kcat", "skipped"}} {
		r := &recorder{TB: t}
		if dev.Need(r, c.name); r.ended != c.want {
			t.Errorf("%s: %q, want %q", c.name, r.ended, c.want)
		}
	}
}

func TestLongTestsRunWhereTheyMust(t *testing.T) {
	for _, c := range []struct{ must, want string }{{"", "skipped"}, {"kafka", "skipped"}, {"kafka,long,real", ""}} {
		t.Setenv("TESTS_MUST_RUN", c.must)
		r := &recorder{TB: t}
		if dev.Long(r); r.ended != c.want {
			t.Errorf("%q: %q, want %q", c.must, r.ended, c.want)
		}
	}
}

func TestJarsOfAnotherPlace(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("GATEWAY_DEV_DIR", dir)
	t.Setenv("GATEWAY_DEV_KAFKA", "")
	if _, err := exec.LookPath("java"); err != nil {
		t.Skip("no java here")
	}
	if err := dev.Have("kafka"); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("jars nobody fetched: %v", err)
	}
	version, err := dev.Version()
	if err != nil || !strings.HasPrefix(version, "4.") {
		t.Fatalf("version %q: %v", version, err)
	}
	if err := os.Mkdir(filepath.Join(dir, "kafka-"+version), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := dev.Have("kafka"); err != nil {
		t.Error(err)
	}
	t.Setenv("GATEWAY_DEV_KAFKA", "3.9.2")
	if err := dev.Have("kafka"); err == nil || !strings.Contains(err.Error(), "kafka-3.9.2") {
		t.Errorf("another version, which nobody fetched: %v", err)
	}
}

// eventually waits for a condition: what ends or begins here are processes.
func eventually(t *testing.T, within time.Duration, what string, ok func() bool) {
	t.Helper()
	deadline, look := time.Now().Add(within), time.NewTicker(20*time.Millisecond)
	defer look.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", within, what)
		}
		<-look.C
	}
}

// beKilled is the child of TestNothingOutlivesUs: it starts a Redis, prints
// where it is, and waits.
func beKilled(string) {
	r := dev.Redis(&recorder{})
	r.Freeze() // even one that cannot take a signal
	fmt.Println(r.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func TestNothingOutlivesUs(t *testing.T) {
	dev.Need(t, "redis")
	if runtime.GOOS != "linux" {
		t.Skip("only on Linux children die with us")
	}
	tmp := t.TempDir()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "DEV_TEST_CHILD=redis", "TMPDIR="+tmp)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	child.Stderr = os.Stderr
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	addr = strings.TrimSpace(addr)
	if err := connects(addr); err != nil {
		t.Fatal(err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	eventually(t, 10*time.Second, "its Redis is gone", func() bool { return connects(addr) != nil })
	left := func() int {
		dirs, err := filepath.Glob(filepath.Join(tmp, "gateway-dev-*", "run-*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(dirs)
	}
	if left() != 1 {
		t.Fatalf("%d folders left behind, want 1", left())
	}
	t.Setenv("TMPDIR", tmp)
	dev.Redis(t)
	if left() != 1 {
		t.Errorf("%d folders, want only the one in use", left())
	}
}

func connects(addr string) error {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return err
	}
	return conn.Close()
}
