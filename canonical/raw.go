package canonical

import (
	"crypto/sha256"
	"encoding/json"
	"time"
)

// Checkpoint is how far a stream got: opaque JSON that only its adapter
// reads, with a version inside it.
type Checkpoint = json.RawMessage

// Media types of a Raw's payload. JSON is the default (the empty string).
const (
	MediaJSON = "application/json"
	MediaXML  = "application/xml"
)

// Raw is one record as its source gave it, byte for byte.
//
// Where the source's container is not a text of records (a worksheet, a PX
// cube), the payload is a JSON object that names every column or dimension
// of that one row or cell.
type Raw struct {
	Kind    Kind
	Key     string    // the source's key, unique in its stream; never empty
	Version string    // the source's own version or edit stamp; may be empty
	At      time.Time // when it changed, by the source; zero when it gives no time
	Gone    bool      // the source reports the matter removed
	Media   string    // of Payload; empty means MediaJSON
	Payload []byte
}

// Digest is the SHA-256 of the payload with the Gone mark mixed in, so that
// a removal with an unchanged payload is still a change.
func (r Raw) Digest() [sha256.Size]byte {
	sum := sha256.Sum256(r.Payload)
	if r.Gone {
		sum[0] ^= 0xff
	}
	return sum
}

// Record is what the city understands of one Raw. It is a pure function of
// the Raw and the mapping: no clock, no network (invariant 4).
type Record struct {
	ID      string // kind:source:key, percent-encoded ASCII, stable for ever
	Kind    Kind
	Source  string
	Stream  string // the stream's own name, without the source
	Key     string
	Version string    // content hash: lower-case hex of the first 16 bytes of SHA-256 over Body
	At      time.Time // the source's time of change; zero when unknown
	Gone    bool
	Mapping string // name@revision of the mapping that made it
	Body    []byte // canonical JSON, members in the order of the kind's struct; never nil
	Index   Index
}

// Index holds the few members of a Body that lists filter and sort by, so
// that no reader has to parse a body to find it.
type Index struct {
	Status       string
	Agency       string // agency id_norm, or id where there is no norm
	Area         string // unit code
	Title        string
	CreatedAt    time.Time
	UpdatedAt    time.Time
	DueAt        time.Time
	DuePrecision string // day or minute
	FinishedAt   time.Time
	Unknown      int // how many coded values of this record are unknown
}
