package problem

import (
	"strings"

	"iocgateway/canonical/words"
)

// Explained is a code's words as they are read without a Problem at hand, each
// hole naming what will stand there.
func Explained(code string, lang Lang) (text, hint string, ok bool) {
	w, ok := WordsOf(code)
	named := map[string]words.Word{}
	say := func(text string) string {
		return fill(text, func(h hole) string {
			name, known := named[h.name]
			if !known {
				name, _ = holeName(code, w, h.name)
				named[h.name] = name
			}
			return "‹" + name.In(lang) + "›"
		})
	}
	if lang == Vietnamese {
		return say(w.VI), say(w.HintVI), ok
	}
	return say(w.EN), say(w.HintEN), ok
}

// holeName is what stands in a hole of a code: as the Vietnamese words around
// it say, for they are looked at in one language and named in both. told is
// false where nothing says it, and it is called after its kind alone.
func holeName(code string, w Words, name string) (called words.Word, told bool) {
	if own, there := ownHoles[code+"."+name]; there {
		return own, true
	}
	for _, text := range []string{w.VI, w.HintVI} {
		text = strings.NewReplacer("[[", "", "]]", "").Replace(text)
		for rest, from := text, ""; ; {
			before, h, after, found := nextHole(rest)
			if !found {
				break
			}
			from += before
			if h.name == name {
				if said, known := howNames[h.how]; known {
					return said, true
				}
				if said, known := around(from, after); known {
					return said, true
				}
			}
			from, rest = from+"·", after
		}
	}
	return holes[name], false
}

// around is what the words around a hole say that it is.
func around(before, after string) (words.Word, bool) {
	for _, c := range counted { // what stands in quotes is no number
		if strings.HasPrefix(after, " "+c) {
			return words.Word{VI: "số", EN: "number"}, true
		}
	}
	before = strings.ToLower(strings.TrimSuffix(before, `"`))
	for _, c := range introduced {
		if rest, ends := strings.CutSuffix(before, c.after); ends && strings.TrimRight(rest, " (") != rest || before == c.after {
			return c.name, true
		}
	}
	return words.Word{}, false
}

// counted are what numbers are counted in.
var counted = []string{"bản ghi", "dòng", "lần", "khóa", "byte", "mã đơn vị hành chính", "mã đơn vị",
	"mẫu dữ liệu gốc", "giá trị", "bản sao",
	"mã có trong", "lượt", "trang", "tệp", "luồng", "ký tự", "thông điệp", "ngày", "giây", "phút",
	"cột", "mục", "ô", "hồ sơ", "phần", "ca", "không còn bị giữ",
	"không đọc được", "là mã chưa", "trong"}

var howNames = map[string]words.Word{
	"time":  {VI: "thời điểm", EN: "time"},
	"span":  {VI: "khoảng thời gian", EN: "span of time"},
	"title": {VI: "trường", EN: "field"},
	"job":   {VI: "trạng thái", EN: "state"}, "turn": {VI: "thao tác", EN: "act"},
}

type introduction struct {
	after string // lower case
	name  words.Word
}

// introduced are what a word before a hole says of it, the more telling first.
var introduced = []introduction{
	{"vị trí mới nhất ", words.Word{VI: "vị trí mới nhất", EN: "head"}},
	{"vị trí cần là ", words.Word{VI: "vị trí cần", EN: "position asked for"}},
	{"vị trí ", words.Word{VI: "vị trí", EN: "position"}},
	{"nhiều hơn ", words.Word{VI: "giới hạn", EN: "limit"}},
	{"tối đa ", words.Word{VI: "giới hạn", EN: "limit"}},
	{"lớn hơn ", words.Word{VI: "giới hạn", EN: "limit"}},
	{"dài hơn ", words.Word{VI: "giới hạn", EN: "limit"}},
	{"sâu hơn ", words.Word{VI: "giới hạn", EN: "limit"}},
	{"lồng nhau quá ", words.Word{VI: "giới hạn", EN: "limit"}},
	{"lúc dài nhất ", words.Word{VI: "số", EN: "number"}},
	{"đang có ", words.Word{VI: "số", EN: "number"}},
	{"trước đây ", words.Word{VI: "số trước đây", EN: "number before"}},
	{"lần trước ", words.Word{VI: "số lần trước", EN: "number before"}},
	{"cấu hình yêu cầu ", words.Word{VI: "giá trị đã cấu hình", EN: "what is configured"}},
	{"vai trò ", words.Word{VI: "vai trò", EN: "role"}},
	{"danh mục mã ", words.Word{VI: "danh mục mã", EN: "code list"}},
	{"ý bạn là ", words.Word{VI: "gần nhất", EN: "closest"}},
	{"có phải ", words.Word{VI: "gần nhất", EN: "closest"}},
	{"gần nhất: ", words.Word{VI: "gần nhất", EN: "closest"}},
	{"có một danh sách tại ", words.Word{VI: "vị trí gần nhất", EN: "closest place"}},
	{"ý bạn là path: ", words.Word{VI: "gần nhất", EN: "closest"}},
	{"bằng: ", words.Word{VI: "lệnh", EN: "command"}},
	{"chạy: ", words.Word{VI: "lệnh", EN: "command"}},
	{"gửi: ", words.Word{VI: "lệnh", EN: "command"}},
	{"từ máy này: ", words.Word{VI: "lệnh", EN: "command"}},
	{"bên nhận: ", words.Word{VI: "lệnh", EN: "command"}},
	{"tiếp tục: ", words.Word{VI: "lệnh", EN: "command"}},
	{"sống không: ", words.Word{VI: "lệnh", EN: "command"}},
	{"không có luồng ", words.Word{VI: "luồng", EN: "stream"}},
	{"luồng ", words.Word{VI: "nguồn/luồng", EN: "source/stream"}},
	{"nguồn ", words.Word{VI: "nguồn", EN: "source"}},
	{"bên nhận ", words.Word{VI: "bên nhận", EN: "sink"}},
	{"kênh dữ liệu ", words.Word{VI: "kênh dữ liệu", EN: "feed"}},
	{"chủ đề ", words.Word{VI: "chủ đề", EN: "topic"}},
	{"broker kafka ", words.Word{VI: "broker", EN: "broker"}},
	{"tệp ", words.Word{VI: "tệp", EN: "file"}},
	{"tệp giống hệt ", words.Word{VI: "tệp khác", EN: "other file"}},
	{"thư mục ", words.Word{VI: "thư mục", EN: "folder"}},
	{"ánh xạ ", words.Word{VI: "ánh xạ", EN: "mapping"}},
	{"mẫu kết nối ", words.Word{VI: "mẫu kết nối", EN: "wire profile"}},
	{"bộ kết nối ", words.Word{VI: "bộ kết nối", EN: "adapter"}},
	{"biến ", words.Word{VI: "biến", EN: "variable"}},
	{"tham số ", words.Word{VI: "tham số", EN: "parameter"}},
	{"cột ", words.Word{VI: "cột", EN: "column"}},
	{"trường chuẩn ", words.Word{VI: "trường", EN: "field"}},
	{"trường ", words.Word{VI: "trường", EN: "field"}},
	{"khóa ", words.Word{VI: "khóa", EN: "key"}},
	{"mã ", words.Word{VI: "mã", EN: "code"}},
	{"ngày ", words.Word{VI: "ngày", EN: "day"}},
	{"danh mục ngày ", words.Word{VI: "ngày", EN: "day"}},
	{"phiên bản ", words.Word{VI: "phiên bản", EN: "version"}},
	{"giới hạn ", words.Word{VI: "giới hạn", EN: "limit"}},
	{"dòng ", words.Word{VI: "dòng", EN: "row"}},
	{"địa chỉ ", words.Word{VI: "địa chỉ", EN: "address"}},
	{"tên máy ", words.Word{VI: "tên máy", EN: "host"}},
	{"bản ghi này: ", words.Word{VI: "mã bản ghi", EN: "id of the record"}},
	{"tác vụ ", words.Word{VI: "tác vụ", EN: "job"}},
	{"kế hoạch ", words.Word{VI: "kế hoạch", EN: "plan"}},
	{"nút ", words.Word{VI: "nút", EN: "node"}},
	{"chứng thư số ", words.Word{VI: "tệp chứng thư số", EN: "file of the certificate"}},
	{"bước làm sạch ", words.Word{VI: "bước", EN: "step"}},
	{"mục ", words.Word{VI: "mục", EN: "item"}},
	{"đang chờ: ", words.Word{VI: "các thay đổi đang chờ", EN: "changes that wait"}},
	{"từ ", words.Word{VI: "thời điểm", EN: "time"}},
}

// ownHoles are the holes whose codes say best themselves what stands there.
var ownHoles = map[string]words.Word{
	"GW-A008.field": {VI: "trường", EN: "field"},
	"GW-A008.want":  {VI: "thiết lập", EN: "setting"},
	"GW-M030.path":  {VI: "đường dẫn", EN: "path"},
	"GW-F001.field": {VI: "tham số", EN: "parameter"},
	"GW-C031.field": {VI: "mục thứ nhất", EN: "one entry"},
	"GW-C031.near":  {VI: "mục thứ hai", EN: "the other entry"},
	"GW-C031.value": {VI: "các vai trò", EN: "roles"},
	"GW-C032.near":  {VI: "luồng thứ nhất", EN: "one stream"},
	"GW-C032.value": {VI: "luồng thứ hai", EN: "the other stream"},
	"GW-C045.want":  {VI: "chỗ sai", EN: "what is wrong"},
	"GW-C045.field": {VI: "lệnh", EN: "command"},
	"GW-C047.want":  {VI: "thứ cần tìm", EN: "what was looked for"},
	"GW-C047.value": {VI: "tên", EN: "name"},
	"GW-C047.field": {VI: "lệnh", EN: "command"},
	"GW-D031.want":  {VI: "dạng tệp", EN: "form of the file"},
	"GW-D055.near":  {VI: "dấu", EN: "mark"},
	"GW-D056.near":  {VI: "ký tự", EN: "character"},
	"GW-D062.near":  {VI: "cột tên", EN: "column of names"},
	"GW-D064.path":  {VI: "các danh mục khác", EN: "other lists"},
	"GW-D077.value": {VI: "các tiêu đề cũ", EN: "old headings"},
	"GW-D077.want":  {VI: "các tiêu đề mới", EN: "new headings"},
	"GW-D110.want":  {VI: "tệp khác", EN: "other file"},
	"GW-F015.value": {VI: "địa chỉ", EN: "address"},
	"GW-F060.field": {VI: "kênh dữ liệu", EN: "feed"},
	"GW-K005.want":  {VI: "loại trước", EN: "kind before"},
	"GW-K005.value": {VI: "loại mới", EN: "new kind"},
	"GW-L003.want":  {VI: "tiền tố", EN: "prefix"},
	"GW-L011.want":  {VI: "tiền tố", EN: "prefix"},
	"GW-L005.want":  {VI: "chính sách cần đặt", EN: "policy to set"},
	"GW-M030.near":  {VI: "trường gần nhất", EN: "closest member"},
	"GW-M031.near":  {VI: "trường mà ánh xạ tìm", EN: "what the mapping looks for"},
	"GW-M111.near":  {VI: "kiểu ngày", EN: "layout"},
	"GW-M111.want":  {VI: "các kiểu ngày", EN: "layouts"},
	"GW-Q027.want":  {VI: "vị trí", EN: "position"},
	"GW-Q011.want":  {VI: "vị trí", EN: "position"},
	"GW-R002.want":  {VI: "số hiện có", EN: "number there is"},
	"GW-R006.near":  {VI: "mã vấn đề", EN: "code of the problem"},
	"GW-R023.value": {VI: "bản trên đĩa", EN: "revision on disk"},
	"GW-R023.want":  {VI: "bản đang chạy", EN: "revision in use"},
	"GW-R042.want":  {VI: "điều sai lệch", EN: "what is wrong"},
	"GW-R044.want":  {VI: "lý do", EN: "reason"},
	"GW-R054.want":  {VI: "dòng còn lại", EN: "row there is"},
	"GW-R054.near":  {VI: "dòng đã đọc", EN: "row that was read"},
	"GW-R061.near":  {VI: "danh mục khác", EN: "other list"},
	"GW-R061.path":  {VI: "ngày", EN: "day"},
	"GW-R070.want":  {VI: "tỷ lệ", EN: "share"},
	"GW-R070.near":  {VI: "tỷ lệ hiện nay", EN: "share now"},
	"GW-R071.want":  {VI: "tỷ lệ", EN: "share"},
	"GW-R071.near":  {VI: "tỷ lệ hiện nay", EN: "share now"},
	"GW-R072.want":  {VI: "tỷ lệ", EN: "share"},
	"GW-R072.near":  {VI: "tỷ lệ hiện nay", EN: "share now"},
	"GW-R073.want":  {VI: "kiểu trước đây", EN: "type before"},
	"GW-R073.near":  {VI: "kiểu hiện nay", EN: "type now"},
	"GW-R074.near":  {VI: "tỷ lệ và kiểu", EN: "share and type"},
	"GW-R075.want":  {VI: "tỷ lệ", EN: "share"},
	"GW-R075.near":  {VI: "tỷ lệ hiện nay", EN: "share now"},
	"GW-R088.field": {VI: "phần của khóa", EN: "part of the key"},
	"GW-R088.value": {VI: "giá trị cũ", EN: "old value"},
	"GW-R088.want":  {VI: "giá trị mới", EN: "new value"},
	"GW-R093.near":  {VI: "người tạm dừng", EN: "who paused it"},
	"GW-R093.want":  {VI: "lý do", EN: "reason"},
	"GW-R094.want":  {VI: "tác vụ", EN: "job"},
	"GW-R110.path":  {VI: "mã vấn đề", EN: "code of the problem"},
	"GW-R111.path":  {VI: "mã vấn đề", EN: "code of the problem"},
	"GW-S021.want":  {VI: "tổng trước", EN: "total before"},
	"GW-S021.value": {VI: "tổng sau", EN: "total after"},
	"GW-S036.want":  {VI: "con trỏ", EN: "cursor"},
	"GW-S037.want":  {VI: "số nguồn đưa ra", EN: "number the source gave"},
	"GW-V007.want":  {VI: "mốc bắt đầu", EN: "beginning"},
}
