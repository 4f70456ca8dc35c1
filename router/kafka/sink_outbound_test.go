package kafka

import (
	"errors"
	"strings"
	"testing"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kmsg"

	"iocgateway/canonical/outbound"
	"iocgateway/canonical/problem"
)

// A sink's brokers are not where no city system is. To the sink they are away
// like any that cannot be reached, and the reason is shown.
func TestSinkDialsNoForbiddenAddress(t *testing.T) {
	for _, broker := range []string{"169.254.169.254:9092", "[fd00:ec2::254]:9092"} {
		_, err := OpenSink(t.Context(), SinkOptions{Brokers: []string{broker}})
		wantProblem(t, err, "GW-Q020", problem.FaultRetry, broker)
		if p, _ := problem.As(err); !strings.Contains(p.Text(problem.English), "address "+broker+" is not one of") {
			t.Errorf("%s: %v", broker, err)
		}
	}
}

// What brokers advertise of the others is judged like what is set.
// The Log's own cluster is where an administrator built it.
func TestAdvertisedBrokersAreJudgedForSinksOnly(t *testing.T) {
	brokers := advertising(t, "0.0.0.0", 1)
	s := &Sink{opts: Options{Brokers: brokers}}
	s.opts.fill()
	sink, err := s.config()
	if err != nil {
		t.Fatal(err)
	}
	own, err := s.opts.config()
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		config  *sarama.Config
		refused bool
	}{"a sink": {sink, true}, "the Log": {own, false}} {
		client, err := sarama.NewClient(brokers, c.config)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		defer client.Close()
		there, err := client.Leader("dossier", 0)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		_, err = there.Connected()
		if err == nil || errors.As(err, new(*outbound.Refusal)) != c.refused {
			t.Errorf("%s dials %s: %v", what, there.Addr(), err)
		}
	}
}

// advertising is a broker that advertises another address.
func advertising(t *testing.T, host string, port int32) []string {
	t.Helper()
	c, brokers := consumer(t)
	c.ControlKey(int16(kmsg.Metadata), func(asked kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		broker := kmsg.NewMetadataResponseBroker()
		broker.Host, broker.Port = host, port
		part := kmsg.NewMetadataResponseTopicPartition()
		part.Leader, part.Replicas, part.ISR = broker.NodeID, []int32{broker.NodeID}, []int32{broker.NodeID}
		topic := kmsg.NewMetadataResponseTopic()
		topic.Topic, topic.Partitions = kmsg.StringPtr("dossier"), append(topic.Partitions, part)
		reply := asked.ResponseKind().(*kmsg.MetadataResponse)
		reply.Brokers, reply.ControllerID, reply.Topics = append(reply.Brokers, broker), broker.NodeID, append(reply.Topics, topic)
		return reply, nil, true
	})
	return brokers
}
