package canonical

import "encoding/json"

// Why is where the value of one field of a record came from.
type Why struct {
	Field string          `json:"field"`
	Value json.RawMessage `json:"value,omitempty"` // canonical JSON, as published
	Path  string          `json:"path,omitempty"`  // where in the Raw; several are separated by ", "
	Raw   json.RawMessage `json:"raw,omitempty"`   // what stood there; masked when personal
	Rule  string          `json:"rule,omitempty"`  // file:line of the mapping
	Note  string          `json:"note,omitempty"`  // steps, then const, default, zone_assumed, unknown_code, expression
}
