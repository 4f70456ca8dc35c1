package main

import (
	"context"
	"net/http"

	"iocgateway/canonical"

	"iocgateway/router/console"
	"iocgateway/router/journal"
)

func (a *app) console() (http.Handler, error) {
	return console.New(console.Options{View: a.store, Streams: a.desk, Sinks: a.desk.SinkStatuses, Cluster: a.report, Version: release,
		Explain: func(ctx context.Context, e journal.Entry) ([]canonical.Why, error) {
			raw, err := a.store.RawOf(ctx, e.ID, "")
			if err != nil {
				return nil, err
			}
			return a.explain(ctx, e.Source+"/"+e.Stream, e.Mapping, raw)
		}})
}
