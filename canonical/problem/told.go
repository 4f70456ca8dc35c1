package problem

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"iocgateway/canonical/words"
)

// Told is the Problem whose English words were written down, found again by the
// catalogue's own text of its code: so it can be said in another language. false
// where the words are not those of the code, as it is today.
func Told(code, english string) (*Problem, bool) {
	text, known := WordsOf(code)
	if !known {
		return nil, false
	}
	for _, form := range forms(text.EN) {
		if p := form.read(code, english); p != nil && p.Text(English) == english && p.fits(text.VI) {
			return p, true
		}
	}
	return nil, false
}

// fits reports whether all is known that a text needs.
func (p *Problem) fits(text string) bool {
	text = optional(text, func(string) bool { return false })
	for {
		_, h, after, found := nextHole(text)
		if !found {
			return true
		}
		if p.put(h, Vietnamese) == "" {
			return false
		}
		text = after
	}
}

// form is one form of a text, with some of its optional parts and not the
// others: what is between its holes, and those.
type form struct {
	text  *regexp.Regexp
	holes []hole
}

// forms are all forms of a text, those with more parts first: a part left out
// might be taken for the end of a value.
func forms(text string) []form {
	before, rest, open := strings.Cut(text, "[[")
	part, after, closed := strings.Cut(rest, "]]")
	if open && closed {
		return append(forms(before+part+after), forms(before+after)...)
	}
	var f form
	var pattern strings.Builder
	for {
		between, h, after, found := nextHole(text)
		pattern.WriteString(regexp.QuoteMeta(between))
		if !found {
			break
		}
		pattern.WriteString("(.+?)")
		f.holes = append(f.holes, h)
		text = after
	}
	f.text = regexp.MustCompile("(?s)^" + pattern.String() + "$")
	return []form{f}
}

// read takes what stands in a text's holes out of it; nil where it is another text.
func (f *form) read(code, said string) *Problem {
	found := f.text.FindStringSubmatch(said)
	if found == nil {
		return nil
	}
	p := &Problem{Code: code}
	for i, h := range f.holes {
		into := map[string]*string{"field": &p.Field, "path": &p.Path, "value": &p.Value,
			"want": &p.Want, "near": &p.Near, "err": &p.Cause}[h.name]
		*into = h.unsaid(code, found[i+1])
	}
	return p
}

// unsaid is what was put into a hole, by how it is said in English.
func (h hole) unsaid(code, said string) string {
	switch h.how {
	case "span":
		if d, err := time.ParseDuration(strings.NewReplacer(" min", "m", " ", "").Replace(said)); err == nil {
			return d.String()
		}
	case "time":
		if t, err := time.ParseInLocation("02/01/2006 15:04", said, words.Zone()); err == nil {
			return t.Format(time.RFC3339)
		}
	case "job", "turn":
		return words.Named(h.how, said, English)
	case "":
		if plain := strings.ReplaceAll(said, ",", ""); plain != said {
			if n, err := strconv.Atoi(plain); err == nil && grouped(code, h.name, plain, English) == words.Number(n, English) {
				return plain
			}
		}
	}
	return said
}
