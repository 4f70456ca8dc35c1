package router

import (
	"context"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
)

// gated commits a page only after the one behind it was mapped.
type gated struct {
	*memory
	hold   string // payload of the page that waits
	behind chan struct{}
}

func (g gated) Commit(ctx context.Context, b Batch) (Receipt, error) {
	for i := range b.Items {
		if string(b.Items[i].Raw.Payload) == g.hold {
			select {
			case <-g.behind:
			case <-time.After(10 * time.Second):
			}
		}
	}
	return g.memory.Commit(ctx, b)
}

type telling struct {
	Mapper
	behind chan struct{}
}

func (t telling) Map(raw canonical.Raw) (canonical.Record, error) {
	if string(raw.Payload) == `"z"` {
		close(t.behind)
	}
	return t.Mapper.Map(raw)
}

// A matter that goes from 1 to 2 and back within two pages is told three
// times: the second page is looked at while the Log still knows the first 1.
func TestWhatIsBeingCommittedIsNotTakenForUnchanged(t *testing.T) {
	matter := func(value string) canonical.Raw {
		return canonical.Raw{Kind: canonical.KindTask, Key: "k", Payload: []byte(`"` + value + `"`)}
	}
	source := &fake{pages: []adapters.Page{{Records: []canonical.Raw{matter("1")}, Next: canonical.Checkpoint("0")}}}
	s, st, m := syncing(source)
	run(t, s, st, Order{})
	source.pages = []adapters.Page{{Records: []canonical.Raw{matter("2")}, More: true},
		{Records: append([]canonical.Raw{matter("1")}, raws("z")...)}}
	behind := make(chan struct{})
	s.Log, st.Mapper = gated{m, `"2"`, behind}, telling{st.Mapper, behind}
	if got := run(t, s, st, Order{}); got.Counts.Published != 3 {
		t.Fatalf("%+v, want 3 published", got.Counts)
	}
	if now := string(m.records["s/t"]["k"].Body); now != `"1"` {
		t.Fatalf("the record says %s, the source says 1", now)
	}
}
