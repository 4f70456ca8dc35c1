package console

import (
	"cmp"
	"html/template"
	"slices"
	"strings"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical/privacy"
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
	Besides   []string // other states that hold too
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
	Parts   []part
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

type part struct {
	Word string
	N    int
}

// noteView is what a run noted, with the verb that settles it.
type noteView struct {
	Code, Text string
	Hint       template.HTML
}

// viewStream shows a status, as its reader may see it.
func viewStream(s health.Status, w *voice) streamView {
	l, rank := lookOf(s.State)
	v := streamView{Status: s, W: w, Look: l, rank: rank, Word: w.stateWord(s.State, s.Push), Href: streamHref(s.Source, s.Stream),
		Head: cmp.Or(s.Title, s.Source+" · "+s.Stream), Assumed: s.Evidence == adapters.Assumed}
	if s.Cause != nil {
		v.Code, v.Text, v.Hint = s.Cause.Code, s.Cause.Placed(w.lang), w.Hint(s.Cause.HintFor(s.Name(), w.lang))
	}
	late := s.State == health.StateLate || slices.Contains(s.Badges, health.StateLate)
	for _, badge := range s.Badges {
		if badge != s.State && (badge != health.StateAtRisk || !late) { // what is late is at risk no more
			l, _ := lookOf(badge)
			v.Besides = append(v.Besides, l.Shape+" "+w.stateWord(badge, s.Push))
		}
	}
	for i := range s.Warnings {
		p := &s.Warnings[i]
		v.Warns = append(v.Warns, noteView{p.Code, p.Text(w.lang), w.Hint(p.HintFor(s.Name(), w.lang))})
	}
	if s.LastRun != nil {
		rv := viewRun(*s.LastRun, w)
		v.Run = &rv
	}
	if s.Delivered != nil {
		rv := viewRun(journal.Run{Counts: *s.Delivered, Started: s.Counted}, w)
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
	for _, p := range r.Counts.Parts() {
		v.Parts = append(v.Parts, part{w.Say("count", p.Name), p.N})
	}
	v.Text = privacy.Scrub(r.Error)
	if r.Problem != nil {
		v.Problem, v.Text = r.Problem.Code, r.Problem.Text(w.lang)
	}
	for i := range r.Notes {
		n := &r.Notes[i]
		v.Notes = append(v.Notes, noteView{n.Code, n.Text(w.lang), w.Hint(n.HintFor(r.Stream, w.lang))})
	}
	return v
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

// Hint writes a hint: commands stand out from prose.
func (w *voice) Hint(hint string) template.HTML {
	at := command(hint)
	if at < 0 {
		return template.HTML(template.HTMLEscapeString(hint)) // escaped
	}
	end := len(hint)
	if stop := strings.IndexAny(hint[at:], ";,()"); stop >= 0 {
		end = at + stop
	}
	esc := template.HTMLEscapeString
	// every part escaped
	return template.HTML(esc(hint[:at]) + "<code>" + esc(strings.TrimRight(hint[at:end], " .")) + "</code>" + esc(hint[end:]))
}

// command is where a command line of the gateway begins: its name and a verb
// it has; prose that only names the gateway is none. -1: nowhere.
func command(hint string) int {
	for _, verb := range []string{"doctor", "explain", "feed", "init", "mapping", "pull", "quarantine", "record", "run", "source", "status",
		"validate"} {
		at := strings.Index(hint, "gateway "+verb)
		if rest := at + len("gateway ") + len(verb); at >= 0 && (at == 0 || hint[at-1] == ' ') &&
			(rest == len(hint) || strings.IndexByte(" ;,.)", hint[rest]) >= 0) {
			return at
		}
	}
	return -1
}
