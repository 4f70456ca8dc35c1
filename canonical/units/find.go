package units

import (
	"strings"
	"unicode"

	"iocgateway/canonical"
	"iocgateway/canonical/vntext"
)

// Find looks a unit up by a name as people write it, on a day, below a
// province or district (empty: anywhere). It compares, from strict to loose:
// the name with its rank, the name alone, then both without tone and vowel
// marks, with đ as d, y as i and no punctuation; so Đăk and Đắk, Hòa and
// Hoà, NFC and NFD are one. Only the strictest matches are given.
//
// More than one answer means that the name alone does not decide: whoever
// asks must not pick one.
func (t *Table) Find(name, parent string, day canonical.Date) []canonical.Unit {
	if !realDay(day) || len(name) > 400 {
		return nil
	}
	asked := fold(name)
	if asked.loose == "" {
		return nil
	}
	var found []canonical.Unit
	best := 0
	for _, n := range t.names()[asked.loose] {
		u := &t.units[n.unit]
		if !u.on(string(day)) || parent != "" && u.parent != parent && u.province != parent {
			continue
		}
		got := asked.against(fold(n.name))
		if got > best {
			best, found = got, found[:0]
		}
		if got == best {
			found = append(found, t.export(n.unit))
		}
	}
	return found
}

// index lists names by their loosest form.
func (t *Table) index() map[string][]named {
	names := make(map[string][]named, len(t.units))
	for i := range t.units {
		name := t.units[i].name
		key := fold(name).loose
		names[key] = append(names[key], named{unit: int32(i), name: name})
	}
	for _, a := range t.aliases {
		key := fold(a.name).loose
		if key != fold(t.units[a.unit].name).loose { // found under its own name already
			names[key] = append(names[key], a)
		}
	}
	return names
}

// folded is a name in the two forms it is compared in, without its rank.
type folded struct {
	rank  string // xa, phuong …; empty where none was written
	exact string // NFC, lower case
	loose string
}

// against grades how well a unit's name fits what was asked, from 1 up.
func (f folded) against(unit folded) int {
	grade := 1
	if f.rank == "" || f.rank == unit.rank {
		grade++
	}
	if f.exact == unit.exact {
		grade += 2
	}
	return grade
}

func fold(name string) folded {
	words := strings.Fields(strings.ToLower(vntext.NFC(strings.ToValidUTF8(name, ""))))
	rank, rest := splitRank(words)
	for i, w := range rest {
		if w == "đắk" {
			rest[i] = "đăk" // the lists write both for one word
		}
	}
	return folded{rank: rank, exact: strings.Join(rest, " "), loose: loosen(strings.Join(rest, " "))}
}

// splitRank takes the rank off the words of a name. What remains is never
// empty.
func splitRank(words []string) (rank string, rest []string) {
	if len(words) == 0 {
		return "", nil
	}
	if short, name, ok := strings.Cut(words[0], "."); ok && rankOf(short) != "" {
		if name != "" {
			return rankOf(short), append([]string{name}, words[1:]...)
		}
		if len(words) > 1 {
			return rankOf(short), words[1:]
		}
	}
	if len(words) > 2 {
		if r := rankOf(words[0] + " " + words[1]); r != "" {
			return r, words[2:]
		}
	}
	if len(words) > 1 {
		if r := rankOf(words[0]); r != "" {
			return r, words[1:]
		}
	}
	return "", words
}

func rankOf(word string) string {
	switch plain := vntext.Fold(word); plain {
	case "xa", "phuong", "thi tran", "dac khu", "huyen", "quan", "thi xa", "thanh pho", "tinh":
		return plain
	case "x":
		return "xa"
	case "p", "ph":
		return "phuong"
	case "tt":
		return "thi tran"
	case "dk":
		return "dac khu"
	case "h":
		return "huyen"
	case "q":
		return "quan"
	case "tx":
		return "thi xa"
	case "tp":
		return "thanh pho"
	case "t":
		return "tinh"
	}
	return ""
}

// loosen leaves letters and digits without marks, y as i, and numbers
// without leading zeros: ward 01 is ward 1.
func loosen(s string) string {
	var b strings.Builder
	number := false // the digit before belongs to the same number
	for _, r := range vntext.Fold(s) {
		switch {
		case r == '0' && !number:
			continue
		case r == 'y':
			r = 'i'
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			number = false
			continue
		}
		number = unicode.IsDigit(r)
		b.WriteRune(r)
	}
	return b.String()
}
