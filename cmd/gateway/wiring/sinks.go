package wiring

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"

	"iocgateway/canonical"
	"iocgateway/canonical/cloudevents"
	"iocgateway/cmd/gateway/config"
	"iocgateway/router/follow"
	"iocgateway/router/journal"
	"iocgateway/router/kafka"
	"iocgateway/router/store"
)

// followersOf makes a follower for each feed of each sink.
func followersOf(cfg config.Config, s *store.Store, log engine, out *slog.Logger) ([]*follow.Follower, error) {
	var all []*follow.Follower
	for name, sc := range cfg.Sinks {
		for _, feed := range sc.Feeds {
			own := out.With("sink", name, "feed", feed)
			o, err := sinkOptions(&cfg, sc, canonical.Feed(feed), s, own)
			if err != nil {
				return nil, err
			}
			f := sc.Filter
			all = append(all, &follow.Follower{Marks: log, View: s, Feed: canonical.Feed(feed), Name: name, From: follow.Start(sc.From),
				Restart: follow.Start(sc.Restart),
				Filter:  journal.Filter{Source: f.Source, Stream: f.Stream, Area: f.Area, Agency: f.Agency, Kind: f.Kind},
				Open:    func(ctx context.Context) (journal.Sink, error) { return kafka.OpenSink(ctx, o) }, Log: own})
		}
	}
	slices.SortFunc(all, func(a, b *follow.Follower) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(string(a.Feed), string(b.Feed)))
	})
	return all, nil
}

func sinkOptions(c *config.Config, sc *config.SinkConfig, feed canonical.Feed, s *store.Store,
	log *slog.Logger) (kafka.SinkOptions, error) {
	k := sc.Kafka
	secure, err := k.TLS.Config(log)
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
