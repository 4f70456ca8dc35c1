//go:build unix

package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"iocgateway/canonical/problem"
)

// dirLock keeps a second process out: the sequences are counted in memory,
// so a folder has one writer.
type dirLock struct{ f *os.File }

func lockDir(dir string) (*dirLock, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return nil, &problem.Problem{Code: "GW-K006", Value: filepath.Base(dir), Err: err}
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(&problem.Problem{Code: "GW-K001", Value: filepath.Base(dir), Err: err}, f.Close())
	}
	return &dirLock{f: f}, nil
}

// release unlocks before it closes: a process being started at this moment
// still has a copy of the file, which would hold the lock a little longer.
func (l *dirLock) release() error {
	if err := errors.Join(syscall.Flock(int(l.f.Fd()), syscall.LOCK_UN), l.f.Close()); err != nil {
		return fmt.Errorf("store: releasing the folder: %w", err)
	}
	return nil
}
