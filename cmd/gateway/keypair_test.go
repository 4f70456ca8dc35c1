package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"iocgateway/canonical"
)

// writePair writes a certificate of this serial number and its key, as of a time.
func writePair(t *testing.T, cert, key string, serial int64, at time.Time) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	text, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: text}} {
		if path == "" {
			continue
		}
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCertificatesAreRenewed: a server and a client show a new certificate as
// soon as its files are whole, and the old one until then.
func TestCertificatesAreRenewed(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	_, err := openKeyPair(cert, key, slog.New(slog.DiscardHandler))
	if p, ok := canonical.AsProblem(err); !ok || p.Code != "GW-C025" {
		t.Fatalf("without files: %v", err)
	}
	begun := time.Now().Add(-time.Hour)
	writePair(t, cert, key, 1, begun)
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
	for _, step := range []struct {
		change func()
		want   int64
	}{
		{func() {}, 1},
		{func() { writePair(t, cert, "", 2, begun.Add(time.Minute)) }, 1}, // its key is still to come
		{func() { writePair(t, cert, key, 3, begun.Add(2*time.Minute)) }, 3},
		{func() { _ = os.Remove(key) }, 3},
		{func() { writePair(t, cert, key, 4, begun.Add(3*time.Minute)) }, 4},
	} {
		step.change()
		server, client := shake(t, l, shows)
		if server != step.want || client != step.want {
			t.Errorf("the server shows certificate %d and the client %d, want %d", server, client, step.want)
		}
	}
}

// shake gives the serial numbers that both sides show each other.
func shake(t *testing.T, l net.Listener, shows *tls.Config) (server, client int64) {
	t.Helper()
	seen := make(chan int64, 1)
	go func() {
		defer close(seen)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		if s := c.(*tls.Conn); s.Handshake() == nil {
			seen <- s.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
		}
	}()
	c, err := tls.Dial("tcp", l.Addr().String(), shows)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0].SerialNumber.Int64(), <-seen
}
