package chunk

import (
	"sync"
	"sync/atomic"

	"iocgateway/router/store/track"
)

const cacheChunks = 48 // of up to some 100 KB each

// Cache keeps the chunks last unpacked for reads of single entries,
// which come in runs. A prune empties it.
type Cache struct {
	mu   sync.Mutex
	rows [cacheChunks]cached
	hand int
	age  atomic.Int64
}

type cached struct {
	first, last int64 // chunk keys of the first and last entry
	es          []Stored
}

// NewCache makes an empty cache.
func NewCache() *Cache { return &Cache{} }

// Get gives the chunk that holds, or would hold, the entry with a key.
func (c *Cache) Get(key int64) []Stored {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.rows {
		if r := &c.rows[i]; r.es != nil && r.first <= key && key <= r.last {
			return r.es
		}
	}
	return nil
}

// Put keeps a chunk that was read at this age; one read before a prune is not kept.
func (c *Cache) Put(age, key int64, es []Stored) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(es) == 0 || age != c.age.Load() {
		return
	}
	last := track.At(key).Key(es[len(es)-1].Seq)
	c.rows[c.hand] = cached{first: key, last: last, es: es}
	c.hand = (c.hand + 1) % cacheChunks
}

// Age grows with every Clear; take it before the chunk is read.
func (c *Cache) Age() int64 { return c.age.Load() }

// Clear forgets all: chunks were written anew.
func (c *Cache) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.age.Add(1)
	c.rows = [cacheChunks]cached{}
}
