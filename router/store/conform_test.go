package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"testing"

	"iocgateway/router/journal"
	"iocgateway/router/store/index"
	"iocgateway/router/storetest"
)

// harness opens an empty store that can be reopened in every way there is:
// after a Close, and after a Close whose index file is lost.
func harness(tb testing.TB) storetest.Harness { return parted(tb, 0) }

// parted is harness with several partitions a feed.
func parted(tb testing.TB, parts int) storetest.Harness {
	tb.Helper()
	dir, err := os.MkdirTemp(tb.TempDir(), "store")
	if err != nil {
		tb.Fatal(err)
	}
	s, err := Open(context.Background(), Options{Dir: dir, Parts: parts})
	if err != nil {
		tb.Fatal(err)
	}
	closeAll := func() error {
		var err error
		if s != nil { // nil: closed before, or opening it again failed, and the test with it
			err = s.Close()
		}
		s = nil // the test lives on and remembers this function
		return errors.Join(err, os.RemoveAll(dir))
	}
	tb.Cleanup(func() { _ = closeAll() })
	n := 0
	return storetest.Harness{Log: s, Close: closeAll, Reopen: func() (journal.Log, error) {
		if err := s.Close(); err != nil {
			return nil, err
		}
		if n++; n%2 == 0 {
			// A store closed before its index was loaded wrote none.
			err := os.Remove(dir + "/" + index.FileName)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
		}
		var err error
		s, err = Open(context.Background(), Options{Dir: dir, Parts: parts})
		return s, err
	}}
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Harness { return harness(t) })
}

func TestConformanceInPartitions(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Harness { return parted(t, 3) })
}

func TestJudge(t *testing.T) {
	if err := storetest.Judge(t.Context(), func() (storetest.Harness, error) { return harness(t), nil }); err != nil {
		t.Fatal(err)
	}
}
