package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"iocgateway/canonical/problem"
	"iocgateway/cmd/gateway/verbs/setup"
)

// TestReferenceIsUpToDate: what `gateway docs --write .` writes is what is
// checked in.
func TestReferenceIsUpToDate(t *testing.T) {
	for _, r := range setup.References(problem.English) {
		var want bytes.Buffer
		r.Write(&want, verbsIn)
		got, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(r.Path)))
		if err != nil {
			t.Error(err)
			continue
		}
		if !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s is out of date: make docs", r.Path)
		}
	}
}
