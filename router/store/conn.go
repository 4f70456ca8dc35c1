package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"modernc.org/sqlite"
)

// conn is the writer's connection, used by one goroutine. It speaks to the
// driver directly: database/sql costs a lock and a copy an argument.
type conn struct {
	dc    driver.Conn
	stmts map[string]driver.Stmt
	args  []driver.NamedValue
}

func dsn(path string, pragmas ...string) string {
	u := url.URL{Scheme: "file", Path: path}
	return u.String() + "?_pragma=" + strings.Join(pragmas, "&_pragma=")
}

func openConn(path string, pragmas ...string) (*conn, error) {
	dc, err := new(sqlite.Driver).Open(dsn(path, pragmas...))
	if err != nil {
		return nil, err
	}
	return &conn{dc: dc, stmts: map[string]driver.Stmt{}}, nil
}

func (c *conn) stmt(query string) (driver.Stmt, error) {
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

func (c *conn) named(args []driver.Value) []driver.NamedValue {
	c.args = c.args[:0]
	for i, a := range args {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	return c.args
}

// exec runs one statement; its prepared form is kept, so queries must be
// constants and never carry values.
func (c *conn) exec(query string, args ...driver.Value) error {
	return c.execContext(context.Background(), query, args...)
}

// execContext is exec for what takes long and may be called off.
func (c *conn) execContext(ctx context.Context, query string, args ...driver.Value) error {
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

// changed runs one statement and tells how many rows it changed.
func (c *conn) changed(query string, args ...driver.Value) (int64, error) {
	if err := c.exec(query, args...); err != nil {
		return 0, err
	}
	return c.int("SELECT changes()")
}

// rows runs a query and hands every row to f. The values are valid during the call only.
func (c *conn) rows(query string, f func(v []driver.Value) error, args ...driver.Value) error {
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
	defer rows.Close()
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

// int runs a query of one number; no row is 0.
func (c *conn) int(query string, args ...driver.Value) (int64, error) {
	var n int64
	err := c.rows(query, func(v []driver.Value) error {
		n, _ = v[0].(int64)
		return nil
	}, args...)
	return n, err
}

// script runs several statements.
func (c *conn) script(text string) error {
	run, ok := c.dc.(driver.ExecerContext)
	if !ok {
		return errors.New("the driver cannot run scripts")
	}
	_, err := run.ExecContext(context.Background(), text, nil)
	return err
}

func (c *conn) close() error {
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
