package cloudevents

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"iocgateway/canonical/problem"
)

// Bounds of what is read.
const (
	maxBatch      = 10_000
	maxAttributes = 100
	maxAttribute  = 8 << 10 // bytes of one attribute
)

// Parse reads one event in its JSON form.
func Parse(body []byte) (Envelope, error) {
	e, err := parse(body)
	if err != nil {
		return Envelope{}, refused(err)
	}
	return e, nil
}

// ParseBatch reads a JSON array of events. One bad event refuses them all.
func ParseBatch(body []byte) ([]Envelope, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		return nil, refused(errors.New("the batch is no JSON array"))
	}
	if len(raw) > maxBatch {
		return nil, refused(fmt.Errorf("more than %d events", maxBatch))
	}
	events := make([]Envelope, 0, len(raw))
	for i, one := range raw {
		e, err := parse(one)
		if err != nil {
			return nil, refused(fmt.Errorf("event %d: %w", i, err))
		}
		events = append(events, e)
	}
	return events, nil
}

// refused makes the Problem people see. Its cause never shows a value.
func refused(err error) error { return &problem.Problem{Code: "GW-V020", Err: err} }

func parse(body []byte) (Envelope, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || members == nil {
		return Envelope{}, errors.New("it is no JSON object")
	}
	if len(members) > maxAttributes {
		return Envelope{}, fmt.Errorf("more than %d members", maxAttributes)
	}
	var e Envelope
	for name, value := range members {
		if string(value) == "null" && name != "data" {
			continue // the same as absent
		}
		if name == "data" || name == "data_base64" {
			continue
		}
		text, err := attributeText(value)
		if err != nil {
			return Envelope{}, fmt.Errorf("%s: %w", shown(name), err)
		}
		if err := e.set(name, text); err != nil {
			return Envelope{}, err
		}
	}
	if err := e.setData(members); err != nil {
		return Envelope{}, err
	}
	return e, e.complete(members["specversion"] != nil)
}

func (e *Envelope) setData(members map[string]json.RawMessage) error {
	data, plain := members["data"]
	packed, base := members["data_base64"]
	if base = base && string(packed) != "null"; plain && base {
		return errors.New("data and data_base64 exclude each other")
	}
	switch {
	case plain:
		e.Data = bytes.Clone(data)
	case base:
		var text string
		if err := json.Unmarshal(packed, &text); err != nil {
			return errors.New("data_base64 is no text")
		}
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return errors.New("data_base64 is not base64")
		}
		e.Data, e.Binary = raw, true
	}
	return nil
}

// attributeText is an attribute as text: the standard has text, numbers and
// truth values.
func attributeText(value json.RawMessage) (string, error) {
	switch value[0] {
	case '"':
		var text string
		if err := json.Unmarshal(value, &text); err != nil {
			return "", errors.New("no text")
		}
		return text, nil
	case '{', '[':
		return "", errors.New("an attribute is text, a number or a truth value")
	}
	return string(value), nil
}

// set takes one attribute in its text form.
func (e *Envelope) set(name, value string) error {
	if len(value) > maxAttribute {
		return fmt.Errorf("%s: longer than %d bytes", shown(name), maxAttribute)
	}
	if into := e.textMember(name); into != nil {
		*into = value
		return nil
	}
	var err error
	switch name {
	case "specversion":
		if value != SpecVersion {
			return errors.New("specversion is not 1.0")
		}
	case "time":
		e.Time, err = parseTime(value)
	case "recordedtime":
		e.RecordedTime, err = parseTime(value)
	case "sequence":
		e.setSequence(&e.Sequence, name, value)
	case "previous":
		e.setSequence(&e.Previous, name, value)
	default:
		return e.extend(name, value)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// textMember is the member that keeps an attribute as it is, or nil.
func (e *Envelope) textMember(name string) *string {
	switch name {
	case "id":
		return &e.ID
	case "source":
		return &e.Source
	case "type":
		return &e.Type
	case "subject":
		return &e.Subject
	case "datacontenttype":
		return &e.DataContentType
	case "dataschema":
		return &e.DataSchema
	case "mapping":
		return &e.Mapping
	}
	return nil
}

// setSequence reads a number; another sender's sequence may be any text, and
// stays among the extensions.
func (e *Envelope) setSequence(into *uint64, name, value string) {
	n, err := parseSequence(value)
	if err != nil {
		e.extension(name, value)
		return
	}
	*into = n
}

func (e *Envelope) extend(name, value string) error {
	if !attributeName(name) {
		return fmt.Errorf("%s: names of attributes are small letters and digits", shown(name))
	}
	e.extension(name, value)
	return nil
}

func (e *Envelope) extension(name, value string) {
	if e.Extensions == nil {
		e.Extensions = map[string]string{}
	}
	e.Extensions[name] = value
}

// attributeName is liberal about length (the standard advises 20) and strict
// about letters.
func attributeName(name string) bool {
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return name != "" && len(name) <= 64
}

// complete checks what the standard demands.
func (e *Envelope) complete(version bool) error {
	switch {
	case !version:
		return errors.New("specversion is missing")
	case e.ID == "":
		return errors.New("id is missing")
	case e.Source == "":
		return errors.New("source is missing")
	case e.Type == "":
		return errors.New("type is missing")
	}
	return nil
}

// parseTime reads RFC 3339, also with a small t or z and with a blank.
func parseTime(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00"} {
		if at, err := time.Parse(layout, upperMarks(s)); err == nil {
			return at, nil
		}
	}
	return time.Time{}, errors.New("not in the form of RFC 3339")
}

func upperMarks(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c == 't' || c == 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// shown is a name cut short for a message.
func shown(name string) string {
	return strconv.QuoteToASCII(problem.Short(name))
}
