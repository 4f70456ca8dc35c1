package kafka

import (
	"context"
	"fmt"
	"strings"
	"time"

	"iocgateway/canonical/problem"
)

// wait returns when the view has everything up to these offsets; with an
// error when nothing is read for a while.
func (m *intake) wait(ctx context.Context, at map[string]int64) error {
	tick := time.NewTicker(downAfter / 4)
	defer tick.Stop()
	for {
		m.mu.Lock()
		missing := ""
		for place, offset := range at {
			if q := m.queues[place]; q != nil && q.applied <= offset {
				missing = place
			}
		}
		changed := m.changed
		m.mu.Unlock()
		if missing == "" {
			return nil
		}
		select {
		case <-changed:
		case <-tick.C:
			if err := m.down(); err != nil {
				return err
			}
		case <-ctx.Done():
			return fmt.Errorf("kafka: waiting for the view to read %s: %w", missing, ctx.Err())
		}
	}
}

// Lag is how far a view is behind its Log.
type Lag struct {
	Behind   int64     // messages that were committed and are not in the view
	CatchUp  bool      // it has not yet reached where the Log was when this process began
	Trouble  error     // why nothing is read now; nil when it is
	NotSince time.Time // since when nothing is read; zero when it is
}

// stuckAfter is how long something may be waited for before that is trouble.
// A transaction that nobody ends is given up by the brokers before.
const stuckAfter = 20 * time.Second

// stuck is the queue that waits too long for something of another, if any.
// The caller holds mu.
func (m *intake) stuck() error {
	var longest *queue
	for _, q := range m.order {
		if q.waits.place != "" && (longest == nil || q.since.Before(longest.since)) {
			longest = q
		}
	}
	if longest == nil || m.log.opts.Now().Sub(longest.since) < stuckAfter {
		return nil
	}
	w := longest.waits
	topic, part, _ := strings.Cut(w.place, "/")
	return &problem.Problem{Code: "GW-Q017", Value: fmt.Sprintf("%s/%d", w.place, w.after), Want: longest.since.Format(time.RFC3339),
		Near: m.log.opts.tool("kafka-transactions.sh", "find-hanging", "--topic", topic, "--partition", part)}
}

func (m *intake) lag() Lag {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := Lag{Trouble: m.trouble, NotSince: m.since}
	for _, q := range m.order {
		l.Behind += max(0, q.end-q.applied)
		if q.started < 0 || q.applied < q.started {
			l.CatchUp = true
		}
	}
	if l.Trouble == nil {
		l.Trouble = m.stuck()
	}
	return l
}

// downAfter is how long nothing is read before nothing is tried to be written.
const downAfter = 2 * time.Second

// down is why nothing can be read for a while, or nil: what would be written
// then would only keep its caller waiting.
func (m *intake) down() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.trouble != nil && m.log.opts.Now().Sub(m.since) > downAfter {
		return m.trouble
	}
	return nil
}

// note keeps trouble with reading, and of its end.
func (m *intake) note(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if (err == nil) != (m.trouble == nil) && err != nil {
		m.since = m.log.opts.Now()
	}
	if err == nil {
		m.since = time.Time{}
	}
	m.trouble = err
}
