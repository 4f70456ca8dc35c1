package query

import (
	"slices"
	"testing"

	"iocgateway/router/journal"
)

func TestPositionsOnDisk(t *testing.T) {
	for _, at := range []journal.Position{{0}, {7}, {1 << 40}, {0, 0}, {1, 1 << 47, 3}} {
		packed := PackPosition(at)
		if _, number := packed.(int64); number != (len(at) == 1) {
			t.Errorf("%v lies as %T", at, packed)
		}
		back, err := UnpackPosition(packed)
		if err != nil || !slices.Equal(back, at) {
			t.Errorf("%v came back as %v: %v", at, back, err)
		}
	}
	for _, bad := range []any{"text", []byte{0x80}, nil} {
		if at, err := UnpackPosition(bad); err == nil {
			t.Errorf("%v was read as %v", bad, at)
		}
	}
}

func TestSeqsOnDisk(t *testing.T) {
	spots := RawSpots{Key: RawKey(journal.Place{Part: 2, Seq: 5}), Seqs: []uint64{5, 6, 900}}
	back, err := unpackSeqs(PackSeqs(spots.Seqs))
	if err != nil || !slices.Equal(back, spots.Seqs) {
		t.Fatalf("%v came back as %v: %v", spots.Seqs, back, err)
	}
	for _, c := range []struct {
		at  journal.Place
		row int
		ok  bool
	}{{journal.Place{Part: 2, Seq: 5}, 0, true}, {journal.Place{Part: 2, Seq: 900}, 2, true}, {journal.Place{Part: 2, Seq: 7}, 2, false},
		{journal.Place{Part: 2, Seq: 4}, 0, false}, {journal.Place{Part: 3, Seq: 6}, 0, false}} {
		if row, ok := spots.Row(RawKey(c.at)); ok != c.ok || ok && row != c.row {
			t.Errorf("%+v is row %d (%v), want %d (%v)", c.at, row, ok, c.row, c.ok)
		}
	}
}
