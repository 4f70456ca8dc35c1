package journal

import (
	"slices"
	"testing"
)

// TestRemovalsAreAPartOfTheirOwn: of what was published, removals stand apart,
// and the sum is what came and what was proved.
func TestRemovalsAreAPartOfTheirOwn(t *testing.T) {
	for _, c := range []struct {
		counts Counts
		want   []Part
	}{
		{Counts{Published: 27, Gone: 27, Unchanged: 213}, []Part{{"gone", 27}, {"unchanged", 213}}},
		{Counts{Published: 40, Gone: 9, Held: 1}, []Part{{"published", 31}, {"gone", 9}, {"held", 1}}},
		{Counts{Published: 3}, []Part{{"published", 3}}},
		{Counts{}, nil},
	} {
		if got := c.counts.Parts(); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.counts, got, c.want)
		}
	}
}
