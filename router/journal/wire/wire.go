// Package wire packs the values of stored and transported entries into a few
// bytes: lengths before strings, variable-length numbers, times with their
// offset. Both the embedded store and Kafka messages are made of it.
package wire

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"
)

// ErrCut is what a Decoder ends with on bytes that nothing here wrote.
var ErrCut = errors.New("cut or damaged")

const sumBytes = 4

func sumOf(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// Sum gives bytes behind their checksum (CRC-32C), as they lie on disk.
func Sum(b []byte) []byte {
	summed := make([]byte, sumBytes, sumBytes+len(b))
	binary.LittleEndian.PutUint32(summed, sumOf(b))
	return append(summed, b...)
}

// Sound gives what Sum was given; ErrCut when it is not that any more.
func Sound(summed []byte) ([]byte, error) {
	if len(summed) < sumBytes || binary.LittleEndian.Uint32(summed) != sumOf(summed[sumBytes:]) {
		return nil, ErrCut
	}
	return summed[sumBytes:], nil
}

// PutString appends a string behind its length.
func PutString(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// PutTime appends a time as seconds, nanoseconds and the offset in minutes:
// nanoseconds since 1970 would not reach the year 9999 that sources write for
// "never". The zero time takes one byte.
func PutTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, 0)
	}
	_, offset := t.Zone()
	b = append(b, 1)
	b = binary.AppendVarint(b, t.Unix())
	b = binary.AppendUvarint(b, uint64(t.Nanosecond()))
	return binary.AppendVarint(b, int64(offset/60))
}

// Decoder reads what Put* and binary.Append* wrote. An error sticks;
// everything after it is zero.
type Decoder struct {
	rest string
	err  error
	zone *time.Location // the last one used: nearly always the same
	off  int
}

// NewDecoder reads from b, which the strings it gives share.
func NewDecoder(b string) Decoder { return Decoder{rest: b} }

// Err is what went wrong, or nil.
func (d *Decoder) Err() error { return d.err }

// More reports whether there is something left to read.
func (d *Decoder) More() bool { return d.rest != "" }

// Left is how many bytes are left to read.
func (d *Decoder) Left() int { return len(d.rest) }

// Fail ends the reading with ErrCut.
func (d *Decoder) Fail() {
	d.err = ErrCut
	d.rest = ""
}

// Uvarint reads an unsigned number.
func (d *Decoder) Uvarint() uint64 {
	var v uint64
	for i := 0; i < len(d.rest) && i < binary.MaxVarintLen64; i++ {
		c := d.rest[i]
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			d.rest = d.rest[i+1:]
			return v
		}
	}
	d.Fail()
	return 0
}

// Varint reads a signed number.
func (d *Decoder) Varint() int64 {
	u := d.Uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// Byte reads one byte.
func (d *Decoder) Byte() byte {
	if len(d.rest) == 0 {
		d.Fail()
		return 0
	}
	c := d.rest[0]
	d.rest = d.rest[1:]
	return c
}

// Take reads n bytes.
func (d *Decoder) Take(n uint64) string {
	if n > uint64(len(d.rest)) {
		d.Fail()
		return ""
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

// String reads what PutString wrote.
func (d *Decoder) String() string { return d.Take(d.Uvarint()) }

// Time reads what PutTime wrote.
func (d *Decoder) Time() time.Time {
	if d.Byte() == 0 {
		return time.Time{}
	}
	sec, nsec, off := d.Varint(), d.Uvarint(), int(d.Varint())
	if d.err != nil || nsec >= 1e9 || off < -24*60 || off > 24*60 {
		d.Fail()
		return time.Time{}
	}
	if d.zone == nil || d.off != off {
		d.off = off
		if off == 0 {
			d.zone = time.UTC
		} else {
			d.zone = time.FixedZone("", off*60)
		}
	}
	return time.Unix(sec, int64(nsec)).In(d.zone)
}
