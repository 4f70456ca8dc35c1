package shell

import (
	"fmt"
	"strings"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/words"
)

// Language is the language for people.
func (s *Shell) Language() problem.Lang {
	if s.Lang == string(problem.Vietnamese) {
		return problem.Vietnamese
	}
	return problem.English
}

// Spoken is the language of who has this in LANG.
func Spoken(locale string) string {
	if strings.HasPrefix(locale, string(problem.Vietnamese)) {
		return string(problem.Vietnamese)
	}
	return string(problem.English)
}

// Say picks between the two languages.
func (s *Shell) Say(vi, en string) string { return words.Word{VI: vi, EN: en}.In(s.Language()) }

// Word is the glossary's word for what code calls group.name.
func (s *Shell) Word(group, name string) string { return words.Say(group, name, s.Language()) }

// Tell writes a line of words for people, never data.
func (s *Shell) Tell(vi, en string, args ...any) { s.Printf(s.Say(vi, en), args...) }

// Printf writes a line that is the same in both languages, never data.
func (s *Shell) Printf(format string, args ...any) {
	fmt.Fprintf(s.Err, format+"\n", args...)
}

// Time is an instant to the second in the zone in which people here read every
// time, whatever the zone of the process is.
func (s *Shell) Time(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(words.Zone()).Format("02/01/2006 15:04:05")
}

// Span is a duration in words.
func (s *Shell) Span(d time.Duration) string { return words.Span(d, s.Language()) }

// Number is a whole number for people.
func (s *Shell) Number(n int) string { return words.Number(n, s.Language()) }

// Words is an error in a person's language, with its hint.
func (s *Shell) Words(err error) string { return WordsFor(s, "", err) }

// WordsFor is Words where a stream is what it is about: its name stands in the hint.
func WordsFor(s *Shell, stream string, err error) string {
	p, ok := problem.As(err)
	if !ok {
		return words.Cause(err.Error(), s.Language())
	}
	text := p.Code + " " + p.Text(s.Language())
	if hint := p.HintFor(stream, s.Language()); hint != "" {
		text += " — " + hint
	}
	return text
}

// local is who acts where no tokens are configured: whoever is on the machine.
const local = "local"

// Who is who did something, in words.
func Who(s *Shell, by string) string {
	if by == local {
		return s.Say("(tại máy chủ)", "(on the machine)")
	}
	return by
}
