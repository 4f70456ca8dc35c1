package problem

// problemsControl are the GW-R codes from 040 on: the side book, the audit,
// plans and jobs.
var problemsControl = map[string]Words{
	"GW-R040": {
		VI:     "Không ghi được nhật ký thao tác nên thao tác không được thực hiện: {err}",
		EN:     "The audit cannot be written, so the act was not done: {err}",
		HintVI: "Kiểm tra chỗ trống và quyền ghi của thư mục dữ liệu; xem gateway audit verify. Đọc luồng phát vẫn bình thường.",
		HintEN: "Check the data folder's free space and permissions; see gateway audit verify. Feeds can be read as before.",
	},
	"GW-R041": {
		VI:     "Sổ phụ bị hỏng[[ ở dòng {value}]]: {err}. Sổ chỉ còn đọc được, mọi thao tác bị từ chối.",
		EN:     "The side book is damaged[[ at line {value}]]: {err}. It can only be read, and every act is refused.",
		HintVI: "Dừng cổng, lấy lại tệp book.jsonl từ bản sao lưu; nếu không có, đổi tên tệp để cổng lập sổ mới, và giữ tệp cũ làm chứng.",
		HintEN: "Stop the gateway and take book.jsonl from a backup; without one, rename the file so that a new one begins, and keep the old one as evidence.",
	},
	"GW-R042": {
		VI:     "Chuỗi {field} không còn nguyên vẹn ở dòng {value}: {want}",
		EN:     "The chain {field} is not whole at row {value}: {want}",
		HintVI: "Đối chiếu với bản xuất hoặc bản sao lưu gần nhất: gateway audit export, gateway backup.",
		HintEN: "Compare with the latest export or backup: gateway audit export, gateway backup.",
	},
	"GW-R050": {
		VI:     "Một dòng cuối dở dang ({value} byte) của sổ phụ đã được cắt bỏ: lần ghi bị ngắt khi cổng dừng đột ngột. Phần cắt còn ở {path}.",
		EN:     "An unfinished last line ({value} bytes) of the side book was cut off: a crash interrupted it. What was cut is kept in {path}.",
		HintVI: "Không mất gì đã được báo là đã ghi.",
		HintEN: "Nothing that was said to be written is lost.",
	},
	"GW-R051": {
		VI:     "Không ghi được sổ phụ: {err}",
		EN:     "The side book cannot be written: {err}",
		HintVI: "Kiểm tra chỗ trống và quyền ghi của thư mục dữ liệu.",
		HintEN: "Check the data folder's free space and permissions.",
	},
}
