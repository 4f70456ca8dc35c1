package statistics

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"

	"iocgateway/adapters/tabular"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// A byte that is no letter of its file's charset, and a NUL, become a mark while
// the file is read: a letter that nobody writes, one for each byte. So readers of
// XML and JSON go on, the observation that has one is held, and what is held
// of it is what came.
const firstMark = 0x10ff00

// isMark reports whether a letter stands for a byte.
func isMark(r rune) bool { return r >= firstMark }

// torn reports whether a text has a mark in it.
func torn[T ~string | ~[]byte](text T) bool {
	return bytes.ContainsFunc([]byte(text), isMark)
}

// marked puts marks into a text: for bytes that are no UTF-8, and for NULs where
// they cannot be anything but damage.
func marked(text []byte, nul bool) []byte {
	nul = nul && bytes.IndexByte(text, 0) >= 0
	if !nul && utf8.Valid(text) {
		return text
	}
	out := make([]byte, 0, len(text)+64)
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n < 2 || r == 0 && nul {
			out = utf8.AppendRune(out, firstMark+rune(text[i]))
		} else {
			out = append(out, text[i:i+n]...)
		}
		i += n
	}
	return out
}

// markedJSON is a JSON document with its marks, cut free of what transports leave
// around it.
func markedJSON(data []byte) []byte { return marked(tabular.TrimJSON(data), true) }

// unmarked gives the bytes back.
func unmarked(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if isMark(r) {
			out = append(out, byte(r-firstMark))
		} else {
			out = append(out, text[i:i+n]...)
		}
		i += n
	}
	return out
}

// marking puts marks into what is streamed.
type marking struct {
	in   io.Reader
	buf  []byte // read and not given yet; its last letter may be cut
	out  []byte // marked and not given yet
	last error

	marks int // bytes that were put in for marks
}

// Read gives the text with its marks.
func (m *marking) Read(p []byte) (int, error) {
	for len(m.out) == 0 {
		if m.last != nil {
			return 0, m.last
		}
		const chunk = 32 << 10
		m.buf = slices.Grow(m.buf, chunk)
		n, err := m.in.Read(m.buf[len(m.buf) : len(m.buf)+chunk])
		m.buf, m.last = m.buf[:len(m.buf)+n], err
		whole := len(m.buf)
		for i := 1; err == nil && i < utf8.UTFMax && i <= len(m.buf); i++ {
			if c := m.buf[len(m.buf)-i]; utf8.RuneStart(c) {
				if !utf8.FullRune(m.buf[len(m.buf)-i:]) {
					whole -= i
				}
				break
			}
		}
		m.out = bytes.Clone(marked(m.buf[:whole], true))
		m.marks += len(m.out) - whole
		m.buf = append(m.buf[:0], m.buf[whole:]...)
	}
	n := copy(p, m.out)
	m.out = m.out[n:]
	return n, nil
}

// pxText is a PX file as UTF-8, with its marks. NULs between statements are what
// transports leave there.
func pxText(data []byte, charset string) ([]byte, error) {
	if name, ok := vntext.Charset(charset); ok && name == "utf-8" {
		data = marked(data, false)
	}
	text, err := vntext.Decode(data, charset)
	if errors.Is(err, vntext.ErrMalformed) {
		text, err = bytes.ReplaceAll(text, []byte("\uFFFD"), utf8.AppendRune(nil, firstMark+0xff)), nil
	}
	if err != nil || bytes.IndexByte(text, 0) < 0 {
		return text, err
	}
	out, ended := make([]byte, 0, len(text)), true
	for _, c := range bytes.TrimRight(text, "\x1a\x00 \t\r\n") {
		if blank := bytes.IndexByte([]byte(" \t\r\n\x00"), c) >= 0; !blank {
			ended = c == ';'
		}
		if c == 0 && ended {
			c = ' '
		}
		out = append(out, c)
	}
	return marked(out, true), nil
}

// of sees whether an answer has broken text.
func (e *emitter) of(answer []byte) *emitter {
	e.torn = len(marked(answer, true)) > len(answer)
	return e
}

// hold is why an observation with marks in it is held, and under which key.
func (e *emitter) hold(o *observation, item *tabular.Item) {
	where := string(vntext.Question(unmarked([]byte(o.where))))
	p := &problem.Problem{Code: "GW-D100", File: problem.Short(e.file), Path: problem.Short(where)}
	if bytes.ContainsRune(item.Raw.Payload, firstMark) {
		p.Code = "GW-D107"
	}
	p.Field = problem.Short(o.torn())
	if torn(item.Raw.Key) {
		item.Raw.Key = placeKey(e.prefix, baseName(e.file), baseName(e.file)+" "+strconv.Itoa(e.damage.all))
	}
	item.Raw.Payload = unmarked(item.Raw.Payload)
	item.Problem = p
	e.damage.see(p.Field)
}

// torn names the part of an observation that has a mark.
func (o *observation) torn() string {
	for _, part := range []struct{ name, text string }{
		{"table", o.table}, {"title", o.title}, {"value", o.value}, {"status", o.status}, {"unit", o.unit}} {
		if torn(part.text) {
			return part.name
		}
	}
	for _, m := range slices.Concat(o.dims, o.attrs) {
		if torn(m.id) || torn(m.code) || torn(m.label) {
			return string(vntext.Question(unmarked([]byte(m.id))))
		}
	}
	return "?"
}

// damage counts what is held of a file for its marks.
type damage struct {
	all, torn int
	field     string // the part that all of them have it in
	apart     bool   // … and not one
}

func (d *damage) see(field string) {
	d.apart = d.apart || d.torn > 0 && d.field != field
	d.torn, d.field = d.torn+1, field
}

// fewTorn are observations that may always be held alone.
const fewTorn = 3

// whole is why a file is refused whole: a part that all observations share is
// broken, or most of them are.
func (d *damage) whole(e *emitter) error {
	switch {
	case d.torn < fewTorn:
		return nil
	case d.torn == d.all && !d.apart:
		return &problem.Problem{Code: "GW-D100", Path: problem.Short(baseName(e.file)), Field: d.field}
	case 2*d.torn > d.all:
		return &problem.Problem{Code: "GW-D101", Value: strconv.Itoa(d.torn), Want: strconv.Itoa(d.all)}
	}
	return nil
}

// bearable reads a file with broken text ahead: whether what is to be held is
// some of it or the file.
func (f *files) bearable(file tabular.File, content *tabular.Spool) error {
	e := newEmitter(f.kind, file.Name, &f.cfg.tableSettings)
	items, err := f.reader(file, content, e)
	if err != nil {
		return e.named(err)
	}
	for err == nil {
		_, err = items.Next()
	}
	if closed := items.Close(); errors.Is(err, io.EOF) {
		err = closed
	}
	if err == nil {
		err = e.damage.whole(e)
	}
	return e.named(err)
}

// sound reports whether a text is UTF-8 without NULs, and goes back to its beginning.
func sound(in io.ReadSeeker) (bool, error) {
	m := &marking{in: in}
	if _, err := io.Copy(io.Discard, m); err != nil {
		return false, err
	}
	_, err := in.Seek(0, io.SeekStart)
	return m.marks == 0, err
}
