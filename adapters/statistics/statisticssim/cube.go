package statisticssim

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
)

func itoa(n int) string { return strconv.Itoa(n) }

// dim is a dimension of a cube. Code is what PxWebApi 2 calls it, VI what the
// first API does.
type dim struct {
	Code, VI string
	Codes    []string
	Labels   []string
	Time     bool
}

// cube is a table as of a moment: the values in row-major order.
type cube struct {
	Topic   city.Topic
	Updated time.Time
	Dims    []dim
	Units   []string // of the indicators
	Digits  []int
	Values  []string // empty is missing
	Flags   []string // P, E or empty
}

func (c cube) sizes() []int {
	out := make([]int, len(c.Dims))
	for i, d := range c.Dims {
		out[i] = len(d.Codes)
	}
	return out
}

func (c cube) cells() int {
	n := 1
	for _, s := range c.sizes() {
		n *= s
	}
	return n
}

// cube makes the table of a topic as of now.
func (s *Sim) cube(t city.Topic) cube {
	at := map[string]city.ObsView{}
	periods, plans := map[string]time.Time{}, false
	var indicators []*city.Indicator
	updated := time.Time{}
	for _, v := range s.shown() {
		if v.Topic != t.Code {
			continue
		}
		at[v.RowKey()] = v
		periods[v.Obs.Period] = v.Obs.Start
		plans = plans || v.Obs.Plan != ""
		if len(indicators) == 0 || indicators[len(indicators)-1] != v.Indicator {
			indicators = append(indicators, v.Indicator)
		}
		if v.Now.At.After(updated) {
			updated = v.Now.At
		}
	}
	c := cube{Topic: t, Updated: updated, Dims: s.dims(t, indicators, periods, plans, provisional(at))}
	for _, ind := range indicators {
		c.Units, c.Digits = append(c.Units, ind.Unit), append(c.Digits, ind.Decimals)
	}
	c.fill(at, plans)
	return c
}

// provisional is which years have provisional values.
func provisional(at map[string]city.ObsView) map[string]bool {
	out := map[string]bool{}
	for _, v := range at {
		if v.Now.Flag == "P" {
			out[v.Obs.Period] = true
		}
	}
	return out
}

func (s *Sim) dims(t city.Topic, indicators []*city.Indicator, periods map[string]time.Time, plans bool, soBo map[string]bool) []dim {
	area, ind := dim{Code: "Area", VI: "Địa bàn"}, dim{Code: "Indicator", VI: "Chỉ tiêu"}
	for _, a := range city.Areas(t.Code) {
		area.Codes, area.Labels = append(area.Codes, a.Code), append(area.Labels, a.Name)
	}
	for _, i := range indicators {
		ind.Codes, ind.Labels = append(ind.Codes, i.Code), append(ind.Labels, i.Name+" ("+i.Unit+")")
	}
	out := []dim{area, ind}
	if plans {
		out = append(out, dim{Code: "Type", VI: "Loại số liệu", Codes: []string{"A", "P"}, Labels: []string{"Thực hiện", "Kế hoạch"}})
	}
	span := dim{Code: "Time", VI: map[string]string{"M": "Tháng", "Q": "Quý", "A": "Năm"}[t.Freq], Time: true}
	var names []string
	for p := range periods {
		names = append(names, p)
	}
	slices.Sort(names)
	if _, hit := s.faults.Hit(simkit.Shift, -1); hit && len(names) > 0 { // an older period comes in upstream
		names = append([]string{before(t.Freq, periods[names[0]])}, names...)
	}
	for _, p := range names {
		span.Codes = append(span.Codes, strings.Replace(strings.Replace(p, "-Q", "Q", 1), "-", "M", 1))
		span.Labels = append(span.Labels, label(t.Freq, p, soBo[p]))
	}
	return append(out, span)
}

func before(freq string, start time.Time) string {
	switch freq {
	case "M":
		return start.AddDate(0, -1, 0).Format("2006-01")
	case "Q":
		start = start.AddDate(0, -3, 0)
		return itoa(start.Year()) + "-Q" + itoa((int(start.Month())+2)/3)
	}
	return itoa(start.Year() - 1)
}

// label is how the tables print a period: Tháng 9/2026, Quý 3/2026, 2025 or
// Sơ bộ 2025.
func label(freq, period string, soBo bool) string {
	switch freq {
	case "M":
		return "Tháng " + strings.TrimPrefix(period[5:], "0") + "/" + period[:4]
	case "Q":
		return "Quý " + period[6:] + "/" + period[:4]
	}
	if soBo {
		return "Sơ bộ " + period
	}
	return period
}

// period turns a code back: 2026M09 is 2026-09.
func period(code string) string {
	if strings.Contains(code, "Q") {
		return strings.Replace(code, "Q", "-Q", 1)
	}
	return strings.Replace(code, "M", "-", 1)
}

// fill puts the values in row-major order.
func (c *cube) fill(at map[string]city.ObsView, plans bool) {
	kinds := []string{"A"}
	if plans {
		kinds = c.Dims[2].Codes
	}
	for _, a := range c.Dims[0].Codes {
		for _, i := range c.Dims[1].Codes {
			for _, k := range kinds {
				c.line(at, i+"|"+a+"|", k)
			}
		}
	}
}

// line adds one value a period.
func (c *cube) line(at map[string]city.ObsView, series, kind string) {
	for _, p := range c.Dims[len(c.Dims)-1].Codes {
		value, flag := "", ""
		if v, ok := at[series+period(p)]; ok && kind == "A" {
			value, flag = v.Now.Value, v.Now.Flag
		} else if ok {
			value = v.Obs.Plan
		}
		c.Values, c.Flags = append(c.Values, value), append(c.Flags, flag)
	}
}

// pick is the cube of the positions chosen of each dimension; nil is all.
func (c cube) pick(chosen [][]int) cube {
	out := c
	out.Dims, out.Values, out.Flags = slices.Clone(c.Dims), nil, nil
	for i := range chosen {
		if chosen[i] == nil {
			for k := range c.Dims[i].Codes {
				chosen[i] = append(chosen[i], k)
			}
		}
		d := c.Dims[i]
		d.Codes, d.Labels = nil, nil
		for _, k := range chosen[i] {
			d.Codes, d.Labels = append(d.Codes, c.Dims[i].Codes[k]), append(d.Labels, c.Dims[i].Labels[k])
		}
		out.Dims[i] = d
	}
	out.Units, out.Digits = nil, nil
	for _, k := range chosen[1] {
		out.Units, out.Digits = append(out.Units, c.Units[k]), append(out.Digits, c.Digits[k])
	}
	sizes, at := c.sizes(), make([]int, len(chosen))
	for n := range out.cells() {
		rest := n
		for i := len(chosen) - 1; i >= 0; i-- {
			at[i] = chosen[i][rest%len(chosen[i])]
			rest /= len(chosen[i])
		}
		from := 0
		for i, k := range at {
			from = from*sizes[i] + k
		}
		out.Values, out.Flags = append(out.Values, c.Values[from]), append(out.Flags, c.Flags[from])
	}
	return out
}
