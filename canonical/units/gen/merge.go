package main

import (
	"fmt"
	"slices"
	"strings"
)

// unit is a row on its way out.
type unit struct {
	code, from, to, parent, decree, name string
	made                                 []string
}

// provinces gives the old and the new provinces. A province that went on as
// it was stays one unit, without an end.
func (in *lists) provinces() []unit {
	same := map[string]bool{}
	var all []unit
	for _, p := range in.merges {
		u := unit{code: p.Code, name: clean(p.Name), from: change, decree: in.decrees[""], made: madeOf(p.Merges)}
		if len(p.Merges) == 1 && p.Merges[0].Code == p.Code && clean(p.Merges[0].Name) == u.name {
			same[p.Code] = true
			u.from, u.made, u.decree = "", nil, ""
		}
		all = append(all, u)
	}
	for _, p := range in.old {
		if !same[p.Code] {
			all = append(all, unit{code: p.Code, name: clean(p.Name), to: change})
		}
	}
	return all
}

func (in *lists) olds() []unit {
	var all []unit
	for _, p := range in.old {
		for _, d := range p.Districts {
			all = append(all, unit{code: d.Code, name: clean(d.Name), to: change, parent: p.Code})
			for _, c := range d.Communes {
				all = append(all, unit{code: c.Code, name: clean(c.Name), to: change, parent: d.Code})
			}
		}
	}
	return all
}

// communes gives the communes of today, named as the official list names them.
func (in *lists) communes() ([]unit, error) {
	var all []unit
	for _, p := range in.merges {
		for _, c := range p.Communes {
			name, ok := in.official[c.Code]
			if !ok || len(c.Merges) == 0 {
				return nil, fmt.Errorf("%s %s: not in the official list, or made from nothing", c.Code, c.Name)
			}
			u := unit{code: c.Code, name: name, from: change, parent: p.Code, made: madeOf(c.Merges)}
			if unchanged := len(u.made) == 1 && u.made[0] == c.Code; !unchanged {
				u.decree = in.decrees[p.Code]
			}
			all = append(all, u)
		}
	}
	if len(all) != len(in.official) {
		return nil, fmt.Errorf("%d communes, the official list has %d", len(all), len(in.official))
	}
	return all, nil
}

func madeOf(merges []merge) []string {
	made := make([]string, 0, len(merges))
	for _, m := range merges {
		if m.Type == "full" {
			made = append(made, m.Code)
		} else {
			made = append(made, "~"+m.Code)
		}
	}
	slices.SortFunc(made, func(a, b string) int { return strings.Compare(strings.Trim(a, "~"), strings.Trim(b, "~")) })
	return made
}

// compare finds where the lists do not agree with each other.
func (in *lists) compare() []string {
	names, remarks := in.oldNames(), []string(nil)
	pairs := map[string]string{} // old and new code to the share
	for _, p := range in.merges {
		if official := in.province[p.Code]; strings.TrimPrefix(clean(p.Name), "Tỉnh ") != official {
			remarks = append(remarks, fmt.Sprintf("province %s: %q, dispatch 915 says %q", p.Code, p.Name, official))
		}
		for _, c := range p.Communes {
			if official := in.official[c.Code]; clean(c.Name) != official {
				remarks = append(remarks, fmt.Sprintf("%s: %q, dispatch 1027 says %q", c.Code, c.Name, official))
			}
			if !keepsCode(c.Code, c.Merges) && names[c.Code] != "" {
				remarks = append(remarks, fmt.Sprintf("doubtful: %s %q keeps the code of %q without being made from it", c.Code, c.Name, names[c.Code]))
			}
			for _, m := range c.Merges {
				pairs[m.Code+" "+c.Code] = m.Type
				if names[m.Code] != clean(m.Name) {
					remarks = append(remarks, fmt.Sprintf("%s from %s: %q, the old list says %q", c.Code, m.Code, m.Name, names[m.Code]))
				}
			}
		}
	}
	return append(remarks, in.compareSplits(pairs)...)
}

// keepsCode reports whether a unit carries on the code of one it was made from.
func keepsCode(code string, merges []merge) bool {
	return slices.ContainsFunc(merges, func(m merge) bool { return m.Code == code })
}

func (in *lists) compareSplits(pairs map[string]string) []string {
	var remarks []string
	listed := map[string]bool{}
	for _, p := range in.splits {
		for _, c := range p.Communes {
			for _, s := range c.Splits {
				key := c.Code + " " + s.NewCode
				listed[key] = true
				if share, ok := pairs[key]; !ok || (share == "full") != (len(c.Splits) == 1) {
					remarks = append(remarks, fmt.Sprintf("split %s: the merges say %q", key, share))
				}
			}
		}
		for _, d := range p.Districts {
			for _, s := range d.Splits {
				listed[d.Code+" "+s.NewCode] = true
			}
		}
	}
	for key := range pairs {
		if !listed[key] {
			remarks = append(remarks, "merge "+key+" is no split")
		}
	}
	slices.Sort(remarks)
	return remarks
}

func (in *lists) oldNames() map[string]string {
	names := map[string]string{}
	for _, p := range in.old {
		for _, d := range p.Districts {
			names[d.Code] = clean(d.Name)
			for _, c := range d.Communes {
				names[c.Code] = clean(c.Name)
			}
		}
	}
	return names
}
