package store

import (
	"context"
	"strings"

	"iocgateway/canonical"
	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/track"
)

// Head is the position of a feed's newest entries.
func (s *Store) Head(feed canonical.Feed) journal.Position {
	n := track.FeedNumber(feed)
	if n == 0 {
		return nil
	}
	return s.view.Load().head(n)
}

// CurrentRaws gives the Raws behind a stream's live records whose sequence
// is in (after, upTo], at most limit of them; next is where to go on, and
// upTo at the end. A record without a Raw (a removal that a listing proved)
// is passed over.
func (s *Store) CurrentRaws(ctx context.Context, feed canonical.Feed, stream string, after, upTo journal.Position, limit int) ([]canonical.Raw, journal.Position, error) {
	n := track.FeedNumber(feed)
	if n == 0 {
		return nil, nil, noFeed(feed)
	}
	source, name, _ := strings.Cut(stream, "/")
	filter := journal.Filter{Source: source, Stream: name}
	var refs []chunk.RawRef
	next, err := s.current(ctx, n, after, upTo, limit, func(e *chunk.Stored) bool {
		if e.Raw.Block == 0 || !matches(&filter, &e.Entry) {
			return false
		}
		refs = append(refs, e.Raw)
		return true
	})
	if err != nil {
		return nil, nil, err
	}
	if next == nil {
		next = upTo
	}
	raws := make([]canonical.Raw, 0, len(refs))
	for _, ref := range refs {
		raw, err := s.rawAt(ctx, ref)
		if err != nil {
			return nil, nil, err
		}
		raws = append(raws, raw)
	}
	return raws, next, nil
}
