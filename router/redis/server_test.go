package redis

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// process is a real redis-server of a test, on a free loopback port.
type process struct {
	t    *testing.T
	addr string
	dir  string
	args []string
	cmd  *exec.Cmd
}

// realServer starts one, or skips where the binary is not installed.
func realServer(t *testing.T, args ...string) *process {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if strings.Contains(os.Getenv("TESTS_MUST_RUN"), "redis") {
			t.Fatal("no redis-server here, and TESTS_MUST_RUN asks for it")
		}
		t.Skip("no redis-server here: nothing is tried on a real one")
	}
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := port.Addr().String()
	if err := port.Close(); err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, addr: addr, dir: t.TempDir(), args: args}
	p.start()
	t.Cleanup(p.kill)
	return p
}

func (p *process) start() {
	p.t.Helper()
	_, port, _ := net.SplitHostPort(p.addr)
	args := append([]string{"--port", port, "--bind", "127.0.0.1", "--dir", p.dir, "--save", "",
		"--appendonly", "no", "--logfile", filepath.Join(p.dir, "log")}, p.args...)
	p.cmd = exec.Command("redis-server", args...)
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	for range 500 {
		conn, err := net.Dial("tcp", p.addr)
		if err == nil {
			_, _ = fmt.Fprint(conn, "PING\r\n")
			answer := make([]byte, 64)
			n, _ := conn.Read(answer)
			_ = conn.Close()
			if n > 0 && !strings.Contains(string(answer[:n]), "LOADING") {
				return
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	text, _ := os.ReadFile(filepath.Join(p.dir, "log"))
	p.t.Fatalf("redis-server does not answer: %s", text)
}

// kill ends the server, as kill -9 does.
func (p *process) kill() {
	if p.cmd != nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		p.cmd = nil
	}
}

// shutdown ends it in order: what it keeps on disk is written.
func (p *process) shutdown() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_ = p.cmd.Wait()
	p.cmd = nil
}

// freeze stops it from answering, as a machine that swaps does.
func (p *process) freeze() { _ = p.cmd.Process.Signal(syscall.SIGSTOP) }
func (p *process) thaw()   { _ = p.cmd.Process.Signal(syscall.SIGCONT) }

func (p *process) admin() *goredis.Client { return plain(p.t, p.addr) }

func realClient(t *testing.T, p *process, name string) *Client {
	t.Helper()
	c, err := Open(t.Context(), Options{Addrs: []string{p.addr}, Node: worker(name), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}
