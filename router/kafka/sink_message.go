package kafka

import (
	"strconv"

	"github.com/IBM/sarama"

	"iocgateway/canonical/cloudevents"
	"iocgateway/canonical/schema"
	"iocgateway/router/journal"
)

// event is an entry as a message: a CloudEvent, its key the record's id.
func (s *Sink) event(topic string, e *journal.Entry) *sarama.ProducerMessage {
	m := &sarama.ProducerMessage{Topic: topic, Key: sarama.StringEncoder(e.ID)}
	if s.o.Structured {
		m.Value = sarama.ByteEncoder(s.structured(e))
		m.Headers = []sarama.RecordHeader{{Key: []byte("content-type"), Value: []byte(cloudevents.Media)}}
		return m
	}
	m.Value, m.Headers = sarama.ByteEncoder(data(e)), s.headers(e)
	return m
}

// tombstone makes a compacted topic forget a record. It bears no event's
// attributes: one id cannot stand for two contents.
func tombstone(topic string, e *journal.Entry) *sarama.ProducerMessage {
	return &sarama.ProducerMessage{Topic: topic, Key: sarama.StringEncoder(e.ID)}
}

// data is the body, never none: that would be a tombstone.
func data(e *journal.Entry) []byte {
	if len(e.Body) == 0 {
		return []byte("null")
	}
	return e.Body
}

func (s *Sink) partition(e *journal.Entry) string {
	if s.o.Parts > 1 {
		return strconv.Itoa(e.Part)
	}
	return ""
}

func (s *Sink) structured(e *journal.Entry) []byte {
	body := data(e)
	return cloudevents.Append(make([]byte, 0, len(body)+640), &cloudevents.Envelope{
		Feed: string(e.Feed), Version: e.Version, Source: cloudevents.Source(e.Source, e.Stream), Type: s.o.Types.Of(e.Kind, string(e.Op)),
		Subject: e.ID, Time: e.At, DataSchema: schema.ID(e.Kind), Sequence: e.Seq, Previous: e.Prev, Partition: s.partition(e),
		RecordedTime: e.RecordedAt, Mapping: e.Mapping, Data: body})
}

// headers are the attributes in binary mode.
func (s *Sink) headers(e *journal.Entry) []sarama.RecordHeader {
	h := newHeaders(640)
	h.attributes(s.o.Types, e)
	h.add("ce_id", cloudevents.EventID(string(e.Feed), e.Seq, e.Version))
	h.add("ce_sequence", digits(e.Seq))
	h.add("ce_previous", digits(e.Prev))
	if part := s.partition(e); part != "" {
		h.add("ce_partition", part)
	}
	return h.list
}

// digits pads a sequence so that text order is number order.
func digits(n uint64) string {
	var room [20]byte
	for i := len(room) - 1; i >= 0; i-- {
		room[i] = byte('0' + n%10)
		n /= 10
	}
	return string(room[:])
}
