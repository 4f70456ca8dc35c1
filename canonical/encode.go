package canonical

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"iocgateway/canonical/problem"
)

// Encode writes an entity as canonical JSON: members in the order of the
// struct, no HTML escaping, no trailing newline. The same entity always gives
// the same bytes (invariant 4): ContentVersion is taken over them.
func Encode(e Entity) ([]byte, error) {
	if e == nil {
		return nil, &problem.Problem{Code: "GW-V013", Err: errors.New("no entity")}
	}
	var buf bytes.Buffer
	buf.Grow(1024)
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return nil, &problem.Problem{Code: "GW-V013", Want: string(e.RecordKind()), Err: err}
	}
	body := bytes.TrimSuffix(buf.Bytes(), []byte{'\n'})
	if replacedText(body) {
		return nil, &problem.Problem{Code: "GW-V012", Want: string(e.RecordKind())}
	}
	return body, nil
}

// replacedText reports whether the encoder put an escaped U+FFFD where bytes
// were no UTF-8. A U+FFFD that stood in the text is written as itself.
func replacedText(body []byte) bool {
	for at := 0; ; {
		i := bytes.Index(body[at:], []byte(`\ufffd`))
		if i < 0 {
			return false
		}
		slashes := 1
		for j := at + i - 1; j >= 0 && body[j] == '\\'; j-- {
			slashes++
		}
		if slashes%2 == 1 {
			return true
		}
		at += i + 1
	}
}

// Decode reads a canonical body. Members it does not know are ignored:
// version 1 only grows.
func Decode(kind Kind, body []byte) (Entity, error) {
	e := NewEntity(kind)
	if e == nil {
		return nil, &problem.Problem{Code: "GW-V008", Field: "kind", Value: problem.Short(string(kind))}
	}
	if err := json.Unmarshal(body, e); err != nil {
		return nil, &problem.Problem{Code: "GW-V011", Want: string(kind), Err: decodeCause(err)}
	}
	return e, nil
}

// decodeCause keeps where a body cannot be read and leaves out what stood
// there, which may be personal.
func decodeCause(err error) error {
	var form *json.UnmarshalTypeError
	if errors.As(err, &form) {
		return fmt.Errorf("%s: %s stands where %s belongs", form.Field, firstWord(form.Value), form.Type)
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("not JSON at byte %d", syntax.Offset)
	}
	var at *time.ParseError
	if errors.As(err, &at) {
		return errors.New("a time is not in the form of RFC 3339")
	}
	return err
}

func firstWord(s string) string {
	word, _, _ := bytes.Cut([]byte(s), []byte{' '})
	return string(word)
}
