package tabular

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
)

// folder is a drop folder on this machine. Links that lead out of it are not followed.
type folder struct {
	dir      string
	patterns []string
	spools   spooler
}

type folderSession struct {
	*folder
	root  *os.Root
	taken *adapters.Taking
}

// Connect opens the folder.
func (f *folder) Connect(ctx context.Context) (Session, error) {
	taken := adapters.RecorderOf(ctx).BeginFile(ctx, "LIST", f.dir)
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		listed(taken, f.patterns, Listing{}, err)
		return nil, &problem.Problem{Code: "GW-D001", Field: "place.folder", Err: err}
	}
	return &folderSession{folder: f, root: root, taken: taken}, nil
}

// Close closes the folder.
func (s *folderSession) Close() error { return s.root.Close() }

// List gives the files that match; folders below are not entered.
func (s *folderSession) List(ctx context.Context) (l Listing, err error) {
	defer func() { listed(s.taken, s.patterns, l, err) }()
	dir, err := s.root.Open(".")
	if err != nil {
		return Listing{}, fmt.Errorf("tabular: list the folder: %w", err)
	}
	defer func() { _ = dir.Close() }()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return Listing{}, fmt.Errorf("tabular: list the folder: %w", err)
	}
	var found Listing
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return Listing{}, err
		}
		if matches(s.patterns, name) {
			s.look(&found, name)
		}
	}
	return found.inOrder()
}

// look takes one name of the folder: a file to read, or something to note.
// Folders below are neither.
func (s *folderSession) look(found *Listing, name string) {
	link, err := s.root.Lstat(name)
	if err != nil {
		return // gone again
	}
	info, err := s.root.Stat(name)
	shown := named(name, 0, time.Time{}).Name
	switch {
	case err != nil && link.Mode()&fs.ModeSymlink != 0:
		found.odd("GW-D078", shown)
	case err != nil || info.IsDir():
	case !info.Mode().IsRegular():
		found.odd("GW-D080", shown)
	default:
		found.Files = append(found.Files, named(name, info.Size(), info.ModTime()))
	}
}

// Fetch copies the file and makes sure that it did not change meanwhile.
func (s *folderSession) Fetch(ctx context.Context, f File, _ Validators) (got *Spool, _ Validators, err error) {
	taken := adapters.RecorderOf(ctx).BeginFile(ctx, "READ", filepath.Join(s.dir, f.Name))
	defer func() { fetched(taken, got, err) }()
	file, err := s.root.Open(f.lies())
	if errors.Is(err, fs.ErrPermission) {
		return nil, Validators{}, &problem.Problem{Code: "GW-D081", File: problem.Short(f.Name)}
	}
	if err != nil {
		return nil, Validators{}, fmt.Errorf("tabular: open %s: %w", problem.Short(f.Name), err)
	}
	defer func() { _ = file.Close() }()
	spool, err := s.spools.copy(ctx, f.Name, file)
	if err != nil {
		return nil, Validators{}, err
	}
	after, err := s.root.Stat(f.lies())
	if err != nil || after.Size() != f.Size || !after.ModTime().Equal(f.Modified) || spool.Size != f.Size {
		return nil, Validators{}, failed(spool.File, fmt.Errorf("tabular: read %s: %w", problem.Short(f.Name), errMoved))
	}
	return spool, Validators{}, nil
}
