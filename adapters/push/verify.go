package push

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// verifier judges a delivery in two steps, so that a stranger is turned away
// before its body is read.
type verifier interface {
	// head judges the headers alone and gives the signatures to compare.
	head(h http.Header) (proof, error)
}

// proof is what a delivery claims: candidate signatures and what is signed
// before the body. A proof without candidates stands by itself.
type proof struct {
	before     string
	candidates [][]byte
	secrets    [][]byte
}

var (
	errMissing = errors.New("no signature")
	errWrong   = errors.New("the signature is none of ours")
	errStale   = errors.New("the timestamp is too far from now")
)

// minSecret is the least a secret must hold: 128 bits.
const minSecret = 16

// maxSignatures is how many signatures of one delivery are looked at.
const maxSignatures = 16

func (o *opener) verifier(c Signature, now func() time.Time) {
	secrets := make([][]byte, 0, len(c.Secrets))
	for _, s := range c.Secrets {
		key := []byte(s.Reveal())
		var err error
		if c.Kind == "standard-webhooks" {
			key, err = base64.StdEncoding.DecodeString(strings.TrimPrefix(s.Reveal(), "whsec_"))
		}
		if err != nil || len(key) < minSecret {
			o.wrong("GW-A800", "", nil, "signature")
			return
		}
		secrets = append(secrets, key)
	}
	switch c.Kind {
	case "standard-webhooks":
		o.src.verify = standard{secrets: secrets, tolerance: c.Tolerance, now: now}
	case "bearer":
		o.src.verify = bearer{secrets: secrets}
	default:
		if !headerName(c.Header) {
			o.wrong("GW-A806", c.Header, nil, "signature")
		}
		o.src.verify = header{secrets: secrets, name: c.Header, prefix: c.Prefix, base64: c.Encoding == "base64"}
	}
}

func headerName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c|0x20 < 'a' || c|0x20 > 'z' {
			if c != '-' && c != '_' && (c < '0' || c > '9') {
				return false
			}
		}
	}
	return s != ""
}

// standard is Standard Webhooks: HMAC-SHA256 over id.timestamp.body.
type standard struct {
	secrets   [][]byte
	tolerance time.Duration
	now       func() time.Time
}

func (s standard) head(h http.Header) (proof, error) {
	id, stamp := h.Get("Webhook-Id"), h.Get("Webhook-Timestamp")
	if id == "" || stamp == "" || len(id) > 256 || strings.Contains(id, ".") {
		return proof{}, errMissing
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || len(stamp) > 12 {
		return proof{}, errMissing
	}
	if s.now().Sub(time.Unix(seconds, 0)).Abs() > s.tolerance {
		return proof{}, errStale
	}
	p := proof{before: id + "." + stamp + ".", secrets: s.secrets}
	for _, one := range strings.Fields(strings.Join(h.Values("Webhook-Signature"), " ")) {
		text, ok := strings.CutPrefix(one, "v1,")
		if !ok || len(p.candidates) == maxSignatures {
			continue
		}
		if mac, err := base64.StdEncoding.DecodeString(text); err == nil && len(mac) == sha256.Size {
			p.candidates = append(p.candidates, mac)
		}
	}
	if len(p.candidates) == 0 {
		return proof{}, errMissing
	}
	return p, nil
}

// header is one HMAC-SHA256 of the body in a header.
type header struct {
	secrets [][]byte
	name    string
	prefix  string
	base64  bool
}

func (v header) head(h http.Header) (proof, error) {
	text, ok := strings.CutPrefix(strings.TrimSpace(h.Get(v.name)), v.prefix)
	if !ok || text == "" || len(text) > 128 {
		return proof{}, errMissing
	}
	decode := hex.DecodeString
	if v.base64 {
		decode = base64.StdEncoding.DecodeString
	}
	mac, err := decode(text)
	if err != nil || len(mac) != sha256.Size {
		return proof{}, errMissing
	}
	return proof{candidates: [][]byte{mac}, secrets: v.secrets}, nil
}

// bearer is a shared token; it proves the sender, not the body.
type bearer struct{ secrets [][]byte }

func (b bearer) head(h http.Header) (proof, error) {
	scheme, token, ok := strings.Cut(strings.TrimSpace(h.Get("Authorization")), " ")
	if !ok || !strings.EqualFold(scheme, "bearer") {
		return proof{}, errMissing
	}
	// Hashes are compared, so that not even the length of the token shows.
	given := sha256.Sum256([]byte(strings.TrimSpace(token)))
	matched := false
	for _, secret := range b.secrets {
		want := sha256.Sum256(secret)
		matched = hmac.Equal(given[:], want[:]) || matched
	}
	if !matched {
		return proof{}, errWrong
	}
	return proof{}, nil
}

// holds reports whether one of the candidates is the signature of the body
// under one of the secrets. All are compared, in constant time.
func (p proof) holds(body []byte) bool {
	if p.secrets == nil {
		return true
	}
	matched := false
	var sum [sha256.Size]byte
	for _, secret := range p.secrets {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(p.before))
		mac.Write(body)
		want := mac.Sum(sum[:0])
		for _, given := range p.candidates {
			matched = hmac.Equal(given, want) || matched
		}
	}
	return matched
}
