package storetest

import (
	"fmt"
	"strconv"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// What a step draws its items from. A Raw under a mapping always ends the
// same way, as the real ones do.
const (
	keys  = 6
	times = 4 // 0 is none
)

// The payloads, by what the two mappings make of them. The others read the
// same in both.
const (
	refusedByFirst  = 2 // reads in the second
	readsOtherwise  = 3
	removal         = 4
	excluded        = 5
	excludedByFirst = 6 // reads in the second
	refusedExcluded = 7 // refused by the first, excluded by the second
	refusedRemoval  = 8 // refused by the first, a removal in the second
	payloads        = 9
)

// draw is one item of a script.
type draw struct {
	Key, Payload, At int
	Bare             bool // ask Known first, and commit no more when it knows
}

// step is one thing done to a Log.
type step struct {
	Stream  int
	Mapping int
	Items   []draw
	Action  int  // below actionReplay: a page with its checkpoint
	Listed  bool // of a listing of everything
	Early   bool // our clock is hours before the source's
	Proved  bool
	Adopts  bool // what the other stream with the same keys has published
}

// What a step does besides.
const (
	actionReplay = 8 + iota
	actionWrong  // a checkpoint somebody else has moved
	actionFail   // a page that must fail
	actionReopen
	actionMark
	actions
)

// streams are those of the scripts; the last two give the same keys of one source.
const streams = 4

func streamName(n int) string {
	return [streams]string{"dvc/dossiers", "ioffice/documents", "ioffice/tasks", "ioffice/xu-ly"}[n%streams]
}

func streamKind(n int) canonical.Kind {
	return [streams]canonical.Kind{canonical.KindDossier, canonical.KindDocument, canonical.KindTask, canonical.KindTask}[n%streams]
}

// rivalOf is the stream that has the same keys; -1 where none does.
func rivalOf(n int) int {
	return [streams]int{-1, -1, 3, 2}[n%streams]
}

func hour(n int) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Date(2026, 3, 1, n, 0, 0, 0, time.FixedZone("", 7*3600))
}

// item makes the item of a draw, mapped.
func (d draw) item(stream, mapping int) journal.Item {
	kind := streamKind(stream)
	key := fmt.Sprintf("%d/%02d", min(stream, 2), d.Key%keys) // rivals share theirs
	raw := canonical.Raw{Kind: kind, Key: key, At: hour(d.At % times), Payload: fmt.Appendf(nil, `{"k":%q,"p":%d,"t":%d}`, key, d.Payload%payloads, d.At%times)}
	it := journal.Item{Raw: raw}
	p, first := d.Payload%payloads, mapping == 0
	it.Raw.Gone = p == removal || p == refusedRemoval
	switch {
	case p == excluded, p == excludedByFirst && first, p == refusedExcluded && !first:
		it.Rule = "not ours"
	case first && (p == refusedByFirst || p == refusedExcluded || p == refusedRemoval):
		it.Problem = &problem.Problem{Code: "GW-V001", Field: "status", Path: "$.p", Value: strconv.Itoa(p)}
	default:
		it.Record = &canonical.Record{Gone: it.Raw.Gone}
	}
	it.Digest = it.Raw.Digest()
	if it.Record == nil {
		return it
	}
	text := strconv.Itoa(p)
	if p == readsOtherwise {
		text += "/" + strconv.Itoa(mapping)
	}
	src := source(streamName(stream))
	rec := it.Record
	rec.ID, rec.Kind, rec.Source, rec.Key, rec.At = canonical.ID(kind, src, key), kind, src, key, raw.At
	rec.Body = fmt.Appendf(nil, `{"id":%q,"kind":%q,"title":"Hồ sơ số %s"}`, rec.ID, kind, text)
	rec.Version = canonical.ContentVersion(rec.Body)
	rec.Index = canonical.Index{Status: "processing", Title: "Hồ sơ số " + text, Area: "21010", UpdatedAt: raw.At, Unknown: p % 2}
	return it
}

func mappingName(n int) string { return "m@" + strconv.Itoa(n%2+1) }

// batch makes the batch of a step: what was asked, and, for the model, the
// same with nothing left out.
func (s step) batch(known journal.Known, from string) (given, full journal.Batch) {
	b := journal.Batch{Stream: streamName(s.Stream), Mapping: mappingName(s.Mapping), At: hour(1).AddDate(0, 1, 0)}
	if s.Early {
		b.At = hour(1)
	}
	if rival := rivalOf(s.Stream); s.Adopts && rival >= 0 {
		b.Adopts = []string{streamName(rival)}
	}
	full = b
	for _, d := range s.Items {
		it := d.item(s.Stream%streams, s.Mapping%2)
		if s.Proved && it.Record != nil && it.Record.Gone { // what a mapping refuses came in a Raw
			it.Proved = true
		}
		it.Listed = s.Listed
		full.Items = append(full.Items, it)
		if d.Bare && known != nil && known.Known(b.Stream, it.Raw.Key, it.Digest, b.Mapping) != "" {
			it = journal.Item{Raw: it.Raw, Digest: it.Digest, Proved: it.Proved, Listed: it.Listed}
		}
		given.Items = append(given.Items, it)
	}
	b.Items = given.Items
	if s.Action < actionReplay {
		b.From, b.Next = checkpoint(from), canonical.Checkpoint(nextCheckpoint(from))
		full.From, full.Next = b.From, b.Next
	}
	return b, full
}

func checkpoint(s string) canonical.Checkpoint {
	if s == "" {
		return nil
	}
	return canonical.Checkpoint(s)
}

func nextCheckpoint(from string) string {
	n, _ := strconv.Atoi(from)
	return strconv.Itoa(n + 1)
}
