package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/router"
)

// Harness is a Log under judgement.
type Harness struct {
	Log router.Log
	// Reopen ends the Log and opens it again on the same data. Nil: not tried.
	Reopen func() (router.Log, error)
}

// digester is what a Log may be able to besides: order-free checksums.
type digester interface {
	Digest(ctx context.Context, feed canonical.Feed) (router.Digest, error)
}

// player plays a script to a Log and to the model, and compares.
type player struct {
	h Harness
	m *model
}

func (p *player) known() router.Known {
	k, _ := p.h.Log.(router.Known)
	return k
}

// play runs a script; the error says where Log and model part.
func play(ctx context.Context, h Harness, script []step) error {
	p := &player{h: h, m: newModel()}
	for i, s := range script {
		if err := p.step(ctx, s); err != nil {
			return fmt.Errorf("step %d %+v: %w", i, s, err)
		}
	}
	return p.reopen(ctx)
}

func (p *player) step(ctx context.Context, s step) error {
	switch s.Action {
	case 9:
		return p.wrongCheckpoint(ctx, s)
	case 10:
		return p.mustFail(ctx, s)
	case 11:
		return p.reopen(ctx)
	case 12:
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
func scribble(b router.Batch) {
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
	if _, err := p.h.Log.Commit(ctx, given); !errors.Is(err, router.ErrCheckpoint) {
		return fmt.Errorf("a moved checkpoint was answered with %v", err)
	}
	return p.compare(ctx)
}

// mustFail commits a page with an item nothing can be made of: nothing of
// the page may be there after.
func (p *player) mustFail(ctx context.Context, s step) error {
	s.Action = 0
	given, _ := s.batch(nil, p.m.checkpoints[streamName(s.Stream)])
	bad := canonical.Raw{Kind: streamKind(s.Stream), Key: "never seen", Payload: []byte(`{}`)}
	given.Items = append(given.Items, router.Item{Raw: bad, Digest: bad.Digest()})
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
	at := uint64(len(p.m.feeds[feed]))
	if err := p.h.Log.Mark(ctx, "sink", feed, at); err != nil {
		return err
	}
	p.m.marks[string(feed)] = at
	return p.compare(ctx)
}

// compare holds the whole Log against the model.
func (p *player) compare(ctx context.Context) error {
	for n := range 3 {
		name, feed := streamName(n), streamKind(n).Feed()
		cp, err := p.h.Log.Checkpoint(ctx, name)
		if err != nil || string(cp) != p.m.checkpoints[name] {
			return fmt.Errorf("checkpoint of %s is %q, want %q (%v)", name, cp, p.m.checkpoints[name], err)
		}
		if at, err := p.h.Log.Marked(ctx, "sink", feed); err != nil || at != p.m.marks[string(feed)] {
			return fmt.Errorf("mark in %s is %d, want %d (%v)", feed, at, p.m.marks[string(feed)], err)
		}
		if err := compareFeed(ctx, p.h.Log, feed, p.m.feeds[feed]); err != nil {
			return err
		}
		if err := p.compareMore(ctx, name, feed); err != nil {
			return err
		}
	}
	return nil
}

func compareFeed(ctx context.Context, log router.Log, feed canonical.Feed, want []line) error {
	var at uint64
	for {
		limit := 1 + (len(want)+int(at))%7
		es, err := log.Read(ctx, feed, at, limit)
		if err != nil {
			return fmt.Errorf("read %s after %d: %w", feed, at, err)
		}
		if len(es) > limit {
			return fmt.Errorf("%s: %d entries, asked for %d", feed, len(es), limit)
		}
		for i := range es {
			e := &es[i]
			if e.Seq != at+1 || e.Prev != at {
				return fmt.Errorf("%s: entry %d (previous %d) after %d: a hole or a repeat", feed, e.Seq, e.Prev, at)
			}
			if int(at) >= len(want) {
				return fmt.Errorf("%s: entry %d is too many", feed, e.Seq)
			}
			if err := want[at].differs(e); err != nil {
				return fmt.Errorf("%s: %w", feed, err)
			}
			at++
		}
		if len(es) == 0 {
			break
		}
	}
	if int(at) != len(want) {
		return fmt.Errorf("%s: ends after %d entries, want %d", feed, at, len(want))
	}
	return nil
}

// compareMore checks the abilities a Log may have besides.
func (p *player) compareMore(ctx context.Context, stream string, feed canonical.Feed) error {
	if d, ok := p.h.Log.(digester); ok {
		got, err := d.Digest(ctx, feed)
		if err != nil || got.Buckets != p.m.digest(feed) || got.Seq != uint64(len(p.m.feeds[feed])) {
			return fmt.Errorf("digest of %s differs (%v)", feed, err)
		}
	}
	if k, ok := p.h.Log.(router.Keys); ok {
		list, err := k.LiveKeys(ctx, stream, adapters.Scope{})
		if want := p.m.live(stream); len(list) != want {
			return fmt.Errorf("%s: %d live keys, want %d (%v)", stream, len(list), want, err)
		}
	}
	return nil
}

// randomScript makes a script from a seed.
func randomScript(seed uint64, length int) []step {
	r := rand.New(rand.NewPCG(seed, 17))
	script := make([]step, length)
	for i := range script {
		s := step{Stream: r.IntN(3), Mapping: r.IntN(2), Action: r.IntN(13), Proved: r.IntN(4) == 0}
		for range r.IntN(6) {
			s.Items = append(s.Items, draw{Key: r.IntN(keys), Payload: r.IntN(payloads), At: r.IntN(times), Bare: r.IntN(2) == 0})
		}
		script[i] = s
	}
	return script
}
