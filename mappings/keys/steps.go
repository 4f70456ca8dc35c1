package keys

import "iocgateway/canonical/strict"

// Steps are the cleaning steps in the order they are documented; their type is
// the argument they take.
func Steps() []strict.Field {
	return []strict.Field{
		{Key: "text_of", Type: "texts", Example: "{text_of: [ten, name]}", VI: "chữ nằm trong một chữ, một số, {name: …}, [{…}, {…}] hoặc {\"0\": …}; có thể nêu tên các trường cần tìm",
			EN: "the text inside a text, a number, {name: …}, [{…}, {…}] or {\"0\": …}; names to look at may be given"},
		{Key: "json", Type: "", Example: "json", VI: "JSON viết bên trong một chữ",
			EN: "the JSON written inside a text"},
		{Key: "split", Type: "text", Example: "{split: \";\"}", VI: "danh sách, cắt chữ theo dấu này",
			EN: "a list out of a text, cut at the argument"},
		{Key: "part", Type: "text", Example: "{part: [\":\", 0]}", VI: "một đoạn của chữ: [\":\", 0] là đoạn đầu, [\":\", -1] là đoạn cuối",
			EN: "one piece of a text: [\":\", 0] is the first, [\":\", -1] the last"},
		{Key: "match", Type: "regexp", Example: "{match: '^([0-9]+)'}", VI: "nhóm đầu của biểu thức chính quy, hoặc phần khớp; không khớp thì không có giá trị",
			EN: "the first group of a regular expression, or all it matches; nothing when it does not"},
		{Key: "cut_prefix", Type: "text", Example: "{cut_prefix: \"Số: \"}", VI: "chữ bỏ phần đầu này",
			EN: "the text without this beginning"},
		{Key: "cut_suffix", Type: "text", Example: "{cut_suffix: \" đồng\"}", VI: "chữ bỏ phần cuối này",
			EN: "the text without this end"},
		{Key: "head", Type: "number", Example: "{head: 10}", VI: "n ký tự đầu",
			EN: "the first n characters"},
		{Key: "tail", Type: "number", Example: "{tail: 4}", VI: "n ký tự cuối",
			EN: "the last n characters"},
		{Key: "put_before", Type: "text", Example: "{put_before: H48.}", VI: "chữ có thêm phần này ở trước",
			EN: "the text with this in front"},
		{Key: "digits", Type: "", Example: "digits", VI: "chỉ giữ chữ số",
			EN: "the digits alone"},
		{Key: "whole", Type: "", Example: "whole", VI: "1234.0 thành 1234: mã mà nguồn ghi thành số",
			EN: "1234.0 as 1234: identifiers that came as numbers"},
		{Key: "phone", Type: "", Example: "phone", VI: "+84 và 84 ở đầu thành 0, bỏ dấu cách và dấu chấm",
			EN: "+84 and 84 in front as 0, without blanks and dots"},
		{Key: "upper", Type: "", Example: "upper", VI: "chữ hoa",
			EN: "capital letters"},
		{Key: "lower", Type: "", Example: "lower", VI: "chữ thường",
			EN: "small letters"},
		{Key: "lines", Type: "", Example: "lines", VI: "giữ xuống dòng",
			EN: "line breaks stay"},
		{Key: "strip_html", Type: "", Example: "strip_html", VI: "chữ của HTML, đã đọc các ký hiệu",
			EN: "the text of HTML, entities read"},
		{Key: "footnote", Type: "", Example: "footnote", VI: "số bỏ dấu chú thích của bảng",
			EN: "a number without the marks tables hang on it"},
		{Key: "shift", Type: "number", Example: "{shift: 3}", VI: "số nhân 10 mũ n, chính xác",
			EN: "the number times ten to the n, exactly"},
		{Key: "period_start", Type: "", Example: "period_start", VI: "ngày đầu của kỳ ghi bằng tên: Quý III/2026, Tháng 10 năm 2026, 2026, 2026-W05",
			EN: "the first day of a period given by name: Quý III/2026, Tháng 10 năm 2026, 2026, 2026-W05"},
		{Key: "period_end", Type: "", Example: "period_end", VI: "ngày cuối của kỳ",
			EN: "its last day"},
		{Key: "period_flag", Type: "", Example: "period_flag", VI: "sơ bộ, ước tính hay dự báo, khi tên kỳ ghi như vậy: Sơ bộ 2025",
			EN: "provisional, estimated or forecast, where a period's name says so: Sơ bộ 2025"},
	}
}
