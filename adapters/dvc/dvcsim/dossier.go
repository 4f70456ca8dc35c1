package dvcsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
)

const (
	stamp      = "2006-01-02T15:04:05.000-0700"
	provinceID = "5def47c5f47614018c000051"
)

// statusNumber is the number iGate would show for a national status. That
// table is an assumption: only the names are known at run time.
func statusNumber(national int) int {
	numbers := []int{0, 0, 2, 3, 4, 5, 16, 11, 8, 9, 10}
	if national < 0 || national >= len(numbers) {
		return 17
	}
	return numbers[national]
}

func taskStatusID(national int) string {
	return fmt.Sprintf("60e409823dfc9609723e49%02x", 0x3b+national)
}

func procedureID(i int) string { return fmt.Sprintf("5f3f3c2a1b2c3d4e5f60%04d", i+1) }

// date writes a moment with the offset of UTC or of Vietnam, as the row has it.
func (s *Sim) date(t time.Time, v city.DossierView) any {
	if t.IsZero() {
		return nil
	}
	t = t.Add(s.opt.ClockSkew)
	if s.opt.Plain || v.N%2 == 0 {
		return t.UTC().Format(stamp)
	}
	return t.In(city.Zone()).Format(stamp)
}

// name writes a name in the shape the row has it: text, object, list of
// languages, or a map by number.
func (s *Sim) name(text string, v city.DossierView) any {
	if s.opt.Plain {
		return text
	}
	switch v.N % 7 {
	case 3:
		return map[string]any{"languageId": 228, "name": text}
	case 4:
		return []map[string]any{{"languageId": 228, "name": text}, {"languageId": 46, "name": "(en) " + text}}
	case 5:
		return map[string]any{"0": map[string]any{"languageId": 228, "name": text}}
	}
	return text
}

func (s *Sim) dossier(v city.DossierView, strange bool) map[string]any {
	p := s.city.Procedures[v.Procedure]
	status := map[string]any{"id": statusNumber(v.Now.Status), "name": s.name(city.DossierLabel(v.Now.Status), v)}
	task := map[string]any{"id": taskStatusID(v.Now.Status), "name": s.name(city.DossierLabel(v.Now.Status), v)}
	if strange {
		status = map[string]any{"id": 17, "name": s.name("Trạng thái chưa từng có", v)}
		task = map[string]any{"id": "60ffffffffffffffffffffff", "name": s.name("Trạng thái chưa từng có", v)}
	}
	code := p.Code
	if v.N%3 == 0 {
		code = p.Suffixed()
	}
	unit := map[string]any{"id": "5f3f3ca1b2c3d4e5f6a00001", "code": p.FieldCode, "name": s.name(p.Field, v)}
	out := map[string]any{
		"id": v.ID, "code": v.Now.Code, "codePattern": map[string]any{"id": "5f9a1b2c3d4e5f6a7b8c9d0e"},
		"applicant": s.applicant(v), "eForm": map[string]any{"id": "5fa1b2c3d4e5f6a7b8c9d0e1", "data": map[string]any{"loaiHTTP": "1"}},
		"procedure": map[string]any{"id": procedureID(v.Procedure), "code": code, "nationCode": p.Code, "translate": s.name(p.Name, v),
			"sector": unit},
		"agency": s.agencyOf(v),
		"agencyLevel": map[string]any{"id": "5f39f4335224cf235e134c5b", "code": level(s.city.Agency(v.Agency)),
			"name": s.name("Cấp "+level(s.city.Agency(v.Agency)), v)},
		"dossierStatus": status, "dossierTaskStatus": task,
		"appliedDate": s.date(v.Created, v), "acceptedDate": s.date(v.First(2), v), "appointmentDate": s.date(v.Now.Due, v),
		"dueDate":       s.date(v.Now.Due, v),
		"completedDate": s.date(v.First(9), v), "returnedDate": s.date(v.First(10), v),
		"createdDate": s.date(v.Created, v), "updatedDate": s.date(v.Updated, v),
		"applyMethod": map[string]any{"id": v.Channel - 1,
			"name": s.name([]string{"", "Trực tiếp", "Trực tuyến", "Bưu chính công ích"}[v.Channel], v)},
		"dossierReceivingKind": map[string]any{"id": "5f8968888fffa53e4c073ded", "name": s.name("Nhận trực tiếp", v)},
		"description":          v.Subject + v.Now.EditedTail, "removeStatus": bit(v.Now.Gone),
		"dossierFormFile": files(v), "dossierFee": s.fees(v), "task": s.tasks(v), "currentTask": s.current(v),
		"procedureProcessDefinition": map[string]any{"id": "60b1c2d3e4f5a6b7c8d9e0f1",
			"processDefinition": map[string]any{"processingTime": p.Days, "processingTimeUnit": "d"}},
		"undefindedCompleteTime": 0, "countDutypaidCert": 0, "accepter": map[string]any{"fullname": v.Now.Officer},
	}
	if v.NationCode != "" {
		out["nationCode"] = v.NationCode
		out["nationStatus"] = map[string]any{"id": v.NationStatus, "name": city.DossierLabel(v.NationStatus)}
	}
	return out
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func level(a city.Agency) string {
	if a.Commune >= 0 {
		return "PHUONGXA"
	}
	return "TINH"
}

func (s *Sim) applicant(v city.DossierView) map[string]any {
	a := v.Applicant
	phone := a.Phone
	if v.N%4 == 1 {
		phone = "+84" + strings.TrimPrefix(phone, "0")
	}
	c := s.city.Communes[v.Commune]
	data := map[string]any{"fullname": a.Name, "ownerFullname": a.Name, "birthday": a.Birth.UTC().Format(stamp), "gender": bit(a.Male),
		"identityNumber": a.ID, "phoneNumber": phone, "email": a.Email, "address": a.Street,
		"nation":                 map[string]any{"label": "Việt Nam", "value": "5f39f4155224cf235e134c59"},
		"province":               map[string]any{"label": city.ProvinceName, "value": provinceID},
		"village":                map[string]any{"label": c.Name, "value": "5def47c5f47614018c1" + c.Code},
		"noidungyeucaugiaiquyet": v.Subject + v.Now.EditedTail}
	if v.Old {
		data["province"] = map[string]any{"label": oldProvince(c.OldProvince), "value": "5def47c5f47614018c0000" + c.OldProvince}
		data["district"] = map[string]any{"label": c.District, "value": "5def47c5f47614018c001" + c.OldDistrict}
		data["village"] = map[string]any{"label": c.OldName, "value": "5def47c5f47614018c1" + c.Code}
	}
	if a.Business != "" {
		data["organization"] = a.Business
	}
	return map[string]any{"userId": "61" + v.ID[2:], "eformId": "5fa1b2c3d4e5f6a7b8c9d0e2", "data": data}
}

func oldProvince(code string) string {
	if code == "62" {
		return "Tỉnh Kon Tum"
	}
	return "Tỉnh Quảng Ngãi"
}

func (s *Sim) agencyOf(v city.DossierView) map[string]any {
	a := s.city.Agency(v.Agency)
	id := a.ID
	if v.Old {
		id = a.OldID
	}
	parent := map[string]any{"id": provinceID, "code": "H48", "name": s.name("UBND tỉnh Quảng Ngãi", v)}
	return map[string]any{"id": a.Mongo, "code": id, "name": s.name(a.NameAt(v.Created), v), "parent": parent, "ancestors": []any{parent}}
}

func files(v city.DossierView) []map[string]any {
	out := make([]map[string]any, 0, v.Now.Files)
	for i := range v.Now.Files {
		out = append(out, map[string]any{"id": fmt.Sprintf("%s%02d", v.ID[:22], i), "filename": fmt.Sprintf("giay-to-%d.pdf", i+1),
			"size": 10240 * (i + 1)})
	}
	return out
}

func (s *Sim) fees(v city.DossierView) []map[string]any {
	if v.Fee == 0 {
		return []map[string]any{}
	}
	paid := 0
	if v.Now.Status >= 9 {
		paid = v.Fee
	}
	return []map[string]any{{"id": "5fb" + v.ID[3:], "amount": v.Fee, "paid": paid,
		"procost": map[string]any{"type": map[string]any{"name": s.name("Lệ phí", v)}}}}
}

// tasks is the path of the dossier through the office, one for each state.
func (s *Sim) tasks(v city.DossierView) []map[string]any {
	out := make([]map[string]any, 0, len(v.History))
	for i, h := range v.History {
		out = append(out, s.task(v, i, h))
	}
	return out
}

func (s *Sim) task(v city.DossierView, i int, h city.DossierState) map[string]any {
	a := s.city.Agency(v.Agency)
	done := h.At
	if i+1 < len(v.History) {
		done = v.History[i+1].At
	}
	return map[string]any{"id": fmt.Sprintf("%s%02d", v.ID[:22], i), "assignee": map[string]any{"id": "62" + v.ID[2:], "fullname": h.Officer},
		"agency": map[string]any{"id": a.Mongo, "name": s.name(a.NameAt(v.Created), v)}, "isCurrent": bit(i == len(v.History)-1),
		"createdDate": s.date(h.At, v), "updatedDate": s.date(done, v), "dossierStatus": statusNumber(h.Status),
		"bpmProcessDefinitionTask": map[string]any{"name": s.name(h.Note, v),
			"variable": map[string]any{"canUpdateDossier": 1, "mustAttachResult": bit(h.Status == 9)}}}
}

// current is the task in hand: a list of one, or the one itself.
func (s *Sim) current(v city.DossierView) any {
	t := s.task(v, len(v.History)-1, v.Now)
	if !s.opt.Plain && v.N%5 == 2 {
		return t
	}
	return []any{t}
}

// linkedLog answers what was pushed to the hub of linked procedures.
func (s *Sim) linkedLog(w http.ResponseWriter, r *http.Request) {
	code := r.URL.Query().Get("nationCode")
	content := []map[string]any{}
	for _, v := range s.rows() {
		if code != "" && v.NationCode == code {
			content = s.pushes(v)
		}
	}
	simkit.WriteJSON(w, http.StatusOK, map[string]any{"content": content, "totalElements": len(content), "last": true})
}

func (s *Sim) pushes(v city.DossierView) []map[string]any {
	out := []map[string]any{}
	for _, l := range v.Linked {
		if l.At.After(s.now()) || len(out) == s.opt.Log {
			break
		}
		asked, err := json.Marshal(map[string]any{"maHoSo": v.NationCode, "trangThai": fmt.Sprint(l.Status),
			"thoiGianThucHien": l.At.Format("20060102150405")})
		if err != nil {
			continue
		}
		out = append(out, map[string]any{"dossierCode": v.Now.Code, "requestBody": string(asked), "responseBody": `{"status":200,"title":"Thành công"}`, "callTime": s.date(l.At, v)})
	}
	return out
}

func (s *Sim) agency(w http.ResponseWriter, r *http.Request) {
	for _, a := range s.city.Agencies {
		if a.Mongo == r.PathValue("id") {
			simkit.WriteJSON(w, http.StatusOK,
				map[string]any{"id": a.Mongo, "code": a.ID, "name": []any{map[string]any{"languageId": 228, "name": a.Name}}})
			return
		}
	}
	http.NotFound(w, r)
}

func (s *Sim) procedure(w http.ResponseWriter, r *http.Request) {
	for i, p := range s.city.Procedures {
		if procedureID(i) == r.PathValue("id") {
			simkit.WriteJSON(w, http.StatusOK, map[string]any{"id": procedureID(i), "code": p.Suffixed(), "nationCode": p.Code,
				"translate": []any{map[string]any{"languageId": 228, "name": p.Name}}, "sector": map[string]any{"code": p.FieldCode, "name": p.Field}})
			return
		}
	}
	http.NotFound(w, r)
}
