package dvcsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
)

// search answers pa/dossier/search.
func (s *Sim) search(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	size := number(r, "size", 20)
	if size < 1 || size > s.opt.MaxSize {
		size = s.opt.MaxSize
	}
	rows := s.rows()
	keep, err := filters(s.city, q)
	if err != nil {
		simkit.WriteJSON(w, http.StatusBadRequest,
			map[string]any{"status": 400, "error": "Bad Request", "message": err.Error(), "path": r.URL.Path})
		return
	}
	rows = slices.DeleteFunc(rows, func(v city.DossierView) bool { return !keep(v) })
	if err := order(rows, q.Get("sort")); err != nil {
		simkit.WriteJSON(w, http.StatusBadRequest,
			map[string]any{"status": 400, "error": "Bad Request", "message": err.Error(), "path": r.URL.Path})
		return
	}
	sheet := simkit.Window(s.faults, rows, simkit.Ask{Page: number(r, "page", 0), Size: size})
	s.spring(w, sheet, size, q.Get("spec") == "slice")
}

// rows is every dossier as of now, removed ones included, bent by row faults.
func (s *Sim) rows() []city.DossierView {
	return simkit.Bend(s.faults, s.now(), s.city.DossiersAt(s.now()), func(v city.DossierView, t time.Time) city.DossierView {
		v.Updated = t
		return v
	})
}

// filters reads the filters of the query.
func filters(c *city.City, q url.Values) (func(city.DossierView) bool, error) {
	removed := q.Get("remove-status") == "1"
	var all []func(city.DossierView) bool
	all = append(all, func(v city.DossierView) bool { return v.Now.Gone == removed })
	if code := q.Get("code"); code != "" {
		all = append(all, func(v city.DossierView) bool { return v.Now.Code == code || v.NationCode == code })
	}
	if list := q.Get("dossier-status"); list != "" {
		want := strings.Split(list, ",")
		all = append(all, func(v city.DossierView) bool {
			return slices.Contains(want, fmt.Sprint(statusNumber(v.Now.Status)))
		})
	}
	if id := q.Get("procedure-id"); id != "" {
		all = append(all, func(v city.DossierView) bool { return procedureID(v.Procedure) == id })
	}
	if id := q.Get("ancestor-agency-id"); id != "" && id != provinceID {
		all = append(all, func(v city.DossierView) bool { return c.Agency(v.Agency).Mongo == id })
	}
	if id := q.Get("identity-number"); id != "" {
		all = append(all, func(v city.DossierView) bool { return v.Applicant.ID == id })
	}
	spans := []struct {
		from, to string
		at       func(city.DossierView) time.Time
	}{
		{"accepted-from", "accepted-to", func(v city.DossierView) time.Time { return v.First(2) }},
		{"appointment-from", "appointment-to", func(v city.DossierView) time.Time { return v.Now.Due }},
		{"result-returned-from", "result-returned-to", func(v city.DossierView) time.Time { return v.First(10) }},
	}
	for _, sp := range spans {
		f, err := between(q.Get(sp.from), q.Get(sp.to), sp.at)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", sp.from, err)
		}
		if f != nil {
			all = append(all, f)
		}
	}
	return func(v city.DossierView) bool {
		for _, f := range all {
			if !f(v) {
				return false
			}
		}
		return true
	}, nil
}

func between(from, to string, at func(city.DossierView) time.Time) (func(city.DossierView) bool, error) {
	if from == "" && to == "" {
		return nil, nil
	}
	lo, err := when(from, time.Time{}, 0)
	if err != nil {
		return nil, err
	}
	hi, err := when(to, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), 24*time.Hour-time.Nanosecond)
	if err != nil {
		return nil, err
	}
	return func(v city.DossierView) bool {
		t := at(v)
		return !t.IsZero() && !t.Before(lo) && !t.After(hi)
	}, nil
}

// when reads a bound; a bare day gets wholeDay added.
func when(s string, otherwise time.Time, wholeDay time.Duration) (time.Time, error) {
	if s == "" {
		return otherwise, nil
	}
	for _, layout := range []string{stamp, time.RFC3339, "2006-01-02T15:04:05.000Z", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, s, city.Zone()); err == nil {
			return t, nil
		}
	}
	for _, layout := range []string{"2006-01-02", "02/01/2006"} {
		if t, err := time.ParseInLocation(layout, s, city.Zone()); err == nil {
			return t.Add(wholeDay), nil
		}
	}
	return time.Time{}, fmt.Errorf("Failed to convert value of type 'java.lang.String' to required type 'java.util.Date': %q",
		s[:min(len(s), 40)])
}

// order sorts by one field: updatedDate (the default, descending),
// appointmentDate, appliedDate, acceptedDate, code, id. Ties keep no order that a client
// could rely on beyond id.
func order(rows []city.DossierView, sort string) error {
	field, dir, _ := strings.Cut(sort, ",")
	if field == "" {
		field, dir = "updatedDate", "desc"
	}
	at := map[string]func(city.DossierView) time.Time{
		"updatedDate":     func(v city.DossierView) time.Time { return v.Updated },
		"appointmentDate": func(v city.DossierView) time.Time { return v.Now.Due },
		"appliedDate":     func(v city.DossierView) time.Time { return v.Created },
		"acceptedDate":    func(v city.DossierView) time.Time { return v.First(2) },
		"code":            nil, "id": nil,
	}
	key, known := at[field]
	if !known {
		return fmt.Errorf("No property %s found for type Dossier", field[:min(len(field), 40)])
	}
	sign := 1
	if strings.EqualFold(dir, "desc") {
		sign = -1
	}
	slices.SortStableFunc(rows, func(a, b city.DossierView) int {
		switch {
		case field == "code":
			return sign * strings.Compare(a.Now.Code, b.Now.Code)
		case key != nil:
			if n := key(a).Compare(key(b)); n != 0 {
				return sign * n
			}
		}
		return sign * strings.Compare(a.ID, b.ID)
	})
	return nil
}

// spring answers a Spring page, or a slice, which knows no totals.
func (s *Sim) spring(w http.ResponseWriter, sheet simkit.Sheet[city.DossierView], size int, slice bool) {
	sorted := map[string]any{"sorted": true, "unsorted": false, "empty": false}
	strange := simkit.Strange(s.faults)
	content := make([]json.RawMessage, 0, len(sheet.Rows))
	for _, v := range sheet.Rows {
		odd := strange(v.ID)
		version := fmt.Sprint(len(v.History), v.Updated.UnixNano(), v.NationStatus, odd)
		content = append(content, s.cache.Row(v.ID, version, func() any { return s.dossier(v, odd) }))
	}
	out := map[string]any{
		"pageable": map[string]any{"sort": sorted, "pageNumber": sheet.Page, "pageSize": size, "offset": sheet.Page * size, "paged": true,
			"unpaged": false},
		"number": sheet.Page, "size": size, "sort": sorted, "numberOfElements": len(content),
		"first": sheet.Page == 0, "last": sheet.Last, "empty": len(content) == 0,
	}
	if !slice {
		out["totalElements"], out["totalPages"] = sheet.Total, sheet.Pages
	}
	simkit.WriteRows(w, "content", content, out)
}

// one answers a dossier by its id, removed ones too (with removeStatus 1).
func (s *Sim) one(w http.ResponseWriter, r *http.Request) {
	for _, v := range s.rows() {
		if v.ID == r.PathValue("id") {
			simkit.WriteJSON(w, http.StatusOK, s.dossier(v, false))
			return
		}
	}
	simkit.WriteJSON(w, http.StatusNotFound, map[string]any{"status": 404, "error": "Not Found", "message": "Dossier not found"})
}

// lookup is the public look-up by code: few fields, no token.
func (s *Sim) lookup(w http.ResponseWriter, r *http.Request) {
	code := r.URL.Query().Get("code")
	var rows []city.DossierView
	for _, v := range s.rows() {
		if code != "" && !v.Now.Gone && (v.Now.Code == code || v.NationCode == code) {
			rows = append(rows, v)
		}
	}
	sheet := simkit.Window(s.faults, rows, simkit.Ask{Page: number(r, "page", 0), Size: number(r, "size", 10)})
	s.spring(w, sheet, number(r, "size", 10), r.URL.Query().Get("spec") == "slice")
}
