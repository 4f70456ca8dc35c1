package chunk

import (
	"encoding/binary"
	"errors"
	"strings"

	"iocgateway/canonical"
	"iocgateway/router/journal/wire"
)

// RawBytes is about how many bytes of payloads a block of Raws has.
const RawBytes = 128 << 10

// PackRaws makes one block of Raws.
func (p *Packer) PackRaws(raws []canonical.Raw) []byte {
	room := p.scratch()
	b := binary.AppendUvarint(*room, uint64(len(raws)))
	for i := range raws {
		r := &raws[i]
		b = wire.PutString(b, string(r.Kind))
		b = wire.PutString(b, r.Key)
		b = wire.PutString(b, r.Version)
		b = wire.PutTime(b, r.At)
		gone := byte(0)
		if r.Gone {
			gone = 1
		}
		b = append(b, gone)
		b = wire.PutString(b, r.Media)
		b = binary.AppendUvarint(b, uint64(len(r.Payload)))
	}
	for i := range raws {
		b = append(b, raws[i].Payload...)
	}
	data := p.pack(b)
	*room = b
	p.giveBack(room)
	return data
}

// UnpackRaw reads one Raw of a block.
func (p *Packer) UnpackRaw(block []byte, row int) (canonical.Raw, error) {
	frame, err := p.unpack(block)
	if err != nil {
		return canonical.Raw{}, err
	}
	d := wire.NewDecoder(string(frame))
	n := d.Uvarint()
	if row < 0 || uint64(row) >= n {
		return canonical.Raw{}, errors.New("no such row")
	}
	var found canonical.Raw
	var before, size uint64
	for i := uint64(0); i < n && d.Err() == nil; i++ {
		r := canonical.Raw{Kind: canonical.Kind(strings.Clone(d.String())), Key: d.String(), Version: d.String(), At: d.Time()}
		r.Gone = d.Byte() != 0
		r.Media = d.String()
		length := d.Uvarint()
		switch {
		case i < uint64(row):
			before += length
		case i == uint64(row):
			found, size = r, length
		}
	}
	d.Take(before)
	payload := d.Take(size)
	if d.Err() != nil {
		return canonical.Raw{}, d.Err()
	}
	found.Payload = []byte(payload)
	return found, nil
}
