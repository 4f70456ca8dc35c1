package tabular

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/richardlehane/mscfb"
)

// compound is the container of old office files: a small file system of
// sectors in chains, one table of which gives what sector comes next.
type compound struct {
	files   []*mscfb.File
	sectors *sectors
}

// openCompound may panic on bytes made up for it: newXLS turns that into an error.
func openCompound(data []byte) (*compound, error) {
	s := &sectors{data: data, structureLeft: maxDirectory + len(data)>>12} // one table of tables is enough for 8 MB
	s.allowSteps()
	reader, err := mscfb.New(s)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errXLS, err)
	}
	return &compound{files: reader.File, sectors: s}, nil
}

// find gives the entry of a stream by its name, nil where there is none. What
// is embedded in a workbook has streams of the same names further down.
func (c *compound) find(name string) *mscfb.File {
	for _, f := range c.files {
		if f.Name == name && f.Initial == uint16(name[0]) && len(f.Path) == 0 {
			return f
		}
	}
	return nil
}

// read gives the content of a stream, piece by piece: what the library does
// for one piece grows with the square of it.
func (c *compound) read(f *mscfb.File) ([]byte, error) {
	s := c.sectors
	if f.Size > int64(len(s.data)) {
		return nil, fmt.Errorf("%w: %s is to have %d bytes, the whole file has %d", errXLS, f.Name, f.Size, len(s.data))
	}
	s.given = make([]bool, len(s.data)/miniSector+1)
	s.allowSteps()
	out := make([]byte, f.Size)
	for rest := out; len(rest) > 0; {
		n, err := f.Read(rest[:min(len(rest), pieceSize)])
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errXLS, err)
		}
		rest = rest[n:]
	}
	return out, nil
}

const (
	minSector    = 512
	miniSector   = 64       // of streams below 4 KB
	pieceSize    = 64 << 10 // whole sectors, of either size
	maxDirectory = 4096 * 128
)

var (
	errOutside   = errors.New("a chain of sectors leads out of the file")
	errCircle    = errors.New("a chain of sectors runs in a circle")
	errDirectory = errors.New("the directory has more than 4096 entries")
)

// sectors is the file as the library reads it. The library goes wherever the
// file sends it, and takes room and time for what the file claims to have; a
// damaged or made-up file ends here.
type sectors struct {
	data          []byte
	header        int64  // how long: one sector; 0 before it was read
	structureLeft int    // how many bytes may still be read of tables of tables and the directory
	stepsLeft     int    // how often ReadAt may still be called
	given         []bool // which parts of the file the stream that is read was given
}

// allowSteps allows what a walk over the whole file takes, once more: four
// steps a sector, and those within the small sectors of a stream of 4 KB.
func (s *sectors) allowSteps() { s.stepsLeft = 4*len(s.data)/minSector + 256 }

// Slice gives what the file's structure is read from: first the header, then
// the sectors that list the tables, then the directory. A last sector may be
// cut short.
func (s *sectors) Slice(offset int64, length int) ([]byte, error) {
	if s.structureLeft -= length; s.structureLeft < 0 {
		return nil, errDirectory
	}
	if offset >= int64(len(s.data)) || len(s.data) < length {
		return nil, errOutside
	}
	part := s.data[offset:min(int64(len(s.data)), offset+int64(length))]
	if s.header == 0 {
		s.header = 1 << min(part[30], 12) // the library refuses what is neither 9 nor 12
	}
	if len(part) < length {
		part = append(bytes.Clone(part), make([]byte, length-len(part))...)
	}
	return part, nil
}

// ReadAt gives which sector comes next, which is a number of nextSize bytes,
// and what a stream holds.
func (s *sectors) ReadAt(p []byte, offset int64) (int, error) {
	if offset < s.header || offset+int64(len(p)) > int64(len(s.data)) {
		return 0, errOutside
	}
	if s.stepsLeft--; s.stepsLeft < 0 {
		return 0, errCircle
	}
	if len(p) > nextSize {
		for i := offset / miniSector; i*miniSector < offset+int64(len(p)); i++ {
			if s.given[i] {
				return 0, errCircle
			}
			s.given[i] = true
		}
	}
	return copy(p, s.data[offset:]), nil
}

const nextSize = 4

// pieces reads the texts of an .xls workbook from a record and its
// continuations. A text may break inside its characters; the continuation then
// begins with their width anew.
type pieces struct {
	parts [][]byte
	ended bool
}

func (p *pieces) byte() byte {
	for len(p.parts) > 0 && len(p.parts[0]) == 0 {
		p.parts = p.parts[1:]
	}
	if len(p.parts) == 0 {
		p.ended = true
		return 0
	}
	b := p.parts[0][0]
	p.parts[0] = p.parts[0][1:]
	return b
}

func (p *pieces) uint16() int { return int(p.byte()) | int(p.byte())<<8 }
func (p *pieces) uint32() int { return p.uint16() | p.uint16()<<16 }

func (p *pieces) skip(n int) {
	for n > 0 && !p.ended {
		for len(p.parts) > 0 && len(p.parts[0]) == 0 {
			p.parts = p.parts[1:]
		}
		if len(p.parts) == 0 {
			p.ended = true
			return
		}
		step := min(n, len(p.parts[0]))
		p.parts[0] = p.parts[0][step:]
		n -= step
	}
}

// text reads one text whose length is given in so many bytes.
func (p *pieces) text(lengthBytes int) string {
	count := int(p.byte())
	if lengthBytes == 2 {
		count |= int(p.byte()) << 8
	}
	flags := p.byte()
	runs, extra := 0, 0
	if flags&8 != 0 {
		runs = p.uint16()
	}
	if flags&4 != 0 {
		extra = p.uint32()
	}
	text := p.characters(count, flags&1 != 0)
	p.skip(runs*4 + extra)
	return text
}

func (p *pieces) characters(count int, wide bool) string {
	out := make([]byte, 0, min(count, 4096)*2)
	high := uint16(0)
	for range count {
		if len(p.parts) > 1 && len(p.parts[0]) == 0 {
			p.parts = p.parts[1:]
			wide = p.byte()&1 != 0
		}
		unit := uint16(p.byte())
		if wide {
			unit |= uint16(p.byte()) << 8
		}
		if p.ended {
			break
		}
		switch {
		case utf16.IsSurrogate(rune(unit)) && unit < 0xDC00:
			high = unit
		case high != 0:
			out = utf8.AppendRune(out, utf16.DecodeRune(rune(high), rune(unit)))
			high = 0
		default:
			out = utf8.AppendRune(out, rune(unit))
		}
	}
	return string(out)
}

// sharedStrings reads the table of texts.
func sharedStrings(parts [][]byte) []string {
	if len(parts[0]) < 8 {
		return nil
	}
	count := int(binary.LittleEndian.Uint32(parts[0][4:]))
	p := &pieces{parts: parts}
	p.skip(8)
	var out []string
	for range count {
		text := p.text(2)
		if p.ended {
			break
		}
		out = append(out, text)
	}
	return out
}

// names are what the sheets are called, and which of them people see.
func (b *xlsBook) names() (names []string, visible func(int) bool) {
	for _, s := range b.sheets {
		names = append(names, s.name)
	}
	return names, func(i int) bool { return !b.sheets[i].hidden }
}

// rows opens a sheet to be looked into; what is damaged in it is no matter of
// whoever reads another one.
func (b *xlsBook) rows(at int) (r rowReader) {
	defer func() {
		if recover() != nil {
			r = nil
		}
	}()
	cells := &xlsRows{}
	if b.sheet(b.sheets[at].offset, cells) != nil {
		return nil
	}
	return cells
}
