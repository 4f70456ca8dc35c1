package folder

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"

	"iocgateway/router/journal/wire"
	"iocgateway/router/store/track"
)

// HeadMarkName is the head mark, beside the database.
const HeadMarkName = "head.mark"

// Heads is what a head mark says: how far each feed of which history was
// acknowledged, and what entry stands there.
type Heads struct {
	Epoch  string
	Count  uint64 // of the marks written
	Tracks []TrackHead
}

// TrackHead is how far a partition of a feed was acknowledged.
type TrackHead struct {
	Track track.Track
	Head  uint64
	Foot  uint32 // journal.Foot of the entry there
}

// HeadMark is a small file beside the database that says how far the Log was
// acknowledged. SQLite reads a WAL up to its first damaged frame and takes an
// empty file for a new database, both without a word: only something outside of
// the database can tell that its end is missing.
//
// It may lag behind the database and never leads it. It is written after COMMIT
// has returned, which with synchronous=FULL is after the WAL was fsynced, and
// before anybody is told of the commit. So:
//
//   - kill -9: the system keeps what was written. The mark names the last commit,
//     or the one before it where the process died in between.
//   - loss of power: the mark is not fsynced with a commit, so that what is left
//     of it is any of those written since the last Sync; each of them names a
//     commit whose fsync had returned before it was written.
//   - torn: marks are written to two slots in turn, each behind its checksum. One
//     that was cut leaves the one before. Where neither can be read nothing is
//     known, which is said and is no alarm.
//
// A disk that answers an fsync and did not write is the one thing that makes
// the mark lead: then acknowledged records are gone, and it is right to say so.
//
// It is synced where SQLite syncs the database: when the WAL is folded back, and
// at Close. A commit waits for no fsync more. Views have none: what they lose is
// read again from the Log.
type HeadMark struct {
	f     *os.File
	room  []byte
	slot  int64
	epoch string
	count uint64
}

const headMagic = "gateway-head-1\n"

// slotSize has room for every feed in so many partitions.
func slotSize(parts int) int64 { return int64(512 + 24*track.Slots*parts) }

// ReadHeads reads the newest mark that is whole; nil where the file is not
// there. An error means that it is, and nothing can be made of it.
func ReadHeads(dir string, parts int) (*Heads, error) {
	b, err := os.ReadFile(filepath.Join(dir, HeadMarkName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("store: head mark: %w", err)
	}
	var newest *Heads
	for size := int(slotSize(parts)); len(b) > 0; b = b[min(size, len(b)):] {
		if h := unpackHeads(b[:min(size, len(b))]); h != nil && (newest == nil || h.Count > newest.Count) {
			newest = h
		}
	}
	if newest == nil {
		return nil, fmt.Errorf("store: head mark: %w", wire.ErrCut)
	}
	return newest, nil
}

// OpenHeadMark opens the mark of a history for writing, after the one that was
// read; nil where there was none.
func OpenHeadMark(dir, epoch string, parts int, before *Heads) (*HeadMark, error) {
	path := filepath.Join(dir, HeadMarkName)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return nil, fmt.Errorf("store: head mark: %w", err)
	}
	m := &HeadMark{f: f, slot: slotSize(parts), epoch: epoch}
	if before != nil {
		m.count = before.Count
	}
	// The room is taken now, so that a full disk does not stop it later; when it
	// becomes durable is as unimportant as of what is written there.
	if is, err := f.Stat(); err != nil || is.Size() < 2*m.slot {
		err = errors.Join(err, f.Truncate(2*m.slot))
		for n := range int64(2) {
			err = errors.Join(err, m.fill(n))
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("store: head mark: %w", err), f.Close())
		}
	}
	return m, nil
}

// fill makes a slot that is not written yet take its place on disk.
func (m *HeadMark) fill(n int64) error {
	b := make([]byte, m.slot)
	if k, err := m.f.ReadAt(b, n*m.slot); int64(k) < m.slot {
		return err
	}
	_, err := m.f.WriteAt(b, n*m.slot)
	return err
}

// Write writes how far the tracks are; those that have nothing are left out. No
// mark is a mark that nobody reads.
func (m *HeadMark) Write(tracks []TrackHead) error {
	if m == nil {
		return nil
	}
	m.count++
	b := append(m.room[:0], headMagic...)
	b = wire.PutString(b, m.epoch)
	b = binary.AppendUvarint(b, m.count)
	b = binary.AppendUvarint(b, uint64(len(tracks)))
	for _, t := range tracks {
		b = binary.AppendUvarint(b, uint64(t.Track))
		b = binary.AppendUvarint(b, t.Head)
		b = binary.BigEndian.AppendUint32(b, t.Foot)
	}
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
	m.room = b
	if int64(len(b)) > m.slot {
		return fmt.Errorf("store: head mark: %d bytes for a slot of %d", len(b), m.slot)
	}
	if _, err := m.f.WriteAt(b, int64(m.count%2)*m.slot); err != nil {
		return fmt.Errorf("store: head mark: %w", err)
	}
	return nil
}

// unpackHeads reads a slot; nil when it holds no whole mark.
func unpackHeads(b []byte) *Heads {
	if len(b) < len(headMagic) || string(b[:len(headMagic)]) != headMagic {
		return nil
	}
	d := wire.NewDecoder(string(b[len(headMagic):]))
	h := &Heads{Epoch: d.String(), Count: d.Uvarint()}
	n := d.Uvarint()
	for ; n > 0 && d.Err() == nil; n-- {
		h.Tracks = append(h.Tracks, TrackHead{Track: track.Track(d.Uvarint()), Head: d.Uvarint(), Foot: foot(&d)})
	}
	size := len(b) - d.Left()
	if d.Err() != nil || foot(&d) != crc32.Checksum(b[:size], crc32.MakeTable(crc32.Castagnoli)) {
		return nil
	}
	return h
}

func foot(d *wire.Decoder) uint32 {
	if b := d.Take(4); len(b) == 4 {
		return binary.BigEndian.Uint32([]byte(b))
	}
	return 0
}

// Sync makes the newest mark durable.
func (m *HeadMark) Sync() error {
	if m == nil {
		return nil
	}
	if err := m.f.Sync(); err != nil {
		return fmt.Errorf("store: head mark: %w", err)
	}
	return nil
}

// Close syncs the mark and lets the file go.
func (m *HeadMark) Close() error {
	if m == nil {
		return nil
	}
	return errors.Join(m.Sync(), m.f.Close())
}
