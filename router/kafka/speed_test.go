package kafka

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"iocgateway/deploy/dev"
	"iocgateway/router"
	"iocgateway/router/store"
	"iocgateway/router/storetest"
)

// speedJob is new dossiers of about 1 KB in pages of 500, on four streams of
// a source at once.
type speedJob struct {
	batches [4][]router.Batch
	records int
}

func newSpeedJob(pages int) *speedJob {
	j := &speedJob{}
	for s := range j.batches {
		name := "dossiers" + strconv.Itoa(s)
		synth := storetest.Synth{Source: "dvc" + strconv.Itoa(s), Stream: name}
		from := ""
		for p := range pages {
			b := router.Batch{Stream: synth.Source + "/" + name, Mapping: "synth@1", At: time.Now(), Next: []byte(strconv.Itoa(p + 1))}
			if from != "" {
				b.From = []byte(from)
			}
			from = strconv.Itoa(p + 1)
			for i := range 500 {
				b.Items = append(b.Items, synth.Item(p*500+i, 1))
			}
			j.batches[s] = append(j.batches[s], b)
			j.records += 500
		}
	}
	return j
}

// run commits the job to a Log and gives how long that took.
func (j *speedJob) run(ctx context.Context, log router.Log, settle func(context.Context) error) (time.Duration, error) {
	begun := time.Now()
	var group sync.WaitGroup
	errs := make(chan error, len(j.batches)+1)
	for s := range j.batches {
		group.Go(func() {
			for _, b := range j.batches[s] {
				if _, err := log.Commit(ctx, b); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	group.Wait()
	errs <- settle(ctx)
	return time.Since(begun), <-errs
}

// BenchmarkLog compares the Log in Kafka with the embedded one on the same
// job, in one run: committed, and in the view.
func BenchmarkLog(b *testing.B) {
	dev.Need(b, "kafka")
	pages := 30
	if n, err := strconv.Atoi(os.Getenv("PAGES")); err == nil {
		pages = n
	}
	brokers := dev.Kafka(b, 1, dev.WithJVM("-Xmx1g")).Addrs()
	if real := os.Getenv("KAFKA_BROKERS"); real != "" {
		brokers = strings.Split(real, ",")
	}
	warm := newSpeedJob(pages)
	for n := range b.N {
		o := options(brokers)
		o.Prefix += fmt.Sprintf("w%d-%d", n, time.Now().Unix())
		if _, err := warm.run(b.Context(), openNode(b, tempDir(b), o), func(context.Context) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	job := newSpeedJob(pages)
	var embedded, kafka, aloneCPU, ourCPU, theirCPU time.Duration
	for n := range b.N {
		s, err := store.Open(b.Context(), store.Options{Dir: tempDir(b)})
		if err != nil {
			b.Fatal(err)
		}
		alone := cpu("self")
		took, err := job.run(b.Context(), s, func(context.Context) error { return nil })
		if err != nil {
			b.Fatal(err)
		}
		embedded += took
		aloneCPU += cpu("self") - alone
		_ = s.Close()
		o := options(brokers)
		o.Prefix += fmt.Sprintf("b%d-%d", n, time.Now().Unix())
		node := openNode(b, tempDir(b), o)
		ours, theirs := cpu("self"), cpu(child())
		if took, err = job.run(b.Context(), node, node.level); err != nil {
			b.Fatal(err)
		}
		kafka += took
		ourCPU += cpu("self") - ours
		theirCPU += cpu(child()) - theirs
	}
	all := float64(job.records * b.N)
	b.ReportMetric(all/embedded.Seconds(), "embedded-records/s")
	b.ReportMetric(all/kafka.Seconds(), "kafka-records/s")
	b.ReportMetric(embedded.Seconds()/kafka.Seconds(), "of-embedded")
	b.ReportMetric(float64(aloneCPU.Microseconds())/all, "embedded-µs/record")
	b.ReportMetric(float64(ourCPU.Microseconds())/all, "gateway-µs/record")
	b.ReportMetric(float64(theirCPU.Microseconds())/all, "broker-µs/record")
}

// cpu is what a process has used of the processors, on Linux.
func cpu(pid string) time.Duration {
	stat, _ := os.ReadFile("/proc/" + pid + "/stat")
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// child is the broker that was started last.
func child() string {
	last := ""
	all, _ := filepath.Glob("/proc/self/task/*/children")
	for _, path := range all {
		text, _ := os.ReadFile(path)
		for _, pid := range strings.Fields(string(text)) {
			last = pid
		}
	}
	return last
}
