package journal

import "errors"

// Errors callers branch on.
var (
	// ErrCheckpoint: the Log holds another checkpoint than the page was pulled from.
	ErrCheckpoint = errors.New("router: the checkpoint moved under this page")
	// ErrExpired: the position is older than the oldest entry kept.
	ErrExpired = errors.New("router: position is older than what is kept")
	// ErrNotFound: no such record, feed, stream or held Raw.
	ErrNotFound = errors.New("router: not found")
	// ErrElsewhere: another node holds the stream, or none does yet.
	ErrElsewhere = errors.New("router: another node holds this stream")
	// ErrBusy: the stream already has an order waiting.
	ErrBusy = errors.New("router: an order for this stream is already waiting")
)
