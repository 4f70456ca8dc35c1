package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"iocgateway/canonical/problem"
)

// Exit codes, the same for every verb.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitFindings    = 3 // done, but there is something to look at
	exitAuth        = 4
	exitNotFound    = 5
	exitConflict    = 6
	exitPartial     = 7
	exitInterrupted = 130
)

// exitError carries the code a verb ends with.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// ending gives err an exit code.
func ending(code int, err error) error { return &exitError{code, err} }

// findings ends a verb that did its work and found something.
func findings(format string, args ...any) error {
	return ending(exitFindings, fmt.Errorf(format, args...))
}

func exitCode(err error) int {
	var e *exitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &e):
		return e.code
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	default:
		return exitFailed
	}
}

// tell writes an error for people: every problem on its own lines, with its
// place, its words and its hint.
func tell(w io.Writer, lang problem.Lang, err error) {
	problems, rest := problem.All(err)
	for _, p := range problems {
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
