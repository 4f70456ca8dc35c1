package dev_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/IBM/sarama"

	"iocgateway/deploy/dev"
)

func TestSharedBroker(t *testing.T) {
	began := time.Now()
	c := dev.SharedKafka(t)
	t.Logf("one broker is up after %v", time.Since(began))
	if again := dev.SharedKafka(t); again != c {
		t.Error("a second shared cluster")
	}
	newTopic(t, c.Addrs(), "shared.plain", 1)
	roundTrip(t, c.Addrs(), config(), "shared.plain")
	defer func() {
		if recover() == nil {
			t.Error("a test killed what it shares")
		}
	}()
	c.Kill(0)
}

func TestGroupCommitsAndTransaction(t *testing.T) {
	c := dev.SharedKafka(t)
	newTopic(t, c.Addrs(), "shared.tx", 1)
	cfg := config()
	cfg.Producer.Idempotent, cfg.Net.MaxOpenRequests, cfg.Producer.Transaction.ID = true, 1, "shared.tx"
	p := newProducer(t, c.Addrs(), cfg)
	for _, end := range []func() error{p.AbortTxn, p.CommitTxn} {
		if err := p.BeginTxn(); err != nil {
			t.Fatal(err)
		}
		if err := send(p, "shared.tx", "in a transaction"); err != nil {
			t.Fatal(err)
		}
		if err := end(); err != nil {
			t.Fatal(err)
		}
	}
	client, err := sarama.NewClient(c.Addrs(), config())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	offsets, err := sarama.NewOffsetManagerFromClient("shared.group", client)
	if err != nil {
		t.Fatal(err)
	}
	defer offsets.Close()
	part, err := offsets.ManagePartition("shared.tx", 0)
	for until := time.Now().Add(30 * time.Second); errors.Is(err, sarama.ErrNotCoordinatorForConsumer) && time.Now().Before(until); {
		time.Sleep(100 * time.Millisecond) // a broker that is busy takes a while to make the topic of the groups, and to load it
		part, err = offsets.ManagePartition("shared.tx", 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer part.Close()
	part.MarkOffset(1, "")
	offsets.Commit()
	select {
	case err := <-part.Errors():
		t.Error(err)
	default:
	}
}

// TestAnotherClient: kcat is no kin of sarama.
func TestAnotherClient(t *testing.T) {
	dev.Need(t, "kcat")
	c := dev.SharedKafka(t)
	newTopic(t, c.Addrs(), "shared.kcat", 1)
	if err := send(newProducer(t, c.Addrs(), config()), "shared.kcat", "xin chào"); err != nil {
		t.Fatal(err)
	}
	printed, err := exec.Command("kcat", "-b", c.Addrs()[0], "-C", "-t", "shared.kcat", "-c", "1", "-q").CombinedOutput()
	if err != nil || strings.TrimSpace(string(printed)) != "xin chào" {
		t.Errorf("kcat printed %q: %v", printed, err)
	}
}

// besides runs a test with brokers of its own beside another such: they wait
// more than they work.
func besides(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: no more brokers")
	}
	dev.Long(t)
	t.Parallel()
}

func TestThreeBrokersLoseOne(t *testing.T) {
	besides(t)
	began := time.Now()
	c := dev.Kafka(t, 3)
	t.Logf("three brokers are up after %v", time.Since(began))
	newTopic(t, c.Addrs(), "survives", 1)
	cfg := config()
	cfg.Net.ReadTimeout = time.Second
	p := newProducer(t, c.Addrs(), cfg)
	var want []string
	round := func(name string) {
		began := time.Now()
		for i := range 20 {
			value := fmt.Sprintf("%s %d", name, i)
			if err := send(p, "survives", value); err != nil {
				t.Fatalf("%s: %v", value, err)
			}
			want = append(want, value)
		}
		t.Logf("%s: 20 messages in %v", name, time.Since(began))
	}
	round("all three")
	dead := leader(t, c, "survives")
	c.Kill(dead)
	round("leader killed")
	c.Start(dead)
	awaitInSync(t, c, "survives", 3)
	frozen := leader(t, c, "survives")
	c.Freeze(frozen)
	round("leader frozen")
	c.Thaw(frozen)
	awaitInSync(t, c, "survives", 3)
	other := (leader(t, c, "survives") + 1) % 3
	c.Stop(other)
	round("follower stopped")
	awaitAll(t, c.Addrs(), config(), "survives", want...)
	if !strings.Contains(c.Logs(dead), "Kafka Server started") {
		t.Error("the log of a broker does not show that it started")
	}
}

func leader(t *testing.T, c *dev.Cluster, topic string) int {
	t.Helper()
	return int(describe(t, c, topic).Leader)
}

func describe(t *testing.T, c *dev.Cluster, topic string) *sarama.PartitionMetadata {
	t.Helper()
	admin, err := sarama.NewClusterAdmin(c.Inside(), config())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	topics, err := admin.DescribeTopics([]string{topic})
	if err != nil || len(topics) == 0 || len(topics[0].Partitions) == 0 {
		t.Fatalf("%v %v", topics, err)
	}
	return topics[0].Partitions[0]
}

func awaitInSync(t *testing.T, c *dev.Cluster, topic string, n int) {
	t.Helper()
	eventually(t, 30*time.Second, fmt.Sprintf("%d are in sync", n), func() bool { return len(describe(t, c, topic).Isr) == n })
}

func TestClientThroughAProxy(t *testing.T) {
	besides(t)
	var proxy *dev.TCPProxy
	c := dev.Kafka(t, 1,
		dev.WithProperties(map[string]string{"num.partitions": "2"}),
		dev.WithAdvertised(func(_ int, real string) string {
			proxy = dev.Proxy(t, real)
			return proxy.Addr()
		}))
	if c.Addrs()[0] != proxy.Addr() {
		t.Fatalf("clients are given %v, not %s", c.Addrs(), proxy.Addr())
	}
	newTopic(t, c.Inside(), "proxied", 1)
	cfg := config()
	cfg.Net.DialTimeout, cfg.Net.ReadTimeout, cfg.Metadata.Timeout = time.Second, time.Second, 2*time.Second
	cfg.Metadata.Retry.Max, cfg.Producer.Retry.Max = 0, 1
	p := newProducer(t, c.Addrs(), cfg)
	step := func(what string, ok bool) {
		t.Helper()
		began := time.Now()
		if err := send(p, "proxied", what); (err == nil) != ok {
			t.Fatalf("%s: %v", what, err)
		}
		t.Logf("%s: %v", what, time.Since(began))
	}
	step("healthy", true)
	proxy.Cut()
	step("cut", false)
	proxy.Heal()
	step("healed", true)
	proxy.Hang()
	step("hung", false)
	proxy.Heal()
	step("healed again", true)
	proxy.Delay(200 * time.Millisecond)
	began := time.Now()
	step("late", true)
	if took := time.Since(began); took < 400*time.Millisecond {
		t.Errorf("there and back took %v", took)
	}
}

// TestWhoMayComeIn: with passwords and ACLs.
func TestWhoMayComeIn(t *testing.T) {
	besides(t)
	c := dev.Kafka(t, 1, dev.WithSASL("an", "an-secret"), dev.WithSASL("binh", "binh-secret"), dev.WithACL())
	newTopic(t, c.Inside(), "guarded", 1)
	allow(t, c, "User:an", "guarded")
	roundTrip(t, c.Addrs(), scramConfig("an", "an-secret"), "guarded")

	if err := refused(c.Addrs(), scramConfig("an", "wrong"), "guarded"); !errors.Is(err, sarama.ErrSASLAuthenticationFailed) {
		t.Errorf("a wrong password: %v", err)
	}
	if err := refused(c.Addrs(), config(), "guarded"); err == nil {
		t.Error("no password was needed")
	}
	if err := refused(c.Addrs(), scramConfig("binh", "binh-secret"), "guarded"); !errors.Is(err, sarama.ErrTopicAuthorizationFailed) {
		t.Errorf("without an ACL: %v", err)
	}
}

// TestCertificates: with TLS on both sides, and ACLs on the name in it.
func TestCertificates(t *testing.T) {
	besides(t)
	c := dev.Kafka(t, 1, dev.WithTLS(""), dev.WithACL())
	newTopic(t, c.Inside(), "sealed", 1)
	allow(t, c, "User:CN=client", "sealed")
	with := func(change func(*tls.Config)) *sarama.Config {
		cfg := config()
		cfg.Net.TLS.Enable, cfg.Net.TLS.Config = true, c.Certs().Config()
		change(cfg.Net.TLS.Config)
		return cfg
	}
	roundTrip(t, c.Addrs(), with(func(*tls.Config) {}), "sealed")

	strangers, err := dev.NewCerts(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*tls.Config){
		"no certificate":         func(cfg *tls.Config) { cfg.Certificates = nil },
		"another's certificate":  func(cfg *tls.Config) { cfg.Certificates = strangers.Config().Certificates },
		"another's server":       func(cfg *tls.Config) { cfg.RootCAs = strangers.Config().RootCAs },
		"another's certificates": func(cfg *tls.Config) { *cfg = *strangers.Config() },
	} {
		if err := refused(c.Addrs(), with(change), "sealed"); err == nil {
			t.Errorf("%s: let in", name)
		}
	}
	if err := refused(c.Addrs(), config(), "sealed"); err == nil {
		t.Error("let in without TLS")
	}
	pair, err := tls.LoadX509KeyPair(c.Certs().Cert, c.Certs().Key)
	if err != nil || len(pair.Certificate) == 0 {
		t.Errorf("the client's files: %v", err)
	}
}

// TestPasswordsUnderTLS: no certificate is asked for where a password is.
func TestPasswordsUnderTLS(t *testing.T) {
	besides(t)
	dir := t.TempDir()
	c := dev.Kafka(t, 1, dev.WithTLS(dir), dev.WithSASL("an", "an-secret"), dev.WithACL("User:an"))
	newTopic(t, c.Inside(), "both", 1)
	cfg := scramConfig("an", "an-secret")
	cfg.Net.TLS.Enable, cfg.Net.TLS.Config = true, c.Certs().Config()
	cfg.Net.TLS.Config.Certificates = nil
	roundTrip(t, c.Addrs(), cfg, "both")
	if !strings.HasPrefix(c.Certs().CA, dir) {
		t.Errorf("certificates in %s, not in %s", c.Certs().CA, dir)
	}
}

// refused is why a client cannot send.
func refused(addrs []string, cfg *sarama.Config, topic string) error {
	cfg.Metadata.Retry.Max, cfg.Producer.Retry.Max = 0, 0
	p, err := sarama.NewSyncProducer(addrs, cfg)
	if err != nil {
		return err
	}
	defer p.Close()
	return send(p, topic, "not allowed")
}

func allow(t *testing.T, c *dev.Cluster, principal, topic string) {
	t.Helper()
	admin, err := sarama.NewClusterAdmin(c.Inside(), config())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	resource := sarama.Resource{ResourceType: sarama.AclResourceTopic, ResourceName: topic, ResourcePatternType: sarama.AclPatternLiteral}
	for _, operation := range []sarama.AclOperation{sarama.AclOperationRead, sarama.AclOperationWrite} {
		acl := sarama.Acl{Principal: principal, Host: "*", Operation: operation, PermissionType: sarama.AclPermissionAllow}
		if err := admin.CreateACLs([]*sarama.ResourceAcls{{Resource: resource, Acls: []*sarama.Acl{&acl}}}); err != nil {
			t.Fatal(err)
		}
	}
}
