package book

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// hash is what a row's must be: SHA-256 over five lines, each ended by a
// line feed: number, time (RFC 3339 in UTC), prev, anchor (number, blank,
// hash; or empty), body.
func (r *Row) hash() string {
	var b bytes.Buffer
	b.WriteString(strconv.FormatUint(r.Seq, 10) + "\n" + r.At.UTC().Format(time.RFC3339Nano) + "\n" + r.Prev + "\n")
	if r.Anchor != nil {
		b.WriteString(strconv.FormatUint(r.Anchor.Seq, 10) + " " + r.Anchor.Hash)
	}
	b.WriteByte('\n')
	b.Write(r.Body)
	b.WriteByte('\n')
	sum := sha256.Sum256(b.Bytes())
	return hex.EncodeToString(sum[:])
}

// Canonical is a value as JSON that is the same wherever it is made: members
// sorted, no blanks, numbers as they were written.
func Canonical(v any) (json.RawMessage, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("book: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var plain any
	if err := dec.Decode(&plain); err != nil {
		return nil, fmt.Errorf("book: %w", err)
	}
	return json.Marshal(plain) // what any json.Marshal passes on unchanged
}

// chain follows a part row by row: what it is handed must come next.
type chain struct {
	part  string
	first uint64 // oldest row seen; 0: none
	head  Anchor // newest row seen, or where it begins
	cut   Anchor // the newest anchor that a row names
}

// next is the row that a body makes.
func (c *chain) next(at time.Time, anchor *Anchor, body json.RawMessage) Row {
	r := Row{Part: c.part, Seq: c.head.Seq + 1, At: at.UTC().Round(0), Prev: c.head.Hash, Anchor: anchor, Body: body}
	r.Hash = r.hash()
	return r
}

// take takes the next row in, or says what is wrong with it.
func (c *chain) take(r *Row) Fault {
	pruned := c.head.Seq == 0 && c.first == 0 && r.Seq > 1 // it begins behind an anchor, which a later row names
	switch {
	case r.hash() != r.Hash:
		return Changed
	case pruned:
	case r.Seq <= c.head.Seq:
		return Moved
	case r.Seq > c.head.Seq+1:
		return Missing
	case r.Prev != c.head.Hash:
		return Joined
	}
	if c.first == 0 {
		c.first = r.Seq
	}
	if pruned {
		c.cut = Anchor{r.Seq - 1, r.Prev}
	}
	c.head = Anchor{r.Seq, r.Hash}
	return ""
}

// verifier judges a part from its first row to its last.
type verifier struct {
	chain
	start  Anchor // what the first row stands on; zero: on nothing
	named  bool   // a row names start as its anchor
	found  Verdict
	broken bool
}

func newVerifier(part string) *verifier {
	return &verifier{chain: chain{part: part}, found: Verdict{Part: part}}
}

// row takes one row; only the first fault is told.
func (v *verifier) row(r *Row) {
	v.found.Rows++
	if v.broken {
		return
	}
	if fault := v.take(r); fault != "" {
		v.broken, v.found.At, v.found.What = true, r.Seq, fault
		if fault == Missing {
			v.found.At = v.head.Seq + 1
		}
		return
	}
	if v.found.Rows == 1 && r.Seq > 1 {
		v.start = v.cut
	}
	if r.Anchor != nil && *r.Anchor == v.start {
		v.named = true
	}
}

// verdict is what became of it. head is what the book believes the newest row is.
func (v *verifier) verdict(head Anchor) Verdict {
	v.found.First, v.found.Head, v.found.Pruned = v.first, v.head, v.start.Seq
	switch {
	case v.broken:
	case v.start.Seq > 0 && !v.named: // rows are gone, and no pruning says so
		v.found.At, v.found.What = v.first, Missing
	case head != v.head:
		v.found.At, v.found.What = v.head.Seq+1, Missing
	}
	v.found.Whole = v.found.What == ""
	return v.found
}

// Verify judges rows as they come, in order; head is what the newest must be,
// zero where that is not known.
func Verify(part string, head Anchor, rows func(yield func(*Row) bool) error) (Verdict, error) {
	v := newVerifier(part)
	if err := rows(func(r *Row) bool { v.row(r); return true }); err != nil {
		return v.found, err
	}
	if head == (Anchor{}) {
		head = v.head
	}
	return v.verdict(head), nil
}
