package store

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"iocgateway/router/store/folder"
)

const samples = 1024

// statistics keeps the newest commits; it does not grow.
type statistics struct {
	mu     sync.Mutex
	took   [samples]time.Duration
	n      int
	groups int // jobs in all commits
	failed int
	most   int
}

func (t *statistics) add(took time.Duration, jobs int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.failed++
		return
	}
	t.took[t.n%samples] = took
	t.n++
	t.groups += jobs
	t.most = max(t.most, jobs)
}

// Stats is how the store fares.
type Stats struct {
	FileBytes  int64         `json:"file_bytes"`
	WALBytes   int64         `json:"wal_bytes"`
	DiskFree   int64         `json:"disk_free"` // of the disk the folder lies on; 0 with DiskSize 0: not known
	DiskSize   int64         `json:"disk_size"`
	Entities   int           `json:"entities"`
	Commits    int           `json:"commits"`       // transactions since the start, each one fsync
	Failed     int           `json:"failed"`        // transactions that failed
	Jobs       int           `json:"jobs"`          // batches and other writes in them
	LargestJob int           `json:"largest_group"` // most jobs in one transaction
	CommitP50  time.Duration `json:"commit_p50"`    // of the newest 1024 transactions, statements and fsync
	CommitP99  time.Duration `json:"commit_p99"`
}

// Stats gives sizes, counts and how long transactions took.
func (s *Store) Stats(context.Context) (Stats, error) {
	t := s.stats
	t.mu.Lock()
	st := Stats{Commits: t.n, Failed: t.failed, Jobs: t.groups, LargestJob: t.most}
	took := slices.Clone(t.took[:min(t.n, samples)])
	t.mu.Unlock()
	if len(took) > 0 {
		slices.Sort(took)
		st.CommitP50, st.CommitP99 = took[len(took)/2], took[len(took)*99/100]
	}
	st.Entities = int(s.data.Heads.Load().Entity)
	path := filepath.Join(s.folder.Dir, folder.FileName)
	if info, err := os.Stat(path); err == nil {
		st.FileBytes = info.Size()
	}
	if info, err := os.Stat(path + "-wal"); err == nil {
		st.WALBytes = info.Size()
	}
	if free, size, known := folder.Free(s.folder.Dir); known {
		st.DiskFree, st.DiskSize = int64(free), int64(size)
	}
	return st, nil
}
