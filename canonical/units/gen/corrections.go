package main

import (
	"fmt"
	"slices"
)

// correction moves a source of a new unit to another, where the merges list
// contradicts the resolution, which is the law.
type correction struct {
	old, from, to, why string
}

func corrections() []correction {
	return []correction{
		{"23521", "23425", "23500",
			"Nghị quyết 1677/NQ-UBTVQH15, Điều 1: khoản 56 nhập xã Hà Mòn vào xã Đăk Hà, khoản 62 lập xã Tu Mơ Rông không có xã Hà Mòn"},
	}
}

// aliases are names that the resolution gives to old units of the list that
// spells them otherwise.
func aliases() [][2]string {
	return [][2]string{
		{"23344", "Xã Đăk Plô"}, {"23395", "Xã Pờ Y"}, {"23404", "Xã Ngọk Lây"},
		{"23413", "Xã Ngọk Yêu"}, {"23458", "Xã Măng Bút"},
	}
}

// correct applies the corrections to merges and splits alike, and fails when
// one no longer fits: then the lists were mended, or mean something else.
func (in *lists) correct() error {
	for _, c := range corrections() {
		from, to := in.merged(c.from), in.merged(c.to)
		if from == nil || to == nil {
			return fmt.Errorf("correction of %s: no %s or %s", c.old, c.from, c.to)
		}
		i := slices.IndexFunc(*from, func(m merge) bool { return m.Code == c.old })
		if i < 0 || slices.ContainsFunc(*to, func(m merge) bool { return m.Code == c.old }) {
			return fmt.Errorf("correction of %s no longer fits", c.old)
		}
		*to = append(*to, (*from)[i])
		*from = slices.Delete(*from, i, i+1)
		in.resplit(c)
		fmt.Printf("corrected: %s from %s to %s: %s\n", c.old, c.from, c.to, c.why)
	}
	return nil
}

func (in *lists) merged(code string) *[]merge {
	for p := range in.merges {
		for c := range in.merges[p].Communes {
			if in.merges[p].Communes[c].Code == code {
				return &in.merges[p].Communes[c].Merges
			}
		}
	}
	return nil
}

func (in *lists) resplit(fix correction) {
	for p := range in.splits {
		for c := range in.splits[p].Communes {
			commune := &in.splits[p].Communes[c]
			for s := range commune.Splits {
				if commune.Code == fix.old && commune.Splits[s].NewCode == fix.from {
					commune.Splits[s].NewCode = fix.to
				}
			}
		}
	}
}
