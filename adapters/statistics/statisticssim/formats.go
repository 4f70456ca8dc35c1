package statisticssim

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
)

// missing is the mark of a value that is not there.
const missing = ".."

// jsonStat2 is the cube as JSON-stat 2.0; without values where it is metadata
// only. byVI names dimensions as the first API does, positions as codes.
func (c cube) jsonStat2(withValues, byVI bool) map[string]any {
	dims, ids := map[string]any{}, []string{}
	role := map[string][]string{}
	for i, d := range c.Dims {
		id := d.Code
		if byVI {
			id = d.VI
		}
		ids = append(ids, id)
		cat := map[string]any{"index": indexOf(d.Codes), "label": labelsOf(d)}
		if i == 1 {
			unit := map[string]any{}
			for k, code := range d.Codes {
				unit[code] = map[string]any{"base": c.Units[k], "decimals": c.Digits[k]}
			}
			cat["unit"] = unit
			role["metric"] = []string{id}
		}
		if i == 0 {
			role["geo"] = []string{id}
		}
		if d.Time {
			role["time"] = []string{id}
		}
		dims[id] = map[string]any{"label": d.VI, "category": cat}
	}
	out := map[string]any{"version": "2.0", "class": "dataset", "label": c.title(), "source": "Thống kê tỉnh Quảng Ngãi",
		"updated": c.Updated.UTC().Format("2006-01-02T15:04:05Z"), "id": ids, "size": c.sizes(), "role": role, "dimension": dims,
		"extension": map[string]any{"px": map[string]any{"tableid": c.Topic.Table, "decimals": 2}}, "value": []any{}}
	if withValues {
		out["value"], out["status"] = c.numbers(), c.status()
	}
	return out
}

func (c cube) title() string {
	names := []string{}
	for _, d := range c.Dims {
		names = append(names, strings.ToLower(d.VI))
	}
	return c.Topic.Name + " chia theo " + strings.Join(names, ", ")
}

func indexOf(codes []string) map[string]int {
	out := make(map[string]int, len(codes))
	for i, c := range codes {
		out[c] = i
	}
	return out
}

func labelsOf(d dim) map[string]string {
	out := make(map[string]string, len(d.Codes))
	for i, c := range d.Codes {
		out[c] = d.Labels[i]
	}
	return out
}

func (c cube) numbers() []any {
	out := make([]any, len(c.Values))
	for i, v := range c.Values {
		if v != "" {
			out[i] = json.Number(v)
		}
	}
	return out
}

func (c cube) status() map[string]string {
	out := map[string]string{}
	for i, v := range c.Values {
		switch {
		case v == "":
			out[itoa(i)] = missing
		case c.Flags[i] != "":
			out[itoa(i)] = strings.ToLower(c.Flags[i])
		}
	}
	return out
}

// jsonStat1 is the cube as the JSON-stat 1.x bundle of the first API.
func (c cube) jsonStat1() map[string]any {
	v2 := c.jsonStat2(true, true)
	dims, _ := v2["dimension"].(map[string]any)
	dims["id"], dims["size"], dims["role"] = v2["id"], v2["size"], v2["role"]
	return map[string]any{"dataset": map[string]any{"dimension": dims, "label": v2["label"], "source": v2["source"], "updated": v2["updated"],
		"value": v2["value"], "status": v2["status"]}}
}

// csv is one row a cell of the first dimensions, a column a period.
func (c cube) csv() []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	last := len(c.Dims) - 1
	head := []string{}
	for _, d := range c.Dims[:last] {
		head = append(head, d.VI)
	}
	_ = w.Write(append(head, c.Dims[last].Labels...)) // a bytes.Buffer takes everything
	wide := len(c.Dims[last].Codes)
	for n := 0; wide > 0 && n < len(c.Values); n += wide {
		row := make([]string, last)
		rest := n / wide
		for i := last - 1; i >= 0; i-- {
			row[i] = c.Dims[i].Labels[rest%len(c.Dims[i].Codes)]
			rest /= len(c.Dims[i].Codes)
		}
		for _, v := range c.Values[n : n+wide] {
			if v == "" {
				v = missing
			}
			row = append(row, v)
		}
		_ = w.Write(row)
	}
	w.Flush()
	return b.Bytes()
}

// px is the cube as a PX file, in UTF-8.
func (c cube) px(byVI bool) []byte {
	var b bytes.Buffer
	quoted := func(list []string) string {
		q := make([]string, len(list))
		for i, s := range list {
			q[i] = `"` + strings.ReplaceAll(s, `"`, "'") + `"`
		}
		return strings.Join(q, ",")
	}
	last := len(c.Dims) - 1
	var stub []string
	for _, d := range c.Dims[:last] {
		stub = append(stub, d.VI)
	}
	fmt.Fprintf(&b, "CHARSET=\"ANSI\";\nAXIS-VERSION=\"2010\";\nCODEPAGE=\"utf-8\";\nLANGUAGE=\"vi\";\nCREATION-DATE=%q;\nDECIMALS=2;\nSHOWDECIMALS=2;\nMATRIX=%q;\n",
		c.Updated.Format("20060102 15:04"), c.Topic.Table)
	fmt.Fprintf(&b, "SUBJECT-CODE=%q;\nSUBJECT-AREA=%s;\nTITLE=%s;\nCONTENTS=%s;\nUNITS=%s;\nSTUB=%s;\nHEADING=%s;\n", c.Topic.Code,
		quoted([]string{c.Topic.Folder}),
		quoted([]string{c.title()}), quoted([]string{c.Topic.Name}), quoted([]string{"Xem tên chỉ tiêu"}), quoted(stub),
		quoted([]string{c.Dims[last].VI}))
	for _, d := range c.Dims {
		fmt.Fprintf(&b, "VALUES(%q)=%s;\n", d.VI, quoted(d.Labels))
		if !byVI {
			fmt.Fprintf(&b, "VARIABLECODE(%q)=%q;\nCODES(%q)=%s;\n", d.VI, d.Code, d.VI, quoted(d.Codes))
		}
	}
	fmt.Fprintf(&b, "SOURCE=\"Thống kê tỉnh Quảng Ngãi\";\nDATA=\n")
	wide := max(len(c.Dims[last].Codes), 1)
	for i, v := range c.Values {
		if v == "" {
			v = `"` + missing + `"`
		}
		b.WriteString(v)
		if (i+1)%wide == 0 {
			b.WriteString("\n")
		} else {
			b.WriteString(" ")
		}
	}
	b.WriteString(";\n")
	return b.Bytes()
}

// topicRows are the published values of a topic, for the file formats.
func (s *Sim) topicRows(topic string) []city.ObsView {
	var out []city.ObsView
	for _, v := range s.shown() {
		if v.Topic == topic {
			out = append(out, v)
		}
	}
	return out
}

// shown is what the office has published by now, as the faults let it be seen.
func (s *Sim) shown() []city.ObsView {
	if _, hit := s.faults.Hit(simkit.Empty, -1); hit {
		return nil
	}
	now := s.clock.Now()
	return simkit.Bend(s.faults, now, s.city.ObservationsAt(now), func(v city.ObsView, _ time.Time) city.ObsView { return v })
}
