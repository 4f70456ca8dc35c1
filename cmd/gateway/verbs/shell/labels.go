package shell

import (
	"strings"

	"iocgateway/canonical/words"
)

// label is the head of a column, or the name of a line, in the reader's language.
func (s *Shell) label(en string) string {
	vi := Label(en)
	if vi == "" || s.Language() != words.Vietnamese {
		return en // the second also names itself: a stream, a simulator
	}
	if en == strings.ToUpper(en) {
		return strings.ToUpper(vi)
	}
	return vi
}

// Label is the Vietnamese of a head or the name of a line; empty where it names
// itself. The glossary's words come first: an idea is called the same everywhere.
func Label(en string) string {
	name := strings.ToLower(en)
	for _, group := range []string{"idea", "count"} {
		if w, ok := words.Of(group, strings.ReplaceAll(name, " ", "_")); ok {
			return w.VI
		}
	}
	return labels()[name]
}

func labels() map[string]string {
	return map[string]string{
		"what": "nội dung", "found": "kết quả kiểm tra", "age": "tuổi số liệu", "next": "lần chạy tới", "run": "lần chạy", "pages": "số trang",
		"counts": "số lượng", "notes": "lưu ý", "head": "vị trí mới nhất", "newest": "mới nhất", "id": "số", "key": "khóa", "field": "trường",
		"value": "giá trị", "times": "số lần", "count": "số bản ghi", "values": "giá trị gặp", "hint": "cách xử lý", "from": "từ",
		"raw value": "giá trị tại nguồn", "rule": "quy tắc", "row": "dòng", "at": "thời điểm", "phase": "giai đoạn", "who": "người thực hiện",
		"target": "đối tượng", "why": "lý do", "begun": "bắt đầu", "kind": "loại", "on": "đối tượng", "by": "người thực hiện", "done": "đã làm",
		"left": "còn lại", "roles": "vai trò", "holds": "phụ trách", "version": "phiên bản", "since": "từ lúc", "clock": "lệch đồng hồ",
		"url": "địa chỉ", "behind": "chưa gửi", "sent": "đã gửi", "last sent": "gửi gần nhất", "evidence": "mức độ xác nhận",
		"file": "tệp", "topic": "chủ đề",
		"case": "ca kiểm thử", "path": "đường dẫn", "raws": "số mẫu", "share": "tỷ lệ", "where": "vị trí", "type": "kiểu", "default": "mặc định",
		"example": "ví dụ", "every": "chu kỳ", "held (all runs)": "cách ly (mọi lần chạy)", "unexplained": "chưa giải thích",
		"planned": "dự kiến",
		"hash":    "mã băm", "until": "dùng được đến", "records": "số bản ghi", "means": "nghĩa là", "raw path": "đường dẫn tại nguồn",
		"seen": "đã gặp", "dropped": "đã loại bỏ", "payload": "dữ liệu gốc", "would be published": "sẽ ghi nhận",
		"would stay held":   "sẽ còn cách ly",
		"would be left out": "sẽ loại theo quy tắc", "takes": "thời gian", "tried": "đã thử", "still held": "còn cách ly", "other": "khác",
		"rows": "số dòng", "pruned up to": "đã thu gọn đến dòng", "last row": "dòng cuối", "end guarded": "phần cuối được bảo vệ",
		"whole": "nguyên vẹn",
		"rate":  "tốc độ", "older or left out": "bản cũ hơn hoặc loại theo quy tắc",
		"changed before their turn": "đã thay đổi trước khi đến lượt",
		"position":                  "vị trí", "change": "loại thay đổi", "buckets": "số ngăn (bucket)",
		"not tried": "chưa thử", "gone": "đã xóa tại nguồn",
		"not as planned": "khác kế hoạch", "configuration": "cấu hình", "store": "kho dữ liệu", "data": "dữ liệu", "mappings": "ánh xạ",
		"held now": "đang cách ly", "exports": "tệp xuất",
	}
}
