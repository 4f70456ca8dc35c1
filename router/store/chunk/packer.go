package chunk

import (
	"sync"

	"github.com/klauspost/compress/s2"

	"iocgateway/router/journal/wire"
)

const unpackedMax = 1 << 30 // no damaged frame makes us allocate more

// Packer compresses chunks and raw blocks, and is safe for concurrent use. S2
// costs a third of the CPU of the fastest zstd, and a fifth more of disk.
type Packer struct {
	room sync.Pool // *[]byte, for frames before and after they are compressed
}

// scratch lends an empty buffer; give it back with giveBack.
func (p *Packer) scratch() *[]byte {
	if b, ok := p.room.Get().(*[]byte); ok {
		*b = (*b)[:0]
		return b
	}
	b := make([]byte, 0, 2*RawBytes)
	return &b
}

func (p *Packer) giveBack(b *[]byte) {
	if cap(*b) <= 1<<20 {
		p.room.Put(b)
	}
}

// pack compresses a frame. The checksum before it is of what lies on disk, so
// that damage shows before anything is made of it.
func (p *Packer) pack(b []byte) []byte {
	room := p.scratch()
	packed := s2.Encode((*room)[:cap(*room)], b)
	data := wire.Sum(packed)
	*room = packed
	p.giveBack(room)
	return data
}

func (p *Packer) unpack(b []byte) ([]byte, error) {
	b, err := wire.Sound(b)
	if err != nil {
		return nil, err
	}
	n, err := s2.DecodedLen(b)
	if err != nil {
		return nil, err
	}
	if n > unpackedMax {
		return nil, wire.ErrCut
	}
	return s2.Decode(nil, b)
}
