package tabular

import (
	"context"
	"fmt"
	"os"

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
	root *os.Root
}

// Connect opens the folder.
func (f *folder) Connect(context.Context) (Session, error) {
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return nil, &problem.Problem{Code: "GW-D001", Field: "place.folder", Err: err}
	}
	return &folderSession{folder: f, root: root}, nil
}

// Close closes the folder.
func (s *folderSession) Close() error { return s.root.Close() }

// List gives the files that match; folders below are not entered.
func (s *folderSession) List(ctx context.Context) ([]File, error) {
	dir, err := s.root.Open(".")
	if err != nil {
		return nil, fmt.Errorf("tabular: list the folder: %w", err)
	}
	defer func() { _ = dir.Close() }()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("tabular: list the folder: %w", err)
	}
	var files []File
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !matches(s.patterns, name) {
			continue
		}
		info, err := s.root.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			continue // gone again, a folder, or a link that leads elsewhere
		}
		files = append(files, File{Name: name, Size: info.Size(), Modified: info.ModTime()})
	}
	return inOrder(files)
}

// Fetch copies the file and makes sure that it did not change meanwhile.
func (s *folderSession) Fetch(ctx context.Context, f File, _ Validators) (*Spool, Validators, error) {
	file, err := s.root.Open(f.Name)
	if err != nil {
		return nil, Validators{}, fmt.Errorf("tabular: open %s: %w", problem.Short(f.Name), err)
	}
	defer func() { _ = file.Close() }()
	spool, err := s.spools.copy(ctx, f.Name, file)
	if err != nil {
		return nil, Validators{}, err
	}
	after, err := s.root.Stat(f.Name)
	if err != nil || after.Size() != f.Size || !after.ModTime().Equal(f.Modified) || spool.Size != f.Size {
		return nil, Validators{}, failed(spool.File, fmt.Errorf("tabular: read %s: %w", problem.Short(f.Name), errMoved))
	}
	return spool, Validators{}, nil
}
