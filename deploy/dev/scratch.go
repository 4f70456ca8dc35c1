package dev

import (
	"fmt"
	"os"
	"path/filepath"
)

// scratch is a folder that goes with whoever made it. It is locked while it
// is in use, so that a later process can see what a killed one left behind.
type scratch struct {
	dir  string
	lock *os.File
}

const lockName = "in-use"

// newScratch makes a folder, and clears away those that nobody uses any more.
func newScratch() (*scratch, error) {
	root := filepath.Join(os.TempDir(), fmt.Sprintf("gateway-dev-%d", os.Getuid()))
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, err
	}
	// One at a time: a folder just made is not locked yet.
	gate, err := openLocked(filepath.Join(root, lockName), true)
	if err != nil {
		return nil, err
	}
	defer gate.Close()
	sweep(root)
	dir, err := os.MkdirTemp(root, "run-")
	if err != nil {
		return nil, err
	}
	held, err := openLocked(filepath.Join(dir, lockName), true)
	if err != nil {
		return nil, err
	}
	return &scratch{dir: dir, lock: held}, nil
}

func (s *scratch) path(elem ...string) string {
	return filepath.Join(append([]string{s.dir}, elem...)...)
}

func (s *scratch) remove() error {
	defer s.lock.Close()
	return os.RemoveAll(s.dir)
}

// sweep removes the folders of dead processes. One that cannot be removed
// is left to the next time.
func sweep(root string) {
	left, err := filepath.Glob(filepath.Join(root, "run-*"))
	if err != nil {
		return
	}
	for _, dir := range left {
		f, err := openLocked(filepath.Join(dir, lockName), false)
		if err != nil {
			continue // in use
		}
		_ = os.RemoveAll(dir)
		f.Close()
	}
}

func openLocked(path string, wait bool) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lock(f, wait); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
