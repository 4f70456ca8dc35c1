package paknsim

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
)

// strangeStatus is a status that nobody listed.
const strangeStatus = 97

// list answers danh-sach-pakn: newest first; totals stand in every row.
func (s *Sim) list(w http.ResponseWriter, r *http.Request) {
	keep, err := s.filter(r)
	if err != nil {
		answer(w, nil, 400, err.Error())
		return
	}
	rows := slices.DeleteFunc(s.rows(), func(v city.FeedbackView) bool { return !keep(v) })
	slices.SortStableFunc(rows, func(a, b city.FeedbackView) int { return b.Created.Compare(a.Created) })
	size := number(r, "PageSize", 10)
	if size < 1 || size > s.opt.MaxSize {
		size = s.opt.MaxSize
	}
	sheet := simkit.Window(s.faults, rows, simkit.Ask{Page: number(r, "PageIndex", 1), Size: size, Base: 1})
	strange := simkit.Strange(s.faults)
	out := make([]map[string]any, 0, len(sheet.Rows))
	for i, v := range sheet.Rows {
		row := s.row(v, strange(v.ID))
		row["TotalItems"], row["TotalPages"] = sheet.Total, sheet.Pages
		if sheet.Total != len(rows) { // the totals fault: rows of one page disagree too
			row["TotalItems"] = sheet.Total + i
		}
		out = append(out, row)
	}
	answer(w, out, 200, "Thành công")
}

// answer writes the platform's envelope; the HTTP status is always 200.
func answer(w http.ResponseWriter, rows any, code int, message string) {
	simkit.WriteJSON(w, http.StatusOK, map[string]any{"DanhSachKetQua": rows, "NoiDungThongDiep": message, "MaTraLoi": code, "MaMenu": ""})
}

// filter reads TrangThai (comma list), DateFrom, DateTo (of NgayPhanAnh),
// HanXuLy (1 in time, 2 nearly due, 3 overdue), donViId and TuKhoa.
func (s *Sim) filter(r *http.Request) (func(city.FeedbackView) bool, error) {
	from, err := day(value(r, "DateFrom"), time.Time{})
	if err != nil {
		return nil, err
	}
	to, err := day(value(r, "DateTo"), time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		return nil, err
	}
	if _, exclusive := s.faults.Hit(simkit.Exclusive, -1); !exclusive {
		to = to.AddDate(0, 0, 1)
	}
	var states []string
	if list := value(r, "TrangThai"); list != "" {
		states = strings.Split(list, ",")
	}
	lateness, unit, word := value(r, "HanXuLy"), value(r, "donViId"), value(r, "TuKhoa")
	return func(v city.FeedbackView) bool {
		if v.Created.Before(from) || !v.Created.Before(to) {
			return false
		}
		if states != nil && !slices.Contains(states, strconv.Itoa(v.Now.Status)) {
			return false
		}
		if lateness != "" && lateness != strconv.Itoa(s.lateness(v)) {
			return false
		}
		if unit != "" && s.city.Agency(v.Now.Agency).GUID != unit {
			return false
		}
		return word == "" || strings.Contains(v.Title, word) || strings.Contains(v.Code, word)
	}, nil
}

func day(text string, otherwise time.Time) (time.Time, error) {
	if text == "" {
		return otherwise, nil
	}
	for _, layout := range []string{"2006-01-02", "02/01/2006", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, text, city.Zone()); err == nil {
			y, m, d := t.Date()
			return time.Date(y, m, d, 0, 0, 0, 0, city.Zone()), nil
		}
	}
	return time.Time{}, fmt.Errorf("Ngày không hợp lệ: %.20q", text)
}

// lateness is 3 overdue, 2 nearly due, 1 in time: the reverse of documents.
func (s *Sim) lateness(v city.FeedbackView) int {
	at := s.clock.Now()
	if done := v.First(8); !done.IsZero() && v.Now.Status == 8 {
		at = done
	}
	switch {
	case v.Now.Due.IsZero():
		return 1
	case at.After(v.Now.Due):
		return 3
	case v.Now.Due.Sub(at) < 24*time.Hour && v.Now.Status != 8:
		return 2
	}
	return 1
}

// stampOf writes a moment without a zone, with none, two or three digits of
// fraction by the row; nil for none.
func stampOf(t time.Time, n int) any {
	if t.IsZero() {
		return nil
	}
	layouts := []string{"2006-01-02T15:04:05", "2006-01-02T15:04:05.00", "2006-01-02T15:04:05.0000000"}
	return t.In(city.Zone()).Format(layouts[n%3])
}

func (s *Sim) row(v city.FeedbackView, strange bool) map[string]any {
	status, label := v.Now.Status, city.FeedbackLabel(v.Now.Status)
	switch {
	case strange:
		status, label = strangeStatus, "Trạng thái chưa từng có"
	case v.N%97 == 5: // number and text disagree
		label = city.FeedbackLabel(12)
	}
	cat := city.Categories()[v.Category]
	unit := s.city.Agency(v.Now.Agency)
	c := s.city.Communes[v.Commune]
	p := v.Reporter
	name := p.Name
	if v.Anonymous {
		name = "Ẩn danh" // and the phone is there all the same
	}
	left := 0
	if done := v.First(8); v.Now.Status == 8 { // the countdown stops with the matter
		left = int(v.Now.Due.Sub(done).Hours() / 24)
	} else if !v.Now.Due.IsZero() {
		left = int(v.Now.Due.Sub(s.clock.Now()).Hours() / 24)
	}
	return map[string]any{"Id": v.ID, "SoPAKN": v.Code, "TieuDe": v.Title, "NoiDung": v.Content + v.Now.Tail,
		"NguonPAKNId": v.Channel + 1, "NguonPAKN": city.Channels()[v.Channel].Name, "LinhVucPAKNId": v.Category + 1, "LinhVucPAKN_Ten": cat.Name,
		"LuatId": nil, "NoiDungPAKNId": nil, "DoiTuongId": 1, "TaskId": "7a" + v.ID[2:], "TenNguoiPhanAnh": name, "CMTND": p.ID, "Email": p.Email,
		"SoDienThoai": p.Phone, "DiaChi": p.Street, "DiaChiChiTiet": p.Street + ", " + c.Name, "TinhId": city.ProvinceCode, "HuyenId": nil,
		"XaId":      c.Code,
		"TrangThai": status, "TrangThai_Text": label, "NgayPhanAnh": stampOf(v.Created, v.N), "NgayNhan": stampOf(v.First(2, 10), v.N),
		"HanXuLy": stampOf(v.Now.Due, v.N), "SoNgayToiHan": left, "NgayHoanThanh": finished(v), "NgayHuyBo": stampOf(v.First(11), v.N),
		"NgayTuChoi": stampOf(v.First(10), v.N),
		"DonViXuLy":  unit.Name, "DonViXuLyId": unit.GUID, "DonViPhoiHop": "", "DonViGuiYeuCau": "Trung tâm 1022", "ChuyenVienChuTri": "",
		"LaPAKNChuyenLai": v.Now.Bounced > 0, "LaPAKNChuyenLaiTuDonVi": v.Now.Bounced > 1, "LaPAKNChuyenLaiNguoiDan": false,
		"CongKhai": v.Public, "AnDanh": v.Anonymous, "ThoiGianTaoMoi": stampOf(v.Created, v.N), "ThoiGianCapNhat": stampOf(v.Updated, v.N)}
}

func finished(v city.FeedbackView) any {
	if v.Now.Status != 8 {
		return nil
	}
	return stampOf(v.First(8), v.N)
}

// detail answers chi-tiet-kien-nghi?id=, with the answer given.
func (s *Sim) detail(w http.ResponseWriter, r *http.Request) {
	v, ok := s.find(value(r, "id"))
	if !ok {
		answer(w, []any{}, 404, "Không tìm thấy phản ánh kiến nghị")
		return
	}
	row := s.row(v, false)
	row["NoiDungTraLoi"], row["DanhGia"] = v.Now.Answer, v.Now.Rating
	answer(w, []any{row}, 200, "Thành công")
}

// steps answers TienTrinhXulyPAKN?paknId=.
func (s *Sim) steps(w http.ResponseWriter, r *http.Request) {
	v, ok := s.find(value(r, "paknId"))
	if !ok {
		answer(w, []any{}, 404, "Không tìm thấy phản ánh kiến nghị")
		return
	}
	out := []map[string]any{}
	for i, h := range v.History {
		step := map[string]any{"PaknId": v.ID, "NoiDungXuLy": h.Note, "TrangThaiXuLy": city.FeedbackLabel(h.Status), "TrangThaiBatDauId": nil,
			"TrangThaiChuyenDenId": h.Status, "NgayBatDau": stampOf(h.At, v.N), "NgayKetThuc": nil, "DonViThaoTac": s.city.Agency(h.Agency).Name,
			"NguoiThaoTac": "Chuyên viên", "TaiLieus": []any{}}
		if i > 0 {
			step["TrangThaiBatDauId"] = v.History[i-1].Status
		}
		if i+1 < len(v.History) {
			step["NgayKetThuc"] = stampOf(v.History[i+1].At, v.N)
		}
		out = append(out, step)
	}
	answer(w, out, 200, "Thành công")
}

func (s *Sim) find(id string) (city.FeedbackView, bool) {
	for _, v := range s.rows() {
		if v.ID == id || v.Mongo == id {
			return v, true
		}
	}
	return city.FeedbackView{}, false
}

// byStatus answers thong-ke-pakn-theo-trang-thai.
func (s *Sim) byStatus(w http.ResponseWriter, _ *http.Request) {
	counts := map[int]int{}
	for _, v := range s.rows() {
		counts[v.Now.Status]++
	}
	out := []map[string]any{}
	for code := 1; code <= 22; code++ {
		if counts[code] > 0 {
			out = append(out, map[string]any{"TrangThai": code, "TrangThai_Text": city.FeedbackLabel(code), "SoLuong": counts[code]})
		}
	}
	answer(w, out, 200, "Thành công")
}
