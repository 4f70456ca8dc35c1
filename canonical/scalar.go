package canonical

import (
	"encoding/json"
	"fmt"
	"time"
)

// Time is an instant with the offset it was meant in; as JSON it is RFC 3339.
type Time struct{ time.Time }

// MarshalJSON writes RFC 3339 with an offset; fractions only where there are any.
func (t Time) MarshalJSON() ([]byte, error) {
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
