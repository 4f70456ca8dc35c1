package control

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"iocgateway/canonical/problem"
	"iocgateway/router/access"
	"iocgateway/router/book"
	"iocgateway/router/journal"
)

// Act is what somebody is about to do, or to read.
type Act struct {
	What   string
	Target string
	By     string // who, where no token says so
	Why    string
	With   any
	// Keeps: it is nothing where the Log cannot be written, which is found out
	// before it is said to be done.
	Keeps bool
}

// Audit writes down what people do and read, before it is done and after.
type Audit struct {
	Book book.Book
	Node string
	Out  *slog.Logger
	// Writable, if set, finds out whether the Log can be written.
	Writable func(ctx context.Context) error

	failed atomic.Int64
	last   atomic.Pointer[problem.Problem]
	broken atomic.Pointer[problem.Problem] // what the last look at the whole chain found

	looking singleflight.Group
	mu      sync.Mutex
	looked  map[string]time.Time // when who looked at what, from where
}

// lookAgainAfter is how long somebody who looks at the same list again and
// again (a page that refreshes itself does) makes one look.
const lookAgainAfter = 10 * time.Minute

// Look writes down that somebody looks at a list of what may be personal
// data. Looks at the same within ten minutes are one.
func (a *Audit) Look(ctx context.Context, act Act) error {
	row := a.row(ctx, act)
	key := strings.Join([]string{row.Who, row.From, row.Via, row.What, row.Target}, "\n")
	if err := a.Book.Damage(); err != nil { // a look that was written down before counts for nothing now
		return &problem.Problem{Code: "GW-R040", Err: a.missed(row, err)}
	}
	// A book that takes long holds up whoever looks at the same, and nobody else.
	_, err, _ := a.looking.Do(key, func() (any, error) {
		if a.hasLooked(key) {
			return nil, nil
		}
		err := a.Do(ctx, act, func() (any, error) { return nil, nil })
		if err == nil {
			a.noteLook(key)
		}
		return nil, err
	})
	return err
}

func (a *Audit) hasLooked(key string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return time.Since(a.looked[key]) < lookAgainAfter
}

// noteLook remembers a look that was written down, and forgets those that no
// longer spare a row.
func (a *Audit) noteLook(key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.looked == nil {
		a.looked = map[string]time.Time{}
	}
	now := time.Now()
	for old, at := range a.looked {
		if now.Sub(at) >= lookAgainAfter {
			delete(a.looked, old)
		}
	}
	a.looked[key] = now
}

// Failures is how many rows could not be written since the process began, and
// why the last one was not; nil when the audit can be written again.
func (a *Audit) Failures() (int64, *problem.Problem) { return a.failed.Load(), a.last.Load() }

// Trouble is why acts are refused, or what the last look at the whole chain
// found; nil when it is whole and can be written.
func (a *Audit) Trouble() *problem.Problem {
	if err := a.Book.Damage(); err != nil {
		return asProblem(err)
	}
	return a.broken.Load()
}

// Do writes down that an act begins, does it, and writes down how it ended.
// What cannot be written down first is not done.
func (a *Audit) Do(ctx context.Context, act Act, do func() (result any, err error)) error {
	return a.do(ctx, act, func(uint64) (any, error) { return do() })
}

// do tells what is done the row by which it began.
func (a *Audit) do(ctx context.Context, act Act, do func(row uint64) (result any, err error)) error {
	row := a.row(ctx, act)
	// Whoever leaves meanwhile still did it: the audit does not hang on their patience.
	ctx = context.WithoutCancel(ctx)
	began, err := a.append(ctx, row)
	if err != nil {
		return &problem.Problem{Code: "GW-R040", Err: err}
	}
	var result any
	if act.Keeps && a.Writable != nil {
		err = a.Writable(ctx)
	}
	if err == nil {
		result, err = do(began.Seq)
	}
	row.Phase, row.Of, row.Result, row.With = book.Done, began.Seq, result, nil
	if err != nil {
		row.Phase, row.Error = book.Failed, problem.Short(err.Error())
		if p, ok := problem.As(err); ok {
			row.Code, row.Error = p.Code, p.Text(problem.English)
		}
	}
	if _, failed := a.append(ctx, row); failed != nil {
		a.Out.Error("an act was done, and its end could not be written down", "what", act.What, "target", act.Target, "row", began.Seq,
			"error", failed)
	}
	return err
}

func (a *Audit) row(ctx context.Context, act Act) book.ActRow {
	caller, origin := access.Caller(ctx), access.From(ctx)
	row := book.ActRow{Phase: book.Begun, Who: caller.Name, From: origin.Addr, Via: origin.Via, Node: a.Node,
		What: act.What, Target: act.Target, Why: act.Why, With: act.With}
	if row.Who == "" {
		row.Who = act.By
	}
	if row.Why == "" {
		row.Why = access.Why(ctx)
	}
	if caller.Role > 0 {
		row.Role = caller.Role.String()
	}
	return row
}

func (a *Audit) append(ctx context.Context, row book.ActRow) (book.Row, error) {
	r, err := a.Book.Append(ctx, book.Acts, row)
	if err == nil {
		a.last.Store(nil)
		return r, nil
	}
	return r, a.missed(row, err)
}

// missed counts a row that could not be written.
func (a *Audit) missed(row book.ActRow, err error) error {
	a.failed.Add(1)
	a.last.Store(asProblem(err))
	a.Out.Error("the audit was not written", "what", row.What, "target", row.Target, "who", row.Who, "phase", row.Phase, "error", err)
	return err
}

// takenOver is the item that says that what an earlier version had written
// down is in the audit.
const takenOver = "taken-over"

// TakeOver writes what an earlier version had written down, oldest first, into
// an audit that is still empty; one that a crash cut goes on where it was.
func (a *Audit) TakeOver(ctx context.Context, older func() ([]journal.Audit, error)) error {
	all, err := older()
	if err != nil {
		return err
	}
	if item, err := a.Book.Get(book.Acts, takenOver); err == nil {
		return a.takeLosses(ctx, item, all)
	}
	has := 0
	rows, err := a.Book.Read(ctx, book.Acts, 0, len(all))
	for i := range rows {
		if e, err := Entry(&rows[i]); err == nil && e.Phase == book.Older {
			has++
		}
	}
	if err != nil {
		return err
	}
	for _, o := range all[has:] {
		row := book.ActRow{Phase: book.Older, Who: o.By, What: o.What, Target: o.Target, Why: o.Reason, When: o.At}
		if _, err := a.append(ctx, row); err != nil {
			return err
		}
	}
	_, err = a.Book.Put(ctx, book.Acts, takenOver, 0, map[string]int{"rows": len(all)})
	return err
}

// takeLosses writes down what the Log itself has noted since: that it lost its
// end, which is found before there is a book. What persons did stands here already.
func (a *Audit) takeLosses(ctx context.Context, item book.Item, all []journal.Audit) error {
	var had struct {
		Rows int `json:"rows"`
	}
	if err := item.Decode(&had); err != nil {
		return err
	}
	if len(all) <= had.Rows {
		return nil
	}
	for _, o := range all[had.Rows:] {
		if o.What != "loss" {
			continue
		}
		row := book.ActRow{Phase: book.Done, Who: o.By, What: o.What, Target: o.Target, Why: o.Reason, When: o.At, Node: a.Node}
		if _, err := a.append(ctx, row); err != nil {
			return err
		}
	}
	_, err := a.Book.Put(ctx, book.Acts, takenOver, item.Rev, map[string]int{"rows": len(all)})
	return err
}

const auditWindow = 500 // rows read at once, walking back

// List gives rows of the audit, newest first, and where the next page begins;
// 0 at the end.
func (a *Audit) List(ctx context.Context, q book.ActQuery) (found []book.ActEntry, next uint64, err error) {
	end := a.Book.Head(book.Acts).Seq + 1
	if q.Before > 0 && q.Before < end {
		end = q.Before
	}
	for end > 1 {
		from := end - min(end, auditWindow+1) // the rows behind from, up to end
		rows, err := a.Book.Read(ctx, book.Acts, from, auditWindow)
		if err != nil {
			return nil, 0, err
		}
		for i := len(rows) - 1; i >= 0; i-- {
			if rows[i].Seq >= end {
				continue
			}
			e, err := Entry(&rows[i])
			if err != nil || !q.Wants(&e) {
				continue
			}
			if found = append(found, e); len(found) == q.Limit {
				return found, e.Seq, nil
			}
		}
		if len(rows) == 0 || from == 0 {
			break
		}
		end = from + 1
	}
	return found, 0, nil
}

// Entry is a row as it is shown.
func Entry(r *book.Row) (book.ActEntry, error) {
	e := book.ActEntry{Seq: r.Seq, At: r.At, Hash: r.Hash}
	return e, json.Unmarshal(r.Body, &e.ActRow)
}

// Rows gives the chain itself behind a row, oldest first: what an export has.
func (a *Audit) Rows(ctx context.Context, after uint64, limit int) ([]book.Row, error) {
	return a.Book.Read(ctx, book.Acts, after, limit)
}

// ended reports whether a row says how the job ended that began with a row.
func (a *Audit) ended(ctx context.Context, began uint64) (bool, error) {
	for after := began; ; {
		rows, err := a.Rows(ctx, after, auditWindow)
		if err != nil || len(rows) == 0 {
			return false, err
		}
		for i := range rows {
			if e, err := Entry(&rows[i]); err == nil && e.Of == began && e.What == "job" {
				return true, nil
			}
		}
		after = rows[len(rows)-1].Seq
	}
}

// Verify walks the audit from its oldest row to its newest.
func (a *Audit) Verify(ctx context.Context) (book.Verified, error) {
	verdict, err := a.Book.Verify(ctx, book.Acts)
	if err != nil && ctx.Err() != nil {
		return book.Verified{}, err
	}
	v := book.Verified{Verdict: verdict}
	switch {
	case !verdict.Whole && verdict.What != "":
		v.Problem = Broken(verdict)
	case err != nil:
		v.Whole, v.Problem = false, asProblem(err)
	case a.Book.Damage() != nil:
		v.Whole, v.Problem = false, asProblem(a.Book.Damage())
	}
	a.broken.Store(v.Problem)
	v.Guarded, err = a.guarded(ctx)
	if err != nil && v.Problem != nil {
		err = nil // what is wrong with the chain is what counts
	}
	return v, err
}

// guarded is the newest row by which what guards the chain's end began anew;
// nil where it did not since the chain began.
func (a *Audit) guarded(ctx context.Context) (newest *book.ActEntry, err error) {
	for after := uint64(0); ; {
		rows, err := a.Book.Read(ctx, book.Acts, after, auditWindow)
		if err != nil || len(rows) == 0 || rows[len(rows)-1].Seq <= after {
			return newest, err
		}
		for i := range rows {
			if e, err := Entry(&rows[i]); err == nil && e.GuardsAnew() {
				newest = &e
			}
		}
		after = rows[len(rows)-1].Seq
	}
}

// Broken names what a verdict found.
func Broken(v book.Verdict) *problem.Problem {
	if n := strconv.FormatUint(v.Lost, 10); v.Lost > 0 {
		return &problem.Problem{Code: "GW-R053", Field: v.Part, Value: n, Want: n}
	}
	return &problem.Problem{Code: "GW-R042", Field: v.Part, Value: strconv.FormatUint(v.At, 10), Want: string(v.What)}
}

func asProblem(err error) *problem.Problem {
	if p, ok := problem.As(err); ok {
		return p
	}
	return &problem.Problem{Code: "GW-R051", Err: err}
}

// Keep looks at the whole chain and drops what the audit has kept long enough,
// once a day, until ctx is over. 0 keeps everything.
func (a *Audit) Keep(ctx context.Context, length time.Duration, now func() time.Time) error {
	for {
		v, err := a.Verify(ctx)
		n := 0
		if err == nil && v.Whole && length > 0 { // evidence is not thrown away
			n, err = a.Book.Prune(ctx, book.Acts, now().Add(-length))
		}
		switch {
		case !v.Whole && v.Problem != nil:
			a.Out.Error("the audit is not whole", "code", v.Problem.Code, "problem", v.Problem.Text(problem.English))
		case err != nil && ctx.Err() == nil && !errors.Is(err, context.Canceled):
			a.Out.Error("old rows of the audit were not dropped", "error", err)
		case n > 0:
			a.Out.Info("old rows of the audit were dropped, behind an anchor", "rows", n)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(24 * time.Hour):
		}
	}
}
