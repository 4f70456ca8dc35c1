package cloudevents

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"iocgateway/canonical"
)

// Media types of events.
const (
	Media      = "application/cloudevents+json"
	MediaBatch = "application/cloudevents-batch+json"
)

// SpecVersion is the version of the standard.
const SpecVersion = "1.0"

// DefaultPrefix begins the type of every event unless configured otherwise.
const DefaultPrefix = "vn.gov.quangngai"

// Envelope is one event. Zero members are left out. Attributes are ASCII on
// the wire: many clients cannot carry anything else in a header.
type Envelope struct {
	ID              string // unique within Source; empty and with a Sequence: Feed/Sequence/Version is written
	Feed            string // only for the ID; never written by itself
	Version         string // content hash of the record, only for the ID
	Source          string
	Type            string
	Subject         string
	Time            time.Time // when it happened, by the source's clock
	DataContentType string    // empty and with Data: application/json
	DataSchema      string
	Sequence        uint64 // position in the feed, or in its Partition, from 1
	Previous        uint64 // the sequence before this one in the reader's view; 0 at the beginning
	Partition       string // the one Sequence and Previous count in; empty where a feed has one
	RecordedTime    time.Time
	Mapping         string
	Extensions      map[string]string // others, as read; not written
	Data            []byte            // JSON written as it is; on reading JSON or, when Binary, raw bytes
	Binary          bool              // Data is no JSON: written as data_base64
}

// sequenceDigits is the width sequences are padded to, so that they sort as
// text: every uint64 fits.
const sequenceDigits = 20

// Source is the source attribute of a stream's events.
func Source(source, stream string) string {
	return "/sources/" + escaped(source) + "/" + escaped(stream)
}

// EventID is the id of an event: feed/sequence/version. The content hash is
// part of it so that one id can never stand for two contents, not even after
// a restore gave a sequence out again; and readers need it for digests.
func EventID(feed string, sequence uint64, version string) string {
	return string(appendID(nil, feed, sequence, version))
}

func appendID(dst []byte, feed string, sequence uint64, version string) []byte {
	dst = appendSequence(append(appendASCII(dst, feed), '/'), sequence)
	return appendASCII(append(dst, '/'), version)
}

// Types holds the type names of one prefix, made once so that writing an
// event builds none.
type Types struct {
	prefix string
	names  map[key]string
}

type key struct {
	kind canonical.Kind
	op   string
}

// Ops lists what an event can do to its record.
func Ops() []string { return []string{"changed", "corrected", "gone"} }

// NewTypes makes the type names of a prefix; empty means DefaultPrefix.
func NewTypes(prefix string) Types {
	if prefix == "" {
		prefix = DefaultPrefix
	}
	t := Types{prefix: prefix, names: map[key]string{}}
	for _, kind := range canonical.Kinds() {
		for _, op := range Ops() {
			t.names[key{kind, op}] = prefix + "." + string(kind) + "." + op + ".v1"
		}
	}
	return t
}

// Of is the type of an event about a kind.
func (t Types) Of(kind canonical.Kind, op string) string {
	if name, ok := t.names[key{kind, op}]; ok {
		return name
	}
	return t.prefix + "." + string(kind) + "." + op + ".v1"
}

// Parse takes a type apart. ok is false for types of another prefix, version
// or form.
func (t Types) Parse(name string) (kind canonical.Kind, op string, ok bool) {
	rest, ok := strings.CutPrefix(name, t.prefix+".")
	if !ok {
		return "", "", false
	}
	parts := strings.Split(rest, ".")
	if len(parts) != 3 || parts[2] != "v1" || !canonical.Kind(parts[0]).Valid() {
		return "", "", false
	}
	return canonical.Kind(parts[0]), parts[1], true
}

// parseSequence reads a sequence, padded or not.
func parseSequence(s string) (uint64, error) { return strconv.ParseUint(s, 10, 64) }

// escaped is a part of a path: a URI reference holds no blanks and no second
// slash that would look like another part.
func escaped(part string) string { return url.PathEscape(part) }
