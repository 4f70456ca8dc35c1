package console

import (
	"cmp"
	"html/template"
	"slices"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/words"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// streamView is a stream as the pages show it.
type streamView struct {
	health.Status
	W         *voice
	Look      look
	Word      string
	rank      int
	Href      string
	Head      string // what people call it; its id where it has no title
	Code      string // of the cause
	Text      string
	Place     string         // of ours, that the cause is about: file:line:col
	Besides   []string       // other states that hold too
	Marks     []health.State // all that it is shown with: its state and those besides
	Warns     []noteView
	Hint      template.HTML
	Run       *runView
	Delivery  *runView // what a source that pushes delivered, and since when
	Assumed   bool
	WithinOne bool // shown under a shared cause
}

// trouble is a stream to look at, or several that fail for one cause.
type trouble struct {
	W            *voice
	Shared       bool
	Link, Source string // of a shared cause: the link, or the source that cannot be reached
	Since        time.Time
	Streams      []streamView
}

// runView is a run with its counts as a sum.
type runView struct {
	journal.Run
	W       *voice
	Sum     string
	Off     int // what the sum lacks: always 0, or there is a defect
	Took    time.Duration
	Open    bool
	Text    string
	Problem string
	Notes   []noteView
}

// Mark is the sign before how a run ended.
func (v runView) Mark() string {
	switch v.Ending() {
	case "open":
		return "↻"
	case "complete":
		return "●"
	case "unproven", "doubtful":
		return "▲"
	}
	return "◇"
}

// noteView is what a run noted, with the verb that settles it.
type noteView struct {
	Code, Text, Place string
	Hint              template.HTML
}

func viewNote(p *problem.Problem, stream string, w *voice) noteView {
	return noteView{p.Code, p.Text(w.lang), p.Place(), w.Hint(p.HintFor(stream, w.lang))}
}

// viewStream shows a status, as its reader may see it.
func viewStream(s health.Status, w *voice) streamView {
	l, rank := lookOf(s.State)
	v := streamView{Status: s, W: w, Look: l, rank: rank, Word: w.stateWord(s.State, s.Push), Href: streamHref(s.Source, s.Stream),
		Head: cmp.Or(s.Title, s.Source+" · "+s.Stream), Assumed: s.Evidence == adapters.Assumed}
	if s.Cause != nil {
		n := viewNote(s.Cause, s.Name(), w)
		v.Code, v.Text, v.Place, v.Hint = n.Code, n.Text, n.Place, n.Hint
	}
	v.Marks = []health.State{l.State}
	late := s.State == health.StateLate || slices.Contains(s.Badges, health.StateLate)
	for _, badge := range s.Badges {
		if badge != s.State && (badge != health.StateAtRisk || !late) { // what is late is at risk no more
			l, _ := lookOf(badge)
			v.Marks = append(v.Marks, l.State)
			v.Besides = append(v.Besides, l.Shape+" "+w.stateWord(badge, s.Push))
		}
	}
	for i := range s.Warnings {
		v.Warns = append(v.Warns, viewNote(&s.Warnings[i], s.Name(), w))
	}
	if s.LastRun != nil {
		rv := viewRun(*s.LastRun, w)
		v.Run = &rv
	}
	if s.Delivered != nil {
		rv := viewRun(journal.Run{Counts: *s.Delivered, Started: s.Counted}, w)
		if s.Delivered.Received == 0 {
			rv.Sum = w.Say("count", "none_sent")
		}
		v.Delivery = &rv
	}
	return v
}

// stateWord names a state; a source that delivers never "ran".
func (w *voice) stateWord(state health.State, push bool) string {
	l, _ := lookOf(state)
	if l.State == health.StateNeverRan && push {
		return w.Say("state", "never_sent")
	}
	return w.Say("state", string(l.State))
}

// sharedCauses puts streams that fail for one cause under one heading, where
// the worst of them stands: one broken line is one thing to look at. Which
// they are is not decided here.
func sharedCauses(views []streamView, all []health.Shared, w *voice) []trouble {
	of := map[string]int{}
	for i := range all {
		for _, name := range all[i].Streams {
			of[name] = i
		}
	}
	var out []trouble
	place := map[int]int{}
	for _, v := range views {
		cause, shared := of[v.Name()]
		if !shared {
			out = append(out, trouble{W: w, Streams: []streamView{v}})
			continue
		}
		v.WithinOne = true
		at, known := place[cause]
		if !known {
			at = len(out)
			place[cause] = at
			c := &all[cause]
			out = append(out, trouble{W: w, Shared: true, Link: c.Link, Source: c.Source, Since: c.Since})
		}
		out[at].Streams = append(out[at].Streams, v)
	}
	return out
}

// viewRun writes a run's counts as a sum that must add up (invariant 8).
func viewRun(r journal.Run, w *voice) runView {
	v := runView{Run: r, W: w, Off: r.Counts.Unexplained(r.Proved), Open: r.Ended.IsZero()}
	if !v.Open {
		v.Took = max(r.Ended.Sub(r.Started), 0)
	}
	v.Sum = w.sum(&r)
	v.Text = privacy.Scrub(r.Error)
	if r.Problem != nil {
		v.Problem, v.Text = r.Problem.Code, r.Problem.Text(w.lang)
	}
	for i := range r.Notes {
		v.Notes = append(v.Notes, viewNote(&r.Notes[i], r.Stream, w))
	}
	return v
}

// sum is what a run read and what became of it. Where it read nothing, why not
// is what says something: there was nothing, or it came to nothing.
func (w *voice) sum(r *journal.Run) string {
	if r.Counts.Received+r.Proved == 0 && len(r.Counts.Parts()) == 0 {
		if r.Complete {
			return w.Say("count", "none_new")
		}
		return w.Say("count", "none_read")
	}
	var shares []words.Share
	for _, p := range r.Counts.Parts() {
		shares = append(shares, words.Share{Word: w.Say("count", p.Name), N: p.N})
	}
	return words.Sum(r.Counts.Received, r.Proved, shares, w.lang)
}

// titles gives the name people know each stream by.
func titles(statuses []health.Status) map[string]string {
	out := make(map[string]string, len(statuses))
	for _, s := range statuses {
		if s.Title != "" {
			out[s.Name()] = s.Title
		}
	}
	return out
}
