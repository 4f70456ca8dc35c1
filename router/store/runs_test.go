package store

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"iocgateway/router/journal"
	"iocgateway/router/store/folder"
)

func TestRunsAndPauses(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	at := time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	id, err := s.BeginRun(t.Context(), "dvc/dossiers", at)
	if err != nil || id != 1 {
		t.Fatal(id, err)
	}
	if id, _ = s.BeginRun(t.Context(), "dvc/dossiers", at); id != 2 {
		t.Fatal(id)
	}
	run := journal.Run{ID: 2, Stream: "dvc/dossiers", Started: at, Ended: at.Add(time.Minute), Pages: 3, To: json.RawMessage(`{"n":1}`)}
	if err := s.EndRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	run.ID = 9
	if err := s.EndRun(t.Context(), run); !errors.Is(err, journal.ErrNotFound) {
		t.Fatalf("ended a run that never began: %v", err)
	}
	if err := s.SetPause(t.Context(), "dvc/dossiers", journal.Pause{By: "admin", Reason: "bảo trì", Since: at}); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	s = mustOpen(t, dir)
	runs, err := s.LastRuns(t.Context(), "dvc/dossiers", 5)
	if err != nil || len(runs) != 2 || runs[0].Pages != 3 || !runs[1].Ended.IsZero() {
		t.Fatalf("%+v, %v", runs, err)
	}
	if p, _ := s.Pauses(t.Context()); p["dvc/dossiers"].Reason != "bảo trì" {
		t.Fatalf("%+v", p)
	}
	if err := s.ClearPause(t.Context(), "dvc/dossiers", "admin"); err != nil {
		t.Fatal(err)
	}
	if p, _ := s.Pauses(t.Context()); len(p) != 0 {
		t.Fatalf("%+v", p)
	}
	if _, err := os.Stat(filepath.Join(dir, folder.FileName)); err != nil {
		t.Fatal(err)
	}
}
