package adapters

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	"iocgateway/canonical/problem"
)

// What one page may hold. A longer answer becomes several pages of the Log:
// what a page costs follows its records and their bytes, and several pages
// are in hand at once (invariant 15).
const (
	PageRecords = 1_000
	PageBytes   = 1 << 20 // of payload; one record may be longer
)

// What all answers take together, in bytes.
const (
	allAnswers = 96 << 20  // whole bodies in memory, while they are taken apart
	allPages   = 96 << 20  // pages being mapped and committed
	allFiles   = 192 << 20 // files in memory, from the first page to the last
	allAside   = 4 << 30   // on disk: bodies and records that wait for their turn
)

// Space bounds what the answers of all sources take together, whatever they
// send: bodies in memory, pages in memory, and what is set aside on disk.
// A nil Space bounds nothing and sets aside where the system has temporary
// files. It is safe for concurrent use.
type Space struct {
	dir                   string
	answers, files, pages *semaphore.Weighted
	aside                 atomic.Int64
	most                  int64
}

// NewSpace makes a Space that sets aside in a folder, which is made when it
// is first needed.
func NewSpace(dir string) *Space {
	return &Space{dir: dir, most: allAside, answers: semaphore.NewWeighted(allAnswers), files: semaphore.NewWeighted(allFiles),
		pages: semaphore.NewWeighted(allPages)}
}

// Answer waits until a body of so many bytes may be in memory. Nobody holds
// it while a source keeps us waiting: bodies are set aside as they arrive.
func (s *Space) Answer(ctx context.Context, bytes int64) (release func(), err error) {
	if s == nil {
		return func() {}, nil
	}
	return take(ctx, s.answers, bytes, allAnswers)
}

// File waits until a file that takes so many bytes may be in memory, for as
// long as its pages take. Files wait for each other, and nobody for a file.
func (s *Space) File(ctx context.Context, bytes int64) (release func(), err error) {
	if s == nil {
		return func() {}, nil
	}
	return take(ctx, s.files, bytes, allFiles)
}

// Page waits until a page that takes so many bytes may be in memory. Whoever
// holds one commits it and lets go; it waits for no answer meanwhile.
func (s *Space) Page(ctx context.Context, bytes int64) (release func(), err error) {
	if s == nil {
		return func() {}, nil
	}
	return take(ctx, s.pages, bytes, allPages)
}

func take(ctx context.Context, of *semaphore.Weighted, bytes, most int64) (release func(), err error) {
	bytes = min(bytes, most) // what is larger than all of it goes alone
	if err := of.Acquire(ctx, bytes); err != nil {
		if errors.Is(err, context.DeadlineExceeded) { // no fault of the source
			return nil, problem.Retry(&problem.Problem{Code: "GW-K031"}, 0)
		}
		return nil, fmt.Errorf("adapters: waiting for memory: %w", err)
	}
	return func() { of.Release(bytes) }, nil
}

var errFull = errors.New("what is set aside of all answers has reached its limit")

// Aside makes a file without a name: it is gone when it is closed, or when
// the process is.
func (s *Space) Aside() (*os.File, error) {
	dir := ""
	if s != nil && s.dir != "" {
		if err := os.MkdirAll(s.dir, 0o700); err != nil {
			return nil, noRoom(s.dir, err)
		}
		dir = s.dir
	}
	file, err := os.CreateTemp(dir, "aside-*")
	if err != nil {
		return nil, noRoom(dir, err)
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, noRoom(file.Name(), errors.Join(err, file.Close()))
	}
	return file, nil
}

// Grow takes room on disk before so many bytes are set aside, and gives it
// back where they are fewer than 0.
func (s *Space) Grow(bytes int64) error {
	if s == nil {
		return nil
	}
	if total := s.aside.Add(bytes); bytes > 0 && total > s.most {
		s.aside.Add(-bytes)
		return noRoom(s.dir, errFull)
	}
	return nil
}

// noRoom is our own disk's failure, and no fault of the source.
func noRoom(place string, err error) error {
	return problem.Retry(&problem.Problem{Code: "GW-K030", Value: place, Err: err}, 0)
}

// NoRoom is the problem of a file set aside that cannot be written or read.
func NoRoom(file *os.File, err error) error { return noRoom(file.Name(), err) }
