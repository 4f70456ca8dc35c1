package statisticssim

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
)

const reportPrefix = "kinh-te-xa-hoi-"

// reports lists the files there are: one of each kind a month published.
func (s *Sim) reports(w http.ResponseWriter, _ *http.Request) {
	out := []map[string]string{}
	for _, m := range s.months() {
		for _, ext := range []string{".csv", ".xlsx"} {
			out = append(out, map[string]string{"name": reportPrefix + m + ext, "href": "/bao-cao/" + reportPrefix + m + ext})
		}
	}
	simkit.WriteJSON(w, http.StatusOK, out)
}

// months are those a report exists for, oldest first.
func (s *Sim) months() []string {
	var out []string
	for _, v := range s.topicRows("IIP") {
		if !slices.Contains(out, v.Obs.Period) {
			out = append(out, v.Obs.Period)
		}
	}
	slices.Sort(out)
	return out
}

// report answers kinh-te-xa-hoi-2026-10.csv or .xlsx.
func (s *Sim) report(w http.ResponseWriter, r *http.Request) {
	name, found := strings.CutPrefix(r.PathValue("file"), reportPrefix)
	month, ext, _ := strings.Cut(name, ".")
	if !found || !slices.Contains(s.months(), month) {
		http.NotFound(w, r)
		return
	}
	lines, published := s.reportLines(month)
	var body []byte
	var err error
	switch ext {
	case "csv":
		w.Header().Set("Content-Type", "text/csv")
		body = reportCSV(lines)
	case "xlsx":
		w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
		body, err = reportXLSX(lines)
	default:
		http.NotFound(w, r)
		return
	}
	if err != nil {
		http.Error(w, "statisticssim: "+err.Error(), http.StatusInternalServerError)
		return
	}
	http.ServeContent(w, r, "", published, bytes.NewReader(body))
}

// reportLines is the report as a sheet: a title, the unit note, three header
// rows, then a row an indicator, and the footnotes.
func (s *Sim) reportLines(month string) ([][]string, time.Time) {
	at, err := time.ParseInLocation("2006-01", month, city.Zone())
	if err != nil {
		return nil, time.Time{}
	}
	last := at.AddDate(0, -1, 0).Format("2006-01")
	type pair struct {
		ind       *city.Indicator
		now, then city.ObsView
	}
	var pairs []*pair
	var published time.Time
	for _, topic := range []string{"CPI", "IIP"} {
		for _, v := range s.topicRows(topic) {
			if n := len(pairs); n == 0 || pairs[n-1].ind != v.Indicator {
				pairs = append(pairs, &pair{ind: v.Indicator})
			}
			p := pairs[len(pairs)-1]
			switch v.Obs.Period {
			case month:
				p.now = v
			case last:
				p.then = v
			default:
				continue
			}
			if v.Now.At.After(published) {
				published = v.Now.At
			}
		}
	}
	lines := [][]string{
		{"TÌNH HÌNH KINH TẾ - XÃ HỘI THÁNG " + at.Format("01/2006") + " TỈNH QUẢNG NGÃI", "", "", ""},
		{"", "", "", ""},
		{"Chỉ tiêu", "Đơn vị tính", "Thực hiện", ""},
		{"", "", "Tháng " + last[5:] + "/" + last[:4], "Tháng " + month[5:] + "/" + month[:4]},
		{"A", "B", "1", "2"},
	}
	for _, p := range pairs {
		lines = append(lines, []string{p.ind.Name, p.ind.Unit, printed(p.then), printed(p.now)})
	}
	return append(lines, []string{"(*) Số liệu ước tính", "", "", ""}, []string{"Nguồn: Thống kê tỉnh Quảng Ngãi", "", "", ""}), published
}

// printed writes a value as the report does: 1.234,5 with (*) where it is an
// estimate, .. where there is none.
func printed(v city.ObsView) string {
	if v.Obs == nil || v.Now.Value == "" {
		return missing
	}
	whole, part, _ := strings.Cut(v.Now.Value, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "." + whole[i:]
	}
	if part != "" {
		whole += "," + part
	}
	if v.Now.Flag != "" {
		whole += "(*)"
	}
	return sign + whole
}

// reportCSV is the sheet with semicolons, after a byte order mark.
func reportCSV(lines [][]string) []byte {
	var b bytes.Buffer
	b.WriteString("\xef\xbb\xbf")
	w := csv.NewWriter(&b)
	w.Comma = ';'
	w.UseCRLF = true
	_ = w.WriteAll(lines) // a bytes.Buffer takes everything
	return b.Bytes()
}

func reportXLSX(lines [][]string) (out []byte, err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	sheet := f.GetSheetName(0)
	for i, line := range lines {
		for k, v := range line {
			cell, cellErr := excelize.CoordinatesToCellName(k+1, i+1)
			if v != "" {
				err = errors.Join(err, cellErr, f.SetCellStr(sheet, cell, v))
			}
		}
	}
	for _, m := range [][2]string{{"A1", "D1"}, {"A3", "A4"}, {"B3", "B4"}, {"C3", "D3"}} {
		err = errors.Join(err, f.MergeCell(sheet, m[0], m[1]))
	}
	var b bytes.Buffer
	if err = errors.Join(err, f.Write(&b)); err != nil {
		return nil, fmt.Errorf("writing the workbook: %w", err)
	}
	return b.Bytes(), nil
}
