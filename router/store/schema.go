package store

import (
	"fmt"
	"strconv"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/store/sqlite"
)

// migrations are applied in order and only ever appended to. The number of
// those applied is PRAGMA user_version.
func migrations() []string {
	return []string{
		`CREATE TABLE meta(k TEXT PRIMARY KEY, v TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE stream(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, checkpoint BLOB, pause TEXT);
CREATE TABLE mapping(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE feed(id INTEGER PRIMARY KEY, head INTEGER NOT NULL, floor INTEGER NOT NULL, at INTEGER NOT NULL, digest BLOB);
CREATE TABLE chunk(k INTEGER PRIMARY KEY, last INTEGER NOT NULL, newest INTEGER NOT NULL, n INTEGER NOT NULL,
  rawbase INTEGER NOT NULL, ids BLOB NOT NULL, data BLOB NOT NULL);
CREATE TABLE raws(id INTEGER PRIMARY KEY, refs INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE entity(id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, key TEXT NOT NULL, kind INTEGER NOT NULL,
  state INTEGER NOT NULL, at INTEGER NOT NULL, status TEXT, agency TEXT, area TEXT, code TEXT, open INTEGER NOT NULL,
  due INTEGER NOT NULL, updated INTEGER NOT NULL, created INTEGER NOT NULL, title TEXT, x BLOB NOT NULL);
CREATE INDEX entity_updated ON entity(kind, updated) WHERE state > 0;
CREATE INDEX entity_due ON entity(kind, due) WHERE open = 1;
CREATE TABLE held(id INTEGER PRIMARY KEY AUTOINCREMENT, entity INTEGER NOT NULL, stream INTEGER NOT NULL, key TEXT NOT NULL,
  kind TEXT NOT NULL, digest BLOB NOT NULL, code TEXT NOT NULL, field TEXT NOT NULL, path TEXT NOT NULL, value TEXT NOT NULL,
  problem TEXT NOT NULL, mapping TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, times INTEGER NOT NULL,
  block INTEGER NOT NULL, row INTEGER NOT NULL, state INTEGER NOT NULL, closed INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX held_open ON held(entity) WHERE state = 0;
CREATE INDEX held_closed ON held(closed) WHERE state > 0;
CREATE TABLE run(stream INTEGER NOT NULL, id INTEGER NOT NULL, data TEXT NOT NULL, PRIMARY KEY(stream, id)) WITHOUT ROWID;
CREATE TABLE mark(reader TEXT NOT NULL, feed INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(reader, feed)) WITHOUT ROWID;
CREATE TABLE audit(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,
  target TEXT NOT NULL, reason TEXT NOT NULL);`,
		// A view of a Log that lies elsewhere: how far it was read, and where its Raws stand there.
		`CREATE TABLE origin(name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE rawpos(k INTEGER PRIMARY KEY, block INTEGER NOT NULL, seqs BLOB NOT NULL);
CREATE INDEX rawpos_block ON rawpos(block);
CREATE TABLE bridge(epoch INTEGER NOT NULL, feed INTEGER NOT NULL, first INTEGER NOT NULL, data TEXT NOT NULL, PRIMARY KEY(epoch, feed, first));`,
	}
}

// migrate brings a file up to date, each step in a transaction of its own.
func migrate(c *sqlite.Conn) error {
	done, err := version(c)
	if err != nil {
		return err
	}
	steps := migrations()
	for n := done; n < len(steps); n++ {
		script := fmt.Sprintf("BEGIN IMMEDIATE; %s PRAGMA user_version = %d; COMMIT;", steps[n], n+1)
		if err := c.Script(script); err != nil {
			return fmt.Errorf("store: migration %d: %w", n+1, err)
		}
	}
	return nil
}

// version is how far a file was migrated; one that is newer than this gateway is refused.
func version(c *sqlite.Conn) (int, error) {
	version, err := c.Int("PRAGMA user_version")
	if known := len(migrations()); err == nil && int(version) > known {
		err = &problem.Problem{Code: "GW-K002", Value: strconv.FormatInt(version, 10), Want: strconv.Itoa(known)}
	}
	return int(version), err
}

// The numbers of feeds and kinds on disk. They never change their meaning.
const (
	asideFeed = 15 // history only: superseded and excluded; one partition, whatever the feeds have
	feedSlots = 16
	maxParts  = 256
	seqBits   = 48
	seqMask   = 1<<seqBits - 1
)

func feedNumber(f canonical.Feed) int {
	switch f {
	case "document":
		return 1
	case "task":
		return 2
	case "dossier":
		return 3
	case "feedback":
		return 4
	case "observation":
		return 5
	case canonical.FeedReference:
		return 6
	case "ops":
		return 7
	}
	return 0
}

func feedName(n int) canonical.Feed {
	for _, f := range canonical.Feeds() {
		if feedNumber(f) == n {
			return f
		}
	}
	return ""
}

func kindNumber(k canonical.Kind) int {
	switch k {
	case canonical.KindDocument:
		return 1
	case canonical.KindTask:
		return 2
	case canonical.KindDossier:
		return 3
	case canonical.KindFeedback:
		return 4
	case canonical.KindObservation:
		return 5
	case canonical.KindUnit:
		return 6
	case canonical.KindAgency:
		return 7
	case canonical.KindProcedure:
		return 8
	case canonical.KindOps:
		return 9
	}
	return 0
}

func kindName(n int) canonical.Kind {
	names := [...]canonical.Kind{"", canonical.KindDocument, canonical.KindTask, canonical.KindDossier,
		canonical.KindFeedback, canonical.KindObservation, canonical.KindUnit, canonical.KindAgency,
		canonical.KindProcedure, canonical.KindOps}
	if n < 0 || n >= len(names) {
		return ""
	}
	return names[n]
}

// A lane is one partition of a feed: where its entries lie and what numbers
// them. Those of partition 0 have the feeds' own numbers.
func laneOf(feed, part int) int { return part*feedSlots + feed }

func laneFeed(lane int) int { return lane % feedSlots }

func lanePart(lane int) int { return lane / feedSlots }

// partOf spreads records over partitions by their bucket in the digest, so
// that a record is always in the same one.
func partOf(bucket uint8, parts int) int { return int(bucket) * parts >> 8 }

func chunkKey(lane int, seq uint64) int64 { return int64(uint64(lane)<<seqBits | seq&seqMask) }

// kindFeed is the number of the feed that carries a kind.
func kindFeed(kind int) int {
	switch {
	case kind < 1 || kind > 9:
		return 0
	case kind <= 5:
		return kind
	case kind <= 8:
		return 6
	}
	return 7
}
