package sync

import (
	"fmt"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/drift"
	"iocgateway/router/journal"
	"iocgateway/router/journaltest"
)

// coded is a mapping whose records have a code that no list knows.
type coded struct{ journaltest.Echo }

func (c coded) Map(raw canonical.Raw) (canonical.Record, error) {
	rec, err := c.Echo.Map(raw)
	rec.Index.Unknown = 1
	switch string(raw.Payload) {
	case `"status"`:
		rec.Body = []byte(`{"status":"unknown","status_raw":{"code":"CHO_PH_LAI","label":"Chờ"},"other":"unknown"}`)
	case `"unread"`:
		rec.Body = []byte(`{"unread":[{"field":"channel","raw":"Zalo","code":"GW-M114"},{"field":"due_at","raw":"32/13","code":"GW-M111"}]}`)
	default:
		rec.Body = []byte(`{"status":"processing","status_raw":{"code":"1"}}`)
	}
	rec.Version = canonical.ContentVersion(append(rec.Body, raw.Key...))
	return rec, err
}

// TestUnknownCodesAreNamed: which value of which field, how often, since when;
// a corrected mapping begins anew.
func TestUnknownCodesAreNamed(t *testing.T) {
	m := journaltest.NewMemory()
	raws := append(journaltest.Raws("status", "unread", "known"),
		canonical.Raw{Kind: canonical.KindTask, Key: "another", Payload: []byte(`"status"`)})
	with := coded{journaltest.Echo{Version: "1"}}
	at := time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC)
	s := &Syncer{Stream: journal.Stream{Source: "s", Name: "t", Kind: canonical.KindTask}, Log: m, Runs: m,
		Now:    func() time.Time { return at },
		Reader: &journaltest.Source{Pages: []adapters.Page{{Records: raws}}}, Mapping: func() journal.Mapper { return with },
		Memory: &Memory{}}
	if _, err := s.Run(t.Context(), journal.Order{}); err != nil {
		t.Fatal(err)
	}
	_, _, got, more := s.Remembered()
	if more != 0 || len(got) != 2 || got[0].Field != "status" || got[0].Value != "CHO_PH_LAI" ||
		got[0].Count != 2 || !got[0].First.Equal(at) ||
		got[1].Field != "channel" || got[1].Value != "Zalo" || got[1].Count != 1 {
		t.Errorf("%+v", got)
	}
	with = coded{journaltest.Echo{Version: "2"}}
	if _, err := s.Remap(t.Context(), []canonical.Raw{{Kind: canonical.KindTask, Key: "new", Payload: []byte(`"unread"`)}}); err != nil {
		t.Fatal(err)
	}
	if _, _, got, _ := s.Remembered(); len(got) != 1 || got[0].Field != "channel" {
		t.Errorf("under another mapping: %+v", got)
	}
}

// TestUnknownCodesSayHowManyMore: what is not named is counted, also what is
// not remembered.
func TestUnknownCodesSayHowManyMore(t *testing.T) {
	for _, n := range []int{0, 1, 10, 11, 60, 61, 100, 130} {
		s := &Syncer{Memory: &Memory{past: &drift.Past{}}}
		for i := range n {
			for range 2 { // the same value is one
				s.Memory.words(&canonical.Record{Body: fmt.Appendf(nil, `{"status":"unknown","status_raw":{"code":"%d"}}`, i)}, drift.Occasion{})
			}
		}
		s.Memory.show()
		if _, _, named, more := s.Remembered(); len(named) != min(n, 10) || more != max(n-10, 0) {
			t.Errorf("of %d values %d are named and %d more are counted", n, len(named), more)
		}
	}
}
