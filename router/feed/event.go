package feed

import (
	"bytes"
	"strconv"

	"iocgateway/canonical"
	"iocgateway/canonical/cloudevents"
	"iocgateway/canonical/schema"
	"iocgateway/router/journal"
)

// events writes entries as CloudEvents, the way every transport does. One
// serves one answer: what the entries of a page share is made once.
type events struct {
	eventFormat
	source, stream string // the ones uri was made of
	uri            string
	parts          int // partitions of the feed: events name theirs where there are several
}

// eventFormat is what all events of this API have in common.
type eventFormat struct {
	types   cloudevents.Types
	schemas map[canonical.Kind]string // addresses
}

func newEventFormat(prefix string) eventFormat {
	f := eventFormat{types: cloudevents.NewTypes(prefix), schemas: map[canonical.Kind]string{}}
	for _, k := range canonical.Kinds() {
		f.schemas[k] = schema.ID(k) // absolute, and the same wherever it is served; where that is stands in /v1/feeds
	}
	return f
}

// events writes the events of one answer, of a feed with so many partitions.
func (f eventFormat) events(parts int) events { return events{eventFormat: f, parts: parts} }

// append adds one event to dst, on one line. The body is copied as it is
// stored, never encoded again. prev is the sequence before it in the
// reader's selection.
func (w *events) append(dst []byte, e *journal.Entry, prev uint64) []byte {
	if w.uri == "" || e.Source != w.source || e.Stream != w.stream {
		w.source, w.stream, w.uri = e.Source, e.Stream, cloudevents.Source(e.Source, e.Stream)
	}
	from := len(dst)
	partition := ""
	if w.parts > 1 {
		partition = strconv.Itoa(e.Part)
	}
	dst = cloudevents.Append(dst, &cloudevents.Envelope{
		Feed: string(e.Feed), Version: e.Version, Source: w.uri, Type: w.types.Of(e.Kind, string(e.Op)), Subject: e.ID, Time: e.At,
		DataSchema: w.schemas[e.Kind], Sequence: e.Seq, Previous: prev, Partition: partition,
		RecordedTime: e.RecordedAt, Mapping: e.Mapping, Data: e.Body})
	return oneLine(dst, from, e.Body)
}

// oneLine: a line break in canonical JSON can only stand between tokens; it
// becomes a blank, so that an event stays one line of ndjson or SSE.
func oneLine(dst []byte, from int, body []byte) []byte {
	if bytes.IndexByte(body, '\n') < 0 && bytes.IndexByte(body, '\r') < 0 {
		return dst
	}
	for i := from; i < len(dst); i++ {
		if dst[i] == '\n' || dst[i] == '\r' {
			dst[i] = ' '
		}
	}
	return dst
}

// Digits of a sequence in an event: zero-padded, so that text order
// is number order.
const seqDigits = 20

func appendSeq(dst []byte, seq uint64) []byte {
	var room [seqDigits]byte
	for i := seqDigits - 1; i >= 0; i-- {
		room[i] = byte('0' + seq%10)
		seq /= 10
	}
	return append(dst, room[:]...)
}

// appendBody copies canonical JSON into an answer.
func appendBody(dst, body []byte) []byte {
	if len(body) == 0 {
		return append(dst, "null"...)
	}
	return append(dst, body...)
}

func seqText(seq uint64) string { return string(appendSeq(nil, seq)) }
