package city

import (
	"fmt"
	"strconv"
	"time"

	"iocgateway/adapters/simkit"
)

// Indicator is one statistical indicator and its values.
type Indicator struct {
	Code      string // PCPI_IX …
	Name      string
	Unit      string // as printed: Nghìn tấn, %, Tỷ đồng
	UnitPower int    // power of ten of the unit: 9 for Tỷ đồng
	Freq      string // M, Q or A
	Topic     string // the table it stands in: one of Topics
	Decimals  int
	BasePer   string // base period of an index
	Obs       []Obs
}

// Topic is a table of ten indicators of one frequency.
type Topic struct {
	Code, Name, Folder string
	Freq               string
	Table              string // the table's number: V01.01
}

// Topics lists the tables.
func Topics() []Topic {
	return []Topic{
		{"CPI", "Chỉ số giá tiêu dùng", "Thương mại và giá cả", "M", "V08.01"},
		{"IIP", "Chỉ số sản xuất công nghiệp", "Công nghiệp", "M", "V07.01"},
		{"GDP", "Tổng sản phẩm trên địa bàn và một số chỉ tiêu kinh tế", "Tài khoản quốc gia", "Q", "V03.01"},
		{"BUD", "Ngân sách nhà nước, đầu tư công, doanh nghiệp và du lịch", "Tài khoản quốc gia", "Q", "V03.02"},
		{"POP", "Dân số và lao động", "Dân số và lao động", "A", "V02.01"},
		{"AGR", "Nông, lâm nghiệp và thủy sản", "Nông, lâm nghiệp và thủy sản", "A", "V06.01"},
	}
}

// Area is an area statistics are given for.
type Area struct{ Code, Name string }

// Areas lists the areas a topic's table has. Older provinces and new communes
// stand in one table, as in the originals.
func Areas(topic string) []Area {
	out := []Area{{ProvinceCode, "Toàn tỉnh"}}
	if topic == "POP" || topic == "AGR" {
		out = append(out, Area{"51.C", "Quảng Ngãi (cũ)"}, Area{"62.C", "Kon Tum (cũ)"})
	}
	if topic == "POP" {
		for _, c := range Communes()[:6] {
			out = append(out, Area{c.Code, c.Name})
		}
	}
	return out
}

// Obs is one value of an indicator in all its vintages.
type Obs struct {
	Area     string
	Period   string // 2026-09, 2026-Q3, 2026
	Start    time.Time
	Plan     string // the plan for the same period; empty where none
	Vintages []Vintage
}

// Vintage is what was published at a moment. Flag is "" final, P provisional,
// E estimated. An empty value was published as missing.
type Vintage struct {
	At    time.Time
	Value string
	Flag  string
}

// When is the moment.
func (v Vintage) When() time.Time { return v.At }

// ObsView is a value as of a moment.
type ObsView struct {
	*Indicator
	Obs  *Obs
	Now  Vintage
	Past int // how many vintages came before
}

// RowKey names the value.
func (v ObsView) RowKey() string { return v.Code + "|" + v.Obs.Area + "|" + v.Obs.Period }

// RowTime is when this vintage was published.
func (v ObsView) RowTime() time.Time { return v.Now.At }

// ObservationsAt lists what is published at t: indicator by indicator, area by
// area, period by period.
func (c *City) ObservationsAt(t time.Time) []ObsView {
	var out []ObsView
	for i := range c.Indicators {
		for k := range c.Indicators[i].Obs {
			o := &c.Indicators[i].Obs[k]
			if h := upTo(o.Vintages, t); len(h) > 0 {
				out = append(out, ObsView{&c.Indicators[i], o, h[len(h)-1], len(h) - 1})
			}
		}
	}
	return out
}

// Published is the time of the newest vintage at t of a topic ("" is any).
func (c *City) Published(topic string, t time.Time) time.Time {
	var last time.Time
	for _, v := range c.ObservationsAt(t) {
		if (topic == "" || v.Topic == topic) && v.Now.At.After(last) {
			last = v.Now.At
		}
	}
	return last
}

func (c *maker) makeIndicators() {
	for _, t := range Topics() {
		for _, n := range indicatorNames(t.Code) {
			if len(c.Indicators) >= c.Sizes.Indicators {
				return
			}
			ind := Indicator{Code: n.code, Name: n.name, Unit: n.unit, UnitPower: n.power, Freq: t.Freq, Topic: t.Code, Decimals: n.decimals,
				BasePer: n.index}
			for k, a := range Areas(t.Code) {
				// What adds up moves as one: its draws are the family's.
				walk := simkit.NewRand(c.Seed, "indicator "+n.family(), 0)
				r := simkit.NewRand(c.Seed, "indicator", len(c.Indicators)*len(Communes())+k)
				c.series(walk, r, &ind, a.Code, n)
			}
			c.Indicators = append(c.Indicators, ind)
		}
	}
}

// series writes the values of one area, from the first year until the end of
// what the city knows of its future.
func (c *maker) series(walk, r simkit.Rand, ind *Indicator, area string, n indicatorName) {
	start, months := time.Date(2023, 1, 1, 0, 0, 0, 0, Zone()), 1
	switch ind.Freq {
	case "Q":
		start, months = time.Date(2021, 1, 1, 0, 0, 0, 0, Zone()), 3
	case "A":
		start, months = time.Date(2016, 1, 1, 0, 0, 0, 0, Zone()), 12
	}
	end := c.Start.AddDate(0, 0, c.Sizes.Ahead)
	grown := 1.0
	for ; ; start = start.AddDate(0, months, 0) {
		out := start.AddDate(0, months, 5).Add(9 * time.Hour)
		if out.After(end) {
			return
		}
		grown *= 1 + float64(walk.Between(n.low, n.high))/10000
		level := n.at(area, grown)
		o := Obs{Area: area, Period: periodLabel(ind.Freq, start), Start: start}
		value := fixed(level, ind.Decimals)
		later := fixed(n.at(area, grown*(1+float64(walk.Between(-9, 9))/3000)), ind.Decimals)
		revised := walk.Chance(35)
		if len(area) == 5 && start.Year() < 2025 || r.Chance(0.5) { // a commune that did not exist, or a value that was not to be had
			value, revised = "", false
		}
		o.Vintages = append(o.Vintages, Vintage{out, value, firstFlag(ind.Freq, value)})
		if value != "" {
			if !revised {
				later = value
			}
			o.Vintages = append(o.Vintages, Vintage{start.AddDate(0, 2*months, 5).Add(9 * time.Hour), later, ""})
		}
		if ind.UnitPower > 0 && ind.Freq != "M" && area == ProvinceCode {
			o.Plan = fixed(level+level/50, ind.Decimals)
		}
		ind.Obs = append(ind.Obs, o)
	}
}

func firstFlag(freq, value string) string {
	switch {
	case value == "":
		return ""
	case freq == "M":
		return "E"
	}
	return "P"
}

func periodLabel(freq string, t time.Time) string {
	switch freq {
	case "M":
		return t.Format("2006-01")
	case "Q":
		return fmt.Sprintf("%d-Q%d", t.Year(), (int(t.Month())+2)/3)
	}
	return strconv.Itoa(t.Year())
}

// fixed writes n, counted in the last decimal, as an exact decimal number.
func fixed(n int64, decimals int) string {
	if decimals == 0 {
		return strconv.FormatInt(n, 10)
	}
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	s := fmt.Sprintf("%0*d", decimals+1, n)
	return sign + s[:len(s)-decimals] + "." + s[len(s)-decimals:]
}
