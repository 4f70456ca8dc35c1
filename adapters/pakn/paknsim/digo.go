package paknsim

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
)

const digoStamp = "2006-01-02T15:04:05.000-0700"

// search answers /petition/--search: a Spring page, newest first unless
// sort=createdDate,asc; status filters.
func (s *Sim) search(w http.ResponseWriter, r *http.Request) {
	status := value(r, "status")
	rows := slices.DeleteFunc(s.rows(), func(v city.FeedbackView) bool {
		return status != "" && !slices.Contains(strings.Split(status, ","), string(rune('0'+digoStatus(v.Now.Status))))
	})
	sign := -1
	if value(r, "sort") == "createdDate,asc" {
		sign = 1
	}
	slices.SortStableFunc(rows, func(a, b city.FeedbackView) int { return sign * a.Created.Compare(b.Created) })
	size := number(r, "size", 15)
	if size < 1 || size > s.opt.MaxSize {
		size = s.opt.MaxSize
	}
	sheet := simkit.Window(s.faults, rows, simkit.Ask{Page: number(r, "page", 0), Size: size})
	strange := simkit.Strange(s.faults)
	content := make([]map[string]any, 0, len(sheet.Rows))
	for _, v := range sheet.Rows {
		content = append(content, s.digo(v, strange(v.ID)))
	}
	simkit.WriteJSON(w, http.StatusOK, map[string]any{"content": content, "totalElements": sheet.Total, "totalPages": sheet.Pages,
		"number": sheet.Page, "size": size, "numberOfElements": len(content), "first": sheet.Page == 0, "last": sheet.Last,
		"empty": len(content) == 0})
}

// digoStatus is 1 waiting to be received, 2 in process, 3 processed, 4 cancelled.
func digoStatus(status int) int {
	switch status {
	case 1, 2:
		return 1
	case 8:
		return 3
	case 10, 11:
		return 4
	}
	return 2
}

func digoDate(t time.Time, n int) any {
	if t.IsZero() {
		return nil
	}
	if n%2 == 0 {
		return t.UTC().Format(digoStamp)
	}
	return t.In(city.Zone()).Format(digoStamp)
}

func (s *Sim) digo(v city.FeedbackView, strange bool) map[string]any {
	status := digoStatus(v.Now.Status)
	label := []string{"", "Chờ tiếp nhận", "Đang xử lý", "Đã xử lý", "Đã hủy"}[status]
	if strange {
		status, label = strangeStatus, "Trạng thái chưa từng có"
	}
	c := s.city.Communes[v.Commune]
	p := v.Reporter
	lat, lon := v.Lat, v.Lon
	switch v.BadPlace {
	case 1:
		lat, lon = 0, 0
	case 2:
		lat, lon = lon, lat
	}
	out := map[string]any{"id": v.Mongo, "code": v.Code, "title": v.Title, "description": v.Content + v.Now.Tail, "status": status,
		"statusDescription": label,
		"tag":               map[string]any{"id": city.Categories()[v.Category].Code, "name": city.Categories()[v.Category].Name},
		"createdDate":       digoDate(v.Created, v.N), "updatedDate": digoDate(v.Updated, v.N), "takePlaceOn": digoDate(v.Created, v.N),
		"dueDate":     digoDate(v.Now.Due, v.N),
		"takePlaceAt": map[string]any{"fullAddress": v.Place + ", " + city.ProvinceName, "latitude": lat, "longitude": lon},
		"reporter": map[string]any{"fullname": p.Name, "phone": p.Phone, "identityId": p.ID, "address": map[string]any{"address": p.Street,
			"place": []any{map[string]any{"id": "5def47c5f47614018c1" + c.Code, "name": c.Name}}}},
		"reporterLocation": map[string]any{"fullAddress": p.Street + ", " + c.Name}, "receptionMethod": v.Channel + 1,
		"receptionMethodDescription": city.Channels()[v.Channel].Name, "isAnonymous": v.Anonymous, "isPublic": v.Public, "file": []any{}}
	if a := s.city.Agency(v.Now.Agency); a.Name != "" {
		out["agency"] = map[string]any{"id": a.Mongo, "name": a.Name}
	}
	if v.Now.Answer != "" {
		out["result"] = v.Now.Answer
	}
	if v.N%6 == 1 {
		out["file"] = []any{map[string]any{"id": "67" + v.Mongo[2:]}}
	}
	return out
}

func (s *Sim) petition(w http.ResponseWriter, r *http.Request) {
	v, ok := s.find(r.PathValue("id"))
	if !ok {
		simkit.WriteJSON(w, http.StatusNotFound, map[string]any{"status": 404, "message": "Not found"})
		return
	}
	simkit.WriteJSON(w, http.StatusOK, s.digo(v, false))
}

// history answers logman/history?item-id=: 4 create, then 2 for each step.
func (s *Sim) history(w http.ResponseWriter, r *http.Request) {
	v, ok := s.find(value(r, "item-id"))
	content := []map[string]any{}
	if ok {
		for i, h := range v.History {
			kind := 2
			if i == 0 {
				kind = 4
			}
			content = append(content,
				map[string]any{"type": kind, "affectedDate": digoDate(h.At, v.N), "action": h.Note, "user": map[string]any{"name": "Chuyên viên"}})
		}
	}
	simkit.WriteJSON(w, http.StatusOK, map[string]any{"content": content, "last": true})
}
