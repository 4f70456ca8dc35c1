package kafka

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"iocgateway/canonical/problem"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"iocgateway/deploy/dev"
)

// offering is a broker in this process that answers of one request what is
// asked for here, or nothing, and of all others the truth. It hangs up on a version
// it does not offer, as Kafka does.
func offering(t *testing.T, key, low, high int16) []string {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	truth := offeredBy(t, c.ListenAddrs()[0])
	c.ControlKey(int16(kmsg.ApiVersions), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		answer := req.ResponseKind().(*kmsg.ApiVersionsResponse)
		for _, k := range truth {
			if k.ApiKey == key {
				k.MinVersion, k.MaxVersion = low, high
			}
			if k.MaxVersion >= 0 {
				answer.ApiKeys = append(answer.ApiKeys,
					kmsg.ApiVersionsResponseApiKey{ApiKey: k.ApiKey, MinVersion: k.MinVersion, MaxVersion: k.MaxVersion})
			}
		}
		return answer, nil, true
	})
	c.ControlKey(key, func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		if v := req.GetVersion(); v < low || v > high {
			return nil, errors.New("a version that is not offered"), true
		}
		return nil, nil, false
	})
	return c.ListenAddrs()
}

func offeredBy(t *testing.T, addr string) []sarama.ApiVersionsResponseKey {
	t.Helper()
	o := options([]string{addr})
	o.fill()
	config, err := o.config()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := versionsOf(addr, config)
	if err != nil || len(keys) < 20 {
		t.Fatalf("%s offers %d requests: %v", addr, len(keys), err)
	}
	return keys
}

// TestVersionNotOffered: a broker that no longer offers a version, or does
// not yet, is named at the start with the request and what it offers, before
// anything is made in it.
func TestVersionNotOffered(t *testing.T) {
	for _, p := range allPinned() {
		ranges := map[string][2]int16{"–": {-1, -1}, "": {p.version + 1, p.version + 3}}
		if p.version > 0 {
			ranges["0–"] = [2]int16{0, p.version - 1}
		}
		for has, r := range ranges {
			brokers := offering(t, p.key, r[0], r[1])
			_, err := startNode(tempDir(t), options(brokers))
			named, ok := problem.As(err)
			if !ok || named.Code != "GW-Q018" || named.Field != p.name || named.Value != brokers[0] || !strings.HasPrefix(named.Near, has) {
				t.Fatalf("%s in %v: %v", p.name, r, err)
			}
			if fault, _ := problem.Class(err); fault != problem.FaultHalt {
				t.Errorf("%s: %v, but nothing that is tried again makes it go away", p.name, fault)
			}
			if made := topicsAt(t, brokers); len(made) != 0 {
				t.Errorf("%s: it was refused, and made %v", p.name, made)
			}
		}
	}
}

func topicsAt(t *testing.T, brokers []string) []string {
	t.Helper()
	client, err := sarama.NewClient(brokers, sarama.NewConfig())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	names, err := client.Topics()
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestPinnedVersionsAreOffered by a real broker.
func TestPinnedVersionsAreOffered(t *testing.T) {
	dev.Need(t, "kafka")
	addr := dev.SharedKafka(t).Addrs()[0]
	if err := notOffered(addr, offeredBy(t, addr)); err != nil {
		t.Error(err)
	}
}

// TestSilentBrokerIsPassedOver: the start does not wait for ever for one that
// takes connections and answers nothing.
func TestSilentBrokerIsPassedOver(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	o := options(nil)
	o.fill()
	config, err := o.config()
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if _, err := versionsOf(l.Addr().String(), config); err == nil {
		t.Error("nobody answered, and it was taken for one")
	}
	if took := time.Since(begun); took > 6*time.Second {
		t.Errorf("it took %v", took)
	}
}
