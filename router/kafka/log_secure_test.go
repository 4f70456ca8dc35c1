package kafka

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/IBM/sarama"

	"iocgateway/deploy/dev"
	"iocgateway/router/storetest"
)

// refused opens a node, commits a page if that works, and wants a problem
// whose words name what mends it.
func refused(t *testing.T, o Options, code string, words ...string) {
	t.Helper()
	err := works(t, o)
	if err == nil {
		t.Errorf("it works, want %s", code)
		return
	}
	text := problems(err)
	if !strings.HasPrefix(text, code+" ") {
		t.Errorf("want %s, got %s", code, text)
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q does not stand in: %s", w, text)
		}
	}
}

func works(t *testing.T, o Options) error {
	t.Helper()
	n, err := startNode(tempDir(t), o)
	if err != nil {
		return err
	}
	defer func() { _ = n.stop() }()
	_, err = n.Commit(t.Context(), page("dvc/dossiers", "", `"1"`, storetest.Synth{}.Item(1, 1)))
	return err
}

// TestLogRefused: a wrong address, wrong credentials and missing permissions
// are named, with the command that gives them; with them, it works.
func TestLogRefused(t *testing.T) {
	dev.Need(t, "kafka")
	dev.Long(t)
	if testing.Short() {
		t.Skip("takes a while: not in -short")
	}
	safe := dev.Kafka(t, 1, dev.WithSASL("an", "secret"), dev.WithACL())
	o := options([]string{"127.0.0.1:1"})
	refused(t, o, "GW-Q001", "127.0.0.1:1", "kafka.brokers")
	o.Brokers = safe.Addrs()
	refused(t, o, "GW-Q001", o.Brokers[0])
	o.SASL = &SASL{"SCRAM-SHA-512", "an", "wrong"}
	refused(t, o, "GW-Q002", "kafka.sasl", "--entity-name an")
	o.SASL.Password = "secret"
	refused(t, o, "GW-Q004", "--allow-principal User:an", "--topic "+o.Prefix+".")

	admin, err := sarama.NewClusterAdmin(safe.Inside(), sarama.NewConfig())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	allow := func(kind sarama.AclResourceType) {
		t.Helper()
		err := admin.CreateACLs([]*sarama.ResourceAcls{{
			Resource: sarama.Resource{ResourceType: kind, ResourceName: o.Prefix + ".", ResourcePatternType: sarama.AclPatternPrefixed},
			Acls:     []*sarama.Acl{{Principal: "User:an", Host: "*", Operation: sarama.AclOperationAll, PermissionType: sarama.AclPermissionAllow}},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	allow(sarama.AclResourceTopic)
	refused(t, o, "GW-Q004", "--allow-principal User:an", "--transactional-id "+o.Prefix+".")
	allow(sarama.AclResourceTransactionalID)
	if err := works(t, o); err != nil {
		t.Errorf("with what was asked for: %s", problems(err))
	}
}

// TestLogOverTLS: with certificates on both sides; a stranger's authority is
// named.
func TestLogOverTLS(t *testing.T) {
	dev.Need(t, "kafka")
	dev.Long(t)
	if testing.Short() {
		t.Skip("takes a while: not in -short")
	}
	mutual := dev.Kafka(t, 1, dev.WithTLS(""))
	o := options(mutual.Addrs())
	o.TLS = mutual.Certs().Config()
	if err := works(t, o); err != nil {
		t.Errorf("with the right certificates: %s", problems(err))
	}
	stranger, err := dev.NewCerts(filepath.Join(t.TempDir(), "stranger"))
	if err != nil {
		t.Fatal(err)
	}
	o.TLS = stranger.Config()
	refused(t, o, "GW-Q003", "kafka.tls")
	o.TLS = mutual.Certs().Config()
	o.TLS.Certificates = nil
	refused(t, o, "GW-Q003", "cert")
}
