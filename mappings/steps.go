package mappings

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/strict"
	"iocgateway/canonical/vntext"
)

// stepKind is what a cleaning step is: what argument it takes and which forms
// it suits.
type stepKind struct {
	name  string
	arg   string // none, text, number, regexp, texts
	forms []form // nil: every form
	apply func(r *values, v value, s *step) (value, bool)
}

// stepKinds lists the cleaning steps in the order they are documented.
func stepKinds() []stepKind {
	words := []form{formText, formCode}
	days := []form{formDate, formText}
	figures := []form{formDecimal, formInt, formFloat}
	return []stepKind{
		{"text_of", "texts", nil, stepTextOf},
		{"texts_of", "texts", nil, stepTextsOf},
		{"json", "none", nil, stepJSON},
		{"split", "text", nil, stepSplit},
		{"part", "text", nil, stepPart},
		{"match", "regexp", nil, stepMatch},
		{"cut_prefix", "text", nil, stepPrefix},
		{"cut_suffix", "text", nil, stepSuffix},
		{"head", "number", nil, stepHead},
		{"tail", "number", nil, stepTail},
		{"put_before", "text", nil, stepPutBefore},
		{"digits", "none", nil, stepDigits},
		{"whole", "none", nil, stepWhole},
		{"phone", "none", []form{formText}, stepPhone},
		{"upper", "none", words, stepUpper},
		{"lower", "none", words, stepLower},
		{"lines", "none", []form{formText}, stepNothing},
		{"strip_html", "none", []form{formText}, stepHTML},
		{"footnote", "none", figures, stepFootnote},
		{"shift", "number", []form{formDecimal}, stepShift},
		{"period_start", "none", days, stepPeriod(periodStart)},
		{"period_end", "none", days, stepPeriod(periodEnd)},
		{"period_flag", "none", words, stepPeriod(periodFlag)},
	}
}

func (c *compiler) steps(n *strict.Node, f *field) []step {
	if n == nil || n.Kind == strict.Null {
		return nil
	}
	items := n.Items
	if n.Kind != strict.List {
		items = []*strict.Node{n}
	}
	var out []step
	for _, item := range items {
		name, arg := item.Value, (*strict.Node)(nil)
		if item.Kind == strict.Map && len(item.Keys) == 1 {
			name, arg = item.Keys[0].Name, item.Keys[0].Value
		}
		if s, ok := c.step(item, name, arg, f); ok {
			out = append(out, s)
		}
	}
	return out
}

func (c *compiler) step(at *strict.Node, name string, arg *strict.Node, f *field) (step, bool) {
	kinds := stepKinds()
	i := slices.IndexFunc(kinds, func(k stepKind) bool { return k.name == name })
	if i < 0 {
		names := make([]string, len(kinds))
		for j, k := range kinds {
			names[j] = k.name
		}
		c.add(at.Unknown("GW-M015", name, names), f.path)
		return step{}, false
	}
	k := kinds[i]
	if k.forms != nil && !slices.Contains(k.forms, f.form) {
		p := at.Wrong("GW-M020", f.form.String())
		p.Value = name
		c.add(p, f.path)
		return step{}, false
	}
	s := step{name: name, apply: k.apply}
	return s, c.stepArg(&s, k, at, arg, f)
}

func (c *compiler) stepArg(s *step, k stepKind, at, arg *strict.Node, f *field) bool {
	given := c.texts(arg)
	refuse := func(want string) bool {
		p := at.Wrong("GW-M012", want)
		p.Field = f.path
		c.problems = append(c.problems, p)
		return false
	}
	if k.arg != "none" && k.arg != "texts" && len(given) == 0 {
		return refuse(k.name + ": " + k.arg)
	}
	switch k.arg {
	case "none":
		if len(given) > 0 {
			return refuse(k.name)
		}
	case "texts":
		s.keys = given
	default:
		if want := s.take(k, given); want != "" {
			return refuse(want)
		}
	}
	return true
}

// take reads the argument, or gives what it has to be.
func (s *step) take(k stepKind, given []string) (want string) {
	var err error
	switch s.arg = given[0]; k.arg {
	case "number":
		if s.n, err = strconv.Atoi(given[0]); err != nil || s.n < -400 || s.n > 4000 {
			return k.name + ": 5"
		}
	case "regexp":
		if s.re, err = regexp.Compile(given[0]); err != nil || len(given[0]) > 300 {
			return k.name + `: '^(\d+)' (RE2, ≤ 300 byte)`
		}
	case "text":
		if len(given) < 2 {
			return ""
		}
		if s.n, err = strconv.Atoi(given[1]); err != nil || k.name != "part" {
			return `part: [":", 0]`
		}
	}
	return ""
}

func stepNothing(_ *values, v value, _ *step) (value, bool) { return v, true }

func stepJSON(r *values, v value, _ *step) (value, bool) {
	if v.shape != text {
		return v, true
	}
	b := bytes.TrimSpace(v.b)
	if len(b) == 0 {
		return value{}, true
	}
	var s jsonscan.Scanner
	if s.Scan(nil, b, nil) != jsonscan.Sound {
		return v, false
	}
	return spanOf(b), true
}

func stepSplit(r *values, v value, s *step) (value, bool) {
	if v.shape == array {
		return v, true
	}
	out := []byte{'['}
	for piece := range bytes.SplitSeq(v.b, []byte(s.arg)) {
		if piece = bytes.TrimSpace(piece); len(piece) == 0 {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(jsonscan.AppendEscaped(append(out, '"'), piece), '"')
	}
	return value{b: append(out, ']'), shape: array}, true
}

func stepPart(_ *values, v value, s *step) (value, bool) {
	pieces := bytes.Split(v.b, []byte(s.arg))
	i := s.n
	if i < 0 {
		i += len(pieces)
	}
	if i < 0 || i >= len(pieces) {
		return value{}, true
	}
	return value{b: bytes.TrimSpace(pieces[i]), shape: text}, true
}

func stepMatch(_ *values, v value, s *step) (value, bool) {
	m := s.re.FindSubmatchIndex(v.b)
	switch {
	case m == nil:
		return value{}, true
	case len(m) >= 4 && m[2] >= 0:
		return value{b: v.b[m[2]:m[3]], shape: text}, true
	}
	return value{b: v.b[m[0]:m[1]], shape: text}, true
}

func stepPrefix(_ *values, v value, s *step) (value, bool) {
	v.b = bytes.TrimPrefix(v.b, []byte(s.arg))
	return v, true
}

func stepSuffix(_ *values, v value, s *step) (value, bool) {
	v.b = bytes.TrimSuffix(v.b, []byte(s.arg))
	return v, true
}

func stepPutBefore(_ *values, v value, s *step) (value, bool) {
	return value{b: append([]byte(s.arg), v.b...), shape: text}, true
}

func stepHead(_ *values, v value, s *step) (value, bool) {
	runes := []rune(string(v.b))
	if len(runes) > s.n && s.n >= 0 {
		v.b = []byte(string(runes[:s.n]))
	}
	v.shape = text
	return v, true
}

func stepTail(_ *values, v value, s *step) (value, bool) {
	runes := []rune(string(v.b))
	if len(runes) > s.n && s.n >= 0 {
		v.b = []byte(string(runes[len(runes)-s.n:]))
	}
	v.shape = text
	return v, true
}

func stepDigits(_ *values, v value, _ *step) (value, bool) {
	out := make([]byte, 0, len(v.b))
	for _, c := range v.b {
		if c >= '0' && c <= '9' {
			out = append(out, c)
		}
	}
	return value{b: out, shape: text}, true
}

func stepWhole(_ *values, v value, _ *step) (value, bool) {
	if whole, fraction, ok := bytes.Cut(v.b, []byte{'.'}); ok && len(bytes.Trim(fraction, "0")) == 0 {
		v.b = whole
	}
	return v, true
}

func stepPhone(_ *values, v value, _ *step) (value, bool) {
	plus := bytes.HasPrefix(bytes.TrimSpace(v.b), []byte("+"))
	out, _ := stepDigits(nil, v, nil)
	if bytes.HasPrefix(out.b, []byte("84")) && (plus || len(out.b) >= 11) {
		out.b = append([]byte{'0'}, bytes.TrimPrefix(out.b[2:], []byte("0"))...)
	}
	if len(out.b) < 8 {
		return v, true // nothing one could call: leave what stood there
	}
	return out, true
}

func stepUpper(_ *values, v value, _ *step) (value, bool) {
	return value{b: bytes.ToUpper(v.b), shape: text}, true
}

func stepLower(_ *values, v value, _ *step) (value, bool) {
	return value{b: bytes.ToLower(v.b), shape: text}, true
}

func stepFootnote(_ *values, v value, _ *step) (value, bool) {
	v.b = []byte(vntext.StripFootnote(string(v.b)))
	return v, true
}

func stepShift(r *values, v value, s *step) (value, bool) {
	style := vntext.StylePlain
	if v.shape == text {
		style = r.style
	}
	dec, err := vntext.ParseDecimal(strings.TrimSpace(string(v.b)), style)
	if err != nil {
		return v, false
	}
	return value{b: []byte(vntext.DecimalShift(dec, s.n)), shape: number}, true
}
