package wiring

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"iocgateway/cmd/gateway/config"
	"iocgateway/router/share"

	"iocgateway/router/journal"
	"iocgateway/router/kafka"
	"iocgateway/router/redis"
	"iocgateway/router/store"
)

// engine is the Log as the rest of the gateway writes to it: the embedded
// store, or Kafka.
type engine interface {
	journal.Log
	journal.Runs
	Epoch(ctx context.Context) (string, error)
	SetPause(ctx context.Context, stream string, p journal.Pause) error
	ClearPause(ctx context.Context, stream, by string) error
	DropHeld(ctx context.Context, ids []int64, by, reason string) (int, error)
}

// view is what is read: the node's own store, under the Log's epoch.
type view struct {
	*store.Store
	log engine
}

// Epoch is the Log's, the same on every node.
func (v view) Epoch(ctx context.Context) (string, error) { return v.log.Epoch(ctx) }

// cluster is what a node has beyond one machine.
type cluster struct {
	log      *kafka.Log
	redis    *redis.Client                // nil: this node holds every stream itself
	exchange *share.Exchange              // nil without redis
	leases   atomic.Pointer[redis.Leases] // nil until it runs
	ttl      time.Duration                // of a lease
}

// openCluster joins the Log in Kafka, and the other nodes where Redis is configured.
func openCluster(ctx context.Context, cfg config.Config, s *store.Store, log *slog.Logger) (*cluster, error) {
	ko, err := cfg.KafkaOptions(log)
	if err != nil {
		return nil, err
	}
	c := &cluster{ttl: cfg.Redis.Lease}
	if c.log, err = kafka.Open(ctx, ko, s); err != nil {
		return nil, fmt.Errorf("open the Log in Kafka: %w", err)
	}
	if len(cfg.Redis.Addrs) == 0 {
		return c, nil
	}
	ro, err := cfg.RedisOptions(log)
	if err == nil {
		c.redis, err = redis.Open(ctx, ro)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open Redis: %w", err), c.log.Close())
	}
	c.exchange = share.NewExchange(c.redis, log)
	return c, nil
}

func (c *cluster) Close() error {
	if c == nil {
		return nil
	}
	var err error
	if c.redis != nil {
		err = c.redis.Close()
	}
	return errors.Join(err, c.log.Close())
}

// lease holds the jobs whose leases this node gets, until ctx is over; then
// it hands them on.
func (c *cluster) lease(ctx context.Context, jobs *share.Holder) error {
	leases, err := c.redis.Leases(redis.LeaseOptions{Names: jobs.Names(), TTL: c.ttl, Gained: jobs.Gained, Lose: jobs.Lost})
	if err != nil {
		return err
	}
	c.leases.Store(leases)
	return leases.Run(ctx)
}

// watch ends the process when its view can no longer be read into: it must
// not answer as if it were fresh.
func (c *cluster) watch(ctx context.Context) error {
	select {
	case <-c.log.Failed():
		return c.log.Err()
	case <-ctx.Done():
		return nil
	}
}
