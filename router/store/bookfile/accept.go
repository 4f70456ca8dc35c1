package bookfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// AcceptanceName is the note of an administrator, beside the book.
const AcceptanceName = "book.accept"

// Acceptance is an administrator's word that the book goes on as it lies there,
// although rows of it are missing or damaged. The next start does it, sets
// aside what there was, and writes it down in the book.
type Acceptance struct {
	By   string    `json:"by"`
	Why  string    `json:"why"`
	At   time.Time `json:"at"`
	Code string    `json:"code,omitempty"` // what was found then
}

// Leave leaves the note in a data folder.
func (a *Acceptance) Leave(dir string) error {
	text, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("book: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, AcceptanceName), append(text, '\n'), fileMode); err != nil {
		return fmt.Errorf("book: %w", err)
	}
	return syncFolder(dir)
}

// Accepted is the note in a data folder; nil where there is none.
func Accepted(dir string) (*Acceptance, error) {
	text, err := os.ReadFile(filepath.Join(dir, AcceptanceName))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("book: %w", err)
	}
	a := new(Acceptance)
	if err := json.Unmarshal(text, a); err != nil {
		return nil, fmt.Errorf("book: %s: %w", AcceptanceName, err)
	}
	return a, nil
}

// Forget takes the note away, once it was followed.
func Forget(dir string) error {
	if err := os.Remove(filepath.Join(dir, AcceptanceName)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("book: %w", err)
	}
	return syncFolder(dir)
}

// SetAside keeps a book that nobody has open, with its mark, under other names,
// which it gives. Where each of its lines is what was written, and it is not to
// be made anew, a copy is kept and the book stays, to go on.
func SetAside(dir string, anew bool, now time.Time) (kept []string, err error) {
	for _, name := range []string{MarkName, Name} {
		aside := fmt.Sprintf("%s.aside-%d", name, now.UnixNano())
		from, to := filepath.Join(dir, name), filepath.Join(dir, aside)
		if name == Name && !anew && Check(dir, nil) == nil {
			err = copyFile(from, to)
		} else {
			err = os.Rename(from, to)
		}
		switch {
		case err == nil:
			kept = append(kept, aside)
		case !errors.Is(err, os.ErrNotExist):
			return kept, fmt.Errorf("book: %w", err)
		}
	}
	return kept, syncFolder(dir)
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
