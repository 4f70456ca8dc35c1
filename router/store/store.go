package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/store/sqlite"
)

// fileName is the database in the data folder; a backup put there under this
// name is opened as a new history.
const fileName = "log.db"

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
	dir    string
	now    func() time.Time
	keep   time.Duration
	log    *slog.Logger
	hook   func(string)
	packer *packer
	index  *index
	read   *sql.DB
	lock   *dirLock
	epoch  string
	parts  int // partitions a feed has
	cache  *chunkCache

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
	dir, err := filepath.Abs(o.Dir) // the driver takes a relative path for a host name
	if err != nil {
		return nil, &problem.Problem{Code: "GW-K006", Value: o.Dir, Err: err}
	}
	o.Dir = dir
	if err := os.MkdirAll(o.Dir, 0o750); err != nil {
		return nil, &problem.Problem{Code: "GW-K006", Value: filepath.Base(o.Dir), Err: err}
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return nil, err
	}
	s, w, err := open(ctx, o, lock)
	if err != nil {
		return nil, errors.Join(err, lock.release())
	}
	s.loading.Add(1)
	go s.loadIndex(w.token)
	go w.loop()
	return s, nil
}

func open(ctx context.Context, o Options, lock *dirLock) (*Store, *writer, error) {
	path := filepath.Join(o.Dir, fileName)
	c, err := sqlite.Open(path, "busy_timeout(5000)", "journal_mode(WAL)", "synchronous("+o.durability()+")", "cache_size(-16384)",
		"temp_store(MEMORY)", "wal_autocheckpoint(0)", "journal_size_limit(67108864)", "foreign_keys(ON)")
	if err != nil {
		return nil, nil, &problem.Problem{Code: "GW-K006", Value: fileName, Err: err}
	}
	s, w, err := assemble(ctx, o, c, path)
	if err != nil {
		return nil, nil, errors.Join(err, c.Close())
	}
	s.lock = lock
	return s, w, nil
}

// durability is SQLite's word for when a commit is on disk.
func (o *Options) durability() string {
	if o.View {
		return "NORMAL"
	}
	return "FULL"
}

func assemble(ctx context.Context, o Options, c *sqlite.Conn, path string) (*Store, *writer, error) {
	if err := migrate(c); err != nil {
		return nil, nil, fmt.Errorf("store: opening: %w", err)
	}
	read, err := sqlite.OpenReaders(path)
	if err != nil {
		return nil, nil, fmt.Errorf("store: opening for reading: %w", err)
	}
	s := &Store{dir: o.Dir, parts: o.Parts, now: o.Now, keep: o.Keep, log: o.Log, hook: o.hook, packer: &packer{}, index: newIndex(), read: read,
		cache: newChunkCache(), jobs: make(chan *job, 64), stop: make(chan struct{}), done: make(chan struct{}),
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
	w := &writer{s: s, c: c, walPages: int64(max(o.walPages, 0)), view: o.View}
	if w.walPages == 0 {
		w.walPages = walPages
	}
	if err := w.load(); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("store: opening: %w", err), read.Close())
	}
	return s, w, nil
}

// Close ends the writer after what it has in hand, leaves the index beside
// the database for a quick start, and releases the folder.
func (s *Store) Close() error {
	s.closing.Do(func() {
		close(s.stop)
		s.cancel()
		s.loading.Wait()
		<-s.done
		s.closed = errors.Join(s.closed, s.read.Close(), s.lock.release())
	})
	return s.closed
}

// Epoch names this history; it is another after a restore.
func (s *Store) Epoch(context.Context) (string, error) { return s.epoch, nil }

// Ready reports whether the index is loaded, so that Known, Commit and
// snapshots answer without waiting.
func (s *Store) Ready() bool {
	select {
	case <-s.index.ready:
		return s.index.err == nil
	default:
		return false
	}
}

// WaitReady waits until Ready.
func (s *Store) WaitReady(ctx context.Context) error { return s.index.wait(ctx) }
