package wiring

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/control"
	"iocgateway/router/store/bookfile"
)

// TestARefusingBook: a node whose book may not be written starts, does nothing
// that people ask for, and says why.
func TestARefusingBook(t *testing.T) {
	local, err := bookfile.Open(bookfile.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer local.Close()
	b := refusing{local, &problem.Problem{Code: "GW-Q004", Value: "p.book.v1"}}
	a := &control.Audit{Book: b, Out: slog.New(slog.DiscardHandler)}
	err = a.Do(t.Context(), control.Act{What: "run"}, func() (any, error) { t.Error("done"); return nil, nil })
	if p, ok := problem.As(err); !ok || p.Code != "GW-R040" {
		t.Errorf("%v", err)
	}
	_, put := b.Put(t.Context(), "job", "a", 0, 1)
	_, prune := b.Prune(t.Context(), "audit", time.Now())
	for what, err := range map[string]error{"put": put, "prune": prune, "delete": b.Delete(t.Context(), "job", "a", 1), "damage": b.Damage()} {
		if !errors.Is(err, b.why) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if v, err := a.Verify(t.Context()); err != nil || v.Whole {
		t.Errorf("%+v %v", v, err)
	}
}
