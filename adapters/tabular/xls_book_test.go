package tabular

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
)

// workbookOf is the least workbook: a sheet S with two cells, in its container.
func workbookOf(t testing.TB) []byte {
	t.Helper()
	globals := slicesOf(biff(0x809, 0, 6, 5, 0, 0, 0, 0, 0), biff(0x85, 0, 0, 0, 0, 0, 0, 1, 0, 'S'), biff(0x0A))
	binary.LittleEndian.PutUint32(globals[16:], uint32(len(globals)))
	sheet := slicesOf(biff(0x809, 0, 6, 16, 0, 0, 0, 0, 0), biff(0x204, 0, 0, 0, 0, 0, 0, 2, 0, 0, 'i', 'd'),
		biff(0x203, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F), biff(0x0A))
	return compoundOf("Workbook", append(globals, sheet...))
}

// Where things lie in what compoundOf makes.
const (
	fatAt       = 512
	directoryAt = 1024
	bookEntryAt = directoryAt + entrySize
	streamAt    = 1536
	streamFirst = 2 // its first sector
	entrySize   = 128
)

func TestSmallWorkbook(t *testing.T) {
	rows, sheet, err := newXLS(spoolOf(t, workbookOf(t)), "", ExcelSettings{})
	if err != nil || sheet != "S" || len(rows.cells) != 2 || rows.cells[0].text != "id" || rows.cells[1].text != "1" {
		t.Fatalf("%+v of %q: %v", rows, sheet, err)
	}
}

// TestMadeUpContainers: what was made to lead a reader astray is an error,
// soon, whatever the library would do with it.
func TestMadeUpContainers(t *testing.T) {
	put := binary.LittleEndian.PutUint32
	for what, change := range map[string]func(b []byte) []byte{
		"a stream in a circle": func(b []byte) []byte { put(b[fatAt+4*(streamFirst+1):], streamFirst); return b },
		"a stream that follows itself, outside the file": func(b []byte) []byte {
			put(b[fatAt+4*100:], 100)
			put(b[bookEntryAt+116:], 100)
			return b
		},
		"a stream that leads into the header": func(b []byte) []byte {
			put(b[fatAt+4*(streamFirst+7):], noEntry)
			put(b[bookEntryAt+120:], 4097)
			return b
		},
		"a stream that ends early":             func(b []byte) []byte { put(b[fatAt+4*(streamFirst+3):], chainEnd); return b },
		"a stream of 4 GB":                     func(b []byte) []byte { put(b[bookEntryAt+120:], 0xFFFFFF00); return b },
		"a stream one byte longer than it is":  func(b []byte) []byte { put(b[bookEntryAt+120:], 4097); return b },
		"a directory in a circle":              func(b []byte) []byte { put(b[fatAt+4:], 1); return b },
		"a directory outside the file":         func(b []byte) []byte { put(b[48:], 1<<20); return b },
		"a directory in the header":            func(b []byte) []byte { put(b[48:], noEntry); return b },
		"an entry that is its own child":       func(b []byte) []byte { put(b[directoryAt+76:], 0); return b },
		"a child that is not there":            func(b []byte) []byte { put(b[directoryAt+76:], 99); return b },
		"tables by the million":                func(b []byte) []byte { put(b[44:], 1<<31); put(b[64:], 60_000); return b },
		"a number of tables that wraps around": func(b []byte) []byte { put(b[72:], 33_818_640); return b }, // the library panics
		"storages in each other, 40,000 deep":  func([]byte) []byte { return nested(40_000) },
		"no more than a header":                func(b []byte) []byte { return b[:512] },
		"less than a header":                   func(b []byte) []byte { return b[:100] },
		"sectors of 8 bytes":                   func(b []byte) []byte { b[30] = 3; return b },
	} {
		spool := spoolOf(t, change(workbookOf(t)))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		begun := time.Now()
		rows, _, err := newXLS(spool, "", ExcelSettings{})
		runtime.ReadMemStats(&after)
		if !errors.Is(err, errXLS) {
			t.Errorf("%s: %+v, %v", what, rows, err)
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%s: refused after %v", what, took)
		}
		if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 64 {
			t.Errorf("%s: took %d MB", what, took)
		}
	}
}

// nested is a container whose every entry holds the next: the library keeps
// the whole path of each.
func nested(n int) []byte {
	const size, perSector = 512, 4
	put := binary.LittleEndian.PutUint32
	directory := (n + perSector - 1) / perSector
	tables := directory/(size/4-1) + 1
	out := compoundOf("Workbook", nil)[:size]
	out = append(out, make([]byte, size*(tables+directory))...)
	put(out[44:], uint32(tables))
	put(out[48:], uint32(tables)) // the directory follows the tables
	for i := range tables {
		put(out[76+4*i:], uint32(i))
	}
	for i := range directory {
		put(out[size+4*(tables+i):], uint32(tables+i+1))
	}
	put(out[size+4*(tables+directory-1):], chainEnd)
	for i := range n {
		entry := out[size*(1+tables)+entrySize*i:]
		entry[0], entry[64], entry[66] = 'a', 4, 1
		put(entry[68:], noEntry)
		put(entry[72:], noEntry)
		put(entry[76:], uint32(i+1))
	}
	put(out[size*(1+tables)+entrySize*(n-1)+76:], noEntry)
	return out
}

// descending is a container of 109 tables whose stream of small sectors runs
// down through all of them: it has many more sectors than the file.
func descending() []byte {
	const size, tables = 512, 109
	put := binary.LittleEndian.PutUint32
	out := append(compoundOf("Workbook", nil)[:size], make([]byte, size*(tables+1))...)
	put(out[44:], tables)
	put(out[48:], tables) // the directory follows the tables
	put(out[60:], 5000)
	put(out[64:], 1)
	for i := range tables {
		put(out[76+4*i:], uint32(i))
	}
	const last = tables*size/4 - 1
	for i := range last {
		put(out[size+4*(i+1):], uint32(i))
	}
	put(out[size+4*tables:], chainEnd)
	directory := out[size*(1+tables):]
	copy(directory, workbookEntries())
	put(directory[116:], last)
	return out
}

func workbookEntries() []byte {
	return compoundOf("Workbook", nil)[directoryAt : directoryAt+2*entrySize]
}

// TestBoundedContainers: what takes the library too long is refused for that
// alone; a smaller one of the same make is read.
func TestBoundedContainers(t *testing.T) {
	if _, err := openCompound(nested(2_000)); err != nil {
		t.Errorf("2,000 entries: %v", err)
	}
	if _, err := openCompound(nested(40_000)); err == nil || !strings.Contains(err.Error(), errDirectory.Error()) {
		t.Errorf("40,000 entries: %v", err)
	}
	if _, err := openCompound(descending()); err == nil || !strings.Contains(err.Error(), errCircle.Error()) {
		t.Errorf("a chain of 14,000 sectors in a file of 111: %v", err)
	}
}

// TestCutWorkbook: a file that ends early is an error or, where only what
// fills its last sector is missing, the same workbook.
func TestCutWorkbook(t *testing.T) {
	whole := workbookOf(t)
	for n := 0; n < len(whole); n += 61 {
		rows, _, err := newXLS(spoolOf(t, whole[:n]), "", ExcelSettings{})
		if err == nil {
			t.Fatalf("%d of %d bytes: %+v", n, len(whole), rows)
		}
	}
	put := binary.LittleEndian.PutUint32
	put(whole[bookEntryAt+120:], 4100) // one more sector, of which 4 bytes are the stream's
	put(whole[fatAt+4*(streamFirst+7):], streamFirst+8)
	put(whole[fatAt+4*(streamFirst+8):], chainEnd)
	whole = append(whole, 1, 2, 3, 4)
	c, err := openCompound(whole)
	if err != nil {
		t.Fatal(err)
	}
	if stream, err := c.read(c.find("Workbook")); err != nil || !bytes.Equal(stream, whole[streamAt:]) {
		t.Errorf("%d bytes: %v", len(stream), err)
	}
	whole = append(workbookOf(t), workbookEntries()...) // half a sector
	put(whole[48:], streamFirst+8)
	put(whole[fatAt+4*(streamFirst+8):], chainEnd)
	clear(whole[directoryAt:streamAt])
	if rows, _, err := newXLS(spoolOf(t, whole), "", ExcelSettings{}); err != nil || len(rows.cells) != 2 {
		t.Errorf("a directory cut short: %+v, %v", rows, err)
	}
}

// TestEmbeddedWorkbook: what a workbook or a letter has embedded is not its
// own, wherever it stands in the directory.
func TestEmbeddedWorkbook(t *testing.T) {
	whole := workbookOf(t)
	put := binary.LittleEndian.PutUint32
	entry := func(n int) []byte { return whole[directoryAt+entrySize*n : directoryAt+entrySize*(n+1)] }
	copy(entry(3), entry(1)) // the workbook
	copy(entry(2), entry(1)) // an embedded one, of no sectors that are there
	put(entry(2)[116:], 9999)
	entry(1)[66] = 1 // a storage that holds it
	put(entry(1)[76:], 2)
	put(entry(1)[72:], 3)
	entry(1)[0] = 'M'
	if rows, _, err := newXLS(spoolOf(t, whole), "", ExcelSettings{}); err != nil || len(rows.cells) != 2 {
		t.Fatalf("%+v: %v", rows, err)
	}
	put(entry(1)[72:], noEntry)
	if _, _, err := newXLS(spoolOf(t, whole), "", ExcelSettings{}); !errors.Is(err, errNoBook) {
		t.Errorf("only an embedded workbook: %v", err)
	}
}
