package tabular

import (
	"encoding/binary"
	"unicode/utf16"
)

// compound is the container of old office files: a small file system of
// sectors in chains. Only what finds a named stream is read; every chain is
// bounded by the size of the file, so that no chain can run in circles.
type compound struct {
	data   []byte
	sector int
	fat    []uint32
	mini   []uint32
	root   []byte // the stream that holds the small streams
	cutoff int
	names  []string
	starts []uint32
	sizes  []int
}

const (
	cfbEnd     = 0xFFFFFFFE
	cfbHeader  = 512
	miniSector = 64
)

func openCompound(data []byte) (*compound, error) {
	if len(data) < cfbHeader || string(data[:8]) != oleMagicText {
		return nil, errXLS
	}
	c := &compound{data: data, cutoff: int(binary.LittleEndian.Uint32(data[56:]))}
	switch shift := binary.LittleEndian.Uint16(data[30:]); shift {
	case 9, 12:
		c.sector = 1 << shift
	default:
		return nil, errXLS
	}
	c.readFAT()
	c.readDirectory(c.chain(binary.LittleEndian.Uint32(data[48:]), -1))
	for _, b := range c.words(c.chain(binary.LittleEndian.Uint32(data[60:]), -1)) {
		c.mini = append(c.mini, b)
	}
	return c, nil
}

// at gives one sector, shorter where the file ends.
func (c *compound) at(n uint32) []byte {
	from := (int(n) + 1) * c.sector
	if int(n) > len(c.data)/c.sector || from >= len(c.data) {
		return nil
	}
	return c.data[from:min(from+c.sector, len(c.data))]
}

func (c *compound) words(b []byte) []uint32 {
	out := make([]uint32, 0, len(b)/4)
	for ; len(b) >= 4; b = b[4:] {
		out = append(out, binary.LittleEndian.Uint32(b))
	}
	return out
}

// readFAT collects the table of chains: its first 109 sectors are named in the
// header, further ones in sectors that are chained themselves.
func (c *compound) readFAT() {
	sectors := c.words(c.data[76:cfbHeader])
	next := binary.LittleEndian.Uint32(c.data[68:])
	for range len(c.data) / c.sector {
		more := c.words(c.at(next))
		if next >= cfbEnd || len(more) < 2 {
			break
		}
		sectors = append(sectors, more[:len(more)-1]...)
		next = more[len(more)-1]
	}
	for _, n := range sectors {
		if n < cfbEnd && len(c.fat) <= len(c.data)/4 {
			c.fat = append(c.fat, c.words(c.at(n))...)
		}
	}
}

// chain gives a stream that begins at a sector; size < 0 takes all of it.
func (c *compound) chain(start uint32, size int) []byte {
	var out []byte
	for n := start; n < cfbEnd && int(n) < len(c.fat) && len(out) <= len(c.data); n = c.fat[n] {
		out = append(out, c.at(n)...)
	}
	return clip(out, size)
}

func clip(b []byte, size int) []byte {
	if size >= 0 && size < len(b) {
		return b[:size]
	}
	return b
}

const entrySize = 128

func (c *compound) readDirectory(dir []byte) {
	for ; len(dir) >= entrySize; dir = dir[entrySize:] {
		length := min(int(binary.LittleEndian.Uint16(dir[64:])), 64)
		var units []uint16
		for i := 0; i+2 < length; i += 2 { // the last unit is a zero
			units = append(units, binary.LittleEndian.Uint16(dir[i:]))
		}
		start, size := binary.LittleEndian.Uint32(dir[116:]), int(binary.LittleEndian.Uint32(dir[120:]))
		if dir[66] == 5 { // the root's stream holds the small ones
			c.root = c.chain(start, size)
		}
		c.names = append(c.names, string(utf16.Decode(units)))
		c.starts, c.sizes = append(c.starts, start), append(c.sizes, size)
	}
}

// stream gives the content of a stream by its name.
func (c *compound) stream(name string) ([]byte, bool) {
	for i, n := range c.names {
		if n != name {
			continue
		}
		if c.sizes[i] >= c.cutoff {
			return c.chain(c.starts[i], c.sizes[i]), true
		}
		var out []byte
		for n := c.starts[i]; int(n) < len(c.mini) && len(out) <= len(c.root); n = c.mini[n] {
			if from := int(n) * miniSector; from < len(c.root) {
				out = append(out, c.root[from:min(from+miniSector, len(c.root))]...)
			}
		}
		return clip(out, c.sizes[i]), true
	}
	return nil, false
}
