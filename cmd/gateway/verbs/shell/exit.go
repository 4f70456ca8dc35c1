package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/words"
)

// Exit codes, the same for every verb.
const (
	ExitOK          = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitFindings    = 3 // done, but there is something to look at
	exitAuth        = 4
	ExitNotFound    = 5
	ExitConflict    = 6
	ExitPartial     = 7
	exitInterrupted = 130
)

// exitError carries the code a verb ends with.
type exitError struct {
	code int
	Err  error
}

func (e *exitError) Error() string { return e.Err.Error() }
func (e *exitError) Unwrap() error { return e.Err }

// Ending gives err an exit code.
func Ending(code int, err error) error { return &exitError{code, err} }

// Endingf ends a verb with a code and words in the reader's language.
func (s *Shell) Endingf(code int, vi, en string, args ...any) error {
	return Ending(code, fmt.Errorf(s.Say(vi, en), args...))
}

// Findings ends a verb that did its work and found something.
func (s *Shell) Findings(vi, en string, args ...any) error {
	return s.Endingf(ExitFindings, vi, en, args...)
}

// UsageError is a call that was not understood.
type UsageError struct{ *problem.Problem }

// Unwrap gives the Problem that says why.
func (e *UsageError) Unwrap() error { return e.Problem }

// Usage refuses a call that was not understood, and says what was wrong with it.
func (s *Shell) Usage(vi, en string, args ...any) error {
	return &UsageError{&problem.Problem{Code: "GW-C045", Want: fmt.Sprintf(s.Say(vi, en), args...)}}
}

// ErrReason is for what needs a reason: what a person stops, drops or accepts.
func (s *Shell) ErrReason() error {
	return s.Usage("cần --reason (lý do): lý do được lưu và hiển thị", "--reason is required: it is kept and shown")
}

// NotFound refuses a name that nothing has: of what, where the list of them is,
// and those there are.
func (s *Shell) NotFound(vi, en, name, list string, there []string) error {
	return Ending(ExitNotFound, &problem.Problem{Code: "GW-C047", Field: list, Value: name, Want: s.Say(vi, en),
		Near: near(name, there)})
}

// near is the name that may be meant: one that is nearly the same, or the only one
// that begins with what was given, or ends with it behind a stroke.
func near(name string, there []string) string {
	if found := problem.Near(name, there); found != "" || name == "" {
		return found
	}
	for _, meant := range []func(string) bool{
		func(n string) bool { return strings.HasPrefix(n, name) },
		func(n string) bool { return strings.HasSuffix(n, "/"+name) },
	} {
		at := slices.IndexFunc(there, meant)
		if at < 0 {
			continue
		}
		if !slices.ContainsFunc(there, func(n string) bool { return n != there[at] && meant(n) }) {
			return there[at]
		}
	}
	return ""
}

// NoSource is NotFound of a source; who names a stream where a source is asked for
// is told its source, behind the call that takes it.
func NoSource(s *Shell, name, call, list string, there []string) error {
	if source, _, stream := strings.Cut(name, "/"); stream && slices.Contains(there, source) {
		return s.Usage("%q là tên luồng, ở đây cần tên nguồn: nguồn là %s; gọi: %s%[2]s",
			"%q names a stream, and a source is wanted: its source is %s; call: %s%[2]s", name, source, call)
	}
	return s.NotFound("nguồn", "source", name, list, there)
}

// Unwritten is for an output that takes nothing: a full disk, a pipe that nobody
// reads any more.
func Unwritten(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return &problem.Problem{Code: "GW-C049", Err: err}
}

// ExitCode is the exit code that an error stands for.
func ExitCode(err error) int {
	var e *exitError
	var usage *UsageError
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &usage):
		return ExitUsage
	case errors.As(err, &e):
		return e.code
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	default:
		return ExitFailed
	}
}

// errorLine is an error as programs read it.
type errorLine struct {
	Code      string `json:"code,omitempty"`
	Message   string `json:"message"`
	Hint      string `json:"hint,omitempty"`
	File      string `json:"file,omitempty"`
	Line      int    `json:"line,omitempty"`
	Col       int    `json:"col,omitempty"`
	Retryable bool   `json:"retryable"`
	Exit      int    `json:"exit"`
}

// lines takes an error apart into what is said of it, each thing once.
func lines(lang problem.Lang, err error) (all []errorLine) {
	said := map[errorLine]bool{}
	add := func(line errorLine) {
		line.Exit = ExitCode(err)
		if !said[line] {
			said[line] = true
			all = append(all, line)
		}
	}
	problems, rest := problem.All(err)
	for _, p := range problems {
		add(errorLine{Code: p.Code, Message: p.Text(lang), Hint: p.Hint(lang), File: p.File, Line: p.Line, Col: p.Col,
			Retryable: p.Reason() == problem.Unanswered})
	}
	for _, other := range rest {
		var refused *apiError
		if errors.As(other, &refused) {
			add(refused.line())
			continue
		}
		add(errorLine{Message: words.Cause(other.Error(), lang)})
	}
	return all
}

// PrintError writes an error: for people every thing with its place, its words and
// its hint; for programs a JSON object a line.
func (s *Shell) PrintError(w io.Writer, err error) {
	for _, line := range lines(s.Language(), err) {
		if s.Output == "json" || s.Output == "ndjson" {
			_ = WriteJSON(w, line, "") // there is nowhere left to say that it failed
			continue
		}
		head := line.Code
		if head == "" {
			head = "gateway:"
		}
		place := (&problem.Problem{File: line.File, Line: line.Line, Col: line.Col}).Place()
		if place != "" {
			place += ": "
		}
		fmt.Fprintf(w, "%s %s%s\n", head, place, line.Message)
		if line.Hint != "" {
			fmt.Fprintf(w, "    %s: %s\n", s.Say("cách xử lý", "hint"), line.Hint)
		}
	}
}
