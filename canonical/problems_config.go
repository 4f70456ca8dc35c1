package canonical

// problemsConfig are the GW-C codes: configuration, and the shape of any
// YAML file of ours.
var problemsConfig = map[string]ProblemText{
	"GW-C001": {VI: "không đọc được YAML: {err}", EN: "not readable as YAML: {err}",
		HintVI: "kiểm tra thụt dòng, dấu hai chấm và dấu nháy ở dòng này", HintEN: "check indentation, colons and quotes at this line"},
	"GW-C002": {VI: "khóa lạ \"{value}\"", EN: "unknown key \"{value}\"",
		HintVI: "[[ý bạn là \"{near}\"? ]]Khóa hợp lệ: {want}", HintEN: "[[did you mean \"{near}\"? ]]Valid keys: {want}"},
	"GW-C003": {VI: "{field}: giá trị \"{value}\" sai kiểu", EN: "{field}: value \"{value}\" has the wrong type",
		HintVI: "cần: {want}", HintEN: "expected: {want}"},
	"GW-C004": {VI: "thiếu {field}", EN: "{field} is missing",
		HintVI: "thêm {field} vào đây", HintEN: "add {field} here"},
	"GW-C005": {VI: "{field}: \"{value}\" không đạt quy tắc {want}", EN: "{field}: \"{value}\" breaks the rule {want}",
		HintVI: "sửa giá trị cho đúng quy tắc {want}", HintEN: "change the value so that it satisfies {want}"},
	"GW-C006": {VI: "khóa \"{value}\" lặp lại hoặc không phải khóa thường", EN: "key \"{value}\" stands twice or is no plain key",
		HintVI: "giữ lại một dòng", HintEN: "keep one of the lines"},
	"GW-C009": {VI: "{field}: tham chiếu {value} không có giá trị: {err}", EN: "{field}: reference {value} has no value: {err}",
		HintVI: "đặt biến môi trường hoặc tệp đó; kiểm tra bằng: gateway doctor", HintEN: "set that variable or file; check with: gateway doctor"},
	"GW-C010": {VI: "{field}: bí mật viết thẳng vào tệp", EN: "{field}: a secret written into the file",
		HintVI: "viết ${env:TEN_BIEN} hoặc ${file:/duong/dan}", HintEN: "write ${env:NAME} or ${file:/path}"},
}
