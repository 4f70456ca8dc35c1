package chunk

import (
	"bytes"
	"testing"
	"time"

	"github.com/klauspost/compress/s2"
	"pgregory.net/rapid"

	"iocgateway/canonical"
	"iocgateway/deploy/dev/seed"
	"iocgateway/router/journal"
	"iocgateway/router/journal/wire"
	"iocgateway/router/store/track"
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

func sampleChunk(tb testing.TB) (*Packer, Row, []*Stored) {
	tb.Helper()
	p := &Packer{}
	var es []*Stored
	for n := range 5 {
		it := storetest.Synth{}.Item(n, n)
		r := it.Record
		e := journal.Entry{Op: journal.OpGone, Kind: r.Kind, Key: r.Key, Version: r.Version, At: r.At,
			RecordedAt: r.At, RawDigest: it.Digest, Index: r.Index, Body: r.Body}
		es = append(es, &Stored{Entry: e, Prior: 3, Raw: RawAt{Block: 2, Row: n, Own: n%2 == 0}, StreamID: 4, Rev: 9})
	}
	data := p.PackEntries(es, func(i int) uint64 { return uint64(i) })
	return p, Row{Key: track.Of(3, 0).Key(100), N: 5, RawBase: 40, IDs: []byte{1, 2, 3, 4, 5}, Data: data}, es
}

func TestChunk(t *testing.T) {
	p, c, es := sampleChunk(t)
	back, err := p.UnpackEntries(c)
	if err != nil {
		t.Fatal(err)
	}
	for i := range back {
		got, want := &back[i], es[i]
		if got.Seq != uint64(100+i) || got.Key != want.Key || got.Version != want.Version || !bytes.Equal(got.Body, want.Body) ||
			got.Index.Title != want.Index.Title || got.Op != want.Op || got.Entity != uint32(i+1) || got.RawDigest != want.RawDigest {
			t.Fatalf("%+v came back as %+v", want, got)
		}
		if block := int64(2); got.Raw.Row != i || got.Raw.Block != block+int64(40*((i+1)%2)) {
			t.Fatalf("raw of %d at %+v", i, got.Raw)
		}
	}
}

// TestFrameDamage: no flipped bit and no cut of a frame goes unnoticed.
func TestFrameDamage(t *testing.T) {
	p, c, _ := sampleChunk(t)
	for at := range c.Data {
		bad := bytes.Clone(c.Data)
		bad[at] ^= 1 << (at % 8)
		if _, err := p.unpack(bad); err == nil {
			t.Fatalf("byte %d changed, and it was read", at)
		}
		if _, err := p.unpack(c.Data[:at]); err == nil {
			t.Fatalf("cut at %d, and it was read", at)
		}
	}
}

// FuzzFrame: whatever lies behind a good checksum is unpacked or refused.
func FuzzFrame(f *testing.F) {
	p, c, _ := sampleChunk(f)
	f.Add(c.Data[4:]) // behind its checksum
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(_ *testing.T, packed []byte) {
		if n, err := s2.DecodedLen(packed); err == nil && n > 1<<20 && n <= unpackedMax {
			return // allowed, and more than a fuzzer should take
		}
		_, _ = p.unpack(wire.Sum(packed))
	})
}

// FuzzChunk: whatever lies in the frame of a chunk, reading it gives entries
// or an error, and takes memory in proportion.
func FuzzChunk(f *testing.F) {
	p, c, _ := sampleChunk(f)
	frame, err := p.unpack(c.Data)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(frame, c.N)
	f.Add(frame[:len(frame)/3], 5)
	f.Add([]byte{}, 0)
	f.Add([]byte{255, 255, 255, 255, 1}, 1)
	f.Fuzz(func(t *testing.T, frame []byte, n int) {
		if n < 0 || n > 1<<16 {
			return
		}
		es, err := p.UnpackEntries(Row{Key: 1, N: n, IDs: c.IDs, Data: p.pack(frame)})
		if err == nil && len(es) != n {
			t.Fatalf("%d entries of %d", len(es), n)
		}
	})
}

// FuzzRaws: the same for blocks of Raws.
func FuzzRaws(f *testing.F) {
	p, _, _ := sampleChunk(f)
	raws := []canonical.Raw{storetest.Synth{}.Item(1, 1).Raw, {Key: "k", Gone: true, Media: canonical.MediaXML}}
	block := p.PackRaws(raws)
	frame, err := p.unpack(block)
	if err != nil {
		f.Fatal(err)
	}
	for i, want := range raws {
		got, err := p.UnpackRaw(block, i)
		if err != nil || got.Key != want.Key || got.Gone != want.Gone || got.Media != want.Media || !got.At.Equal(want.At) ||
			!bytes.Equal(got.Payload, want.Payload) {
			f.Fatalf("%+v came back as %+v, %v", want, got, err)
		}
	}
	f.Add(frame, 0)
	f.Add(frame[:20], 1)
	f.Fuzz(func(_ *testing.T, frame []byte, row int) {
		_, _ = p.UnpackRaw(p.pack(frame), row)
	})
}
