package main

import (
	"crypto/tls"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/deploy/dev"
)

// issuedPair is a certificate with its key, and the number it bears.
type issuedPair struct {
	cert, key []byte
	serial    *big.Int
}

func issuePair(t *testing.T) issuedPair {
	t.Helper()
	made, err := dev.NewCerts(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := issuedPair{serial: made.Config().Certificates[0].Leaf.SerialNumber}
	for path, into := range map[string]*[]byte{made.Cert: &p.cert, made.Key: &p.key} {
		if *into, err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// write puts a file there as if it had been written at a time.
func write(t *testing.T, path string, content []byte, at time.Time) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

// TestCertificatesAreRenewed: a server and a client show a new certificate as
// soon as its files are whole, and the old one until then.
func TestCertificatesAreRenewed(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	_, err := openKeyPair(cert, key, slog.New(slog.DiscardHandler))
	if p, ok := problem.As(err); !ok || p.Code != "GW-C025" {
		t.Fatalf("without files: %v", err)
	}
	first, second, third := issuePair(t), issuePair(t), issuePair(t)
	begun := time.Now().Add(-time.Hour)
	put := func(p issuedPair, minute time.Duration) {
		write(t, cert, p.cert, begun.Add(minute*time.Minute))
		write(t, key, p.key, begun.Add(minute*time.Minute))
	}
	put(first, 0)
	pair, err := openKeyPair(cert, key, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	asks := pair.server()
	asks.ClientAuth = tls.RequireAnyClientCert
	l, err := tls.Listen("tcp", "127.0.0.1:0", asks)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	shows := &tls.Config{InsecureSkipVerify: true} //nolint:gosec // which one is shown is the question
	pair.client(shows)
	for n, step := range []struct {
		change func()
		want   *big.Int
	}{
		{func() {}, first.serial},
		{func() { write(t, cert, second.cert, begun.Add(time.Minute)) }, first.serial}, // its key is still to come
		{func() { put(second, 2) }, second.serial},
		{func() { _ = os.Remove(key) }, second.serial},
		{func() { put(third, 3) }, third.serial},
	} {
		step.change()
		server, client := shake(t, l, shows)
		if server.Cmp(step.want) != 0 || client == nil || client.Cmp(step.want) != 0 {
			t.Errorf("step %d: the server shows certificate %v and the client %v, want %v", n, server, client, step.want)
		}
	}
}

// shake gives the serial numbers that both sides show each other.
func shake(t *testing.T, l net.Listener, shows *tls.Config) (server, client *big.Int) {
	t.Helper()
	seen := make(chan *big.Int, 1)
	go func() {
		defer close(seen)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		if s := c.(*tls.Conn); s.Handshake() == nil {
			seen <- s.ConnectionState().PeerCertificates[0].SerialNumber
		}
	}()
	c, err := tls.Dial("tcp", l.Addr().String(), shows)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0].SerialNumber, <-seen
}
