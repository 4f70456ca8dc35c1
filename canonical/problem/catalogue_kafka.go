package problem

// problemsKafka are the GW-Q codes: Kafka as the Log, and as a sink.
var problemsKafka = map[string]Words{
	"GW-Q001": {
		VI:     "Không kết nối được tới Kafka ở {value}: {err}",
		EN:     "Kafka cannot be reached at {value}: {err}.",
		HintVI: "Kiểm tra kafka.brokers, tường lửa và advertised.listeners của broker: nút phải kết nối được tới địa chỉ mà broker quảng bá.",
		HintEN: "Check kafka.brokers, the firewall and the brokers' advertised.listeners: the node must reach the addresses they advertise.",
	},
	"GW-Q002": {
		VI:     "Kafka từ chối thông tin đăng nhập của {value}: {err}",
		EN:     "Kafka refuses the credentials of {value}: {err}.",
		HintVI: "Kiểm tra kafka.sasl (cơ chế, tên, mật khẩu); tạo người dùng bằng kafka-configs.sh --alter --add-config 'SCRAM-SHA-512=[password=…]' --entity-type users --entity-name {value}",
		HintEN: "Check kafka.sasl (mechanism, user, password); a user is made with kafka-configs.sh --alter --add-config 'SCRAM-SHA-512=[password=…]' --entity-type users --entity-name {value}",
	},
	"GW-Q003": {
		VI:     "Kết nối TLS tới {value} không được tin cậy: {err}",
		EN:     "The TLS connection to {value} is not trusted: {err}.",
		HintVI: "Kiểm tra kafka.tls: ca phải là CA đã ký chứng thư số của broker, cert và key là của nút này, và tên máy phải nằm trong chứng thư số.",
		HintEN: "Check kafka.tls: ca must have signed the brokers' certificates, cert and key are this node's, and the host name must stand in the certificate.",
	},
	"GW-Q004": {
		VI:     "Kafka không cho phép làm việc với {value}: {err}",
		EN:     "Kafka does not permit what is needed on {value}: {err}.",
		HintVI: "Người quản trị Kafka chạy: {near}",
		HintEN: "An administrator of Kafka runs: {near}",
	},
	"GW-Q005": {
		VI:     "Chủ đề {field} có {path} = {value}, cần {want}",
		EN:     "Topic {field} has {path} = {value}, {want} is needed.",
		HintVI: "Sửa bằng: {near}",
		HintEN: "Mend it with: {near}",
	},
	"GW-Q006": {
		VI:     "Chủ đề {field} có {value} phân vùng, cấu hình yêu cầu {want}",
		EN:     "Topic {field} has {value} partitions, the configuration asks for {want}.",
		HintVI: "Số phân vùng cố định từ khi tạo: đặt lại kafka.partitions: {value}, hoặc dùng kafka.prefix mới.",
		HintEN: "The number of partitions is fixed when topics are made: set kafka.partitions: {value} again, or use a new kafka.prefix.",
	},
	"GW-Q007": {
		VI:     "Thông điệp lớn hơn mức broker nhận ở {value}: {err}",
		EN:     "A message is larger than the brokers take on {value}: {err}.",
		HintVI: "Nâng giới hạn bằng: {near}",
		HintEN: "Raise the limit with: {near}",
	},
	"GW-Q008": {
		VI:     "Nút khác đã tiếp quản {value}; trang này không được ghi",
		EN:     "Another node has taken {value} over; this page was not written.",
		HintVI: "Không cần làm gì: nút giữ luồng đọc lại trang đó. Nếu lặp lại mãi, hai nút đang chạy cùng luồng mà không có Redis chung.",
		HintEN: "Nothing to do: the node that holds the stream asks for that page again. If it goes on, two nodes run the same streams without a common Redis.",
	},
	"GW-Q009": {
		VI:     "Kafka từ chối một yêu cầu về {value}: {err}",
		EN:     "Kafka refused a request about {value}: {err}.",
		HintVI: "Yêu cầu sẽ được thử lại, trang sẽ được đọc lại. Nếu kéo dài, xem số broker còn sống và min.insync.replicas của các chủ đề.",
		HintEN: "It is tried again, and a page asked for again. If it lasts, look at how many brokers are alive and at min.insync.replicas of the topics.",
	},
	"GW-Q010": {
		VI:     "Không hiểu thông điệp {value} của chủ đề {field}: {err}",
		EN:     "Message {value} of topic {field} is not understood: {err}.",
		HintVI: "Chỉ cổng tích hợp ghi vào các chủ đề này. Nếu vừa nâng cấp, nâng nút này lên cùng phiên bản.",
		HintEN: "Only gateways write to these topics. After an upgrade, bring this node to the same version.",
	},
	"GW-Q011": {
		VI:     "Kafka đã mất dữ liệu: {field} đã được đọc tới {value} nhưng nay kết thúc ở {want}",
		EN:     "Kafka has lost data: {field} was read up to {value} and ends at {want} now.",
		HintVI: "Nút này giữ bản sao đầy đủ hơn cụm: đừng xóa thư mục dữ liệu. Kiểm tra unclean.leader.election và sao lưu trước khi dựng lại.",
		HintEN: "This node's view has more than the cluster: do not delete its data folder. Look at unclean.leader.election and take a backup before anything is rebuilt.",
	},
	"GW-Q012": {
		VI:     "Chủ đề {field} có {value} bản sao, cấu hình yêu cầu {want}",
		EN:     "Topic {field} has {value} replicas, the configuration asks for {want}.",
		HintVI: "Thêm bản sao bằng: {near}",
		HintEN: "Add replicas with: {near}",
	},
	"GW-Q013": {
		VI:     "Nút này đang đọc lại nhật ký dữ liệu: còn {value} thông điệp",
		EN:     "This node is catching up with the Log: {value} messages to go.",
		HintVI: "Chờ: nút trở nên sẵn sàng khi đã bắt kịp. Các nút khác vẫn phục vụ.",
		HintEN: "Wait: the node becomes ready once it is level. The other nodes go on answering.",
	},
	"GW-Q014": {
		VI:     "Thư mục dữ liệu là bản sao đọc của một nhật ký dữ liệu khác: các chủ đề {value}.* trong Kafka đã được tạo lại",
		EN:     "The data folder is a view of another Log: the topics {value}.* in Kafka were made anew.",
		HintVI: "Nếu việc tạo lại là chủ ý, xóa thư mục dữ liệu của nút rồi chạy lại: nút tự đọc lại. Nếu không, khôi phục Kafka trước.",
		HintEN: "If that was meant, delete the node's data folder and start again: the node reads everything anew. If not, restore Kafka first.",
	},
	"GW-Q015": {
		VI:     "Chủ đề {value} không trống (đã có {want} thông điệp): chỉ chuyển dữ liệu vào các chủ đề mới",
		EN:     "Topic {value} is not empty ({want} messages): a Log is moved into new topics only.",
		HintVI: "Đặt kafka.prefix khác, hoặc xóa các chủ đề của lần chuyển dở dang rồi chạy lại.",
		HintEN: "Set another kafka.prefix, or delete the topics of a move that was cut short and run it again.",
	},
	"GW-Q016": {
		VI:     "Các chủ đề {value}.* đang được nhập từ một máy và chưa xong",
		EN:     "The topics {value}.* are being filled from one machine's Log, and are not whole yet.",
		HintVI: "Chờ gateway migrate kết thúc. Nếu nó đã bị dừng giữa chừng, xóa các chủ đề rồi chạy lại.",
		HintEN: "Wait until gateway migrate has ended. Where it was cut short, delete the topics and run it again.",
	},
	"GW-Q017": {
		VI:     "Bản sao đọc của nút này chờ {value} từ {want|time}: có thông điệp đã ghi sau nó nhưng nó chưa tới",
		EN:     "This node's view has been waiting for {value} since {want|time}: messages written after it are there, it is not.",
		HintVI: "Thường là một giao dịch treo trong phân vùng đó. Tìm bằng: {near} rồi hủy bằng lệnh con abort. Nút tự đi tiếp, không mất gì.",
		HintEN: "Mostly a transaction hangs in that partition. Find it with: {near} and end it with the subcommand abort. The node then goes on, nothing is lost.",
	},
	"GW-Q018": {
		VI:     "Broker Kafka {value} cung cấp yêu cầu {field} ở các phiên bản {near}; cổng tích hợp này dùng phiên bản {want}",
		EN:     "The Kafka broker {value} offers {field} requests in the versions {near}; this gateway speaks version {want}.",
		HintVI: "Broker quá cũ hoặc quá mới cho bản này: xem các phiên bản Kafka đã thử trong router/kafka/README.md, rồi nâng cấp cổng tích hợp hoặc broker. Xem broker cung cấp gì: kafka-broker-api-versions.sh --bootstrap-server {value}",
		HintEN: "The broker is too old or too new for this gateway: see which versions of Kafka were tried in router/kafka/README.md, then upgrade the gateway or the brokers. What a broker offers: kafka-broker-api-versions.sh --bootstrap-server {value}",
	},
}
