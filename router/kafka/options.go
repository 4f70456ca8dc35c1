package kafka

import (
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/IBM/sarama"
	"github.com/xdg-go/scram"

	"iocgateway/canonical/cloudevents"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// Options name the cluster a Log lies in, and how it is used.
type Options struct {
	Brokers     []string
	Prefix      string        // of every topic and transaction; default gateway
	Partitions  int           // a feed has; fixed when the topics are made; default 3
	Replication int           // of the topics this Log makes; default 3, or as many as there are brokers
	Keep        time.Duration // for so long every change stays; then the newest of each record; default 7 days
	Rack        string        // read from a replica in this rack where there is one
	Compression string        // none, gzip, snappy, lz4, zstd; default lz4
	TLS         *tls.Config   // nil: plain
	SASL        *SASL         // nil: none
	Node        string        // the name of this process in what it writes
	Types       cloudevents.Types
	Now         func() time.Time
	Log         *slog.Logger

	// TransactionTimeout is after how long a broker gives up on a node that
	// died in mid-page, when nobody took its stream over; default 10 s.
	TransactionTimeout time.Duration

	wait time.Duration // a broker holds an empty answer back so long; default 200 ms
}

// SASL are credentials. Mechanism is PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.
type SASL struct{ Mechanism, User, Password string }

// MaxMessage is the largest message written or read, in bytes: the largest
// Raw and its headers.
const MaxMessage = journal.MaxRaw + 2<<20

// FeedPartitions is how many partitions a feed has with these options: the
// view must have as many.
func (o Options) FeedPartitions() int {
	o.fill()
	return o.Partitions
}

func (o *Options) fill() {
	if o.Prefix == "" {
		o.Prefix = "gateway"
	}
	if o.Partitions == 0 {
		o.Partitions = 3
	}
	if o.Keep == 0 {
		o.Keep = 7 * 24 * time.Hour
	}
	if o.Compression == "" {
		o.Compression = "lz4"
	}
	if o.TransactionTimeout == 0 {
		o.TransactionTimeout = 10 * time.Second
	}
	if o.wait == 0 {
		o.wait = 200 * time.Millisecond
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
}

// What may be chosen, for people.
const (
	codecs     = "none, gzip, snappy, lz4, zstd"
	mechanisms = "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"
)

const (
	maxPrefix     = 200 // a topic's name has 249 at most
	maxPartitions = 256 // those of a view
)

// complete fills what was left open and refuses what cannot be meant, before
// anything is asked of a broker.
func (o *Options) complete() error {
	o.fill()
	wrong := func(key, value, want string) error {
		return problem.Halt(&problem.Problem{Code: "GW-C005", Field: "kafka." + key, Value: problem.Short(value), Want: want})
	}
	switch {
	case len(o.Brokers) == 0:
		return wrong("brokers", "", "host:port, …")
	case !topicName(o.Prefix) || len(o.Prefix) > maxPrefix:
		return wrong("prefix", o.Prefix, "A-Z a-z 0-9 . _ -")
	case o.Partitions < 1 || o.Partitions > maxPartitions:
		return wrong("partitions", strconv.Itoa(o.Partitions), "1 – "+strconv.Itoa(maxPartitions))
	case o.Replication < 0 || o.Replication > math.MaxInt16:
		return wrong("replication", strconv.Itoa(o.Replication), "> 0")
	case o.Keep < 0:
		return wrong("keep", o.Keep.String(), "> 0")
	case o.TransactionTimeout < 0:
		return wrong("transaction_timeout", o.TransactionTimeout.String(), "> 0")
	case !isCodec(o.Compression):
		return wrong("compression", o.Compression, codecs)
	case !o.SASL.known():
		return wrong("sasl.mechanism", o.SASL.Mechanism, mechanisms)
	}
	return nil
}

// topicName reports whether Kafka takes a name for a topic.
func topicName(name string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
	return name != "" && name != "." && name != ".." && strings.Trim(name, letters) == ""
}

func isCodec(name string) bool {
	codec := sarama.CompressionNone
	return codec.UnmarshalText([]byte(name)) == nil
}

// known reports whether a password can be proven this way; none at all can.
func (s *SASL) known() bool {
	return s == nil || slices.Contains(strings.Split(mechanisms, ", "), s.Mechanism)
}

// config is the client's configuration, without a transaction.
func (o *Options) config() (*sarama.Config, error) {
	c := sarama.NewConfig()
	c.Version = sarama.V3_6_0_0
	c.ClientID = o.Prefix
	c.RackID = o.Rack
	c.Net.MaxOpenRequests = 1 // idempotence of the client library asks for it
	c.Net.DialTimeout, c.Net.ReadTimeout, c.Net.WriteTimeout = 2*time.Second, 12*time.Second, 5*time.Second
	c.Metadata.Retry.Max, c.Metadata.Retry.Backoff = 2, 100*time.Millisecond
	c.Metadata.Timeout = 6 * time.Second
	c.Metadata.AllowAutoTopicCreation = false
	c.Producer.Idempotent = true
	c.Producer.RequiredAcks = sarama.WaitForAll
	c.Producer.Return.Successes = true
	c.Producer.MaxMessageBytes = MaxMessage
	c.Producer.Partitioner = sarama.NewManualPartitioner
	c.Producer.Retry.Max, c.Producer.Retry.Backoff = 8, 50*time.Millisecond
	c.Producer.Timeout = 10 * time.Second
	c.Producer.Transaction.Timeout = o.TransactionTimeout
	c.Producer.Transaction.Retry.Max, c.Producer.Transaction.Retry.BackoffFunc = transactionTries, transactionBackoff
	c.Consumer.IsolationLevel = sarama.ReadCommitted
	if err := c.Producer.Compression.UnmarshalText([]byte(o.Compression)); err != nil {
		return nil, fmt.Errorf("kafka: compression: %w", err)
	}
	if o.TLS != nil {
		c.Net.TLS.Enable, c.Net.TLS.Config = true, o.TLS
	}
	return c, o.sasl(c)
}

// A broker refuses a transaction while it writes the marks of the one before:
// that takes some milliseconds. A coordinator that moves takes seconds.
const transactionTries = 150

func transactionBackoff(retries, _ int) time.Duration {
	return min(2*time.Millisecond<<min(retries, 8), 100*time.Millisecond)
}

func (o *Options) sasl(c *sarama.Config) error {
	if o.SASL == nil {
		return nil
	}
	c.Net.SASL.Enable = true
	c.Net.SASL.User, c.Net.SASL.Password = o.SASL.User, o.SASL.Password
	c.Net.SASL.Mechanism = sarama.SASLMechanism(o.SASL.Mechanism)
	hash := scram.SHA512
	switch o.SASL.Mechanism {
	case sarama.SASLTypePlaintext:
		return nil
	case sarama.SASLTypeSCRAMSHA256:
		hash = scram.SHA256
	case sarama.SASLTypeSCRAMSHA512:
	default:
		return fmt.Errorf("kafka: SASL mechanism %q: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512", o.SASL.Mechanism)
	}
	c.Net.SASL.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient { return &scramClient{hash: hash} }
	return nil
}

// scramClient is one conversation in which a password is proven.
type scramClient struct {
	*scram.ClientConversation
	hash scram.HashGeneratorFcn
}

// Begin prepares the conversation.
func (c *scramClient) Begin(user, password, authzID string) error {
	client, err := c.hash.NewClient(user, password, authzID)
	if err != nil {
		return fmt.Errorf("SCRAM: %w", err)
	}
	c.ClientConversation = client.NewConversation()
	return nil
}
