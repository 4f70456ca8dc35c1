package problem

// problemsValidation are the GW-V codes: canonical records that break a rule.
var problemsValidation = map[string]Words{
	"GW-V001": {
		VI: "Thiếu {field|title}", EN: "{field} is missing",
		HintVI: "Trường này bắt buộc: ánh xạ nó từ dữ liệu gốc, hoặc cách ly bản ghi cho đến khi nguồn có giá trị.",
		HintEN: "The field is required: map it, or leave the record held until the source gives it.",
	},
	"GW-V002": {
		VI: "{field|title}: \"{value}\" chưa có trong danh mục mã {want}", EN: "{field}: {value} is not in the code list {want}",
		HintVI: "Thêm mã của nguồn vào danh mục mã của ánh xạ; mã chưa rõ nghĩa thì để là unknown.[[ Gần nhất: {near}.]]",
		HintEN: "Add the source's code to the mapping's code list; a code nobody understands becomes unknown.[[ Closest: {near}.]]",
	},
	"GW-V003": {
		VI: "{field|title}: \"{value}\" không phải ngày có thật dạng năm-tháng-ngày", EN: "{field}: {value} is no real day in the form yyyy-mm-dd",
		HintVI: "Khai báo đúng kiểu ngày của nguồn trong ánh xạ.",
		HintEN: "Declare the source's date layout in the mapping.",
	},
	"GW-V004": {
		VI: "{field|title}: {value} ngoài khoảng cho phép ({want})", EN: "{field}: {value} is outside its limits ({want})",
		HintVI: "Kiểm tra đơn vị đo và thứ tự các trường trong ánh xạ.",
		HintEN: "Check the unit and the order of fields in the mapping.",
	},
	"GW-V005": {
		VI: "{field|title}: \"{value}\" không phải số thập phân", EN: "{field}: {value} is no decimal number",
		HintVI: "Viết dạng chuẩn 1234.5, không có dấu phân cách hàng nghìn. Khai báo dấu thập phân của nguồn trong ánh xạ.",
		HintEN: "The canonical form is 1234.5, without separators of thousands. Declare the source's decimal mark in the mapping.",
	},
	"GW-V006": {
		VI: "{field|title}: giá trị không đúng dạng ({want})", EN: "{field} has the wrong form ({want})",
		HintVI: "Sửa giá trị trong ánh xạ cho đúng dạng: {want}", HintEN: "Mend the value in the mapping so that it has the form: {want}"},
	"GW-V007": {
		VI: "{field|title}: {value} trước {want}", EN: "{field}: {value} lies before {want}",
		HintVI: "Mốc kết thúc không thể trước mốc bắt đầu: kiểm tra thứ tự ngày/tháng trong ánh xạ.",
		HintEN: "An end cannot lie before its beginning: check the order of day and month in the mapping.",
	},
	"GW-V008": {
		VI: "{field|title}: \"{value}\" không phải loại bản ghi mong đợi[[ ({want})]]", EN: "{field}: {value} is not the kind expected[[ ({want})]]",
		HintVI: "Sửa loại bản ghi trong ánh xạ.", HintEN: "Mend the kind in the mapping."},
	"GW-V009": {
		VI: "{field|title}: \"{value}\" không có dạng loại:nguồn:khóa", EN: "{field}: {value} has not the form kind:source:key",
		HintVI: "Sửa mã bản ghi trong ánh xạ cho đúng dạng loại:nguồn:khóa.", HintEN: "Mend the record's id in the mapping: kind:source:key."},
	"GW-V010": {
		VI: "{field|title}: giá trị và lý do không có giá trị loại trừ nhau", EN: "{field}: a value and a reason for having none exclude each other",
		HintVI: "Chỉ để một trong hai: value hoặc missing.",
		HintEN: "Give one of the two: value or missing.",
	},
	"GW-V011": {
		VI: "Không đọc được nội dung bản ghi loại {want}: {err}", EN: "The body cannot be read as a {want}: {err}",
		HintVI: "Kiểm tra nội dung JSON của bản ghi; nếu do một bản mới hơn ghi, dùng bản đó.", HintEN: "Look at the record's JSON; where a newer version wrote it, use that one."},
	"GW-V012": {
		VI: "Nội dung bản ghi loại {want} có chữ không phải UTF-8", EN: "The body of a {want} holds text that is not UTF-8",
		HintVI: "Khai báo bảng mã ký tự của nguồn (TCVN3, VNI, Windows-1258…).",
		HintEN: "Declare the source's text encoding (TCVN3, VNI, Windows-1258…).",
	},
	"GW-V013": {
		VI: "Không ghi được bản ghi[[ loại {want}]]: {err}", EN: "A record[[ of kind {want}]] cannot be written: {err}",
		HintVI: "Kiểm tra ánh xạ của luồng; nếu lặp lại, báo lỗi kèm dữ liệu gốc.", HintEN: "Look at the stream's mapping; where it goes on, report it with the Raw."},
	"GW-V014": {
		VI: "{field|title}: giá trị[[ \"{value}\"]] không hợp lệ (cần {want})", EN: "{field}:[[ \"{value}\"]] breaks the rule {want}",
		HintVI: "Sửa ánh xạ để giá trị đúng: {want}", HintEN: "Mend the mapping so that it gives {want}."},
	"GW-V020": {
		VI: "Không phải CloudEvents 1.0: {err}", EN: "This is no CloudEvents 1.0 event: {err}",
		HintVI: "Gửi JSON với Content-Type application/cloudevents+json, có specversion, id, source và type.",
		HintEN: "Send JSON as application/cloudevents+json with specversion, id, source and type.",
	},
	"GW-V030": {
		VI: "Không đọc được tệp đơn vị hành chính: {err}", EN: "The file of administrative units cannot be read: {err}",
		HintVI: "Tạo lại tệp bằng công cụ canonical/units/gen từ danh mục chính thức.",
		HintEN: "Make the file again with canonical/units/gen from the official lists.",
	},
	"GW-V031": {
		VI: "Không có cách xử lý \"{value}\" cho dữ liệu cá nhân, ở {field}", EN: "{field}: {value} is no way to treat personal data",
		HintVI: "Chọn một trong: {want}",
		HintEN: "Choose one of: {want}.",
	},
	"GW-V032": {
		VI: "Không có nhóm dữ liệu cá nhân \"{value}\", ở {field}", EN: "{field}: there is no class of personal data named {value}",
		HintVI: "Chọn một trong: {want}",
		HintEN: "Choose one of: {want}.",
	},
}
