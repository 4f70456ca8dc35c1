//go:build unix

package folder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"iocgateway/canonical/problem"
)

// Lock keeps a second process out: the sequences are counted in memory,
// so a folder has one writer.
type Lock struct{ f *os.File }

// Acquire locks a folder that exists; GW-K001 when another process has it.
func Acquire(dir string) (*Lock, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return nil, &problem.Problem{Code: "GW-K006", Value: dir, Err: err}
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(&problem.Problem{Code: "GW-K001", Value: dir, Err: err}, f.Close())
	}
	return &Lock{f: f}, nil
}

// Release unlocks before it closes: a process being started at this moment
// still has a copy of the file, which would hold the lock a little longer.
func (l *Lock) Release() error {
	if err := errors.Join(syscall.Flock(int(l.f.Fd()), syscall.LOCK_UN), l.f.Close()); err != nil {
		return fmt.Errorf("store: releasing the folder: %w", err)
	}
	return nil
}
