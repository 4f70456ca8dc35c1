package words

import (
	"regexp"
	"strings"
)

// phrase is an English text of ours or of a library and what it is in
// Vietnamese; % stands for anything, which is taken over.
type phrase struct{ en, vi string }

// Expected is what a value was expected to be. English words are written where
// the value is refused; their Vietnamese stands in the one table of them.
// What is not in the table is a value, a name or a form, and the same in both.
func Expected(want string, lang Lang) string {
	if lang != Vietnamese {
		return want
	}
	for _, p := range expected {
		if vi, ok := p.whole(want); ok {
			return vi
		}
	}
	return want
}

// Cause is the error below, for people: what it means in their language and
// where it is, and in brackets what the system or a library said, marked as its
// own words, for who looks it up. A cause that is ours and wholly translated
// needs no brackets.
func Cause(said string, lang Lang) string {
	if lang != Vietnamese || said == "" {
		return said
	}
	for _, p := range ownCauses {
		if vi, ok := p.whole(said); ok {
			return vi
		}
	}
	for _, p := range ownCauses {
		if strings.HasSuffix(said, ": "+p.en) { // wrapped in where it happened
			return p.vi + placeIn(said) + verbatim(said)
		}
	}
	for _, p := range causes {
		if strings.Contains(said, p.en) {
			return p.vi + placeIn(said) + verbatim(said)
		}
	}
	if !vietnamese(said) && strings.Contains(said, " ") && !strings.HasPrefix(said, `"`) {
		return "nguyên văn: " + said // nobody has translated it, and it is not ours
	}
	return said
}

// vietnamese reports whether a text is in Vietnamese already.
func vietnamese(text string) bool {
	return strings.ContainsAny(strings.ToLower(text), "ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệịỉĩọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹáàãéèíìóòõúùý")
}

// verbatim marks words that are not ours.
func verbatim(said string) string { return " (nguyên văn: " + said + ")" }

var (
	placed = regexp.MustCompile(`\b(line|byte|offset|row|page|sheet) (\d+)\b`)
	alone  = regexp.MustCompile(`^(line|byte|offset|row|page|sheet) (\d+)(/\d+)?$`)
)

// placeIn is the place that a library says, in Vietnamese; empty: it says none.
func placeIn(said string) string {
	if m := placed.FindStringSubmatch(said); m != nil {
		return ", ở " + Say("place", m[1], Vietnamese) + " " + m[2]
	}
	return ""
}

// Place is a place in what a source gave: a path, which is the same in both
// languages, or a line, a row or a byte.
func Place(path string, lang Lang) string {
	if m := alone.FindStringSubmatch(path); m != nil {
		return Say("place", m[1], lang) + " " + m[2] + m[3]
	}
	return path
}

// whole translates a text that is the phrase.
func (p phrase) whole(text string) (string, bool) {
	vi := p.vi
	for rest := p.en; ; {
		piece, after, more := strings.Cut(rest, "%")
		if !strings.HasPrefix(text, piece) {
			return "", false
		}
		text = text[len(piece):]
		if !more {
			return vi, text == ""
		}
		next, _, again := strings.Cut(after, "%")
		end := len(text)
		if next != "" {
			end = strings.Index(text, next)
		}
		if !again && next != "" {
			end = strings.LastIndex(text, next)
		}
		if end <= 0 {
			return "", false
		}
		vi = strings.Replace(vi, "%", text[:end], 1)
		text, rest = text[end:], after
	}
}

// Phrases lists what is translated, English to Vietnamese.
func Phrases() map[string]string {
	all := map[string]string{}
	for _, table := range [][]phrase{expected, ownCauses, causes} {
		for _, p := range table {
			all[p.en] = p.vi
		}
	}
	return all
}
