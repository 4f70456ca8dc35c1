package problem

// problemsFeed are the GW-F codes: the feed API.
var problemsFeed = map[string]Words{
	"GW-F001": {
		VI: "con trỏ ở tham số {field} không đọc được", EN: "the cursor in parameter {field} cannot be read",
		HintVI: "gửi lại nguyên vẹn giá trị next đã nhận; nếu không còn, nạp lại từ snapshot", HintEN: "send the next value exactly as it was given; if it is lost, take a snapshot again",
	},
	"GW-F002": {
		VI: "con trỏ thuộc luồng tin {value}, không phải {want}", EN: "the cursor belongs to feed {value}, not {want}",
		HintVI: "mỗi luồng tin có con trỏ riêng", HintEN: "keep one cursor per feed",
	},
	"GW-F003": {
		VI: "con trỏ thuộc một nhật ký cũ (dữ liệu đã được khôi phục)", EN: "the cursor belongs to an earlier history (the data was restored)",
		HintVI: "nạp lại từ snapshot, thay toàn bộ dữ liệu đang có", HintEN: "take a snapshot again, replacing what you hold",
	},
	"GW-F004": {
		VI: "bộ lọc khác với bộ lọc của con trỏ", EN: "the filter differs from the cursor's filter",
		HintVI: "giữ nguyên source, stream, kind, area, agency khi đi tiếp; muốn đổi thì nạp lại từ snapshot", HintEN: "keep source, stream, kind, area and agency while following; to change them take a snapshot again",
	},
	"GW-F005": {
		VI: "con trỏ ở vị trí {value}, vượt quá vị trí mới nhất {want}", EN: "the cursor is at {value}, beyond the newest position {want}",
		HintVI: "nhật ký đã lùi lại; nạp lại từ snapshot, thay toàn bộ", HintEN: "the log went back; take a snapshot again, replacing",
	},
	"GW-F010": {
		VI: "con trỏ đã hết hạn: vị trí {value} cũ hơn vị trí cũ nhất còn giữ {want}", EN: "the cursor has expired: position {value} is older than the oldest one kept, {want}",
		HintVI: "nạp lại từ snapshot, thay toàn bộ, rồi đi tiếp từ con trỏ của snapshot", HintEN: "take a snapshot again, replacing, then follow from its cursor",
	},
	"GW-F011": {
		VI: "không có luồng tin {value}", EN: "there is no feed {value}",
		HintVI: "các luồng tin: {want}", HintEN: "the feeds are: {want}",
	},
	"GW-F012": {
		VI: "không có bản ghi này", EN: "there is no such record",
		HintVI: "mã có dạng loại:nguồn:khóa, mã hóa phần trăm", HintEN: "an id has the form kind:source:key, percent-encoded",
	},
	"GW-F013": {
		VI: "không có luồng {value}", EN: "there is no stream {value}",
		HintVI: "xem danh sách ở /v1/streams", HintEN: "see /v1/streams for the list",
	},
	"GW-F014": {
		VI: "không có nguyên bản cách ly số {value}", EN: "there is no held Raw number {value}",
		HintVI: "có thể đã được phát lại hoặc loại bỏ; xem /v1/quarantine", HintEN: "it may have been replayed or dropped; see /v1/quarantine",
	},
	"GW-F015": {
		VI: "không có địa chỉ {value}", EN: "there is nothing at {value}",
		HintVI: "xem /docs", HintEN: "see /docs",
	},
	"GW-F016": {
		VI: "phương thức {value} không dùng được ở địa chỉ này", EN: "method {value} is not for this address",
		HintVI: "dùng: {want}", HintEN: "use: {want}",
	},
	"GW-F017": {
		VI: "không trả được kiểu nội dung đã yêu cầu", EN: "none of the requested media types can be given",
		HintVI: "có: {want}", HintEN: "there is: {want}",
	},
	"GW-F018": {
		VI: "tham số lạ {field}", EN: "unknown parameter {field}",
		HintVI: "gần nhất: {near}; tham số hợp lệ: {want}", HintEN: "closest: {near}; valid parameters: {want}",
	},
	"GW-F019": {
		VI: "tham số {field} có giá trị sai \"{value}\"", EN: "parameter {field} has the bad value \"{value}\"",
		HintVI: "cần: {want}", HintEN: "wanted: {want}",
	},
	"GW-F020": {
		VI: "chưa xác thực", EN: "not authenticated",
		HintVI: "gửi Authorization: Bearer <token>", HintEN: "send Authorization: Bearer <token>",
	},
	"GW-F021": {
		VI: "không đủ quyền: cần vai trò {want}", EN: "not allowed: role {want} is needed",
		HintVI: "dùng token có vai trò {want}", HintEN: "use a token with role {want}",
	},
	"GW-F022": {
		VI: "yêu cầu đến từ một trang khác", EN: "the request came from another site",
		HintVI: "thao tác từ chính trang của cổng", HintEN: "act from the gateway's own pages",
	},
	"GW-F023": {
		VI: "quá nhiều kết nối đang mở (tối đa {want})", EN: "too many open connections (at most {want})",
		HintVI: "đóng bớt kết nối hoặc đọc bằng changes không kèm wait; thử lại sau vài giây", HintEN: "close some, or read changes without wait; try again in some seconds",
	},
	"GW-F024": {
		VI: "thân yêu cầu quá lớn (tối đa {want} byte)", EN: "the request body is too large (at most {want} bytes)",
		HintVI: "chia nhỏ yêu cầu", HintEN: "split the request",
	},
	"GW-F025": {
		VI: "thân yêu cầu không đọc được: {err}", EN: "the request body cannot be read: {err}",
		HintVI: "cần: {want}", HintEN: "wanted: {want}",
	},
	"GW-F026": {
		VI: "chức năng này không bật ở đây", EN: "this is not available here",
		HintVI: "chức năng cần cấu hình {want}", HintEN: "it needs {want} to be configured",
	},
	"GW-F027": {
		VI: "không có lược đồ {value}", EN: "there is no schema {value}",
		HintVI: "các lược đồ: {want}", HintEN: "the schemas are: {want}",
	},
	"GW-F028": {
		VI: "không làm được lúc này: {err}", EN: "this cannot be done now: {err}",
		HintVI: "xem trạng thái ở /v1/streams rồi thử lại", HintEN: "look at /v1/streams, then try again",
	},
	"GW-F029": {
		VI: "nguyên bản của phiên bản này không còn được giữ", EN: "the Raw behind this version is no longer kept",
		HintVI: "xem phiên bản hiện tại", HintEN: "look at the current version",
	},
	"GW-F030": {
		VI: "kho dữ liệu chưa đọc được", EN: "the store cannot be read now",
		HintVI: "thử lại sau vài giây; người quản trị xem nhật ký máy chủ", HintEN: "try again in some seconds; an administrator should read the server's log",
	},
	"GW-F031": {
		VI: "lỗi bên trong của cổng", EN: "an internal error of the gateway",
		HintVI: "người quản trị xem nhật ký máy chủ", HintEN: "an administrator should read the server's log",
	},
	"GW-F032": {
		VI: "kiểu nội dung của yêu cầu không đúng", EN: "the request's media type is wrong",
		HintVI: "cần: {want}", HintEN: "wanted: {want}",
	},
	"GW-F033": {VI: "yêu cầu gọi tới tên máy \"{value}\", không phải máy này", EN: "the request names the host \"{value}\", which is not this machine",
		HintVI: "gọi qua 127.0.0.1 hoặc localhost; muốn gọi bằng tên khác thì cấu hình http.tokens", HintEN: "ask by 127.0.0.1 or localhost; to be asked by another name, configure http.tokens"},
	"GW-F034": {
		VI:     "nút này đang bắt kịp nhật ký: mới có tới {value}, vị trí cần là {want}",
		EN:     "this node is catching up: it has up to {value}, the position asked for is {want}",
		HintVI: "Thử lại sau ít giây, hoặc hỏi nút đã trả trang trước.",
		HintEN: "Try again in a few seconds, or ask the node that gave the page before.",
	},
}
