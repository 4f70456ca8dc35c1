// Package sqlite is where the driver lives: the writer's connection, which
// calls it directly, and the pool that readers share.
package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Conn is the writer's connection, used by one goroutine. It calls the
// driver directly: database/sql costs a lock and a copy an argument.
type Conn struct {
	dc    driver.Conn
	stmts map[string]driver.Stmt
	args  []driver.NamedValue
}

func dsn(path string, pragmas ...string) string {
	u := url.URL{Scheme: "file", Path: path}
	return u.String() + "?_pragma=" + strings.Join(pragmas, "&_pragma=")
}

// Open opens a file for the one who writes it. The pragmas are constants:
// nothing in them is escaped.
func Open(path string, pragmas ...string) (*Conn, error) {
	dc, err := new(sqlite.Driver).Open(dsn(path, pragmas...))
	if err != nil {
		return nil, err
	}
	return &Conn{dc: dc, stmts: map[string]driver.Stmt{}}, nil
}

// OpenForLook opens a file that somebody else may be writing to, and changes
// nothing of it: a WAL that was left stays as it is.
func OpenForLook(path string) (*Conn, error) {
	dc, err := new(sqlite.Driver).Open(dsn(path, "busy_timeout(5000)", "query_only(1)", "cache_size(-4096)") + "&mode=ro")
	if err != nil {
		return nil, err
	}
	return &Conn{dc: dc, stmts: map[string]driver.Stmt{}}, nil
}

// Results of SQLite's that mean damage; the low byte of a code.
const (
	resultCorrupt = 11
	resultNoFile  = 26 // it is no database
)

// Damaged reports whether SQLite found a file not to be what it wrote.
func Damaged(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code()&0xff == resultCorrupt || e.Code()&0xff == resultNoFile)
}

// OpenReaders opens a file for reading by several goroutines at once.
func OpenReaders(path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(path, "busy_timeout(5000)", "query_only(1)", "cache_size(-4096)", "temp_store(MEMORY)"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(4)
	return db, nil
}

func (c *Conn) stmt(query string) (driver.Stmt, error) {
	if s, ok := c.stmts[query]; ok {
		return s, nil
	}
	s, err := c.dc.Prepare(query)
	if err != nil {
		return nil, err
	}
	c.stmts[query] = s
	return s, nil
}

func (c *Conn) named(args []driver.Value) []driver.NamedValue {
	c.args = c.args[:0]
	for i, a := range args {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	return c.args
}

// Exec runs one statement; its prepared form is kept, so queries must be
// constants and never carry values.
func (c *Conn) Exec(query string, args ...driver.Value) error {
	return c.ExecContext(context.Background(), query, args...)
}

// ExecContext is Exec for what takes long and may be called off.
func (c *Conn) ExecContext(ctx context.Context, query string, args ...driver.Value) error {
	s, err := c.stmt(query)
	if err != nil {
		return err
	}
	run, ok := s.(driver.StmtExecContext)
	if !ok {
		return errors.New("the driver cannot execute with arguments")
	}
	_, err = run.ExecContext(ctx, c.named(args))
	return err
}

// Changed runs one statement and counts the rows it changed.
func (c *Conn) Changed(query string, args ...driver.Value) (int64, error) {
	if err := c.Exec(query, args...); err != nil {
		return 0, err
	}
	return c.Int("SELECT changes()")
}

// Rows runs a query and hands every row to f. The values are valid during the call only.
func (c *Conn) Rows(query string, f func(v []driver.Value) error, args ...driver.Value) error {
	s, err := c.stmt(query)
	if err != nil {
		return err
	}
	run, ok := s.(driver.StmtQueryContext)
	if !ok {
		return errors.New("the driver cannot query with arguments")
	}
	rows, err := run.QueryContext(context.Background(), c.named(args))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	row := make([]driver.Value, len(rows.Columns()))
	for {
		err := rows.Next(row)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(row); err != nil {
			return err
		}
	}
}

// Int runs a query of one number; no row is 0.
func (c *Conn) Int(query string, args ...driver.Value) (int64, error) {
	var n int64
	err := c.Rows(query, func(v []driver.Value) error {
		n, _ = v[0].(int64)
		return nil
	}, args...)
	return n, err
}

// Pragma gives the value of a setting.
func (c *Conn) Pragma(name string) (string, error) {
	value := ""
	err := c.Rows("PRAGMA "+name, func(v []driver.Value) error {
		value = fmt.Sprint(v[0])
		return nil
	})
	return value, err
}

// Script runs several statements.
func (c *Conn) Script(text string) error {
	run, ok := c.dc.(driver.ExecerContext)
	if !ok {
		return errors.New("the driver cannot run scripts")
	}
	_, err := run.ExecContext(context.Background(), text, nil)
	return err
}

// Close finishes every statement and ends the connection.
func (c *Conn) Close() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	errs = append(errs, c.dc.Close())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("store: closing the writer: %w", err)
	}
	return nil
}

// Int is a column as a number; 0 when it is none.
func Int(v driver.Value) int64 {
	n, _ := v.(int64)
	return n
}

// Text is a column as text; empty when it is none.
func Text(v driver.Value) string {
	switch t := v.(type) {
	case string:
		return t
	case []byte:
		return string(t)
	}
	return ""
}

// Bytes is a copy of a column's bytes, good after its row.
func Bytes(v driver.Value) []byte {
	b, _ := v.([]byte)
	return append([]byte(nil), b...)
}

// Wrong is what a statement's failure says of the file and the disk below it.
type Wrong int

// What may be wrong.
const (
	Nothing Wrong = iota // with the disk: the statement itself failed
	Full                 // there is no room
	Broken               // it cannot be written, or synced
)

// WrongWith tells it from an error.
func WrongWith(err error) Wrong {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return Nothing
	}
	switch e.Code() & 0xff { // without what SQLite adds to it
	case sqlite3.SQLITE_FULL:
		return Full
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		return Broken
	}
	return Nothing
}
