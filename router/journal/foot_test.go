package journal_test

import (
	"testing"
	"time"

	"iocgateway/router/journal"
)

// TestFootIsOfWhatReadersSee: a cursor tells nothing of the Raw that whoever
// holds it could try all for, and still tells two entries apart.
func TestFootIsOfWhatReadersSee(t *testing.T) {
	e := journal.Entry{Seq: 7, ID: "dossier:dvc:1", Version: "aa", Op: journal.OpChanged, RecordedAt: time.Unix(1, 2), RawDigest: [32]byte{1}}
	other := e
	other.RawDigest[0] = 2
	if journal.Foot(&e) != journal.Foot(&other) || journal.OldFoot(&e) == journal.OldFoot(&other) {
		t.Error("what a cursor stands on follows from the Raw")
	}
	for name, change := range map[string]func(*journal.Entry){"version": func(e *journal.Entry) { e.Version = "ab" },
		"time": func(e *journal.Entry) { e.RecordedAt = time.Unix(1, 3) }, "sequence": func(e *journal.Entry) { e.Seq = 8 },
		"id": func(e *journal.Entry) { e.ID = "dossier:dvc:2" }, "op": func(e *journal.Entry) { e.Op = journal.OpGone }} {
		other := e
		if change(&other); journal.Foot(&e) == journal.Foot(&other) {
			t.Errorf("another %s, the same foot", name)
		}
	}
}
