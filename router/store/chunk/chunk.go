// Package chunk is how entries and Raws lie on disk: entries in compressed
// chunks of one track in order, Raws in compressed blocks beside them, each
// behind a checksum of what lies there.
package chunk

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/journal/wire"
	"iocgateway/router/store/track"
)

const (
	chunkEntries = 64
	chunkBytes   = 64 << 10
)

// RawAt is where a Raw lies.
type RawAt struct {
	Block int64 // 0: there is none
	Row   int
	Own   bool // Block counts from the first block of the same batch
}

// Stored is an entry as it lies in a chunk.
type Stored struct {
	journal.Entry
	Entity   uint32
	Prior    uint64 // the entity's entry before this one, in the same feed; 0 when none
	Back     bool   // Prior is a distance back from Seq, not a sequence
	Gap      uint64 // sequences between the track's entry before and this one that no entry has
	Raw      RawAt
	StreamID uint16 // number
	Rev      uint32 // number
}

// Marks of an entry on disk.
const (
	markChanged = iota
	markCorrected
	markGone
	markExcluded
)

func opMark(op journal.Op) byte {
	switch op {
	case journal.OpCorrected:
		return markCorrected
	case journal.OpGone:
		return markGone
	case OpExcluded:
		return markExcluded
	}
	return markChanged
}

// OpExcluded marks an aside entry that is there for its Raw only.
const OpExcluded journal.Op = "excluded"

func markOp(m byte) journal.Op {
	return [...]journal.Op{journal.OpChanged, journal.OpCorrected, journal.OpGone, OpExcluded}[m&3]
}

// appendMeta writes all of an entry but its body. offset is its place after
// the chunk's first sequence.
func appendMeta(b []byte, e *Stored, offset uint64) []byte {
	b = binary.AppendUvarint(b, offset)
	flags := opMark(e.Op)
	if e.Back {
		flags |= 4
	}
	if e.Raw.Own {
		flags |= 8
	}
	if e.Gap > 0 {
		flags |= 16
	}
	b = append(b, flags, byte(track.KindNumber(e.Kind)))
	if e.Gap > 0 {
		b = binary.AppendUvarint(b, e.Gap)
	}
	b = binary.AppendUvarint(b, uint64(e.StreamID))
	b = binary.AppendUvarint(b, uint64(e.Rev))
	b = binary.AppendUvarint(b, e.Prior)
	b = binary.AppendUvarint(b, uint64(e.Raw.Block))
	b = binary.AppendUvarint(b, uint64(e.Raw.Row))
	b = wire.PutString(b, e.Key)
	version, _ := ParseVersion(e.Version)
	b = append(b, version[:]...)
	b = append(b, e.RawDigest[:]...)
	b = wire.PutTime(b, e.At)
	b = wire.PutTime(b, e.RecordedAt)
	b = wire.PutString(b, e.Index.Status)
	b = wire.PutString(b, e.Index.Agency)
	b = wire.PutString(b, e.Index.Area)
	b = wire.PutString(b, e.Index.Title)
	b = wire.PutTime(b, e.Index.CreatedAt)
	b = wire.PutTime(b, e.Index.UpdatedAt)
	b = wire.PutTime(b, e.Index.DueAt)
	b = wire.PutTime(b, e.Index.FinishedAt)
	b = wire.PutString(b, e.Index.DuePrecision)
	b = binary.AppendUvarint(b, uint64(e.Index.Unknown))
	return binary.AppendUvarint(b, uint64(len(e.Body)))
}

// readMeta reads what appendMeta wrote.
func readMeta(d *wire.Decoder, e *Stored, first uint64, rawbase int64) (body uint64) {
	e.Seq = first + d.Uvarint()
	flags := d.Byte()
	e.Op = markOp(flags)
	e.Kind = track.KindName(int(d.Byte()))
	if flags&16 != 0 {
		e.Gap = d.Uvarint()
	}
	e.Prev = e.Seq - 1 - e.Gap
	e.StreamID = uint16(d.Uvarint())
	e.Rev = uint32(d.Uvarint())
	e.Prior = d.Uvarint()
	if flags&4 != 0 {
		e.Prior = e.Seq - e.Prior
	}
	e.Raw.Block = int64(d.Uvarint())
	if flags&8 != 0 {
		e.Raw.Block += rawbase
	}
	e.Raw.Row = int(d.Uvarint())
	e.Key = d.String()
	var version [16]byte
	copy(version[:], d.Take(16))
	e.Version = VersionText(version)
	copy(e.RawDigest[:], d.Take(sha256.Size))
	e.At = d.Time()
	e.RecordedAt = d.Time()
	e.Index.Status = d.String()
	e.Index.Agency = d.String()
	e.Index.Area = d.String()
	e.Index.Title = d.String()
	e.Index.CreatedAt = d.Time()
	e.Index.UpdatedAt = d.Time()
	e.Index.DueAt = d.Time()
	e.Index.FinishedAt = d.Time()
	e.Index.DuePrecision = d.String()
	e.Index.Unknown = int(d.Uvarint())
	return d.Uvarint()
}

// PackEntries makes the compressed part of a chunk: the metas, then the bodies.
// The length of the metas stands in the first four bytes.
func (p *Packer) PackEntries(es []*Stored, offset func(i int) uint64) []byte {
	room := p.scratch()
	frame := append(*room, 0, 0, 0, 0)
	for i := range es {
		frame = appendMeta(frame, es[i], offset(i))
	}
	binary.LittleEndian.PutUint32(frame, uint32(len(frame)-4))
	for i := range es {
		frame = append(frame, es[i].Body...)
	}
	data := p.pack(frame)
	*room = frame
	p.giveBack(room)
	return data
}

// Columns are the columns of a Row, in its order.
const Columns = "k, n, rawbase, ids, data"

// Row is a chunk as it lies on disk.
type Row struct {
	Key     int64
	N       int
	RawBase int64
	IDs     []byte
	Data    []byte
}

// UnpackEntries reads a chunk. Bodies share its memory and must not be written to.
func (p *Packer) UnpackEntries(c Row) ([]Stored, error) {
	es, err := p.unpackFrame(c)
	if err != nil {
		return nil, &problem.Problem{Code: "GW-K004", Value: fmt.Sprint("chunk ", c.Key), Err: err}
	}
	return es, nil
}

func (p *Packer) unpackFrame(c Row) ([]Stored, error) {
	frame, err := p.unpack(c.Data)
	if err != nil {
		return nil, err
	}
	if len(frame) < 4 || c.N > len(frame) {
		return nil, wire.ErrCut
	}
	size := binary.LittleEndian.Uint32(frame)
	if uint64(size) > uint64(len(frame)-4) {
		return nil, wire.ErrCut
	}
	bodies := frame[4+size:]
	d := wire.NewDecoder(string(frame[4 : 4+size]))
	ids := wire.NewDecoder(string(c.IDs))
	es := make([]Stored, c.N)
	first := track.Seq(c.Key)
	t := track.At(c.Key)
	feed, part := track.FeedName(t.Feed()), t.Part()
	for i := range es {
		e := &es[i]
		n := readMeta(&d, e, first, c.RawBase)
		e.Entity = uint32(ids.Uvarint())
		if d.Err() != nil || ids.Err() != nil || n > uint64(len(bodies)) {
			return nil, wire.ErrCut
		}
		e.Body, bodies = bodies[:n:n], bodies[n:]
		e.Feed, e.Part = feed, part
	}
	return es, nil
}

// Cut finds the boundaries of chunks: at most chunkEntries and about
// chunkBytes of bodies.
func Cut(es []*Stored, each func(from, to int)) {
	for from := 0; from < len(es); {
		to, size := from, 0
		for to < len(es) && to-from < chunkEntries && (to == from || size+len(es[to].Body) <= chunkBytes) {
			size += len(es[to].Body)
			to++
		}
		each(from, to)
		from = to
	}
}
