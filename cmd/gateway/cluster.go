package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"iocgateway/canonical"
	"iocgateway/router"
	"iocgateway/router/kafka"
	"iocgateway/router/redis"
	"iocgateway/router/store"
)

// journal is the Log as the rest of the gateway writes to it: the embedded
// store, or Kafka.
type journal interface {
	router.Log
	router.Runs
	Epoch(ctx context.Context) (string, error)
	SetPause(ctx context.Context, stream string, p router.Pause) error
	ClearPause(ctx context.Context, stream, by string) error
	DropHeld(ctx context.Context, ids []int64, by, reason string) (int, error)
}

// view is what is read: the node's own store, under the Log's epoch.
type view struct {
	*store.Store
	log journal
}

// Epoch is the Log's, the same on every node.
func (v view) Epoch(ctx context.Context) (string, error) { return v.log.Epoch(ctx) }

// cluster is what a node has beyond one machine.
type cluster struct {
	log     *kafka.Log
	redis   *redis.Client                // nil: this node holds every stream itself
	sharing atomic.Pointer[redis.Leases] // nil until it runs
	heard   atomic.Pointer[map[string]redis.StatusAt]
	out     *slog.Logger
}

// openCluster joins the Log in Kafka, and the other nodes where Redis is configured.
func openCluster(ctx context.Context, cfg Config, s *store.Store, log *slog.Logger) (*cluster, error) {
	ko, err := cfg.kafkaOptions(log)
	if err != nil {
		return nil, err
	}
	c := &cluster{out: log}
	if c.log, err = kafka.Open(ctx, ko, s); err != nil {
		return nil, fmt.Errorf("open the Log in Kafka: %w", err)
	}
	if len(cfg.Redis.Addrs) == 0 {
		return c, nil
	}
	ro, err := cfg.redisOptions(log)
	if err == nil {
		c.redis, err = redis.Open(ctx, ro)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open Redis: %w", err), c.log.Close())
	}
	return c, nil
}

func (c *cluster) close() error {
	if c == nil {
		return nil
	}
	var err error
	if c.redis != nil {
		err = c.redis.Close()
	}
	return errors.Join(err, c.log.Close())
}

// run holds streams for the scheduler until ctx is over, then hands them on.
func (c *cluster) run(ctx context.Context, a *app) error {
	names := make([]string, 0, len(a.streams))
	for _, st := range a.streams {
		if !st.Disabled {
			names = append(names, st.Full())
		}
	}
	pushers := map[string]*pusher{}
	for _, p := range a.pushers {
		pushers[p.lease] = p
	}
	if c.redis == nil {
		return a.alone(ctx, names)
	}
	leases := c.redis.Leases(redis.LeaseOptions{Names: slices.AppendSeq(names, maps.Keys(pushers)), TTL: a.cfg.Redis.Lease,
		Gained: func(name string, token int64) {
			c.out.Info("taken over", "name", name, "token", token)
			if p := pushers[name]; p != nil {
				p.hold()
				return
			}
			a.scheduler.Hold(name)
		},
		Lose: func(ctx context.Context, name string) {
			err := error(nil)
			if p := pushers[name]; p != nil {
				err = p.give(ctx)
			} else {
				err = a.scheduler.Yield(ctx, name)
			}
			if err != nil {
				c.out.Warn("it did not stop in time", "name", name, "error", err)
			}
			c.out.Info("given up", "name", name)
		}})
	c.sharing.Store(leases)
	return leases.Run(ctx)
}

// alone holds everything: there is nobody to share with.
func (a *app) alone(ctx context.Context, streams []string) error {
	if !a.cfg.has(roleWork) {
		<-ctx.Done()
		return nil
	}
	for _, name := range streams {
		a.scheduler.Hold(name)
	}
	return a.push(ctx)
}

// told passes on what this node says of the streams and sinks it holds.
func (c *cluster) told(ctx context.Context, statuses []router.Status, sinks map[string]router.FollowerStatus) {
	if c.redis == nil {
		return
	}
	all := make(map[string][]byte, len(statuses)+len(sinks))
	put := func(name string, status any) {
		text, err := json.Marshal(status)
		if err != nil {
			c.out.Error("a state was not written", "of", name, "error", err)
			return
		}
		all[name] = text
	}
	for i := range statuses {
		put(statuses[i].Name(), &statuses[i])
	}
	for lease, status := range sinks {
		put(lease, &status)
	}
	if err := c.redis.PutStatus(ctx, all); err != nil && ctx.Err() == nil {
		c.out.Debug("the other nodes do not hear of this one's streams", "error", err)
	}
	if said, err := c.redis.Statuses(ctx); err == nil { // else what was heard last is still said, with its age
		c.heard.Store(&said)
	}
}

// heardWithin is how old another node's word may be.
const heardWithin = time.Minute

// abroad is what the other nodes say of the streams they hold, as last heard:
// readers ask for it with every page, and must not wait for Redis.
func (c *cluster) abroad(context.Context) (map[string]router.Status, error) {
	said := c.heard.Load()
	if said == nil {
		return nil, nil
	}
	all := make(map[string]router.Status, len(*said))
	for name, at := range *said {
		var st router.Status
		if strings.HasPrefix(name, sinkLease) || time.Since(at.At) > heardWithin || json.Unmarshal(at.JSON, &st) != nil {
			continue
		}
		all[name] = st
	}
	return all, nil
}

// sink is what the node that holds a sink says of it, as last heard.
func (c *cluster) sink(lease string) (st router.FollowerStatus, ok bool) {
	said := c.heard.Load()
	if said == nil {
		return st, false
	}
	at, ok := (*said)[lease]
	return st, ok && time.Since(at.At) <= heardWithin && json.Unmarshal(at.JSON, &st) == nil
}

// ready reports whether this node's view has what the Log had when it began.
func (c *cluster) ready() error {
	lag := c.log.Lag()
	if lag.CatchUp {
		return &canonical.Problem{Code: "GW-Q013", Value: fmt.Sprint(lag.Behind), Err: lag.Trouble}
	}
	return c.log.Err()
}
