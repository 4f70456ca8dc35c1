package index

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"iocgateway/router/journal/wire"
)

// FileName is the index as the last Close left it. It is taken only when
// the database holds its token, which a start erases: after a crash, or
// beside another database, it is never believed.
const FileName = "index.bin"

const (
	indexMagic  = "gateway-index-1\n"
	slotBytes   = 64
	otherBytes  = 32
	indexHeader = len(indexMagic) + 32 + 8 + 8
)

// WriteFile leaves the index in a folder, under a token.
func (x *Index) WriteFile(dir, token string) (err error) {
	path := filepath.Join(dir, FileName)
	f, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	out := bufio.NewWriterSize(io.MultiWriter(f, sum), 1<<20)
	x.mu.RLock()
	defer x.mu.RUnlock()
	head := append([]byte(indexMagic), token...)
	head = binary.LittleEndian.AppendUint64(head, uint64(x.live()))
	head = binary.LittleEndian.AppendUint64(head, uint64(len(x.others)))
	if _, err := out.Write(head); err != nil {
		return err
	}
	room := make([]byte, 0, slotBytes+8)
	x.every(func(id uint32, sl *Slot) {
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

// live counts the slots in use: fewer than used, where a stream was renamed.
func (x *Index) live() (n int) {
	x.every(func(uint32, *Slot) { n++ })
	return n
}

func appendWhole(b []byte, s *Slot) []byte {
	b = append(b, s.Hash[:]...)
	b = append(b, s.Ver[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(s.Raw))
	b = binary.LittleEndian.AppendUint64(b, s.Seq)
	b = binary.LittleEndian.AppendUint64(b, uint64(s.At))
	b = binary.LittleEndian.AppendUint32(b, s.Rev)
	b = binary.LittleEndian.AppendUint16(b, s.Stream)
	return append(b, s.Bucket, s.bits)
}

func appendOther(b []byte, o Other) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(o.Raw))
	b = binary.LittleEndian.AppendUint64(b, o.Aside)
	b = binary.LittleEndian.AppendUint32(b, o.Rev)
	return append(b, o.Verdict, o.Feed, 0, 0, 0, 0, 0, 0) // 4 (the number) + 20 + 8 = otherBytes
}

// ReadFile reads the index the last Close left in a folder; most is the
// highest entity number there is. What it put in before it found damage is
// thrown away by the reset that follows.
func (x *Index) ReadFile(dir, token string, most uint32) error {
	if token == "" {
		return errors.New("no token")
	}
	f, err := os.Open(filepath.Join(dir, FileName))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
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
	if err := x.take(whole, int(slots), int(others), most); err != nil {
		return err
	}
	var tail [4]byte
	if _, err := io.ReadFull(in, tail[:]); err != nil || binary.LittleEndian.Uint32(tail[:]) != sum.Sum32() {
		return errors.Join(wire.ErrCut, err)
	}
	return nil
}

// take reads slots and others; most is the highest entity number there is.
func (x *Index) take(in io.Reader, slots, others int, most uint32) error {
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
			x.Put(id, Slot{Hash: Hash(b[4:20]), Ver: [16]byte(b[20:36]), Raw: Fingerprint(binary.LittleEndian.Uint64(b[36:])),
				Seq: binary.LittleEndian.Uint64(b[44:]), At: int64(binary.LittleEndian.Uint64(b[52:])),
				Rev: binary.LittleEndian.Uint32(b[60:]), Stream: binary.LittleEndian.Uint16(b[64:]), Bucket: b[66], bits: b[67]})
			slots--
		}
	}
	for range others {
		b := room[:otherBytes]
		if _, err := io.ReadFull(in, b); err != nil {
			return err
		}
		x.others[binary.LittleEndian.Uint32(b)] = Other{Raw: Fingerprint(binary.LittleEndian.Uint64(b[4:])),
			Aside: binary.LittleEndian.Uint64(b[12:]), Rev: binary.LittleEndian.Uint32(b[20:]), Verdict: b[24], Feed: b[25]}
	}
	return nil
}
