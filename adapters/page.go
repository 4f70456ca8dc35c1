package adapters

import (
	"context"
	"errors"

	"iocgateway/canonical"
)

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
