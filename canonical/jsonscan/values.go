package jsonscan

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// Values gives JSON values from a stream one by one, each whole and as it
// stands. Whoever takes one judges it: only where it begins and ends is
// decided here.
type Values struct {
	in    *bufio.Reader
	list  bool // the values of a list, commas between; otherwise one after the other
	most  int
	begun bool
	ended bool
	buf   []byte
	long  bool
}

// NewValues reads the values of a list whose opening bracket has been read,
// or, where list is false, values one after the other to the end. Of a value
// longer than most bytes only so many are kept.
func NewValues(in io.Reader, list bool, most int) *Values {
	return &Values{in: bufio.NewReaderSize(in, 64<<10), list: list, most: most}
}

// Next gives the next value, good until the next one; long: it is only the
// beginning of one. The error is io.EOF behind the last, or a Defect.
func (v *Values) Next() (value []byte, long bool, err error) {
	if v.ended {
		return nil, false, io.EOF
	}
	c, err := v.first()
	if err != nil {
		return nil, false, err
	}
	v.buf, v.long = v.buf[:0], false
	switch c {
	case '{', '[':
		err = v.nested(c)
	case '"':
		v.keep(c)
		err = v.text()
	default:
		err = v.word(c)
	}
	v.begun = true
	return v.buf, v.long, err
}

// first comes to the first byte of the next value.
func (v *Values) first() (byte, error) {
	c, err := v.visible()
	if err != nil {
		return 0, v.over(err)
	}
	if !v.list {
		return c, nil
	}
	if c == ']' {
		v.ended = true
		return 0, io.EOF
	}
	if !v.begun {
		return c, nil
	}
	if c != ',' {
		return 0, Broken
	}
	if c, err = v.visible(); err != nil {
		return 0, v.over(err)
	}
	return c, nil
}

func (v *Values) visible() (byte, error) {
	for {
		c, err := v.in.ReadByte()
		if err != nil || c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c, err
		}
	}
}

// over is the end of the stream: of a list it comes too early.
func (v *Values) over(err error) error {
	if errors.Is(err, io.EOF) && v.list {
		return CutOff
	}
	return err
}

// Rest reads on behind the list to the end of its document: the brackets that
// were open around it, outermost first, close, and nothing stands behind. The
// member that holds the list, where it is one's, stands there once: of two
// nobody knows which is meant.
func (v *Values) Rest(around, member string) error {
	var open brackets
	for i := range len(around) {
		open.meet(around[i])
	}
	v.most = 0 // what stands there is passed over
	for {
		c, err := v.visible()
		switch {
		case errors.Is(err, io.EOF) && open.depth == 0:
			return nil
		case err != nil:
			return cutOff(err)
		case open.depth == 0 && c != 0:
			return Broken
		case c == '"' && member != "" && open.depth == len(around):
			if err := v.other(member); err != nil {
				return err
			}
		case c == '"':
			if err := v.text(); err != nil {
				return err
			}
		case !open.meet(c):
			return Broken
		}
	}
}

// other passes over a text beside the list, which is not the name of its member.
func (v *Values) other(member string) error {
	v.buf, v.most = v.buf[:0], len(member)+1
	err := v.text()
	v.most = 0
	if err != nil || string(v.buf) != member+`"` || v.long {
		v.long = false
		return err
	}
	c, err := v.visible()
	if err != nil {
		return cutOff(err)
	}
	if c == ':' {
		return Twice
	}
	return v.in.UnreadByte()
}

func (v *Values) keep(c byte) {
	if len(v.buf) < v.most {
		v.buf = append(v.buf, c)
	} else {
		v.long = true
	}
}

func (v *Values) nested(c byte) error {
	var open brackets
	for {
		v.keep(c)
		switch {
		case c == '"':
			if err := v.text(); err != nil {
				return err
			}
		case !open.meet(c):
			return Broken
		case open.depth == 0:
			return nil
		}
		var err error
		if c, err = v.in.ReadByte(); err != nil {
			return cutOff(err)
		}
	}
}

// text reads to the end of a text that has begun.
func (v *Values) text() error {
	for {
		c, err := v.in.ReadByte()
		if err != nil {
			return cutOff(err)
		}
		v.keep(c)
		switch c {
		case '"':
			return nil
		case '\\':
			if c, err = v.in.ReadByte(); err != nil {
				return cutOff(err)
			}
			v.keep(c)
		}
	}
}

func (v *Values) word(c byte) error {
	if c == ',' || c == ']' || c == '}' || c == ':' {
		return Broken
	}
	for {
		v.keep(c)
		next, err := v.in.Peek(1)
		if errors.Is(err, io.EOF) && !v.list {
			return nil
		}
		if err != nil {
			return cutOff(err)
		}
		if c = next[0]; c <= ' ' || c == ',' || c == ']' {
			return nil
		}
		if bytes.IndexByte([]byte(`"{[}:`), c) >= 0 {
			return Broken
		}
		_, _ = v.in.Discard(1) // it was peeked at
	}
}

func cutOff(err error) error {
	if errors.Is(err, io.EOF) {
		return CutOff
	}
	return err
}
