package statistics

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"iocgateway/canonical/problem"
)

// notice is a source's own word beside its data.
type notice struct{ code, text string }

// notices reads error and warning members: one, or a list, of whatever members.
func notices(raw json.RawMessage) (out []notice) {
	raw = bytes.TrimSpace(raw)
	var list []json.RawMessage
	switch {
	case len(raw) == 0 || slices.Contains([]string{"null", "[]", "{}", `""`, "0", "false", `"0"`}, string(raw)):
		return nil
	case json.Unmarshal(raw, &list) != nil:
		list = []json.RawMessage{raw}
	}
	for _, each := range list {
		var said map[string]json.RawMessage
		if json.Unmarshal(each, &said) != nil {
			out = append(out, notice{text: problem.Short(plain(each))})
			continue
		}
		n := notice{code: problem.Short(plain(firstRaw(said, "status", "code", "id")))}
		for _, name := range []string{"label", "title", "titles", "message", "text", "detail", "details"} {
			if text := localised(said[name]); text != "" && !strings.Contains(n.text, text) {
				n.text = strings.TrimPrefix(n.text+": "+text, ": ")
			}
		}
		n.text = problem.Short(firstOf(n.text, string(each)))
		out = append(out, n)
	}
	return out
}

func firstRaw(of map[string]json.RawMessage, names ...string) json.RawMessage {
	for _, name := range names {
		if raw := of[name]; len(raw) > 0 {
			return raw
		}
	}
	return nil
}

// doubts are notices beside data: the source itself says that something is
// wrong with it, unless the settings know the code.
func doubts(cfg *tableSettings, said []notice) (out []problem.Problem) {
	for _, n := range said {
		if n.code != "" && slices.Contains(cfg.Footers, n.code) {
			continue
		}
		out = append(out, problem.Problem{Code: "GW-D051", Value: n.text, Path: n.code})
	}
	return out
}

// saying gathers the words of an SDMX footer, an SDMX error or a SOAP fault.
type saying struct {
	error bool // the message is nothing else
	said  []notice
}

// failing takes the root of a message, and reports whether it is that of an error.
func (s *saying) failing(root string) bool {
	s.error = root == "Error" || root == "Fault" || root == "Envelope"
	return s.error
}

func (s *saying) open(code string) { s.said = append(s.said, notice{code: problem.Short(code)}) }

func (s *saying) add(element, text string) {
	if text = problem.Short(strings.Join(strings.Fields(text), " ")); text == "" {
		return
	}
	if len(s.said) == 0 {
		s.open("")
	}
	last := &s.said[len(s.said)-1]
	if element == "faultcode" {
		last.code = text
		return
	}
	if last.text != "" {
		text = last.text + "; " + text
	}
	last.text = problem.Short(text)
}

// close gives what was said since the last time.
func (s *saying) close() []notice {
	said := s.said
	s.said = nil
	return said
}

// refusal is the error that a message is, in its own words.
func (s *saying) refusal() error {
	if !s.error || len(s.said) == 0 {
		return nil
	}
	return &problem.Problem{Code: "GW-D050", Value: firstOf(s.said[0].text, s.said[0].code), Path: s.said[0].code}
}
