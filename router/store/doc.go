// Package store is the embedded Log and its query view: one SQLite file in
// WAL mode with full synchronisation, written by one goroutine that commits
// the pages of several streams with one fsync.
//
// Entries lie in feed order in compressed chunks, Raws in compressed blocks
// beside them, and one narrow row an entity carries what lists filter and
// sort by. An index in memory answers "unchanged?" without a query.
//
// # The rooms below
//
//	folder   the data folder: its lock, its file, what it is, its head mark, its copies
//	sqlite   the driver
//	track    where an entry lies: a feed's number, a partition, a sequence
//	chunk    how entries and Raws lie on disk
//	index    what memory knows of every entity
//	state    what memory knows of tracks, streams and mapping revisions
//	query    what is committed, and all that reads it
//
// What is left here writes: a caller plans, one goroutine commits.
//
// # The life of a batch
//
// The steps stand in this order in commit.go, each in the file named below it.
//
//	Store.Commit, for each caller                 writer.commit, for a group of them
//
//	numbered ─▶ decided ─▶ packed ─▶ queued ────▶ applied ─▶ durable ─▶ marked ─▶ shown ─▶ woken
//	tx.go       plan.go    pack.go   queue.go     apply.go   writer.go  writer.go show.go  show.go
//	               │                    │            │           │
//	               ▼                    ▼            ▼           ▼
//	            refused              refused      refused     refused
//	            an item does         the store    alone, to   all of the
//	            not fit what is      closes, or   its own     group, with the
//	            known of it          the caller   savepoint   transaction
//	                                 gave up
//
// A batch that is refused left nothing behind; one that is shown was fsynced
// before (invariants 1 and 2). A page whose items are all unchanged and that
// moves no checkpoint ends after "packed": it writes nothing.
//
// # The life of a plan
//
// A plan is made beside the writer, against what was committed then. Whether
// that still holds is known by the generation of its stream, which every
// commit of the stream moves on.
//
//	made ─▶ queued ─┬─ same generation ─────────────────────────▶ applied
//	                └─ the stream committed meanwhile ─▶ made
//	                   again, by the writer itself ─────────────▶ applied
//
// Two plans of one transaction cannot see each other, so a transaction takes
// one plan a stream, and one a kind of a source.
//
// # The life of a job
//
// A job is a plan, or a few statements; "solo" ones change what plans are
// made from.
//
//	queued ─▶ waiting ─┬─ fits the group ─▶ run ─┬─ done well ─▶ COMMIT ─▶ done
//	            ▲      │                         └─ failed ────▶ rolled back ─▶ done, with its error
//	            └──────┘ its stream or kind is in the group, it is solo, or the group is full
//
// When COMMIT itself fails, every job of the group is done with that error.
// When the store closes, what the writer has in hand is done, and what is
// still queued is refused.
package store
