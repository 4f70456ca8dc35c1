package dev

import "sync"

var shared struct {
	sync.Mutex
	cluster *Cluster
	err     error
}

// SharedKafka is one broker for all tests of a process, started by the first
// that asks: tests keep their topics apart by a prefix of their own. It ends
// with the process; see Main. It cannot be killed or stopped by a test.
func SharedKafka(tb TB) *Cluster {
	tb.Helper()
	Need(tb, "kafka")
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster == nil && shared.err == nil {
		shared.cluster, shared.err = startKafka(1)
	}
	if shared.err != nil {
		tb.Fatalf("%v", shared.err)
	}
	c := shared.cluster
	tb.Cleanup(func() { c.showLogs(tb) })
	return c
}

// StopShared ends the shared cluster, if there is one. The next SharedKafka
// starts another.
func StopShared() {
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster != nil {
		_ = shared.cluster.close() // what is left behind, the next run clears away
	}
	shared.cluster, shared.err = nil, nil
}

// Main runs a package's tests and ends what they shared: in TestMain,
// os.Exit(dev.Main(m)). Without it the broker ends with the process all the
// same, but leaves its data to the next run to clear away.
func Main(m interface{ Run() int }) int {
	defer StopShared()
	return m.Run()
}
