// Package keys describes the keys of mappings, code lists and tests: what the
// compiler takes, and what the reference and editors show.
package keys

import "iocgateway/canonical/strict"

// Names are the keys of fields.
func Names(fields []strict.Field) []string {
	out := make([]string, 0, len(fields))
	for _, f := range fields {
		out = append(out, f.Key)
	}
	return out
}

// Group is the keys of one place.
type Group struct {
	Name   string
	VI, EN string
	Fields []strict.Field
}

// Groups are all places.
func Groups() []Group {
	return []Group{
		{"mapping", "Đầu tệp ánh xạ", "Top of a mapping", Mapping()},
		{"exclude", "`exclude[]`: quy tắc loại có tên", "`exclude[]`: a rule that leaves Raws out", Exclude()},
		{"rule", "Một quy tắc lấy giá trị", "A rule: how one value is gained", Rule()},
		{"object", "Một nhóm trường", "An object, written in full", Object()},
		{"each", "Một danh sách", "A list", Each()},
		{"find", "`area.find`: tìm đơn vị hành chính theo tên", "`area.find`: a unit by its name", Find()},
		{"period", "`period`: kỳ đọc từ tên", "`period`, read from a name", Period()},
		{"parts", "`period.parts`: kỳ ghép từ các phần", "`period.parts`, put together", Parts()},
		{"codes", "Tệp danh mục mã", "A code list", Codes()},
		{"entry", "`entries[]`: một dòng của danh mục mã", "`entries[]`: a line of a code list", Entry()},
		{"tests", "Tệp kiểm thử", "A file of tests", Tests()},
		{"case", "`cases[]`: một trường hợp", "`cases[]`: a case", Case()},
	}
}

func field(key, kind, rules, def, vi, en, example string) strict.Field {
	return strict.Field{Key: key, Type: kind, Rules: rules, Required: rules == "required", Default: def, VI: vi, EN: en, Example: example}
}

func notes() strict.Field {
	return field("notes", "string", "", "", "Ghi chú", "Notes for people", "theo công văn 12/STTTT")
}

func evidence() strict.Field {
	return field("evidence", "string", "oneof=assumed reported seen", "assumed", "Chắc chắn đến đâu", "How sure we are", "seen")
}

// Mapping are the keys at the top of a mapping.
func Mapping() []strict.Field {
	return []strict.Field{
		field("mapping", "string", "required", "", "Tên: đường dẫn của tệp, không có .yaml", "Name: the file's path without .yaml", "my/dossier"),
		field("kind", "string", "required", "", "Loại bản ghi tạo ra", "Kind of record that it makes", "dossier"),
		evidence(),
		field("media", "string", "oneof=json xml", "json", "Dạng của dữ liệu gốc", "What a Raw is", "xml"),
		field("zone", "string", "", "Asia/Ho_Chi_Minh", "Múi giờ của thời điểm không ghi múi", "Zone of times that name none", "UTC"),
		field("dates", "list of string", "", "iso", "Các cách ghi ngày giờ, thử lần lượt", "Layouts of dates, tried in order", `["dd/MM/yyyy HH:mm", iso]`),
		field("no_dates", "list of string", "", "[1900-01-01]", "Những ngày nguồn ghi thay cho \"không có\"",
			"Days that the source writes for none", "[1900-01-01, 1970-01-01]"),
		field("numbers", "string", "oneof=plain vi en auto", "plain", "Cách ghi số trong chữ: vi 1.234,5 · en 1,234.5",
			"How texts write numbers: vi 1.234,5 · en 1,234.5", "vi"),
		field("empty", "list of string", "", "", "Những chữ có nghĩa là không có giá trị", "Texts that mean nothing", `["-", "N/A"]`),
		field("on_invalid", "string", "oneof=hold unread", "hold", "Giá trị không đọc được: cách ly dữ liệu gốc, hay giữ ở unread[]",
			"A value that cannot be read: hold the Raw, or keep it in unread[]", "unread"),
		field("on_unknown", "string", "oneof=unknown hold", "unknown", "Mã ngoài danh mục: ghi unknown, hay cách ly",
			"A code outside the list: unknown, or hold the Raw", "hold"),
		notes(),
		field("at", "rule", "", "updated_at", "Thời điểm thay đổi, khi bộ kết nối không cho",
			"Time of change, where the adapter gives none", "ngayCapNhat"),
		field("fields", "fields", "required", "", "Trường chuẩn → quy tắc", "Canonical field → rule", "{subject: trichYeu}"),
		field("exclude", "list of exclude", "", "", "Loại dữ liệu gốc có chủ đích, đếm theo tên quy tắc",
			"Leaves Raws out on purpose, counted by the rule's name", `[{name: test_matter, when: "raw.thu == '1'"}]`),
		field("ignore", "list of string", "", "", "Trường của nguồn cố ý không dùng: a.b, a.** là mọi thứ bên dưới, _*",
			"Raw fields not used on purpose: a.b, a.** for all below, _*", "[thu, 'nguoiTao.**']"),
	}
}

// Exclude are the keys of a rule that leaves Raws out.
func Exclude() []strict.Field {
	return []strict.Field{
		field("name", "string", "required", "", "Tên của quy tắc, hiện trong số đếm", "Name of the rule, shown in counts", "test_matter"),
		field("when", "expression", "required", "", "Biểu thức: đúng thì loại", "Expression: true leaves the Raw out", "raw.thu == '1'"),
		notes(),
	}
}

func when() strict.Field {
	return field("when", "expression", "", "", "Biểu thức: sai thì trường không có giá trị",
		"Expression: false, and there is no value", "present(raw.hanXuLy)")
}

func required() strict.Field {
	return field("required", "bool", "", "false", "Không có giá trị thì cách ly dữ liệu gốc", "Hold the Raw where there is no value", "true")
}

func clean() strict.Field {
	return field("clean", "steps", "", "", "Các bước làm sạch, theo thứ tự", "Cleaning steps, in order", `[strip_html, {cut_prefix: "Số: "}]`)
}

func fields() strict.Field {
	return field("fields", "fields", "required", "", "Các trường bên trong", "The members", "{name: hoTen}")
}

func from() strict.Field {
	return field("from", "list of string", "", "", "Đường dẫn; nhiều đường dẫn: lấy cái đầu tiên có giá trị",
		"Path; of several the first that has a value", "[ngayTra, ngayHen]")
}

// Rule are the keys of a rule; which of them a field takes follows from its type.
func Rule() []strict.Field {
	return []strict.Field{
		from(),
		field("join", "string", "", "", "Ghép mọi giá trị của from bằng dấu này", "Joins all of from that have a value", `" "`),
		field("const", "string", "", "", "Giá trị cố định, thay cho from", "Fixed text, instead of from", "person"),
		field("template", "string", "", "", "Mẫu chữ có {đường dẫn}, thay cho from", "Text with {paths}, instead of from", `"{so}/{kyHieu}"`),
		field("expr", "expression", "", "", "Biểu thức, thay cho from", "Expression, instead of from", "num(raw.a) + num(raw.b)"),
		when(), clean(),
		field("empty", "list of string", "", "", "Thêm những chữ có nghĩa là không có giá trị", "More texts that mean nothing", `["0"]`),
		field("default", "string", "", "", "Giá trị dùng khi không có", "What stands in where there is none", "web"),
		required(),
		field("on_invalid", "string", "oneof=hold unread", "as the mapping has it", "Như ở đầu tệp, cho riêng trường này",
			"As at the top, for this field", "unread"),
		field("layouts", "list of string", "", "dates", "Cách ghi ngày giờ của riêng trường này",
			"Layouts of dates of this field", "[dd/MM/yyyy]"),
		field("zone", "string", "", "zone of the mapping", "Múi giờ của riêng trường này", "Zone of this field", "UTC"),
		field("numbers", "string", "oneof=plain vi en auto", "numbers of the mapping", "Cách ghi số của riêng trường này",
			"How this field writes numbers", "vi"),
		field("codelist", "codelist", "", "", "Danh mục mã: tên, hoặc {mã: mã chuẩn} viết tại chỗ",
			"Code list: its name, or {code: canonical} on the spot",
			`{"4": processing}`),
		field("label_from", "list of string", "", "", "Chỗ có tên của mã theo nguồn",
			"Where the source's words for the code stand", "tenTrangThai"),
		field("on_unknown", "string", "oneof=unknown hold keep", "as the mapping has it",
			"Mã ngoài danh mục; keep: giữ mã nguồn nếu trường cho phép",
			"A code outside the list; keep: the source's, where the field is open", "keep"),
	}
}

// Object are the keys of an object that is written in full.
func Object() []strict.Field { return []strict.Field{fields(), when(), required()} }

// Each are the keys of a list.
func Each() []strict.Field {
	return []strict.Field{
		field("each", "list of string", "required", "", "Đường dẫn tới danh sách; bên trong, đường dẫn bắt đầu từ phần tử",
			"Path of the list; within, paths begin at the element", "buoc"),
		clean(), when(), fields(),
	}
}

// Find are the keys of a look-up of an administrative unit by its name.
func Find() []strict.Field {
	return []strict.Field{
		field("name", "rule", "required", "", "Tên đơn vị", "The unit's name", "tenXa"),
		field("parent", "string", "", "", "Mã đơn vị cấp trên", "Code of the unit above", `"51"`),
		field("days", "list of string", "", "the area's on", "Ngày, hoặc đường dẫn tới ngày, hỏi lần lượt", "Days or paths of days, asked in order", `["2025-07-01", ngay]`),
		field("on_invalid", "string", "oneof=hold unread", "as the mapping has it", "Không tìm thấy thì làm gì",
			"What to do where none is found", "unread"),
	}
}

// Period are the keys of a period that is read from its name or put together.
func Period() []strict.Field {
	return []strict.Field{
		field("of", "rule", "", "", "Tên kỳ: Quý III/2026, 6 tháng đầu năm 2026", "Name of the period: Quý III/2026, March 2026", "ky"),
		field("freq", "rule", "", "", "Tần suất A S Q M W D, khi sau năm chỉ là một số", "Frequency A S Q M W D, where a year is followed by a bare number", "{const: M}"),
		field("parts", "parts", "", "", "Kỳ ghép từ năm, quý, tháng …", "A period put together from year, quarter, month …",
			"{year: nam, quarter: quy}"),
		field("label", "rule", "", "", "Tên kỳ để hiển thị", "Name of the period, for people", "tenKy"),
	}
}

// Parts are the parts of a period, the coarsest first.
func Parts() []strict.Field {
	return []strict.Field{
		field("year", "rule", "required", "", "Năm", "Year", "nam"),
		field("half", "rule", "", "", "Nửa năm", "Half", "kyNuaNam"),
		field("quarter", "rule", "", "", "Quý", "Quarter", "quy"),
		field("month", "rule", "", "", "Tháng", "Month", "thang"),
		field("week", "rule", "", "", "Tuần", "Week", "tuan"),
		field("day", "rule", "", "", "Ngày trong tháng", "Day of the month", "ngay"),
	}
}

// Codes are the keys of a code list.
func Codes() []strict.Field {
	return []strict.Field{
		field("list", "string", "required", "", "Tên: đường dẫn của tệp dưới codes/", "Name: the file's path below codes/", "my/dossier_status"),
		field("for", "string", "required", "", "Trường chuẩn mà danh mục này dịch sang",
			"Canonical field that it translates into", "dossier.status"),
		evidence(),
		field("match", "string", "oneof=code label", "code", "Tra theo mã hay theo tên", "Found by code or by label", "label"),
		notes(),
		field("entries", "list of entry", "required", "", "Các dòng", "The lines", `[{code: "4", label: Đang xử lý, to: processing}]`),
	}
}

// Entry are the keys of a line of a code list.
func Entry() []strict.Field {
	return []strict.Field{
		field("code", "string", "", "", "Mã của nguồn; số 0 ở đầu phải để trong nháy", "The source's code; a leading zero has to stand in quotes", `"04"`),
		field("label", "string", "", "", "Tên của nguồn", "The source's words", "Đang xử lý"),
		field("to", "string", "required", "", "Mã chuẩn", "Canonical code", "processing"),
		field("note", "string", "", "", "Ghi chú", "Note for people", "từ 2025"),
	}
}

// Tests are the keys of a file of tests.
func Tests() []strict.Field {
	return []strict.Field{field("cases", "list of case", "required", "", "Các trường hợp", "The cases", `[{name: …, raw: "{}", want: {}}]`), notes()}
}

// Case are the keys of a case.
func Case() []strict.Field {
	return []strict.Field{
		field("name", "string", "required", "", "Tên trường hợp", "Name of the case", "a day that does not exist is held"),
		field("raw", "any", "", "", "Dữ liệu gốc: chuỗi, hoặc viết thẳng bằng YAML", "The Raw: a text, or written as YAML", `'{"ma": "H48-1"}'`),
		field("key", "string", "", "test-key", "Khóa của dữ liệu gốc", "Key of the Raw", "H48-1"),
		field("version", "string", "", "", "Phiên bản của dữ liệu gốc", "Version of the Raw", "2"),
		field("at", "string", "", "", "Thời điểm thay đổi", "Time of change", "2026-01-02T15:04:05+07:00"),
		field("gone", "bool", "", "false", "Nguồn báo đã xóa", "The source says that it is gone", "true"),
		field("want", "any", "", "", "Trường chuẩn → giá trị phải có", "Canonical field → value that must stand there", "{status: processing}"),
		field("exact", "bool", "", "false", "Không được có trường nào ngoài want", "Nothing but what want names", "true"),
		field("absent", "list of string", "", "", "Những trường không được có", "Fields that must not be there", "[unread]"),
		field("want_error", "any", "", "", "Thay cho want: mã lỗi và trường phải gặp", "Instead of want: the code and field that must be met",
			"{code: GW-M111, field: submitted_at}"),
		field("excluded", "string", "", "", "Thay cho want: tên quy tắc loại", "Instead of want: the rule that leaves it out", "test_matter"),
		notes(),
	}
}
