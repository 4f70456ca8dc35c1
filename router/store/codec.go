package store

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"
)

var errCut = errors.New("cut or damaged")

func putString(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// putTime keeps seconds, nanoseconds and the offset in minutes: nanoseconds
// since 1970 would not reach the year 9999 that sources write for "never".
func putTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, 0)
	}
	_, offset := t.Zone()
	b = append(b, 1)
	b = binary.AppendVarint(b, t.Unix())
	b = binary.AppendUvarint(b, uint64(t.Nanosecond()))
	return binary.AppendVarint(b, int64(offset/60))
}

// decoder reads what put* wrote. An error sticks; everything after it is zero.
type decoder struct {
	b    string
	err  error
	zone *time.Location // the last one used: nearly always the same
	off  int
}

func (d *decoder) fail() {
	d.err = errCut
	d.b = ""
}

func (d *decoder) uvarint() uint64 {
	var v uint64
	for i := 0; i < len(d.b) && i < binary.MaxVarintLen64; i++ {
		c := d.b[i]
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			d.b = d.b[i+1:]
			return v
		}
	}
	d.fail()
	return 0
}

func (d *decoder) varint() int64 {
	u := d.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.fail()
		return 0
	}
	c := d.b[0]
	d.b = d.b[1:]
	return c
}

func (d *decoder) take(n uint64) string {
	if n > uint64(len(d.b)) {
		d.fail()
		return ""
	}
	s := d.b[:n]
	d.b = d.b[n:]
	return s
}

func (d *decoder) string() string { return d.take(d.uvarint()) }

func (d *decoder) time() time.Time {
	if d.byte() == 0 {
		return time.Time{}
	}
	sec, nsec, off := d.varint(), d.uvarint(), int(d.varint())
	if d.err != nil || nsec >= 1e9 || off < -24*60 || off > 24*60 {
		d.fail()
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

func (d *decoder) bytes16() (raw [16]byte) {
	copy(raw[:], d.take(16))
	return raw
}

// versionBytes packs a content hash, 32 lower-case hex digits.
func versionBytes(v string) ([16]byte, bool) {
	var raw [16]byte
	if len(v) != 32 {
		return raw, false
	}
	for i := range 16 {
		hi, lo := hexDigit(v[2*i]), hexDigit(v[2*i+1])
		if hi > 15 || lo > 15 {
			return raw, false
		}
		raw[i] = hi<<4 | lo
	}
	return raw, true
}

func hexDigit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 0xff
}

func versionText(raw [16]byte) string { return hex.EncodeToString(raw[:]) }

// unixMilli is a time as lists sort it.
func unixMilli(t time.Time, none int64) int64 {
	if t.IsZero() {
		return none
	}
	return t.UnixMilli()
}
