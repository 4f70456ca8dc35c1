package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/folder"
	"iocgateway/router/store/index"
)

// Options say where a Store lies and how long it keeps what.
type Options struct {
	Dir  string           // the data folder, made when it is not there
	Now  func() time.Time // the clock; time.Now when nil
	Keep time.Duration    // how long changes are kept by PruneKept; 0 is for ever
	// Parts is how many partitions a feed has; 0 is one, as an embedded Log has.
	// It is fixed when the folder is made.
	Parts int
	// View: this is a view of a Log that lies elsewhere. A loss of power may
	// cost its newest pieces, whole, and they are read again: no fsync for each.
	View bool
	Log  *slog.Logger // for what happens without a caller; discarded when nil

	hook     func(point string) // tests only: named points at which a process may die
	walPages int                // tests only: pages of WAL before a checkpoint of SQLite's
}

// Store is the embedded Log. It is safe for concurrent use.
type Store struct {
	folder *folder.Folder
	now    func() time.Time
	keep   time.Duration
	log    *slog.Logger
	hook   func(string)
	packer *chunk.Packer
	index  *index.Index
	read   *sql.DB
	parts  int // partitions a feed has
	cache  *chunk.Cache

	jobs    chan *job
	stop    chan struct{} // closed by Close
	done    chan struct{} // closed when the writer has ended
	ctx     context.Context
	cancel  context.CancelFunc
	loading sync.WaitGroup
	closing sync.Once
	closed  error

	mu      sync.RWMutex // of the names below
	streams map[string]*stream
	byID    map[uint16]*stream
	revs    map[string]uint32
	revName map[uint32]string

	view  atomic.Pointer[state] // what is committed
	wakes *wakes
	stats *statistics
}

var _ interface {
	journal.Log
	journal.Known
	journal.Keys
	journal.Runs
} = (*Store)(nil)

// Open opens the data folder, or makes it. It returns as soon as feeds can
// be read; the index behind Known and Commit may still be loading, and they
// wait for it.
func Open(ctx context.Context, o Options) (*Store, error) {
	f, err := folder.Open(folder.Options{Dir: o.Dir, View: o.View, Parts: o.Parts})
	if err != nil {
		return nil, err
	}
	s := newStore(ctx, o, f)
	w := &writer{s: s, c: f.Conn, walPages: int64(max(o.walPages, 0))}
	if w.walPages == 0 {
		w.walPages = walPages
	}
	if err := w.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("store: opening: %w", err), f.Conn.Close(), f.Release())
	}
	s.loading.Add(1)
	go s.loadIndex(f.Token)
	go w.loop()
	return s, nil
}

func newStore(ctx context.Context, o Options, f *folder.Folder) *Store {
	s := &Store{folder: f, parts: f.Parts, now: o.Now, keep: o.Keep, log: o.Log, hook: o.hook, packer: &chunk.Packer{}, index: index.New(), read: f.Readers,
		cache: chunk.NewCache(), jobs: make(chan *job, 64), stop: make(chan struct{}), done: make(chan struct{}),
		streams: map[string]*stream{}, byID: map[uint16]*stream{}, revs: map[string]uint32{}, revName: map[uint32]string{},
		wakes: newWakes(), stats: &statistics{}}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.hook == nil {
		s.hook = func(string) {}
	}
	return s
}

// Close ends the writer after what it has in hand, leaves the index beside
// the database for a quick start, and releases the folder.
func (s *Store) Close() error {
	s.closing.Do(func() {
		close(s.stop)
		s.cancel()
		s.loading.Wait()
		<-s.done
		s.closed = errors.Join(s.closed, s.folder.Release())
	})
	return s.closed
}

// Epoch names this history; it is another after a restore.
func (s *Store) Epoch(context.Context) (string, error) { return s.folder.Epoch, nil }

// Ready reports whether the index is loaded, so that Known, Commit and
// snapshots answer without waiting.
func (s *Store) Ready() bool {
	return s.index.Ready()
}

// WaitReady waits until Ready.
func (s *Store) WaitReady(ctx context.Context) error { return s.index.Wait(ctx) }

// Backup writes a consistent copy of the data folder from, which may be in
// use, into the folder to; see folder.Backup.
func Backup(ctx context.Context, from, to string) (bytes int64, err error) {
	return folder.Backup(ctx, from, to)
}

// Holds refuses a folder that holds no data: opening would make some.
func Holds(dir string) error { return folder.Holds(dir) }
