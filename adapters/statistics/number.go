package statistics

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

// number is what a cell says: a number's text, exactly, or the sign for none,
// and the marks that stood beside it.
type number struct {
	text, missing string
	marks         []string // what they mean, as the settings say
}

// numbers reads cells. What is no number and no sign for none is refused: it is
// neither guessed nor dropped.
type numbers struct {
	missing map[string]bool
	strip   *strings.Replacer // nil: nothing is taken out
	marks   []string          // longest first
	means   map[string]string
	comma   bool // is the decimal sign
}

func newNumbers(cfg *tableSettings) numbers {
	n := numbers{missing: map[string]bool{}, means: cfg.Flag, comma: cfg.Decimal == ","}
	for _, m := range append([]string{"", ".", "..", "...", "....", "-", ":", "nan", "na", "n/a", "n.a.", "null", "x", "…"}, cfg.Missing...) {
		n.missing[strings.ToLower(m)] = true
	}
	var pairs []string
	for _, s := range cfg.Strip {
		if pairs = append(pairs, s, ""); s == " " { // blanks that do not break are blanks
			pairs = append(pairs, "\u00a0", "", "\u202f", "", "\u2009", "")
		}
	}
	if len(pairs) > 0 {
		n.strip = strings.NewReplacer(pairs...)
	}
	n.marks = slices.SortedFunc(maps.Keys(cfg.Flag), func(a, b string) int {
		return cmp.Or(len(b)-len(a), strings.Compare(a, b))
	})
	return n
}

func (n *numbers) read(cell string) (number, *problem.Problem) {
	text := strings.TrimSpace(cell)
	if n.strip == nil && !n.comma && isNumber(text) {
		return number{text: text}, nil
	}
	if n.missing[strings.ToLower(text)] {
		return number{missing: firstOf(text, "..")}, nil
	}
	bare, marks := n.unmark(text)
	if len(marks) > 0 && bare != "" && n.missing[strings.ToLower(bare)] {
		return number{missing: bare, marks: marks}, nil
	}
	if n.strip != nil {
		bare = strings.TrimSpace(n.strip.Replace(bare))
	}
	if n.comma && strings.Count(bare, ",") == 1 && !strings.Contains(bare, ".") {
		bare = strings.Replace(bare, ",", ".", 1)
	}
	if isNumber(bare) {
		return number{text: bare, marks: marks}, nil
	}
	return number{}, odd(text)
}

// unmark takes known marks off both ends of a cell.
func (n *numbers) unmark(text string) (bare string, marks []string) {
	for again := true; again; {
		again = false
		for _, m := range n.marks {
			rest, found := strings.CutSuffix(text, m)
			if !found {
				rest, found = strings.CutPrefix(text, m)
			}
			if found {
				text, again = strings.TrimSpace(rest), true
				marks = append(marks, n.means[m])
				break
			}
		}
	}
	slices.Reverse(marks)
	return text, marks
}

// odd says what a cell is that is neither a number nor a sign for none, so that
// the setting that fits is named, and none that would lose the number.
func odd(text string) *problem.Problem {
	found := &problem.Problem{Code: "GW-D030", Value: problem.Short(text)}
	if !strings.ContainsAny(text, "0123456789") {
		return found
	}
	beside := func(r rune) bool { return !unicode.IsDigit(r) && !strings.ContainsRune("+-.,", r) }
	bare := strings.TrimFunc(text, beside)
	if isNumber(bare) {
		found.Code = "GW-D055"
		found.Near = problem.Short(strings.TrimSpace(strings.Replace(text, bare, "", 1)))
		return found
	}
	inside := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) || strings.ContainsRune("+-", r) {
			return -1
		}
		return r
	}, bare)
	found.Code, found.Near = "GW-D056", problem.Short(inside)
	return found
}

// check refuses settings that would take something away that means something.
func (t *tableSettings) check(node *strict.Node) error {
	for _, s := range t.Strip {
		if s == "" || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' }) {
			return wrong(node, "strip", s, "signs that only part digits, such as \" \" or \",\"; what means something goes into flag")
		}
	}
	if t.Decimal != "" && t.Decimal != "." && t.Decimal != "," {
		return wrong(node, "decimal", t.Decimal, "\".\" | \",\"")
	}
	for m, to := range t.Flag {
		if strings.Trim(m, "+-., ") == "" || to == "" || strings.ContainsFunc(m, unicode.IsDigit) {
			return wrong(node, "flag", m, "mark: meaning, such as {p: P, b: B}")
		}
	}
	return nil
}

func wrong(node *strict.Node, key, value, want string) error {
	found := &problem.Problem{Code: "GW-C005"}
	if at := node.Get(key); at != nil {
		found = at.Wrong("GW-C005", want)
	}
	found.Field, found.Value, found.Want = key, value, want
	return problem.Halt(found)
}

// isNumber is the grammar of a JSON number, a leading plus allowed.
func isNumber(s string) bool {
	s = strings.TrimPrefix(s, "+")
	s = strings.TrimPrefix(s, "-")
	s, whole := digits(s)
	if rest, ok := strings.CutPrefix(s, "."); ok {
		var fraction int
		s, fraction = digits(rest)
		whole += fraction
	}
	if whole == 0 {
		return false
	}
	if s == "" {
		return true
	}
	if s[0] != 'e' && s[0] != 'E' {
		return false
	}
	s = strings.TrimLeft(s[1:], "+-")
	s, exponent := digits(s)
	return s == "" && exponent > 0 && exponent <= 3
}

func digits(s string) (rest string, count int) {
	for count < len(s) && s[count] >= '0' && s[count] <= '9' {
		count++
	}
	return s[count:], count
}
