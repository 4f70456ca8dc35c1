package query

import (
	"math"
	"testing"

	"iocgateway/canonical/problem"
)

// A page token of a list comes from outside: it is read as what formatAfter
// wrote, or refused with words.
func FuzzAfter(f *testing.F) {
	for _, seed := range []struct {
		token, sort string
	}{{formatAfter("updated_at", math.MaxInt64, math.MaxUint32), "updated_at"}, {formatAfter("due_at", math.MinInt64, 0), "due_at"},
		{formatAfter("updated_at", 5, 6), "due_at"}, {"", "updated_at"}, {"fHx8", ""}, {"====", "x"}, {"eHwrMXwtMQ", "x"}} {
		f.Add(seed.token, seed.sort)
	}
	f.Fuzz(func(t *testing.T, token, sort string) {
		value, id, err := parseAfter(token, sort)
		if err != nil {
			p, coded := problem.As(err)
			if !coded || p.Text(problem.Vietnamese) == p.Code {
				t.Fatalf("no words for %v", err)
			}
			return
		}
		if id < 0 || id > math.MaxUint32 {
			return // no row has it: the page is empty
		}
		v, i, err := parseAfter(formatAfter(sort, value, uint32(id)), sort)
		if err != nil || v != value || i != id {
			t.Fatalf("%d, %d came back as %d, %d: %v", value, id, v, i, err)
		}
	})
}
