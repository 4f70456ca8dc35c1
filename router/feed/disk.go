package feed

import (
	"context"
	"time"

	"iocgateway/canonical/problem"

	"github.com/prometheus/client_golang/prometheus"
)

// Disk is how a node's own store fares.
type Disk struct {
	Bytes, WALBytes int64 // of the store
	Free, Size      int64 // of the disk it lies on; 0 where that is not known
	Commits, Failed int   // transactions since the start
	P50, P99        time.Duration
}

// diskCollector collects how the node's own store fares: what it cannot write
// is nobody else's fault.
type diskCollector struct {
	node *Node

	writable, free, size, bytes, wal *prometheus.Desc
	commits, failed, took            *prometheus.Desc
}

func newDiskCollector(n *Node) *diskCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("iocgateway_"+name, help, labels, nil)
	}
	return &diskCollector{node: n,
		writable: desc("store_writable", "1 while this node's Log can be written; 0 with a full disk, or a Log that takes nothing."),
		free:     desc("store_disk_free_bytes", "Room left on the disk the store lies on."),
		size:     desc("store_disk_size_bytes", "Size of the disk the store lies on."),
		bytes:    desc("store_size_bytes", "Size of the store's database."),
		wal:      desc("store_wal_bytes", "Size of the store's write-ahead log."),
		commits:  desc("store_commits_total", "Transactions made durable since the process began, each one fsync."),
		failed:   desc("store_commits_failed_total", "Transactions that failed since the process began."),
		took:     desc("store_commit_seconds", "How long the newest transactions took, statements and fsync.", "quantile"),
	}
}

// Describe names what is collected.
func (c *diskCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.writable, c.free, c.size, c.bytes, c.wal, c.commits, c.failed, c.took} {
		ch <- d
	}
}

// Collect asks the store; what is not known is left out.
func (c *diskCollector) Collect(ch chan<- prometheus.Metric) {
	put := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, kind, v, labels...)
	}
	put(c.writable, prometheus.GaugeValue, oneIf(!unwritable(c.node.own())))
	if c.node.Disk == nil {
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	disk, err := c.node.Disk(ctx)
	if err != nil {
		return
	}
	put(c.bytes, prometheus.GaugeValue, float64(disk.Bytes))
	put(c.wal, prometheus.GaugeValue, float64(disk.WALBytes))
	put(c.commits, prometheus.CounterValue, float64(disk.Commits))
	put(c.failed, prometheus.CounterValue, float64(disk.Failed))
	put(c.took, prometheus.GaugeValue, disk.P50.Seconds(), "0.5")
	put(c.took, prometheus.GaugeValue, disk.P99.Seconds(), "0.99")
	if disk.Size > 0 {
		put(c.free, prometheus.GaugeValue, float64(disk.Free))
		put(c.size, prometheus.GaugeValue, float64(disk.Size))
	}
}

func unwritable(p *problem.Problem) bool { return p != nil && p.Reason() == problem.CannotWrite }
