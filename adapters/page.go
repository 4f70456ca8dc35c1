package adapters

import (
	"context"
	"errors"

	"iocgateway/canonical"
)

// Thread remembers whether every page of a walk since its start was given by
// this process. Where one was not, nobody knows what the pages before listed,
// or what moved meanwhile: the walk goes on to its end, proves nothing, and is
// made again (invariant 16). It is not safe for concurrent use.
type Thread struct {
	from, next string
	whole      bool
}

// Follow notes the page that is about to be given.
func (t *Thread) Follow(from canonical.Checkpoint, start bool) {
	at := string(from)
	t.whole = start || t.whole && (at == t.next || at == t.from)
	t.from = at
}

// Gave notes where the page led.
func (t *Thread) Gave(next canonical.Checkpoint) { t.next = string(next) }

// Whole reports whether no page is missing since the start.
func (t *Thread) Whole() bool { return t.whole }

// Each gives every record of a page, those of its tail too, and closes it.
// The first error of fn ends it.
func (p *Page) Each(ctx context.Context, fn func(canonical.Raw) error) (err error) {
	records, last := p.Records, p.Tail == nil
	if p.Tail != nil {
		defer func() { err = errors.Join(err, p.Tail.Close()) }()
	}
	for {
		for _, raw := range records {
			if err := fn(raw); err != nil {
				return err
			}
		}
		if last {
			return nil
		}
		if records, _, last, err = p.Tail.Next(ctx); err != nil {
			return err
		}
	}
}
