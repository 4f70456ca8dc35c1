package spool

import (
	"context"
	"errors"
	"fmt"
	"io"

	"iocgateway/adapters"
)

// small is how much of a body is read straight into memory, in bytes.
const small = 1 << 20

// Body reads a body to its end. A long one is set aside as it arrives, and is
// in memory only after Space let it in: a source that trickles holds no
// memory. release gives that memory back; the bytes may not be used after it.
func Body(ctx context.Context, space *adapters.Space, from io.Reader, guess int64) (body []byte, release func(), err error) {
	body, err = upTo(from, small, guess)
	if err == nil || !errors.Is(err, errMore) {
		return body, func() {}, err
	}
	f, err := newFile(space)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = f.Close() }() // read whole, or given up
	if _, err := f.Write(body); err != nil {
		return nil, nil, err
	}
	body = nil
	if _, err := io.Copy(f, from); err != nil {
		return nil, nil, err
	}
	release, err = space.Answer(ctx, f.size)
	if err != nil {
		return nil, nil, err
	}
	in, err := f.reader()
	if err == nil {
		body = make([]byte, f.size)
		_, err = io.ReadFull(in, body)
	}
	if err != nil {
		release()
		return nil, nil, fmt.Errorf("spool: read a body back: %w", err)
	}
	return body, release, nil
}

var errMore = errors.New("there is more")

// upTo reads at most so many bytes, and one more to know whether there are.
func upTo(from io.Reader, most, guess int64) ([]byte, error) {
	body := make([]byte, 0, min(max(guess, 4096)+512, most+1))
	for {
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
		n, err := from.Read(body[len(body):min(int64(cap(body)), most+1)])
		body = body[:len(body)+n]
		switch {
		case errors.Is(err, io.EOF):
			return body, nil
		case err != nil:
			return nil, err
		case int64(len(body)) > most:
			return body, errMore
		}
	}
}
