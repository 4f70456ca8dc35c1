package store

import (
	"sync"
	"sync/atomic"
)

const cacheChunks = 48 // of up to some 100 KB each

// chunkCache keeps the chunks last unpacked for reads of single entries,
// which come in runs. A prune empties it.
type chunkCache struct {
	mu   sync.Mutex
	rows [cacheChunks]cached
	hand int
	age  atomic.Int64
}

type cached struct {
	first, last int64 // chunk keys of the first and last entry
	es          []stored
}

func newChunkCache() *chunkCache { return &chunkCache{} }

func (c *chunkCache) get(key int64) []stored {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.rows {
		if r := &c.rows[i]; r.es != nil && r.first <= key && key <= r.last {
			return r.es
		}
	}
	return nil
}

// put keeps a chunk that was read at this age; one read before a prune is not kept.
func (c *chunkCache) put(age, key int64, es []stored) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(es) == 0 || age != c.age.Load() {
		return
	}
	last := key&^seqMask | int64(es[len(es)-1].Seq)
	c.rows[c.hand] = cached{first: key, last: last, es: es}
	c.hand = (c.hand + 1) % cacheChunks
}

func (c *chunkCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.age.Add(1)
	c.rows = [cacheChunks]cached{}
}
