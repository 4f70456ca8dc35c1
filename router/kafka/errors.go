package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"iocgateway/canonical/problem"

	"github.com/IBM/sarama"
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
// that mends it where there is one. What can pass by itself is tried again;
// what has its words already, and a stop, are nobody's to reword.
func (o *Options) broken(err error, topic string) error {
	if named := new(problem.Problem); errors.As(err, &named) || errors.Is(err, context.Canceled) {
		return err
	}
	brokers := strings.Join(o.Brokers, ", ")
	switch {
	case badCredentials(err):
		return problem.Halt(&problem.Problem{Code: "GW-Q002", Value: o.user(), Err: err})
	case untrusted(err):
		return problem.Halt(&problem.Problem{Code: "GW-Q003", Value: brokers, Err: err})
	case errors.Is(err, sarama.ErrTopicAuthorizationFailed), errors.Is(err, sarama.ErrClusterAuthorizationFailed):
		return problem.Halt(&problem.Problem{Code: "GW-Q004", Value: topic, Near: o.permit(), Err: err})
	case errors.Is(err, sarama.ErrTransactionalIDAuthorizationFailed):
		return problem.Halt(&problem.Problem{Code: "GW-Q004", Value: o.Prefix, Near: o.permitOn("transactional-id"), Err: err})
	case errors.Is(err, sarama.ErrMessageSizeTooLarge), errors.Is(err, sarama.ErrMessageTooLarge):
		return problem.Halt(&problem.Problem{Code: "GW-Q007", Value: topic, Near: o.tool("kafka-configs.sh",
			"--alter --entity-type topics --entity-name "+topic, "--add-config max.message.bytes="+o.policy("")["max.message.bytes"]), Err: err})
	case fenced(err):
		return problem.Retry(&problem.Problem{Code: "GW-Q008", Value: topic, Err: err}, 0)
	}
	if away(err) {
		return problem.Retry(&problem.Problem{Code: "GW-Q001", Value: brokers, Err: err}, retryAfter)
	}
	return problem.Retry(&problem.Problem{Code: "GW-Q009", Value: topic, Err: err}, retryAfter)
}

// permit is the command that allows everything on this Log's topics.
func (o *Options) permit() string { return o.permitOn("topic") }

// permitOn is the same for a kind of resource that bears the prefix.
func (o *Options) permitOn(resource string) string {
	return o.tool("kafka-acls.sh", "--add --allow-principal User:"+o.user(),
		"--operation All --resource-pattern-type prefixed --"+resource+" "+o.Prefix+".")
}

// badCredentials: the brokers do not take the user, the password or the way
// they are proven.
func badCredentials(err error) bool {
	return errors.Is(err, sarama.ErrSASLAuthenticationFailed) || errors.Is(err, sarama.ErrUnsupportedSASLMechanism) ||
		errors.Is(err, sarama.ErrIllegalSASLState)
}

// untrusted: one side refused the other's certificate, or has no TLS.
func untrusted(err error) bool {
	var certificate *tls.CertificateVerificationError
	var plain tls.RecordHeaderError
	var alert *net.OpError // of TLS, whose own type for it has no name outside
	return errors.As(err, &certificate) || errors.As(err, &plain) ||
		errors.As(err, &alert) && (alert.Op == "remote error" || alert.Op == "local error")
}

// away: there is nobody to talk to.
func away(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, sarama.ErrOutOfBrokers) || errors.Is(err, sarama.ErrNotConnected) ||
		errors.Is(err, sarama.ErrBrokerNotFound) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || resting(err)
}

// resting: the library failed to find a leader a few times and does not try
// for some seconds.
func resting(err error) bool { return strings.Contains(err.Error(), "circuit breaker is open") }

const retryAfter = 2 * time.Second

func (o *Options) user() string {
	if o.SASL != nil {
		return o.SASL.User
	}
	return "ANONYMOUS"
}

// Forbidden reports whether the brokers refused for want of a permission.
func Forbidden(err error) bool {
	return errors.Is(err, sarama.ErrTopicAuthorizationFailed) || errors.Is(err, sarama.ErrClusterAuthorizationFailed) ||
		errors.Is(err, sarama.ErrTransactionalIDAuthorizationFailed)
}
