package main

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/cloudevents"
	"iocgateway/router"
	"iocgateway/router/kafka"
	"iocgateway/router/store"
)

// pusher takes one feed to one sink, on the node that holds it.
type pusher struct {
	*router.Follower
	lease  string
	resume chan struct{}
	log    *slog.Logger

	mu   sync.Mutex
	stop context.CancelFunc
	done chan struct{}
}

// sinkLease begins the names by which nodes share sinks; no source has it,
// because a stream's name has one slash.
const sinkLease = "sink/"

// pushersOf makes a pusher for each feed of each sink.
func pushersOf(cfg Config, s *store.Store, log journal, out *slog.Logger) ([]*pusher, error) {
	var all []*pusher
	for name, sc := range cfg.Sinks {
		for _, feed := range sc.Feeds {
			o, err := cfg.sinkOptions(sc, canonical.Feed(feed), s, out.With("sink", name, "feed", feed))
			if err != nil {
				return nil, err
			}
			f := sc.Filter
			all = append(all, &pusher{lease: sinkLease + name + "/" + feed, resume: make(chan struct{}, 1), log: out.With("sink", name, "feed", feed),
				Follower: &router.Follower{Marks: log, View: s, Feed: canonical.Feed(feed), Name: name, From: router.Start(sc.From), Restart: router.Start(sc.Restart),
					Filter: router.Filter{Source: f.Source, Stream: f.Stream, Area: f.Area, Agency: f.Agency, Kind: f.Kind},
					Open:   func(ctx context.Context) (router.Sink, error) { return kafka.OpenSink(ctx, o) }, Log: out.With("sink", name)}})
		}
	}
	slices.SortFunc(all, func(a, b *pusher) int { return strings.Compare(a.lease, b.lease) })
	return all, nil
}

func (c *Config) sinkOptions(sc *SinkConfig, feed canonical.Feed, s *store.Store, log *slog.Logger) (kafka.SinkOptions, error) {
	k := sc.Kafka
	secure, err := k.TLS.config(log)
	o := kafka.SinkOptions{Brokers: k.Brokers, Topic: k.Topic, Kinds: feed.Kinds(), Parts: s.Parts(), Structured: k.Mode == "structured",
		NoTombstones: k.Tombstones != nil && !*k.Tombstones, Compression: k.Compression, TLS: secure, Create: k.Create,
		Partitions: k.Partitions, Replication: k.Replication, Types: cloudevents.NewTypes(c.Prefix), Log: log}
	if sc.Filter.Kind != "" {
		o.Kinds = []canonical.Kind{canonical.Kind(sc.Filter.Kind)}
	}
	if k.SASL != nil {
		o.SASL = &kafka.SASL{Mechanism: k.SASL.Mechanism, User: k.SASL.User, Password: k.SASL.Password.Reveal()}
	}
	return o, err
}

// live pushes until ctx is over. Where a person is needed it waits for one.
func (p *pusher) live(ctx context.Context) {
	for ctx.Err() == nil {
		err := p.Run(ctx)
		if err == nil {
			return
		}
		p.log.Error("a sink needs a person", "error", err)
		select {
		case <-ctx.Done():
		case <-p.resume:
		}
	}
}

// hold starts pushing here; give stops it and waits.
func (p *pusher) hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	p.stop, p.done = cancel, done
	go func() {
		defer close(done)
		p.live(ctx)
	}()
}

func (p *pusher) give(ctx context.Context) error {
	p.mu.Lock()
	stop, done := p.stop, p.done
	p.stop = nil
	p.mu.Unlock()
	if stop == nil {
		return nil
	}
	stop()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// push runs the sinks where nobody shares them, until ctx is over.
func (a *app) push(ctx context.Context) error {
	for _, p := range a.pushers {
		p.hold()
	}
	<-ctx.Done()
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	var err error
	for _, p := range a.pushers {
		err = errors.Join(err, p.give(stop))
	}
	return err
}

// held reports whether this node pushes to the sink.
func (p *pusher) held() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stop != nil
}

// toldBy is the sink's status as the node tells it that holds it.
func (p *pusher) toldBy(node string) router.FollowerStatus {
	st := p.Status()
	st.Node = node
	return st
}

// Sinks tells how far each sink is: of those that other nodes hold, as they
// were heard of last.
func (d *desk) Sinks(context.Context) []router.FollowerStatus {
	all := make([]router.FollowerStatus, 0, len(d.pushers))
	for _, p := range d.pushers {
		st := router.FollowerStatus{Name: p.Name, Feed: p.Feed} // what this node last knew of it is not what it is
		if p.held() {
			st = p.toldBy(d.cfg.nodeName())
		} else if d.cluster != nil {
			if theirs, ok := d.cluster.sink(p.lease); ok {
				st = theirs
			}
		}
		all = append(all, st)
	}
	return all
}

// sinkPath is the API path that lets a sink go on.
func sinkPath(sink, feed string) string {
	return "/v1/sinks/" + url.PathEscape(sink) + "/" + url.PathEscape(feed) + "/resume"
}

// ResumeSink lets a sink that needed a person try again, on the node that
// holds it.
func (d *desk) ResumeSink(ctx context.Context, name, feed, by string) error {
	for _, p := range d.pushers {
		if p.Name != name || string(p.Feed) != feed {
			continue
		}
		if d.shared() && !p.held() {
			var done map[string]string
			return d.ask(ctx, p.lease, sinkPath(name, feed), map[string]any{}, &done)
		}
		if !p.Status().Halted {
			return nil // a word kept for later would answer for a person who was never asked
		}
		d.log.Info("sink resumed", "sink", name, "feed", feed, "by", by)
		select {
		case p.resume <- struct{}{}:
		default:
		}
		return nil
	}
	return router.ErrNotFound
}
