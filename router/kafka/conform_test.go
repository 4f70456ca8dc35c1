package kafka

import (
	"testing"

	"iocgateway/deploy/dev"
	"iocgateway/router/storetest"
)

// TestConformance judges the Log by random scripts on a broker in this process.
func TestConformance(t *testing.T) { storetest.Run(t, conform(fake(t))) }

// TestConformanceOnKafka is the same on a real one.
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
