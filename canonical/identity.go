package canonical

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
)

const upperHex = "0123456789ABCDEF"

// ID is the stable identity of a record: kind:source:key, each part
// percent-encoded to ASCII so that it can travel in any header, URL or key.
func ID(kind Kind, source, key string) string {
	var b strings.Builder
	b.Grow(len(kind) + len(source) + len(key) + 8)
	b.WriteString(string(kind))
	b.WriteByte(':')
	escapePart(&b, source)
	b.WriteByte(':')
	escapePart(&b, key)
	return b.String()
}

// ParseID takes an ID apart again.
func ParseID(id string) (kind Kind, source, key string, err error) {
	parts := strings.SplitN(id, ":", 3)
	if len(parts) != 3 {
		return "", "", "", errors.New("canonical: an id has the form kind:source:key")
	}
	if source, err = unescapePart(parts[1]); err != nil {
		return "", "", "", err
	}
	if key, err = unescapePart(parts[2]); err != nil {
		return "", "", "", err
	}
	return Kind(parts[0]), source, key, nil
}

// ContentVersion is the content hash of a canonical body.
func ContentVersion(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:16])
}

func plain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

func escapePart(b *strings.Builder, s string) {
	for i := range len(s) {
		c := s[i]
		if plain(c) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(upperHex[c>>4])
		b.WriteByte(upperHex[c&15])
	}
}

func unescapePart(s string) (string, error) {
	if !strings.Contains(s, "%") {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", errors.New("canonical: cut percent-encoding in an id")
		}
		raw, err := hex.DecodeString(s[i+1 : i+3])
		if err != nil {
			return "", errors.New("canonical: bad percent-encoding in an id")
		}
		b.WriteByte(raw[0])
		i += 2
	}
	return b.String(), nil
}
