package jsonscan

import (
	"fmt"
	"strconv"
	"strings"
)

// Step is one step of a path, as it is written in profiles, stream settings
// and mappings alike:
//
//	name           a member; \ before a sign takes it as it is
//	0 or [0]       an element of a list; without brackets also a member so called
//	[id=1]         the element, an object, whose member id is 1
//
// with dots between. The empty path and "." are the value itself.
type Step struct {
	Name          string
	Index         int // of an element; -1: none
	Only          bool
	Member, Value string // of the element that is looked for
}

// Is reports whether an element is the one that the member's value names.
func (s Step) Is(element []byte) bool {
	p := pick{member: s.Member, value: s.Value}
	return s.Member != "" && p.is(element)
}

// PathError is a step that is not known. It is refused where it stands, and
// never taken for a name.
type PathError struct{ Step, Want string }

// Error names the step and what there may be.
func (e *PathError) Error() string { return fmt.Sprintf("%q is no step of a path: %s", e.Step, e.Want) }

// The words for what a step may be.
const (
	wantStep  = "name, [0], [id=1]"
	wantIndex = "[0] … [63]"
)

// ParsePath takes a path apart.
func ParsePath(path string) ([]Step, error) {
	if path == "" || path == "." {
		return nil, nil
	}
	var steps []Step
	for at, dot := 0, true; ; {
		step, next, err := parseStep(path, at, dot)
		if err != nil {
			return nil, err
		}
		steps = append(steps, step)
		switch {
		case next == len(path):
			return steps, nil
		case path[next] == '.':
			at, dot = next+1, true
		default:
			at, dot = next, false
		}
	}
}

// parseStep reads the step at a place: behind a dot, or a bracket behind a step.
func parseStep(path string, at int, dot bool) (step Step, next int, err error) {
	if at < len(path) && path[at] == '[' {
		return bracket(path, at)
	}
	if !dot {
		return Step{}, 0, &PathError{path[at:], wantStep}
	}
	var name strings.Builder
	escaped := false
	for next = at; next < len(path) && path[next] != '.' && path[next] != '['; next++ {
		if path[next] == '\\' && next+1 < len(path) {
			next++
			escaped = true
		}
		name.WriteByte(path[next])
	}
	step = Step{Name: name.String(), Index: -1}
	switch raw := path[at:next]; {
	case raw == "", !escaped && foreign(raw):
		return Step{}, 0, &PathError{raw, wantStep}
	case !escaped && digits(raw):
		if index, err := strconv.Atoi(raw); err == nil && index < maxIndex {
			step.Index = index
		}
	}
	return step, next, nil
}

// foreign reports whether a step means something in another syntax of paths,
// and is no name.
func foreign(raw string) bool {
	switch raw {
	case "*", "**", "#", "$", "?", "@", "@this", "@reverse", "@flatten", "@values", "@keys":
		return true
	}
	return strings.HasPrefix(raw, "#(") || strings.HasPrefix(raw, "?(") || strings.HasPrefix(raw, "@.")
}

func digits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// bracket reads [0] or [member=value].
func bracket(path string, at int) (Step, int, error) {
	var text strings.Builder
	equals := -1
	for i := at + 1; i < len(path); i++ {
		switch c := path[i]; {
		case c == '\\' && i+1 < len(path):
			i++
			text.WriteByte(path[i])
		case c == ']':
			step, err := inBrackets(text.String(), equals, path[at:i+1])
			return step, i + 1, err
		case c == '=' && equals < 0:
			equals = text.Len()
			text.WriteByte(c)
		default:
			text.WriteByte(c)
		}
	}
	return Step{}, 0, &PathError{path[at:], wantStep}
}

func inBrackets(text string, equals int, raw string) (Step, error) {
	switch {
	case equals > 0 && equals < len(text)-1 && !strings.ContainsAny(text[:equals], "!<>~^$*@?(") && text[equals+1] != '=':
		return Step{Index: -1, Member: text[:equals], Value: unquoted(text[equals+1:])}, nil
	case equals < 0 && digits(text):
		if index, err := strconv.Atoi(text); err == nil && index < maxIndex {
			return Step{Name: text, Index: index, Only: true}, nil
		}
		return Step{}, &PathError{raw, wantIndex}
	}
	return Step{}, &PathError{raw, wantStep}
}

// unquoted takes a value out of the quotes that it may stand in.
func unquoted(text string) string {
	if n := len(text); n > 1 && (text[0] == '"' || text[0] == '\'') && text[n-1] == text[0] {
		return text[1 : n-1]
	}
	return text
}

// PlainPath is ParsePath for the paths of a wire: the names there have no
// signs that other syntaxes take for patterns, unless \ stands before them.
func PlainPath(path string) ([]Step, error) {
	for i := 0; i < len(path); i++ {
		switch path[i] {
		case '\\':
			i++
		case '[': // what stands in brackets is a value
			if end := strings.IndexByte(path[i:], ']'); end > 0 {
				i += end
			}
		case '*', '?', '|', '#', '(', ')':
			return nil, &PathError{path, wantStep}
		}
	}
	return ParsePath(path)
}
