package dev_test

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/IBM/sarama"
)

// config is for a client that loses patience soon.
func config() *sarama.Config {
	cfg := sarama.NewConfig()
	cfg.Version = sarama.V3_6_0_0
	cfg.Net.DialTimeout, cfg.Net.ReadTimeout, cfg.Net.WriteTimeout = 2*time.Second, 2*time.Second, 2*time.Second
	cfg.Metadata.Retry.Max, cfg.Metadata.Retry.Backoff = 2, 100*time.Millisecond
	cfg.Producer.RequiredAcks, cfg.Producer.Return.Successes = sarama.WaitForAll, true
	cfg.Producer.Retry.Max, cfg.Producer.Retry.Backoff = 40, 250*time.Millisecond
	return cfg
}

// scramConfig is config with a name and a password.
func scramConfig(user, password string) *sarama.Config {
	cfg := config()
	cfg.Net.SASL.Enable, cfg.Net.SASL.Handshake = true, true
	cfg.Net.SASL.Mechanism = sarama.SASLTypeSCRAMSHA512
	cfg.Net.SASL.User, cfg.Net.SASL.Password = user, password
	cfg.Net.SASL.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient { return &scram{} }
	return cfg
}

func newTopic(t *testing.T, addrs []string, topic string, partitions int32) {
	t.Helper()
	cfg := config()
	cfg.Net.ReadTimeout = 30 * time.Second // how soon a busy machine makes a topic is not what is tested
	admin, err := sarama.NewClusterAdmin(addrs, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	if err := admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: partitions, ReplicationFactor: -1}, false); err != nil {
		t.Fatal(err)
	}
}

func newProducer(t *testing.T, addrs []string, cfg *sarama.Config) sarama.SyncProducer {
	t.Helper()
	p, err := sarama.NewSyncProducer(addrs, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func send(p sarama.SyncProducer, topic, value string) error {
	_, _, err := p.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(value)})
	return err
}

// awaitAll reads the topic's first partition from the start until it saw
// everything. What is there twice is no harm: a producer that is not
// idempotent may send again what was taken the first time.
func awaitAll(t *testing.T, addrs []string, cfg *sarama.Config, topic string, want ...string) {
	t.Helper()
	consumer, err := sarama.NewConsumer(addrs, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer consumer.Close()
	part, err := consumer.ConsumePartition(topic, 0, sarama.OffsetOldest)
	if err != nil {
		t.Fatal(err)
	}
	defer part.Close()
	missing := map[string]bool{}
	for _, value := range want {
		missing[value] = true
	}
	for len(missing) > 0 {
		select {
		case m := <-part.Messages():
			delete(missing, string(m.Value))
		case <-time.After(15 * time.Second):
			t.Fatalf("of %d messages these did not come: %v", len(want), missing)
		}
	}
}

// roundTrip sends one message and reads it again.
func roundTrip(t *testing.T, addrs []string, cfg *sarama.Config, topic string) {
	t.Helper()
	if err := send(newProducer(t, addrs, cfg), topic, "a"); err != nil {
		t.Fatal(err)
	}
	awaitAll(t, addrs, cfg, topic, "a")
}

// scram is a client's side of SCRAM-SHA-512 (RFC 5802), which sarama leaves
// to its users.
type scram struct {
	user, password, nonce, first string
	want                         string // what the server must prove
	done                         bool
}

func (s *scram) Begin(user, password, _ string) error {
	*s = scram{user: user, password: password, nonce: rand.Text()}
	return nil
}

func (s *scram) Done() bool { return s.done }

func (s *scram) Step(challenge string) (string, error) {
	switch {
	case s.first == "":
		s.first = "n=" + s.user + ",r=" + s.nonce
		return "n,," + s.first, nil
	case s.want == "":
		return s.prove(challenge)
	default:
		s.done = true
		if challenge != s.want {
			return "", fmt.Errorf("the server does not know the password: %q", challenge)
		}
		return "", nil
	}
}

func (s *scram) prove(challenge string) (string, error) {
	words := map[string]string{}
	for word := range strings.SplitSeq(challenge, ",") {
		key, value, _ := strings.Cut(word, "=")
		words[key] = value
	}
	salt, err := base64.StdEncoding.DecodeString(words["s"])
	if err != nil {
		return "", err
	}
	rounds, err := strconv.Atoi(words["i"])
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(words["r"], s.nonce) {
		return "", fmt.Errorf("not our nonce: %q", challenge)
	}
	salted, err := pbkdf2.Key(sha512.New, s.password, salt, rounds, sha512.Size)
	if err != nil {
		return "", err
	}
	last := "c=biws,r=" + words["r"]
	all := s.first + "," + challenge + "," + last
	clientKey := sign(salted, "Client Key")
	stored := sha512.Sum512(clientKey)
	proof := sign(stored[:], all)
	for i := range proof {
		proof[i] ^= clientKey[i]
	}
	s.want = "v=" + base64.StdEncoding.EncodeToString(sign(sign(salted, "Server Key"), all))
	return last + ",p=" + base64.StdEncoding.EncodeToString(proof), nil
}

func sign(key []byte, text string) []byte {
	mac := hmac.New(sha512.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
