package journal

import (
	"encoding/binary"

	"iocgateway/canonical"
	"iocgateway/router/journal/wire"
)

// Exported is one thing of a Log on its way into another; one member is set,
// Raw and RawID beside Entry and Verdict.
type Exported struct {
	Entry      *Decided // with its Seq in the old Log
	Verdict    *Verdict
	Raw        *canonical.Raw // behind the entry, or the one held; nil when there is none
	RawID      int64          // the same for the same Raw
	Checkpoint *StreamCheckpoint
	Run        *Run
	Pause      *StreamPause
	Past       *StreamPast
	Mark       *ReaderMark
	Audit      *Audit
}

// Bridge leads from a stretch of a feed of a Log with one partition to the
// same feed in the Log that took it over, so that readers go on with their
// old cursors.
type Bridge struct {
	Epoch uint64         `json:"epoch,string"` // hash of the old epoch's name, as cursors carry it
	Feed  canonical.Feed `json:"feed"`
	Floor uint64         `json:"floor"` // the oldest sequence that could be read
	First uint64         `json:"first"` // sequence before the stretch
	Start Position       `json:"start"` // where the new Log stood there
	Seqs  []byte         `json:"seqs"`  // of each entry: distance from the one before, and its partition
}

// Add puts the next entry behind a stretch; last is the old sequence before it.
func (b *Bridge) Add(last, seq uint64, part int) {
	b.Seqs = binary.AppendUvarint(b.Seqs, seq-last)
	b.Seqs = binary.AppendUvarint(b.Seqs, uint64(part))
}

// At is where a reader of the old Log who has had everything up to a
// sequence stands in the new one; false when what follows was gone already.
func (b *Bridge) At(seq uint64) (Position, bool) {
	if seq+1 < b.Floor {
		return nil, false
	}
	at, old := b.Start.Clone(), b.First
	d := wire.NewDecoder(string(b.Seqs))
	for d.More() {
		old += d.Uvarint()
		part := int(d.Uvarint())
		if old > seq || part >= len(at) {
			break
		}
		at[part]++
	}
	return at, d.Err() == nil
}
