package tabular

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
)

// Spool is a private copy of a file's content: what is read is what was
// hashed, whatever happens to the original meanwhile.
type Spool struct {
	*os.File
	Size int64
	Hash string // lower-case hex of the first 16 bytes of SHA-256

	space   *adapters.Space
	release func() // of the memory it takes; nil: none
}

// smallFile is how large a file may be in memory without asking for room, in bytes.
const smallFile = 2 << 20

// take waits until there is memory for so many bytes of it, until Close.
func (s *Spool) take(ctx context.Context, bytes int64) (err error) {
	if bytes > smallFile {
		s.release, err = s.space.File(ctx, bytes)
	}
	return err
}

// spooler makes copies of at most limit bytes.
type spooler struct {
	space *adapters.Space
	limit int64
}

// copy makes one. It has no name from the start: it is gone when it is
// closed, or when the process is.
func (s spooler) copy(ctx context.Context, name string, from io.Reader) (*Spool, error) {
	limit := s.limit
	file, err := s.space.Aside()
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(file, sum), io.LimitReader(&patient{ctx, from}, limit+1))
	if err != nil {
		return nil, failed(file, Unreached(name, err))
	}
	if size > limit {
		return nil, failed(file, problem.Halt(&problem.Problem{Code: "GW-D002", File: problem.Short(name),
			Want: strconv.FormatInt(limit>>20, 10) + " MB"}))
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, failed(file, fmt.Errorf("tabular: read %s: %w", name, err))
	}
	return &Spool{File: file, Size: size, Hash: hex.EncodeToString(sum.Sum(nil)[:16]), space: s.space}, nil
}

// Close lets go of the copy and of the memory it takes.
func (s *Spool) Close() error {
	if s.release != nil {
		s.release()
		s.release = nil
	}
	return s.File.Close()
}

func failed(file *os.File, err error) error {
	_ = file.Close() // what counts is why we gave it up
	return err
}

// Bytes is the whole content.
func (s *Spool) Bytes() ([]byte, error) {
	data := make([]byte, s.Size)
	if _, err := s.ReadAt(data, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("tabular: read back: %w", err)
	}
	return data, nil
}

// Head is up to n bytes of the beginning.
func (s *Spool) Head(n int) []byte {
	data := make([]byte, min(int64(n), s.Size))
	got, _ := s.ReadAt(data, 0)
	return data[:got]
}

// patient stops reading when its context ends.
type patient struct {
	ctx  context.Context
	from io.Reader
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.from.Read(b)
}
