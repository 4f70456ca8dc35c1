package index

import (
	"strconv"
	"testing"
)

// FuzzSlot: the packed part of an entity row.
func FuzzSlot(f *testing.F) {
	s := Slot{Ver: [16]byte{1}, Raw: 7, Seq: 1 << 40, At: NoTime, Rev: 3, Bucket: 9}
	s.Set(3, StateLive, true)
	o := Other{Raw: 5, Aside: 77, Rev: 2, Verdict: VerdictHeld, Feed: 3}
	x := AppendSlot(nil, &s, o)
	back, other2, err := DecodeSlot(x)
	if err != nil || back != s || other2 != o {
		f.Fatalf("%+v %+v came back as %+v %+v, %v", s, o, back, other2, err)
	}
	f.Add(x)
	f.Add(x[:9])
	f.Fuzz(func(_ *testing.T, x []byte) { _, _, _ = DecodeSlot(x) })
}

func TestIndexGrows(t *testing.T) {
	x := New()
	for n := uint32(1); n <= 100_000; n++ {
		x.Put(n, Slot{Hash: KeyHash("s", strconv.Itoa(int(n))), Seq: uint64(n)})
	}
	for n := uint32(1); n <= 100_000; n++ {
		if id, s := x.find(KeyHash("s", strconv.Itoa(int(n)))); id == 0 || s.Seq != uint64(id) {
			t.Fatalf("%d is lost", n)
		}
	}
	if id, _ := x.find(KeyHash("s", "never")); id != 0 {
		t.Fatal("found what was never there")
	}
}
