package wiring

import (
	"context"
	"net/http"

	"iocgateway/cmd/gateway/release"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"

	"iocgateway/router/console"
	"iocgateway/router/journal"
)

func (a *App) console(veil *privacy.Veil) (http.Handler, error) {
	return console.New(console.Options{Veil: veil, View: a.Store, Streams: a.actions, Sinks: a.actions.SinkStatuses, Cluster: a.Report,
		Version: release.Version(),
		Look: func(ctx context.Context, what, target string) error {
			return a.actions.Look(ctx, what, target, "local")
		},
		Explain: func(ctx context.Context, e journal.Entry) ([]canonical.Why, error) {
			var raw canonical.Raw
			err := a.actions.Reading(ctx, "where a record came from", e.ID, "local", func() (err error) {
				raw, err = a.Store.RawOf(ctx, e.ID, "")
				return err
			})
			if err != nil {
				return nil, err
			}
			return a.explain(ctx, e.Source+"/"+e.Stream, e.Mapping, raw)
		}})
}
