package storetest

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"iocgateway/canonical"
	"iocgateway/router/journal"
)

// line is an entry as the model expects it.
type line struct {
	op      journal.Op
	id      string
	version string
	body    string
	raw     [sha256.Size]byte
}

type matter struct {
	live    bool
	known   bool
	version string
	body    string
	at      time.Time
	ahead   bool // its time had not come when it was recorded
	raw     [sha256.Size]byte
}

// hold is a Raw in quarantine.
type hold struct {
	digest  [sha256.Size]byte
	code    string
	mapping string
	times   int
}

// model is what a Log must be, in maps: the rules once more, written to be
// read and not to be fast.
type model struct {
	matters     map[string]*matter // by stream and key
	held        map[string]hold    // likewise: of a key one Raw is held, the newest
	feeds       map[canonical.Feed][]line
	checkpoints map[string]string
	marks       map[canonical.Feed]journal.Position
	owners      map[string]string // of each id the stream that published it
}

func newModel() *model {
	return &model{matters: map[string]*matter{}, held: map[string]hold{}, feeds: map[canonical.Feed][]line{}, checkpoints: map[string]string{},
		marks: map[canonical.Feed]journal.Position{}, owners: map[string]string{}}
}

// commit plays a batch and gives the receipt a Log must give.
func (m *model) commit(b *journal.Batch) journal.Receipt {
	r := journal.Receipt{}
	for i := range b.Items {
		out, code := m.item(b, &b.Items[i], &r.Counts)
		name := b.Stream + "\x00" + b.Items[i].Raw.Key
		_, had := m.held[name]
		if m.quarantine(b, &b.Items[i], out, code) {
			r.Counts.Again++
		}
		if _, has := m.held[name]; had && !has && b.Items[i].Proved {
			r.Counts.Unlisted++
		}
		r.Outcomes = append(r.Outcomes, out)
		if !b.Items[i].Proved {
			r.Counts.Received++
		}
		switch out {
		case journal.Published:
			r.Counts.Published++
		case journal.Unchanged:
			r.Counts.Unchanged++
		case journal.Superseded:
			r.Counts.Superseded++
		case journal.Held:
			r.Counts.Held++
		case journal.Excluded:
			r.Counts.Excluded++
			if cur := m.matter(name); cur.live && !cur.newerThan(&b.Items[i]) {
				r.Counts.Stays++
			}
		}
	}
	if b.Next != nil {
		m.checkpoints[b.Stream] = string(b.Next)
	}
	return r
}

func (m *model) item(b *journal.Batch, it *journal.Item, c *journal.Counts) (out journal.Outcome, code string) {
	cur := m.matter(b.Stream + "\x00" + it.Raw.Key)
	switch {
	case it.Problem != nil:
		return journal.Held, it.Problem.Code
	case it.Rule != "":
		return journal.Excluded, ""
	case it.Raw.Gone && !cur.known, it.Proved && it.Listed:
		return journal.Unchanged, ""
	case m.taken(b, it, cur):
		return journal.Held, "GW-K015"
	}
	return m.settled(b, it, cur, c), ""
}

// settled is what becomes of a record, or a removal, of the stream's own.
func (m *model) settled(b *journal.Batch, it *journal.Item, cur *matter, c *journal.Counts) journal.Outcome {
	same := it.Record != nil && !it.Raw.Gone && cur.live && cur.version == it.Record.Version
	older := cur.newerThan(it) && !same && !(it.Listed && !it.Raw.Gone && !cur.live) // what a whole listing names is there again
	gives := older && cur.gives(b, it)
	switch {
	case older && !gives:
		if cur.at.After(b.At.Add(journal.MostAhead)) {
			c.Early++
		}
		return journal.Superseded
	case same, it.Raw.Gone && !cur.live:
		cur.touch(it)
		return journal.Unchanged
	}
	if gives {
		c.Ahead++
	}
	m.publish(b, it, cur, c)
	return journal.Published
}

// taken reports whether another stream has the id of an item that this one
// never published. What it adopts moves here, with what is held of it.
func (m *model) taken(b *journal.Batch, it *journal.Item, cur *matter) bool {
	id := canonical.ID(it.Raw.Kind, source(b.Stream), it.Raw.Key)
	owner, owned := m.owners[id]
	if cur.known || !owned {
		return false
	}
	if !slices.Contains(b.Adopts, owner) {
		return true
	}
	mine, theirs := b.Stream+"\x00"+it.Raw.Key, owner+"\x00"+it.Raw.Key
	*cur = *m.matters[theirs]
	m.matters[theirs] = &matter{}
	delete(m.held, mine)
	if h, open := m.held[theirs]; open {
		m.held[mine] = h
		delete(m.held, theirs)
	}
	m.owners[id] = b.Stream
	return false
}

func (m *model) matter(name string) *matter {
	cur := m.matters[name]
	if cur == nil {
		cur = &matter{}
		m.matters[name] = cur
	}
	return cur
}

func (x *matter) touch(it *journal.Item) {
	x.raw = it.Digest
	if it.Raw.At.After(x.at) {
		x.at = it.Raw.At
	}
}

// quarantine keeps what is held: a Raw leaves it when its record publishes,
// when that very Raw comes to another end, or when the source was proved to
// have nothing of that key.
func (m *model) quarantine(b *journal.Batch, it *journal.Item, out journal.Outcome, code string) (again bool) {
	name := b.Stream + "\x00" + it.Raw.Key
	h, open := m.held[name]
	switch {
	case out == journal.Held && open && h.digest == it.Digest && h.code == code:
		h.mapping, h.times = b.Mapping, h.times+1
		m.held[name] = h
		return true
	case out == journal.Held:
		m.held[name] = hold{digest: it.Digest, code: code, mapping: b.Mapping, times: 1}
	case out == journal.Published, h.digest == it.Digest, out == journal.Unchanged && it.Proved:
		delete(m.held, name)
	}
	return false
}

// gives: its time had not come when it was recorded, or has not now, and a
// listing of everything has another.
func (x *matter) gives(b *journal.Batch, it *journal.Item) bool {
	return it.Listed && !it.Raw.Gone && (x.ahead || x.at.After(b.At.Add(journal.MostAhead)))
}

// newerThan: both times are known, the Raw's is before, and it is another Raw.
func (x *matter) newerThan(it *journal.Item) bool {
	return !it.Raw.At.IsZero() && !x.at.IsZero() && it.Raw.At.Before(x.at) && it.Digest != x.raw
}

// publish adds the entry an item gives.
func (m *model) publish(b *journal.Batch, it *journal.Item, cur *matter, c *journal.Counts) {
	l := line{op: journal.OpChanged, id: canonical.ID(it.Raw.Kind, source(b.Stream), it.Raw.Key), raw: it.Digest}
	if it.Raw.Gone {
		l.op = journal.OpGone
		c.Gone++
	} else {
		if cur.live && cur.raw == it.Digest {
			l.op = journal.OpCorrected
		}
		cur.version, cur.body = it.Record.Version, string(it.Record.Body)
		c.Unknown += it.Record.Index.Unknown
		if cur.known && !cur.live {
			c.Back++
		}
	}
	l.version, l.body = cur.version, cur.body
	cur.live, cur.known, cur.raw = !it.Raw.Gone, true, it.Digest
	if !it.Raw.At.IsZero() || !it.Raw.Gone {
		cur.at = it.Raw.At
	}
	cur.ahead = it.Raw.At.After(b.At.Add(journal.MostAhead))
	m.owners[l.id] = b.Stream
	feed := it.Raw.Kind.Feed()
	m.feeds[feed] = append(m.feeds[feed], l)
}

func source(stream string) string {
	for i := range len(stream) {
		if stream[i] == '/' {
			return stream[:i]
		}
	}
	return stream
}

// digest is what a feed's checksums must be.
func (m *model) digest(feed canonical.Feed) [256]journal.Bucket {
	var d [256]journal.Bucket
	current := map[string]line{}
	for _, l := range m.feeds[feed] {
		current[l.id] = l
	}
	for _, l := range current {
		if l.op == journal.OpGone {
			continue
		}
		id := sha256.Sum256([]byte(l.id))
		sum := sha256.Sum256([]byte(l.id + "\n" + l.version))
		b := &d[id[0]]
		b.Count++
		carry := 0
		for i := 15; i >= 0; i-- {
			n := int(b.Sum[i]) + int(sum[i]) + carry
			b.Sum[i], carry = byte(n), n>>8
		}
	}
	return d
}

// live is how many records of a stream are live.
func (m *model) live(stream string) (n int) {
	for name, x := range m.matters {
		if x.live && len(name) > len(stream) && name[:len(stream)+1] == stream+"\x00" {
			n++
		}
	}
	return n
}

// holds is how many Raws of a stream are in quarantine.
func (m *model) holds(stream string) (n int) {
	for name := range m.held {
		if strings.HasPrefix(name, stream+"\x00") {
			n++
		}
	}
	return n
}

func (l line) differs(e *journal.Entry) error {
	switch {
	case e.Op != l.op:
		return fmt.Errorf("entry %d of %s: op %q, want %q", e.Seq, l.id, e.Op, l.op)
	case e.ID != l.id:
		return fmt.Errorf("entry %d: id %q, want %q", e.Seq, e.ID, l.id)
	case e.Version != l.version:
		return fmt.Errorf("entry %d of %s: version %s, want %s", e.Seq, l.id, e.Version, l.version)
	case string(e.Body) != l.body:
		return fmt.Errorf("entry %d of %s: body %.60q, want %.60q", e.Seq, l.id, e.Body, l.body)
	case e.RawDigest != l.raw:
		return fmt.Errorf("entry %d of %s: another raw digest", e.Seq, l.id)
	}
	return nil
}
