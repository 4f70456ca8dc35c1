package tabular

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// pieces reads the texts of an .xls workbook from a record and its
// continuations. A text may break inside its characters; the continuation then
// begins by saying anew how wide they are.
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
