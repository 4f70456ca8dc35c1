package health

import (
	"maps"
	"strconv"
	"time"

	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// Refused is what was delivered and not taken: from the source itself, for its
// size or its form, or from somebody we do not know.
type Refused struct {
	Count map[string]int  `json:"count"` // by code, as far back as runs are kept
	Since time.Time       `json:"since,omitzero"`
	Last  problem.Problem `json:"last"` // the latest of either
	At    time.Time       `json:"at"`
	// The two have clocks of their own, and neither clears the other: a stranger
	// has no say in what is told of the source.
	Content   *journal.Refusal `json:"content,omitempty"`
	Strangers *journal.Refusal `json:"strangers,omitempty"`
	// Answered: after the latest of a stranger, the source itself delivered.
	Answered bool `json:"answered,omitempty"`
	// Replaced: after the latest of the source's own, it delivered again.
	Replaced bool `json:"replaced,omitempty"`
	// Known is when the source last delivered among refused strangers: what
	// knocked was not the source, and shows nothing of it.
	Known time.Time `json:"known,omitzero"`
}

const (
	// refusedStands is for how long a refused delivery is an issue: the source
	// tries again in that time, and is refused again or taken.
	refusedStands = time.Hour
	// knownStands is for how long a stranger that is known to be one is no issue:
	// a source that delivered nothing in that time may be the one that knocks.
	knownStands = 24 * time.Hour
	// strangersMost is for how long strangers are an issue of a source that
	// delivers nothing: whoever has an address can knock, and for ever.
	strangersMost = 7 * 24 * time.Hour
)

func stands(r *journal.Refusal, now time.Time) bool {
	return r != nil && now.Sub(r.At) <= refusedStands
}

// kinds are the latest of both.
func (r *Refused) kinds() (content, strangers *journal.Refusal) {
	if r == nil {
		return nil, nil
	}
	if r.Content != nil || r.Strangers != nil {
		return r.Content, r.Strangers
	}
	// Posted by a node of a version that kept only the latest.
	if latest := (&journal.Refusal{Problem: r.Last, At: r.At}); Stranger(&r.Last) {
		return nil, latest
	} else {
		return latest, nil
	}
}

// Standing are the refusals that are an issue now, what is lost first.
func (r *Refused) Standing(now time.Time) []problem.Problem {
	var all []problem.Problem
	content, strangers := r.kinds()
	if stands(content, now) {
		all = append(all, content.Problem)
	}
	if stands(strangers, now) && r.lockedOut(strangers, now) {
		all = append(all, strangers.Problem)
	}
	return all
}

// lockedOut reports whether it may be the source itself that is not believed.
func (r *Refused) lockedOut(strangers *journal.Refusal, now time.Time) bool {
	if r.Answered || !r.Known.IsZero() && now.Sub(r.Known) <= knownStands {
		return false
	}
	return strangers.Since.IsZero() || now.Sub(strangers.Since) <= strangersMost
}

// Told says in numbers what was refused and not answered by a delivery that was
// taken later: how many, since when, when last and by which code.
func (r *Refused) Told(now time.Time) (all []problem.Problem) {
	content, strangers := r.kinds()
	if content != nil && (stands(content, now) || !r.Replaced) {
		all = append(all, toldOf("GW-R110", content))
	}
	if strangers != nil && !r.Answered {
		all = append(all, toldOf("GW-R111", strangers))
	}
	return all
}

func toldOf(code string, r *journal.Refusal) problem.Problem {
	since := r.Since
	if since.IsZero() {
		since = r.At
	}
	return problem.Problem{Code: code, Value: strconv.Itoa(max(r.Count, 1)), Want: since.UTC().Format(time.RFC3339),
		Near: r.At.UTC().Format(time.RFC3339), Path: r.Problem.Code}
}

// shown is r as a reader may see it.
func (r *Refused) shown(v *privacy.Veil) *Refused {
	if r == nil {
		return nil
	}
	next := *r
	next.Last = *v.Said(&r.Last)
	for _, kind := range []**journal.Refusal{&next.Content, &next.Strangers} {
		if *kind != nil {
			said := **kind
			said.Problem = *v.Said(&said.Problem)
			*kind = &said
		}
	}
	return &next
}

// Stands reports whether deliveries that were refused are an issue now.
func (r *Refused) Stands(now time.Time) bool { return len(r.Standing(now)) > 0 }

// Refuse is r with one more delivery that was refused.
func (r *Refused) Refuse(p *problem.Problem, stranger bool, now time.Time) *Refused {
	next := r.copied()
	next.Count, next.Last, next.At = map[string]int{p.Code: 1}, *p, now
	if next.Since.IsZero() {
		next.Since = now
	}
	if r != nil {
		for code, n := range maps.All(r.Count) {
			next.Count[code] += n
		}
	}
	next.take(&journal.Refusal{Problem: *p, At: now, Since: now, Count: 1}, stranger)
	return next
}

// take takes in what was refused of one kind, behind what is there or in its place.
func (r *Refused) take(more *journal.Refusal, stranger bool) {
	switch {
	case stranger && r.Answered:
		r.Strangers, r.Answered = more, false
	case stranger:
		r.Strangers = r.Strangers.With(more)
	case r.Replaced && more.Since.Sub(r.Content.At) > refusedStands:
		r.Content, r.Replaced = more, false
	default:
		r.Content, r.Replaced = r.Content.With(more), false
	}
}

func (r *Refused) copied() *Refused {
	if r == nil {
		return &Refused{}
	}
	next := *r
	return &next
}

// Recount is r with all that a run counted. What strangers are in it came
// after the last that was taken (schedule.tally).
func (r *Refused) Recount(run *journal.Run) *Refused {
	next := r
	if run.Complete {
		next = next.Take(run.Ended)
	}
	next = next.copied()
	has := run.Refused
	next.Count, next.Last, next.At = maps.Clone(next.Count), has.Last, has.At
	if next.Count == nil {
		next.Count = map[string]int{}
	}
	for code, n := range has.Count {
		next.Count[code] += n
	}
	if next.Since.IsZero() {
		next.Since = run.Started
	}
	if has.Content != nil {
		next.take(has.Content, false)
		next.Replaced = has.Replaced
	}
	if has.Strangers != nil {
		next.take(has.Strangers, true)
	}
	if has.Content == nil && has.Strangers == nil && run.Problem != nil { // of a version that wrote only the latest
		next.take(&journal.Refusal{Problem: *run.Problem, At: has.At, Since: run.Started, Count: 1}, Stranger(run.Problem))
	}
	if has.Known.After(next.Known) {
		next.Known = has.Known
	}
	if next.Content == nil && next.Strangers == nil { // a stranger's, behind which the source delivered
		next.Strangers, next.Answered = &journal.Refusal{Problem: next.Last, At: next.At, Since: run.Started, Count: 1}, true
	}
	return next
}

// Latest is when one was last refused of one kind; zero: never.
func (r *Refused) Latest(stranger bool) time.Time {
	content, strangers := r.kinds()
	if stranger {
		content = strangers
	}
	if content == nil {
		return time.Time{}
	}
	return content.At
}

// Stranger reports whether a delivery was refused because nobody knows whose it is.
func Stranger(p *problem.Problem) bool { return p.Blames() == problem.BlamesCredentials }

// Take is r after a delivery that was taken. It answers for those refused for
// their signature before, which were a stranger's or have been mended; what
// was refused for its size or form is still not here.
func (r *Refused) Take(now time.Time) *Refused {
	if r == nil || (r.Answered || r.Strangers == nil) && (r.Replaced || r.Content == nil) {
		return r
	}
	next := *r
	if next.Strangers != nil && !next.Answered {
		next.Answered, next.Known = true, now
	}
	next.Replaced = next.Content != nil
	return &next
}
