package statisticssim

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"iocgateway/adapters/simkit/city"
)

// sdmx answers /SDMXFiles/GSO/<topic>QNI.{xml,json,csv}: a whole file, with an
// ETag and Last-Modified that change when a value is published or revised.
func (s *Sim) sdmx(w http.ResponseWriter, r *http.Request) {
	file := r.PathValue("file")
	t, ok := topicOf(strings.TrimSuffix(strings.TrimSuffix(file, path.Ext(file)), "QNI"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	rows := s.topicRows(t.Code)
	var published time.Time
	for _, v := range rows {
		if v.Now.At.After(published) {
			published = v.Now.At
		}
	}
	var body []byte
	var err error
	switch path.Ext(file) {
	case ".xml":
		w.Header().Set("Content-Type", "application/xml")
		body, err = structureSpecific(t, rows, published)
	case ".json":
		w.Header().Set("Content-Type", "application/vnd.sdmx.data+json;version=2.0.0")
		body, err = sdmxJSON(t, rows, published)
	case ".csv":
		w.Header().Set("Content-Type", "application/vnd.sdmx.data+csv;version=2.0.0")
		body = sdmxCSV(t, rows)
	default:
		http.NotFound(w, r)
		return
	}
	if err != nil {
		http.Error(w, "statisticssim: "+err.Error(), http.StatusInternalServerError)
		return
	}
	sum := sha256.Sum256(body)
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	http.ServeContent(w, r, "", published, bytes.NewReader(body))
}

// codeOf is the indicator's code as the files write it: one has a blank at its
// end, as in the originals.
func codeOf(v city.ObsView) string {
	if strings.HasPrefix(v.Code, "PCPI_CP_") {
		return v.Code + " "
	}
	return v.Code
}

func statusOf(v city.ObsView) string {
	switch {
	case v.Now.Value == "":
		return "O"
	case v.Now.Flag != "":
		return v.Now.Flag
	}
	return "A"
}

type xmlSeries struct {
	XMLName xml.Name `xml:"Series"`
	Domain  string   `xml:"DATA_DOMAIN,attr"`
	Area    string   `xml:"REF_AREA,attr"`
	Code    string   `xml:"INDICATOR,attr"`
	Other   string   `xml:"COUNTERPART_AREA,attr"`
	Freq    string   `xml:"FREQ,attr"`
	Base    string   `xml:"BASE_PER,attr,omitempty"`
	Mult    int      `xml:"UNIT_MULT,attr"`
	Obs     []xmlObs
}

type xmlObs struct {
	XMLName xml.Name `xml:"Obs"`
	Period  string   `xml:"TIME_PERIOD,attr"`
	Value   string   `xml:"OBS_VALUE,attr"`
	Status  string   `xml:"OBS_STATUS,attr,omitempty"`
}

// structureSpecific is the SDMX-ML 2.1 file, laid out as the statistics
// office's own.
func structureSpecific(t city.Topic, rows []city.ObsView, published time.Time) ([]byte, error) {
	const urn = "urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure=IMF:ECOFIN_DSD(1.0):ObsLevelDim:TIME_PERIOD"
	var b bytes.Buffer
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?><message:StructureSpecificData xmlns:ss="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/structurespecific" xmlns:ns1="%s" xmlns:message="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message" xmlns:common="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`, urn)
	fmt.Fprintf(&b, `<message:Header><message:ID>%sQNI%d</message:ID><message:Test>false</message:Test><message:Prepared>%s</message:Prepared><message:Sender id="QNI"></message:Sender><message:Structure structureID="IMF_ECOFIN_DSD_1_0" namespace="%s" dimensionAtObservation="TIME_PERIOD"><common:Structure><Ref agencyID="IMF" id="ECOFIN_DSD" version="1.0"></Ref></common:Structure></message:Structure><message:DataSetAction>Information</message:DataSetAction></message:Header>`,
		t.Code, published.Unix(), published.UTC().Format("2006-01-02T15:04:05Z"), urn)
	b.WriteString(`<message:DataSet ss:dataScope="DataStructure" xsi:type="ns1:DataSetType" ss:structureRef="IMF_ECOFIN_DSD_1_0">`)
	enc := xml.NewEncoder(&b)
	for _, series := range seriesOf(t, rows) {
		if err := enc.Encode(series); err != nil {
			return nil, fmt.Errorf("writing SDMX-ML: %w", err)
		}
	}
	b.WriteString(`</message:DataSet></message:StructureSpecificData>`)
	return b.Bytes(), nil
}

func seriesOf(t city.Topic, rows []city.ObsView) []xmlSeries {
	var out []xmlSeries
	for _, v := range rows {
		code := codeOf(v)
		if n := len(out); n == 0 || out[n-1].Code != code || out[n-1].Area != v.Obs.Area {
			out = append(out, xmlSeries{Domain: t.Code, Area: v.Obs.Area, Code: code, Other: "_Z", Freq: v.Freq, Base: v.BasePer, Mult: v.UnitPower})
		}
		o := xmlObs{Period: v.Obs.Period, Value: v.Now.Value}
		if o.Value == "" {
			o.Value = "NaN"
		}
		if st := statusOf(v); st != "A" {
			o.Status = st
		}
		last := &out[len(out)-1]
		last.Obs = append(last.Obs, o)
	}
	return out
}

// positionsOf numbers values in the order they come.
type positionsOf struct{ list []string }

func (p *positionsOf) of(s string) int {
	if i := slices.Index(p.list, s); i >= 0 {
		return i
	}
	p.list = append(p.list, s)
	return len(p.list) - 1
}

func (p *positionsOf) values() []map[string]string {
	out := make([]map[string]string, len(p.list))
	for i, s := range p.list {
		out[i] = map[string]string{"id": s, "name": s}
	}
	return out
}

// sdmxJSON is the SDMX-JSON 2.0 message: series by FREQ:REF_AREA:INDICATOR.
func sdmxJSON(t city.Topic, rows []city.ObsView, published time.Time) ([]byte, error) {
	var freq, area, ind, times, status, mult, base positionsOf
	for _, v := range rows { // periods in order, whichever series has them first
		times.of(v.Obs.Period)
	}
	slices.Sort(times.list)
	series := map[string]any{}
	for _, v := range rows {
		key := fmt.Sprintf("%d:%d:%d", freq.of(v.Freq), area.of(v.Obs.Area), ind.of(codeOf(v)))
		s, ok := series[key].(map[string]any)
		if !ok {
			s = map[string]any{"attributes": []int{mult.of(itoa(v.UnitPower)), base.of(cmp.Or(v.BasePer, "_Z"))}, "observations": map[string]any{}}
			series[key] = s
		}
		var value any
		if v.Now.Value != "" {
			value = json.Number(v.Now.Value)
		}
		obs, _ := s["observations"].(map[string]any)
		obs[itoa(times.of(v.Obs.Period))] = []any{value, status.of(statusOf(v))}
	}
	dimension := func(id string, at int, p positionsOf) map[string]any {
		return map[string]any{"id": id, "name": id, "keyPosition": at, "roles": []string{id}, "values": p.values()}
	}
	attribute := func(id string, p positionsOf) map[string]any {
		return map[string]any{"id": id, "name": id, "values": p.values()}
	}
	structure := map[string]any{"name": t.Name, "dataSets": []int{0},
		"links": []any{map[string]string{"rel": "dataflow",
			"urn": "urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=QNI:" + t.Code + "(1.0.0)"}},
		"dimensions": map[string]any{"dataSet": []any{},
			"series":      []any{dimension("FREQ", 0, freq), dimension("REF_AREA", 1, area), dimension("INDICATOR", 2, ind)},
			"observation": []any{dimension("TIME_PERIOD", 3, times)}},
		"measures": map[string]any{"observation": []any{map[string]any{"id": "OBS_VALUE", "name": "OBS_VALUE"}}},
		"attributes": map[string]any{"dataSet": []any{}, "series": []any{attribute("UNIT_MULT", mult), attribute("BASE_PER", base)},
			"observation": []any{attribute("OBS_STATUS", status)}}}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(map[string]any{
		"meta": map[string]any{"schema": "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/master/data-message/tools/schemas/2.0.0/sdmx-json-data-schema.json",
			"id": t.Code + "QNI" + itoa(int(published.Unix())), "prepared": published.UTC().Format("2006-01-02T15:04:05Z"), "test": false,
			"contentLanguages": []string{"vi"}, "sender": map[string]string{"id": "QNI", "name": "Thống kê tỉnh Quảng Ngãi"}},
		"data": map[string]any{"structures": []any{structure},
			"dataSets": []any{map[string]any{"structure": 0, "action": "Replace", "series": series}}}})
	if err != nil {
		return nil, fmt.Errorf("writing SDMX-JSON: %w", err)
	}
	return b.Bytes(), nil
}

// sdmxCSV is the SDMX-CSV 2.0 file.
func sdmxCSV(t city.Topic, rows []city.ObsView) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"STRUCTURE", "STRUCTURE_ID", "ACTION", "FREQ", "REF_AREA", "INDICATOR", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS",
		"UNIT_MULT", "BASE_PER"})
	for _, v := range rows {
		_ = w.Write([]string{"dataflow", "QNI:" + t.Code + "(1.0.0)", "I", v.Freq, v.Obs.Area, codeOf(v), v.Obs.Period, v.Now.Value, statusOf(v),
			itoa(v.UnitPower), v.BasePer})
	}
	w.Flush()
	return b.Bytes()
}
