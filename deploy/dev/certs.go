package dev

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Certs are an authority of one's own, a server's certificate for the
// loopback and a client's, as PEM files.
type Certs struct {
	CA   string // the authority's certificate
	Cert string // the client's certificate; its name is CN=client
	Key  string // the client's key

	server string // key and certificate in one file, as Kafka wants them
	config *tls.Config
}

// NewCerts makes an authority and its certificates in a folder. A second
// authority is a stranger to servers of the first.
func NewCerts(dir string) (*Certs, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	ca, err := issue(nil, "ca")
	if err != nil {
		return nil, err
	}
	server, err := issue(ca, "server")
	if err != nil {
		return nil, err
	}
	client, err := issue(ca, "client")
	if err != nil {
		return nil, err
	}
	c := &Certs{
		CA: filepath.Join(dir, "ca.pem"), server: filepath.Join(dir, "server.pem"),
		Cert: filepath.Join(dir, "client.pem"), Key: filepath.Join(dir, "client-key.pem"),
	}
	for path, content := range map[string][]byte{
		c.CA: ca.certPEM, c.server: bytes.Join([][]byte{server.keyPEM, server.certPEM}, nil), c.Cert: client.certPEM, c.Key: client.keyPEM,
	} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return nil, err
		}
	}
	pair, err := tls.X509KeyPair(client.certPEM, client.keyPEM)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.cert)
	c.config = &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	return c, nil
}

// Config is for a client: it trusts the authority and shows the client's
// certificate. It is the caller's to change.
func (c *Certs) Config() *tls.Config { return c.config.Clone() }

type issued struct {
	cert            *x509.Certificate
	key             *ecdsa.PrivateKey
	certPEM, keyPEM []byte
}

// issue makes a key and its certificate, signed by a parent or by itself.
func issue(parent *issued, name string) (*issued, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		BasicConstraintsValid: true, IsCA: parent == nil,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
	}
	signer, signKey := template, key
	if parent == nil {
		template.KeyUsage |= x509.KeyUsageCertSign
	} else {
		signer, signKey = parent.cert, parent.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, signer, key.Public(), signKey)
	if err != nil {
		return nil, fmt.Errorf("dev: certificate of %s: %w", name, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return &issued{
		cert: cert, key: key,
		certPEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		keyPEM:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}),
	}, nil
}
