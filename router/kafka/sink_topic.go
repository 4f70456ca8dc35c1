package kafka

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/IBM/sarama"

	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// out gives a topic that is there, ready to be written.
func (s *Sink) out(topic string) (*out, error) {
	o := s.outs[topic]
	if o != nil && o.ready {
		return o, nil
	}
	if err := s.find(topic); err != nil {
		return nil, err
	}
	if o == nil {
		o = &out{topic: topic}
		if err := s.produce(o, s.limit(topic)); err != nil {
			return nil, err
		}
		s.outs[topic] = o
	}
	o.ready = true
	return o, nil
}

// sized is a client with limits of its own; the library reads them off the
// configuration.
type sized struct {
	sarama.Client
	config *sarama.Config
}

// Config is the client's, with the limits.
func (c sized) Config() *sarama.Config { return c.config }

// produce makes a topic's producer: its batches are no larger than the topic takes.
func (s *Sink) produce(o *out, limit int) error {
	config := *s.client.Config()
	config.Producer.MaxMessageBytes = max(limit-batchRoom, batchRoom)
	producer, err := sarama.NewSyncProducerFromClient(sized{s.client, &config})
	if err != nil {
		return s.broken(err, o.topic)
	}
	o.producer, o.limit = producer, limit
	return nil
}

// find makes sure that a topic is there.
func (s *Sink) find(topic string) error {
	err := s.client.RefreshMetadata(topic)
	if err == nil {
		_, err = s.client.Partitions(topic)
	}
	if s.o.Create && errors.Is(err, sarama.ErrUnknownTopicOrPartition) {
		if err := s.create(topic); err != nil {
			return err
		}
		err = s.client.RefreshMetadata(topic)
	}
	if err != nil {
		return s.broken(err, topic)
	}
	return nil
}

// policy is how a topic is made. With tombstones it keeps the newest of each
// record for ever, and every change for a while.
func (s *Sink) policy() map[string]string {
	policy := s.opts.policy("")
	if s.o.NoTombstones {
		return map[string]string{"max.message.bytes": policy["max.message.bytes"]}
	}
	return policy
}

func (s *Sink) create(topic string) error {
	replication, err := s.opts.replication(s.admin)
	if err != nil {
		return s.broken(err, topic)
	}
	entries := map[string]*string{}
	for name, value := range s.policy() {
		entries[name] = &value
	}
	err = s.admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: int32(s.opts.Partitions),
		ReplicationFactor: int16(replication), ConfigEntries: entries}, false)
	if err == nil || errors.Is(err, sarama.ErrTopicAlreadyExists) {
		return nil
	}
	return s.broken(err, topic)
}

// limit is the largest message a topic takes; what Kafka has by itself where
// nobody may ask.
func (s *Sink) limit(topic string) int {
	const name, usual = "max.message.bytes", 1048588
	entries, err := configuration(s.admin, topic, name)
	for _, e := range entries {
		if n, bad := strconv.Atoi(e.Value); e.Name == name && bad == nil && n > 0 {
			return n
		}
	}
	s.opts.Log.Info("the largest message of a sink's topic cannot be asked for", "topic", topic, "assumed", usual, "error", err)
	return usual
}

// fits refuses a message that the topic does not take, before anything of
// its page is sent. The limit may have been raised since.
func (s *Sink) fits(o *out, e *journal.Entry, m *sarama.ProducerMessage) error {
	const version = 2
	size := m.ByteSize(version) + batchRoom
	if size <= o.limit {
		return nil
	}
	if limit := s.limit(o.topic); limit > o.limit {
		old := o.producer
		if err := s.produce(o, limit); err != nil {
			return err
		}
		if err := old.Close(); err != nil {
			s.opts.Log.Warn("a producer was not closed cleanly", "topic", o.topic, "error", err)
		}
	}
	if size <= o.limit {
		return nil
	}
	return problem.Halt(&problem.Problem{Code: "GW-Q025", Field: o.topic, Path: place(e), Value: strconv.Itoa(size),
		Want: strconv.Itoa(o.limit), Near: s.raise(o.topic, size)})
}

// place names an entry without its key, which may be a person's number.
func place(e *journal.Entry) string { return fmt.Sprintf("%s/%d/%d", e.Feed, e.Part, e.Seq) }

// raise is the command for a larger limit: that of the gateway's own topics.
func (s *Sink) raise(topic string, size int) string {
	return s.opts.tool("kafka-configs.sh", "--alter --entity-type topics --entity-name "+topic,
		"--add-config max.message.bytes="+strconv.Itoa(max(size, MaxMessage+batchRoom)))
}

// missingAfter is how soon a missing topic is looked for again.
const missingAfter = 10 * time.Second

// broken gives what the consumer's brokers, or the way to them, did words,
// and the command that mends it. What passes by itself is tried again.
func (s *Sink) broken(err error, topic string) error {
	if _, named := problem.As(err); named {
		return err
	}
	o := &s.opts
	brokers := strings.Join(o.Brokers, ", ")
	switch {
	case badCredentials(err):
		return problem.Halt(&problem.Problem{Code: "GW-Q021", Value: o.user(), Near: o.tool("kafka-configs.sh",
			"--alter --entity-type users --entity-name "+o.user(), "--add-config '"+s.mechanism()+"=[password=…]'"), Err: err})
	case untrusted(err):
		return problem.Halt(&problem.Problem{Code: "GW-Q022", Value: brokers,
			Near: "openssl s_client -showcerts -connect " + o.Brokers[0], Err: err})
	case errors.Is(err, sarama.ErrTopicAuthorizationFailed):
		return problem.Halt(&problem.Problem{Code: "GW-Q023", Value: topic, Near: s.permit(topic), Err: err})
	case errors.Is(err, sarama.ErrClusterAuthorizationFailed):
		return problem.Halt(&problem.Problem{Code: "GW-Q023", Value: topic, Near: s.permit(topic) + " ; " +
			o.tool("kafka-acls.sh", "--add --allow-principal User:"+o.user(), "--operation IdempotentWrite --cluster"), Err: err})
	case errors.Is(err, sarama.ErrUnknownTopicOrPartition):
		return problem.Retry(&problem.Problem{Code: "GW-Q024", Value: topic, Near: s.making(topic), Err: err}, missingAfter)
	case errors.Is(err, sarama.ErrMessageSizeTooLarge), errors.Is(err, sarama.ErrMessageTooLarge):
		return problem.Halt(&problem.Problem{Code: "GW-Q025", Field: topic, Path: "…", Near: s.raise(topic, 0), Err: err})
	case resting(err) && s.last != nil:
		return s.last // the library does not give what it was, only that it rests for some seconds
	case away(err), topic == "":
		return problem.Retry(&problem.Problem{Code: "GW-Q020", Value: brokers,
			Near: o.tool("kafka-broker-api-versions.sh"), Err: err}, retryAfter)
	}
	return problem.Retry(&problem.Problem{Code: "GW-Q026", Value: topic,
		Near: o.tool("kafka-topics.sh", "--describe --topic "+topic), Err: err}, retryAfter)
}

func (s *Sink) mechanism() string {
	if s.o.SASL != nil && strings.HasPrefix(s.o.SASL.Mechanism, "SCRAM-") {
		return s.o.SASL.Mechanism
	}
	return sarama.SASLTypeSCRAMSHA512
}

// permit is the command that allows what the Sink does with a topic.
func (s *Sink) permit(topic string) string {
	operations := "--operation Write --operation Describe --operation DescribeConfigs"
	if s.o.Create {
		operations += " --operation Create"
	}
	return s.opts.tool("kafka-acls.sh", "--add --allow-principal User:"+s.opts.user(), operations, "--topic "+topic)
}

// making is the command that makes a topic as the Sink would.
func (s *Sink) making(topic string) string {
	replication := s.opts.Replication
	if replication == 0 {
		replication = min(3, len(s.client.Brokers()))
	}
	return s.opts.tool("kafka-topics.sh", "--create --topic "+topic,
		fmt.Sprintf("--partitions %d --replication-factor %d", s.opts.Partitions, replication), settings(s.policy(), "--config "))
}
