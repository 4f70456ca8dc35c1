//go:build !unix

package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"iocgateway/canonical/problem"
)

// dirLock keeps a second process out: on systems without flock the lock is a
// file that exists while the folder is open. After a crash a person removes it.
type dirLock struct{ f *os.File }

func lockDir(dir string) (*dirLock, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o640)
	if errors.Is(err, os.ErrExist) {
		return nil, &problem.Problem{Code: "GW-K001", Value: filepath.Base(dir), Err: err}
	}
	if err != nil {
		return nil, &problem.Problem{Code: "GW-K006", Value: filepath.Base(dir), Err: err}
	}
	return &dirLock{f: f}, nil
}

func (l *dirLock) release() error {
	if err := errors.Join(l.f.Close(), os.Remove(l.f.Name())); err != nil {
		return fmt.Errorf("store: releasing the folder: %w", err)
	}
	return nil
}
