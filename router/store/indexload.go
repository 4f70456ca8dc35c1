package store

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal/wire"
	"iocgateway/router/store/folder"
	"iocgateway/router/store/track"
)

// indexName is the index as the last Close left it. It is taken only when
// the database holds its token, which a start erases: after a crash, or
// beside another database, it is never believed.
const indexName = "index.bin"

const (
	indexMagic  = "gateway-index-1\n"
	slotBytes   = 64
	otherBytes  = 32
	indexHeader = len(indexMagic) + 32 + 8 + 8
)

// loadIndex fills the index in the background.
func (s *Store) loadIndex(token string) {
	defer s.loading.Done()
	start := time.Now()
	x := s.index
	x.mu.Lock()
	from := "file"
	err := s.loadIndexFile(token)
	if err != nil {
		from = "database"
		err = s.rebuildIndex()
	}
	if err == nil {
		err = s.countHeld()
	}
	if err == nil {
		s.countLive()
	}
	x.err = err
	entities := x.used
	x.mu.Unlock()
	close(x.ready)
	if err != nil {
		if !errors.Is(err, context.Canceled) { // a store closed while it loads is no error
			s.log.Error("store: the index could not be built", "error", err.Error())
		}
		return
	}
	s.log.Debug("store: index ready", "from", from, "entities", entities, "took", time.Since(start))
}

func (s *Store) rebuildIndex() error {
	x := s.index
	x.refs, x.segs, x.used, x.others = make([]uint32, 1024), nil, 0, map[uint32]other{}
	x.reserve(int(s.view.Load().entity))
	rows, err := s.read.QueryContext(s.ctx, "SELECT id, stream, key, x FROM entity")
	if err != nil {
		return fmt.Errorf("store: rebuilding the index: %w", err)
	}
	defer rows.Close()
	var id uint32
	var streamID uint16
	var key, packed sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&id, &streamID, &key, &packed); err != nil {
			return fmt.Errorf("store: rebuilding the index: %w", err)
		}
		st := s.streamByID(streamID)
		sl, o, err := decodeSlot(packed)
		if err != nil || st == nil {
			return &problem.Problem{Code: "GW-K004", Value: fmt.Sprintf("entity %d", id), Err: err}
		}
		sl.stream, sl.hash = streamID, keyHashBytes(st.name, key)
		x.put(id, sl)
		if o != (other{}) {
			x.others[id] = o
		}
	}
	return rows.Err()
}

// reserve makes room for n entities at once.
func (x *index) reserve(n int) {
	size := 1024
	for size*3 < n*4+4 {
		size *= 2
	}
	if size > len(x.refs) {
		x.rehash(size)
	}
}

// each hands every entity to f. Callers hold mu.
func (x *index) each(f func(id uint32, s *slot)) {
	for seg := range x.segs {
		for i := range x.segs[seg] {
			if s := &x.segs[seg][i]; s.hash != (hash{}) {
				f(uint32(seg<<segmentBits|i), s)
			}
		}
	}
}

func (s *Store) countLive() {
	s.index.each(func(_ uint32, sl *slot) {
		if !sl.known() {
			return
		}
		if st := s.streamByID(sl.stream); st != nil {
			if sl.live() {
				st.live.Add(1)
			}
			st.kinds.Or(1 << sl.kind())
		}
	})
}

func (s *Store) countHeld() error {
	rows, err := s.read.QueryContext(s.ctx, "SELECT stream, kind, count(*) FROM held WHERE state = 0 GROUP BY stream, kind")
	if err != nil {
		return fmt.Errorf("store: counting the quarantine: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id uint16
		var kind string
		var n int64
		if err := rows.Scan(&id, &kind, &n); err != nil {
			return fmt.Errorf("store: counting the quarantine: %w", err)
		}
		if st := s.streamByID(id); st != nil {
			st.held[track.FeedNumber(canonical.Kind(kind).Feed())].Add(n)
		}
	}
	return rows.Err()
}

// finish is the writer's end: what is queued fails, the index is left for
// the next start, the connection is closed.
func (w *writer) finish() error {
	for {
		select {
		case j := <-w.s.jobs:
			j.err = errClosed
			close(j.done)
			continue
		default:
		}
		break
	}
	var saved error
	if w.s.Ready() {
		saved = w.saveIndex()
	}
	return errors.Join(saved, w.c.Close())
}

func (w *writer) saveIndex() error {
	token := folder.NewToken()
	if err := w.s.writeIndexFile(token); err != nil {
		return fmt.Errorf("store: leaving the index: %w", err)
	}
	if err := folder.SetToken(w.c, token); err != nil {
		return fmt.Errorf("store: leaving the index: %w", err)
	}
	return nil
}

func (s *Store) writeIndexFile(token string) (err error) {
	path := filepath.Join(s.folder.Dir, indexName)
	f, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	out := bufio.NewWriterSize(io.MultiWriter(f, sum), 1<<20)
	x := s.index
	x.mu.RLock()
	defer x.mu.RUnlock()
	head := append([]byte(indexMagic), token...)
	head = binary.LittleEndian.AppendUint64(head, uint64(x.live()))
	head = binary.LittleEndian.AppendUint64(head, uint64(len(x.others)))
	if _, err := out.Write(head); err != nil {
		return err
	}
	room := make([]byte, 0, slotBytes+8)
	x.each(func(id uint32, sl *slot) {
		room = appendWhole(binary.LittleEndian.AppendUint32(room[:0], id), sl)
		_, _ = out.Write(room) // bufio keeps the first error for Flush
	})
	for id, o := range x.others {
		room = appendOther(binary.LittleEndian.AppendUint32(room[:0], id), o)
		_, _ = out.Write(room)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if _, err := f.Write(binary.LittleEndian.AppendUint32(nil, sum.Sum32())); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

func (x *index) live() (n int) {
	x.each(func(uint32, *slot) { n++ })
	return n
}

func appendWhole(b []byte, s *slot) []byte {
	b = append(b, s.hash[:]...)
	b = append(b, s.ver[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(s.raw))
	b = binary.LittleEndian.AppendUint64(b, s.seq)
	b = binary.LittleEndian.AppendUint64(b, uint64(s.at))
	b = binary.LittleEndian.AppendUint32(b, s.rev)
	b = binary.LittleEndian.AppendUint16(b, s.stream)
	return append(b, s.bucket, s.bits)
}

func appendOther(b []byte, o other) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(o.raw))
	b = binary.LittleEndian.AppendUint64(b, o.aside)
	b = binary.LittleEndian.AppendUint32(b, o.rev)
	return append(b, o.verdict, o.feed, 0, 0, 0, 0, 0, 0) // 4 (the number) + 20 + 8 = otherBytes
}

// loadIndexFile reads the index the last Close left. What it put into the
// index before it found damage is thrown away by the rebuild that follows.
func (s *Store) loadIndexFile(token string) error {
	if token == "" {
		return errors.New("no token")
	}
	f, err := os.Open(filepath.Join(s.folder.Dir, indexName))
	if err != nil {
		return err
	}
	defer f.Close()
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	in := bufio.NewReaderSize(f, 1<<20)
	whole := io.TeeReader(in, sum)
	head := make([]byte, indexHeader)
	if _, err := io.ReadFull(whole, head); err != nil {
		return err
	}
	if string(head[:len(indexMagic)]) != indexMagic || string(head[len(indexMagic):len(indexMagic)+32]) != token {
		return wire.ErrCut
	}
	slots, others := binary.LittleEndian.Uint64(head[indexHeader-16:]), binary.LittleEndian.Uint64(head[indexHeader-8:])
	if info, err := f.Stat(); err != nil || slots > 1<<32 || others > 1<<32 ||
		uint64(info.Size()) != uint64(indexHeader)+slots*(slotBytes+4)+others*otherBytes+4 {
		return errors.Join(wire.ErrCut, err)
	}
	if err := s.index.take(whole, int(slots), int(others), s.view.Load().entity); err != nil {
		return err
	}
	var tail [4]byte
	if _, err := io.ReadFull(in, tail[:]); err != nil || binary.LittleEndian.Uint32(tail[:]) != sum.Sum32() {
		return errors.Join(wire.ErrCut, err)
	}
	return nil
}

// take reads slots and others; most is the highest entity number there is.
func (x *index) take(in io.Reader, slots, others int, most uint32) error {
	x.reserve(slots)
	room := make([]byte, 1024*(slotBytes+4))
	for slots > 0 {
		b := room[:min(slots, 1024)*(slotBytes+4)]
		if _, err := io.ReadFull(in, b); err != nil {
			return err
		}
		for ; len(b) > 0; b = b[slotBytes+4:] {
			id := binary.LittleEndian.Uint32(b)
			if id > most {
				return wire.ErrCut
			}
			x.put(id, slot{hash: hash(b[4:20]), ver: [16]byte(b[20:36]), raw: digest8(binary.LittleEndian.Uint64(b[36:])),
				seq: binary.LittleEndian.Uint64(b[44:]), at: int64(binary.LittleEndian.Uint64(b[52:])),
				rev: binary.LittleEndian.Uint32(b[60:]), stream: binary.LittleEndian.Uint16(b[64:]), bucket: b[66], bits: b[67]})
			slots--
		}
	}
	for range others {
		b := room[:otherBytes]
		if _, err := io.ReadFull(in, b); err != nil {
			return err
		}
		x.others[binary.LittleEndian.Uint32(b)] = other{raw: digest8(binary.LittleEndian.Uint64(b[4:])), aside: binary.LittleEndian.Uint64(b[12:]),
			rev: binary.LittleEndian.Uint32(b[20:]), verdict: b[24], feed: b[25]}
	}
	return nil
}
