package query

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"iocgateway/router/journal"
	"iocgateway/router/journal/wire"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/track"
)

// Places finds where the Raws of a view stand in the Log it is a view of, and
// the other way round. A Log's own Raws stand nowhere else.
type Places struct{ db *sql.DB }

// RawSpots is where the Raws of a block stand in the Log.
type RawSpots struct {
	Key   int64    // of the first, partition and sequence
	Seqs  []uint64 // of each row
	Block int64    // in the view, once it is there
}

// RawKey is where a Raw stands in the Log, as the key of a row: its topic has
// one track a partition.
func RawKey(at journal.Place) int64 { return track.Track(at.Part).Key(at.Seq) }

// Row finds a Raw in a block.
func (r *RawSpots) Row(key int64) (int, bool) {
	if key < r.Key || track.At(key) != track.At(r.Key) {
		return 0, false
	}
	return slices.BinarySearch(r.Seqs, track.Seq(key))
}

// At gives the block that has the Raw with a key, if any has.
func (p Places) At(ctx context.Context, key int64) (r RawSpots, err error) {
	var packed []byte
	err = p.db.QueryRowContext(ctx, "SELECT k, block, seqs FROM rawpos WHERE k <= ? ORDER BY k DESC LIMIT 1", key).
		Scan(&r.Key, &r.Block, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return r, nil
	}
	if err == nil {
		r.Seqs, err = unpackSeqs(packed)
	}
	if err != nil {
		return r, fmt.Errorf("finding a raw: %w", err)
	}
	return r, nil
}

// Of is where a Raw of this view stands in the Log.
func (p Places) Of(ctx context.Context, ref chunk.RawAt) (journal.Place, error) {
	var first int64
	var packed []byte
	err := p.db.QueryRowContext(ctx, "SELECT k, seqs FROM rawpos WHERE block = ?", ref.Block).Scan(&first, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return journal.Place{}, nil
	}
	if err != nil {
		return journal.Place{}, fmt.Errorf("placing a raw: %w", err)
	}
	seqs, err := unpackSeqs(packed)
	if err != nil || ref.Row >= len(seqs) {
		return journal.Place{}, errors.Join(wire.ErrCut, err)
	}
	return journal.Place{Part: int(track.At(first)), Seq: seqs[ref.Row]}, nil
}

// PackSeqs is the sequences of a block's Raws as they lie on disk.
func PackSeqs(seqs []uint64) []byte {
	var b []byte
	var last uint64
	for _, seq := range seqs {
		b = binary.AppendUvarint(b, seq-last)
		last = seq
	}
	return b
}

func unpackSeqs(b []byte) (seqs []uint64, err error) {
	d := wire.NewDecoder(string(b))
	var last uint64
	for d.More() {
		last += d.Uvarint()
		seqs = append(seqs, last)
	}
	return seqs, d.Err()
}
