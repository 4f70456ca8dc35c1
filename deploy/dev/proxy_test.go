package dev_test

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"iocgateway/deploy/dev"
)

// echo answers with what it was sent.
func echo(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn)
			}()
		}
	}()
	return l.Addr().String()
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func receive(conn net.Conn, patience time.Duration) error {
	_ = conn.SetDeadline(time.Now().Add(patience))
	_, err := io.ReadFull(conn, make([]byte, 2))
	return err
}

func write(t *testing.T, conn net.Conn) {
	t.Helper()
	if _, err := conn.Write([]byte("ok")); err != nil {
		t.Fatal(err)
	}
}

func TestProxy(t *testing.T) {
	p := dev.Proxy(t, echo(t))
	old := dial(t, p.Addr())
	write(t, old)
	if err := receive(old, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	p.Hang()
	young := dial(t, p.Addr())
	for _, conn := range []net.Conn{old, young} {
		write(t, conn)
		if err := receive(conn, 100*time.Millisecond); err == nil {
			t.Error("a dead network carries data")
		}
	}
	p.Heal()
	for _, conn := range []net.Conn{old, young} {
		if err := receive(conn, 5*time.Second); err != nil {
			t.Errorf("after healing: %v", err)
		}
	}
	p.Cut()
	if err := receive(old, 5*time.Second); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a cut connection: %v", err)
	}
	if _, err := net.Dial("tcp", p.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a new connection while cut: %v", err)
	}
	p.Cut()
	p.Hang()
	p.Heal()
	again := dial(t, p.Addr())
	write(t, again)
	if err := receive(again, 5*time.Second); err != nil {
		t.Error(err)
	}
}

// TestProxyLosesNothingAtTheEnd: what was sent before a goodbye arrives.
func TestProxyLosesNothingAtTheEnd(t *testing.T) {
	p := dev.Proxy(t, echo(t))
	conn := dial(t, p.Addr()).(*net.TCPConn)
	long := strings.Repeat("x", 1<<20)
	go func() {
		_, _ = io.WriteString(conn, long)
		_ = conn.CloseWrite()
	}()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	got, err := io.ReadAll(conn)
	if err != nil || string(got) != long {
		t.Errorf("%d of %d bytes came back: %v", len(got), len(long), err)
	}
}

func TestProxyWithoutATarget(t *testing.T) {
	p := dev.Proxy(t, "127.0.0.1:1")
	conn, err := net.Dial("tcp", p.Addr())
	if err != nil {
		return // reset while we dialed
	}
	defer conn.Close()
	if err := receive(conn, 5*time.Second); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("nobody is there, and it gives %v", err)
	}
}
