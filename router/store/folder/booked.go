package folder

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"iocgateway/router/book"
	"iocgateway/router/store/sqlite"
)

const metaBooked = "booked"

// Touch writes that something could be written.
func Touch(c *sqlite.Conn, at time.Time) error {
	return setMeta(c, "touched", at.UTC().Format(time.RFC3339))
}

// SetBooked notes how far the side book was written: the newest row of each
// part. It lags behind the book and never leads it, so that a book that lacks
// what stands here lost it.
func SetBooked(c *sqlite.Conn, heads map[string]book.Anchor) error {
	text, err := json.Marshal(heads)
	if err != nil {
		return fmt.Errorf("store: how far the side book is: %w", err)
	}
	return setMeta(c, metaBooked, string(text))
}

// Booked is what the Log of a data folder, in use or not, knows of the side
// book; nil where nothing is known or there is no data.
func Booked(dir string) (heads map[string]book.Anchor, err error) {
	if Holds(dir) != nil {
		return nil, nil
	}
	path, err := filepath.Abs(filepath.Join(dir, FileName)) // the driver takes a relative path for a host name
	if err != nil {
		return nil, err
	}
	c, err := sqlite.OpenForLook(path)
	if err != nil {
		return nil, openError(path, err)
	}
	text := ""
	made, err := c.Int("SELECT count(*) FROM sqlite_master WHERE name = 'meta'") // not in one that a kill left half made
	if err == nil && made > 0 {
		text, err = meta(c, metaBooked)
	}
	if err := errors.Join(err, c.Close()); err != nil || text == "" {
		return nil, openError(path, err)
	}
	if err := json.Unmarshal([]byte(text), &heads); err != nil {
		return nil, openError(path, fmt.Errorf("store: how far the side book is: %w", err))
	}
	return heads, nil
}
