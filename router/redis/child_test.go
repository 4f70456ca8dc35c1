package redis

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	ossignal "os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"iocgateway/deploy/dev"
)

// TestMain is also the node that a test can kill: the same binary, started
// again.
func TestMain(m *testing.M) {
	if addr := os.Getenv("LEASES_CHILD"); addr != "" {
		if err := beChild(addr); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func beChild(addr string) error {
	ctx, stop := ossignal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	c, err := Open(ctx, Options{Addrs: []string{addr}, Node: worker("child")})
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	size, _ := strconv.Atoi(os.Getenv("LEASES_NAMES"))
	ttl, _ := time.ParseDuration(os.Getenv("LEASES_TTL"))
	leases, err := c.Leases(LeaseOptions{Names: names("s", size), TTL: ttl,
		Gained: func(name string, _ int64) { fmt.Println("gain", name) },
		Lose:   func(_ context.Context, name string) { fmt.Println("lose", name) },
	})
	if err != nil {
		return err
	}
	return leases.Run(ctx)
}

// child is a node in a process of its own.
type child struct {
	cmd  *exec.Cmd
	mu   sync.Mutex
	has  map[string]bool
	lost int
	bad  []string
}

func startChild(t *testing.T, p *dev.RedisServer, size int, ttl time.Duration) *child {
	t.Helper()
	c := &child{has: map[string]bool{}, cmd: exec.Command(os.Args[0])}
	c.cmd.Env = append(os.Environ(), "LEASES_CHILD="+p.Addr(), "LEASES_NAMES="+strconv.Itoa(size), "LEASES_TTL="+ttl.String())
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			c.read(lines.Text())
		}
	})
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		wg.Wait()
		_ = c.cmd.Wait()
		for _, b := range c.bad {
			t.Error("child: " + b)
		}
	})
	return c
}

func (c *child) read(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	what, name, _ := strings.Cut(line, " ")
	switch {
	case what == "gain" && !c.has[name]:
		c.has[name] = true
	case what == "lose" && c.has[name]:
		delete(c.has, name)
		c.lost++
	default:
		c.bad = append(c.bad, line)
	}
}

func (c *child) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.has)
}

func (c *child) losses() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lost
}

func (c *child) signal(s os.Signal) { _ = c.cmd.Process.Signal(s) }
