package kafka

import (
	"testing"

	"iocgateway/deploy/dev"
	"iocgateway/router/storetest"
)

// TestConformance judges the Log by random scripts on a broker in this process.
func TestConformance(t *testing.T) { storetest.Run(t, oneAtATime(fake(t))) }

// TestConformanceOnKafka is the same on a real one.
func TestConformanceOnKafka(t *testing.T) {
	dev.Need(t, "kafka")
	if testing.Short() {
		t.Skip("-short: the fake broker has to do")
	}
	storetest.Run(t, oneAtATime(dev.SharedKafka(t).Addrs()))
}

// oneAtATime opens a new Log and stops the node of the one before.
func oneAtATime(brokers []string) func(*testing.T) storetest.Harness {
	var last *node
	return func(t *testing.T) storetest.Harness {
		if last != nil {
			_ = last.stop()
		}
		last = openNode(t, tempDir(t), options(brokers))
		return last.harness()
	}
}
