package kafka

import (
	"strings"
	"testing"
	"time"

	"iocgateway/canonical/problem"
)

// machine is a Log of one machine that nobody gets to read.
type machine struct{ Old }

func (machine) Parts() int { return 1 }

// TestOptionsThatCannotBeMeant are refused by name before a broker is asked:
// nobody listens where these point.
func TestOptionsThatCannotBeMeant(t *testing.T) {
	for field, change := range map[string]func(*Options){
		"brokers":             func(o *Options) { o.Brokers = nil },
		"prefix":              func(o *Options) { o.Prefix = "a b" },
		"partitions":          func(o *Options) { o.Partitions = -1 },
		"replication":         func(o *Options) { o.Replication = -1 },
		"keep":                func(o *Options) { o.Keep = -time.Hour },
		"transaction_timeout": func(o *Options) { o.TransactionTimeout = -time.Second },
		"compression":         func(o *Options) { o.Compression = "rar" },
		"sasl.mechanism":      func(o *Options) { o.SASL = &SASL{Mechanism: "GSSAPI"} },
	} {
		o := Options{Brokers: []string{"127.0.0.1:1"}}
		change(&o)
		_, err := Open(t.Context(), o, nil)
		_, err2 := Import(t.Context(), o, machine{}, 1, nil)
		for _, err := range []error{err, err2} {
			wantProblem(t, err, "GW-C005", problem.FaultHalt, "")
			if p, _ := problem.As(err); p.Field != "kafka."+field || p.Want == "" {
				t.Errorf("%s: %+v", field, p)
			}
		}
	}
	for _, o := range []Options{{}, {Prefix: strings.Repeat("p", maxPrefix), Partitions: maxPartitions, Compression: "none"},
		{SASL: &SASL{Mechanism: "PLAIN"}}, {SASL: &SASL{Mechanism: "SCRAM-SHA-256"}}, {SASL: &SASL{Mechanism: "SCRAM-SHA-512"}}} {
		o.Brokers = []string{"127.0.0.1:1"}
		if err := o.complete(); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
		if _, err := o.config(); err != nil {
			t.Errorf("complete let pass what config does not: %v", err)
		}
	}
	if n := len(topics{strings.Repeat("p", maxPrefix), 1}.of(topicCheckpoints)); n > 249 {
		t.Errorf("a topic's name of %d letters", n)
	}
}
