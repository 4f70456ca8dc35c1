package sync

import (
	"bytes"
	"context"
	"crypto/sha256"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/drift"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// pulled is what a source answered; of a long answer it is one piece.
type pulled struct {
	page adapters.Page
	rest *pieces // what follows of the same answer; nil at its end
	err  error
}

// pieces are a long answer, committed a page's worth at a time. The checkpoint
// moves with the last of them (invariant 2): until then it is the one the
// answer was asked from, so that a cut begins it again from its first record.
type pieces struct {
	s      *Syncer
	answer adapters.Page // as the source gave it
	from   canonical.Checkpoint
}

// begin gives an answer, or its first piece. Whatever becomes of the run, what
// the source set aside goes with it.
func (s *Syncer) begin(ctx context.Context, answer adapters.Page, from canonical.Checkpoint) pulled {
	answer = s.keyed(answer)
	if answer.Tail == nil {
		return pulled{page: answer}
	}
	context.AfterFunc(ctx, func() { _ = answer.Tail.Close() })
	p := &pieces{s: s, answer: answer, from: from}
	piece := p.piece(answer.Records, answer.Refused)
	piece.page.Start, piece.page.Beside, piece.page.Same = answer.Start, answer.Beside, answer.Same
	return piece
}

func (p *pieces) piece(records []canonical.Raw, refused []adapters.Refused) pulled {
	return pulled{rest: p, page: adapters.Page{Records: records, Refused: refused, Next: p.from, More: true, Total: p.answer.Total,
		Whole: p.answer.Whole, Once: p.answer.Once, Shared: p.answer.Shared, Same: true}}
}

// next reads the next piece in the background. The channel always gets
// exactly one answer.
func (p *pieces) next(ctx context.Context) <-chan pulled {
	answer := make(chan pulled, 1)
	go func() { answer <- p.read(ctx) }()
	return answer
}

func (p *pieces) read(ctx context.Context) pulled {
	records, refused, last, err := p.answer.Tail.Next(ctx)
	if err != nil {
		return pulled{err: err}
	}
	p.s.keyed(adapters.Page{Records: records, Refused: refused})
	if !last {
		return p.piece(records, refused)
	}
	_ = p.answer.Tail.Close() // its room is wanted by others
	page := p.answer
	page.Records, page.Refused, page.Tail, page.Start, page.Beside, page.Same = records, refused, nil, false, false, true
	return pulled{page: page}
}

// mapped is a page ready to be committed.
type mapped struct {
	page    adapters.Page
	piece   bool // the answer goes on after it
	items   []journal.Item
	again   []int         // of those, the ones whose keys came before in their walk
	with    string        // the revision they were mapped with
	sight   *drift.Sight  // what the mapped ones looked like; nil where nobody sees
	more    bool          // the run goes on after it
	after   <-chan pulled // the page after it, already asked for; nil when it is not
	release func()        // of the memory it takes
	err     error
}

// settle waits for what was begun on behalf of the page after this one, and
// lets this one go.
func (m mapped) settle() {
	if m.release != nil {
		m.release()
	}
	if m.after != nil {
		<-m.after
	}
}

// lookahead takes a run's pages as they arrive, asks for the one after, and
// maps them while the Log is busy with the one before.
type lookahead struct {
	s     *Syncer
	queue bool
	pages int
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
	if got.rest == nil && page.More && bytes.Equal(page.Next, from) {
		return mapped{err: problem.Halt(&problem.Problem{Code: "GW-R001"})}
	}
	m := mapped{page: page, more: page.More, piece: got.rest != nil}
	switch {
	case m.piece:
		m.after = got.rest.next(ctx)
	case m.more && !l.queue:
		m.after = l.s.pull(ctx, page.Next)
	}
	// Invariant 15: pages of all streams share one space.
	if m.release, m.err = l.s.Space.Page(ctx, weight(page)); m.err != nil {
		return m
	}
	if page.Shared {
		known = nil
	}
	p := l.s.preparer(known)
	m.with, p.closely = p.revision, l.pages == 0
	l.pages++
	m.items, m.sight, m.err = p.page(ctx, page)
	return m
}

// weight is about what a page takes while it is mapped and committed, in bytes.
func weight(page adapters.Page) int64 {
	const ofOne, timesPayload = 1 << 10, 4 // estimated: the item, the record and its body beside the payload
	n := int64(len(page.Records)+len(page.Refused)) * ofOne
	for i := range page.Records {
		n += timesPayload * int64(len(page.Records[i].Payload))
	}
	for i := range page.Refused {
		n += timesPayload * int64(len(page.Refused[i].Raw.Payload))
	}
	return n
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
