package simkit

import (
	"bytes"
	"encoding/json"
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
