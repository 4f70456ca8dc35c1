package chunk

import "encoding/hex"

// ParseVersion packs a content hash, 32 lower-case hex digits.
func ParseVersion(v string) ([16]byte, bool) {
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

// VersionText is a packed version as records carry it.
func VersionText(raw [16]byte) string { return hex.EncodeToString(raw[:]) }
