package rest

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

// state is what a checkpoint holds. Times are the source's, but for Swept and
// Start, which only set when to read everything again and how far back.
type state struct {
	V     int       `json:"v"`
	Done  bool      `json:"done,omitempty"` // the first walk is behind us
	Mark  time.Time `json:"mark,omitzero"`  // the newest change seen in a finished walk
	Start time.Time `json:"start,omitzero"` // where the windows of history begin
	Swept time.Time `json:"swept,omitzero"` // when the last sweep began
	Live  int       `json:"live,omitempty"` // rows of the last whole walk
	doubts
	lengths
	Zone   *int     `json:"zone,omitempty"`  // seconds east of UTC, as the source last wrote its times
	Recent recent   `json:"seen,omitempty"`  // what the overlap will show again
	Sick   sick     `json:"sick,omitempty"`  // whose detail did not come
	Acks   []string `json:"acks,omitempty"`  // keys to acknowledge once this is committed
	Stuck  int      `json:"stuck,omitempty"` // how often the same came that were acknowledged
	Walk   *walk    `json:"walk,omitempty"`  // nil: between walks
}

// The kinds of walk.
const (
	walkFull  = "full"  // no watermark: every walk reads everything
	walkFirst = "first" // the first one
	walkDelta = "delta" // changes only
	walkSweep = "sweep" // everything again
)

// doubts are what the last whole walk left open. They are noted at the end of
// every walk until a whole one has answered them: a run's note alone is read by
// nobody once the next run has ended.
type doubts struct {
	Was    int `json:"was,omitempty"`    // rows before it, of which it found less than half:
	Found  int `json:"found,omitempty"`  // so many
	Passed int `json:"passed,omitempty"` // it gave up because rows moved, after so many attempts
	// Listed is how many it met at most, of so many Claimed, where nothing moved.
	// More than were claimed were read all the same, and prove nothing.
	Listed  int `json:"listed,omitempty"`
	Claimed int `json:"claimed,omitempty"`
	// Walled is the status with which its source listed no more than Limit rows.
	Walled string `json:"walled,omitempty"`
	Limit  int    `json:"limit,omitempty"`
	// Mute: none of its answers had the number of rows where the profile says.
	Mute bool `json:"mute,omitempty"`
	// Risen: in the latest walk a row was newer than the one before it, where the newest were to be first.
	Risen bool `json:"risen,omitempty"`
	// Ended is how many rows its only page had, which is as long as a full one, where
	// no answer has ever led to a next one (Led).
	Ended int  `json:"ended,omitempty"`
	Led   bool `json:"led,omitempty"`
	// Capped is how many rows a window ended with, which are often a limit.
	Capped int `json:"capped,omitempty"`
	// Named sums up which keys it listed, where the next one is to list the same.
	Named uint64 `json:"named,string,omitempty"`
	// Due is when everything is read again because of that, by our clock, and
	// Wait how long that was put off: each time it moves again, twice as long.
	Due  time.Time     `json:"due,omitzero"`
	Wait time.Duration `json:"wait,omitempty"`
}

const (
	waitTimes = 10 // a walk that gives up costs no more than a tenth of the time
	waitLeast = time.Second
	waitMost  = 6 * time.Hour
)

// passedOver is why a walk was given up: rows moved, or there never were as
// many as the source says.
func (d *doubts) passedOver() problem.Problem {
	if d.Claimed > d.Listed {
		return problem.Problem{Code: "GW-S035", Value: itoa(d.Listed), Want: itoa(d.Claimed)}
	}
	return problem.Problem{Code: "GW-S020", Value: itoa(d.Passed)}
}

// walled is that the source lists no more than so many rows.
func (d *doubts) walled() problem.Problem {
	return problem.Problem{Code: "GW-S038", Value: d.Walled, Want: itoa(d.Limit)}
}

// again puts off reading everything again after a walk that gave up.
func (d *doubts) again(began, now time.Time) {
	d.Wait = min(max(2*d.Wait, waitTimes*now.Sub(began), waitLeast), waitMost)
	d.Due = now.Add(d.Wait)
}

// walk is a walk under way, at a page boundary.
type walk struct {
	Kind   string    `json:"kind"`
	Size   int       `json:"size"`
	Page   int       `json:"page,omitempty"`   // counted from 0, of this window
	Offset int       `json:"offset,omitempty"` // rows passed in this window
	Cursor string    `json:"cursor,omitempty"`
	From   time.Time `json:"from,omitzero"`  // this window
	To     time.Time `json:"to,omitzero"`    // exclusive
	Lo     time.Time `json:"lo,omitzero"`    // of all windows
	Until  time.Time `json:"until,omitzero"` // of all windows
	Began  time.Time `json:"began,omitzero"` // by our clock
	High   time.Time `json:"high,omitzero"`  // newest change seen in this walk
	Rows   int       `json:"rows,omitempty"` // of the windows left
	Here   int       `json:"here,omitempty"` // of this window, those listed twice left out
	Total  int       `json:"total"`          // as the window's first page has it; -1 it has none
	Eff    int       `json:"eff,omitempty"`  // rows a page really has
	First  uint64    `json:"first,string,omitempty"`
	Prev   uint64    `json:"prev,string,omitempty"`
	Tries  int       `json:"tries,omitempty"` // how often this page was asked again
	Same   bool      `json:"same,omitempty"`  // the page before was the one before it
	Again  int       `json:"again,omitempty"` // how often the window was walked again because rows moved
	Anew   bool      `json:"anew,omitempty"`  // it was cut, and is about to be made again from its beginning
	Check  bool      `json:"check,omitempty"` // the window's first page is being read once more
	signs
	New recent `json:"new,omitempty"`
}

// signs are what a walk has met that makes its end less than certain.
type signs struct {
	Stir         bool `json:"stir,omitempty"`    // of this window: rows moved while walking
	Shrunk       bool `json:"shrunk,omitempty"`  // of this window: there were fewer rows than before
	Twice        bool `json:"twice,omitempty"`   // of this window: a row came on two pages
	Contradicted bool `json:"told,omitempty"`    // of this window: totals contradicted each other
	Counted      bool `json:"counted,omitempty"` // of the walk: an answer had the number of rows
	Dated        bool `json:"dated,omitempty"`   // of the walk: a row had a time of change that could be read
	Risen        bool `json:"risen,omitempty"`   // of the walk: a row was newer than the one before it
	Doubled      int  `json:"doubled,omitempty"` // of this window: rows whose key another of the same page has
	Moved        bool `json:"moved,omitempty"`   // of the walk: nothing is proved
	Lost         bool `json:"lost,omitempty"`    // of the walk: rows may have been passed over
	Cut          bool `json:"cut,omitempty"`     // of the walk: of changes, it had fewer than the source says
	Fresh        bool `json:"fresh,omitempty"`   // it gave something on
	Several      bool `json:"many,omitempty"`    // of the walk: more than one answer had rows, and rows may have slid between them
	Walled       bool `json:"walled,omitempty"`  // of the walk: the source listed no more, and nothing vouches for that
	Beyond       bool `json:"beyond,omitempty"`  // of this window: by the source's figures it is at its end, and is asked once more
	Over         bool `json:"over,omitempty"`    // of this window: rows came after the end that its figures give
	Said         int  `json:"said,omitempty"`    // … which is so many
	Capped       bool `json:"capped,omitempty"`  // of the walk: one of its windows may have been cut off at a limit
	Future       int  `json:"future,omitempty"`  // of the walk: rows whose times had not come
	Overran      bool `json:"ran,omitempty"`     // of the walk: a window had more rows than the source says there are
	// Died is when a page cursor was refused and the walk began again, by our clock.
	Died time.Time `json:"died,omitzero"`
}

// maxCheckpoint is far above what state can need: the rows seen, and the keys
// of one page to acknowledge.
const maxCheckpoint = 8 << 20

func readState(from canonical.Checkpoint) (*state, error) {
	st := &state{V: 1}
	if len(bytes.TrimSpace(from)) == 0 || string(from) == "null" {
		return st, nil
	}
	if len(from) > maxCheckpoint {
		return nil, problem.Halt(&problem.Problem{Code: "GW-S025", Err: errors.New("too large")})
	}
	if err := json.Unmarshal(from, st); err != nil {
		return nil, problem.Halt(&problem.Problem{Code: "GW-S025", Err: err})
	}
	if st.V != 1 {
		return nil, problem.Halt(&problem.Problem{Code: "GW-S025", Err: fmt.Errorf("version %d", st.V)})
	}
	if w := st.Walk; w != nil && (w.Page < 0 || w.Offset < 0 || w.Size < 1) {
		return nil, problem.Halt(&problem.Problem{Code: "GW-S025", Err: errors.New("a walk that cannot be")})
	}
	return st, nil
}

// write gives the checkpoint, and the one it came from when nothing changed.
func (st *state) write(from canonical.Checkpoint) canonical.Checkpoint {
	next, err := json.Marshal(st)
	if err != nil { // a time beyond year 9999; the walk never lets one in
		return from
	}
	if st.Walk != nil { // a walk under way has moved
		return next
	}
	if old, err := readState(from); err == nil && len(from) > 0 {
		if again, err := json.Marshal(old); err == nil && bytes.Equal(again, next) {
			return from
		}
	}
	return next
}

// recent remembers rows by the hashes of key and content, so that the overlap
// does not give them a second time. A row forgotten is only given again; two
// different rows taken for one need a 64-bit accident with the same key.
type recent []row

// row is a row by its hashes, and when it changed.
type row struct {
	key, content uint64
	at           int64
}

// maxRecent bounds a checkpoint; the newest are kept.
const maxRecent = 512

const rowSize = 24

// MarshalText packs the rows.
func (r recent) MarshalText() ([]byte, error) {
	raw := make([]byte, 0, len(r)*rowSize)
	for _, x := range r {
		raw = binary.LittleEndian.AppendUint64(raw, x.key)
		raw = binary.LittleEndian.AppendUint64(raw, x.content)
		raw = binary.LittleEndian.AppendUint64(raw, uint64(x.at))
	}
	return base64.RawStdEncoding.AppendEncode(nil, raw), nil
}

// UnmarshalText unpacks the rows.
func (r *recent) UnmarshalText(text []byte) error {
	raw, err := base64.RawStdEncoding.AppendDecode(nil, text)
	if err != nil || len(raw)%rowSize != 0 || len(raw) > 16*maxRecent*rowSize {
		return errors.New("rest: the rows seen are unreadable")
	}
	*r = make(recent, 0, len(raw)/rowSize)
	for i := 0; i < len(raw); i += rowSize {
		key, content, at := raw[i:], raw[i+8:], raw[i+16:]
		*r = append(*r, row{binary.LittleEndian.Uint64(key), binary.LittleEndian.Uint64(content), int64(binary.LittleEndian.Uint64(at))})
	}
	return nil
}

func (r recent) index() map[uint64]uint64 {
	if len(r) == 0 {
		return nil
	}
	m := make(map[uint64]uint64, len(r))
	for _, x := range r {
		m[x.key] = x.content
	}
	return m
}

// note adds a row where it is newer than the oldest kept.
func (r *recent) note(x row) {
	if len(*r) >= 2*maxRecent {
		r.trim()
	}
	if len(*r) >= maxRecent && x.at <= (*r)[maxRecent-1].at {
		return
	}
	*r = append(*r, x)
}

// trim keeps the newest, one for each key, in an order of its own, so that
// the same rows give the same checkpoint.
func (r *recent) trim() {
	slices.SortFunc(*r, func(a, b row) int {
		return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(a.key, b.key), cmp.Compare(a.content, b.content))
	})
	have := make(map[uint64]bool, len(*r))
	kept := (*r)[:0]
	for _, x := range *r {
		if !have[x.key] && len(kept) < maxRecent {
			have[x.key] = true
			kept = append(kept, x)
		}
	}
	*r = kept
}
