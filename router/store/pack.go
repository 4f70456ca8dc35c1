package store

import (
	"crypto/sha256"
	"runtime"
	"sync"
	"sync/atomic"

	"iocgateway/canonical"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/track"
)

// packed is a chunk or raw block ready to be written.
type packed struct {
	track    track.Track
	from, to int // publications of the track, or rows
	refs     int
	newest   int64
	entries  []*chunk.Stored // of a chunk
	raws     []canonical.Raw // of a block
	data     []byte
}

// rawBlocks are the Raws a job keeps, in the blocks in which they will lie.
type rawBlocks struct {
	raws   []canonical.Raw // of the block being filled
	size   int             // of these
	blocks []packed        // those that are full
	reused []int64         // stored blocks that get another reference
}

// keepRaw puts a Raw into the job's blocks and gives where.
func (b *rawBlocks) keepRaw(r canonical.Raw) chunk.RawAt {
	if b.size > 0 && b.size+len(r.Payload) > chunk.RawBytes {
		b.closeBlock()
	}
	b.size += len(r.Payload) + 64
	b.raws = append(b.raws, r)
	return chunk.RawAt{Block: int64(len(b.blocks)), Row: len(b.raws) - 1, Own: true}
}

// closeBlock ends the block being filled.
func (b *rawBlocks) closeBlock() {
	if len(b.raws) == 0 {
		return
	}
	b.blocks = append(b.blocks, packed{refs: len(b.raws), raws: b.raws})
	b.raws, b.size = b.raws[len(b.raws):], 0
}

// reuse counts one more entry that refers to a Raw.
func (b *rawBlocks) reuse(ref chunk.RawAt) chunk.RawAt {
	switch {
	case ref.Own && ref.Block < int64(len(b.blocks)):
		b.blocks[ref.Block].refs++
	case ref.Own: // the block still being filled: one row more keeps its count right
		return b.keepRaw(b.raws[ref.Row])
	case ref.Block != 0:
		b.reused = append(b.reused, ref.Block)
	}
	return ref
}

// pack cuts entries into chunks and Raws into blocks, and compresses both.
func (d *draft) pack() {
	d.closeBlock()
	for _, e := range d.ents {
		if e.prior != nil {
			e.take = share(e.prior.ID, chunk.VersionText(e.old.Ver))
			e.give = share(e.prior.ID, chunk.VersionText(e.slot.Ver))
		}
	}
	for n, pubs := range d.pubs {
		if len(pubs) == 0 {
			continue
		}
		es := make([]*chunk.Stored, len(pubs))
		for i, q := range pubs {
			es[i] = &q.Stored
		}
		chunk.Cut(es, func(from, to int) {
			d.chunks = append(d.chunks, packed{track: track.Track(n), from: from, to: to, entries: es[from:to],
				newest: es[to-1].RecordedAt.Unix()})
		})
	}
	spread(len(d.chunks)+len(d.blocks), d.frame)
}

// spread does n pieces of work, on all cores where there are several.
func spread(n int, work func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers <= 1 {
		for i := range n {
			work(i)
		}
		return
	}
	var next atomic.Int64
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				work(int(i))
			}
		})
	}
	group.Wait()
}

// frame makes the i-th of all chunks and, after them, blocks.
func (d *draft) frame(i int) {
	if i < len(d.chunks) {
		c := &d.chunks[i]
		offset := func(i int) uint64 { return uint64(i) }
		if d.places(c.track) {
			es := c.entries
			offset = func(i int) uint64 { return es[i].Seq - es[0].Seq }
		}
		c.data, c.entries = d.data.Packer.PackEntries(c.entries, offset), nil
		return
	}
	b := &d.blocks[i-len(d.chunks)]
	b.data, b.raws = d.data.Packer.PackRaws(b.raws), nil
}

// places reports whether the entries of a track come with their sequences.
func (d *draft) places(t track.Track) bool { return d.placed && t != track.Aside }

// share is what a record adds to its bucket of the digest.
func share(id, version string) [16]byte {
	var room [320]byte
	b := append(room[:0], id...)
	b = append(b, '\n')
	b = append(b, version...)
	sum := sha256.Sum256(b)
	return [16]byte(sum[:16])
}
