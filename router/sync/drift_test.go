package sync

import (
	"errors"
	"fmt"
	"testing"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/drift"
	"iocgateway/router/journal"
	"iocgateway/router/journaltest"
)

// watching is a mapping that sees one member, which half of the payloads have.
type watching struct {
	journaltest.Echo
	layout *drift.Layout
}

func (w watching) mapping() journal.Mapper { return w }

func (w watching) Watch(bool) drift.Watch { return &sighting{w, drift.NewSight(w.layout)} }

type sighting struct {
	watching
	sight *drift.Sight
}

func (s *sighting) Map(raw canonical.Raw) (canonical.Record, error) {
	kind := "t?"
	if len(raw.Payload) > 0 && raw.Payload[1] == 'x' { // a Raw without it begins with x
		kind = "-?"
	}
	g := &s.sight.Frames[0]
	s.sight.Raws++
	g.N++
	g.From++
	if g.Kinds[kind] == nil {
		g.Kinds[kind] = &drift.Kind{}
	}
	g.Kinds[kind].N++
	return s.Echo.Map(raw)
}

func (s *sighting) Sight() *drift.Sight { return s.sight }

// marked are Raws whose payloads begin with a letter.
func marked(letter string, from, to int) (raws []canonical.Raw) {
	for i := from; i < to; i++ {
		raws = append(raws, journaltest.Raws(letter+fmt.Sprint(i))...)
	}
	return raws
}

func watched(source *journaltest.Source) (*Syncer, *journaltest.Memory) {
	s, m := syncing(source)
	layout := &drift.Layout{Frames: [][]drift.Spot{{{ID: "a", Field: "title", Path: "title", Loss: drift.LossEmpty}}}}
	s.Mapping, s.Memory = watching{journaltest.Echo{Version: "1"}, layout}.mapping, &Memory{}
	return s, m
}

func open(t *testing.T, s *Syncer, want int) {
	t.Helper()
	if items, _, _, _ := s.Remembered(); len(items) != want {
		t.Fatalf("%d items, want %d: %+v", len(items), want, items)
	}
}

// TestDriftIsCommittedWithItsPage: what a page that failed showed is not known,
// what one that stands showed is, to whoever takes the stream over.
func TestDriftIsCommittedWithItsPage(t *testing.T) {
	source := &journaltest.Source{Pages: []adapters.Page{{Records: marked("a", 0, 40)}, {Records: marked("x", 0, 40)}}}
	s, m := watched(source)
	run(t, s, journal.Order{})
	open(t, s, 0)
	m.Fail = errors.New("disk full")
	if _, err := s.Run(t.Context(), journal.Order{}); err == nil {
		t.Fatal("the run claims success")
	}
	open(t, s, 0)
	m.Fail = nil
	run(t, s, journal.Order{})
	open(t, s, 1)
	other, _ := watched(source)
	other.Log, other.Runs = m, m
	if err := other.TakeOver(t.Context()); err != nil {
		t.Fatal(err)
	}
	open(t, other, 1)
	if got, err := other.Accept(t.Context(), nil); err != nil || len(got) != 1 {
		t.Fatalf("%+v %v", got, err)
	}
	open(t, other, 0)
	if err := s.TakeOver(t.Context()); err != nil {
		t.Fatal(err)
	}
	open(t, s, 0)
}

// TestWhatIsUnchangedIsNotRemembered: a page of which nothing was mapped writes
// nothing, and a replay of what is old says nothing of how the source is now.
func TestWhatIsUnchangedIsNotRemembered(t *testing.T) {
	page := adapters.Page{Records: marked("a", 0, 40), Next: canonical.Checkpoint("0")}
	s, m := watched(&journaltest.Source{Pages: []adapters.Page{page}})
	run(t, s, journal.Order{})
	before := string(m.PastOf["s/t"])
	run(t, s, journal.Order{})
	if _, err := s.Remap(t.Context(), marked("x", 0, 40)); err != nil {
		t.Fatal(err)
	}
	if before == "" || string(m.PastOf["s/t"]) != before {
		t.Errorf("before %s\nafter %s", before, m.PastOf["s/t"])
	}
	open(t, s, 0)
}
