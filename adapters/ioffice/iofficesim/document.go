package iofficesim

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

// ProvincePosition is the ma_ctcb that sees every document; so does a request
// without one. Any other position sees a fifth.
const ProvincePosition = "9001"

const dayLayout = "02/01/2006"

func (s *Sim) incoming(w http.ResponseWriter, r *http.Request) { s.list(w, r, false) }
func (s *Sim) outgoing(w http.ResponseWriter, r *http.Request) { s.list(w, r, true) }

// list answers the lists of documents: a form post with nam (mandatory), page
// (1-based), size, a window of days and -1 or 0 as wildcards.
func (s *Sim) list(w http.ResponseWriter, r *http.Request, out bool) {
	year := atoi(form(r, "nam"), 0)
	if year == 0 {
		fail(w, "Tham số nam là bắt buộc")
		return
	}
	keep, err := s.filter(r, out, year)
	if err != nil {
		fail(w, err.Error())
		return
	}
	rows := simkit.Bend(s.faults, s.clock.Now(), s.city.DocumentsAt(s.clock.Now()), func(v city.DocumentView, t time.Time) city.DocumentView {
		v.Updated = t
		return v
	})
	rows = slices.DeleteFunc(rows, func(v city.DocumentView) bool { return v.Now.Recalled || !keep(v) })
	slices.SortStableFunc(rows, func(a, b city.DocumentView) int { return b.Arrived.Compare(a.Arrived) })
	size := atoi(form(r, "size"), 10)
	if size < 1 || size > s.opt.MaxSize {
		size = s.opt.MaxSize
	}
	page := max(atoi(form(r, "page"), 1), 1)
	if last := (len(rows) + size - 1) / size; !s.opt.EmptyPastEnd && page > last && last > 0 {
		page = last // past the end the last page comes again
	}
	sheet := simkit.Window(s.faults, rows, simkit.Ask{Page: page, Size: size, Base: 1})
	strange := simkit.Strange(s.faults)
	data := make([]map[string]any, 0, len(sheet.Rows))
	for _, v := range sheet.Rows {
		data = append(data, s.row(v, strange(v.RowKey())))
	}
	simkit.WriteJSON(w, http.StatusOK, map[string]any{"success": true, "message": "Thành công", "data": data})
}

func fail(w http.ResponseWriter, message string) {
	simkit.WriteJSON(w, http.StatusOK, map[string]any{"success": false, "message": message, "data": nil})
}

func wild(s string) bool { return s == "" || s == "-1" || s == "0" }

// filter reads the window (tu_ngay/den_ngay or nhan_tu_ngay/nhan_den_ngay, on
// the day of arrival), the state and the position.
func (s *Sim) filter(r *http.Request, out bool, year int) (func(city.DocumentView) bool, error) {
	first := func(a, b string) string {
		if v := form(r, a); v != "" {
			return v
		}
		return form(r, b)
	}
	from, err := day(first("tu_ngay", "nhan_tu_ngay"), time.Time{})
	if err != nil {
		return nil, err
	}
	to, err := day(first("den_ngay", "nhan_den_ngay"), time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		return nil, err
	}
	if _, exclusive := s.faults.Hit(simkit.Exclusive, -1); !exclusive {
		to = to.AddDate(0, 0, 1)
	}
	state, position := form(r, "trang_thai_xu_ly"), form(r, "ma_ctcb")
	return func(v city.DocumentView) bool {
		switch {
		case v.Out != out || v.Arrived.Year() != year || v.Arrived.Before(from) || !v.Arrived.Before(to):
			return false
		case !wild(state) && state != strconv.Itoa(stateNumber(v.Now.Status)):
			return false
		case !wild(position) && position != ProvincePosition:
			return v.N%5 == atoi(position, 0)%5
		}
		return true
	}, nil
}

func day(text string, otherwise time.Time) (time.Time, error) {
	if text == "" {
		return otherwise, nil
	}
	t, err := time.ParseInLocation(dayLayout, text, city.Zone())
	if err != nil {
		return t, fmt.Errorf("Ngày không đúng định dạng dd/MM/yyyy: %.20q", text)
	}
	return t, nil
}

func states() []string {
	return []string{"", "CHO_VAO_SO", "CHO_PHAN_XU_LY", "CHO_XU_LY", "DANG_XU_LY", "DA_XU_LY"}
}

func stateNumber(status string) int { return slices.Index(states(), status) }

// stateName is the state as it reads: an outgoing document waits to be signed,
// numbered and issued, where an incoming one waits to be dealt with.
func stateName(status string, out bool) string {
	if out {
		return map[string]string{"CHO_VAO_SO": "Chờ trình ký", "CHO_PHAN_XU_LY": "Chờ cấp số", "CHO_XU_LY": "Chờ ban hành",
			"DANG_XU_LY": "Chờ ban hành", "DA_XU_LY": "Đã ban hành"}[status]
	}
	return map[string]string{"CHO_VAO_SO": "Chờ vào sổ", "CHO_XU_LY": "Chờ xử lý", "CHO_PHAN_XU_LY": "Chờ phân xử lý",
		"DANG_XU_LY": "Đang xử lý", "DA_XU_LY": "Đã xử lý"}[status]
}

// float writes an id the way the tenant does: 1000001.0.
func float(n int) json.Number { return json.Number(strconv.Itoa(n) + ".0") }

func dateOf(t time.Time) any {
	if t.IsZero() {
		return ""
	}
	return t.In(city.Zone()).Format(dayLayout)
}

func (s *Sim) row(v city.DocumentView, strange bool) map[string]any {
	code, label := stateNumber(v.Now.Status), stateName(v.Now.Status, v.Out)
	if strange {
		code, label = 97, "Trạng thái chưa từng có"
	}
	urgency := []string{"Thường", "Khẩn", "Thượng khẩn", "Hỏa tốc"}[v.Urgency]
	row := map[string]any{"ma_van_ban": float(v.ID), "so_ky_hieu": v.Display(), "trich_yeu": v.Subject, "ngay_ban_hanh": dateOf(v.Issued),
		"ten_can_bo_soan": v.Drafter, "co_quan_ban_hanh_rut_gon": v.Issuer, "nguoi_xu_ly_chinh": v.Now.Handler,
		"file_van_ban_bs": strings.Join(v.Files, ":"), "ma_loai_van_ban": float(v.TypeCode), "ten_loai_van_ban": v.Type, "do_khan": urgency,
		"nguoi_ky": v.Signer, "han_xu_ly": dateOf(v.Due), "trang_thai_xu_ly": float(code), "ten_trang_thai_xu_ly": label,
		"nam": v.Arrived.Year()}
	if v.Out {
		row["ma_van_ban_di"] = float(v.ID)
		row["ngay_di"] = dateOf(v.Arrived)
	} else {
		row["ma_van_ban_den"] = float(v.ID)
		row["so_den"] = float(v.Arrived.YearDay()*70 + v.N%70) // the book of incoming documents begins anew each year
		row["ngay_den"] = dateOf(v.Arrived)
	}
	return row
}

// detail answers chi-tiet-van-ban-di?ma_van_ban_di=, for incoming ones too.
func (s *Sim) detail(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimSuffix(form(r, "ma_van_ban_di"), ".0")
	for _, v := range s.city.DocumentsAt(s.clock.Now()) {
		if v.RowKey() != id || v.Now.Recalled {
			continue
		}
		row := s.row(v, false)
		to := []map[string]any{}
		for _, a := range v.Recipient {
			to = append(to, map[string]any{"ma_don_vi_kc": float(a + 1), "ten_don_vi": s.city.Agency(a).Name, "ma_dinh_danh": s.city.Agency(a).ID})
		}
		row["don_vi_nhan"] = to
		simkit.WriteJSON(w, http.StatusOK, map[string]any{"success": true, "message": "Thành công", "data": row})
		return
	}
	fail(w, "Không tìm thấy văn bản")
}

func (s *Sim) types(w http.ResponseWriter, _ *http.Request) {
	data := []map[string]any{}
	for _, t := range city.DocumentTypes() {
		data = append(data, map[string]any{"ma_loai_van_ban_kc": float(t.Code), "ten_loai_van_ban": t.Name})
	}
	simkit.WriteJSON(w, http.StatusOK, map[string]any{"success": true, "message": "Thành công", "data": data})
}

// units is the tree of units: {data, childs[]}.
func (s *Sim) units(w http.ResponseWriter, _ *http.Request) {
	leaves := []map[string]any{}
	for i, a := range s.city.Agencies {
		leaves = append(leaves, map[string]any{"data": map[string]any{"ma_don_vi_kc": float(i + 1), "ten_don_vi": a.Name, "ma_dinh_danh": a.ID},
			"childs": []any{}})
	}
	root := map[string]any{"data": map[string]any{"ma_don_vi_kc": float(0), "ten_don_vi": "UBND tỉnh Quảng Ngãi", "ma_dinh_danh": "H48"},
		"childs": leaves}
	simkit.WriteJSON(w, http.StatusOK, map[string]any{"success": true, "message": "Thành công", "data": []any{root}})
}

func (s *Sim) positions(w http.ResponseWriter, _ *http.Request) {
	data := []map[string]any{{"ma_ctcb_kc": float(9001), "ten_chuc_vu": "Tài khoản tích hợp cấp tỉnh"}}
	for i := 1; i <= 5; i++ {
		data = append(data, map[string]any{"ma_ctcb_kc": float(100 + i), "ten_chuc_vu": "Chuyên viên"})
	}
	simkit.WriteJSON(w, http.StatusOK, map[string]any{"success": true, "message": "Thành công", "data": data})
}
