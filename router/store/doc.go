// Package store is the embedded Log and its query view: one SQLite file in
// WAL mode with full synchronisation, written by one goroutine that commits
// the pages of several streams with one fsync.
//
// Entries lie in feed order in compressed chunks, raws in compressed blocks
// beside them, and one narrow row an entity carries what lists filter and
// sort by. An index in memory answers "unchanged?" without a query.
package store
