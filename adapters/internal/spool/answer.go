package spool

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

// Answer gathers the records of one answer: a page of them in memory, the
// rest set aside. It is filled by one goroutine and then given on by Page.
type Answer struct {
	space *adapters.Space
	first run
	left  int // records set aside
	file  *file
	frame []byte
}

// run is as much as one page holds.
type run struct {
	records []canonical.Raw
	refused []adapters.Refused
	bytes   int
}

func (r *run) full() bool {
	return len(r.records)+len(r.refused) >= adapters.PageRecords || r.bytes >= adapters.PageBytes
}

func (r *run) add(raw canonical.Raw, p *problem.Problem) {
	r.bytes += len(raw.Payload)
	if p != nil {
		r.refused = append(r.refused, adapters.Refused{Raw: raw, Problem: *p})
		return
	}
	r.records = append(r.records, raw)
}

// NewAnswer is an empty one; guess is how many records may come.
func NewAnswer(space *adapters.Space, guess int) *Answer {
	return &Answer{space: space, first: run{records: make([]canonical.Raw, 0, min(guess, adapters.PageRecords))}}
}

// Add takes a record, or, with a problem, what is held for it. As long as one
// page holds them all, payloads stay where they are.
func (a *Answer) Add(raw canonical.Raw, p *problem.Problem) (err error) {
	if a.file == nil && !a.first.full() {
		a.first.add(raw, p)
		return nil
	}
	if a.file == nil {
		a.first.own()
		if a.file, err = newFile(a.space); err != nil {
			return err
		}
	}
	if a.frame, err = appendFrame(a.frame[:0], raw, p); err != nil {
		return err
	}
	a.left++
	_, err = a.file.Write(a.frame)
	return err
}

// own copies the payloads, so that the long body they lie in can go.
func (r *run) own() {
	arena := make([]byte, 0, r.bytes)
	move := func(raw *canonical.Raw) {
		from := len(arena)
		arena = append(arena, raw.Payload...)
		raw.Payload = arena[from:len(arena):len(arena)]
	}
	for i := range r.records {
		move(&r.records[i])
	}
	for i := range r.refused {
		move(&r.refused[i].Raw)
	}
}

// First is the records and refusals of the first page.
func (a *Answer) First() ([]canonical.Raw, []adapters.Refused) {
	return a.first.records, a.first.refused
}

// Page gives everything to a page, which owns it from then on.
func (a *Answer) Page(p *adapters.Page) error {
	p.Records, p.Refused = a.First()
	if a.file == nil {
		return nil
	}
	in, err := a.file.reader()
	if err != nil {
		return errors.Join(err, a.Close())
	}
	p.Tail = &tail{in: in, file: a.file, left: a.left}
	return nil
}

// Close forgets what was set aside, where no page has it.
func (a *Answer) Close() error {
	if a.file == nil {
		return nil
	}
	return a.file.Close()
}

// tail is adapters.Tail over a file.
type tail struct {
	in   *bufio.Reader
	file *file
	left int
}

// Next gives the next page's worth.
func (t *tail) Next(ctx context.Context) (records []canonical.Raw, refused []adapters.Refused, last bool, err error) {
	r := run{records: make([]canonical.Raw, 0, min(t.left, adapters.PageRecords))}
	for t.left > 0 && !r.full() {
		if err := ctx.Err(); err != nil {
			return nil, nil, false, err
		}
		raw, p, err := readFrame(t.in)
		if err != nil && ctx.Err() != nil { // closed under it, for the run is over
			return nil, nil, false, ctx.Err()
		}
		if err != nil {
			return nil, nil, false, fmt.Errorf("spool: read records back: %w", adapters.NoRoom(t.file.on, err))
		}
		r.add(raw, p)
		t.left--
	}
	return r.records, r.refused, t.left == 0, nil
}

// Close is adapters.Tail's.
func (t *tail) Close() error { return t.file.Close() }

// appendFrame adds a record in our own form, which lives as long as the file.
func appendFrame(dst []byte, raw canonical.Raw, p *problem.Problem) ([]byte, error) {
	var held []byte
	if p != nil {
		var err error
		if held, err = json.Marshal(p); err != nil {
			return dst, fmt.Errorf("spool: set a refusal aside: %w", err)
		}
	}
	at, err := raw.At.MarshalBinary()
	if err != nil {
		return dst, fmt.Errorf("spool: set a time aside: %w", err)
	}
	gone := byte(0)
	if raw.Gone {
		gone = 1
	}
	dst = append(dst, gone)
	for _, text := range [...]string{string(raw.Kind), raw.Key, raw.Version, raw.Media} {
		dst = appendSized(dst, text)
	}
	return appendSized(appendSized(appendSized(dst, at), raw.Payload), held), nil
}

func appendSized[T string | []byte](dst []byte, part T) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(part))), part...)
}

func readFrame(in *bufio.Reader) (raw canonical.Raw, p *problem.Problem, err error) {
	gone, err := in.ReadByte()
	if err != nil {
		return raw, nil, io.ErrUnexpectedEOF
	}
	var parts [7][]byte
	for i := range parts {
		n, err := binary.ReadUvarint(in)
		if err != nil {
			return raw, nil, io.ErrUnexpectedEOF
		}
		parts[i] = make([]byte, n)
		if _, err := io.ReadFull(in, parts[i]); err != nil {
			return raw, nil, err
		}
	}
	var at time.Time
	if err := at.UnmarshalBinary(parts[4]); err != nil {
		return raw, nil, err
	}
	raw = canonical.Raw{Kind: canonical.Kind(parts[0]), Key: string(parts[1]), Version: string(parts[2]), Media: string(parts[3]),
		At: at, Gone: gone == 1, Payload: parts[5]}
	if len(parts[6]) == 0 {
		return raw, nil, nil
	}
	p = &problem.Problem{}
	return raw, p, json.Unmarshal(parts[6], p)
}
