package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/IBM/sarama"

	"iocgateway/canonical"
)

// fenced reports whether another node has taken the stream over: then
// nothing of this node's page is in the Log.
func fenced(err error) bool {
	for _, is := range []error{sarama.ErrProducerFenced, sarama.ErrInvalidProducerEpoch, sarama.ErrFencedInstancedId,
		sarama.ErrInvalidProducerIDMapping, sarama.ErrUnknownProducerID} {
		if errors.Is(err, is) {
			return true
		}
	}
	return err != nil && strings.Contains(err.Error(), "old epoch")
}

// broken gives what a broker or the way to it did words, and the command
// that mends it where there is one. What can pass by itself is tried again.
func (o *Options) broken(err error, topic string) error {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var alert tls.AlertError
	brokers := strings.Join(o.Brokers, ", ")
	switch {
	case errors.Is(err, sarama.ErrSASLAuthenticationFailed), errors.Is(err, sarama.ErrUnsupportedSASLMechanism), errors.Is(err, sarama.ErrIllegalSASLState):
		return canonical.Halt(&canonical.Problem{Code: "GW-Q002", Value: o.user(), Err: err})
	case errors.As(err, &unknown), errors.As(err, &host), errors.As(err, &alert):
		return canonical.Halt(&canonical.Problem{Code: "GW-Q003", Value: brokers, Err: err})
	case errors.Is(err, sarama.ErrTopicAuthorizationFailed), errors.Is(err, sarama.ErrClusterAuthorizationFailed):
		return canonical.Halt(&canonical.Problem{Code: "GW-Q004", Value: topic,
			Near: o.tool("kafka-acls.sh", "--add --allow-principal User:"+o.user(), "--operation All --resource-pattern-type prefixed --topic "+o.Prefix+"."), Err: err})
	case errors.Is(err, sarama.ErrTransactionalIDAuthorizationFailed):
		return canonical.Halt(&canonical.Problem{Code: "GW-Q004", Value: o.Prefix,
			Near: o.tool("kafka-acls.sh", "--add --allow-principal User:"+o.user(), "--operation All --resource-pattern-type prefixed --transactional-id "+o.Prefix+"."), Err: err})
	case errors.Is(err, sarama.ErrMessageSizeTooLarge), errors.Is(err, sarama.ErrMessageTooLarge):
		return canonical.Halt(&canonical.Problem{Code: "GW-Q007", Value: topic, Near: o.tool("kafka-configs.sh",
			"--alter --entity-type topics --entity-name "+topic, "--add-config "+settings(map[string]string{"max.message.bytes": o.policy("")["max.message.bytes"]}, "")), Err: err})
	case fenced(err):
		return canonical.Retry(&canonical.Problem{Code: "GW-Q008", Value: topic, Err: err}, 0)
	}
	if network(err) {
		return canonical.Retry(&canonical.Problem{Code: "GW-Q001", Value: brokers, Err: err}, retryAfter)
	}
	return canonical.Retry(&canonical.Problem{Code: "GW-Q009", Value: topic, Err: err}, retryAfter)
}

// network reports whether the way to the brokers failed, or all of them.
func network(err error) bool {
	var failed net.Error
	if errors.As(err, &failed) {
		return true
	}
	for _, is := range []error{sarama.ErrOutOfBrokers, sarama.ErrNotConnected, sarama.ErrBrokerNotFound, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, is) {
			return true
		}
	}
	return false
}

const retryAfter = 2 * time.Second

func (o *Options) user() string {
	if o.SASL != nil {
		return o.SASL.User
	}
	return "ANONYMOUS"
}
