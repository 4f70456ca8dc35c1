package faults_test

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"iocgateway/canonical/vntext"
	"iocgateway/router/journal"
)

// fault is a source that was read wrongly once, or is of the same kind, told
// day by day.
type fault struct {
	kind, form string
	source     string   // its settings, as they stand in gateway.yaml
	streams    []string // t
	mapping    string   // of tasks, where none is said
	times      bool     // what a record says has its time, too
	days       []day
}

// day is what the source is like from then on, and what is right then.
type day struct {
	file, text string                       // in the folder; the text is what the server answers, too
	answer     http.HandlerFunc             // of the server, instead
	does       func(t *testing.T, w *world) // anything else
	posts      map[string]string            // what is delivered, and to which stream
	status     int                          // the answer to it; 200
	runs       int                          // 1

	live  string // what stands then: keys, or key=what it says; 1..9 are nine keys
	state string // of each stream
	cause string // the code of its cause, - where there is none
	notes string // codes of the day's runs, each once, or of what they failed by
	held  string // codes of what is held
	warns string // codes of what the stream says beside its state
	says  string // what cause or hold say, in both languages
	drift bool   // the ops feed says drift
}

// tasks is the mapping of most of the cases.
const tasks = "kind: task\ndates: [iso]\nfields:\n  codes: [{system: local, from: id}]\n  title: [title, a]\n" +
	"  status: {from: st, codelist: {a: in_progress, b: finished}}\n  updated_at: upd\n"

// observations is the mapping of what the statistics adapter reads.
const observations = "kind: observation\nfields:\n  indicator: {code: {const: x}}\n" +
	"  period: {freq: period.freq, start: period.start, end: period.end, label: period.label}\n  dims: {from: dims}\n  value: value\n"

// judge plays every case, and then once more the day that was last: what is
// read a second time publishes nothing.
func judge(t *testing.T, cases []fault) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.kind+"/"+c.form, func(t *testing.T) {
			t.Parallel()
			if len(c.streams) == 0 {
				c.streams = []string{"t"}
			}
			if c.mapping == "" {
				c.mapping = tasks
			}
			w := open(t, c.source, c.mapping)
			stands := map[string]string{}
			for i := range c.days {
				d := &c.days[i]
				w.set(d)
				if i == 0 {
					w.start()
				}
				c.play(w, d, stands, "day "+strconv.Itoa(i+1))
			}
			before := w.read
			last := c.days[len(c.days)-1]
			last.runs = 1
			c.play(w, &last, stands, again)
			if w.read != before {
				t.Errorf("%d entries were published by reading again what was read", w.read-before)
			}
		})
	}
}

// again is the day that was last, once more.
const again = "read again"

// set makes the source what it is on a day.
func (w *world) set(d *day) {
	answer := d.answer
	if answer == nil && d.text != "" {
		answer = func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte(d.text)) }
	}
	if answer != nil {
		w.answers.Store(&answer)
	}
	if d.file != "" {
		write(w.t, filepath.Join(w.drop, d.file), d.text)
	}
	if d.does != nil {
		d.does(w.t, w)
	}
}

// play runs a day, and holds what came of it against what is right.
func (c *fault) play(w *world, d *day, stands map[string]string, when string) {
	w.t.Helper()
	var notes, states, causes, warns, said []string
	for stream, body := range d.posts {
		w.post(stream, body, cmp.Or(d.status, http.StatusOK))
	}
	for range max(d.runs, 1) {
		if d.posts != nil { // nobody is asked
			break
		}
		for _, stream := range c.streams {
			run := w.run(stream)
			notes = append(notes, codesOf(&run)...)
			if n := run.Counts.Unexplained(run.Proved); n != 0 {
				w.t.Errorf("%s: %d Raws of %s unexplained", when, n, stream)
			}
		}
	}
	for _, stream := range c.streams {
		s := w.status(stream)
		states = append(states, s.State)
		if s.Cause.Code == "" {
			s.Cause.Code = "-"
		} else if s.Cause.VI == "" || s.Cause.EN == "" || s.Cause.Hint == "" {
			w.t.Errorf("%s: %s has no words in both languages, or no hint", when, s.Cause.Code)
		}
		causes, said = append(causes, s.Cause.Code), append(said, s.Cause.VI, s.Cause.EN)
		for _, warning := range s.Warnings {
			warns = append(warns, warning.Code)
		}
	}
	kind, _, _ := strings.Cut(strings.TrimPrefix(c.mapping[strings.Index(c.mapping, "kind: "):], "kind: "), "\n")
	all := w.events(kind)
	for _, e := range all[w.read:] {
		key, err := url.PathUnescape(strings.TrimPrefix(e.Subject, kind+":s:"))
		if err != nil {
			w.t.Fatal(err)
		}
		if strings.Contains(e.Type, ".gone.") {
			delete(stands, key)
			continue
		}
		stands[key] = says(w.t, e)
		if c.times {
			stands[key] += " " + e.Time.In(vntext.Zone()).Format("2006-01-02T15:04")
		}
	}
	w.read = len(all)
	slices.Sort(notes)
	differs(w.t, when+": state", strings.Join(states, " "), d.state)
	differs(w.t, when+": cause", strings.Join(causes, " "), d.cause)
	if when != again && d.notes != "*" { // some things are said once, by the run that met them
		differs(w.t, when+": notes", strings.Join(slices.Compact(notes), " "), d.notes)
	}
	differs(w.t, when+": warnings", strings.Join(warns, " "), d.warns)
	held, text := w.held()
	differs(w.t, when+": held", held, d.held)
	if text += strings.Join(said, "\n"); d.says != "" && strings.Count(text, d.says) < 2 {
		w.t.Errorf("%s: %q is not said in both languages in %s", when, d.says, text)
	}
	if d.drift {
		w.until("drift in the ops feed", func() bool {
			return slices.ContainsFunc(w.events("ops"), func(e event) bool { return strings.Contains(string(e.Data), "drift") })
		})
	}
	differs(w.t, when+": stands", shown(stands, d.live), spread(d.live))
}

func codesOf(run *journal.Run) (codes []string) {
	for i := range run.Notes {
		codes = append(codes, run.Notes[i].Code)
	}
	if run.Problem != nil {
		codes = append(codes, run.Problem.Code)
	}
	return codes
}

// says is what a record says: a task's title, a figure's value.
func says(t *testing.T, e event) string {
	t.Helper()
	var data struct {
		Title string
		Value json.RawMessage
	}
	if err := json.Unmarshal(e.Data, &data); err != nil {
		t.Fatalf("%s: %v", e.Data, err)
	}
	return data.Title + strings.Trim(string(data.Value), `"`)
}

func differs(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// spread gives the keys that a text names, sorted.
func spread(text string) string {
	var all []string
	if text == "" {
		return ""
	}
	for part := range strings.SplitSeq(text, ", ") {
		from, to, span := strings.Cut(part, "..")
		first, err := strconv.Atoi(from)
		last, wrong := strconv.Atoi(to)
		if !span || err != nil || wrong != nil {
			all = append(all, part)
			continue
		}
		for n := first; n <= last; n++ {
			all = append(all, strconv.Itoa(n))
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// shown is what stands, with what it says where want asks for that.
func shown(stands map[string]string, want string) string {
	if !strings.Contains(want, "=") {
		return strings.Join(slices.Sorted(maps.Keys(stands)), ", ")
	}
	var all []string
	for key, says := range stands {
		all = append(all, key+"="+says)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// fine is a day on which everything is right.
func fine(file, text, live string) day {
	return day{file: file, text: text, live: live, state: "healthy", cause: "-"}
}

// refused is one on which nothing of what came counts.
func refused(file, text, live, code string) day {
	return day{file: file, text: text, live: live, state: "retrying", cause: code, notes: code}
}

// doubtful is one on which something counts, and the stream says what does not.
func doubtful(file, text, live, cause, notes, held string) day {
	return day{file: file, text: text, live: live, state: "data_issue", cause: cause, notes: notes, held: held}
}
