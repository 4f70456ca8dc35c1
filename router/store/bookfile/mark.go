package bookfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"iocgateway/canonical/problem"
	"iocgateway/router/book"
)

// MarkName is the book's mark, beside the book.
const MarkName = "book.mark"

// mark says outside of the book how far it was written: a tail that was cut off
// leaves a book that proves itself. As head.mark does, it may lag behind the
// book and never leads it: it is written when a change is on disk, and fsynced
// with a row, not with an item. It has two slots, written in turn, so that one
// that was cut leaves the one before.
type mark struct {
	Count uint64                 `json:"count"` // of the marks written
	At    stand                  `json:"at"`
	Over  *stand                 `json:"over,omitempty"` // the book that is about to be written anew
	Heads map[string]book.Anchor `json:"heads"`          // the newest row of each part
	Copy  bool                   `json:"copy,omitempty"` // of a book that all nodes share: without its file it is read again
}

// stand is how far a book was written: so many lines, and what they come to.
type stand struct {
	Lines int    `json:"lines"`
	Sum   string `json:"sum"` // each line's is over the one before's and the line
}

func (s stand) next(line []byte) stand {
	sum := sha256.Sum256(append([]byte(s.Sum), line...))
	return stand{s.Lines + 1, hex.EncodeToString(sum[:16])}
}

const markSlot = 4096

// readMark reads the newest mark that is whole; nil where there is none.
func readMark(dir string) (*mark, error) {
	text, err := os.ReadFile(filepath.Join(dir, MarkName))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var newest *mark
	for ; len(text) > 0; text = text[min(markSlot, len(text)):] {
		slot := bytes.TrimRight(text[:min(markSlot, len(text))], " \n\x00")
		if len(slot) < sumDigits+2 || sumOf(slot[sumDigits+1:]) != string(slot[:sumDigits]) {
			continue
		}
		m := new(mark)
		if json.Unmarshal(slot[sumDigits+1:], m) == nil && (newest == nil || m.Count > newest.Count) {
			newest = m
		}
	}
	return newest, nil
}

// marker writes the mark of a book, and holds the book against it.
type marker struct {
	dir   string
	f     *os.File
	last  *mark // what stands outside of the book
	at    stand // how far the book is
	stood bool  // what was marked when it was opened is there
}

// reached takes a line that was read or written into how far the book is.
func (m *marker) reached(line []byte) {
	m.at = m.at.next(line)
	if last := m.last; last != nil && (m.at == last.At || last.Over != nil && m.at == *last.Over) {
		m.stood = true
	}
}

// put writes how far the book is.
func (m *marker) put(to mark, durable bool) error {
	path := filepath.Join(m.dir, MarkName)
	if m.f != nil && !lies(m.f, path) { // it was taken away or replaced: another is made
		_ = m.f.Close() // nobody opens it again
		m.f = nil
	}
	if m.f == nil {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, fileMode)
		if err != nil {
			return err
		}
		m.f = f
	}
	to.At = m.at
	if m.last != nil {
		to.Count = m.last.Count + 1
	}
	text, err := json.Marshal(to)
	if err != nil {
		return err
	}
	line := append([]byte(sumOf(text)+" "), text...)
	if len(line) >= markSlot {
		return fmt.Errorf("%d bytes for a slot of %d", len(line), markSlot)
	}
	line = append(line, bytes.Repeat([]byte{' '}, markSlot-len(line)-1)...)
	if _, err := m.f.WriteAt(append(line, '\n'), int64(to.Count%2)*markSlot); err != nil {
		return err
	}
	m.last = &to
	if durable {
		return m.f.Sync()
	}
	return nil
}

// lies reports whether an open file is the one under a name.
func lies(f *os.File, path string) bool {
	open, err := f.Stat()
	there, gone := os.Stat(path)
	return err == nil && gone == nil && os.SameFile(open, there)
}

func (m *marker) close() error {
	if m.f == nil {
		return nil
	}
	return errors.Join(m.f.Sync(), m.f.Close())
}

// judge holds a book that was read against its mark.
func (m *marker) judge(path string, head func(part string) book.Anchor) *problem.Problem {
	last := m.last
	if last == nil || m.stood || last.At.Lines == 0 || last.Copy && m.at.Lines == 0 {
		return nil
	}
	lost := 0
	for part, was := range last.Heads {
		if has := head(part).Seq; was.Seq > has {
			lost += int(was.Seq - has)
		}
	}
	if lost == 0 && (m.at.Lines >= last.At.Lines || last.Over != nil) {
		return &problem.Problem{Code: "GW-R041", File: path, Err: errors.New("its lines are not those that were written")}
	}
	return &problem.Problem{Code: "GW-R053", File: path, Value: strconv.Itoa(lost), Want: strconv.Itoa(max(last.At.Lines-m.at.Lines, 0))}
}

// against holds a part that proves itself against what stands outside of the
// book. A copy that lost its file is read again, and may not be there yet.
func against(b *File, v book.Verdict) book.Verdict {
	if !v.Whole {
		return v
	}
	if last := b.marker.last; last != nil && (!last.Copy || b.wrong != nil) && last.Heads[v.Part].Seq > v.Head.Seq {
		v.Whole, v.At, v.What, v.Lost = false, v.Head.Seq+1, book.Missing, last.Heads[v.Part].Seq-v.Head.Seq
		return v
	}
	if short := shortOf(b); short != nil && short.Part == v.Part {
		v.Whole, v.At, v.What, v.Lost = false, v.Head.Seq+1, book.Missing, short.Lost()
		if short.Other() {
			v.At, v.What = short.Was.Seq, book.Joined
		}
	}
	return v
}

// note marks how far the book is; over is what it is about to become.
func (b *File) note(over *stand, durable bool) error {
	if b.wrong != nil {
		return nil // what a person has to look at stays as it is
	}
	to := mark{Over: over, Heads: map[string]book.Anchor{}}
	for part := range b.rows {
		to.Heads[part] = b.state.Head(part)
	}
	_, err := b.state.Get(originSection, originKey)
	to.Copy = err == nil
	if b.opts.Grew != nil && over == nil && len(to.Heads) > 0 {
		b.opts.Grew(to.Heads)
	}
	err = b.marker.put(to, durable)
	if err != nil && over == nil { // it lags, which stops nothing
		b.opts.Log.Warn("the side book's mark was not written", "error", err)
	}
	return err
}

// Check reads the book of a data folder and changes nothing: what is wrong with
// it, against what the Log knows of it too, or nil.
func Check(dir string, known map[string]book.Anchor) error {
	f, err := os.Open(filepath.Join(dir, Name))
	if errors.Is(err, os.ErrNotExist) {
		m, err := readMark(dir)
		if err == nil && m != nil && m.At.Lines > 0 && !m.Copy {
			return &problem.Problem{Code: "GW-R053", Value: strconv.Itoa(m.At.Lines), Want: strconv.Itoa(m.At.Lines)}
		}
		if err != nil || len(known) == 0 {
			return err
		}
		o := Options{Dir: dir, Known: known}
		b := &File{opts: o.complete(), path: filepath.Join(dir, Name), state: book.NewState(), readOnly: true}
		if found := lacking(b); found != nil {
			return found
		}
		return nil
	}
	if err != nil {
		return err
	}
	o := Options{Dir: dir, Known: known}
	b := &File{opts: o.complete(), path: filepath.Join(dir, Name), f: f, marker: marker{dir: dir}, readOnly: true}
	err = b.load()
	if err == nil {
		found := b.marker.judge(b.path, b.state.Head)
		if found == nil && b.wrong == nil {
			found = lacking(b)
		}
		if found != nil {
			b.fail(found)
		}
		if b.wrong != nil {
			err = b.wrong
		}
	}
	return errors.Join(err, f.Close())
}
