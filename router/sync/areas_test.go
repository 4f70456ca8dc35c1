package sync

import (
	"fmt"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/units"
	"iocgateway/router/journal"
	"iocgateway/router/journaltest"
)

// placed is a mapping that takes each payload for a commune's code, as of a day.
type placed struct {
	journaltest.Echo
	table *units.Table
	on    canonical.Date
	named bool
}

func (p placed) Map(raw canonical.Raw) (canonical.Record, error) {
	rec, err := p.Echo.Map(raw)
	rec.Index.Area = raw.Key
	name := ""
	if p.named {
		name = fmt.Sprintf(`"name":"%s",`, p.table.Name(raw.Key, "2025-07-01"))
	}
	rec.Body = fmt.Appendf(nil, `{"area":{"code":"%s",%s"on":"%s"},"value":"1"}`, raw.Key, name, p.on)
	rec.Version = canonical.ContentVersion(rec.Body)
	return rec, err
}

// TestCodesOfAnotherDaysList: a mapping that takes today's codes as of a day
// before is told with every run, by how many fit which list, until another
// mapping is in use.
func TestCodesOfAnotherDaysList(t *testing.T) {
	table, err := units.Default()
	if err != nil {
		t.Fatal(err)
	}
	var raws []canonical.Raw
	for _, u := range table.Units("51", "2025-07-01") {
		raws = append(raws, canonical.Raw{Kind: canonical.KindTask, Key: u.Code, Payload: []byte(`"` + u.Code + `"`)})
	}
	with := placed{journaltest.Echo{Version: "1"}, table, "2016-01-01", true}
	pages := []adapters.Page{{Records: raws}}
	s := &Syncer{Stream: journal.Stream{Source: "s", Name: "t", Kind: canonical.KindTask}, Now: time.Now,
		Mapping: func() journal.Mapper { return with }, Areas: NewAreas(table)}
	received := 0
	run := func() *problem.Problem {
		t.Helper()
		s.Reader = &journaltest.Source{Pages: pages}
		got, err := s.Run(t.Context(), journal.Order{})
		if err != nil {
			t.Fatal(err)
		}
		received = got.Counts.Received
		return got.Noted(problem.Doubtful)
	}
	anew := func() *problem.Problem {
		t.Helper()
		m := journaltest.NewMemory()
		s.Log, s.Runs = m, m
		p := run()
		if received == 0 {
			t.Fatal("nothing was read")
		}
		return p
	}
	for i := range 2 {
		look := run
		if i == 0 {
			look = anew
		}
		if p := look(); p == nil || p.Value != "27" || p.Want != "96" || p.Path != "2025-06-30" || p.Near != "2025-07-01: 96" {
			t.Fatalf("run %d: %+v", i, p)
		}
	}
	with = placed{journaltest.Echo{Version: "2"}, table, "2025-07-01", true}
	if p := anew(); p != nil {
		t.Errorf("as of the right day: %v", p)
	}
	with = placed{journaltest.Echo{Version: "3"}, table, "2016-01-01", false}
	if p := anew(); p == nil || p.Value != "95" {
		t.Errorf("by codes alone, all of a province: %v", p)
	}
	pages = []adapters.Page{{Records: raws[:20]}}
	with = placed{journaltest.Echo{Version: "4"}, table, "2016-01-01", false}
	if p := anew(); p != nil {
		t.Errorf("a few codes alone show nothing: %v", p)
	}
	s.Areas = nil
	if p := anew(); p != nil {
		t.Errorf("unwatched: %v", p)
	}
}
