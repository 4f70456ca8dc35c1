package problem

// problemsConfig are the GW-C codes: configuration, and the shape of any
// YAML file of ours.
var problemsConfig = map[string]Words{
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
	"GW-C011": {VI: "địa chỉ {value} mở ra ngoài máy này mà chưa có thẻ truy cập nào", EN: "address {value} is reachable from outside, and there is no bearer token",
		HintVI: "thêm http.tokens (secret: ${env:…}), hoặc dùng 127.0.0.1", HintEN: "add http.tokens (secret: ${env:…}), or listen on 127.0.0.1"},
	"GW-C012": {VI: "địa chỉ {value} mở ra ngoài máy này mà không có TLS", EN: "address {value} is reachable from outside without TLS",
		HintVI: "thêm http.tls, hoặc http.behind_proxy: true khi máy chủ trung gian lo TLS", HintEN: "add http.tls, or http.behind_proxy: true where a proxy does TLS"},
	"GW-C013": {VI: "{field}: cam kết {value} ngắn hơn chu kỳ {want}: luồng sẽ luôn trễ", EN: "{field}: promise {value} is shorter than the interval {want}: the stream would always be late",
		HintVI: "để fresh dài hơn every, hoặc chạy dày hơn", HintEN: "make fresh longer than every, or run more often"},
	"GW-C014": {VI: "không có bộ nối \"{value}\"", EN: "there is no adapter \"{value}\"",
		HintVI: "[[ý bạn là \"{near}\"? ]]Có: {want}", HintEN: "[[did you mean \"{near}\"? ]]There are: {want}"},
	"GW-C015": {VI: "không có ánh xạ \"{value}\"", EN: "there is no mapping \"{value}\"",
		HintVI: "[[ý bạn là \"{near}\"? ]]Xem: gateway mapping list", HintEN: "[[did you mean \"{near}\"? ]]See: gateway mapping list"},
	"GW-C016": {VI: "{field}: loại \"{value}\" khác với loại của ánh xạ ({want})", EN: "{field}: kind \"{value}\" is not the mapping's ({want})",
		HintVI: "bỏ kind, hoặc chọn ánh xạ của loại đó", HintEN: "leave kind out, or choose a mapping of that kind"},
	"GW-C017": {VI: "không đọc được tệp cấu hình {value}: {err}", EN: "configuration file {value} cannot be read: {err}",
		HintVI: "tạo tệp mẫu: gateway init", HintEN: "make a first one: gateway init"},
	"GW-C018": {VI: "{field}: luồng được hỏi định kỳ mà không có every", EN: "{field}: a polled stream needs every",
		HintVI: "thêm every: 5m", HintEN: "add every: 5m"},
	"GW-C019": {VI: "không lắng nghe được tại {value}: {err}", EN: "cannot listen on {value}: {err}",
		HintVI: "một tiến trình khác đang dùng cổng này, hoặc địa chỉ không có trên máy; đổi http.addr", HintEN: "another process uses the port, or the address is not this machine's; change http.addr"},
	"GW-C020": {
		VI: "engine: kafka cần kafka.brokers", EN: "engine: kafka needs kafka.brokers",
		HintVI: "thêm ít nhất một broker: kafka: { brokers: [\"kafka-1:9092\"] }", HintEN: "add one broker at least: kafka: { brokers: [\"kafka-1:9092\"] }",
	},
	"GW-C021": {
		VI: "redis chỉ dùng với engine: kafka: nhật ký nhúng chỉ có một nút", EN: "redis goes with engine: kafka only: an embedded Log has one node",
		HintVI: "bỏ mục redis, hoặc đặt engine: kafka", HintEN: "remove the redis block, or set engine: kafka",
	},
	"GW-C022": {
		VI: "nhiều nút dùng chung redis cần node.url: nơi các nút khác gọi tới nút này", EN: "nodes that share redis need node.url: where the other nodes reach this one",
		HintVI: "ví dụ node: { url: https://gateway-1.noi-bo:8443 }", HintEN: "such as node: { url: https://gateway-1.internal:8443 }",
	},
	"GW-C023": {
		VI: "tệp {value} không có chứng thư CA nào đọc được", EN: "the file {value} has no CA certificate that can be read",
		HintVI: "cần tệp PEM bắt đầu bằng -----BEGIN CERTIFICATE-----", HintEN: "a PEM file is needed that begins with -----BEGIN CERTIFICATE-----",
	},
	"GW-C024": {
		VI: "chủ đề {value} thuộc nhật ký của chính cổng: đẩy vào đó sẽ làm hỏng nhật ký", EN: "topic {value} is one of the gateway's own Log: pushing into it would spoil the Log",
		HintVI: "đặt chủ đề không bắt đầu bằng kafka.prefix", HintEN: "use a topic that does not begin with kafka.prefix",
	},
	"GW-C025": {
		VI: "chứng thư {value} và khóa {near} không dùng được với nhau[[: {err}]]", EN: "the certificate {value} and the key {near} cannot be used together[[: {err}]]",
		HintVI: "cần hai tệp PEM của cùng một cặp; xem: openssl x509 -in {value} -noout -pubkey và openssl pkey -in {near} -pubout phải giống nhau",
		HintEN: "two PEM files of one pair are needed; look: openssl x509 -in {value} -noout -pubkey and openssl pkey -in {near} -pubout must give the same",
	},
	"GW-C026": {
		VI: "{field}: \"{value}\" không dùng được trong lịch làm việc", EN: "{field}: \"{value}\" cannot stand in a working calendar",
		HintVI: "dạng đúng: {want}", HintEN: "the form is: {want}",
	},
	"GW-C031": {
		VI:     "{field} và {near} là cùng một thẻ với vai trò khác nhau ({value}): vai trò nào có hiệu lực thì không rõ",
		EN:     "{field} and {near} are one token under two roles ({value}): which of them holds is anybody's guess",
		HintVI: "tạo thẻ riêng cho mỗi mục (openssl rand -hex 32), hoặc bỏ một mục", HintEN: "make a token of its own for each (openssl rand -hex 32), or remove one",
	},
	"GW-C032": {
		VI:     "khóa của luồng {near} và luồng {value} ghép từ cùng các cột: hai luồng nêu cùng một tên thì chỉ luồng đến trước được phát, luồng sau bị giữ trong cách ly (GW-K015)",
		EN:     "the keys of stream {near} and of stream {value} are made of the same columns: what both name is published by the one that comes first, and held of the other (GW-K015)",
		HintVI: "đặt `key_prefix` cho một luồng, hoặc thêm một cột để phân biệt (`constants`, `capture`) vào `key`",
		HintEN: "give one stream a `key_prefix`, or add to `key` a column that tells them apart (`constants`, `capture`)",
	},
	"GW-C027": {
		VI: "không đọc được tệp lịch làm việc {value}: {err}", EN: "the working calendar {value} cannot be read: {err}",
		HintVI: "kiểm tra calendar.file và quyền đọc; bỏ calendar.file để dùng lịch đi kèm", HintEN: "check calendar.file and its rights; leave it out to use the calendar that comes along",
	},
}
