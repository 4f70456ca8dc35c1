package load

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

func TestRecords(t *testing.T) {
	r := NewRenderer()
	total := 0
	for i := range 2000 {
		b := r.Append(nil, i, 0)
		total += len(b)
		if !json.Valid(b) {
			t.Fatalf("record %d: %s", i, b)
		}
		if !bytes.Equal(b, r.Append(nil, i, 0)) {
			t.Fatalf("record %d is not the same twice", i)
		}
		if bytes.Equal(b, r.Append(nil, i, 1)) {
			t.Fatalf("record %d: an edit changed nothing", i)
		}
		if i%20 == 19 && !bytes.Equal(b, r.Append(nil, i-7, 0)) {
			t.Fatalf("record %d is no repeat", i)
		}
	}
	if mean := total / 2000; mean < 900 || mean > 1300 {
		t.Fatalf("a record has %d bytes, not about 1 KB", mean)
	}
}

func TestPlain(t *testing.T) {
	for _, workers := range []int{1, 2} {
		src := NewSource(3100, 500)
		if workers == 2 {
			src.Warm(0, 3100, 0)
		}
		srv := httptest.NewServer(src)
		file := filepath.Join(t.TempDir(), "out.jsonl")
		got, err := NewPlain().Run(t.Context(), srv.Client(), srv.URL+"/api/hoso?page=", file, workers)
		srv.Close()
		if err != nil {
			t.Fatal(err)
		}
		want := Tally{Received: 3100, Written: 3100 - 155 - 6, Repeats: 155, Bad: 6, Pages: 7}
		if got != want {
			t.Fatalf("%d workers: %+v, want %+v", workers, got, want)
		}
		text, err := os.ReadFile(file)
		if err != nil || bytes.Count(text, []byte("\n")) != got.Written {
			t.Fatalf("%d lines (%v)", bytes.Count(text, []byte("\n")), err)
		}
	}
}

func TestPages(t *testing.T) {
	src := NewSource(1100, 500)
	srv := httptest.NewServer(src)
	defer srv.Close()
	for _, c := range []struct {
		query      string
		rows, next int
		status     int
	}{
		{"page=1", 500, 2, 200},
		{"page=3", 100, 0, 200},
		{"page=4", 0, 0, 200},
		{"page=0", 0, 0, 200},
		{"page=1&first=1000&n=10&edit=2", 10, 0, 200},
		{"page=x", 0, 0, 400},
		{"page=1&n=-1", 0, 0, 400},
		{"page=1&n=999999999999", 0, 0, 400},
	} {
		resp, err := srv.Client().Get(srv.URL + "/api/hoso?" + c.query)
		if err != nil {
			t.Fatal(err)
		}
		var page struct {
			Next int   `json:"next"`
			Data []any `json:"data"`
		}
		if err := json.NewDecoder(resp.Body).Decode(&page); err != nil && c.status == 200 {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != c.status || len(page.Data) != c.rows || page.Next != c.next {
			t.Errorf("%s: %s, %d rows, next %d", c.query, resp.Status, len(page.Data), page.Next)
		}
	}
}
