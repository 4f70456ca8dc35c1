package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/router/journal"
)

// Harness is a Log under judgement.
type Harness struct {
	Log journal.Log
	// Reopen ends the Log and opens it again on the same data. Nil: not tried.
	Reopen func() (journal.Log, error)
	// Settle waits until what was committed can be read. Nil: at once.
	Settle func(ctx context.Context) error
	// Sparse: sequences grow, but not by one each.
	Sparse bool
	// Close ends the Log and removes its data, once a script has been played:
	// a long run must not have all its Logs open at once. Nil: the test does.
	Close func() error
}

// done ends a script's Log after what was found.
func (h Harness) done(found error) error {
	if h.Close == nil {
		return found
	}
	if err := h.Close(); err != nil && found == nil {
		return fmt.Errorf("close: %w", err)
	}
	return found
}

// digester is what a Log may be able to besides: order-free checksums.
type digester interface {
	Digest(ctx context.Context, feed canonical.Feed) (journal.Digest, error)
}

// pager is another: pages that say what positions stand on.
type pager interface {
	Changes(ctx context.Context, feed canonical.Feed, f journal.Filter, after journal.Position, limit int) (journal.Changes, error)
}

// quarantine is another: the Raws it holds.
type quarantine interface {
	HeldRaws(ctx context.Context, q journal.HeldQuery) ([]journal.HeldRaw, error)
}

// player plays a script to a Log and to the model, and compares.
type player struct {
	h  Harness
	m  *model
	at map[canonical.Feed]journal.Position // where each feed ended when it was read last

	outcomes []journal.Outcome // of the last page
}

func (p *player) known() journal.Known {
	k, _ := p.h.Log.(journal.Known)
	return k
}

func newPlayer(h Harness, m *model) *player {
	return &player{h: h, m: m, at: map[canonical.Feed]journal.Position{}}
}

// play runs a script; the error gives where Log and model part.
func play(ctx context.Context, h Harness, script []step) error {
	p := newPlayer(h, newModel())
	for i, s := range script {
		if err := p.step(ctx, s); err != nil {
			return fmt.Errorf("step %d %+v: %w", i, s, err)
		}
	}
	return p.reopen(ctx)
}

func (p *player) step(ctx context.Context, s step) error {
	switch s.Action {
	case actionWrong:
		return p.wrongCheckpoint(ctx, s)
	case actionFail:
		return p.mustFail(ctx, s)
	case actionReopen:
		return p.reopen(ctx)
	case actionMark:
		return p.mark(ctx, s)
	}
	return p.commit(ctx, s)
}

func (p *player) commit(ctx context.Context, s step) error {
	from := p.m.checkpoints[streamName(s.Stream)]
	given, _ := s.batch(p.known(), from)
	got, err := p.h.Log.Commit(ctx, given)
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	p.outcomes = got.Outcomes
	scribble(given)
	_, full := s.batch(nil, from)
	want := p.m.commit(&full)
	if !reflect.DeepEqual(got.Outcomes, want.Outcomes) && len(want.Outcomes)+len(got.Outcomes) > 0 {
		return fmt.Errorf("outcomes %v, want %v", got.Outcomes, want.Outcomes)
	}
	if got.Counts != want.Counts {
		return fmt.Errorf("counts %+v, want %+v", got.Counts, want.Counts)
	}
	return p.compare(ctx)
}

// scribble spoils the caller's memory: a Log must have made its own copy.
func scribble(b journal.Batch) {
	for i := range b.Items {
		clear(b.Items[i].Raw.Payload)
		if r := b.Items[i].Record; r != nil {
			clear(r.Body)
		}
	}
	clear(b.Next)
}

func (p *player) wrongCheckpoint(ctx context.Context, s step) error {
	given, _ := s.batch(nil, "")
	given.From, given.Next = canonical.Checkpoint(`"elsewhere"`), canonical.Checkpoint(`"beyond"`)
	if _, err := p.h.Log.Commit(ctx, given); !errors.Is(err, journal.ErrCheckpoint) {
		return fmt.Errorf("a moved checkpoint was answered with %w", err)
	}
	return p.compare(ctx)
}

// mustFail commits a page with an item nothing can be made of: nothing of
// the page may be there after.
func (p *player) mustFail(ctx context.Context, s step) error {
	s.Action = 0
	given, _ := s.batch(nil, p.m.checkpoints[streamName(s.Stream)])
	bad := canonical.Raw{Kind: streamKind(s.Stream), Key: "never seen", Payload: []byte(`{}`)}
	given.Items = append(given.Items, journal.Item{Raw: bad, Digest: bad.Digest()})
	if _, err := p.h.Log.Commit(ctx, given); err == nil {
		return errors.New("a page with an item of no outcome was committed")
	}
	return p.compare(ctx)
}

func (p *player) reopen(ctx context.Context) error {
	if p.h.Reopen == nil {
		return p.compare(ctx)
	}
	log, err := p.h.Reopen()
	if err != nil {
		return fmt.Errorf("reopen: %w", err)
	}
	p.h.Log = log
	return p.compare(ctx)
}

func (p *player) mark(ctx context.Context, s step) error {
	feed := streamKind(s.Stream).Feed()
	if err := p.h.Log.Mark(ctx, "sink", feed, p.at[feed]); err != nil {
		return err
	}
	p.m.marks[feed] = p.at[feed]
	return p.compare(ctx)
}

// compare holds the whole Log against the model.
func (p *player) compare(ctx context.Context) error {
	if p.h.Settle != nil {
		if err := p.h.Settle(ctx); err != nil {
			return fmt.Errorf("settle: %w", err)
		}
	}
	for n := range streams {
		name, feed := streamName(n), streamKind(n).Feed()
		cp, err := p.h.Log.Checkpoint(ctx, name)
		if err != nil || string(cp) != p.m.checkpoints[name] {
			return fmt.Errorf("checkpoint of %s is %q, want %q (%w)", name, cp, p.m.checkpoints[name], err)
		}
		if at, err := p.h.Log.Marked(ctx, "sink", feed); err != nil || !at.Covers(p.m.marks[feed]) || !p.m.marks[feed].Covers(at) {
			return fmt.Errorf("mark in %s is %d, want %d (%w)", feed, at, p.m.marks[feed], err)
		}
		if err := p.compareFeed(ctx, feed); err != nil {
			return fmt.Errorf("%s: %w", feed, err)
		}
		if err := p.compareMore(ctx, name, feed); err != nil {
			return err
		}
	}
	return nil
}

// compareFeed reads a feed from its beginning in pages and holds it against
// the model. A record's entries are all in one partition, and within a
// partition they come in the order of their commits.
func (p *player) compareFeed(ctx context.Context, feed canonical.Feed) error {
	want := p.m.feeds[feed]
	var read []journal.Entry
	at := journal.Position{}
	for {
		limit := 1 + (len(want)+len(read))%7
		es, err := p.h.Log.Read(ctx, feed, at, limit)
		if err != nil {
			return fmt.Errorf("read after %d: %w", at, err)
		}
		if len(es) > limit {
			return fmt.Errorf("%d entries, asked for %d", len(es), limit)
		}
		for i := range es {
			if at, err = p.follow(at, &es[i]); err != nil {
				return err
			}
		}
		read = append(read, es...)
		if len(es) == 0 || len(read) > 2*len(want)+10 {
			break
		}
	}
	p.at[feed] = at
	return sameEntries(read, want)
}

// follow moves a position over the next entry of its partition.
func (p *player) follow(at journal.Position, e *journal.Entry) (journal.Position, error) {
	next := at.Clone()
	for len(next) <= e.Part {
		next = append(next, 0)
	}
	before := next[e.Part]
	if e.Seq <= before || e.Prev != before || !p.h.Sparse && e.Seq != before+1 {
		return nil, fmt.Errorf("entry %d (previous %d) after %d in partition %d: a hole or a repeat", e.Seq, e.Prev, before, e.Part)
	}
	next[e.Part] = e.Seq
	return next, nil
}

func sameEntries(read []journal.Entry, want []line) error {
	if len(read) != len(want) {
		return fmt.Errorf("%d entries, want %d", len(read), len(want))
	}
	parts := map[string]int{}
	byPart := map[int][]*journal.Entry{}
	for i := range read {
		e := &read[i]
		if part, seen := parts[e.ID]; seen && part != e.Part {
			return fmt.Errorf("%s is in partitions %d and %d", e.ID, part, e.Part)
		}
		parts[e.ID] = e.Part
		byPart[e.Part] = append(byPart[e.Part], e)
	}
	for i := range want {
		part, seen := parts[want[i].id]
		if !seen || len(byPart[part]) == 0 {
			return fmt.Errorf("entry %d, of %s, is missing", i, want[i].id)
		}
		if err := want[i].differs(byPart[part][0]); err != nil {
			return err
		}
		byPart[part] = byPart[part][1:]
	}
	return nil
}

// compareMore checks the abilities a Log may have besides.
func (p *player) compareMore(ctx context.Context, stream string, feed canonical.Feed) error {
	if d, ok := p.h.Log.(digester); ok {
		got, err := d.Digest(ctx, feed)
		if err != nil || got.Buckets != p.m.digest(feed) || !got.At.Covers(p.at[feed]) || !p.at[feed].Covers(got.At) {
			return fmt.Errorf("digest of %s differs (%w)", feed, err)
		}
	}
	if k, ok := p.h.Log.(journal.Keys); ok {
		list, err := k.LiveKeys(ctx, stream, adapters.Scope{})
		if want := p.m.live(stream); len(list) != want {
			return fmt.Errorf("%s: %d live keys, want %d (%w)", stream, len(list), want, err)
		}
	}
	if f, ok := p.h.Log.(pager); ok {
		if err := p.compareFooting(ctx, f, feed); err != nil {
			return fmt.Errorf("%s: %w", feed, err)
		}
	}
	if q, ok := p.h.Log.(quarantine); ok {
		return p.compareHeld(ctx, q, stream)
	}
	return nil
}

// compareHeld holds what a person finds in quarantine against the model.
func (p *player) compareHeld(ctx context.Context, q quarantine, stream string) error {
	list, err := q.HeldRaws(ctx, journal.HeldQuery{Stream: stream})
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: quarantine: %w", stream, err)
	}
	for _, h := range list {
		got := hold{digest: h.Raw.Digest(), code: h.Problem.Code, mapping: h.Mapping, times: h.Times}
		if want, open := p.m.held[stream+"\x00"+h.Key]; !open || got != want {
			return fmt.Errorf("%s: %s is held: %s under %s %d times, want %s under %s %d times (held: %v, the same raw: %v)", stream, h.Key,
				got.code, got.mapping, got.times, want.code, want.mapping, want.times, open, got.digest == want.digest)
		}
	}
	if want := p.m.holds(stream); len(list) != want {
		return fmt.Errorf("%s: %d raws in quarantine, want %d", stream, len(list), want)
	}
	return nil
}

// randomScript makes a script from a seed.
func randomScript(seed uint64, length int) []step {
	r := rand.New(rand.NewPCG(seed, 17))
	script := make([]step, length)
	for i := range script {
		s := step{Stream: r.IntN(streams), Mapping: r.IntN(2), Action: r.IntN(actions), Proved: r.IntN(4) == 0, Adopts: r.IntN(4) == 0}
		for range r.IntN(6) {
			s.Items = append(s.Items, draw{Key: r.IntN(keys), Payload: r.IntN(payloads), At: r.IntN(times), Bare: r.IntN(2) == 0})
		}
		script[i] = s
	}
	return script
}
