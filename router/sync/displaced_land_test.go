package sync

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"iocgateway/canonical"
)

// matter is a row as its source has it: what it is called, in three parts, and
// what it says.
type matter struct {
	parts [3]string
	value string
}

func (x matter) key() string { return strings.Join(x.parts[:], "|") }

// raw says each part once more, and something that follows from the last.
func (x matter) raw() canonical.Raw {
	return canonical.Raw{Kind: canonical.KindTask, Key: x.key(), Payload: fmt.Appendf(nil, `{"a":%q,"b":%q,"c":%q,"flag":"of %s","value":%q}`,
		x.parts[0], x.parts[1], x.parts[2], x.parts[2], x.value)}
}

// differsAt is the one part in which two keys differ; -1 where they do in none or several.
func differsAt(one, other matter) int {
	at := -1
	for i := range one.parts {
		if one.parts[i] != other.parts[i] {
			if at >= 0 {
				return -1
			}
			at = i
		}
	}
	return at
}

// land is a source with rows that are renamed, added and removed, and what the
// gateway must have of them: written to be read, every row held against every
// other. Where a row may be paired in more than one way it leaves open what comes
// of it.
type land struct {
	rows   []matter
	serial int

	live, held map[string]matter
	since      map[string]bool // published since the first listing in a row that was held
	open       bool            // the last listing was
}

func newLand(t *rapid.T) *land {
	l := &land{live: map[string]matter{}, held: map[string]matter{}, since: map[string]bool{}}
	states := rapid.SampledFrom([][]string{{"p"}, {"p", "q"}, {"p", "q", "r", "s", "t", "u"}}).Draw(t, "states")
	for place := range rapid.IntRange(10, 45).Draw(t, "places") {
		for _, state := range states {
			l.rows = append(l.rows, matter{[3]string{"T", fmt.Sprint("x", place), state}, l.fresh("v")})
		}
	}
	for range rapid.SampledFrom([]int{0, 0, 150, 400}).Draw(t, "others") { // what has nothing to do with it
		l.add()
	}
	return l
}

func (l *land) fresh(text string) string { l.serial++; return fmt.Sprint(text, l.serial) }

func (l *land) add() {
	l.rows = append(l.rows, matter{[3]string{l.fresh("o"), l.fresh("y"), l.fresh("z")}, l.fresh("v")})
}

// rename changes rows unless that makes two of one.
func (l *land) rename(which []int, change func(x *matter)) {
	there := map[string]bool{}
	for _, x := range l.rows {
		there[x.key()] = true
	}
	for _, i := range which {
		x := l.rows[i]
		if change(&x); !there[x.key()] {
			there[x.key()] = true
			l.rows[i] = x
		}
	}
}

// some are rows that have a part in common, or any.
func (l *land) some(t *rapid.T, at int) (which []int) {
	if len(l.rows) == 0 {
		return nil
	}
	like := l.rows[rapid.IntRange(0, len(l.rows)-1).Draw(t, "like")].parts[at]
	any, most := rapid.Bool().Draw(t, "any"), rapid.SampledFrom([]int{25, 60, 1000, 5, 19, 20}).Draw(t, "most")
	for i := range l.rows {
		if len(which) < most && (any || l.rows[i].parts[at] == like) {
			which = append(which, i)
		}
	}
	return which
}

// happen is what goes on at the source between two listings.
func (l *land) happen(t *rapid.T) {
	at := rapid.IntRange(0, 2).Draw(t, "part")
	switch rapid.IntRange(0, 9).Draw(t, "what") {
	case 0, 1, 8, 9: // a part changes, and all else stands, or nearly
		to, spoilt := l.fresh("f"), rapid.SampledFrom([]int{0, 0, 3, 12, 40}).Draw(t, "spoilt")
		own := rapid.IntRange(0, 3).Draw(t, "own") == 0 // each by itself
		l.rename(l.some(t, at), func(x *matter) {
			if own {
				to = l.fresh("f")
			}
			if x.parts[at] = to; spoilt > 0 {
				spoilt--
				x.value = l.fresh("w")
			}
		})
	case 2: // the next period
		to := l.fresh("f")
		l.rename(l.some(t, at), func(x *matter) { x.parts[at], x.value = to, l.fresh("w") })
	case 3: // other names for all: two parts
		l.rename(l.some(t, at), func(x *matter) { x.parts[at], x.parts[(at+1)%3] = l.fresh("f"), l.fresh("g") })
	case 4:
		for _, i := range slices.Backward(l.some(t, at)) {
			if len(l.rows) > 30 {
				l.rows = slices.Delete(l.rows, i, i+1)
			}
		}
	case 5:
		for range rapid.SampledFrom([]int{1, 25}).Draw(t, "added") {
			l.add()
		}
	case 6:
		l.rename(l.some(t, at), func(x *matter) { x.parts[at] = l.fresh("f"); x.value = l.fresh("w") })
	case 7: // they say something else
		for _, i := range l.some(t, at) {
			l.rows[i].value = l.fresh("w")
		}
	}
}

// listing is what the source lists: some rows twice.
func (l *land) listing(t *rapid.T) (all []matter) {
	twins := rapid.SampledFrom([]int{0, 0, 7}).Draw(t, "twins")
	for i, x := range l.rows {
		if all = append(all, x); twins > 0 && i%twins == 0 {
			all = append(all, x)
		}
	}
	return all
}
