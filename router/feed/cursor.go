package feed

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"

	"iocgateway/canonical"
	"iocgateway/router/journal"
)

// A cursor is where a reader stands. Readers get it as opaque text; inside it
// binds the history (epoch), the feed and the row filter, so that a cursor
// used elsewhere is refused and never answered with a silent hole.
type cursor struct {
	use    byte
	epoch  uint64           // hash of the epoch's name
	feed   byte             // place in canonical.Feeds
	filter uint64           // hash of the row filter; 0 is no filter
	pos    journal.Position // continue after this; nil is the oldest kept
	last   journal.Position // what was sent last of this selection: previous of the next event of each partition
	upTo   journal.Position // snapshot pages: the head when the first page was taken
	// What pos (in a snapshot: upTo) stands on is noted in upTo (last): see spare.
}

// spare is the place of a cursor that its use leaves empty, and the position it
// says something about: what stands there. It has room for no more than cursors
// always had, so that a node of an older version beside this one takes them too.
func (c *cursor) spare() (place *journal.Position, about journal.Position) {
	if c.use == useSnapshot {
		return &c.last, c.upTo
	}
	return &c.upTo, c.pos
}

const seqLow = 1<<32 - 1

// standOn notes what the cursor's position stands on, bound to its sequences:
// an older node moves the position on and leaves this as it was. They stand
// inverted: what stands upright is another Foot, an earlier version's.
func (c *cursor) standOn(f journal.Footing) {
	place, about := c.spare()
	*place = nil
	if !f.Known() {
		return
	}
	p := make(journal.Position, len(about))
	for part, seq := range about {
		if foot := f.At(part); foot != 0 {
			p[part] = uint64(foot)<<32 | ^seq&seqLow
		}
	}
	*place = p
}

// stands is what the cursor's position stood on when it was given; nothing is
// known of it where the cursor is an older gateway's.
func (c *cursor) stands() journal.Footing {
	place, about := c.spare()
	var f journal.Footing
	for part, seq := range about {
		if noted := place.At(part); noted != 0 && noted&seqLow == ^seq&seqLow {
			if f == nil {
				f = make(journal.Footing, len(about))
			}
			f[part] = uint32(noted >> 32)
		}
	}
	return f
}

// Uses of a cursor: a place in the changes, or a page of a snapshot.
const (
	useChanges  byte = 1
	useSnapshot byte = 2
)

const (
	cursorSingle  = 1 // version of a cursor into a feed of one partition
	cursorParted  = 2 // of one with several: their number follows
	cursorParts   = 256
	cursorCheck   = 6 // bytes of checksum at its end
	cursorMaxText = 16 << 10
	cursorFixed   = 19 // version, use, feed, epoch, filter
)

var errCursor = errors.New("feed: not a cursor of this API")

// encode gives the cursor as text.
func (c cursor) encode() string { return string(c.append(nil)) }

// append adds the cursor's text to dst.
func (c cursor) append(dst []byte) []byte {
	var room [128]byte
	parts := max(len(c.pos), len(c.last), len(c.upTo), 1)
	version := byte(cursorSingle)
	if parts > 1 {
		version = cursorParted
	}
	b := append(room[:0], version, c.use, c.feed)
	b = binary.BigEndian.AppendUint64(b, c.epoch)
	b = binary.BigEndian.AppendUint64(b, c.filter)
	if parts > 1 {
		b = binary.AppendUvarint(b, uint64(parts))
	}
	for part := range parts {
		b = binary.AppendUvarint(b, c.pos.At(part))
		b = binary.AppendUvarint(b, c.last.At(part))
		b = binary.AppendUvarint(b, c.upTo.At(part))
	}
	sum := sha256.Sum256(b)
	b = append(b, sum[:cursorCheck]...)
	return base64.RawURLEncoding.AppendEncode(dst, b)
}

// parseCursor reads what encode wrote, and nothing else.
func parseCursor(s string) (cursor, error) {
	if len(s) > cursorMaxText {
		return cursor{}, errCursor
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) < cursorFixed+3+cursorCheck {
		return cursor{}, errCursor
	}
	body, check := b[:len(b)-cursorCheck], b[len(b)-cursorCheck:]
	sum := sha256.Sum256(body)
	if !slices.Equal(sum[:cursorCheck], check) {
		return cursor{}, errCursor
	}
	c := cursor{use: body[1], feed: body[2], epoch: binary.BigEndian.Uint64(body[3:]), filter: binary.BigEndian.Uint64(body[11:])}
	if !c.places(body[0], body[cursorFixed:]) || int(c.feed) >= len(canonical.Feeds()) || c.encode() != s {
		return cursor{}, errCursor
	}
	return c, nil
}

// places reads the positions, all of the rest.
func (c *cursor) places(version byte, rest []byte) bool {
	parts := uint64(1)
	if version == cursorParted {
		var n int
		if parts, n = binary.Uvarint(rest); n <= 0 || parts < 2 || parts > cursorParts {
			return false
		}
		rest = rest[n:]
	} else if version != cursorSingle {
		return false
	}
	for range parts {
		for _, into := range []*journal.Position{&c.pos, &c.last, &c.upTo} {
			v, n := binary.Uvarint(rest)
			if n <= 0 {
				return false
			}
			*into, rest = append(*into, v), rest[n:]
		}
	}
	return len(rest) == 0
}

// EpochHash is how cursors name an epoch.
func EpochHash(epoch string) uint64 { return hash64(epoch) }

// hash64 is a stable short hash of a few strings.
func hash64(parts ...string) uint64 {
	h := sha256.New()
	for _, p := range parts {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return binary.BigEndian.Uint64(h.Sum(nil))
}
