package store_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"iocgateway/canonical"
	"iocgateway/router/journal"
	"iocgateway/router/store"
)

// A page is committed with the checkpoint after it, and what it published is
// read from its feed. The same page pulled again publishes nothing.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(ctx, store.Options{Dir: dir})
	if err != nil {
		panic(err)
	}
	defer s.Close()

	at := time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC)
	raw := canonical.Raw{Kind: canonical.KindDossier, Key: "H48.01-260601-0001", At: at, Payload: []byte(`{"TrangThai":"Đang xử lý"}`)}
	rec := canonical.Record{ID: canonical.ID(raw.Kind, "dvc", raw.Key), Kind: raw.Kind, Key: raw.Key, At: at,
		Body: []byte(`{"status":"processing"}`), Index: canonical.Index{Status: "processing", UpdatedAt: at}}
	rec.Version = canonical.ContentVersion(rec.Body)
	page := journal.Batch{Stream: "dvc/dossiers", Mapping: "dvc/dossier@1", At: at,
		Items: []journal.Item{{Raw: raw, Digest: raw.Digest(), Record: &rec}}, Next: canonical.Checkpoint(`{"page":2}`)}

	for range 2 {
		r, err := s.Commit(ctx, page)
		if err != nil {
			panic(err)
		}
		fmt.Println(r.Counts.Published, "published,", r.Counts.Unchanged, "unchanged")
		page.From = page.Next
	}
	entries, err := s.Read(ctx, "dossier", nil, 100)
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		fmt.Println(e.Seq, e.Op, e.ID, string(e.Body))
	}
	next, err := s.Checkpoint(ctx, "dvc/dossiers")
	if err != nil {
		panic(err)
	}
	fmt.Println("go on from", string(next))
	// Output:
	// 1 published, 0 unchanged
	// 0 published, 1 unchanged
	// 1 changed dossier:dvc:H48.01-260601-0001 {"status":"processing"}
	// go on from {"page":2}
}
