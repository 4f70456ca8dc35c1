package statisticssim

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"iocgateway/adapters/simkit/city"
)

func TestSDMXFormatsAgree(t *testing.T) {
	b := newBench(t, Options{})
	for _, topic := range []string{"CPI", "GDP", "POP"} {
		truth := b.truth(topic)
		_, raw := b.get("/SDMXFiles/GSO/" + topic + "QNI.csv")
		rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, r := range rows[1:] {
			got[strings.TrimSpace(r[5])+"|"+r[4]+"|"+r[6]] = r[7]
		}
		same(t, "csv "+topic, got, truth)
		_, raw = b.get("/SDMXFiles/GSO/" + topic + "QNI.xml")
		same(t, "xml "+topic, fromXML(t, raw), truth)
		_, raw = b.get("/SDMXFiles/GSO/" + topic + "QNI.json")
		same(t, "json "+topic, fromJSON(t, raw), truth)
	}
	if _, raw := b.get("/SDMXFiles/GSO/CPIQNI.xml"); !bytes.Contains(raw, []byte(`INDICATOR="PCPI_CP_011FS_IX "`)) {
		t.Error("no code ends with a blank")
	}
	if code, _ := b.get("/SDMXFiles/GSO/XXXQNI.xml"); code != 404 {
		t.Errorf("unknown file: %d", code)
	}
}

func fromXML(t *testing.T, raw []byte) map[string]string {
	t.Helper()
	var m struct {
		DataSet struct {
			Series []struct {
				Area string `xml:"REF_AREA,attr"`
				Code string `xml:"INDICATOR,attr"`
				Obs  []struct {
					Period string `xml:"TIME_PERIOD,attr"`
					Value  string `xml:"OBS_VALUE,attr"`
				}
			}
		}
	}
	if err := xml.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, s := range m.DataSet.Series {
		for _, o := range s.Obs {
			out[strings.TrimSpace(s.Code)+"|"+s.Area+"|"+o.Period] = strings.TrimPrefix(o.Value, "NaN")
		}
	}
	return out
}

func fromJSON(t *testing.T, raw []byte) map[string]string {
	t.Helper()
	type dims struct{ Values []struct{ ID string } }
	var m struct {
		Data struct {
			Structures []struct {
				Dimensions struct{ Series, Observation []dims }
			}
			DataSets []struct {
				Series map[string]struct {
					Observations map[string][]any
				}
			}
		}
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&m); err != nil {
		t.Fatal(err)
	}
	d := m.Data.Structures[0].Dimensions
	out := map[string]string{}
	for key, s := range m.Data.DataSets[0].Series {
		var f, a, i int
		if _, err := fmt.Sscanf(key, "%d:%d:%d", &f, &a, &i); err != nil {
			t.Fatal(err)
		}
		for at, o := range s.Observations {
			var k int
			_, _ = fmt.Sscan(at, &k)
			value := ""
			if o[0] != nil {
				value = fmt.Sprint(o[0])
			}
			out[strings.TrimSpace(d.Series[2].Values[i].ID)+"|"+d.Series[1].Values[a].ID+"|"+d.Observation[0].Values[k].ID] = value
		}
	}
	return out
}

func TestSDMXIsConditionalAndRevised(t *testing.T) {
	b := newBench(t, Options{})
	res, first := b.do(http.MethodGet, "/SDMXFiles/GSO/IIPQNI.xml", "", nil)
	tag := res.Header.Get("ETag")
	if tag == "" || res.Header.Get("Last-Modified") == "" {
		t.Fatal("no validators")
	}
	if res, _ := b.do(http.MethodGet, "/SDMXFiles/GSO/IIPQNI.xml", "", http.Header{"If-None-Match": {tag}}); res.StatusCode != 304 {
		t.Errorf("unchanged: %d", res.StatusCode)
	}
	before := b.truth("IIP")
	b.clock.Advance(20 * 24 * time.Hour)
	res, second := b.do(http.MethodGet, "/SDMXFiles/GSO/IIPQNI.xml", "", http.Header{"If-None-Match": {tag}})
	if res.StatusCode != 200 || bytes.Equal(first, second) {
		t.Fatalf("after a publication: %d", res.StatusCode)
	}
	revised := 0
	for k, v := range fromXML(t, second) {
		if old, ok := before[k]; ok && old != v {
			revised++
		}
	}
	if revised == 0 {
		t.Error("nothing was revised")
	}
}

func TestReportsAgreeWithTheCity(t *testing.T) {
	b := newBench(t, Options{})
	_, raw := b.get("/bao-cao")
	var list []map[string]string
	if err := json.Unmarshal(raw, &list); err != nil || len(list) < 20 {
		t.Fatalf("%v, %d reports", err, len(list))
	}
	month := strings.TrimSuffix(strings.TrimPrefix(list[len(list)-2]["name"], reportPrefix), ".csv")
	_, raw = b.get("/bao-cao/" + reportPrefix + month + ".csv")
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	_, book := b.get("/bao-cao/" + reportPrefix + month + ".xlsx")
	f, err := excelize.OpenReader(bytes.NewReader(book))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	truth := map[string]string{}
	for _, topic := range []string{"CPI", "IIP"} {
		for k, v := range b.truth(topic) {
			truth[k] = v
		}
	}
	marks := 0
	for i, ind := range b.city.Indicators[:20] {
		line := rows[5+i]
		marks += sameLine(t, line, ind, truth[ind.Code+"|51|"+month])
		if cell, _ := f.GetCellValue(f.GetSheetName(0), fmt.Sprintf("D%d", 6+i)); cell != line[3] {
			t.Errorf("workbook has %q, CSV %q", cell, line[3])
		}
	}
	if marks == 0 {
		t.Error("no estimate is marked")
	}
	if code, _ := b.get("/bao-cao/" + reportPrefix + "1999-01.csv"); code != 404 {
		t.Errorf("a report of 1999: %d", code)
	}
}

// sameLine compares a line of a report with the city; it gives 1 for an estimate.
func sameLine(t *testing.T, line []string, ind city.Indicator, want string) int {
	t.Helper()
	if line[0] != ind.Name || line[1] != ind.Unit {
		t.Fatalf("row %v is not %s", line, ind.Name)
	}
	plain := strings.ReplaceAll(strings.ReplaceAll(strings.TrimSuffix(line[3], "(*)"), ".", ""), ",", ".")
	if plain != want && !(want == "" && line[3] == missing) {
		t.Errorf("%s: %q, in the city %q", ind.Code, line[3], want)
	}
	if strings.HasSuffix(line[3], "(*)") {
		return 1
	}
	return 0
}
