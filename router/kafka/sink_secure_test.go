package kafka

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"iocgateway/canonical"
	"iocgateway/canonical/cloudevents"
	"iocgateway/canonical/problem"
)

func TestSinkCredentialsAndPermissions(t *testing.T) {
	allow := func(op kmsg.ACLOperation) kfake.ACL {
		return kfake.ACL{Resource: kmsg.ACLResourceTypeTopic, Name: "dossier",
			Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: op, Allow: true}
	}
	c, brokers := consumer(t, kfake.EnableSASL(), kfake.EnableACLs(), kfake.Superuser("PLAIN", "root", "root"),
		kfake.User("SCRAM-SHA-256", "reader", "pw", allow(kmsg.ACLOperationDescribe), allow(kmsg.ACLOperationDescribeConfigs)),
		kfake.User("SCRAM-SHA-512", "writer", "pw", allow(kmsg.ACLOperationDescribe), allow(kmsg.ACLOperationWrite)),
		kfake.User("PLAIN", "nobody", "pw"))
	o := SinkOptions{Brokers: brokers, Kinds: []canonical.Kind{"dossier"}, Types: cloudevents.NewTypes(""),
		SASL: &SASL{"PLAIN", "nobody", "wrong"}}
	// The broker in this process only hangs up; Kafka answers why.
	c.ControlKey(int16(kmsg.SASLAuthenticate), func(req kmsg.Request) (kmsg.Response, error, bool) {
		if !bytes.Contains(req.(*kmsg.SASLAuthenticateRequest).SASLAuthBytes, []byte("wrong")) {
			return nil, nil, false
		}
		c.KeepControl()
		resp := req.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		resp.ErrorCode = kerr.SaslAuthenticationFailed.Code
		return resp, nil, true
	})
	start := time.Now()
	_, err := OpenSink(t.Context(), o)
	wantProblem(t, err, "GW-Q021", problem.FaultHalt, "--entity-type users --entity-name nobody --add-config 'SCRAM-SHA-512=[password=…]'")
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("refused after %v", took)
	}
	o.SASL = &SASL{"PLAIN", "nobody", "pw"}
	_, err = OpenSink(t.Context(), o)
	wantProblem(t, err, "GW-Q023", problem.FaultHalt, "kafka-acls.sh --bootstrap-server "+brokers[0]+
		" --add --allow-principal User:nobody --operation Write --operation Describe")
	o.SASL = &SASL{"SCRAM-SHA-256", "reader", "pw"}
	s, err := OpenSink(t.Context(), o)
	if err == nil {
		err = s.Send(t.Context(), published(0, 10, 3))
	}
	wantProblem(t, err, "GW-Q023", problem.FaultHalt, "--allow-principal User:reader --operation Write")
	o.SASL = &SASL{"SCRAM-SHA-512", "writer", "pw"}
	if err := openSink(t, o).Send(t.Context(), published(0, 10, 3)); err != nil { // may not ask for the limit, and need not
		t.Errorf("with Write and Describe alone: %v", err)
	}
	o.SASL = &SASL{"GSSAPI", "writer", "pw"}
	_, err = OpenSink(t.Context(), o)
	wantProblem(t, err, "GW-Q028", problem.FaultHalt, "")
}

// certificate makes one that signs itself.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "broker"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestSinkTLS(t *testing.T) {
	cert, pool := certificate(t)
	_, brokers := consumer(t, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{cert}}))
	o := SinkOptions{Brokers: brokers, Kinds: []canonical.Kind{"dossier"}, Types: cloudevents.NewTypes("")}
	open := func() error {
		s, err := OpenSink(t.Context(), o)
		if err == nil {
			defer s.Close()
			err = s.Send(t.Context(), published(0, 10, 3))
		}
		return err
	}
	o.TLS = &tls.Config{RootCAs: pool}
	if err := open(); err != nil {
		t.Fatal(err)
	}
	o.TLS = &tls.Config{RootCAs: x509.NewCertPool()}
	wantProblem(t, open(), "GW-Q022", problem.FaultHalt, "openssl s_client -showcerts -connect "+brokers[0])
	o.TLS = nil // plain to a broker that wants TLS
	wantProblem(t, open(), "GW-Q020", problem.FaultRetry, "kafka-broker-api-versions.sh --bootstrap-server "+brokers[0])
	_, both := consumer(t, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{cert},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}))
	o.Brokers, o.TLS = both, &tls.Config{RootCAs: pool}
	wantProblem(t, open(), "GW-Q022", problem.FaultHalt, "openssl s_client")
	o.TLS = &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{cert}}
	if err := open(); err != nil {
		t.Error(err)
	}
}
