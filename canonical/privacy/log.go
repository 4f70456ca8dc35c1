package privacy

import (
	"context"
	"log/slog"

	"iocgateway/canonical/problem"
)

// Log is a logger whose lines are clean: their words, texts and errors.
func (c *Cleaner) Log(log *slog.Logger) *slog.Logger {
	return slog.New(cleanLog{log.Handler(), c})
}

type cleanLog struct {
	slog.Handler
	clean *Cleaner
}

// Handle writes a line without what nobody is to read in it.
func (h cleanLog) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, r.Level, h.clean.Text(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		out.AddAttrs(h.attr(a))
		return true
	})
	return h.Handler.Handle(ctx, out)
}

// WithAttrs takes attributes for all lines to come.
func (h cleanLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = h.attr(a)
	}
	return cleanLog{h.Handler.WithAttrs(clean), h.clean}
}

// WithGroup opens a group.
func (h cleanLog) WithGroup(name string) slog.Handler {
	return cleanLog{h.Handler.WithGroup(name), h.clean}
}

func (h cleanLog) attr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(h.clean.Text(v.String()))
	case slog.KindGroup:
		group := v.Group()
		clean := make([]slog.Attr, len(group))
		for i, one := range group {
			clean[i] = h.attr(one)
		}
		a.Value = slog.GroupValue(clean...)
	case slog.KindAny:
		if err, ok := v.Any().(error); ok && err != nil {
			a.Value = slog.AnyValue(h.clean.Error(err))
			if found, _ := problem.All(err); len(found) > 0 {
				a.Value = slog.StringValue(h.clean.Secret(Everybody().SaidIn(h.clean.Secret(err.Error()), found...)))
			}
		}
	}
	return a
}
