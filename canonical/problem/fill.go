package problem

import (
	"strconv"
	"strings"
	"time"

	"iocgateway/canonical/words"
)

// hole is a place of a catalogue's text that something is put into: {value}, or
// {want|span} with how it is written.
type hole struct{ name, how string }

// nextHole finds the first hole of a text.
func nextHole(text string) (before string, h hole, after string, found bool) {
	for from := 0; ; {
		at := strings.IndexByte(text[from:], '{')
		if at < 0 {
			return text, hole{}, "", false
		}
		at += from
		if inside, rest, closed := strings.Cut(text[at+1:], "}"); closed {
			name, how, _ := strings.Cut(inside, "|")
			if _, known := holes[name]; known {
				return text[:at], hole{name, how}, rest, true
			}
		}
		from = at + 1
	}
}

// holes are what may be put in, and how a text says it that stands for any.
var holes = map[string]words.Word{
	"field": {VI: "trường", EN: "field"},
	"path":  {VI: "vị trí", EN: "place"},
	"value": {VI: "giá trị", EN: "value"},
	"want":  {VI: "giá trị cho phép", EN: "what is expected"},
	"near":  {VI: "gần nhất", EN: "closest"},
	"err":   {VI: "nguyên nhân", EN: "cause"},
}

// fill puts values into a text and leaves out the parts in [[ ]] that lack one.
func fill(text string, put func(hole) string) string {
	text = optional(text, func(part string) bool {
		for {
			_, h, after, found := nextHole(part)
			if !found {
				return true
			}
			if put(h) == "" {
				return false
			}
			part = after
		}
	})
	var b strings.Builder
	for {
		before, h, after, found := nextHole(text)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString(put(h))
		text = after
	}
}

// optional takes the signs [[ ]] away, and with them the parts not kept.
func optional(text string, keep func(part string) bool) string {
	for {
		before, rest, open := strings.Cut(text, "[[")
		part, after, closed := strings.Cut(rest, "]]")
		if !open || !closed {
			return text
		}
		if !keep(part) {
			part = ""
		}
		text = before + part + after
	}
}

// put is what a Problem has for a hole.
func (p *Problem) put(h hole, lang Lang) string {
	value := map[string]string{"field": p.Field, "path": p.Path, "value": p.Value, "near": p.Near}[h.name]
	switch h.name {
	case "want":
		value = words.Expected(p.Want, lang)
	case "path":
		value = words.Place(p.Path, lang)
	case "err":
		return p.causeIn(lang)
	}
	switch h.how {
	case "span":
		if d, err := time.ParseDuration(value); err == nil {
			return words.Span(d, lang)
		}
	case "time":
		if t, err := time.Parse(time.RFC3339, value); err == nil {
			return words.Time(t)
		}
	case "title":
		return words.Field(value, lang)
	case "share":
		return words.Watched(value, lang)
	case "job", "turn": // a group of the glossary
		return words.Say(h.how, value, lang)
	}
	return grouped(p.Code, h.name, value, lang)
}

// grouped writes a number of many digits as people read it, where the code's
// words say that it is a number: other digits are codes, years and rows.
func grouped(code, name, value string, lang Lang) string {
	if len(value) < 4 || len(value) > 15 || value[0] == '0' || strings.Trim(value, "0123456789") != "" {
		return value
	}
	w, _ := WordsOf(code)
	if said, told := holeName(code, w, name); told && number(said.VI) {
		n, _ := strconv.Atoi(value) // digits alone
		return words.Number(n, lang)
	}
	return value
}

// number reports whether a hole is called a number of things.
func number(called string) bool {
	return called == "số" || strings.HasPrefix(called, "số ") || called == "giới hạn" || strings.HasPrefix(called, "tổng ")
}

// causeIn is the cause below in a language: another Problem in its own words.
func (p *Problem) causeIn(lang Lang) string {
	if below, ok := As(p.Err); ok && lang == Vietnamese {
		return below.Code + " " + below.Placed(lang)
	}
	return words.Cause(p.cause(), lang)
}
