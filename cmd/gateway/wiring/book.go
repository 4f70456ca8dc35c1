package wiring

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/cmd/gateway/config"
	"iocgateway/router/book"
	"iocgateway/router/control"
	"iocgateway/router/journal"
	"iocgateway/router/kafka"
	"iocgateway/router/store"
	"iocgateway/router/store/bookfile"
	streamsync "iocgateway/router/sync"
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
	known, err := store.Booked(a.Config.Store.Dir)
	if err != nil {
		return err
	}
	b := newBooked(ctx, a.Store.KeepBooked, a.log)
	o := bookfile.Options{Dir: a.Config.Store.Dir, Log: a.log, Grew: b.grew}
	if a.cluster != nil {
		err = a.openShared(ctx, o, b, known)
	} else {
		o.Known = known
		err = a.openOwn(ctx, o, b)
	}
	if err != nil {
		b.close()
	}
	return err
}

func (a *App) use(b closingBook, noting *booked) {
	a.book = noted{b, noting}
	a.audit = &control.Audit{Book: b, Node: a.Config.NodeName(), Out: a.log, Writable: a.writable}
}

// openOwn opens the book of a gateway that is alone.
func (a *App) openOwn(ctx context.Context, o bookfile.Options, b *booked) error {
	local, err := bookfile.Open(o)
	if err != nil {
		return err
	}
	local, act, err := a.accepted(local, o, local.Damage())
	if err != nil {
		return err
	}
	a.use(local, b)
	if local.Damage() == nil {
		switch {
		case act != nil:
			err = a.acceptedNow(ctx, *act)
		case local.Unmarked:
			err = markedAnew(ctx, a.audit, a.log)
		}
		if err != nil {
			a.log.Error("what became of the side book was not written down", "error", err)
		} else {
			b.grew(map[string]book.Anchor{book.Acts: local.Head(book.Acts)})
			b.begin()
		}
	}
	if err := a.audit.TakeOver(ctx, func() ([]journal.Audit, error) { return a.olderActs(ctx) }); err != nil {
		a.log.Error("what an earlier version had written down of acts is not in the audit yet", "error", err)
	}
	return nil
}

// markedAnew writes into the chain from when on a cut tail is found by the mark:
// somebody may have taken it away.
func markedAnew(ctx context.Context, audit *control.Audit, log *slog.Logger) error {
	log.Warn("the side book had no mark beside it (it is a copy, or an earlier version made it); it has one from now on", "file", bookfile.MarkName)
	act := control.Act{What: book.Remarked, Target: bookfile.MarkName, By: "gateway", With: audit.Book.Head(book.Acts)}
	return audit.Do(ctx, act, func() (any, error) { return nil, nil })
}

// openShared opens this node's share of the book in Kafka.
func (a *App) openShared(ctx context.Context, o bookfile.Options, b *booked, known map[string]book.Anchor) error {
	local, err := bookfile.Open(o)
	if err != nil {
		return err
	}
	local, act, err := a.accepted(local, o, local.Damage())
	if err != nil {
		return err
	}
	if local, err = notMixed(local, o); err != nil {
		return err
	}
	topic, err := shared(ctx, &a.Config, a.log, local)
	if p, ok := problem.As(err); ok && p.Reason() == problem.Unwritable && act == nil {
		if local, act, err = a.accepted(local, o, p); err != nil {
			return err
		}
		if act == nil {
			a.log.Error("the shared side book is not what this node has read: acts are refused on this node", "error", p)
			a.use(refusing{local, p}, b)
			return nil
		}
		topic, err = shared(ctx, &a.Config, a.log, local)
	}
	if kafka.Forbidden(err) {
		// The topic is new with this version, and the cluster's administrator makes
		// topics: until then nobody acts here, and everything else goes on.
		a.log.Error("the side book's topic cannot be made or used: acts are refused until it can, and this node is started again", "error", err)
		a.use(refusing{local, err}, b)
		return nil
	}
	if err != nil {
		return errors.Join(fmt.Errorf("open the side book in Kafka: %w", err), local.Close())
	}
	a.use(followed{topic, local}, b)
	if err := a.shortAccepted(ctx, topic, act, known); err != nil {
		a.log.Error("what was accepted of the side book was not done", "error", err)
	} else if act != nil {
		known = nil
	}
	topic.Expect(known, b.begin)
	return nil // a view that is not level yet does not have what was written down before; it stays in the Log
}

// shortAccepted follows an administrator's word about a topic: it goes on from
// what stands there.
func (a *App) shortAccepted(ctx context.Context, topic *kafka.Book, act *control.Act, known map[string]book.Anchor) error {
	word, err := bookfile.Accepted(a.Config.Store.Dir)
	if err != nil || word == nil {
		return err
	}
	level, cancel := context.WithTimeout(ctx, levelWithin)
	defer cancel()
	if err := topic.Level(level); err != nil {
		return err
	}
	short, err := book.Holds(ctx, topic, known)
	if err != nil {
		return err
	}
	if act == nil {
		if short == nil {
			a.log.Warn("the side book lacks nothing: what was accepted of it is forgotten")
			return bookfile.Forget(a.Config.Store.Dir)
		}
		act = &control.Act{What: book.Accepted, Target: bookfile.Name, By: word.By, Why: word.Why, With: map[string]any{
			"missing": short.Lost(), "known": known, "goes_on_from": topic.Head(book.Acts), "accepted_at": word.At}}
	}
	return a.acceptedNow(ctx, *act)
}

// levelWithin is how long a start waits for the topic, where an administrator's
// word has to be followed.
const levelWithin = 20 * time.Second

// notMixed sets a file aside that is no copy of the topic (of a gateway that
// was alone): nothing of it is lost, and nothing mixed in.
func notMixed(local *bookfile.File, o bookfile.Options) (*bookfile.File, error) {
	if local.Origin().Of != "" || local.Empty() {
		return local, nil
	}
	path := filepath.Join(o.Dir, bookfile.Name)
	aside := fmt.Sprintf("%s.own-%d", path, time.Now().Unix())
	if err := errors.Join(local.Close(), os.Rename(path, aside), os.RemoveAll(filepath.Join(o.Dir, bookfile.MarkName))); err != nil {
		return nil, err
	}
	o.Log.Warn("this node had a side book of its own; it is kept beside", "file", aside)
	return bookfile.Open(o)
}

func shared(ctx context.Context, cfg *config.Config, log *slog.Logger, local *bookfile.File) (*kafka.Book, error) {
	o, err := cfg.KafkaOptions(log)
	if err != nil {
		return nil, err
	}
	return kafka.OpenBook(ctx, o, local)
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

// adopted writes down which streams take another's place.
func adopted(ctx context.Context, audit *control.Audit, streams []*streamsync.Syncer, log *slog.Logger) error {
	for _, syncer := range streams {
		if err := audit.Adopted(ctx, &syncer.Stream); err != nil && ctx.Err() == nil {
			log.Error("that a stream adopts another's records was not written down", "stream", syncer.Stream.Full(), "error", err)
		}
	}
	return nil
}
