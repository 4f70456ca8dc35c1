package main

import (
	"context"
	"net/http"

	"iocgateway/router"
	"iocgateway/router/console"
	"iocgateway/router/store"
)

func consoleOf(s *store.Store, d *desk, cluster func(context.Context) (router.Cluster, error)) (http.Handler, error) {
	return console.New(console.Options{View: s, Streams: d, Sinks: d.Sinks, Cluster: cluster, Version: release,
		Explain: func(ctx context.Context, e router.Entry) ([]console.Why, error) {
			raw, err := s.RawOf(ctx, e.ID, "")
			if err != nil {
				return nil, err
			}
			rows, err := d.explain(ctx, e.Source+"/"+e.Stream, e.Mapping, raw)
			out := make([]console.Why, 0, len(rows))
			for _, w := range rows {
				out = append(out, console.Why(w))
			}
			return out, err
		}})
}
