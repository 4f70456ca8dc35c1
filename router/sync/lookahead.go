package sync

import (
	"bytes"
	"context"
	"crypto/sha256"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// pulled is what a source answered.
type pulled struct {
	page adapters.Page
	err  error
}

// mapped is a page ready to be committed.
type mapped struct {
	page  adapters.Page
	items []journal.Item
	with  string        // the revision they were mapped with
	more  bool          // the run goes on after it
	after <-chan pulled // the page after it, already asked for; nil when it is not
	err   error
}

// settle waits for what was begun on behalf of the page after this one.
func (m mapped) settle() {
	if m.after != nil {
		<-m.after
	}
}

// lookahead takes a run's pages as they arrive, asks for the one after, and
// maps them while the Log is busy with the one before.
type lookahead struct {
	s     *Syncer
	queue bool
}

// mapped maps the page that was asked for from a checkpoint. The channel
// always gets exactly one answer; only one is waited for at a time.
func (l *lookahead) mapped(ctx context.Context, known journal.Known, from canonical.Checkpoint, asked <-chan pulled) <-chan mapped {
	answer := make(chan mapped, 1)
	go func() { answer <- l.take(ctx, known, from, <-asked) }()
	return answer
}

func (l *lookahead) take(ctx context.Context, known journal.Known, from canonical.Checkpoint, got pulled) mapped {
	if got.err != nil {
		return mapped{err: got.err}
	}
	page := got.page
	if page.More && bytes.Equal(page.Next, from) {
		return mapped{err: problem.Halt(&problem.Problem{Code: "GW-R001"})}
	}
	m := mapped{page: page, more: page.More}
	if m.more && !l.queue {
		m.after = l.s.pull(ctx, page.Next)
	}
	p := l.s.preparer(known)
	m.with = p.revision
	m.items, m.err = p.page(ctx, page)
	return m
}

// unsettled answers for all keys but those of a page that is still being
// committed: what the Log knows of these is about to change.
type unsettled struct {
	log  journal.Known
	keys map[string]struct{}
}

// Known is Known's.
func (u unsettled) Known(stream, key string, digest [sha256.Size]byte, mapping string) journal.Outcome {
	if _, busy := u.keys[key]; busy {
		return ""
	}
	return u.log.Known(stream, key, digest, mapping)
}

func except(known journal.Known, items []journal.Item) journal.Known {
	if known == nil {
		return nil
	}
	var keys map[string]struct{}
	for i := range items {
		it := &items[i]
		if it.Record == nil && it.Problem == nil && it.Rule == "" {
			continue // unchanged: the commit leaves it as it is
		}
		if keys == nil {
			keys = make(map[string]struct{}, len(items)-i)
		}
		keys[it.Raw.Key] = struct{}{}
	}
	if keys == nil {
		return known
	}
	return unsettled{known, keys}
}
