package simkit

import (
	"bytes"
	"encoding/json"
	"net/http"
	"sync"
)

// Cache keeps rows as JSON while they stay the same, so that a walk repeated
// costs little. It forgets all when it is full.
type Cache struct {
	mu   sync.Mutex
	max  int
	rows map[string]cached
}

type cached struct {
	version string
	raw     json.RawMessage
}

// NewCache makes a cache of at most max rows.
func NewCache(max int) *Cache { return &Cache{max: max, rows: map[string]cached{}} }

// Row is the JSON of what make gives; make is called where key has another
// version or none.
func (c *Cache) Row(key, version string, make func() any) json.RawMessage {
	c.mu.Lock()
	got, ok := c.rows[key]
	c.mu.Unlock()
	if ok && got.version == version {
		return got.raw
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(make()); err != nil {
		return json.RawMessage("null")
	}
	raw := json.RawMessage(bytes.TrimSpace(b.Bytes()))
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.rows) >= c.max {
		clear(c.rows)
	}
	c.rows[key] = cached{version, raw}
	return raw
}

// WriteRows answers with an object: the member that holds the rows, then what
// else there is. Rows are copied, not encoded again.
func WriteRows(w http.ResponseWriter, member string, rows []json.RawMessage, rest map[string]any) {
	tail, err := json.Marshal(rest)
	if err != nil || len(rest) == 0 {
		http.Error(w, "simkit: an answer without an envelope", http.StatusInternalServerError)
		return
	}
	size := len(member) + len(tail) + 8
	for _, r := range rows {
		size += len(r) + 1
	}
	b := make([]byte, 0, size)
	b = append(b, `{"`+member+`":[`...)
	for i, r := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, r...)
	}
	b = append(b, `],`...)
	b = append(b, tail[1:]...)
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	_, _ = w.Write(b)
}
