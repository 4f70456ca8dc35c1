package iofficesim

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
)

// wanted is the request of get-all.
type wanted struct {
	Index, Size       int
	IsSortByHanXuLy   bool
	MangTrangThai     []string
	NgayTaoNhiemVu    *struct{ FromDate, ToDate string }
	TrangThaiHanXuLy  json.RawMessage
	LoaiNhiemVuId     string
	IsNhiemVuCaNhan   bool
	IsNhiemVuDonViCon bool
}

// tasks answers nhiem-vu/get-all.
func (s *Sim) tasks(w http.ResponseWriter, r *http.Request) {
	var in wanted
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&in); err != nil {
		reply(w, nil, "Yêu cầu không hợp lệ")
		return
	}
	keep, err := in.filter()
	if err != nil {
		reply(w, nil, err.Error())
		return
	}
	rows := simkit.Bend(s.faults, s.clock.Now(), s.city.TasksAt(s.clock.Now()), func(v city.TaskView, t time.Time) city.TaskView {
		v.Updated = t
		return v
	})
	rows = slices.DeleteFunc(rows, func(v city.TaskView) bool { return !keep(v) })
	slices.SortStableFunc(rows, func(a, b city.TaskView) int {
		if in.IsSortByHanXuLy {
			return a.Now.Due.Compare(b.Now.Due)
		}
		return b.Created.Compare(a.Created)
	})
	if in.Size < 1 || in.Size > s.opt.MaxSize {
		in.Size = s.opt.MaxSize
	}
	sheet := simkit.Window(s.faults, rows, simkit.Ask{Page: max(in.Index, 1), Size: in.Size, Base: 1})
	strange := simkit.Strange(s.faults)
	data := make([]map[string]any, 0, len(sheet.Rows))
	for _, v := range sheet.Rows {
		data = append(data, s.taskRow(v, strange(v.ID)))
	}
	reply(w, map[string]any{"PageData": data, "TotalRows": sheet.Total, "CurrentPage": sheet.Page, "PageSize": in.Size,
		"TotalPage": sheet.Pages}, "")
}

// reply writes the platform's envelope; a message is a failure.
func reply(w http.ResponseWriter, data any, failure string) {
	out := map[string]any{"Data": data, "IsSuccess": failure == "", "StatusCode": 200, "Messages": []string{}, "ValidationResult": nil}
	if failure != "" {
		out["StatusCode"], out["Messages"] = 400, []string{failure}
	}
	simkit.WriteJSON(w, http.StatusOK, out)
}

func (in wanted) filter() (func(city.TaskView) bool, error) {
	from, to := time.Time{}, time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)
	if span := in.NgayTaoNhiemVu; span != nil {
		var err error
		if from, err = moment(span.FromDate, from); err != nil {
			return nil, err
		}
		if to, err = moment(span.ToDate, to); err != nil {
			return nil, err
		}
		to = to.AddDate(0, 0, 1)
	}
	return func(v city.TaskView) bool {
		if v.Created.Before(from) || !v.Created.Before(to) {
			return false
		}
		if in.LoaiNhiemVuId != "" && in.LoaiNhiemVuId != kindIDs()[v.Level] {
			return false
		}
		return len(in.MangTrangThai) == 0 || slices.Contains(in.MangTrangThai, v.Now.Status)
	}, nil
}

func moment(text string, otherwise time.Time) (time.Time, error) {
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, text, city.Zone()); err == nil {
			y, m, d := t.Date()
			return time.Date(y, m, d, 0, 0, 0, 0, city.Zone()), nil
		}
	}
	return day(text, otherwise)
}

func kindIDs() []string {
	return []string{"e1000000-0000-4000-a000-000000000001", "e1000000-0000-4000-a000-000000000002", "e1000000-0000-4000-a000-000000000003"}
}

func kindNames() []string {
	return []string{"Nhiệm vụ UBND tỉnh giao", "Nhiệm vụ CP/VPCP giao", "Nhiệm vụ đơn vị"}
}

func kindCodes() []string {
	return []string{"nhiem-vu-ubnd-tinh", "nhiem-vu-cp/vpcp", "nhiem-vu-don-vi"}
}

// machine and display are the twins of a date: HanXuLy and HanXuLy_.
func machine(t time.Time, n int) any {
	if t.IsZero() {
		return nil
	}
	return t.In(city.Zone()).Format([]string{"2006-01-02T15:04:05", "2006-01-02T15:04:05.00", "2006-01-02T15:04:05.0000000"}[n%3])
}

func display(t time.Time) any {
	if t.IsZero() {
		return ""
	}
	return t.In(city.Zone()).Format("02/01/2006 15:04:05")
}

// lateness is qua-han, den-han or trong-han.
func (s *Sim) lateness(v city.TaskView) string {
	at := s.clock.Now()
	if !v.Now.Finished.IsZero() {
		at = v.Now.Finished
	}
	switch left := v.Now.Due.Sub(at); {
	case left < 0:
		return "qua-han"
	case left < 72*time.Hour && v.Now.Finished.IsZero():
		return "den-han"
	}
	return "trong-han"
}

func stateID(status string) string {
	list := []string{"CHO_PHAN_XU_LY", "CHUA_THUC_HIEN", "DANG_THUC_HIEN", "DA_HOAN_THANH", "THU_HOI", "TRA_LAI"}
	return "f1000000-0000-4000-a000-00000000000" + string(rune('1'+slices.Index(list, status)))
}

func (s *Sim) taskRow(v city.TaskView, strange bool) map[string]any {
	code, label, id := v.Now.Status, city.TaskLabel(v.Now.Status), stateID(v.Now.Status)
	if strange {
		code, label, id = "TRANG_THAI_LA", "Trạng thái chưa từng có", "f1000000-0000-4000-a000-0000000000ff"
	}
	units := []map[string]any{}
	for i, a := range append([]int{v.Lead}, v.With...) {
		units = append(units, map[string]any{"DonViId": s.city.Agency(a).GUID, "TenDonVi": s.city.Agency(a).Name, "CanBoId": nil,
			"LaChuTri":  i == 0,
			"TrangThai": v.Now.Units[i], "TrangThaiHanXuLy": s.lateness(v)})
	}
	sub := v.N % 4
	row := map[string]any{"Id": v.ID, "SoNhiemVu": v.Number, "MaNV": v.Code, "NoiDungTheoDoi": v.Content, "LoaiNhiemVu": kindNames()[v.Level],
		"LoaiNhiemVuId": kindIDs()[v.Level], "MaLoaiNhiemVu": kindCodes()[v.Level], "TrangThai": label, "MaTrangThai": code, "TrangThaiId": id,
		"WTrangThai":       v.Now.Percent,
		"TrangThaiHanXuLy": s.lateness(v), "HanXuLy": machine(v.Now.Due, v.N), "HanXuLy_": display(v.Now.Due),
		"HanXuLyVPCP": machine(v.SuperiorAt, v.N),
		"NgayTao":     machine(v.Created, v.N), "NgayTaoNhiemVu": machine(v.Created, v.N), "NgayTaoNhiemVu_": display(v.Created),
		"NgayHoanThanh": machine(v.Now.Finished, v.N), "IsHoanThanhQuaHan": !v.Now.Finished.IsZero() && v.Now.Finished.After(v.Now.Due),
		"SoKyHieuVanBan": v.BasedOn, "NgayVanBan": machine(v.BasedDay, v.N), "TrichYeuVanBan": v.BasedText, "DonViTheoDoi": "Văn phòng UBND tỉnh",
		"ChuyenVienTheoDoi": v.Monitor, "NguoiGiaoViec": v.Assigner, "DonViTaoId": s.city.Agencies[0].GUID, "TinhHinhThucHien": v.Now.Note,
		"TinhHinhThucHienNoiBo": "", "DaGuiVPCP": v.Level == 1 && code == "DA_HOAN_THANH", "TrangThaiDonViXuLy": units,
		"CongViecCon":   map[string]any{"TongSo": sub, "TrongHan": sub, "QuaHan": 0, "ToiHan": 0},
		"NoiDungDonDoc": "", "ThoiGianDonDoc": machine(v.Now.Urged, v.N), "TenDonViCaNhanBiDonDoc": "", "NoiDungTraLai": v.Now.Returned,
		"NoiDungThuHoi": "", "IdCuocHop": nil, "OwnerTypeName": "DonVi", "DonViChuTri": s.city.Agency(v.Lead).Name,
		"DonViChuTriId": s.city.Agency(v.Lead).GUID}
	if !v.Now.Urged.IsZero() {
		row["NoiDungDonDoc"], row["TenDonViCaNhanBiDonDoc"] = "Đề nghị khẩn trương thực hiện", s.city.Agency(v.Lead).Name
	}
	if v.Now.Status == "THU_HOI" {
		row["NoiDungThuHoi"] = "Giao nhầm đơn vị"
	}
	return row
}

func (s *Sim) find(id string) (city.TaskView, bool) {
	for _, v := range s.city.TasksAt(s.clock.Now()) {
		if v.ID == id {
			return v, true
		}
	}
	return city.TaskView{}, false
}

func (s *Sim) task(w http.ResponseWriter, r *http.Request) {
	if v, ok := s.find(r.URL.Query().Get("id")); ok {
		reply(w, s.taskRow(v, false), "")
		return
	}
	reply(w, nil, "Không tìm thấy nhiệm vụ")
}

// returns answers lich-su-tra-lai: when and why it was sent back.
func (s *Sim) returns(w http.ResponseWriter, r *http.Request) {
	v, ok := s.find(r.PathValue("id"))
	list := []map[string]any{}
	if ok {
		for _, h := range v.History {
			if h.Status == "TRA_LAI" {
				list = append(list, map[string]any{"NgayTraLai": machine(h.At, v.N), "NoiDungTraLai": h.Returned,
					"DonViTraLai": s.city.Agency(v.Lead).Name})
			}
		}
	}
	reply(w, list, "")
}

// progress answers tinh-hinh-thuc-hien: every state the task was in.
func (s *Sim) progress(w http.ResponseWriter, r *http.Request) {
	v, ok := s.find(r.PathValue("id"))
	list := []map[string]any{}
	if ok {
		for _, h := range v.History {
			list = append(list, map[string]any{"NgayCapNhat": machine(h.At, v.N), "MaTrangThai": h.Status, "PhanTram": h.Percent, "NoiDung": h.Note,
				"HanXuLy": machine(h.Due, v.N)})
		}
	}
	reply(w, list, "")
}

func (s *Sim) kinds(w http.ResponseWriter, _ *http.Request) {
	list := []map[string]any{}
	for i, id := range kindIDs() {
		list = append(list, map[string]any{"Id": id, "TenLoai": kindNames()[i], "MaLoai": kindCodes()[i]})
	}
	reply(w, list, "")
}
