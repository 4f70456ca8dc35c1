package problem

// problemsRedis are the GW-L codes: leases, presence and shared quotas.
var problemsRedis = map[string]Words{
	"GW-L001": {
		VI:     "Không kết nối được Redis tại {value}: {err}",
		EN:     "Redis cannot be reached at {value}: {err}.",
		HintVI: "Kiểm tra địa chỉ, cổng mạng, tường lửa và TLS: redis-cli -h <máy> -p <cổng mạng> ping (thêm --tls nếu máy chủ dùng TLS)",
		HintEN: "Check address, port, firewall and TLS: redis-cli -h <host> -p <port> ping (with --tls where the server uses TLS).",
	},
	"GW-L002": {
		VI:     "Redis từ chối đăng nhập của người dùng {value}: {err}",
		EN:     "Redis refuses the login of user {value}: {err}.",
		HintVI: "Kiểm tra tên người dùng và mật khẩu (requirepass, hoặc ACL LIST trên máy chủ).",
		HintEN: "Check user name and password (requirepass, or ACL LIST on the server).",
	},
	"GW-L003": {
		VI:     "Người dùng Redis {value} không đủ quyền: {err}",
		EN:     "The Redis user {value} lacks a permission: {err}.",
		HintVI: "Cấp quyền: ACL SETUSER {value} on ~{{want}}:* &{{want}}:* +@read +@write +@scripting +@connection +@pubsub +@transaction +time",
		HintEN: "Grant it: ACL SETUSER {value} on ~{{want}}:* &{{want}}:* +@read +@write +@scripting +@connection +@pubsub +@transaction +time.",
	},
	"GW-L004": {
		VI:     "Redis phiên bản {value} quá cũ; cần từ {want}",
		EN:     "Redis {value} is too old; at least {want} is needed.",
		HintVI: "Nâng cấp Redis; bản 7.0 của Debian 12 dùng được.",
		HintEN: "Upgrade Redis; the 7.0 of Debian 12 will do.",
	},
	"GW-L005": {
		VI:     "Redis sẽ xóa bớt khóa khi thiếu bộ nhớ (maxmemory-policy là {value}): quyền giữ luồng và hạn mức có thể biến mất",
		EN:     "Redis throws keys away when memory is short (maxmemory-policy is {value}): leases and quotas may vanish.",
		HintVI: "Chạy: redis-cli CONFIG SET maxmemory-policy {want}, và ghi dòng đó vào redis.conf. Nên dùng Redis riêng, không chung với bộ nhớ đệm",
		HintEN: "Run: redis-cli CONFIG SET maxmemory-policy {want}, and write it into redis.conf. Use a Redis of its own, not one shared with a cache.",
	},
	"GW-L006": {
		VI:     "Redis tại {value} là bản sao chỉ đọc: {err}",
		EN:     "Redis at {value} is a read-only replica: {err}.",
		HintVI: "Trỏ tới máy chủ chính (redis-cli role), hoặc khai báo Sentinel để tự tìm.",
		HintEN: "Point to the master (redis-cli role), or declare the Sentinels that find it.",
	},
	"GW-L007": {
		VI:     "Đồng hồ máy này lệch {value|span} so với máy chủ Redis (cho phép {want|span})",
		EN:     "This node's clock is {value|span} off the Redis server's ({want|span} are allowed).",
		HintVI: "Đồng bộ giờ cả hai máy: chronyc makestep, hoặc timedatectl set-ntp true; xem chronyc tracking. Quyền giữ luồng không bị ảnh hưởng vì dùng giờ của Redis.",
		HintEN: "Synchronise both machines: chronyc makestep, or timedatectl set-ntp true; see chronyc tracking. Leases are not affected: they go by the time of Redis.",
	},
	"GW-L008": {
		VI:     "Redis không trả lời[[ từ {value}]]: {err}. Các luồng đang giữ vẫn chạy; không có bàn giao giữa các nút cho đến khi Redis trở lại",
		EN:     "Redis does not answer[[ since {value}]]: {err}. Streams held here go on; nothing is handed over between nodes until Redis is back.",
		HintVI: "Kiểm tra dịch vụ và mạng: systemctl status redis-server, redis-cli ping. Cổng tích hợp tự kết nối lại",
		HintEN: "Check service and network: systemctl status redis-server, redis-cli ping. The gateway reconnects by itself.",
	},
	"GW-L009": {
		VI:     "Nút này không phản hồi quá thời hạn giữ: {value} luồng đã được giao cho nút khác và được dừng tại đây",
		EN:     "This node was silent for longer than the lease time: its {value} streams were given to others and are stopped here.",
		HintVI: "Tìm nguyên nhân: máy bị treo, thiếu CPU hoặc bộ nhớ, mạng tới Redis bị ngắt. Nút tự tham gia lại.",
		HintEN: "Find out why: the machine stood still, CPU or memory was short, the network to Redis was cut. The node joins again by itself.",
	},
	"GW-L010": {
		VI:     "Redis đã mất dữ liệu; nút này nhận lại {value} luồng đang giữ",
		EN:     "Redis lost its data; this node takes back the {value} streams it holds.",
		HintVI: "Không mất bản ghi nào. Tìm nguyên nhân (FLUSHALL, khởi động lại không lưu, thiếu bộ nhớ) và bật appendonly yes.",
		HintEN: "No record is lost. Find out why (FLUSHALL, a restart without persistence, short memory) and set appendonly yes.",
	},
	"GW-L011": {
		VI:     "Người dùng Redis {value} không được gửi hoặc nhận thông báo: bàn giao chờ đến nhịp kế tiếp thay vì tức thì",
		EN:     "The Redis user {value} may not publish or subscribe: hand-overs wait for the next tick instead of happening at once.",
		HintVI: "Cấp quyền kênh: ACL SETUSER {value} +@pubsub &{{want}}:*",
		HintEN: "Grant the channel: ACL SETUSER {value} +@pubsub &{{want}}:*.",
	},
	"GW-L012": {
		VI:     "Redis hết bộ nhớ được cấp: {err}",
		EN:     "Redis is out of the memory it may use: {err}.",
		HintVI: "Tăng maxmemory: redis-cli CONFIG SET maxmemory <số lớn hơn>, hoặc dọn dữ liệu của ứng dụng khác",
		HintEN: "Raise it: redis-cli CONFIG SET maxmemory <more>, or clear the data of other applications.",
	},
	"GW-L013": {
		VI:     "Redis không ghi được xuống đĩa và từ chối ghi: {err}",
		EN:     "Redis cannot write to its disk and refuses writes: {err}.",
		HintVI: "Kiểm tra dung lượng đĩa và quyền của thư mục dữ liệu Redis, sau đó chạy redis-cli BGSAVE.",
		HintEN: "Check the space on the disk and the permissions of Redis' data folder, then run redis-cli BGSAVE.",
	},
	"GW-L014": {
		VI:     "Thiết lập Redis không hợp lệ: {field}[[ là \"{value}\"]]; ví dụ đúng: {want}",
		EN:     "A Redis setting cannot be used: {field}[[ is \"{value}\"]]; right would be: {want}.",
		HintVI: "Tên nút chỉ gồm chữ không dấu, số, dấu chấm, gạch ngang; mỗi nút một tên.",
		HintEN: "A node's name has letters, digits, dots and dashes only, and is its own.",
	},
}
