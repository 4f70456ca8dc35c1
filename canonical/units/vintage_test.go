package units_test

import (
	"fmt"
	"testing"

	"iocgateway/canonical"
	"iocgateway/canonical/units"
)

const (
	lastOfOld  = canonical.Date("2025-06-30")
	firstOfNew = canonical.Date("2025-07-01")
)

// communesOn are the communes of a province on a day, with or without names.
func communesOn(tab *units.Table, province string, day canonical.Date, named bool) []units.Named {
	var out []units.Named
	for _, u := range tab.Units(province, day) {
		if len(u.Code) != 5 {
			continue
		}
		n := units.Named{Code: u.Code}
		if named {
			n.Name = u.Name
		}
		out = append(out, n)
	}
	return out
}

func TestFits(t *testing.T) {
	tab := table(t)
	provinces := []units.Named{}
	for _, u := range tab.Units("", firstOfNew) {
		if len(u.Code) == 2 {
			provinces = append(provinces, units.Named{Code: u.Code, Name: u.Name})
		}
	}
	english := communesOn(tab, "51", firstOfNew, true)
	for i := range english {
		english[i].Name = fmt.Sprintf("Commune no. %d", i)
	}
	plain := communesOn(tab, "51", firstOfNew, true)
	for i := range plain {
		plain[i].Name = plain[i].Name[len("Xã "):] // without its rank, or a piece of it
	}
	one := append(communesOn(tab, "51", firstOfNew, true)[1:], units.Named{Code: "99999", Name: "Xã Không Có"})
	for name, c := range map[string]struct {
		codes  []units.Named
		day    canonical.Date
		fit    int
		others string
	}{
		"today's, with names":          {communesOn(tab, "51", firstOfNew, true), firstOfNew, 96, "2025-06-30: 27"},
		"the old ones, with names":     {communesOn(tab, "51", lastOfOld, true), lastOfOld, 170, "2025-07-01: 13"},
		"today's by codes alone":       {communesOn(tab, "51", firstOfNew, false), firstOfNew, 96, "2025-06-30: 95"},
		"the old ones by codes alone":  {communesOn(tab, "51", lastOfOld, false), lastOfOld, 170, "2025-07-01: 55"},
		"names of no list say nothing": {english, firstOfNew, 96, "2025-06-30: 95"},
		"provinces":                    {provinces, firstOfNew, 34, "2025-06-30: 27"},
		"95 of 96":                     {one, firstOfNew, 95, "2025-06-30: 27"},
		"none":                         {nil, firstOfNew, 0, "2025-06-30: 0"},
	} {
		fits := tab.Fits(c.codes)
		v := units.Verdict{Fits: fits}
		if fits[0].Day != c.day || fits[0].Codes != c.fit || v.Others() != c.others {
			t.Errorf("%s: %+v, want %d on %s; %s", name, fits, c.fit, c.day, c.others)
		}
	}
	if fits := tab.Fits(plain[:5]); fits[0].Day != firstOfNew {
		t.Errorf("%+v", fits)
	}
}

func TestVintage(t *testing.T) {
	tab := table(t)
	gather := func(codes []units.Named, on canonical.Date) *units.Vintage {
		v := units.NewVintage(tab)
		for _, c := range codes {
			v.Add(c.Code, c.Name, on)
		}
		return v
	}
	today, old := communesOn(tab, "51", firstOfNew, true), communesOn(tab, "51", lastOfOld, true)
	bare := communesOn(tab, "51", firstOfNew, false)
	for name, c := range map[string]struct {
		v            *units.Vintage
		of           int
		as           canonical.Date
		right, other int
	}{
		"right":                         {v: gather(today, firstOfNew), of: 96},
		"right, much later":             {v: gather(today, "2031-12-31"), of: 96},
		"right, the old ones":           {v: gather(old, "2016-01-01"), of: 170},
		"today's for an old year":       {v: gather(today, "2016-01-01"), of: 96, as: lastOfOld, right: 27, other: 96},
		"old ones as of today":          {v: gather(old, "2026-01-01"), of: 170, as: firstOfNew, right: 13, other: 170},
		"today's for an old year, bare": {v: gather(bare, "2016-01-01"), of: 96, as: lastOfOld, right: 95, other: 96},
		"a few of them, bare":           {v: gather(bare[:20], "2016-01-01"), of: 20},
		"a few of them, named":          {v: gather(today[:20], "2016-01-01"), of: 20, as: lastOfOld, right: 5, other: 20},
		"two are too few":               {v: gather(today[:2], "2016-01-01"), of: 2},
		"nobody says as of when":        {v: gather(today, ""), of: 96},
		"no codes of units":             {v: gather([]units.Named{{Code: "VN"}, {Code: "_T"}, {Code: "1"}, {Code: "2024"}}, "2016-01-01")},
	} {
		got := c.v.Verdict()
		if got.Of != c.of || got.As != c.as || got.Right != c.right || got.Other.Codes != c.other {
			t.Errorf("%s: %+v", name, got)
		}
	}
	both := gather(today, firstOfNew)
	for _, c := range old {
		both.Add(c.Code, c.Name, "2024-12-31")
	}
	if got := both.Verdict(); got.As != "" || got.Of < 200 {
		t.Errorf("each as of its own day: %+v", got)
	}
	if lists := tab.Lists(); len(lists) != 2 || tab.List("2020-01-01") != lastOfOld || tab.List("2025-07-01") != firstOfNew ||
		tab.List("2025-06-30") != lastOfOld {
		t.Errorf("lists %v", lists)
	}
}
