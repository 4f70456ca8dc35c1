// Package feed is the HTTP API for consumers: ordered, gap-free feeds with
// cursors, snapshots and digests, lists of current records, and the
// contracts that describe them.
package feed

import (
	"context"

	"iocgateway/canonical"
	"iocgateway/router/journal"
)

// View is what the API reads of a Log.
type View interface {
	// Epoch names this history; it is another after a restore.
	Epoch(ctx context.Context) (string, error)
	Feeds(ctx context.Context) ([]journal.FeedInfo, error)
	// Changes reads a filtered feed after a position, nil being the oldest kept.
	// Prev of each entry is that of the whole partition; the API rewrites it for
	// filtered views. ErrExpired when after is older than what is kept, also
	// where the page would be empty.
	Changes(ctx context.Context, feed canonical.Feed, f journal.Filter, after journal.Position, limit int) (journal.Changes, error)
	// Snapshot reads current, not gone records whose sequence is in (after, upTo].
	Snapshot(ctx context.Context, feed canonical.Feed, f journal.Filter, after, upTo journal.Position, limit int) (journal.Snapshot, error)
	Digest(ctx context.Context, feed canonical.Feed) (journal.Digest, error)
	DigestBucket(ctx context.Context, feed canonical.Feed, bucket int) (at journal.Position, rows []journal.IDVersion, err error)
	Record(ctx context.Context, id string) (journal.Entry, error)
	// History gives all versions of a record, newest first, superseded ones included.
	History(ctx context.Context, id string) ([]journal.Entry, error)
	// RawOf gives the Raw behind a version of a record ("" is the current one).
	RawOf(ctx context.Context, id, version string) (canonical.Raw, error)
	List(ctx context.Context, q journal.ListQuery) (journal.List, error)
	Held(ctx context.Context, q journal.HeldQuery) ([]journal.HeldRaw, error)
	HeldGroups(ctx context.Context) ([]journal.HeldGroup, error)
	// Changed is closed at the next commit that publishes to the feed.
	Changed(feed canonical.Feed) <-chan struct{}
}
