package storetest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"iocgateway/canonical"
	"iocgateway/router/journal"
)

// Synth makes varied dossiers of about 1 KB, raw and canonical, the same
// for the same number and version.
type Synth struct {
	Source string // dvc when empty
	Stream string // dossiers when empty
}

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

func family() []string {
	return []string{"Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý"}
}

func middle() []string {
	return []string{"Văn", "Thị", "Hữu", "Đức", "Ngọc", "Quang", "Minh", "Thanh", "Xuân", "Hoài", "Kim", "Bá"}
}

func given() []string {
	return []string{"An", "Bình", "Châu", "Dũng", "Giang", "Hạnh", "Hùng", "Khánh", "Lan", "Long", "Mai", "Nga", "Phúc", "Quyên", "Sơn",
		"Thảo", "Trí", "Tuấn", "Vy", "Yến"}
}

func procedures() []string {
	return []string{"Đăng ký khai sinh", "Cấp giấy phép xây dựng nhà ở riêng lẻ", "Đăng ký biến động quyền sử dụng đất",
		"Chứng thực bản sao từ bản chính", "Đăng ký thành lập hộ kinh doanh", "Cấp đổi giấy chứng nhận quyền sử dụng đất",
		"Trợ giúp xã hội hằng tháng", "Xác nhận tình trạng hôn nhân", "Cấp phiếu lý lịch tư pháp", "Đăng ký tạm trú"}
}

func communes() []string {
	return []string{"Phường Nghĩa Lộ", "Phường Trần Phú", "Xã Tịnh Khê", "Xã Bình Sơn", "Xã Sơn Tịnh", "Phường Đức Phổ", "Xã Ba Tơ",
		"Xã Trà Bồng", "Đặc khu Lý Sơn", "Xã Mộ Đức"}
}

func streets() []string {
	return []string{"Hùng Vương", "Quang Trung", "Phạm Văn Đồng", "Lê Lợi", "Nguyễn Nghiêm", "Trương Quang Trọng", "Bích Khê", "Chu Văn An"}
}

// Key is the key of the n-th dossier.
func (s Synth) Key(n int) string {
	return fmt.Sprintf("H48.%02d-2507%02d-%06d", n%90, n%28+1, n)
}

// Item makes the n-th dossier in its v-th version, mapped.
func (s Synth) Item(n, v int) journal.Item {
	source, stream := s.Source, s.Stream
	if source == "" {
		source = "dvc"
	}
	if stream == "" {
		stream = "dossiers"
	}
	r := rand.New(rand.NewPCG(uint64(n), uint64(v)+7))
	person := rand.New(rand.NewPCG(uint64(n), 1))
	name := pick(person, family()) + " " + pick(person, middle()) + " " + pick(person, given())
	title, ward := pick(person, procedures()), pick(person, communes())
	code := strconv.Itoa(20000 + person.IntN(3000))
	status := pick(r, []string{"processing", "accepted", "supplement_required", "finished", "returned"})
	created := time.Date(2026, 1, 1, 7, 30, 0, 0, time.FixedZone("", 7*3600)).Add(time.Duration(n) * 37 * time.Second)
	updated := created.Add(time.Duration(v)*time.Hour + time.Duration(r.IntN(3600))*time.Second)
	due := created.AddDate(0, 0, 5+person.IntN(20))
	phone := fmt.Sprintf("09%08d", person.IntN(100_000_000))
	number := fmt.Sprintf("0%011d", person.Int64N(100_000_000_000))
	address := fmt.Sprintf("%d %s, %s", person.IntN(400)+1, pick(person, streets()), ward)
	note := pick(r, procedures()) + " – " + pick(r, streets()) + " " + strconv.FormatUint(r.Uint64(), 36)
	key := s.Key(n)
	raw := canonical.Raw{Kind: canonical.KindDossier, Key: key, Version: strconv.Itoa(v), At: updated,
		Payload: payload(key, name, number, phone, address, title, ward, code, status, note, created, updated, due)}
	rec := canonical.Record{ID: canonical.ID(canonical.KindDossier, source, key), Kind: canonical.KindDossier, Source: source,
		Stream: stream, Key: key, At: updated, Mapping: "synth@1",
		Body: body(source, key, name, number, phone, address, title, ward, code, status, note, created, updated, due),
		Index: canonical.Index{Status: status, Agency: "H48." + code, Area: code, Title: title + " – " + name,
			CreatedAt: created, UpdatedAt: updated, DueAt: due, DuePrecision: "minute"}}
	rec.Version = canonical.ContentVersion(rec.Body)
	return journal.Item{Raw: raw, Digest: raw.Digest(), Record: &rec}
}

func payload(key, name, number, phone, address, title, ward, code, status, note string, created, updated, due time.Time) []byte {
	const layout = "02/01/2006 15:04:05"
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"MaHoSo":%q,"NguoiNop":{"HoTen":%q,"SoGiayTo":%q,"SoDienThoai":%q,"DiaChi":{"SoNha":%q,"Xa":{"Ma":%q,"Ten":%q}}},`,
		key, name, number, phone, address, code, ward)
	fmt.Fprintf(&b, `"ThongTinChung":{"MaThuTuc":"1.00%s.000.00.00.H48","TenThuTuc":%q,"LinhVuc":{"Ma":"LV%s","Ten":%q},"MucDo":"4"},`, code, title, code[2:], title)
	fmt.Fprintf(&b, `"ThoiGian":{"NgayNop":%q,"NgayTiepNhan":%q,"NgayHenTra":%q,"NgayCapNhat":%q},`,
		created.Format(layout), created.Add(time.Hour).Format(layout), due.Format(layout), updated.Format(layout))
	fmt.Fprintf(&b, `"TrangThai":%q,"CoQuan":{"Ma":"H48.%s","Ten":"Ủy ban nhân dân %s"},"CanBo":{"Ma":"cb%s"},"GhiChu":%q,"LePhi":{"SoTien":"150000","DaThanhToan":"1"}}`,
		status, code, ward, code, note)
	return b.Bytes()
}

func body(source, key, name, number, phone, address, title, ward, code, status, note string, created, updated, due time.Time) []byte {
	var b bytes.Buffer
	at := func(t time.Time) string { return t.Format(time.RFC3339) }
	fmt.Fprintf(&b, `{"id":%q,"kind":"dossier","codes":[{"system":%q,"value":%q}],"status":%q,"agency":{"id":"H48.%s","name":"Ủy ban nhân dân %s"},`,
		canonical.ID(canonical.KindDossier, source, key), source, key, status, code, ward)
	fmt.Fprintf(&b, `"area":{"code":%q,"name":%q,"on":%q},"created_at":%q,"updated_at":%q,"due_at":%q,"due_precision":"minute",`,
		code, ward, created.Format("2006-01-02"), at(created), at(updated), at(due))
	fmt.Fprintf(&b, `"procedure":{"code":"1.00%s.000.00.00.H48","name":%q,"field":{"code":"LV%s","name":%q},"level":"4"},`, code, title, code[2:], title)
	fmt.Fprintf(&b, `"channel":"online","applicant":{"type":"person","name":%q,"id_number":%q,"phone":%q,"address":%q},"subject":%q,"submitted_at":%q,"received_at":%q,"fees":[{"amount":"150000","paid":true}]}`,
		name, number, phone, address, note, at(created), at(created.Add(time.Hour)))
	return b.Bytes()
}
