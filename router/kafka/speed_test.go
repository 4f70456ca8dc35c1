package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"iocgateway/deploy/dev"
	"iocgateway/router/journal"
	"iocgateway/router/store"
	"iocgateway/router/storetest"
)

// speedJob is new dossiers of about 1 KB in pages of 500, on four streams of
// a source at once.
type speedJob struct {
	batches [4][]journal.Batch
	records int
}

func newSpeedJob(source string, pages int) *speedJob { return newSpeedJobAgain(source, pages, 0) }

// newSpeedJobAgain is the same job asked for again: one record in so many has
// changed since, the others are as they were. With 0 all are new.
func newSpeedJobAgain(source string, pages, changed int) *speedJob {
	j := &speedJob{}
	for s := range j.batches {
		name := "dossiers" + strconv.Itoa(s)
		synth := storetest.Synth{Source: source + strconv.Itoa(s), Stream: name}
		from, at := "", 0
		if changed > 0 {
			from, at = strconv.Itoa(pages), pages
		}
		for p := range pages {
			b := journal.Batch{Stream: synth.Source + "/" + name, Mapping: "synth@1", At: time.Now(), Next: []byte(strconv.Itoa(at + p + 1))}
			if from != "" {
				b.From = []byte(from)
			}
			from = strconv.Itoa(at + p + 1)
			for i := range 500 {
				version := 1
				if changed > 0 && i%changed == 0 {
					version = 2
				}
				b.Items = append(b.Items, synth.Item(p*500+i, version))
			}
			j.batches[s] = append(j.batches[s], b)
			j.records += 500
		}
	}
	return j
}

// run commits the job to a Log and gives how long that took.
func (j *speedJob) run(ctx context.Context, log journal.Log, settle func(context.Context) error) (time.Duration, error) {
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
	warm := newSpeedJob("dvc", pages)
	for n := range b.N {
		o := options(brokers)
		o.Prefix += fmt.Sprintf("w%d-%d", n, time.Now().Unix())
		if _, err := warm.run(b.Context(), openNode(b, tempDir(b), o), func(context.Context) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	job, again := newSpeedJob("dvc", pages), newSpeedJobAgain("dvc", pages, 20)
	var embedded, kafka, embeddedAgain, kafkaAgain, aloneCPU, ourCPU, theirCPU time.Duration
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
		if took, err = again.run(b.Context(), s, func(context.Context) error { return nil }); err != nil {
			b.Fatal(err)
		}
		embeddedAgain += took
		_ = s.Close()
		o := options(brokers)
		o.wait = 0
		o.Prefix += fmt.Sprintf("b%d-%d", n, time.Now().Unix())
		node := openNode(b, tempDir(b), o)
		ours, theirs := cpu("self"), cpu(child())
		if took, err = job.run(b.Context(), node, node.level); err != nil {
			b.Fatal(err)
		}
		kafka += took
		ourCPU += cpu("self") - ours
		theirCPU += cpu(child()) - theirs
		if took, err = again.run(b.Context(), node, node.level); err != nil {
			b.Fatal(err)
		}
		kafkaAgain += took
	}
	all := float64(job.records * b.N)
	b.ReportMetric(all/embedded.Seconds(), "embedded-records/s")
	b.ReportMetric(all/kafka.Seconds(), "kafka-records/s")
	b.ReportMetric(embedded.Seconds()/kafka.Seconds(), "of-embedded")
	b.ReportMetric(all/embeddedAgain.Seconds(), "again-embedded-records/s")
	b.ReportMetric(all/kafkaAgain.Seconds(), "again-kafka-records/s")
	b.ReportMetric(embeddedAgain.Seconds()/kafkaAgain.Seconds(), "again-of-embedded")
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

// BenchmarkView measures a second node, which writes nothing: how long after
// a page was committed that node's view has it, at 2,000 records a second
// from four streams; and how fast a node that lost its disk reads everything
// again.
func BenchmarkView(b *testing.B) {
	dev.Need(b, "kafka")
	o := options(dev.Kafka(b, 1, dev.WithJVM("-Xmx1g")).Addrs())
	o.wait = 0
	for range b.N {
		o.Prefix += "v"
		writing, reading := openNode(b, tempDir(b), o), openNode(b, tempDir(b), o)
		lags := steadily(b, newSpeedJob("slow", 25), writing, reading) // 20 s of it measured
		b.ReportMetric(quantile(lags, 0.5), "p50-ms")
		b.ReportMetric(quantile(lags, 0.99), "p99-ms")
		b.ReportMetric(float64(reading.intake.lag().Behind), "behind")

		more := newSpeedJob("more", 120)
		if _, err := more.run(b.Context(), writing, writing.level); err != nil {
			b.Fatal(err)
		}
		if err := errors.Join(writing.stop(), reading.stop()); err != nil {
			b.Fatal(err)
		}
		begun := time.Now()
		again := openNode(b, tempDir(b), o)
		if err := again.WaitLevel(b.Context()); err != nil {
			b.Fatal(err)
		}
		took := time.Since(begun)
		digest, err := again.Digest(b.Context(), "dossier")
		if err != nil {
			b.Fatal(err)
		}
		has := 0
		for i := range digest.Buckets {
			has += digest.Buckets[i].Count
		}
		if has != more.records+50_000 {
			b.Errorf("it has %d records", has)
		}
		b.ReportMetric(float64(has)/took.Seconds(), "caught-up-records/s")
	}
}

// steadily commits pages of 100 records, 20 a second in all, and measures after
// how many milliseconds each was in the other node's view.
func steadily(b *testing.B, j *speedJob, writing, reading *node) []float64 {
	var mu sync.Mutex
	var lags []float64
	var group sync.WaitGroup
	for s := range j.batches {
		group.Go(func() {
			tick := time.NewTicker(200 * time.Millisecond)
			defer tick.Stop()
			for n, page := range pagesOf(j.batches[s], 100) {
				<-tick.C
				if _, err := writing.Commit(b.Context(), page); err != nil {
					b.Error(err)
					return
				}
				st := writing.stream(page.Stream)
				st.mu.Lock()
				wrote := maps.Clone(st.wrote)
				st.mu.Unlock()
				done := time.Now()
				if err := reading.intake.wait(b.Context(), wrote); err != nil {
					b.Error(err)
					return
				}
				if n < 25 {
					continue // both are still warming up
				}
				mu.Lock()
				lags = append(lags, float64(time.Since(done).Microseconds())/1000)
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return lags
}

// pagesOf cuts batches into smaller ones.
func pagesOf(batches []journal.Batch, size int) []journal.Batch {
	var all []journal.Batch
	at := 0
	for _, b := range batches {
		for items := range slices.Chunk(b.Items, size) {
			cut := b
			cut.Items, cut.From, cut.Next = items, nil, []byte(strconv.Itoa(at+1))
			if at > 0 {
				cut.From = []byte(strconv.Itoa(at))
			}
			at++
			all = append(all, cut)
		}
	}
	return all
}

func quantile(of []float64, q float64) float64 {
	if len(of) == 0 {
		return 0
	}
	slices.Sort(of)
	return of[int(q*float64(len(of)-1))]
}

// BenchmarkRuns is what a look at a source costs that has nothing new: a run
// begun and ended, on 16 streams at once.
func BenchmarkRuns(b *testing.B) {
	dev.Need(b, "kafka")
	o := options(dev.Kafka(b, 1, dev.WithJVM("-Xmx1g")).Addrs())
	o.wait = 0
	n := openNode(b, tempDir(b), o)
	const streams, each = 16, 250
	round := func() {
		var group sync.WaitGroup
		for s := range streams {
			name := "dvc/s" + strconv.Itoa(s)
			group.Go(func() {
				for range each {
					id, err := n.BeginRun(b.Context(), name, time.Now())
					if err == nil {
						err = n.EndRun(b.Context(), journal.Run{ID: id, Stream: name, Started: time.Now(), Ended: time.Now()})
					}
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		group.Wait()
	}
	round() // warms the broker up
	ours, theirs, begun := cpu("self"), cpu(child()), time.Now()
	for range b.N {
		round()
	}
	all := float64(streams * each * b.N)
	b.ReportMetric(all/time.Since(begun).Seconds(), "runs/s")
	b.ReportMetric(float64((cpu("self")-ours).Microseconds())/all, "gateway-µs/run")
	b.ReportMetric(float64((cpu(child())-theirs).Microseconds())/all, "broker-µs/run")
}
