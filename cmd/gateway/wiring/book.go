package wiring

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/book"
	"iocgateway/router/control"
	"iocgateway/router/journal"
	"iocgateway/router/kafka"
	"iocgateway/router/store/bookfile"
)

// closingBook is the side book, and the end of it.
type closingBook interface {
	book.Book
	Close() error
}

// openBook opens the side book: the file beside the Log, or the topic that all
// nodes share, of which the file is this node's copy. A book that takes no
// change stops nothing but people's acts.
func (a *App) openBook(ctx context.Context) error {
	local, err := bookfile.Open(bookfile.Options{Dir: a.Config.Store.Dir, Log: a.log})
	if err != nil {
		return err
	}
	a.book = local
	if a.cluster != nil {
		if a.book, err = a.sharedBook(ctx, local); err != nil {
			return err
		}
	}
	a.audit = &control.Audit{Book: a.book, Node: a.Config.NodeName(), Out: a.log}
	if local.Unmarked && local.Damage() == nil {
		a.log.Warn("the side book had no mark beside it (it is a copy, or an earlier version made it); it has one from now on", "file", bookfile.MarkName)
	}
	if a.cluster != nil {
		return nil // a view that is not level yet does not have what was written down before; it stays in the Log
	}
	if local.Unmarked && local.Damage() == nil {
		// It stands in the chain from when on a cut tail is found: somebody may have taken the mark away.
		act := control.Act{What: "book marked anew", Target: bookfile.MarkName, By: "gateway", With: a.book.Head(book.Acts)}
		if err := a.audit.Do(ctx, act, func() (any, error) { return nil, nil }); err != nil {
			a.log.Error("that the book is marked anew was not written down", "error", err)
		}
	}
	if err := a.audit.TakeOver(ctx, func() ([]journal.Audit, error) { return a.olderActs(ctx) }); err != nil {
		a.log.Error("what an earlier version had written down of acts is not in the audit yet", "error", err)
	}
	return nil
}

// sharedBook follows the topic. A file that is no copy of it (of a gateway
// that was alone) is set aside: nothing of it is lost, and nothing mixed in.
func (a *App) sharedBook(ctx context.Context, local *bookfile.File) (closingBook, error) {
	if local.Origin().Of == "" && !local.Empty() {
		path := filepath.Join(a.Config.Store.Dir, bookfile.Name)
		aside := fmt.Sprintf("%s.own-%d", path, time.Now().Unix())
		if err := errors.Join(local.Close(), os.Rename(path, aside),
			os.RemoveAll(filepath.Join(a.Config.Store.Dir, bookfile.MarkName))); err != nil {
			return nil, err
		}
		a.log.Warn("this node had a side book of its own; it is kept beside", "file", aside)
		var err error
		if local, err = bookfile.Open(bookfile.Options{Dir: a.Config.Store.Dir, Log: a.log}); err != nil {
			return nil, err
		}
	}
	o, err := a.Config.KafkaOptions(a.log)
	if err != nil {
		return nil, errors.Join(err, local.Close())
	}
	shared, err := kafka.OpenBook(ctx, o, local)
	if p, ok := problem.As(err); ok && p.Reason() == problem.Unwritable {
		a.log.Error("the shared side book is not what this node has read: acts are refused on this node", "error", err)
		return refusing{local, err}, nil
	}
	if kafka.Forbidden(err) {
		// The topic is new with this version, and the cluster's administrator makes
		// topics: until then nobody acts here, and everything else goes on.
		a.log.Error("the side book's topic cannot be made or used: acts are refused until it can, and this node is started again", "error", err)
		return refusing{local, err}, nil
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the side book in Kafka: %w", err), local.Close())
	}
	return followed{shared, local}, nil
}

// followed is a shared book with the copy it is read from.
type followed struct {
	*kafka.Book
	local *bookfile.File
}

// Close ends reading first.
func (f followed) Close() error { return errors.Join(f.Book.Close(), f.local.Close()) }

// refusing is a book that takes no change.
type refusing struct {
	*bookfile.File
	why error
}

// Put is refused.
func (r refusing) Put(context.Context, string, string, uint64, any) (uint64, error) { return 0, r.why }

// Delete is refused.
func (r refusing) Delete(context.Context, string, string, uint64) error { return r.why }

// Append is refused.
func (r refusing) Append(context.Context, string, any) (book.Row, error) { return book.Row{}, r.why }

// Prune is refused.
func (r refusing) Prune(context.Context, string, time.Time) (int, error) { return 0, r.why }

// Damage says why.
func (r refusing) Damage() error { return r.why }

// olderActs are what the Log itself has of people's acts, oldest first.
func (a *App) olderActs(ctx context.Context) ([]journal.Audit, error) {
	var all []journal.Audit
	before := int64(0)
	for {
		page, err := a.Store.Audits(ctx, before, 1000)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			slices.Reverse(all)
			return all, nil
		}
		all = append(all, page...)
		before = page[len(page)-1].ID
	}
}
