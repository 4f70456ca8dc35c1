package statistics

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// box is a slice of a table: for each variable a range of its chosen values,
// from inclusive, to exclusive.
type box [][2]int

func (b box) cells() int {
	n := 1
	for _, r := range b {
		n *= r[1] - r[0]
	}
	return n
}

// halves cuts a box in two along its longest side.
func (b box) halves() (first, second box) {
	side := 0
	for i, r := range b {
		if r[1]-r[0] > b[side][1]-b[side][0] {
			side = i
		}
	}
	first, second = slices.Clone(b), slices.Clone(b)
	middle := (b[side][0] + b[side][1]) / 2
	first[side][1], second[side][0] = middle, middle
	return first, second
}

func (m *metadata) whole() box {
	b := make(box, len(m.vars))
	for i, v := range m.vars {
		b[i] = [2]int{0, len(v.chosen)}
	}
	return b
}

// fits guards against a checkpoint that is not of this table.
func (m *metadata) fits(boxes []box) bool {
	for _, b := range boxes {
		if len(b) != len(m.vars) {
			return false
		}
		for i, r := range b {
			if r[0] < 0 || r[0] >= r[1] || r[1] > len(m.vars[i].chosen) {
				return false
			}
		}
	}
	return true
}

// dims gives the chosen values as the axes of a cube.
func (m *metadata) dims() []dimension {
	out := make([]dimension, len(m.vars))
	for i, v := range m.vars {
		out[i].codes = make([]string, len(v.chosen))
	}
	return out
}

// choose finds the values wanted, by their texts, in the table as it is now.
func (m *metadata) choose(wanted map[string][]string) error {
	for name := range wanted {
		if !slices.ContainsFunc(m.vars, func(v variable) bool { return v.named(name) }) {
			return m.unknown("pxweb.select", name, m.names())
		}
	}
	for i := range m.vars {
		v := &m.vars[i]
		var want []string
		for name, values := range wanted {
			if v.named(name) {
				want = values
			}
		}
		if err := v.choose(want); err != nil {
			return err
		}
	}
	m.fingerprint()
	return nil
}

func (m *metadata) names() []string {
	var out []string
	for _, v := range m.vars {
		out = append(out, v.text)
	}
	return out
}

func (*metadata) unknown(field, value string, known []string) error {
	return &problem.Problem{Code: "GW-D034", Field: field, Value: problem.Short(value), Want: problem.Short(strings.Join(known, ", ")),
		Near: problem.Near(value, known)}
}

func (v *variable) named(name string) bool { return sameText(v.code, name) || sameText(v.text, name) }

func (v *variable) choose(want []string) error {
	v.chosen = nil
	picked := make([]bool, len(v.values))
	if len(want) == 0 {
		want = []string{"*"}
	}
	for _, w := range want {
		fits, err := v.picker(w)
		if err != nil {
			return err
		}
		some := false
		for i := range v.values {
			if fits(i) {
				picked[i], some = true, true
			}
		}
		if !some && w != "*" {
			return (&metadata{}).unknown("pxweb.select."+v.text, w, v.texts)
		}
	}
	for i, p := range picked {
		if p {
			v.chosen = append(v.chosen, i)
		}
	}
	if len(v.chosen) == 0 {
		return (&metadata{}).unknown("pxweb.select."+v.text, "*", v.texts)
	}
	return nil
}

// picker understands one wish: *, top:n (the last n), /pattern/, a text, or a code.
func (v *variable) picker(want string) (func(int) bool, error) {
	last, isTop := strings.CutPrefix(want, "top:")
	switch {
	case want == "*":
		return func(int) bool { return true }, nil
	case isTop:
		n, err := strconv.Atoi(last)
		if err != nil || n < 1 {
			return nil, (&metadata{}).unknown("pxweb.select."+v.text, want, v.texts)
		}
		return func(i int) bool { return i >= len(v.values)-n }, nil
	case len(want) > 2 && want[0] == '/' && want[len(want)-1] == '/':
		re, err := regexp.Compile(want[1 : len(want)-1])
		if err != nil {
			return nil, (&metadata{}).unknown("pxweb.select."+v.text, want, v.texts)
		}
		return func(i int) bool { return re.MatchString(vntext.NFC(v.texts[i])) }, nil
	}
	byText := slices.ContainsFunc(v.texts, func(t string) bool { return sameText(t, want) })
	return func(i int) bool {
		if byText {
			return sameText(v.texts[i], want)
		}
		return v.values[i] == want && !positional(v.values, v.texts) // a position is no name
	}, nil
}

var (
	errAxes  = errors.New("the answer has other variables than the table")
	errMoved = errors.New("the answer's values are not those asked for: the table changed meanwhile")
)

// settle gives an answer's axes the meaning that the whole table has for them,
// and makes sure that the answer holds what was asked for.
func (m *metadata) settle(c *cube, b box, cfg *tableSettings) error {
	if len(c.dims) != len(m.vars) {
		return errAxes
	}
	for i := range c.dims {
		d := &c.dims[i]
		at := slices.IndexFunc(m.vars, func(v variable) bool { return v.code == d.id || sameText(v.text, d.id) || sameText(v.text, d.label) })
		if at < 0 {
			return errAxes
		}
		v := &m.vars[at]
		if !v.answered(d, v.chosen[b[at][0]:b[at][1]]) {
			return errMoved
		}
		d.id, d.ordinal, d.time = v.code, cfg.ordinal(v.values, v.texts), v.time
		if len(d.when) == 0 { // a slice does not show how far the numbers go
			d.freq = numberedFreq(v.texts, v.code, v.text)
		}
	}
	c.time = c.timeAxis(cfg)
	c.title = m.title
	return nil
}

// answered reports whether an axis holds exactly the chosen values.
func (v *variable) answered(d *dimension, chosen []int) bool {
	if len(chosen) != len(d.codes) {
		return false
	}
	for j, position := range chosen {
		if !sameText(d.label0(j), v.texts[position]) {
			return false
		}
	}
	return true
}

func (v *variable) codes(from, to int) []string {
	out := make([]string, 0, to-from)
	for _, i := range v.chosen[from:to] {
		out = append(out, v.values[i])
	}
	return out
}

func (v *variable) check() error {
	if len(v.values) == 0 || len(v.values) != len(v.texts) {
		return fmt.Errorf("variable %q: %d values, %d texts", problem.Short(v.text), len(v.values), len(v.texts))
	}
	return nil
}
