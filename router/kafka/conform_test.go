package kafka

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"iocgateway/deploy/dev"
	"iocgateway/router/storetest"
)

// TestConformance judges the Log by random scripts on a broker in this
// process, a new one for each: thousands of scripts leave no topics behind.
func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		c, err := kfake.NewCluster(kfake.NumBrokers(1))
		if err != nil {
			t.Fatal(err)
		}
		h := conform(c.ListenAddrs())(t)
		end := h.Close
		h.Close = func() error {
			defer c.Close()
			return end()
		}
		return h
	})
}

// TestConformanceOnKafka is the same on one real broker.
func TestConformanceOnKafka(t *testing.T) {
	dev.Need(t, "kafka")
	dev.Long(t)
	if testing.Short() {
		t.Skip("-short: the fake broker has to do")
	}
	storetest.Run(t, conform(dev.SharedKafka(t).Addrs()))
}

// conform opens a new Log for each script.
func conform(brokers []string) func(*testing.T) storetest.Harness {
	return func(t *testing.T) storetest.Harness { return openNode(t, tempDir(t), options(brokers)).harness() }
}
