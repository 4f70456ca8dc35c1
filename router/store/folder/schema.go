package folder

import (
	"fmt"
	"strconv"

	"iocgateway/canonical/problem"
	"iocgateway/router/store/sqlite"
)

// Migrations are applied in order and only ever appended to. The number of
// those applied is PRAGMA user_version.
func Migrations() []string {
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
CREATE TABLE bridge(epoch INTEGER NOT NULL, feed INTEGER NOT NULL, first INTEGER NOT NULL, data TEXT NOT NULL, ` +
			`PRIMARY KEY(epoch, feed, first));`,
	}
}

// Migrate brings a file up to date, each step in a transaction of its own, and
// gives how far it was: 0 where there was nothing.
func Migrate(c *sqlite.Conn) (before int, err error) {
	done, err := Version(c)
	if err != nil {
		return 0, err
	}
	steps := Migrations()
	for n := done; n < len(steps); n++ {
		script := fmt.Sprintf("BEGIN IMMEDIATE; %s PRAGMA user_version = %d; COMMIT;", steps[n], n+1)
		if err := c.Script(script); err != nil {
			return done, fmt.Errorf("store: migration %d: %w", n+1, err)
		}
	}
	return done, nil
}

// Version is how far a file was migrated; one that is newer than this gateway is refused.
func Version(c *sqlite.Conn) (int, error) {
	version, err := c.Int("PRAGMA user_version")
	if known := len(Migrations()); err == nil && int(version) > known {
		err = &problem.Problem{Code: "GW-K002", Value: strconv.FormatInt(version, 10), Want: strconv.Itoa(known)}
	}
	return int(version), err
}
