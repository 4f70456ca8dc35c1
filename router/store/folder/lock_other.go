//go:build !unix

package folder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"iocgateway/canonical/problem"
)

// Lock keeps a second process out: on systems without flock the lock is a
// file that exists while the folder is open. After a crash a person removes it.
type Lock struct{ f *os.File }

// Acquire locks a folder that exists; GW-K001 when another process has it.
func Acquire(dir string) (*Lock, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o640)
	if errors.Is(err, os.ErrExist) {
		return nil, &problem.Problem{Code: "GW-K001", Value: dir, Err: err}
	}
	if err != nil {
		return nil, &problem.Problem{Code: "GW-K006", Value: dir, Err: err}
	}
	return &Lock{f: f}, nil
}

// Release lets the folder go.
func (l *Lock) Release() error {
	if err := errors.Join(l.f.Close(), os.Remove(l.f.Name())); err != nil {
		return fmt.Errorf("store: releasing the folder: %w", err)
	}
	return nil
}
