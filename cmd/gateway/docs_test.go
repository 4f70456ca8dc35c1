package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestReferenceIsUpToDate: what `gateway docs --write .` writes is what is
// checked in.
func TestReferenceIsUpToDate(t *testing.T) {
	root := rootCommand(&shell{})
	for _, r := range references() {
		var want bytes.Buffer
		r.write(&want, root)
		got, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(r.path)))
		if err != nil {
			t.Error(err)
			continue
		}
		if !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s is out of date: make docs", r.path)
		}
	}
}
