package canonical

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Time is an instant with the offset it was meant in; as JSON it is RFC 3339.
type Time struct{ time.Time }

// MarshalJSON writes RFC 3339 with an offset; fractions only where there are any.
// A year that RFC 3339 cannot write is an error, so that no body is written that
// could not be read again.
func (t Time) MarshalJSON() ([]byte, error) {
	if y := t.Year(); y < 1 || y > 9999 {
		return nil, errors.New("canonical: time: the year lies outside 1 to 9999")
	}
	b := make([]byte, 0, len(time.RFC3339Nano)+2)
	b = append(b, '"')
	b = t.AppendFormat(b, time.RFC3339Nano)
	return append(b, '"'), nil
}

// UnmarshalJSON reads RFC 3339; an offset is required.
func (t *Time) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("canonical: time: %w", err)
	}
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return fmt.Errorf("canonical: time: %w", err)
	}
	t.Time = at
	return nil
}

// Date is a calendar day, yyyy-mm-dd.
type Date string

// Decimal is an exact decimal number as text: an optional minus sign, digits,
// and optionally a point and more digits.
type Decimal string
