package canonical

import (
	"slices"
	"strings"

	"iocgateway/canonical/problem"
)

// Code is one value of a canonical code list, with its words.
type Code struct {
	Value string `json:"value"`
	VI    string `json:"vi"`
	EN    string `json:"en"`
	Final bool   `json:"final,omitempty"` // a status after which no work is awaited
}

// StatusUnknown is what an unmapped status becomes: never a guess, never done.
const StatusUnknown = "unknown"

// CodeList gives the codes of a canonical list in the order they are shown.
// Lists only grow within version 1.
func CodeList(name string) ([]Code, bool) {
	list, ok := codeLists[name]
	return slices.Clone(list), ok
}

// CodeLists names every canonical list, sorted.
func CodeLists() []string {
	names := make([]string, 0, len(codeLists))
	for name := range codeLists {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// CodeKnown reports whether a list holds a value.
func CodeKnown(list, value string) bool {
	_, ok := findCode(list, value)
	return ok
}

// CodeTitle gives the words of a code, or the value itself where the list
// does not hold it.
func CodeTitle(list, value string, lang problem.Lang) string {
	c, ok := findCode(list, value)
	switch {
	case !ok:
		return value
	case lang == problem.English:
		return c.EN
	default:
		return c.VI
	}
}

// StatusList names the code list of a kind's status; empty for kinds that
// have none.
func StatusList(kind Kind) string {
	switch kind {
	case KindDossier:
		return "dossier_status"
	case KindDocument:
		return "document_status"
	case KindTask:
		return "task_status"
	case KindFeedback:
		return "feedback_status"
	}
	return ""
}

// Finished reports whether no more work is awaited in this status. A status
// that is unknown or not of the kind's list is never finished (invariant 9).
func Finished(kind Kind, status string) bool {
	c, ok := findCode(StatusList(kind), status)
	return ok && c.Final
}

// FinishedStatuses lists the statuses of a kind that are final.
func FinishedStatuses(kind Kind) []string {
	var final []string
	for _, c := range codeLists[StatusList(kind)] {
		if c.Final {
			final = append(final, c.Value)
		}
	}
	return final
}

// StatusKnown reports whether status is of the kind's list and means something:
// "unknown" and the empty status are not known.
func StatusKnown(kind Kind, status string) bool {
	return status != StatusUnknown && CodeKnown(StatusList(kind), status)
}

func findCode(list, value string) (Code, bool) {
	for _, c := range codeLists[list] {
		if c.Value == value {
			return c, true
		}
	}
	return Code{}, false
}

// codes reads a list from lines "value|vi|en", a "!" before the value marking
// a final status.
func codes(lines ...string) []Code {
	list := make([]Code, 0, len(lines))
	for _, line := range lines {
		parts := strings.SplitN(line, "|", 3)
		value, final := strings.CutPrefix(parts[0], "!")
		list = append(list, Code{Value: value, VI: parts[1], EN: parts[2], Final: final})
	}
	return list
}
