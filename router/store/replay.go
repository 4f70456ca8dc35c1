package store

import (
	"context"
	"strings"

	"iocgateway/canonical"
	"iocgateway/router"
)

// Head is a feed's newest sequence.
func (s *Store) Head(feed canonical.Feed) uint64 {
	n := feedNumber(feed)
	if n == 0 {
		return 0
	}
	return s.view.Load().feeds[n].head
}

// CurrentRaws gives the Raws behind a stream's live records whose sequence
// is in (after, upTo], in feed order, at most limit of them; next is where to
// go on, and upTo at the end. A record without a Raw (a removal that a
// listing proved) is passed over.
func (s *Store) CurrentRaws(ctx context.Context, feed canonical.Feed, stream string, after, upTo uint64, limit int) ([]canonical.Raw, uint64, error) {
	n := feedNumber(feed)
	if n == 0 {
		return nil, 0, noFeed(feed)
	}
	if err := s.index.wait(ctx); err != nil {
		return nil, 0, err
	}
	source, name, _ := strings.Cut(stream, "/")
	filter := router.Filter{Source: source, Stream: name}
	var refs []rawRef
	limit = min(max(limit, 1), pageMax)
	for after < upTo && len(refs) < limit && ctx.Err() == nil {
		next, err := s.scan(ctx, n, after, upTo, scanMax, func(e *stored) bool {
			if e.raw.block != 0 && s.isCurrent(e) && matches(&filter, &e.Entry) {
				refs = append(refs, e.raw)
			}
			return len(refs) < limit
		})
		if err != nil {
			return nil, 0, err
		}
		after = next
	}
	raws := make([]canonical.Raw, 0, len(refs))
	for _, ref := range refs {
		raw, err := s.rawAt(ctx, ref)
		if err != nil {
			return nil, 0, err
		}
		raws = append(raws, raw)
	}
	return raws, after, ctx.Err()
}
