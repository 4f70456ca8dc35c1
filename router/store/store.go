package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/book"
	"iocgateway/router/journal"
	"iocgateway/router/store/folder"
	"iocgateway/router/store/query"
)

// Options are where a Store lies and how long it keeps what.
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
	// Expected: something beside the Log shows that there was one in this folder.
	// A database that has to be made then is a loss of everything.
	Expected bool
	Log      *slog.Logger // for what happens without a caller; discarded when nil

	hook     func(point string) // tests only: named points at which a process may die
	walPages int                // tests only: pages of WAL before a checkpoint of SQLite's
}

// fill refuses what cannot be meant and puts in what was left out.
func (o *Options) fill() error {
	switch {
	case o.Dir == "":
		return &problem.Problem{Code: "GW-K006", Value: `""`, Err: errors.New("no folder is named")}
	case o.Keep < 0:
		return fmt.Errorf("store: changes kept for %s", o.Keep)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.hook == nil {
		o.hook = func(string) {}
	}
	if o.walPages <= 0 {
		o.walPages = walPages
	}
	return nil
}

// Store is the embedded Log. It is safe for concurrent use.
//
// Reading is what the readers do. Writing goes one way: a caller makes a job,
// the queue takes it to the one goroutine that writes, and the job is done
// when its transaction is durable and shown.
type Store struct {
	readers
	opts   Options
	folder *folder.Folder
	data   *query.Committed
	queue  *queue
	stats  *statistics
	mark   *folder.HeadMark // nil: none is kept, as of a view
	room   room

	trouble trouble
	ctx     context.Context // over when the store closes
	cancel  context.CancelFunc
	loading sync.WaitGroup
	closing sync.Once
	closed  error
}

// readers is everything that can be asked of a Store.
type readers struct {
	query.FeedReader
	query.RecordReader
	query.HeldReader
	query.StreamReader
	query.ExportReader
}

func newReaders(data *query.Committed) readers {
	return readers{query.Feeds(data), query.Records(data), query.Held(data), query.Streams(data), query.Exports(data)}
}

var _ interface {
	journal.Log
	journal.Known
	journal.Keys
	journal.Raws
	journal.Runs
} = (*Store)(nil)

// Open opens the data folder, or makes it. It returns as soon as feeds can
// be read; the index behind Known and Commit may still be loading, and they
// wait for it.
func Open(ctx context.Context, o Options) (*Store, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	f, err := folder.Open(folder.Options{Dir: o.Dir, View: o.View, Parts: o.Parts})
	if err != nil {
		return nil, err
	}
	s := &Store{opts: o, folder: f, queue: newQueue(), stats: &statistics{}}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	err = s.load()
	if err == nil {
		err = s.stand(ctx)
	}
	if err != nil {
		s.cancel()
		return nil, errors.Join(fmt.Errorf("store: opening: %w", err), s.mark.Close(), f.Conn.Close(), f.Release())
	}
	s.loading.Add(1)
	go s.loadIndex(f.Token)
	go newWriter(s).loop()
	return s, nil
}

// Close ends the writer after what it has in hand, leaves the index beside
// the database for a quick start, and releases the folder.
func (s *Store) Close() error {
	s.closing.Do(func() {
		close(s.queue.stop)
		s.cancel()
		s.loading.Wait()
		<-s.queue.done
		s.room.close()
		s.closed = errors.Join(s.queue.failed, s.folder.Release())
	})
	return s.closed
}

// Epoch names this history; it is another after a restore, and after a loss.
func (s *Store) Epoch(context.Context) (string, error) { return s.folder.Epoch, nil }

// Ready reports whether the index is loaded, so that Known, Commit and
// snapshots answer without waiting.
func (s *Store) Ready() bool { return s.data.Index.Ready() }

// WaitReady waits until Ready.
func (s *Store) WaitReady(ctx context.Context) error { return s.data.Index.Wait(ctx) }

// Backup writes a consistent copy of the data folder from, which may be in
// use, into the folder to; see folder.Backup.
func Backup(ctx context.Context, from, to string) (bytes int64, err error) {
	return folder.Backup(ctx, from, to)
}

// Holds refuses a folder that holds no data: opening would make some.
func Holds(dir string) error { return folder.Holds(dir) }

// Checked is what a check of a data folder found to be well.
type Checked = folder.Checked

// Check looks at a data folder that a gateway may be using, and changes
// nothing; see folder.Check.
func Check(ctx context.Context, dir string, full bool) (Checked, error) {
	return folder.Check(ctx, dir, full)
}

// Held reports whether a gateway uses a data folder: GW-K001.
func Held(dir string) error { return folder.Held(dir) }

// Booked is what the Log of a data folder knows of the side book; see folder.Booked.
func Booked(dir string) (map[string]book.Anchor, error) { return folder.Booked(dir) }
