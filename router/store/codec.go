package store

import (
	"encoding/hex"
	"time"

	"iocgateway/router/journal/wire"
)

func bytes16(d *wire.Decoder) (raw [16]byte) {
	copy(raw[:], d.Take(16))
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
