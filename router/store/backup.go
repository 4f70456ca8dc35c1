package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"iocgateway/canonical"
)

// Backup writes a consistent copy of all data into a new file while the
// store goes on. Put as log.db into an empty folder it opens with a new
// epoch: readers notice that it is another history and take the snapshot again.
func (s *Store) Backup(ctx context.Context, path string) error {
	return s.backedUp(ctx, path, "")
}

// BackupAsLog is Backup of a view that makes a Log of its own of it: what
// the view has, and nothing that comes after.
func (s *Store) BackupAsLog(ctx context.Context, path string) error {
	return s.backedUp(ctx, path, "; UPDATE meta SET v = '"+kindLog+"' WHERE k = 'kind'; DELETE FROM origin; DELETE FROM rawpos; DELETE FROM bridge")
}

func (s *Store) backedUp(ctx context.Context, path, besides string) error {
	if err := s.backup(ctx, path, besides); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("store: backup: %w", ctx.Err())
		}
		return &canonical.Problem{Code: "GW-K008", Value: filepath.Base(path), Err: err}
	}
	return nil
}

func (s *Store) backup(ctx context.Context, path, besides string) (err error) {
	if _, err := os.Stat(path); err == nil {
		return os.ErrExist
	}
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := s.copyTo(ctx, part, besides); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return syncPath(filepath.Dir(path))
}

func (s *Store) copyTo(ctx context.Context, part, besides string) (err error) {
	from, err := openConn(filepath.Join(s.dir, fileName), "busy_timeout(5000)", "cache_size(-4096)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.close()) }()
	if err := from.execContext(ctx, "VACUUM INTO ?", part); err != nil {
		return err
	}
	to, err := openConn(part, "synchronous(FULL)")
	if err != nil {
		return err
	}
	err = to.script("UPDATE meta SET v = '' WHERE k IN ('epoch', 'index')" + besides)
	if err := errors.Join(err, to.close()); err != nil {
		return err
	}
	return syncPath(part)
}

// syncPath makes a file, or the names in a folder, durable.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
