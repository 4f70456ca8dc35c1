package shell

import (
	"context"
	"errors"
	"fmt"
	"io"

	"iocgateway/canonical/problem"
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

// ending gives err an exit code.
func Ending(code int, err error) error { return &exitError{code, err} }

// findings ends a verb that did its work and found something.
func Findings(format string, args ...any) error {
	return Ending(ExitFindings, fmt.Errorf(format, args...))
}

// ExitCode is the exit code that an error stands for.
func ExitCode(err error) int {
	var e *exitError
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &e):
		return e.code
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	default:
		return ExitFailed
	}
}

// PrintError writes an error for people: every problem on its own lines, with its
// place, its words and its hint.
func PrintError(w io.Writer, lang problem.Lang, err error) {
	problems, rest := problem.All(err)
	said := map[string]bool{}
	for _, p := range problems {
		if said[p.Error()] {
			continue
		}
		said[p.Error()] = true
		place := p.Place()
		if place != "" {
			place += ": "
		}
		fmt.Fprintf(w, "%s %s%s\n", p.Code, place, p.Text(lang))
		if hint := p.Hint(lang); hint != "" {
			fmt.Fprintf(w, "    %s: %s\n", map[problem.Lang]string{problem.Vietnamese: "gợi ý", problem.English: "hint"}[lang], hint)
		}
	}
	for _, other := range rest {
		fmt.Fprintln(w, "gateway:", other)
	}
}

// errReason: what a person stops or drops needs a reason.
func ErrReason() error {
	return &UsageError{Err: errors.New("--reason is required: it is kept and shown")}
}
