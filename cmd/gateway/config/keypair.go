package config

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"

	"iocgateway/canonical/problem"
)

// keyPair is a certificate and its key in two files, which are read again
// when they change: certificates are renewed while the gateway runs.
type keyPair struct {
	cert, key string
	log       *slog.Logger

	mu   sync.Mutex
	pair *tls.Certificate
	of   [2]time.Time // when the files that were tried last were written
}

func openKeyPair(cert, key string, log *slog.Logger) (*keyPair, error) {
	k := &keyPair{cert: cert, key: key, log: log}
	k.of = k.written()
	return k, k.load()
}

// written is when each file was; zero for one that is not there now.
func (k *keyPair) written() (at [2]time.Time) {
	for i, path := range []string{k.cert, k.key} {
		if info, err := os.Stat(path); err == nil {
			at[i] = info.ModTime()
		}
	}
	return at
}

func (k *keyPair) load() error {
	pair, err := tls.LoadX509KeyPair(k.cert, k.key)
	if err != nil {
		return &problem.Problem{Code: "GW-C025", Value: k.cert, Near: k.key, Err: err}
	}
	k.pair = &pair
	return nil
}

// current is the certificate to show now. New files that do not belong
// together, such as while they are being replaced, leave the old one in use.
func (k *keyPair) current() *tls.Certificate {
	k.mu.Lock()
	defer k.mu.Unlock()
	if at := k.written(); at != k.of {
		k.of = at
		if err := k.load(); err != nil {
			k.log.Warn("the certificate was not read again; the old one is in use", "error", err)
		} else {
			k.log.Info("a new certificate is in use", "file", k.cert)
		}
	}
	return k.pair
}

// config is how the gateway's own server shows its certificate; nil without one.
func (t *TLSConfig) Config(log *slog.Logger) (*tls.Config, error) {
	if t == nil {
		return nil, nil
	}
	k, err := openKeyPair(t.Cert, t.Key, log)
	if err != nil {
		return nil, err
	}
	return k.server(), nil
}

func (k *keyPair) server() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return k.current(), nil }}
}

// client lets a client show it, if it is asked.
func (k *keyPair) Client(c *tls.Config) {
	c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return k.current(), nil }
}
