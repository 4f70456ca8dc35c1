package main

import (
	"log/slog"
	"sync/atomic"

	"iocgateway/canonical"
	"iocgateway/mappings"
	"iocgateway/router"
)

// liveMapper is a stream's mapping as it is today: a replay takes a corrected
// file in without a restart. A page is mapped with one mapping throughout.
type liveMapper struct {
	name, source, stream string
	bound                atomic.Pointer[mappings.Bound]
}

func newLiveMapper(name, source, stream string, plan *mappings.Plan) *liveMapper {
	m := &liveMapper{name: name, source: source, stream: stream}
	m.bound.Store(plan.Bind(source, stream))
	return m
}

// Current is the mapping of this moment; it never changes.
func (m *liveMapper) Current() router.Mapper { return m.bound.Load() }

// Map maps with the mapping of this moment.
func (m *liveMapper) Map(raw canonical.Raw) (canonical.Record, error) { return m.bound.Load().Map(raw) }

// Revision is the revision of this moment.
func (m *liveMapper) Revision() string { return m.bound.Load().Revision() }

// Why explains with the mapping of this moment.
func (m *liveMapper) Why(raw canonical.Raw) ([]mappings.FieldWhy, error) {
	return m.bound.Load().Why(raw)
}

// reload takes in what the mapping files say now. When one of them is wrong,
// nothing changes and its problems are the error.
func (d *desk) reload(streams []*router.Stream) error {
	set, err := loadMappings(d.cfg)
	if err != nil {
		return err
	}
	for _, st := range streams {
		live, ok := st.Mapper.(*liveMapper)
		if !ok {
			continue
		}
		plan, err := set.Plan(live.name)
		if err != nil {
			return err
		}
		fresh := plan.Bind(live.source, live.stream)
		if fresh.Revision() != live.Revision() {
			d.log.Info("mapping changed", slog.String("stream", st.Full()), slog.String("from", live.Revision()), slog.String("to", fresh.Revision()))
			live.bound.Store(fresh)
		}
	}
	return nil
}
