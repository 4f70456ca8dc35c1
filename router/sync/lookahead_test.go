package sync

import (
	"context"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/router/journal"
	"iocgateway/router/journaltest"
)

// gated commits a page only after the one behind it was mapped.
type gated struct {
	*journaltest.Memory
	hold   string // payload of the page that waits
	behind chan struct{}
}

func (g gated) Commit(ctx context.Context, b journal.Batch) (journal.Receipt, error) {
	for i := range b.Items {
		if string(b.Items[i].Raw.Payload) == g.hold {
			select {
			case <-g.behind:
			case <-time.After(10 * time.Second):
			}
		}
	}
	return g.Memory.Commit(ctx, b)
}

type signalling struct {
	journal.Mapper
	behind chan struct{}
}

func (t signalling) mapping() journal.Mapper { return t }

func (t signalling) Map(raw canonical.Raw) (canonical.Record, error) {
	if string(raw.Payload) == `"z"` {
		close(t.behind)
	}
	return t.Mapper.Map(raw)
}

// A matter that goes from 1 to 2 and back within two pages is published three
// times: the second page is looked at while the Log still knows the first 1.
func TestWhatIsBeingCommittedIsNotTakenForUnchanged(t *testing.T) {
	matter := func(value string) canonical.Raw {
		return canonical.Raw{Kind: canonical.KindTask, Key: "k", Payload: []byte(`"` + value + `"`)}
	}
	source := &journaltest.Source{Pages: []adapters.Page{{Records: []canonical.Raw{matter("1")}, Next: canonical.Checkpoint("0")}}}
	s, m := syncing(source)
	run(t, s, journal.Order{})
	source.Pages = []adapters.Page{{Records: []canonical.Raw{matter("2")}, More: true},
		{Records: append([]canonical.Raw{matter("1")}, journaltest.Raws("z")...)}}
	behind := make(chan struct{})
	s.Log, s.Mapping = gated{m, `"2"`, behind}, signalling{s.Mapping(), behind}.mapping
	if got := run(t, s, journal.Order{}); got.Counts.Published != 3 {
		t.Fatalf("%+v, want 3 published", got.Counts)
	}
	if now := string(m.Records["s/t"]["k"].Body); now != `"1"` {
		t.Fatalf("the record has %s, the source has 1", now)
	}
}
