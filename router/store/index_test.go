package store

import (
	"strconv"
	"testing"
)

// FuzzSlot: the packed part of an entity row.
func FuzzSlot(f *testing.F) {
	s := slot{ver: [16]byte{1}, raw: 7, seq: 1 << 40, at: noTime, rev: 3, bucket: 9}
	s.set(3, stateLive, true)
	o := other{raw: 5, aside: 77, rev: 2, verdict: verdictHeld, feed: 3}
	x := appendSlot(nil, &s, o)
	back, other2, err := decodeSlot(x)
	if err != nil || back != s || other2 != o {
		f.Fatalf("%+v %+v came back as %+v %+v, %v", s, o, back, other2, err)
	}
	f.Add(x)
	f.Add(x[:9])
	f.Fuzz(func(_ *testing.T, x []byte) { _, _, _ = decodeSlot(x) })
}

func TestIndexGrows(t *testing.T) {
	x := newIndex()
	for n := uint32(1); n <= 100_000; n++ {
		x.put(n, slot{hash: keyHash("s", strconv.Itoa(int(n))), seq: uint64(n)})
	}
	for n := uint32(1); n <= 100_000; n++ {
		if id, s := x.find(keyHash("s", strconv.Itoa(int(n)))); id == 0 || s.seq != uint64(id) {
			t.Fatalf("%d is lost", n)
		}
	}
	if id, _ := x.find(keyHash("s", "never")); id != 0 {
		t.Fatal("found what was never there")
	}
}
