package statisticssim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
)

// folders answers the root of the first API.
func (s *Sim) folders(w http.ResponseWriter, _ *http.Request) {
	out := []map[string]string{}
	var seen []string
	for _, t := range city.Topics() {
		if !slices.Contains(seen, t.Folder) {
			seen = append(seen, t.Folder)
			out = append(out, map[string]string{"id": t.Folder, "type": "l", "text": t.Folder})
		}
	}
	simkit.WriteJSON(w, http.StatusOK, out)
}

func (s *Sim) folder(w http.ResponseWriter, r *http.Request) {
	out := []map[string]string{}
	for _, t := range city.Topics() {
		if t.Folder == r.PathValue("folder") {
			out = append(out, map[string]string{"id": t.Table + ".px", "type": "t", "text": t.Name,
				"updated": s.city.Published(t.Code, s.clock.Now()).Format("2006-01-02T15:04:05")})
		}
	}
	if len(out) == 0 {
		http.NotFound(w, r)
		return
	}
	simkit.WriteJSON(w, http.StatusOK, out)
}

// meta1 answers a table's metadata: values are positions, valueTexts the labels.
func (s *Sim) meta1(w http.ResponseWriter, r *http.Request) {
	t, ok := topicOfTable(r.PathValue("table"))
	if !ok || t.Folder != r.PathValue("folder") {
		http.NotFound(w, r)
		return
	}
	c := s.cube(t)
	vars := []map[string]any{}
	for _, d := range c.Dims {
		positions := []string{}
		for i := range d.Codes {
			positions = append(positions, itoa(i))
		}
		v := map[string]any{"code": d.VI, "text": d.VI, "values": positions, "valueTexts": d.Labels}
		if d.Time {
			v["time"] = true
		}
		vars = append(vars, v)
	}
	simkit.WriteJSON(w, http.StatusOK, map[string]any{"title": c.title(), "variables": vars})
}

type query1 struct {
	Query []struct {
		Code      string `json:"code"`
		Selection struct {
			Filter string   `json:"filter"`
			Values []string `json:"values"`
		} `json:"selection"`
	} `json:"query"`
	Response struct {
		Format string `json:"format"`
	} `json:"response"`
}

// query1 answers a query of the first API: px, json-stat, json-stat2 or csv.
func (s *Sim) query1(w http.ResponseWriter, r *http.Request) {
	t, ok := topicOfTable(r.PathValue("table"))
	if !ok || t.Folder != r.PathValue("folder") {
		http.NotFound(w, r)
		return
	}
	var q query1
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&q); err != nil {
		simkit.WriteJSON(w, http.StatusBadRequest, map[string]string{"error": "Bad request"})
		return
	}
	c := s.cube(t)
	chosen := make([][]int, len(c.Dims))
	for _, part := range q.Query {
		i := slices.IndexFunc(c.Dims, func(d dim) bool { return d.VI == part.Code })
		if i < 0 {
			simkit.WriteJSON(w, http.StatusBadRequest, map[string]string{"error": "Unknown variable"})
			return
		}
		var err error
		if chosen[i], err = positions(part.Selection.Filter, part.Selection.Values, len(c.Dims[i].Codes)); err != nil {
			simkit.WriteJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			return
		}
	}
	if cellsOf(c, chosen) > s.opt.MaxCells {
		http.Error(w, "Too large query result", http.StatusForbidden)
		return
	}
	c = positional(c.pick(chosen), chosen)
	switch q.Response.Format {
	case "json-stat":
		simkit.WriteJSON(w, http.StatusOK, c.jsonStat1())
	case "json-stat2":
		simkit.WriteJSON(w, http.StatusOK, c.jsonStat2(true, true))
	case "csv":
		send(w, "text/csv; charset=utf-8", c.csv())
	case "px", "":
		send(w, "application/octet-stream", c.px(true))
	default:
		simkit.WriteJSON(w, http.StatusBadRequest, map[string]string{"error": "Unknown format"})
	}
}

func send(w http.ResponseWriter, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(body)
}

// positional gives the categories their positions as codes.
func positional(c cube, chosen [][]int) cube {
	for i := range c.Dims {
		codes := make([]string, len(chosen[i]))
		for k, p := range chosen[i] {
			codes[k] = itoa(p)
		}
		c.Dims[i].Codes = codes
	}
	return c
}

// positions reads a selection: item, all or top.
func positions(filter string, values []string, size int) ([]int, error) {
	switch filter {
	case "all":
		return nil, nil
	case "top":
		if len(values) == 1 {
			if n, err := strconv.Atoi(values[0]); err == nil && n > 0 {
				return lastOf(n, size), nil
			}
		}
		return nil, fmt.Errorf("Bad selection")
	case "item":
		out := []int{}
		for _, v := range values {
			n, err := strconv.Atoi(v)
			if err != nil || n < 0 || n >= size || slices.Contains(out, n) {
				return nil, fmt.Errorf("Bad value")
			}
			out = append(out, n)
		}
		if len(out) == 0 {
			return nil, fmt.Errorf("Empty selection")
		}
		return out, nil
	}
	return nil, fmt.Errorf("Unknown filter")
}

func lastOf(n, size int) []int {
	out := []int{}
	for i := max(size-n, 0); i < size; i++ {
		out = append(out, i)
	}
	return out
}

func cellsOf(c cube, chosen [][]int) int {
	n := 1
	for i, d := range c.Dims {
		if chosen[i] == nil {
			n *= len(d.Codes)
		} else {
			n *= len(chosen[i])
		}
	}
	return n
}

// config2 answers /api/v2/config.
func (s *Sim) config2(w http.ResponseWriter, _ *http.Request) {
	simkit.WriteJSON(w, http.StatusOK,
		map[string]any{"apiVersion": "2.0", "languages": []map[string]string{{"id": "vi", "label": "Tiếng Việt"}},
			"defaultLanguage": "vi", "maxDataCells": s.opt.MaxCells, "maxCallsPerTimeWindow": max(s.opt.MaxCalls, 0),
			"timeWindow":        int(s.opt.Window.Seconds()),
			"defaultDataFormat": "json-stat2", "dataFormats": []string{"json-stat2", "csv", "px"}, "license": "", "features": []any{}})
}

func tableID(i int) string { return fmt.Sprintf("TAB%03d", i+1) }

func (s *Sim) tableOf2(i int, t city.Topic) map[string]any {
	c := s.cube(t)
	names := []string{}
	for _, d := range c.Dims {
		names = append(names, strings.ToLower(d.VI))
	}
	span := c.Dims[len(c.Dims)-1].Codes
	if len(span) == 0 { // an empty table
		span = []string{""}
	}
	return map[string]any{"type": "Table", "id": tableID(i), "label": c.title(), "description": "",
		"updated":     c.Updated.UTC().Format(time.RFC3339),
		"firstPeriod": span[0], "lastPeriod": span[len(span)-1], "category": "public", "variableNames": names,
		"source":   "Thống kê tỉnh Quảng Ngãi",
		"timeUnit": map[string]string{"M": "Monthly", "Q": "Quarterly", "A": "Annual"}[t.Freq],
		"paths":    []any{[]any{map[string]string{"id": t.Code, "label": t.Folder}}},
		"links":    []map[string]string{{"rel": "data", "hreflang": "vi", "href": "/api/v2/tables/" + tableID(i) + "/data"}}}
}

// tables2 answers /api/v2/tables?query=&pastDays=&pageNumber=&pageSize=.
func (s *Sim) tables2(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	word := strings.ToLower(q.Get("query"))
	days, _ := strconv.Atoi(q.Get("pastDays"))
	var rows []map[string]any
	for i, t := range city.Topics() {
		if word != "" && !strings.Contains(strings.ToLower(t.Name), word) {
			continue
		}
		if days > 0 && s.clock.Now().Sub(s.city.Published(t.Code, s.clock.Now())) > time.Duration(days)*24*time.Hour {
			continue
		}
		rows = append(rows, s.tableOf2(i, t))
	}
	number, _ := strconv.Atoi(q.Get("pageNumber"))
	size, _ := strconv.Atoi(q.Get("pageSize"))
	if size < 1 || size > 1000 {
		size = 20
	}
	sheet := simkit.Window(s.faults, rows, simkit.Ask{Page: max(number, 1), Size: size, Base: 1})
	simkit.WriteJSON(w, http.StatusOK, map[string]any{"language": "vi", "tables": sheet.Rows,
		"page": map[string]any{"pageNumber": sheet.Page, "pageSize": size, "totalElements": sheet.Total, "totalPages": sheet.Pages}})
}

func topicOfID(id string) (int, city.Topic, bool) {
	for i, t := range city.Topics() {
		if strings.EqualFold(tableID(i), id) {
			return i, t, true
		}
	}
	return 0, city.Topic{}, false
}

func (s *Sim) table2(w http.ResponseWriter, r *http.Request) {
	if i, t, ok := topicOfID(r.PathValue("id")); ok {
		simkit.WriteJSON(w, http.StatusOK, s.tableOf2(i, t))
		return
	}
	problem(w, http.StatusNotFound, "Non-existent table")
}

func (s *Sim) meta2(w http.ResponseWriter, r *http.Request) {
	if _, t, ok := topicOfID(r.PathValue("id")); ok {
		simkit.WriteJSON(w, http.StatusOK, s.cube(t).jsonStat2(false, false))
		return
	}
	problem(w, http.StatusNotFound, "Non-existent table")
}

// data2 answers /data?valuecodes[Area]=51&outputFormat=json-stat2|csv|px.
func (s *Sim) data2(w http.ResponseWriter, r *http.Request) {
	_, t, ok := topicOfID(r.PathValue("id"))
	if !ok {
		problem(w, http.StatusNotFound, "Non-existent table")
		return
	}
	c := s.cube(t)
	chosen, err := selection2(c, r.URL.Query())
	if err != nil {
		problem(w, http.StatusBadRequest, err.Error())
		return
	}
	if cellsOf(c, chosen) > s.opt.MaxCells {
		problem(w, http.StatusForbidden, "Too many cells selected")
		return
	}
	c = c.pick(chosen)
	switch r.URL.Query().Get("outputFormat") {
	case "json-stat2", "":
		simkit.WriteJSON(w, http.StatusOK, c.jsonStat2(true, false))
	case "csv":
		send(w, "text/csv; charset=utf-8", c.csv())
	case "px":
		send(w, "application/octet-stream", c.px(false))
	default:
		problem(w, http.StatusBadRequest, "Unsupported output format")
	}
}

// selection2 reads valuecodes[Dim]: codes with commas, * or top(n).
func selection2(c cube, q map[string][]string) ([][]int, error) {
	chosen := make([][]int, len(c.Dims))
	for name, values := range q {
		code, found := strings.CutPrefix(strings.ToLower(name), "valuecodes[")
		if !found {
			continue
		}
		code = strings.TrimSuffix(code, "]")
		i := slices.IndexFunc(c.Dims, func(d dim) bool { return strings.EqualFold(d.Code, code) })
		if i < 0 {
			return nil, fmt.Errorf("Non-existent variable")
		}
		var err error
		if chosen[i], err = codes2(c.Dims[i], strings.Join(values, ",")); err != nil {
			return nil, err
		}
	}
	return chosen, nil
}

func codes2(d dim, list string) ([]int, error) {
	if list == "*" {
		return nil, nil
	}
	if n, found := strings.CutPrefix(list, "top("); found {
		k, err := strconv.Atoi(strings.TrimSuffix(n, ")"))
		if err != nil || k < 1 {
			return nil, fmt.Errorf("Illegal selection expression")
		}
		return lastOf(k, len(d.Codes)), nil
	}
	var out []int
	for code := range strings.SplitSeq(list, ",") {
		k := slices.Index(d.Codes, code)
		if k < 0 {
			return nil, fmt.Errorf("Non-existent value")
		}
		if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out, nil
}
