package store

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"testing"
	"time"

	"github.com/klauspost/compress/s2"
	"pgregory.net/rapid"

	"iocgateway/canonical"
	"iocgateway/deploy/dev/seed"
	"iocgateway/router/journal"
	"iocgateway/router/journal/wire"
	"iocgateway/router/storetest"
)

// TestTimes: every time a source may write comes back as the same instant in
// the same offset, "31/12/9999" and before 1970 too. The zero instant is not
// among them, in whatever zone: it stands for no time at all.
func TestTimes(t *testing.T) {
	seed.Check(t, func(rt *rapid.T) {
		at := time.Unix(rapid.Int64Range(-62135596799, 253402300799).Draw(rt, "s"), rapid.Int64Range(0, 999999999).Draw(rt, "ns")).
			In(time.FixedZone("", 60*rapid.IntRange(-14*60, 14*60).Draw(rt, "zone")))
		d := wire.NewDecoder(string(wire.PutTime(nil, at)))
		back := d.Time()
		if d.Err() != nil || d.More() || !back.Equal(at) || back.Format(time.RFC3339Nano) != at.Format(time.RFC3339Nano) {
			rt.Fatalf("%v came back as %v (%v)", at, back, d.Err())
		}
	})
}

func sampleChunk(tb testing.TB) (*packer, chunkRow, []*stored) {
	tb.Helper()
	p := &packer{}
	var es []*stored
	for n := range 5 {
		it := storetest.Synth{}.Item(n, n)
		r := it.Record
		es = append(es, &stored{Entry: journal.Entry{Op: journal.OpGone, Kind: r.Kind, Key: r.Key, Version: r.Version, At: r.At,
			RecordedAt: r.At, RawDigest: it.Digest, Index: r.Index, Body: r.Body}, prior: 3, raw: rawRef{block: 2, row: n, own: n%2 == 0},
			stream: 4, rev: 9})
	}
	data := packEntries(p, es, func(i int) uint64 { return uint64(i) })
	return p, chunkRow{key: chunkKey(3, 100), n: 5, rawbase: 40, ids: []byte{1, 2, 3, 4, 5}, data: data}, es
}

func TestChunk(t *testing.T) {
	p, c, es := sampleChunk(t)
	back, err := unpackEntries(p, c)
	if err != nil {
		t.Fatal(err)
	}
	for i := range back {
		got, want := &back[i], es[i]
		if got.Seq != uint64(100+i) || got.Key != want.Key || got.Version != want.Version || !bytes.Equal(got.Body, want.Body) ||
			got.Index.Title != want.Index.Title || got.Op != want.Op || got.entity != uint32(i+1) || got.RawDigest != want.RawDigest {
			t.Fatalf("%+v came back as %+v", want, got)
		}
		if block := int64(2); got.raw.row != i || got.raw.block != block+int64(40*((i+1)%2)) {
			t.Fatalf("raw of %d at %+v", i, got.raw)
		}
	}
}

// TestFrameDamage: no flipped bit and no cut of a frame goes unnoticed.
func TestFrameDamage(t *testing.T) {
	p, c, _ := sampleChunk(t)
	for at := range c.data {
		bad := bytes.Clone(c.data)
		bad[at] ^= 1 << (at % 8)
		if _, err := p.unpack(bad); err == nil {
			t.Fatalf("byte %d changed, and it was read", at)
		}
		if _, err := p.unpack(c.data[:at]); err == nil {
			t.Fatalf("cut at %d, and it was read", at)
		}
	}
}

// FuzzFrame: whatever lies behind a good checksum is unpacked or refused.
func FuzzFrame(f *testing.F) {
	p, c, _ := sampleChunk(f)
	f.Add(c.data[sumBytes:])
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(_ *testing.T, packed []byte) {
		if n, err := s2.DecodedLen(packed); err == nil && n > 1<<20 && n <= unpackedMax {
			return // allowed, and more than a fuzzer should take
		}
		_, _ = p.unpack(append(binary.LittleEndian.AppendUint32(nil, frameSum(packed)), packed...))
	})
}

// FuzzChunk: whatever lies in the frame of a chunk, reading it gives entries
// or an error, and takes memory in proportion.
func FuzzChunk(f *testing.F) {
	p, c, _ := sampleChunk(f)
	frame, err := p.unpack(c.data)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(frame, c.n)
	f.Add(frame[:len(frame)/3], 5)
	f.Add([]byte{}, 0)
	f.Add([]byte{255, 255, 255, 255, 1}, 1)
	f.Fuzz(func(t *testing.T, frame []byte, n int) {
		if n < 0 || n > 1<<16 {
			return
		}
		es, err := unpackEntries(p, chunkRow{key: 1, n: n, ids: c.ids, data: p.pack(frame)})
		if err == nil && len(es) != n {
			t.Fatalf("%d entries of %d", len(es), n)
		}
	})
}

// FuzzRaws: the same for blocks of Raws.
func FuzzRaws(f *testing.F) {
	p, _, _ := sampleChunk(f)
	raws := []canonical.Raw{storetest.Synth{}.Item(1, 1).Raw, {Key: "k", Gone: true, Media: canonical.MediaXML}}
	block := packRaws(p, raws)
	frame, err := p.unpack(block)
	if err != nil {
		f.Fatal(err)
	}
	for i, want := range raws {
		got, err := unpackRaw(p, block, i)
		if err != nil || got.Key != want.Key || got.Gone != want.Gone || got.Media != want.Media || !got.At.Equal(want.At) ||
			!bytes.Equal(got.Payload, want.Payload) {
			f.Fatalf("%+v came back as %+v, %v", want, got, err)
		}
	}
	f.Add(frame, 0)
	f.Add(frame[:20], 1)
	f.Fuzz(func(_ *testing.T, frame []byte, row int) {
		_, _ = unpackRaw(p, p.pack(frame), row)
	})
}

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
