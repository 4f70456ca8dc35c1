// Package problem is what the gateway reports as wrong: a stable code with its
// place and value, the words for it in Vietnamese and English, and the classes
// of faults a scheduler can act on.
package problem

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"iocgateway/canonical/words"
)

// Lang is a language words are shown in.
type Lang = words.Lang

// The languages of the gateway.
const (
	Vietnamese = words.Vietnamese
	English    = words.English
)

// Problem is one thing wrong, so that a person can mend it: a stable
// code, the place, what stood there, what was expected and a hint. The words
// come from the catalogue, in Vietnamese and English.
//
// Value never carries personal data: whoever makes a Problem masks it.
type Problem struct {
	Code  string `json:"code"`            // GW- and a letter: C configuration, A adapter or profile, S source, D data format, M mapping, V validation, F feed API, K store, L leases, Q Kafka, R sync and health
	File  string `json:"file,omitempty"`  // of a configuration, profile or mapping
	Line  int    `json:"line,omitempty"`  // from 1
	Col   int    `json:"col,omitempty"`   // from 1
	Field string `json:"field,omitempty"` // canonical field, or settings path
	Path  string `json:"path,omitempty"`  // where in the Raw
	Value string `json:"value,omitempty"` // what stood there, shortened
	Want  string `json:"want,omitempty"`  // what was expected
	Near  string `json:"near,omitempty"`  // the closest thing that would have been right
	Cause string `json:"cause,omitempty"` // the words of Err, once the Problem has been written down
	Err   error  `json:"-"`               // the cause below, if any
}

// MarshalJSON keeps the words of the cause, which would be lost with Err.
func (p Problem) MarshalJSON() ([]byte, error) {
	type plain Problem
	p.Cause = p.cause()
	return json.Marshal(plain(p))
}

func (p *Problem) cause() string {
	if p.Err != nil {
		return p.Err.Error()
	}
	return p.Cause
}

// Words are the catalogue's entry for a code. {field}, {path}, {value},
// {want}, {near} and {err} are filled in; a part in [[ ]] is left out when a
// placeholder in it is empty; a hint may be empty. {value|span} writes a
// duration in words, {value|time} a time as people read it, {field|title} a
// field's title with its name behind.
type Words struct {
	VI, EN         string
	HintVI, HintEN string
}

// Error gives code, place and the English words, on one line.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Code)
	b.WriteByte(' ')
	if at := p.Place(); at != "" {
		b.WriteString(at)
		b.WriteString(": ")
	}
	b.WriteString(p.Text(English))
	return b.String()
}

// Unwrap gives the cause below.
func (p *Problem) Unwrap() error { return p.Err }

// Place is file:line:col as far as it is known.
func (p *Problem) Place() string {
	switch {
	case p.File == "":
		return ""
	case p.Line == 0:
		return p.File
	default:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
	}
}

// Text is what is wrong, in one of the two languages.
func (p *Problem) Text(lang Lang) string {
	text, ok := WordsOf(p.Code)
	if !ok {
		return p.Code
	}
	if lang == Vietnamese {
		return p.fill(text.VI, lang)
	}
	return p.fill(text.EN, lang)
}

// Placed is Text and behind it the line of ours that it is about, where there is
// one: what happened comes first, where to mend it after.
func (p *Problem) Placed(lang Lang) string {
	if p.Line == 0 {
		return p.Text(lang)
	}
	return p.Text(lang) + " (" + p.Place() + ")"
}

// Hint is how to mend it, or empty.
func (p *Problem) Hint(lang Lang) string { return p.fill(p.hint(lang), lang) }

func (p *Problem) hint(lang Lang) string {
	text, _ := WordsOf(p.Code)
	return words.Word{VI: text.HintVI, EN: text.HintEN}.In(lang)
}

// HintFor is Hint for one stream: its name stands where the general words have
// SOURCE/STREAM, its source's where they have SOURCE. What a Problem quotes is
// put in after, and stays as it is.
func (p *Problem) HintFor(stream string, lang Lang) string {
	if stream == "" {
		return p.Hint(lang)
	}
	source, _, _ := strings.Cut(stream, "/")
	own := strings.NewReplacer("NGUỒN/LUỒNG", stream, "SOURCE/STREAM", stream, "NGUỒN", source, "SOURCE", source)
	return p.fill(own.Replace(p.hint(lang)), lang)
}

func (p *Problem) fill(text string, lang Lang) string {
	if !strings.ContainsAny(text, "{[") {
		return text
	}
	return fill(text, func(h hole) string { return p.put(h, lang) })
}

// As finds the Problem in an error's chain.
func As(err error) (*Problem, bool) {
	var p *Problem
	ok := errors.As(err, &p)
	return p, ok
}

// All takes joined errors apart into the problems and the rest.
func All(err error) (problems []*Problem, rest []error) {
	if err == nil {
		return nil, nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, each := range joined.Unwrap() {
			p, r := All(each)
			problems, rest = append(problems, p...), append(rest, r...)
		}
		return problems, rest
	}
	if p, ok := err.(*Problem); ok { //nolint:errorlint // this is the walk down itself
		return []*Problem{p}, nil
	}
	if below := errors.Unwrap(err); below != nil {
		if problems, _ := All(below); len(problems) > 0 {
			return problems, nil
		}
	}
	return nil, []error{err}
}

// WordsOf is the catalogue's entry for a code.
func WordsOf(code string) (Words, bool) {
	for _, family := range families() {
		if text, ok := family[code]; ok {
			return text, true
		}
	}
	return Words{}, false
}

// Codes lists every code of the catalogue with its words.
func Codes() map[string]Words {
	all := map[string]Words{}
	for _, family := range families() {
		for code, text := range family {
			all[code] = text
		}
	}
	return all
}

func families() []map[string]Words {
	return []map[string]Words{problemsConfig, problemsAdapter, problemsSource,
		problemsData, problemsMapping, problemsValidation, problemsFeed, problemsStore, problemsRouter, problemsControl,
		problemsRedis, problemsKafka, problemsSink, problemsVerbs}
}
