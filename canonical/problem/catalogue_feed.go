package problem

// problemsFeed are the GW-F codes: the feed API.
var problemsFeed = map[string]Words{
	"GW-F001": {
		VI: "Con trỏ ở tham số {field} không đọc được", EN: "the cursor in parameter {field} cannot be read",
		HintVI: "Gửi lại nguyên vẹn giá trị next đã nhận; nếu không còn, nạp lại từ bản chụp (snapshot).", HintEN: "send the next value exactly as it was given; if it is lost, take a snapshot again",
	},
	"GW-F002": {
		VI: "Con trỏ thuộc kênh dữ liệu {value}, không phải {want}", EN: "the cursor belongs to feed {value}, not {want}",
		HintVI: "Mỗi kênh dữ liệu có con trỏ riêng: dùng con trỏ của kênh đang đọc.", HintEN: "keep one cursor per feed",
	},
	"GW-F003": {
		VI: "Con trỏ thuộc một nhật ký dữ liệu cũ (dữ liệu đã được khôi phục)", EN: "the cursor belongs to an earlier history (the data was restored)",
		HintVI: "Nạp lại từ bản chụp (snapshot), thay toàn bộ dữ liệu đang có.", HintEN: "take a snapshot again, replacing what you hold",
	},
	"GW-F004": {
		VI: "Bộ lọc khác với bộ lọc của con trỏ", EN: "the filter differs from the cursor's filter",
		HintVI: "Giữ nguyên source, stream, kind, area, agency khi đi tiếp; muốn đổi thì nạp lại từ bản chụp (snapshot).", HintEN: "keep source, stream, kind, area and agency while following; to change them take a snapshot again",
	},
	"GW-F005": {
		VI: "Con trỏ ở vị trí {value}, vượt quá vị trí mới nhất {want}", EN: "the cursor is at {value}, beyond the newest position {want}",
		HintVI: "Dữ liệu đã được khôi phục về thời điểm trước; nạp lại từ bản chụp (snapshot), thay toàn bộ.", HintEN: "the log went back; take a snapshot again, replacing",
	},
	"GW-F010": {
		VI: "Con trỏ đã hết hạn[[: vị trí {value} cũ hơn vị trí cũ nhất còn giữ]][[ ({want})]]", EN: "the cursor has expired[[: position {value} is older than the oldest one kept]][[, {want}]]",
		HintVI: "Nạp lại từ bản chụp (snapshot), thay toàn bộ, rồi đi tiếp từ con trỏ của bản chụp.", HintEN: "take a snapshot again, replacing, then follow from its cursor",
	},
	"GW-F011": {
		VI: "Không có kênh dữ liệu {value}", EN: "there is no feed {value}",
		HintVI: "Chọn một trong các kênh dữ liệu: {want}", HintEN: "the feeds are: {want}",
	},
	"GW-F012": {
		VI: "Không có bản ghi này[[: {value}]]", EN: "there is no such record[[: {value}]]",
		HintVI: "[[Có phải {near} không? ]]Kiểm tra mã bản ghi: dạng loại:nguồn:khóa, mã hóa phần trăm. Bản ghi cũng có thể đang cách ly.",
		HintEN: "[[is it {near}? ]]an id has the form kind:source:key, percent-encoded; the record may also be held",
	},
	"GW-F013": {
		VI: "Không có luồng {value}", EN: "there is no stream {value}",
		HintVI: "[[Có phải {near} không? ]]Xem danh sách: gateway source list, hoặc trang Tổng quan.", HintEN: "[[is it {near}? ]]all of them: gateway source list, or the overview page",
	},
	"GW-F014": {
		VI: "Không có dữ liệu gốc cách ly số {value}", EN: "there is no held Raw number {value}",
		HintVI: "Có thể đã được xử lý lại hoặc loại bỏ; xem các mục còn cách ly: gateway quarantine list, hoặc trang Cách ly", HintEN: "it may have been replayed or dropped; what is still held: gateway quarantine list, or the page of what is held",
	},
	"GW-F015": {
		VI: "Không có địa chỉ {value}", EN: "there is nothing at {value}",
		HintVI: "[[Có phải {near} không? ]]Mọi trang bắt đầu từ Tổng quan (/); địa chỉ của API ở /docs.",
		HintEN: "[[is it {near}? ]]all pages begin at the overview (/); what the API has is at /docs",
	},
	"GW-F016": {
		VI: "Phương thức {value} không được hỗ trợ ở địa chỉ này", EN: "method {value} is not for this address",
		HintVI: "Dùng: {want}", HintEN: "use: {want}",
	},
	"GW-F017": {
		VI: "Không trả được kiểu nội dung đã yêu cầu", EN: "none of the requested media types can be given",
		HintVI: "Yêu cầu một trong: {want}", HintEN: "there is: {want}",
	},
	"GW-F018": {
		VI: "Tham số {field} không hợp lệ", EN: "unknown parameter {field}",
		HintVI: "[[Có phải ý bạn là \"{near}\"? ]]Tham số hợp lệ: {want}", HintEN: "[[did you mean \"{near}\"? ]]Valid parameters: {want}",
	},
	"GW-F019": {
		VI: "Tham số {field} có giá trị không hợp lệ[[: \"{value}\"]]", EN: "parameter {field} has the bad value[[ \"{value}\"]]",
		HintVI: "Gửi đúng: {want}", HintEN: "wanted: {want}",
	},
	"GW-F020": {
		VI: "Chưa xác thực", EN: "not authenticated",
		HintVI: "Gửi Authorization: Bearer <token>", HintEN: "send Authorization: Bearer <token>",
	},
	"GW-F021": {
		VI: "Không đủ quyền: cần vai trò {want}", EN: "not allowed: role {want} is needed",
		HintVI: "Dùng token có vai trò {want}", HintEN: "use a token with role {want}",
	},
	"GW-F022": {
		VI: "Yêu cầu đến từ một trang khác", EN: "the request came from another site",
		HintVI: "Thao tác từ chính trang của cổng tích hợp.", HintEN: "act from the gateway's own pages",
	},
	"GW-F023": {
		VI: "Quá nhiều kết nối đang mở (tối đa {want})", EN: "too many open connections (at most {want})",
		HintVI: "Đóng bớt kết nối hoặc đọc bằng changes không kèm wait; thử lại sau vài giây.", HintEN: "close some, or read changes without wait; try again in some seconds",
	},
	"GW-F024": {
		VI: "Nội dung yêu cầu quá lớn (tối đa {want} byte)", EN: "the request body is too large (at most {want} bytes)",
		HintVI: "Chia nhỏ yêu cầu.", HintEN: "split the request",
	},
	"GW-F025": {
		VI: "Không đọc được nội dung yêu cầu[[: {err}]]", EN: "the request body cannot be read[[: {err}]]",
		HintVI: "Gửi đúng: {want}", HintEN: "wanted: {want}",
	},
	"GW-F026": {
		VI: "Chức năng này chưa bật ở đây", EN: "this is not available here",
		HintVI: "Chức năng cần có trong cấu hình: {want}", HintEN: "it needs {want} to be configured",
	},
	"GW-F027": {
		VI: "Không có lược đồ {value}", EN: "there is no schema {value}",
		HintVI: "Các lược đồ: {want}", HintEN: "the schemas are: {want}",
	},
	"GW-F028": {
		VI: "Không làm được lúc này: {err}", EN: "this cannot be done now: {err}",
		HintVI: "Xem trạng thái: gateway status, rồi thử lại.", HintEN: "look at: gateway status, then try again",
	},
	"GW-F029": {
		VI: "Dữ liệu gốc của phiên bản này không còn được giữ", EN: "the Raw behind this version is no longer kept",
		HintVI: "Xem phiên bản hiện tại.", HintEN: "look at the current version",
	},
	"GW-F030": {
		VI: "Tạm thời không đọc được kho dữ liệu", EN: "the store cannot be read now",
		HintVI: "Thử lại sau vài giây; người quản trị xem nhật ký hệ thống.", HintEN: "try again in some seconds; an administrator should read the server's log",
	},
	"GW-F031": {
		VI: "Lỗi nội bộ của cổng tích hợp", EN: "an internal error of the gateway",
		HintVI: "Người quản trị xem nhật ký hệ thống.", HintEN: "an administrator should read the server's log",
	},
	"GW-F032": {
		VI: "Kiểu nội dung của yêu cầu không đúng", EN: "the request's media type is wrong",
		HintVI: "Gửi đúng: {want}", HintEN: "wanted: {want}",
	},
	"GW-F033": {VI: "Yêu cầu gọi tới tên máy \"{value}\", không phải máy này", EN: "the request names the host \"{value}\", which is not this machine",
		HintVI: "Gọi qua 127.0.0.1 hoặc localhost; muốn gọi bằng tên khác thì cấu hình http.tokens.", HintEN: "ask by 127.0.0.1 or localhost; to be asked by another name, configure http.tokens"},
	"GW-F034": {
		VI:     "Nút này đang bắt kịp nhật ký dữ liệu[[: mới có tới {value}]][[, vị trí cần là {want}]]",
		EN:     "this node is catching up[[: it has up to {value}]][[, the position asked for is {want}]]",
		HintVI: "Thử lại sau ít giây, hoặc gọi nút đã trả trang trước.",
		HintEN: "Try again in a moment, or ask the node that gave the page before.",
	},
	"GW-F060": {
		VI: "Không có bên nhận {value} của kênh dữ liệu {field}", EN: "there is no sink {value} of feed {field}",
		HintVI: "Xem danh sách: gateway sink list", HintEN: "see the list: gateway sink list",
	},
}
