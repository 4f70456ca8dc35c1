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

	"iocgateway/canonical/problem"
)

// Spool is a private copy of a file's content: what is read is what was
// hashed, whatever happens to the original meanwhile.
type Spool struct {
	*os.File
	Size int64
	Hash string // lower-case hex of the first 16 bytes of SHA-256
}

// newSpool copies at most limit bytes. The copy has no name from the start:
// it is gone when it is closed, or when the process is.
func newSpool(ctx context.Context, name string, from io.Reader, limit int64) (*Spool, error) {
	file, err := os.CreateTemp("", "gateway-file-*")
	if err != nil {
		return nil, fmt.Errorf("tabular: make room for %s: %w", name, err)
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, failed(file, fmt.Errorf("tabular: make room for %s: %w", name, err))
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
	return &Spool{File: file, Size: size, Hash: hex.EncodeToString(sum.Sum(nil)[:16])}, nil
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
