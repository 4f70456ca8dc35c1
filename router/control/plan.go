package control

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/book"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// Lanes is the scheduler, as jobs work on its streams.
type Lanes interface {
	Statuses(ctx context.Context) ([]health.Status, error)
	Stream(name string) (journal.Stream, error)
	// Between does something while no run of the stream is under way: what is
	// read in it is what is committed in it.
	Between(ctx context.Context, stream string, do func(ctx context.Context) error) error
	Replay(ctx context.Context, stream string, raws []canonical.Raw) (journal.Receipt, error)
	Order(stream string, order journal.Order) error
}

// Positions are where streams stand in their sources.
type Positions interface {
	// Foresee gives, as a hash, what an act would make of where a stream stands, or
	// why it cannot be done. It moves nothing, wherever the stream is held.
	Foresee(ctx context.Context, kind, stream string) (set string, err error)
	// Reposition does it, for a stream held here, between two of its runs.
	Reposition(ctx context.Context, kind, stream string) error
}

// JobOptions are what plans and jobs work with.
type JobOptions struct {
	Book  book.Book
	Audit *Audit
	Lanes Lanes
	Held  func(ctx context.Context, q journal.HeldQuery) ([]journal.HeldRaw, error)
	Raws  journal.Raws
	Runs  journal.Runs
	Where Positions
	// Mapper is a stream's mapping as it is in use; nil where there is no such stream.
	Mapper func(stream string) journal.Mapper
	// Draft reads the mapping files as they are now, and puts none into use.
	// When one of them is wrong, its problems are the error.
	Draft func() (Draft, error)
	// Here reports whether this node holds a stream: then the stream's part of
	// any job is this node's to do, and goes to another node with the stream.
	Here func(stream string) bool
	Node string
	Now  func() time.Time // default time.Now
	Out  *slog.Logger
}

// Jobs plans bulk acts, and does them.
type Jobs struct {
	JobOptions
	mu      sync.Mutex
	working map[string]bool // jobs this node works on
	poke    chan struct{}
}

// NewJobs makes Jobs over a book.
func NewJobs(o JobOptions) (*Jobs, error) {
	if o.Book == nil || o.Audit == nil || o.Lanes == nil || o.Held == nil || o.Raws == nil || o.Runs == nil || o.Where == nil ||
		o.Mapper == nil || o.Draft == nil || o.Here == nil || o.Out == nil {
		return nil, errors.New("control: JobOptions need all but Node and Now")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Jobs{JobOptions: o, working: map[string]bool{}, poke: make(chan struct{}, 1)}, nil
}

// Records a second, where nobody asks for another rate.
const (
	heldRate   = 50
	streamRate = 5000
	maxRate    = 20000
)

// Plan counts what an act would do, and keeps it to be applied.
func (j *Jobs) Plan(ctx context.Context, ask book.Ask, by string) (plan book.Plan, err error) {
	err = j.Audit.Do(ctx, Act{What: "plan " + ask.Kind, Target: askTarget(&ask), By: by, With: askWords(&ask)}, func() (any, error) {
		if plan, _, err = j.survey(ctx, ask); err != nil {
			return nil, err
		}
		plan.By, plan.Why = who(ctx, by), why(ctx)
		j.tidy(ctx)
		_, err = j.Book.Put(ctx, book.Plans, plan.ID, 0, plan)
		return map[string]any{"plan": plan.ID, "planned": plan.Planned, "hash": plan.Hash}, err
	})
	return plan, err
}

func askTarget(a *book.Ask) string { return cmp.Or(a.Stream, "quarantine") }

func askWords(a *book.Ask) map[string]any {
	words := askedOf(journal.HeldQuery{Code: a.Code, Key: a.Key, IDs: a.IDs})
	if a.Rate > 0 {
		words["rate"] = a.Rate
	}
	return words
}

// survey looks at what an act would do now, with the mappings as their files
// are now. It puts none of them into use: whoever applies the plan does.
func (j *Jobs) survey(ctx context.Context, ask book.Ask) (plan book.Plan, draft Draft, err error) {
	now := j.Now()
	plan = book.Plan{ID: newID(), Ask: ask, Made: now, Expires: now.Add(book.PlanLife)}
	if book.Repositions(ask.Kind) {
		return plan, nil, j.surveyPosition(ctx, &plan)
	}
	if draft, err = j.Draft(); err != nil {
		return plan, nil, err
	}
	if err = draft.Wrong(ask.Stream); err != nil {
		return plan, nil, err
	}
	look, rate := j.surveyHeld, heldRate
	if ask.Kind == book.ReplayStream {
		look, rate = j.surveyStream, streamRate
	}
	plan.Ask.Rate = min(cmp.Or(max(ask.Rate, 0), rate), maxRate)
	if plan.Parts, err = look(ctx, ask, draft); err != nil {
		return plan, nil, err
	}
	for i := range plan.Parts {
		p := &plan.Parts[i]
		plan.Planned += p.Planned
		plan.Effects.Add(p.Effects)
		if m := j.Mapper(p.Stream); m != nil && m.Revision() != p.Mapping {
			p.InUse = m.Revision()
		}
	}
	plan.Hash, err = hashOf(&plan)
	return plan, draft, err
}

// newID names a plan, and the job that it becomes.
func newID() string { return strings.ToLower(rand.Text()[:12]) }

// hashOf is over what would be done to what. How much a stream has received
// changes while one looks, and is not part of it.
func hashOf(plan *book.Plan) (string, error) {
	type part struct{ Stream, Mapping, Set string }
	parts := make([]part, 0, len(plan.Parts))
	for _, p := range plan.Parts {
		parts = append(parts, part{p.Stream, p.Mapping, p.Set})
	}
	text, err := book.Canonical(map[string]any{"ask": plan.Ask, "parts": parts})
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), err
}

func heldQuery(ask *book.Ask) journal.HeldQuery {
	return journal.HeldQuery{Stream: ask.Stream, Code: ask.Code, Key: ask.Key, IDs: ask.IDs, Limit: batch}
}

// surveyHeld maps everything that an act means, and publishes nothing.
func (j *Jobs) surveyHeld(ctx context.Context, ask book.Ask, draft Draft) ([]book.PlanPart, error) {
	found := map[string]*heldSurvey{}
	q := heldQuery(&ask)
	for {
		rows, err := j.Held(ctx, q)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			break
		}
		for i := range rows {
			h := &rows[i]
			s := found[h.Stream]
			if s == nil {
				s = newHeldSurvey(h.Stream, draft.Mapper(h.Stream))
				found[h.Stream] = s
			}
			s.take(h)
		}
		q.After = rows[len(rows)-1].ID
	}
	parts := make([]book.PlanPart, 0, len(found))
	for _, s := range found {
		s.Set = hex.EncodeToString(s.sum.Sum(nil)[:16])
		parts = append(parts, s.PlanPart)
	}
	slices.SortFunc(parts, func(a, b book.PlanPart) int { return strings.Compare(a.Stream, b.Stream) })
	return parts, nil
}

// heldSurvey is what one stream's held Raws come to.
type heldSurvey struct {
	book.PlanPart
	mapper journal.Mapper
	sum    hasher
}

type hasher interface {
	Write(p []byte) (int, error)
	Sum(b []byte) []byte
}

func newHeldSurvey(stream string, m journal.Mapper) *heldSurvey {
	s := &heldSurvey{PlanPart: book.PlanPart{Stream: stream}, mapper: m, sum: sha256.New()}
	if m != nil {
		s.Mapping = m.Revision()
	}
	return s
}

func (s *heldSurvey) take(h *journal.HeldRaw) {
	digest := h.Raw.Digest()
	_, _ = s.sum.Write(append(strconv.AppendInt(nil, h.ID, 10), digest[:]...)) // a hash takes everything
	s.Planned++
	s.UpTo = max(s.UpTo, h.ID)
	switch {
	case h.Raw.Key == "":
		s.Effects.Keyless++
	case s.mapper == nil:
		s.Effects.Unknown++
	default:
		switch _, err := mapped(s.mapper, h.Raw); {
		case err == nil:
			s.Effects.Mapped++
		case problem.Rule(err) != "":
			s.Effects.Excluded++
		default:
			s.Effects.Refused++
		}
	}
}

// mapped tries a mapping. One that panics refuses.
func mapped(m journal.Mapper, raw canonical.Raw) (rec canonical.Record, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = errors.New("the mapping broke on this record")
		}
	}()
	return m.Map(raw)
}

// surveyStream counts what a stream has; nothing of it is tried.
func (j *Jobs) surveyStream(ctx context.Context, ask book.Ask, draft Draft) ([]book.PlanPart, error) {
	st, err := j.status(ctx, ask.Stream)
	if err != nil {
		return nil, err
	}
	m := draft.Mapper(ask.Stream)
	if m == nil {
		return nil, &problem.Problem{Code: "GW-R049", Value: problem.Short(ask.Stream)}
	}
	p := book.PlanPart{Stream: ask.Stream, Mapping: m.Revision(), Planned: st.Live}
	p.Effects.Unknown = st.Live
	return []book.PlanPart{p}, nil
}

// Apply does exactly what a plan says, as a job, or refuses: when the plan is
// too old, or what it was made of has moved. hash, where it is given, is what
// the caller has seen.
func (j *Jobs) Apply(ctx context.Context, id, hash, by string) (job book.Job, err error) {
	plan, err := j.plan(id)
	if err != nil {
		return job, err
	}
	act := Act{What: "apply " + plan.Ask.Kind, Target: askTarget(&plan.Ask), By: by, Keeps: true,
		With: map[string]any{"plan": id, "hash": plan.Hash}}
	err = j.Audit.do(ctx, act, func(row uint64) (any, error) {
		draft, err := j.stands(ctx, &plan, hash)
		if err == nil && book.Repositions(plan.Ask.Kind) {
			err = j.claim(ctx, &plan)
		}
		if err != nil {
			return nil, err
		}
		if err := j.take(ctx, &plan, draft, by); err != nil {
			return nil, err
		}
		job, err = j.begin(ctx, plan, by, row)
		return map[string]any{"job": job.ID}, err
	})
	return job, err
}

func (j *Jobs) plan(id string) (plan book.Plan, err error) {
	item, err := j.Book.Get(book.Plans, id)
	if err != nil {
		return plan, &problem.Problem{Code: "GW-R043", Value: problem.Short(id)}
	}
	return plan, item.Decode(&plan)
}

// stands reports why a plan can no longer be applied, or gives the mappings
// that it was found to stand with.
func (j *Jobs) stands(ctx context.Context, plan *book.Plan, hash string) (Draft, error) {
	if _, err := j.Book.Get(book.Jobs, plan.ID); err == nil {
		return nil, &problem.Problem{Code: "GW-R045", Value: plan.ID}
	}
	moved := func(what string) error { return &problem.Problem{Code: "GW-R044", Value: plan.ID, Want: what} }
	if !j.Now().Before(plan.Expires) {
		return nil, moved("expired " + plan.Expires.Format(time.RFC3339))
	}
	if hash != "" && hash != plan.Hash {
		return nil, moved("hash " + plan.Hash)
	}
	now, draft, err := j.survey(ctx, plan.Ask)
	if err != nil {
		return nil, err
	}
	if now.Hash != plan.Hash {
		return nil, moved(movedWhat(plan, &now))
	}
	return draft, nil
}

func movedWhat(plan, now *book.Plan) string {
	for i := range plan.Parts {
		for k := range now.Parts {
			if plan.Parts[i].Stream == now.Parts[k].Stream && plan.Parts[i].Mapping != now.Parts[k].Mapping {
				return "mapping of " + plan.Parts[i].Stream
			}
		}
	}
	return strconv.Itoa(plan.Planned) + " → " + strconv.Itoa(now.Planned) + " records"
}

// tidy drops plans that can no longer be applied, and jobs that ended long
// ago; the audit keeps what they were.
func (j *Jobs) tidy(ctx context.Context) {
	for _, item := range j.Book.List(book.Plans) {
		var plan book.Plan
		if item.Decode(&plan) == nil && j.Now().Sub(plan.Expires) > time.Hour {
			_ = j.Book.Delete(ctx, book.Plans, item.Key, item.Rev) // another may have: then it is gone
		}
	}
	for _, item := range j.Book.List(book.Jobs) {
		var job book.Job
		if item.Decode(&job) != nil || !job.Over() || j.Now().Sub(job.Ended) < jobsKept {
			continue
		}
		for n := range job.Plan.Parts {
			if p, err := j.Book.Get(book.Progress, progressKey(job.ID, n)); err == nil {
				_ = j.Book.Delete(ctx, book.Progress, p.Key, p.Rev)
			}
		}
		_ = j.Book.Delete(ctx, book.Jobs, item.Key, item.Rev)
	}
}

// jobsKept is how long a job that ended is shown.
const jobsKept = 90 * 24 * time.Hour
