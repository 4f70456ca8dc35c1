package mappings

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"strings"
	"testing"
	"time"

	"iocgateway/canonical"
)

func benchStatuses() [][2]string {
	return [][2]string{{"1", "Mới đăng ký"}, {"2", "Được tiếp nhận"}, {"3", "Không được tiếp nhận"}, {"4", "Đang xử lý"},
		{"5", "Yêu cầu bổ sung giấy tờ"}, {"6", "Yêu cầu thực hiện nghĩa vụ tài chính"}, {"7", "Công dân yêu cầu rút hồ sơ"},
		{"8", "Dừng xử lý"}, {"9", "Đã xử lý xong"}, {"10", "Đã trả kết quả"}}
}

// benchRecord is one dossier of about 1 KB, as the reference source gives it.
func benchRecord(i int, r *rand.Rand) []byte {
	pick := func(from ...string) string { return from[r.Intn(len(from))] }
	quote := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	const layout = "02/01/2006 15:04:05"
	unit := [][2]string{{"21172", "Phường Cẩm Thành"}, {"21028", "Phường Nghĩa Lộ"}, {"21040", "Xã Bình Sơn"},
		{"21439", "Xã Ba Tơ"}, {"21548", "Đặc khu Lý Sơn"}, {"23293", "Phường Kon Tum"}}[r.Intn(6)]
	procedure := [][3]string{{"1.004193.000.00.00.H48", "Thủ tục cấp bản sao trích lục hộ tịch", "Hộ tịch"},
		{"2.000635.000.00.00.H48", "Cấp giấy chứng nhận đăng ký hộ kinh doanh", "Thành lập và hoạt động hộ kinh doanh"},
		{"1.009994.000.00.00.H48", "Cấp giấy phép xây dựng mới đối với công trình cấp III, cấp IV và nhà ở riêng lẻ", "Hoạt động xây dựng"}}[r.Intn(3)]
	status := benchStatuses()[r.Intn(10)]
	name := pick("Nguyễn", "Trần", "Huỳnh", "Đặng") + " " + pick("Văn", "Thị", "Hữu") + " " + pick("An", "Bình", "Phượng", "Quỳnh")
	t0 := time.Date(2025, 1, 2, 7, 30, 0, 0, time.UTC).Add(time.Duration(i) * 97 * time.Second)
	submitted := t0.Format(layout)
	received := t0.Add(time.Duration(r.Intn(20000)) * time.Second).Format(layout)
	due := t0.Add(time.Duration(3+r.Intn(15)) * 24 * time.Hour).Format(layout)
	changed := t0.Add(time.Duration(r.Intn(500000)) * time.Second).Format(layout)
	if i%1000 == 500 {
		submitted = "31/02/2025 08:00:00"
	}
	if i%1000 == 501 {
		status[0] = ""
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"maHoSo":"H48.%02d-%s-%07d","thuTuc":{"ma":%s,"ten":%s,"linhVuc":%s,"capThucHien":%s},`, r.Intn(90)+10,
		t0.Format("060102"), i, quote(procedure[0]), quote(procedure[1]), quote(procedure[2]), quote(pick("TINH", "HUYEN", "XA")))
	fmt.Fprintf(&b, `"nguoiNop":{"hoTen":%s,"soDienThoai":"09%08d","email":"congdan%d@example.vn","diaChi":{"soNha":"%d đường Hùng Vương","phuongXa":%s,"maXa":%s,"tinh":"Tỉnh Quảng Ngãi"}},`,
		quote(name), r.Intn(100000000), i, r.Intn(400)+1, quote(unit[1]), quote(unit[0]))
	fmt.Fprintf(&b, `"coQuan":{"ma":"H48.%d","ten":%s},"trangThai":{"ma":%s,"ten":%s},"hinhThucNop":%s,`, r.Intn(96)+1,
		quote("Ủy ban nhân dân "+unit[1]), quote(status[0]), quote(status[1]), quote(pick("TRUC_TUYEN", "TRUC_TIEP", "BUU_CHINH")))
	fmt.Fprintf(&b, `"ngayNop":%s,"ngayTiepNhan":%s,"ngayHenTra":%s,"ngayCapNhat":%s,`, quote(submitted), quote(received), quote(due), quote(changed))
	fmt.Fprintf(&b, `"lePhi":{"soTien":%d,"daThanhToan":%v},"phienBan":%d,`, r.Intn(50)*10000, r.Intn(2) == 0, r.Intn(9)+1)
	b.WriteString(`"ghiChu":"Hồ sơ nộp qua Cổng dịch vụ công quốc gia, cần kiểm tra lại thành phần hồ sơ trước ngày hẹn trả","nguon":"DVCQG"}`)
	return b.Bytes()
}

func benchRaws(n int) []canonical.Raw {
	r := rand.New(rand.NewSource(42))
	raws := make([]canonical.Raw, n)
	for i := range raws {
		raws[i] = canonical.Raw{Kind: canonical.KindDossier, Key: fmt.Sprintf("H48-%07d", i), Payload: benchRecord(i, r)}
	}
	return raws
}

func benchPolicy() canonical.Policy {
	p := canonical.KeepAll()
	p[canonical.ClassPhone] = canonical.ActionMask
	return p
}

func benchPlan(tb testing.TB, policy canonical.Policy) *Bound {
	tb.Helper()
	status := &strings.Builder{}
	status.WriteString("list: bench/status\nfor: dossier.status\nentries:\n")
	for i, s := range baselineStatuses() {
		fmt.Fprintf(status, "- {code: \"%d\", to: %s}\n", i+1, s)
	}
	lists := map[string]*CodeList{}
	for name, data := range map[string]string{"bench/status": status.String(),
		"bench/channel": "list: bench/channel\nfor: dossier.channel\nentries:\n- {code: TRUC_TUYEN, to: online}\n- {code: TRUC_TIEP, to: direct}\n- {code: BUU_CHINH, to: postal}\n"} {
		l, err := ParseCodeList(name, []byte(data))
		if err != nil {
			tb.Fatal(err)
		}
		lists[name] = l
	}
	data, err := os.ReadFile("testdata/bench/bench.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	plan, err := Compile("bench.yaml", data, Env{Policy: policy,
		Codes: func(name string) (*CodeList, bool) { l, ok := lists[name]; return l, ok }})
	if err != nil {
		tb.Fatal(err)
	}
	return plan.Bind("dvc", "dossiers")
}

func baselineStatuses() []string {
	return []string{"registered", "accepted", "refused", "processing", "supplement_required", "payment_required", "withdrawn",
		"suspended", "finished", "returned"}
}

type plainRaw struct {
	MaHoSo string `json:"maHoSo"`
	ThuTuc struct {
		Ma, Ten, LinhVuc, CapThucHien string
	} `json:"thuTuc"`
	NguoiNop struct {
		HoTen, SoDienThoai, Email string
		DiaChi                    struct{ SoNha, PhuongXa, MaXa, Tinh string }
	} `json:"nguoiNop"`
	CoQuan       struct{ Ma, Ten string } `json:"coQuan"`
	TrangThai    struct{ Ma, Ten string } `json:"trangThai"`
	HinhThucNop  string                   `json:"hinhThucNop"`
	NgayNop      string                   `json:"ngayNop"`
	NgayTiepNhan string                   `json:"ngayTiepNhan"`
	NgayHenTra   string                   `json:"ngayHenTra"`
	NgayCapNhat  string                   `json:"ngayCapNhat"`
	LePhi        struct {
		SoTien      int64
		DaThanhToan bool
	} `json:"lePhi"`
	GhiChu string `json:"ghiChu"`
}

// plainMap is the same job as a person would write it by hand: the baseline.
type plainMap struct {
	zone              *time.Location
	statuses, channel map[string]string
}

func newPlainMap() plainMap {
	m := plainMap{zone: time.FixedZone("", 7*3600), statuses: map[string]string{},
		channel: map[string]string{"TRUC_TUYEN": "online", "TRUC_TIEP": "direct", "BUU_CHINH": "postal"}}
	for i, s := range baselineStatuses() {
		m.statuses[fmt.Sprint(i+1)] = s
	}
	return m
}

func (m plainMap) do(raw canonical.Raw) ([]byte, string, error) {
	var in plainRaw
	if err := json.Unmarshal(raw.Payload, &in); err != nil {
		return nil, "", err
	}
	if in.TrangThai.Ma == "" || in.MaHoSo == "" {
		return nil, "", errors.New("status is missing")
	}
	var times [4]canonical.Time
	for i, s := range []string{in.NgayNop, in.NgayTiepNhan, in.NgayHenTra, in.NgayCapNhat} {
		at, err := time.ParseInLocation("02/01/2006 15:04:05", s, m.zone)
		if err != nil {
			return nil, "", err
		}
		times[i] = canonical.Time{Time: at}
	}
	d := canonical.Dossier{Common: canonical.Common{
		ID: canonical.ID(canonical.KindDossier, "dvc", raw.Key), Kind: canonical.KindDossier,
		Codes:  []canonical.Identifier{{System: "dvc", Value: in.MaHoSo}},
		Status: m.statuses[in.TrangThai.Ma], StatusRaw: &canonical.CodeRaw{Code: in.TrangThai.Ma, Label: in.TrangThai.Ten},
		Agency:    &canonical.Agency{ID: in.CoQuan.Ma, IDNorm: in.CoQuan.Ma, Name: in.CoQuan.Ten},
		Area:      &canonical.Area{Code: in.NguoiNop.DiaChi.MaXa, Name: in.NguoiNop.DiaChi.PhuongXa, On: canonical.Date(times[0].Format("2006-01-02"))},
		UpdatedAt: times[3], DueAt: times[2], DuePrecision: "minute", Notes: []string{noteZone}},
		Procedure: &canonical.Procedure{Code: in.ThuTuc.Ma, CodeNorm: in.ThuTuc.Ma[:8], Name: in.ThuTuc.Ten,
			Field: &canonical.CodeName{Name: in.ThuTuc.LinhVuc}, Level: in.ThuTuc.CapThucHien},
		Channel: m.channel[in.HinhThucNop],
		Applicant: &canonical.Applicant{Name: in.NguoiNop.HoTen, Phone: canonical.Mask(canonical.ClassPhone, in.NguoiNop.SoDienThoai),
			Email: in.NguoiNop.Email, Address: strings.Join([]string{in.NguoiNop.DiaChi.SoNha, in.NguoiNop.DiaChi.PhuongXa, in.NguoiNop.DiaChi.Tinh}, ", ")},
		Subject: in.GhiChu, SubmittedAt: times[0], ReceivedAt: times[1],
		Fees: []canonical.Fee{{Amount: canonical.Decimal(fmt.Sprint(in.LePhi.SoTien)), Paid: &in.LePhi.DaThanhToan}},
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(&d); err != nil {
		return nil, "", err
	}
	body := bytes.TrimSuffix(out.Bytes(), []byte{'\n'})
	sum := sha256.Sum256(body)
	return body, hex.EncodeToString(sum[:16]), nil
}

func TestBaselineAgrees(t *testing.T) {
	bound, plain := benchPlan(t, benchPolicy()), newPlainMap()
	held := 0
	for _, raw := range benchRaws(3000) {
		record, err := bound.Map(raw)
		body, version, plainErr := plain.do(raw)
		if (err == nil) != (plainErr == nil) {
			t.Fatalf("plan: %v, by hand: %v", err, plainErr)
		}
		if err != nil {
			held++
			continue
		}
		if string(record.Body) != string(body) || record.Version != version {
			t.Fatalf("plan\n%s\nby hand\n%s", record.Body, body)
		}
	}
	if held != 6 {
		t.Fatalf("held %d, want 6", held)
	}
}

func BenchmarkMapPlan(b *testing.B) {
	bound, raws := benchPlan(b, benchPolicy()), benchRaws(1000)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		_, _ = bound.Map(raws[i%len(raws)])
		i++
	}
}

func BenchmarkMapPlanDefaultPolicy(b *testing.B) {
	bound, raws := benchPlan(b, canonical.DefaultPolicy()), benchRaws(1000)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		_, _ = bound.Map(raws[i%len(raws)])
		i++
	}
}

func BenchmarkMapPlainGo(b *testing.B) {
	plain, raws := newPlainMap(), benchRaws(1000)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		_, _, _ = plain.do(raws[i%len(raws)])
		i++
	}
}
