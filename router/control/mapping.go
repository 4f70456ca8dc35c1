package control

import (
	"context"
	"slices"

	"iocgateway/router/book"
	"iocgateway/router/journal"
)

// Draft is every stream's mapping as its file was when it was read, in use or not.
type Draft interface {
	// Mapper is a stream's; nil where there is no such stream.
	Mapper(stream string) journal.Mapper
	// Wrong is what is wrong with a stream's file: it has no mapping then.
	Wrong(stream string) error
	// Changes are the streams whose mapping in use is another.
	Changes() []Turn
	// Use puts a stream's mapping into use.
	Use(stream string)
}

// Turn is a stream's mapping that becomes another.
type Turn struct {
	Stream string `json:"-"`
	From   string `json:"from"`
	To     string `json:"to"`
}

// UseMappings puts the mappings of some streams into use, of all where none is
// named. Each that becomes another is an act, written down before.
func UseMappings(ctx context.Context, audit *Audit, d Draft, by string, streams ...string) error {
	for _, turn := range d.Changes() {
		if len(streams) > 0 && !slices.Contains(streams, turn.Stream) {
			continue
		}
		err := audit.Do(ctx, Act{What: "use mapping", Target: turn.Stream, By: by, With: turn}, func() (any, error) {
			d.Use(turn.Stream)
			audit.Out.Info("mapping changed", "stream", turn.Stream, "from", turn.From, "to", turn.To, "by", who(ctx, by))
			return turn, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// take puts the mappings that a plan was made with into use, and no others.
func (j *Jobs) take(ctx context.Context, plan *book.Plan, draft Draft, by string) error {
	if draft == nil || len(plan.Parts) == 0 {
		return nil
	}
	streams := make([]string, 0, len(plan.Parts))
	for _, p := range plan.Parts {
		streams = append(streams, p.Stream)
	}
	return UseMappings(ctx, j.Audit, draft, by, streams...)
}
