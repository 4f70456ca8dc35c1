package hardapi_test

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
	"iocgateway/canonical"
)

// ckan: success and failure in the body, a next link behind the last page too,
// times without a zone, and an order instead of a filter.
func ckan() hard {
	return hard{serve: ckanAt, kind: canonical.KindFeedback, keys: matters(byNumber), member: "kenh", idle: 2,
		settings: "params: {resource: 1022-pakn}\n", required: []string{"params.resource"}}
}

func ckanAt(d *desk) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/3/action/datastore_search", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("resource_id") != "1022-pakn" {
			simkit.WriteJSON(w, http.StatusNotFound, map[string]any{"success": false,
				"error": map[string]string{"message": "Not found: Resource was not found.", "__type": "Not Found Error"}})
			return
		}
		rows := d.since(time.Time{})
		if q.Get("sort") == "cap_nhat desc, _id asc" {
			slices.SortStableFunc(rows, func(a, b city.FeedbackView) int { return cmp.Compare(b.Updated.Unix(), a.Updated.Unix()) })
		}
		offset, limit := atoi(q.Get("offset"), 0), min(atoi(q.Get("limit"), 100), 32000)
		sheet := cut(d, rows, offset, limit)
		next := *r.URL
		q.Set("offset", strconv.Itoa(offset+limit))
		next.RawQuery = q.Encode()
		records := []map[string]any{}
		for _, v := range sheet.Rows {
			records = append(records, d.ckanRow(v))
		}
		simkit.WriteJSON(w, http.StatusOK, map[string]any{"success": true, "result": map[string]any{"include_total": true, "limit": limit,
			"offset": offset, "records_format": "objects", "resource_id": "1022-pakn", "records": records,
			"fields": []map[string]string{{"type": "int", "id": "_id"}, {"type": "timestamp", "id": "cap_nhat"}},
			"_links": map[string]string{"start": r.URL.Path, "next": next.String()}, "total": sheet.Total, "total_was_estimated": false}})
	})
	return simkit.Wrap(mux, d.faults, simkit.Wire{Rows: "records", Failure: map[string]any{"success": false,
		"error": map[string]string{"message": "the datastore is read-only for now", "__type": "Validation Error"}}})
}

func (d *desk) ckanRow(v city.FeedbackView) map[string]any {
	const stamp = "2006-01-02T15:04:05"
	return map[string]any{"_id": number(v), "ma": v.Code, "tieu_de": v.Title, "noi_dung": v.Content + v.Now.Tail, "trang_thai": state(v),
		"linh_vuc": city.Categories()[v.Category].Name, "kenh": city.Channels()[v.Channel].Name, "ma_xa": d.city.Communes[v.Commune].Code,
		"ngay_gui": v.Created.In(city.Zone()).Format(stamp), "cap_nhat": v.Updated.In(city.Zone()).Format(stamp)}
}

// socrata: a list without envelope and total, numbers as texts, members that
// are left out where they are empty, times of a zone that nobody names, and a
// number of rows that another question gives.
func socrata() hard {
	return hard{serve: socrataAt, kind: canonical.KindFeedback, keys: matters(byNumber), member: "descriptor", idle: 2,
		settings: "auth: {token: '${env:SECRET}'}\nparams: {dataset: pakn-1022}\n", required: []string{"auth.token", "params.dataset"}}
}

const floating = "2006-01-02T15:04:05.000"

var soql = regexp.MustCompile(`^resolution_action_updated_date >= '([0-9T:.-]+)'$`)

// elsewhere is where the portal is: its times are of that place.
func elsewhere() *time.Location {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		return time.UTC
	}
	return zone
}

func socrataAt(d *desk) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /resource/pakn-1022.json", func(w http.ResponseWriter, r *http.Request) {
		q, since := r.URL.Query(), time.Time{}
		if where := q.Get("$where"); where != "" {
			found := soql.FindStringSubmatch(where)
			if found == nil {
				simkit.WriteJSON(w, http.StatusBadRequest, map[string]any{"code": "query.soql.no-such-column", "error": true,
					"message": "query.soql.no-such-column; position: Map(row -> 1)"})
				return
			}
			since, _ = time.ParseInLocation(floating, found[1], elsewhere())
		}
		rows := d.since(since)
		if q.Get("$select") == "count(*)" {
			simkit.WriteJSON(w, http.StatusOK, []map[string]string{{"count": strconv.Itoa(cut(d, rows, 0, 30).Total)}})
			return
		}
		out := []map[string]any{}
		for _, v := range cut(d, rows, atoi(q.Get("$offset"), 0), min(atoi(q.Get("$limit"), 1000), 50000)).Rows {
			out = append(out, d.socrataRow(v))
		}
		simkit.WriteJSON(w, http.StatusOK, out)
	})
	return simkit.Wrap(keyed(mux, "X-App-Token", secret), d.faults, simkit.Wire{
		Failure: map[string]any{"code": "timeout", "error": true, "message": "Query coordinator error: timeout"},
		Spare:   func(r *http.Request) bool { return strings.HasPrefix(r.URL.Query().Get("$select"), "count") }})
}

func (d *desk) socrataRow(v city.FeedbackView) map[string]any {
	row := map[string]any{"unique_key": byNumber(v), "created_date": v.Created.In(elsewhere()).Format(floating),
		"status":         []string{"Open", "In Progress", "Pending", "Closed", "Cancel"}[state(v)],
		"complaint_type": city.Categories()[v.Category].Name, "descriptor": v.Title, "open_data_channel_type": city.Channels()[v.Channel].Code,
		"resolution_action_updated_date": v.Updated.In(elsewhere()).Format(floating),
		"latitude":                       fmt.Sprint(v.Lat), "longitude": fmt.Sprint(v.Lon)}
	if v.Now.Answer != "" {
		row["resolution_description"] = v.Now.Answer
	}
	return row
}

// worldbank: a list of two, what it says of itself and the rows; numbers as
// texts and texts as numbers; and an error that is a list of one.
func worldbank() hard {
	return hard{serve: worldbankAt, kind: canonical.KindObservation, keys: func(d *desk) (keys []string) {
		for _, o := range d.observed() {
			keys = append(keys, o.RowKey())
		}
		return keys
	}, settings: "params: {indicator: SP.POP.TOTL}\n", required: []string{"params.indicator"}, member: "obs_status", idle: 7}
}

// observed is what a country had in a year.
type observed struct {
	country, iso, name string
	year               int
	value              any
}

// RowKey is what tells observations apart.
func (o observed) RowKey() string { return fmt.Sprintf("SP.POP.TOTL|%s|%d", o.iso, o.year) }

// RowTime is none: the bank does not say when a value changed.
func (o observed) RowTime() time.Time { return time.Time{} }

// observed are the values there are; some are corrected from day to day.
func (d *desk) observed() (all []observed) {
	day := int(d.clock.Now().Sub(d.city.Start) / (24 * time.Hour))
	for i, c := range [][3]string{{"VN", "VNM", "Viet Nam"}, {"TH", "THA", "Thailand"}, {"LA", "LAO", "Lao PDR"}, {"KH", "KHM", "Cambodia"}} {
		for year := 2024; year > 1994; year-- {
			o := observed{country: c[0], iso: c[1], name: c[2], year: year, value: 1_000_000*(i+1) + 10_000*(year-1994)}
			if simkit.Share("revised", o.RowKey(), 10) {
				o.value = o.value.(int) + day
			}
			if simkit.Share("unknown", o.RowKey(), 5) {
				o.value = nil
			}
			all = append(all, o)
		}
	}
	return all
}

func worldbankAt(d *desk) http.Handler {
	wrong := []any{map[string]any{"message": []map[string]string{{"id": "120", "key": "Invalid value",
		"value": "The provided parameter value is not valid"}}}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v2/country/VN;TH;LA;KH/indicator/{indicator}", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if r.PathValue("indicator") != "SP.POP.TOTL" || q.Get("format") != "json" {
			simkit.WriteJSON(w, http.StatusOK, wrong)
			return
		}
		size, page := atoi(q.Get("per_page"), 50), atoi(q.Get("page"), 1)
		rows := simkit.Bend(d.faults, d.clock.Now(), d.observed(), func(o observed, _ time.Time) observed { return o })
		sheet := cut(d, rows, (page-1)*size, size)
		out := []map[string]any{}
		for _, o := range sheet.Rows {
			out = append(out, map[string]any{"indicator": map[string]string{"id": "SP.POP.TOTL", "value": "Population, total"},
				"country": map[string]string{"id": o.country, "value": o.name}, "countryiso3code": o.iso, "date": strconv.Itoa(o.year),
				"value": o.value, "unit": "", "obs_status": "", "decimal": 0})
		}
		simkit.WriteJSON(w, http.StatusOK, []any{map[string]any{"page": page, "pages": sheet.Pages, "per_page": strconv.Itoa(size),
			"total": sheet.Total, "sourceid": "2", "lastupdated": "2026-10-07"}, out})
	})
	return simkit.Wrap(mux, d.faults, simkit.Wire{Rows: "[1]", Failure: wrong})
}
