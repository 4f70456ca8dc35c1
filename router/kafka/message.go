package kafka

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/IBM/sarama"

	"iocgateway/canonical"
	"iocgateway/canonical/cloudevents"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/schema"
	"iocgateway/router/journal"
	"iocgateway/router/journal/wire"
)

// Every feed topic holds CloudEvents in binary mode: attributes in headers
// that begin with ce_, the record as the value, its id as the key. What only
// a gateway needs lies packed in one header more.
const (
	headerOurs = "gateway"
	ourVersion = 1
)

// headers are a message's, in one piece of memory.
type headers struct {
	list []sarama.RecordHeader
	room []byte
}

func newHeaders(size int) *headers {
	return &headers{list: make([]sarama.RecordHeader, 0, 14), room: make([]byte, 0, size)}
}

func (h *headers) add(key, value string) { h.end(append(h.begin(key), value...)) }

// addTime adds a moment, if it has one that RFC 3339 can write.
func (h *headers) addTime(key string, at time.Time) {
	if y := at.Year(); !at.IsZero() && y > 0 && y <= 9999 {
		h.end(at.AppendFormat(h.begin(key), time.RFC3339Nano))
	}
}

// begin writes the key; its value follows, and then end.
func (h *headers) begin(key string) []byte {
	at := len(h.room)
	h.room = append(h.room, key...)
	h.list = append(h.list, sarama.RecordHeader{Key: h.room[at:len(h.room):len(h.room)]})
	return h.room
}

func (h *headers) end(room []byte) {
	h.list[len(h.list)-1].Value = room[len(h.room):len(room):len(room)]
	h.room = room
}

// attributes adds the CloudEvents attributes of an entry in binary mode that
// do not depend on where it stands; all are ASCII.
func (h *headers) attributes(types cloudevents.Types, e *journal.Entry) {
	h.add("content-type", "application/json")
	h.add("ce_specversion", cloudevents.SpecVersion)
	h.add("ce_source", cloudevents.Source(e.Source, e.Stream))
	h.add("ce_type", types.Of(e.Kind, string(e.Op)))
	h.add("ce_subject", cloudevents.ASCII(e.ID))
	h.add("ce_dataschema", schema.ID(e.Kind))
	h.addTime("ce_time", e.At)
	h.addTime("ce_recordedtime", e.RecordedAt)
	if e.Mapping != "" {
		h.add("ce_mapping", cloudevents.ASCII(e.Mapping))
	}
}

// entryMessage writes an entry whose Raw stands at raw.
func (l *Log) entryMessage(d *journal.Decided, raw journal.Place) *sarama.ProducerMessage {
	e := &d.Entry
	h := newHeaders(896)
	h.attributes(l.opts.Types, e)
	h.add("ce_id", e.Version+"."+strconv.FormatInt(e.RecordedAt.UnixMicro(), 36))
	h.end(packEntry(h.begin(headerOurs), d, raw))
	return &sarama.ProducerMessage{Topic: l.entryTopic(d), Partition: int32(e.Part),
		Key: sarama.StringEncoder(e.ID), Value: value(e.Body), Headers: h.list}
}

func (l *Log) entryTopic(d *journal.Decided) string {
	if d.Aside() {
		return l.topics.of(topicHistory)
	}
	return l.topics.feed(d.Feed)
}

// packEntry appends what the attributes do not hold.
func packEntry(b []byte, d *journal.Decided, raw journal.Place) []byte {
	e := &d.Entry
	flags := byte(0)
	if d.Superseded {
		flags = 1
	}
	b = append(b, ourVersion, flags)
	for _, s := range []string{string(e.Op), string(e.Kind), e.Source, e.Stream, e.Key, e.Version, e.Mapping, d.Rule} {
		b = wire.PutString(b, s)
	}
	b = append(b, e.RawDigest[:]...)
	b = binary.AppendUvarint(b, uint64(raw.Part))
	b = binary.AppendUvarint(b, raw.Seq)
	b = wire.PutTime(wire.PutTime(b, e.At), e.RecordedAt)
	ix := &e.Index
	for _, s := range []string{ix.Status, ix.Agency, ix.Area, ix.Title, ix.DuePrecision} {
		b = wire.PutString(b, s)
	}
	for _, t := range []time.Time{ix.CreatedAt, ix.UpdatedAt, ix.DueAt, ix.FinishedAt} {
		b = wire.PutTime(b, t)
	}
	return binary.AppendUvarint(b, uint64(ix.Unknown))
}

// readEntry reads what entryMessage wrote.
func readEntry(r *fetched) (journal.MirrorEntry, error) {
	var m journal.MirrorEntry
	d, err := ours(r)
	if err != nil {
		return m, err
	}
	m.Superseded = d.Byte()&1 != 0
	m.Op, m.Kind = journal.Op(d.String()), canonical.Kind(d.String())
	m.Source, m.Stream, m.Key, m.Version, m.Mapping, m.Rule = d.String(), d.String(), d.String(), d.String(), d.String(), d.String()
	copy(m.RawDigest[:], d.Take(uint64(len(m.RawDigest))))
	m.Raw = journal.Place{Part: int(d.Uvarint()), Seq: d.Uvarint()}
	m.At, m.RecordedAt = d.Time(), d.Time()
	ix := &m.Index
	ix.Status, ix.Agency, ix.Area, ix.Title, ix.DuePrecision = d.String(), d.String(), d.String(), d.String(), d.String()
	ix.CreatedAt, ix.UpdatedAt, ix.DueAt, ix.FinishedAt = d.Time(), d.Time(), d.Time(), d.Time()
	ix.Unknown = int(d.Uvarint())
	m.ID, m.Body, m.Part = string(r.key), r.value, int(r.part)
	m.Feed = m.Kind.Feed()
	return m, r.whole(d)
}

// ours opens the packed header.
func ours(r *fetched) (*wire.Decoder, error) {
	d := wire.NewDecoder(r.header(headerOurs))
	if v := d.Byte(); v != ourVersion {
		return nil, r.strange(fmt.Errorf("version %d of the packed header, this gateway reads %d", v, ourVersion))
	}
	return &d, nil
}

// whole reports what is left over or was missing.
func (r *fetched) whole(d *wire.Decoder) error {
	if d.Err() != nil || d.More() {
		return r.strange(wire.ErrCut)
	}
	return nil
}

func (r *fetched) strange(err error) error {
	return problem.Halt(&problem.Problem{Code: "GW-Q010", Field: r.topic, Value: fmt.Sprintf("%d/%d", r.part, r.offset), Err: err})
}

// rawMessage writes a Raw of a stream.
func (l *Log) rawMessage(source string, stream string, raw *canonical.Raw) *sarama.ProducerMessage {
	b := []byte{ourVersion, 0}
	if raw.Gone {
		b[1] = 1
	}
	b = wire.PutString(wire.PutString(wire.PutString(b, string(raw.Kind)), raw.Version), raw.Media)
	b = wire.PutTime(b, raw.At)
	return &sarama.ProducerMessage{Topic: l.topics.of(topicRaws), Partition: l.rawPart(source, raw),
		Key: sarama.StringEncoder(stream + "\x00" + raw.Key), Value: value(raw.Payload),
		Headers: []sarama.RecordHeader{{Key: []byte(headerOurs), Value: b}}}
}

// rawPart is the partition of a Raw: its record's.
func (l *Log) rawPart(source string, raw *canonical.Raw) int32 {
	return int32(journal.Partition(canonical.ID(raw.Kind, source, raw.Key), l.topics.parts))
}

func readRaw(r *fetched) (journal.MirrorRaw, error) {
	m := journal.MirrorRaw{Place: journal.Place{Part: int(r.part), Seq: rawSeq(r.offset)}}
	d, err := ours(r)
	if err != nil {
		return m, err
	}
	m.Raw.Gone = d.Byte()&1 != 0
	m.Raw.Kind, m.Raw.Version, m.Raw.Media = canonical.Kind(d.String()), d.String(), d.String()
	m.Raw.At = d.Time()
	_, m.Raw.Key, _ = strings.Cut(string(r.key), "\x00")
	m.Raw.Payload = r.value
	return m, r.whole(d)
}

// rawSeq is the sequence of a Raw's offset: sequences begin at 1.
func rawSeq(offset int64) uint64 { return uint64(offset) + 1 }

// seqOf is the sequence of an entry's offset. Those of a Log that was taken
// over from one machine begin behind all that readers had seen there.
func (l *Log) seqOf(offset int64) uint64 { return l.base + uint64(offset) + 1 }

// offsetOf is the offset of an entry's sequence.
func (l *Log) offsetOf(seq uint64) int64 { return int64(seq-l.base) - 1 }

// jsonMessage writes a piece of state under a key; the newest counts.
func jsonMessage(topic string, part int, key string, value any) (*sarama.ProducerMessage, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("kafka: %s: %w", key, err)
	}
	return &sarama.ProducerMessage{Topic: topic, Partition: int32(part), Key: sarama.StringEncoder(key), Value: sarama.ByteEncoder(text)}, nil
}

// readJSON reads what jsonMessage wrote; a tombstone gives nothing.
func readJSON(r *fetched, into any) error {
	if r.value == nil {
		return nil
	}
	if err := json.Unmarshal(r.value, into); err != nil {
		return r.strange(err)
	}
	return nil
}

// The keys of the state in the checkpoints topic begin with what they are.
const (
	keyStream = "stream/" // stream/<source>/<stream>
	keyClaim  = "claim/"
	keyPause  = "pause/"
	keyPast   = "past/" // past/<source>/<stream>
	keyMark   = "mark/" // mark/<feed>/<reader>
	keyAudit  = "audit/"
	keyBridge = "bridge/"     // from the cursors of a Log that was taken over
	keyTaking = "taking over" // a Log is being taken over and is not whole
	keyBase   = "base"        // what sequences begin behind; written last when a Log is taken over
)

// reached is how far a stream got, with everything written up to there.
type reached struct {
	Checkpoint canonical.Checkpoint `json:"checkpoint,omitempty"`
	At         time.Time            `json:"at"`
	Node       string               `json:"node,omitempty"`
	Wrote      map[string]int64     `json:"wrote,omitempty"` // newest offset of each topic/partition the stream wrote to
	Run        *journal.Run         `json:"run,omitempty"`   // with this page; not from older gateways
}

// ran is a run with what had been written when it was written down: a view
// must not call a stream fresh before it has the data.
type ran struct {
	journal.Run
	Wrote map[string]int64 `json:"wrote,omitempty"`
}

func spot(topic string, part int32) string { return topic + "/" + strconv.Itoa(int(part)) }

// value is one that is there even when it is empty: none at all would
// be a tombstone.
func value(b []byte) sarama.ByteEncoder {
	if b == nil {
		return sarama.ByteEncoder{}
	}
	return b
}
