package console

import (
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/words"
	"iocgateway/router/health"
)

// voice is one of the two languages, as of one instant.
type voice struct {
	lang   problem.Lang
	chosen bool // by ?lang=
	now    time.Time
	zone   *time.Location
}

func (c *Console) words(r *http.Request) *voice {
	w := &voice{lang: problem.Vietnamese, now: c.opts.Now(), zone: c.opts.Zone}
	if cookie, err := r.Cookie("lang"); err == nil && cookie.Value == "en" {
		w.lang = problem.English
	} else if err != nil {
		w.lang = accepted(r.Header.Get("Accept-Language"))
	}
	switch r.URL.Query().Get("lang") {
	case "vi":
		w.lang, w.chosen = problem.Vietnamese, true
	case "en":
		w.lang, w.chosen = problem.English, true
	}
	return w
}

// accepted is English only for a browser that names it and no Vietnamese.
func accepted(header string) problem.Lang {
	lower := strings.ToLower(header)
	if strings.HasPrefix(strings.TrimSpace(lower), "en") && !strings.Contains(lower, "vi") {
		return problem.English
	}
	return problem.Vietnamese
}

// S picks between the two languages.
func (w *voice) S(vi, en string) string {
	if w.lang == problem.English {
		return en
	}
	return vi
}

// Lang is the page's language.
func (w *voice) Lang() string { return string(w.lang) }

// N64 is N for counts that are kept in 64 bits.
func (w *voice) N64(n int64) string { return w.N(int(n)) }

// Pos is N for positions.
func (w *voice) Pos(n uint64) string { return w.N(int(min(n, 1<<62))) }

// N writes a whole number with the language's grouping.
func (w *voice) N(n int) string { return words.Number(n, w.lang) }

// Value shows a source's value: an empty one in words, blanks at its ends as
// signs, for they are often what is wrong.
func (w *voice) Value(s string) string {
	if s == "" {
		return w.S("(trống)", "(empty)")
	}
	inner := strings.Trim(s, " ")
	if inner == "" {
		return strings.Repeat("␠", len(s))
	}
	left := strings.Index(s, inner)
	return strings.Repeat("␠", left) + inner + strings.Repeat("␠", len(s)-left-len(inner))
}

// Time is date and time of day, for people and for machines; who points at it
// reads the second too.
func (w *voice) Time(t time.Time) template.HTML { return w.instant(t, "02/01/2006 15:04") }

// Clock is Time to the second: in lists, where two in one minute are told apart.
func (w *voice) Clock(t time.Time) template.HTML { return w.instant(t, "02/01/2006 15:04:05") }

func (w *voice) instant(t time.Time, layout string) template.HTML {
	if t.IsZero() {
		return "–"
	}
	t = t.In(w.zone)
	return template.HTML(`<time datetime="` + w.ISO(t) + `" title="` + t.Format("02/01/2006 15:04:05 -07:00") + `">` + t.Format(layout) + `</time>`) // digits only
}

// Decimal writes a number's digits as they are, in the language's form:
// 1.234,50 or 1,234.50. What is not a plain number is left alone.
func (w *voice) Decimal(s string) string {
	whole, rest, broken := strings.Cut(s, ".")
	n, err := strconv.Atoi(whole)
	if err != nil || strings.Trim(rest, "0123456789") != "" || len(whole) > 15 {
		return s
	}
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, n = "−", -n
	}
	if broken {
		rest = w.S(",", ".") + rest
	}
	return sign + w.N(n) + rest
}

// Full is date and time to the second.
func (w *voice) Full(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(w.zone).Format("02/01/2006 15:04:05")
}

// ISO is for <time datetime>.
func (w *voice) ISO(t time.Time) string { return t.In(w.zone).Format(time.RFC3339) }

// Ago is how long ago, or how long until.
func (w *voice) Ago(t time.Time) string { return words.Ago(t, w.now, w.lang) }

// Span is a duration in words.
func (w *voice) Span(d time.Duration) string { return words.Span(d, w.lang) }

// Planned is when something planned comes; never past.
func (w *voice) Planned(t time.Time) template.HTML {
	if d := t.Sub(w.now).Truncate(time.Second); d > 0 {
		return w.Time(t) + template.HTML(", "+template.HTMLEscapeString(words.Until(d, w.lang)))
	}
	return template.HTML(template.HTMLEscapeString(w.Say("next", "due")))
}

// Say is the glossary's word.
func (w *voice) Say(group, name string) string { return words.Say(group, name, w.lang) }

// Who names who did something: on this machine nobody needs a name.
func (w *voice) Who(name string) string {
	if name == "local" {
		return w.S("tại máy chủ", "at the server")
	}
	return name
}

// look is how a state is shown: a shape, a word and a colour, always all three.
type look struct {
	State health.State
	Shape string
	Bad   bool // belongs among the problems
}

// lookOf is how a state is shown, with its rank: 0 is the worst. A state
// nobody knows is unknown, never good (invariant 9).
func lookOf(state health.State) (look, int) {
	rank := slices.Index(health.States(), state)
	if rank < 0 {
		return lookOf(health.StateUnknown)
	}
	shape, bad := appearance(state)
	return look{State: state, Shape: shape, Bad: bad}, rank
}

func appearance(state health.State) (shape string, bad bool) {
	switch state {
	case health.StateFailing:
		return "✖", true
	case health.StateLate:
		return "◆", true
	case health.StateDataIssue:
		return "▲", true
	case health.StateSourceStale:
		return "◐", true
	case health.StateAtRisk:
		return "◇", true
	case health.StateRetrying:
		return "↻", true
	case health.StateNeverRan:
		return "○", true
	case health.StatePaused:
		return "‖", true
	case health.StateDisabled:
		return "▢", false
	case health.StateHealthy:
		return "●", false
	}
	return "◌", true
}

// Evidence names what a profile rests on.
func (w *voice) Evidence(grade adapters.Evidence) string {
	if word, ok := words.Of("evidence", string(grade)); ok {
		return word.In(w.lang)
	}
	return w.Say("evidence", "unknown")
}

// EvidenceMeans is what a grade of evidence is worth.
func (w *voice) EvidenceMeans(grade adapters.Evidence) string {
	switch grade {
	case adapters.Seen:
		return w.S("Thiết lập đã được kiểm chứng trong mã nguồn hoặc dữ liệu thật của sản phẩm.",
			"The settings were read in source code or data that speaks it.")
	case adapters.Reported:
		return w.S("Thiết lập theo tài liệu công bố; nên đối chiếu với nguồn.",
			"The settings follow what is published; compare them with the source.")
	case adapters.Assumed:
		return w.S("Thiết lập chưa được xác nhận: hỏi đơn vị quản lý nguồn trước khi sử dụng.",
			"Nobody has confirmed the settings: ask who runs the source before relying on them.")
	}
	return w.S("Chưa khai báo căn cứ.", "No evidence is declared.")
}

// Named is what the glossary calls a thing that has a name of its own, and that
// name where the word does not have it already: "" where the word is the name.
func (w *voice) Named(group, name string) named {
	word, known := words.Of(group, name)
	if !known {
		return named{Word: name}
	}
	return named{Word: word.In(w.lang), Name: name}
}

type named struct{ Word, Name string }

// Kind names a kind or a feed.
func (w *voice) Kind(name string) string { return w.Say("kind", name) }

// Op names what an entry does to its record.
func (w *voice) Op(op string) string { return w.Say("op", op) }
