package storetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"iocgateway/canonical"
	"iocgateway/router/journal"
)

// Planted is a defect put before a good Log. Each must be found by Judge:
// a check that cannot fail proves nothing.
type Planted struct {
	Name string
	wrap func(journal.Log) journal.Log
}

// Wrap puts the defect before a Log, and before what Reopen gives.
func (p Planted) Wrap(h Harness) Harness {
	out := Harness{Log: p.wrap(h.Log), Settle: h.Settle, Sparse: h.Sparse, Close: h.Close}
	if h.Reopen != nil {
		out.Reopen = func() (journal.Log, error) {
			log, err := h.Reopen()
			if err != nil {
				return nil, err
			}
			return p.wrap(log), nil
		}
	}
	return out
}

// flawed is a Log with some of its calls bent.
type flawed struct {
	journal.Log
	commit func(ctx context.Context, b journal.Batch) (journal.Receipt, error)
	read   func(es []journal.Entry) []journal.Entry
	marked func(journal.Position) journal.Position
	known  func(journal.Outcome) journal.Outcome
	held   func([]journal.HeldRaw) []journal.HeldRaw
}

func (f *flawed) Commit(ctx context.Context, b journal.Batch) (journal.Receipt, error) {
	if f.commit != nil {
		return f.commit(ctx, b)
	}
	return f.Log.Commit(ctx, b)
}

func (f *flawed) Read(ctx context.Context, feed canonical.Feed, after journal.Position, limit int) ([]journal.Entry, error) {
	es, err := f.Log.Read(ctx, feed, after, limit)
	if f.read != nil && err == nil {
		es = f.read(slices.Clone(es))
	}
	return es, err
}

func (f *flawed) Marked(ctx context.Context, reader string, feed canonical.Feed) (journal.Position, error) {
	at, err := f.Log.Marked(ctx, reader, feed)
	if f.marked != nil {
		at = f.marked(at)
	}
	return at, err
}

// Known passes on, so that wrapping does not hide what the Log can.
func (f *flawed) Known(stream, key string, digest [sha256.Size]byte, mapping string) journal.Outcome {
	k, ok := f.Log.(journal.Known)
	if !ok {
		return ""
	}
	out := k.Known(stream, key, digest, mapping)
	if f.known != nil {
		out = f.known(out)
	}
	return out
}

// HeldRaws does too.
func (f *flawed) HeldRaws(ctx context.Context, q journal.HeldQuery) ([]journal.HeldRaw, error) {
	able, ok := f.Log.(quarantine)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	list, err := able.HeldRaws(ctx, q)
	if f.held != nil && err == nil {
		list = f.held(list)
	}
	return list, err
}

// Plantings lists the defects.
func Plantings() []Planted {
	return slices.Concat(commitPlantings(), receiptPlantings(), itemPlantings(), readPlantings(), entryPlantings(), otherPlantings())
}

func bent(name string, bend func(*flawed)) Planted {
	return Planted{Name: name, wrap: func(l journal.Log) journal.Log {
		f := &flawed{Log: l}
		bend(f)
		return f
	}}
}

func bentCommit(name string, commit func(ctx context.Context, l journal.Log, b journal.Batch) (journal.Receipt, error)) Planted {
	return bent(name, func(f *flawed) {
		f.commit = func(ctx context.Context, b journal.Batch) (journal.Receipt, error) { return commit(ctx, f.Log, b) }
	})
}

// bentItems changes the items on their way in.
func bentItems(name string, bend func(it *journal.Item)) Planted {
	return bentCommit(name, func(ctx context.Context, l journal.Log, b journal.Batch) (journal.Receipt, error) {
		b.Items = slices.Clone(b.Items)
		for i := range b.Items {
			bend(&b.Items[i])
		}
		return l.Commit(ctx, b)
	})
}

func commitPlantings() []Planted {
	return []Planted{
		bentCommit("the checkpoint moves before the page is safe",
			func(ctx context.Context, l journal.Log, b journal.Batch) (journal.Receipt, error) {
				if _, err := l.Commit(ctx, journal.Batch{Stream: b.Stream, Mapping: b.Mapping, From: b.From, Next: b.Next, At: b.At}); err != nil {
					return journal.Receipt{}, err
				}
				b.From, b.Next = nil, nil
				return l.Commit(ctx, b)
			}),
		bentCommit("the checkpoint stays behind", func(ctx context.Context, l journal.Log, b journal.Batch) (journal.Receipt, error) {
			b.From, b.Next = nil, nil
			return l.Commit(ctx, b)
		}),
		bentCommit("a moved checkpoint is overlooked", func(ctx context.Context, l journal.Log, b journal.Batch) (journal.Receipt, error) {
			r, err := l.Commit(ctx, b)
			if errors.Is(err, journal.ErrCheckpoint) {
				b.From, _ = l.Checkpoint(ctx, b.Stream)
				return l.Commit(ctx, b)
			}
			return r, err
		}),
		bentCommit("a stream takes what another published", func(ctx context.Context, l journal.Log, b journal.Batch) (journal.Receipt, error) {
			for n := range streams {
				if rival := rivalOf(n); streamName(n) == b.Stream && rival >= 0 {
					b.Adopts = []string{streamName(rival)}
				}
			}
			return l.Commit(ctx, b)
		}),
		bentCommit("half a page is committed", func(ctx context.Context, l journal.Log, b journal.Batch) (journal.Receipt, error) {
			b.Items = b.Items[:(len(b.Items)+1)/2]
			return l.Commit(ctx, b)
		}),
		bentCommit("what could not be committed is left out in silence",
			func(ctx context.Context, l journal.Log, b journal.Batch) (journal.Receipt, error) {
				r, err := l.Commit(ctx, b)
				if err != nil && len(b.Items) > 0 {
					b.Items = b.Items[:len(b.Items)-1]
					return l.Commit(ctx, b)
				}
				return r, err
			}),
	}
}

// receiptPlantings commit as they should, and answer otherwise.
func receiptPlantings() []Planted {
	return []Planted{
		bentCommit("outcomes are named wrong", func(ctx context.Context, l journal.Log, b journal.Batch) (journal.Receipt, error) {
			r, err := l.Commit(ctx, b)
			for i, o := range r.Outcomes {
				if o == journal.Superseded {
					r.Outcomes[i] = journal.Unchanged
				}
			}
			return r, err
		}),
		bentCommit("what is held is called unchanged when it comes bare",
			func(ctx context.Context, l journal.Log, b journal.Batch) (journal.Receipt, error) {
				r, err := l.Commit(ctx, b)
				for i, o := range r.Outcomes {
					if it := &b.Items[i]; o == journal.Held && it.Problem == nil && it.Record == nil {
						r.Outcomes[i] = journal.Unchanged
						r.Counts.Held--
						r.Counts.Unchanged++
					}
				}
				return r, err
			}),
		bentCommit("counts do not add up", func(ctx context.Context, l journal.Log, b journal.Batch) (journal.Receipt, error) {
			r, err := l.Commit(ctx, b)
			r.Counts.Held = 0
			return r, err
		}),
	}
}

func itemPlantings() []Planted {
	return []Planted{
		bentItems("what is as before is removed where something of it was held", func(it *journal.Item) { it.Listed = it.Listed && !it.Proved }),
		bentItems("what a clock ahead of its time gave stays for ever", func(it *journal.Item) { it.Listed = false }),
		bentItems("what is older replaces what a clock ahead of its time gave", func(it *journal.Item) { it.Listed = true }),
		bentItems("a stale version replaces a newer one", func(it *journal.Item) {
			if it.Record != nil {
				rec := *it.Record
				rec.At = time.Time{}
				it.Record = &rec
			}
		}),
		bentItems("refused raws are swallowed as excluded", func(it *journal.Item) {
			if it.Problem != nil {
				it.Problem, it.Rule = nil, "silence"
			}
		}),
		bentItems("the digest forgets the removal", func(it *journal.Item) {
			it.Digest = sha256.Sum256(it.Raw.Payload)
		}),
	}
}

func reading(name string, read func(es []journal.Entry) []journal.Entry) Planted {
	return bent(name, func(f *flawed) { f.read = read })
}

func each(name string, bend func(e *journal.Entry)) Planted {
	return reading(name, func(es []journal.Entry) []journal.Entry {
		for i := range es {
			bend(&es[i])
		}
		return es
	})
}

func readPlantings() []Planted {
	return []Planted{
		reading("an entry is dropped", func(es []journal.Entry) []journal.Entry {
			return slices.DeleteFunc(es, func(e journal.Entry) bool { return e.Seq%5 == 0 })
		}),
		each("the sequence has a hole", func(e *journal.Entry) {
			if e.Seq > 5 {
				e.Seq++
				e.Prev++
			}
		}),
		reading("an entry is published twice", func(es []journal.Entry) []journal.Entry {
			if n := len(es); n > 1 {
				last := es[n-1]
				last.Seq++
				last.Prev++
				es = append(es, last)
			}
			return es
		}),
		reading("entries change places", func(es []journal.Entry) []journal.Entry {
			if len(es) > 1 {
				es[0], es[1] = es[1], es[0]
			}
			return es
		}),
	}
}

func entryPlantings() []Planted {
	return []Planted{
		each("the one before is named wrong", func(e *journal.Entry) { e.Prev = 0 }),
		each("a correction hides that it is one", func(e *journal.Entry) {
			if e.Op == journal.OpCorrected {
				e.Op = journal.OpChanged
			}
		}),
		each("a removal is published as a change", func(e *journal.Entry) {
			if e.Op == journal.OpGone {
				e.Op = journal.OpChanged
			}
		}),
		each("a removal loses the last body", func(e *journal.Entry) {
			if e.Op == journal.OpGone {
				e.Body = []byte("{}")
			}
		}),
		each("a body is damaged", func(e *journal.Entry) {
			if e.Seq%4 == 0 {
				e.Body = append(slices.Clone(e.Body[:len(e.Body)-1]), 'x')
			}
		}),
		each("the version is of another body", func(e *journal.Entry) { e.Version = canonical.ContentVersion(nil) }),
		each("the raw's digest is lost", func(e *journal.Entry) { e.RawDigest = [sha256.Size]byte{} }),
	}
}

func otherPlantings() []Planted {
	return []Planted{
		bent("marks are forgotten", func(f *flawed) { f.marked = func(journal.Position) journal.Position { return nil } }),
		bent("quarantine hides what it holds", func(f *flawed) {
			f.held = func(list []journal.HeldRaw) []journal.HeldRaw { return list[:len(list)/2] }
		}),
		bent("what was held is listed for ever", func(f *flawed) {
			seen := map[string]journal.HeldRaw{}
			f.held = func(list []journal.HeldRaw) []journal.HeldRaw {
				for _, h := range list {
					seen[h.Stream+h.Key] = h
				}
				for _, h := range seen {
					if !slices.ContainsFunc(list, func(o journal.HeldRaw) bool { return o.Key == h.Key }) && len(list) > 0 && h.Stream == list[0].Stream {
						list = append(list, h)
					}
				}
				return list
			}
		}),
		bent("everything seen is called unchanged", func(f *flawed) {
			f.known = func(journal.Outcome) journal.Outcome { return journal.Unchanged }
		}),
	}
}
