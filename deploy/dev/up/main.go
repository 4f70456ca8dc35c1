// Command up starts Kafka and Redis for a person, prints where they are, and
// ends them on Ctrl-C:
//
//	go run ./deploy/dev/up [-brokers 3]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"iocgateway/deploy/dev"
)

func main() {
	brokers := flag.Int("brokers", 1, "how many Kafka brokers")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := &person{}
	defer p.end()
	kafka := dev.Kafka(p, *brokers)
	redis := dev.Redis(p)
	version, err := dev.Version()
	if err != nil {
		p.Fatalf("%v", err)
	}
	fmt.Printf("# Apache Kafka %s\nengine: kafka\nkafka:\n  brokers: [%s]\nredis:\n  addrs: [%q]\n"+
		"node:\n  url: http://127.0.0.1:8080\n\nCtrl-C ends both; nothing is kept.\n",
		version, quoted(kafka.Addrs()), redis.Addr())
	<-ctx.Done()
}

func quoted(words []string) string {
	var all []string
	for _, w := range words {
		all = append(all, fmt.Sprintf("%q", w))
	}
	return strings.Join(all, ", ")
}

// person is who looks on where else a test would.
type person struct{ cleanups []func() }

var _ dev.TB = (*person)(nil)

// Helper is nothing to a person.
func (p *person) Helper() {}

// Cleanup keeps what is to be done at the end.
func (p *person) Cleanup(f func()) { p.cleanups = append(p.cleanups, f) }

// Failed is false: a person sees what failed.
func (p *person) Failed() bool { return false }

// Logf prints.
func (p *person) Logf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// Skipf ends it all: what is to be started is not here.
func (p *person) Skipf(format string, args ...any) { p.Fatalf(format, args...) }

// Fatalf prints, and ends it all.
func (p *person) Fatalf(format string, args ...any) {
	p.Logf(format, args...)
	p.end()
	os.Exit(1)
}

func (p *person) end() {
	for len(p.cleanups) > 0 {
		last := len(p.cleanups) - 1
		f := p.cleanups[last]
		p.cleanups = p.cleanups[:last]
		f()
	}
}
