package admin

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/words"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/router/book"
)

// deedWords is what was done.
func deedWords(sh *shell.Shell, what string) string {
	if verb, kind, two := strings.Cut(what, " "); two && (verb == "plan" || verb == "apply") {
		return sh.Word("act", verb) + sh.Say(": ", " ") + sh.Word("act", kind)
	}
	return sh.Word("act", what)
}

// phaseWords is how far an act is: its end names the row of its beginning.
func phaseWords(sh *shell.Shell, e *book.ActEntry) string {
	text := e.Phase
	switch e.Phase {
	case book.Begun:
		text = sh.Say("bắt đầu", text)
	case book.Done:
		text = sh.Say("xong", text)
	case book.Failed:
		text = sh.Say("không thành", text)
	case book.Pruned:
		text = sh.Say("thu gọn", text)
	}
	if e.Of > 0 {
		text += " " + strconv.FormatUint(e.Of, 10)
	}
	return text
}

// targetWords is on what: a stream, a job and a record have names of their own.
func targetWords(sh *shell.Shell, target string) string {
	if target == "quarantine" || target == "audit" {
		return sh.Word("idea", target)
	}
	return target
}

// resultWords is what an act came to.
func resultWords(sh *shell.Shell, e *book.ActEntry) string {
	if e.Error != "" {
		return strings.TrimSpace(e.Code + " " + errorWords(e, sh.Language()))
	}
	result, is := e.Result.(map[string]any)
	if !is {
		return plainly(sh, e.Result)
	}
	var said, none []string
	for _, name := range slices.Sorted(maps.Keys(result)) {
		one := shell.Label(strings.ReplaceAll(name, "_", " "))
		if one == "" || sh.Language() == problem.English {
			one = strings.ReplaceAll(name, "_", " ")
		}
		value := plainly(sh, result[name])
		if name == "kind" {
			value = sh.Word("act", value)
		}
		one += ": " + value
		if n, number := result[name].(float64); number && n == 0 {
			none = append(none, one)
			continue // what came to nothing is told only where all did
		}
		said = append(said, one)
	}
	if len(said) == 0 {
		said = none
	}
	return shortly(sh, strings.Join(said, ", "))
}

// errorWords is what went wrong. It is kept in English, for the chain is of one
// form: the catalogue says it in the reader's language, and what it does not
// know any more stays as it was written.
func errorWords(e *book.ActEntry, lang problem.Lang) string {
	if told, ok := problem.Told(e.Code, e.Error); ok {
		return told.Text(lang)
	}
	return words.Cause(e.Error, lang)
}

// plainly is one value of a result.
func plainly(sh *shell.Shell, v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return sh.Number(int(v))
	case string:
		return v
	}
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(text)
}

func shortly(sh *shell.Shell, text string) string {
	if r := []rune(text); len(r) > resultShown {
		return string(r[:resultShown]) + sh.Say("… (-o json có đủ)", "… (-o json has all of it)")
	}
	return text
}

// resultShown is how much of a result stands in a table: one may name a
// thousand held Raws.
const resultShown = 160
