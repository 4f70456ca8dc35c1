package store

import (
	"bytes"
	"encoding/json"
)

// indicatorCode finds the indicator of an observation in its canonical body,
// whose members have a fixed order.
func indicatorCode(body []byte) any {
	_, rest, ok := bytes.Cut(body, []byte(`"indicator":`))
	if !ok {
		return nil
	}
	var head struct {
		Code string `json:"code"`
	}
	if err := json.NewDecoder(bytes.NewReader(rest)).Decode(&head); err != nil || head.Code == "" {
		return nil
	}
	return head.Code
}
