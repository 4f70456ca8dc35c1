package dev

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// RedisServer is a redis-server that keeps nothing on disk, unless its
// arguments change that.
type RedisServer struct {
	tb       TB
	addr     string
	password string
	scratch  *scratch
	process  *process
}

// RedisOption is how a Redis differs from the plain one.
type RedisOption func(*redisSettings)

type redisSettings struct {
	password string
	args     []string
}

// WithPassword asks clients for a password.
func WithPassword(password string) RedisOption {
	return func(s *redisSettings) { s.password = password }
}

// WithArgs adds arguments of redis-server, over ours: "--maxmemory-policy",
// "allkeys-lru", or "--appendonly", "yes" to keep data over a restart.
func WithArgs(args ...string) RedisOption {
	return func(s *redisSettings) { s.args = append(s.args, args...) }
}

// Redis starts a redis-server and ends it with the test.
func Redis(tb TB, opts ...RedisOption) *RedisServer {
	tb.Helper()
	Need(tb, "redis")
	r, err := startRedis(opts...)
	if err != nil {
		tb.Fatalf("%v", err)
	}
	r.tb = tb
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("redis logged at the end:\n%s", r.Logs())
		}
		if err := r.close(); err != nil {
			tb.Logf("dev: %v", err)
		}
	})
	return r
}

func startRedis(opts ...RedisOption) (r *RedisServer, err error) {
	var set redisSettings
	for _, opt := range opts {
		opt(&set)
	}
	for range startTries {
		r, err = tryRedis(set)
		if err == nil || !strings.Contains(err.Error(), "Address already in use") {
			return r, err
		}
	}
	return nil, err
}

func tryRedis(set redisSettings) (*RedisServer, error) {
	ports, err := freePorts(1)
	if err != nil {
		return nil, err
	}
	s, err := newScratch()
	if err != nil {
		return nil, err
	}
	argv := []string{"redis-server", "--bind", "127.0.0.1", "--port", strconv.Itoa(ports[0]), "--dir", s.dir,
		"--save", "", "--appendonly", "no"}
	if set.password != "" {
		argv = append(argv, "--requirepass", set.password)
	}
	r := &RedisServer{
		addr: local(ports[0]), password: set.password, scratch: s,
		process: &process{name: "redis", argv: append(argv, set.args...), log: s.path("log")},
	}
	if err := r.start(); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

func (r *RedisServer) start() error {
	if err := r.process.start(); err != nil {
		return err
	}
	return r.process.await(startPatience, r.ping)
}

// ping asks whether it is there and has read its data.
func (r *RedisServer) ping() error {
	conn, err := net.DialTimeout("tcp", r.addr, time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	answers := bufio.NewReader(conn)
	if r.password != "" {
		if err := ask(conn, answers, "+OK", "AUTH", r.password); err != nil {
			return err
		}
	}
	return ask(conn, answers, "+PONG", "PING")
}

func ask(conn net.Conn, answers *bufio.Reader, want string, words ...string) error {
	request := fmt.Sprintf("*%d\r\n", len(words))
	for _, w := range words {
		request += fmt.Sprintf("$%d\r\n%s\r\n", len(w), w)
	}
	if _, err := conn.Write([]byte(request)); err != nil {
		return err
	}
	line, err := answers.ReadString('\n')
	if err != nil {
		return err
	}
	if line = strings.TrimSpace(line); line != want {
		return fmt.Errorf("dev: redis answers %q to %s", line, words[0])
	}
	return nil
}

// Addr is its host and port.
func (r *RedisServer) Addr() string { return r.addr }

// Kill ends it at once (SIGKILL).
func (r *RedisServer) Kill() { r.process.kill() }

// Stop asks it to end (SIGTERM) and waits.
func (r *RedisServer) Stop() { r.process.stop(stopPatience) }

// Start starts it again on the same port, empty unless its arguments keep
// its data, and returns when it answers.
func (r *RedisServer) Start() {
	r.tb.Helper()
	if err := r.start(); err != nil {
		r.tb.Fatalf("%v", err)
	}
}

// Freeze stops its clock (SIGSTOP): it accepts and answers nothing.
func (r *RedisServer) Freeze() { r.freeze(true) }

// Thaw lets it go on.
func (r *RedisServer) Thaw() { r.freeze(false) }

func (r *RedisServer) freeze(frozen bool) {
	r.tb.Helper()
	if err := r.process.freeze(frozen); err != nil {
		r.tb.Fatalf("%v", err)
	}
}

// Logs is the end of what it logged. It is shown when the test fails.
func (r *RedisServer) Logs() string { return r.process.tail(16 << 10) }

func (r *RedisServer) close() error {
	r.process.kill()
	return r.scratch.remove()
}
