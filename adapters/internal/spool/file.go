// Package spool sets aside what an answer has beyond what memory may hold:
// its body as it arrives, and its records until their page's turn comes.
//
// What is set aside lies in files without a name, gone with the process, and
// sealed with a key that only this process has: a disk that is read later
// shows nothing of it.
package spool

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"

	"iocgateway/adapters"
)

// file is written once from its beginning, then read once.
type file struct {
	space *adapters.Space
	on    *os.File
	out   *bufio.Writer
	seal  cipher.Block
	size  int64
}

const asideBuffer = 64 << 10

func newFile(space *adapters.Space) (*file, error) {
	var key [32]byte
	if _, err := rand.Read(key[:]); err != nil {
		return nil, fmt.Errorf("spool: a key: %w", err)
	}
	seal, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, fmt.Errorf("spool: a key: %w", err)
	}
	on, err := space.Aside()
	if err != nil {
		return nil, err
	}
	f := &file{space: space, on: on, seal: seal}
	f.out = bufio.NewWriterSize(cipher.StreamWriter{S: f.stream(), W: on}, asideBuffer)
	return f, nil
}

// stream is the key stream from the beginning: the key is used for one file.
func (f *file) stream() cipher.Stream { return cipher.NewCTR(f.seal, make([]byte, aes.BlockSize)) }

// Write is io.Writer's.
func (f *file) Write(p []byte) (int, error) {
	if err := f.space.Grow(int64(len(p))); err != nil {
		return 0, err
	}
	f.size += int64(len(p))
	n, err := f.out.Write(p)
	if err != nil {
		return n, adapters.NoRoom(f.on, err)
	}
	return n, nil
}

// reader reads what was written, once and from the beginning; nothing can be
// written any more.
func (f *file) reader() (*bufio.Reader, error) {
	if err := f.out.Flush(); err != nil {
		return nil, adapters.NoRoom(f.on, err)
	}
	f.out = nil
	if _, err := f.on.Seek(0, io.SeekStart); err != nil {
		return nil, adapters.NoRoom(f.on, err)
	}
	return bufio.NewReaderSize(cipher.StreamReader{S: f.stream(), R: f.on}, asideBuffer), nil
}

// Close lets go of the file; again is fine.
func (f *file) Close() error {
	err := f.on.Close()
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return errors.Join(err, f.space.Grow(-f.size))
}
