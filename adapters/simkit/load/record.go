package load

import (
	"strconv"
	"time"

	"iocgateway/adapters/simkit"
)

// Layout is how the source writes an instant, in the time of Việt Nam.
const Layout = "02/01/2006 15:04:05"

// Statuses are the canonical words for the source's codes "1" to "10".
func Statuses() []string {
	return []string{"registered", "accepted", "refused", "processing", "supplement_required", "payment_required", "withdrawn",
		"suspended", "finished", "returned"}
}

func labels() []string {
	return []string{"Mới đăng ký", "Được tiếp nhận", "Không được tiếp nhận", "Đang xử lý", "Yêu cầu bổ sung giấy tờ",
		"Yêu cầu thực hiện nghĩa vụ tài chính", "Công dân yêu cầu rút hồ sơ", "Dừng xử lý", "Đã xử lý xong", "Đã trả kết quả"}
}

type words struct {
	units, procedures [][]string
	family, middle    []string
	given, levels     []string
	channels          []string
	codes, labels     []string
}

func newWords() words {
	w := words{
		units: [][]string{{"21172", "Phường Cẩm Thành"}, {"21028", "Phường Nghĩa Lộ"}, {"21040", "Xã Bình Sơn"}, {"21085", "Xã Vạn Tường"},
			{"21115", "Xã Trà Bồng"}, {"21439", "Xã Ba Tơ"}, {"21548", "Đặc khu Lý Sơn"}, {"23293", "Phường Kon Tum"}},
		procedures: [][]string{
			{"1.004193.000.00.00.H48", "Thủ tục cấp bản sao trích lục hộ tịch", "Hộ tịch"},
			{"2.000635.000.00.00.H48", "Cấp giấy chứng nhận đăng ký hộ kinh doanh", "Thành lập và hoạt động hộ kinh doanh"},
			{"1.012796.000.00.00.H48", "Đính chính Giấy chứng nhận quyền sử dụng đất đã cấp lần đầu có sai sót", "Đất đai"},
			{"1.009994.000.00.00.H48", "Cấp giấy phép xây dựng mới đối với công trình cấp III, cấp IV và nhà ở riêng lẻ", "Hoạt động xây dựng"}},
		family:   []string{"Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ"},
		middle:   []string{"Văn", "Thị", "Hữu", "Đức", "Ngọc", "Minh", "Thanh", "Quốc"},
		given:    []string{"An", "Bình", "Châu", "Dũng", "Giang", "Hạnh", "Hùng", "Lan", "Phượng", "Quỳnh", "Thảo", "Tuấn"},
		levels:   []string{"TINH", "HUYEN", "XA"},
		channels: []string{"TRUC_TUYEN", "TRUC_TIEP", "BUU_CHINH"},
		labels:   labels(),
	}
	for i := range w.labels {
		w.codes = append(w.codes, strconv.Itoa(i+1))
	}
	return w
}

// The two values in a thousand that no reading makes sense of.
const (
	badDate   = 500
	badStatus = 501
)

// original is the record that record i repeats: every twentieth is an exact
// repeat of an earlier one.
func original(i int) int {
	if i%20 == 19 {
		return i - 7
	}
	return i
}

// Renderer makes the job's records. A record is a function of its number and
// of how often it was edited; a Renderer is safe for concurrent use.
type Renderer struct{ w words }

// NewRenderer makes a Renderer.
func NewRenderer() *Renderer { return &Renderer{newWords()} }

// Append appends record i, about 1 KB of JSON, as it stands after edit edits.
// An edit gives it another status, change time and version.
func (r *Renderer) Append(b []byte, i, edit int) []byte {
	i = original(i)
	w, rnd := &r.w, simkit.NewRand(42, "load", i)
	unit, procedure := simkit.Pick(rnd, w.units), simkit.Pick(rnd, w.procedures)
	status := (rnd.IntN(len(w.codes)) + edit) % len(w.codes)
	code := w.codes[status]
	t0 := time.Date(2025, 1, 2, 7, 30, 0, 0, time.UTC).Add(time.Duration(i) * 47 * time.Second)
	received := t0.Add(time.Duration(rnd.IntN(20000)) * time.Second)
	due := t0.Add(time.Duration(3+rnd.IntN(15)) * 24 * time.Hour)
	changed := t0.Add(time.Duration(rnd.IntN(500000)+edit*3600) * time.Second)

	b = append(b, `{"maHoSo":"H48.`...)
	b = append(b, rnd.Digits(2)...)
	b = append(b, '-')
	b = t0.AppendFormat(b, "060102")
	b = append(b, '-')
	b = appendPadded(b, i)
	b = append(b, `","thuTuc":{`...)
	b = members(b, "ma", procedure[0], "ten", procedure[1], "linhVuc", procedure[2], "capThucHien", simkit.Pick(rnd, w.levels))
	b = append(b, `},"nguoiNop":{`...)
	b = members(b, "hoTen", simkit.Pick(rnd, w.family)+" "+simkit.Pick(rnd, w.middle)+" "+simkit.Pick(rnd, w.given),
		"soDienThoai", "09"+rnd.Digits(8), "email", "congdan"+strconv.Itoa(i)+"@example.vn")
	b = append(b, `,"diaChi":{`...)
	b = members(b, "soNha", strconv.Itoa(rnd.Between(1, 400))+" đường Hùng Vương", "phuongXa", unit[1], "maXa", unit[0], "tinh",
		"Tỉnh Quảng Ngãi")
	b = append(b, `}},"coQuan":{`...)
	b = members(b, "ma", "H48."+strconv.Itoa(rnd.Between(1, 96)), "ten", "Ủy ban nhân dân "+unit[1])
	if i%1000 == badStatus {
		code = ""
	}
	b = append(b, `},"trangThai":{`...)
	b = members(b, "ma", code, "ten", w.labels[status])
	b = append(b, '}', ',')
	b = members(b, "hinhThucNop", simkit.Pick(rnd, w.channels))
	if b = append(b, ','); i%1000 == badDate {
		b = members(b, "ngayNop", "31/02/2025 08:00:00")
	} else {
		b = instant(b, "ngayNop", t0)
	}
	b = instant(append(b, ','), "ngayTiepNhan", received)
	b = instant(append(b, ','), "ngayHenTra", due)
	b = instant(append(b, ','), "ngayCapNhat", changed)
	b = append(b, `,"lePhi":{"soTien":`...)
	b = strconv.AppendInt(b, int64(rnd.IntN(50)*10000), 10)
	b = append(b, `,"daThanhToan":`...)
	b = strconv.AppendBool(b, rnd.IntN(2) == 0)
	b = append(b, `},"phienBan":`...)
	b = strconv.AppendInt(b, int64(rnd.Between(1, 9)+edit), 10)
	return append(b, `,"ghiChu":"Hồ sơ nộp qua Cổng dịch vụ công quốc gia, cần kiểm tra lại thành phần hồ sơ trước ngày hẹn trả","nguon":"DVCQG"}`...)
}

// members appends names and texts; none of the words here needs an escape.
func members(b []byte, pairs ...string) []byte {
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, pairs[i]...)
		b = append(b, '"', ':', '"')
		b = append(b, pairs[i+1]...)
		b = append(b, '"')
	}
	return b
}

func instant(b []byte, name string, at time.Time) []byte {
	b = append(b, '"')
	b = append(b, name...)
	b = append(b, '"', ':', '"')
	b = at.AppendFormat(b, Layout)
	return append(b, '"')
}

func appendPadded(b []byte, i int) []byte {
	for ten := 1000000; ten > 1 && i < ten; ten /= 10 {
		b = append(b, '0')
	}
	return strconv.AppendInt(b, int64(i), 10)
}
