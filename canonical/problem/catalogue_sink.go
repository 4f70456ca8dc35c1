package problem

// problemsSink are the GW-Q codes from 020 on: sinks, and Kafka as one.
var problemsSink = map[string]Words{
	"GW-Q020": {
		VI:     "Không kết nối được tới Kafka của bên nhận ở {value}: {err}",
		EN:     "The sink's Kafka cannot be reached at {value}: {err}.",
		HintVI: "Kiểm tra brokers của bên nhận, tường lửa và advertised.listeners của các broker; khai báo tls và sasl đúng như broker đòi hỏi: broker thường chỉ ngắt kết nối khi thiếu hoặc thừa. Thử từ máy này: {near}",
		HintEN: "Check the sink's brokers, the firewall and the brokers' advertised.listeners; say tls and sasl as they ask for them: where one is missing or too much they often just hang up. Try from this machine: {near}",
	},
	"GW-Q021": {
		VI:     "Kafka của bên nhận từ chối thông tin đăng nhập của {value}: {err}",
		EN:     "The sink's Kafka refuses the credentials of {value}: {err}.",
		HintVI: "Kiểm tra sasl của bên nhận (cơ chế, tên, mật khẩu). Với SCRAM, người quản trị Kafka đặt lại mật khẩu bằng: {near}",
		HintEN: "Check the sink's sasl (mechanism, user, password). With SCRAM an administrator of that Kafka sets the password with: {near}",
	},
	"GW-Q022": {
		VI:     "Kết nối TLS tới Kafka của bên nhận ở {value} không được tin cậy: {err}",
		EN:     "The TLS connection to the sink's Kafka at {value} is not trusted: {err}.",
		HintVI: "Kiểm tra tls của bên nhận: ca phải là CA đã ký chứng thư số của broker, và tên máy phải nằm trong chứng thư số. Xem chứng thư số bằng: {near}",
		HintEN: "Check the sink's tls: ca must have signed the brokers' certificates, and the host name must stand in them. See them with: {near}",
	},
	"GW-Q023": {
		VI:     "Kafka của bên nhận không cho phép ghi vào {value}: {err}",
		EN:     "The sink's Kafka does not permit writing to {value}: {err}.",
		HintVI: "Người quản trị Kafka đó chạy: {near}",
		HintEN: "An administrator of that Kafka runs: {near}",
	},
	"GW-Q024": {
		VI:     "Kafka của bên nhận không có chủ đề {value}",
		EN:     "The sink's Kafka has no topic {value}.",
		HintVI: "Tạo bằng lệnh sau, hoặc đặt create: true cho bên nhận: {near}",
		HintEN: "Make it with this, or say create: true for the sink: {near}",
	},
	"GW-Q025": {
		VI:     "Bản ghi {path} lớn hơn mức chủ đề {field} nhận[[: {value} byte, giới hạn {want}]][[ ({err})]]",
		EN:     "Entry {path} is larger than topic {field} takes[[: {value} bytes, the limit is {want}]][[ ({err})]].",
		HintVI: "Không bản ghi nào bị bỏ qua: việc gửi tới bên nhận dừng ở đây. Nâng giới hạn rồi cho tiếp tục: {near}",
		HintEN: "Nothing is skipped: the sink stands here. Raise the limit, then let it go on: {near}",
	},
	"GW-Q026": {
		VI:     "Kafka của bên nhận không nhận bản ghi vào {value}: {err}",
		EN:     "The sink's Kafka did not take entries into {value}: {err}.",
		HintVI: "Sẽ gửi lại, không mất bản ghi nào. Nếu kéo dài, xem chủ đề có đủ bản sao sống không: {near}",
		HintEN: "They are sent again, none is lost. If it lasts, see whether enough replicas of the topic are alive: {near}",
	},
	"GW-Q027": {
		VI:     "Bên nhận {path} đã được gửi kênh dữ liệu {field} tới {value}, nhưng các thay đổi cho đến {want} không còn được giữ",
		EN:     "Sink {path} has sent feed {field} up to {value}, but the changes up to {want} are kept no more.",
		HintVI: "Những thay đổi đó không gửi được nữa. Đặt restart: snapshot để gửi lại mọi bản ghi hiện có (bản ghi đã xóa trong khoảng đó vẫn còn ở bên nhận), hoặc restart: oldest để đi tiếp từ thay đổi cũ nhất còn giữ.",
		HintEN: "Those changes can be sent no more. Say restart: snapshot to send every current record (what was removed in between stays at the sink), or restart: oldest to go on with the oldest change that is kept.",
	},
	"GW-Q028": {
		VI:     "Thiết lập {field} của bên nhận Kafka không hợp lệ[[: \"{value}\"]]; cần {want}",
		EN:     "The setting {field} of the Kafka sink cannot be used[[: \"{value}\"]]; {want} is needed",
		HintVI: "Sửa {field} của bên nhận.", HintEN: "Mend {field} of the sink.",
	},
}
