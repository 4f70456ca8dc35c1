package problem

// problemsStore are the GW-K codes: the store and the quarantine.
var problemsStore = map[string]Words{
	"GW-K001": {
		VI:     "Thư mục dữ liệu {value} đang được một tiến trình khác sử dụng",
		EN:     "The data folder {value} is in use by another process.",
		HintVI: "Mỗi thư mục dữ liệu chỉ có một cổng tích hợp được ghi. Dừng tiến trình kia, hoặc đặt store.dir sang thư mục khác.",
		HintEN: "One gateway writes to a data folder. Stop the other process, or set store.dir to another folder.",
	},
	"GW-K002": {
		VI:     "Dữ liệu do phiên bản mới hơn ghi (bước {value}); phiên bản này chỉ biết đến bước {want}",
		EN:     "The data was written by a newer version (step {value}); this one knows up to step {want}.",
		HintVI: "Chạy lại phiên bản mới hơn, hoặc khôi phục bản sao lưu được tạo trước khi nâng cấp.",
		HintEN: "Run the newer version again, or restore a backup made before the upgrade.",
	},
	"GW-K003": {
		VI:     "Bản ghi không mang định danh của dữ liệu gốc: id phải là loại:nguồn:khóa và version là mã băm nội dung",
		EN:     "The record does not carry the identity of its raw: id must be kind:source:key and version the hash of its content.",
		HintVI: "Kiểm tra ánh xạ của luồng: ánh xạ không được đổi khóa hoặc nguồn.",
		HintEN: "Check the mapping of the stream: it must change neither key nor source.",
	},
	"GW-K004": {
		VI:     "Dữ liệu đã lưu bị hỏng tại {value}: {err}",
		EN:     "Stored data is damaged at {value}: {err}.",
		HintVI: "Kiểm tra đĩa, sau đó khôi phục bản sao lưu gần nhất; bên nhận sẽ lấy lại bản chụp.",
		HintEN: "Check the disk, then restore the newest backup; readers will take the snapshot again.",
	},
	"GW-K005": {
		VI:     "Bản ghi đổi loại: trước là {want}, nay là {value}",
		EN:     "The record changed its kind: it was {want}, now it is {value}.",
		HintVI: "Một khóa của một luồng chỉ có một loại. Dùng luồng khác cho loại mới.",
		HintEN: "A key of a stream has one kind. Use another stream for the new kind.",
	},
	"GW-K006": {
		VI:     "Không mở được thư mục dữ liệu {value}: {err}",
		EN:     "The data folder {value} cannot be opened: {err}.",
		HintVI: "Kiểm tra đường dẫn store.dir, quyền ghi và dung lượng đĩa còn trống.",
		HintEN: "Check the path in store.dir, the permission to write and the free space on the disk.",
	},
	"GW-K007": {
		VI:     "Loại bỏ dữ liệu gốc khỏi cách ly phải ghi rõ người thực hiện và lý do",
		EN:     "Dropping raws from quarantine needs who does it and why.",
		HintVI: "Nhập tên và lý do; cả hai được lưu trong nhật ký thao tác.",
		HintEN: "Give a name and a reason; both are kept in the audit.",
	},
	"GW-K008": {
		VI:     "Không tạo được bản sao lưu {value}: {err}",
		EN:     "The backup {value} cannot be made: {err}.",
		HintVI: "Chọn thư mục mới, nơi có quyền ghi và đủ dung lượng; chạy bằng tài khoản của cổng tích hợp hoặc root. Nếu dữ liệu hỏng, giữ nguyên và dùng bản sao lưu trước.",
		HintEN: "Choose a new folder where you may write and there is room; run it as the gateway's user or as root. If the data is damaged, leave it as it is and go back to the copy before.",
	},
	"GW-K009": {
		VI:     "Vị trí đọc tiếp của danh sách không hợp lệ",
		EN:     "The position to continue the list from is not valid.",
		HintVI: "Bắt đầu lại danh sách từ trang đầu.",
		HintEN: "Start the list again from its first page.",
	},
	"GW-K010": {
		VI:     "Không sắp xếp được theo {value}",
		EN:     "Cannot sort by {value}.",
		HintVI: "Dùng updated_at, due_at hoặc created_at; thêm dấu trừ phía trước để xếp giảm dần.",
		HintEN: "Use updated_at, due_at or created_at; a minus sign before it sorts descending.",
	},
	"GW-K011": {
		VI:     "Dữ liệu trong thư mục có {value} phân vùng mỗi kênh dữ liệu, cấu hình yêu cầu {want}",
		EN:     "The data in this folder has {value} partitions a feed, the configuration asks for {want}.",
		HintVI: "Số phân vùng cố định từ khi tạo dữ liệu. Đặt lại số cũ, hoặc dùng thư mục dữ liệu mới.",
		HintEN: "The number of partitions is fixed when the data is made. Set it back, or use a new data folder.",
	},
	"GW-K012": {
		VI:     "Thư mục dữ liệu này là {value}, cấu hình mở nó như {want} (log: nhật ký dữ liệu của một máy; view: bản sao đọc của nhật ký dữ liệu trong Kafka)",
		EN:     "This data folder is a {value}, the configuration opens it as a {want} (log: the Log of one machine; view: what a node reads of the Log in Kafka).",
		HintVI: "Đặt lại engine như cũ, hoặc dùng thư mục dữ liệu khác. Không xóa một log: đó là bản duy nhất.",
		HintEN: "Set engine back, or use another data folder. Do not delete a log: it is the only copy.",
	},
	"GW-K013": {
		VI:     "Nhật ký dữ liệu thiếu phần đã được xác nhận là lưu an toàn: {value}. Cổng tích hợp chạy tiếp với lịch sử mới, các con trỏ cũ không còn dùng được",
		EN:     "The Log does not have what it had acknowledged as safe: {value}. The gateway goes on as another history; cursors of the old one are refused.",
		HintVI: "Kiểm tra đĩa và xem có ai đã thay, xóa hoặc chép đè log.db không. Nếu có bản sao lưu mới hơn, dừng cổng tích hợp và khôi phục bản đó. Nếu không, cứ để chạy: những gì nguồn còn cung cấp sẽ được đọc lại, bên nhận lấy lại bản chụp.",
		HintEN: "Check the disk, and whether somebody replaced, removed or overwrote log.db. If there is a newer backup, stop the gateway and restore it. If not, let it run: what the sources still give is read again, and readers take the snapshot again.",
	},
	"GW-K014": {
		VI:     "Ở vị trí {value} của con trỏ nay là một bản ghi khác: nhật ký dữ liệu đã bị lùi về một bản cũ",
		EN:     "At the cursor's position {value} there is another entry now: the Log was put back to an older state.",
		HintVI: "Nạp lại từ bản chụp (snapshot), thay toàn bộ dữ liệu đang có, rồi đi tiếp từ con trỏ của bản chụp.",
		HintEN: "Take a snapshot again, replacing what you hold, then follow from its cursor.",
	},
	"GW-K015": {
		VI:     "Khóa này đã thuộc luồng {value} của cùng nguồn: hai luồng không được ghi nhận chung một mã bản ghi",
		EN:     "This key belongs to stream {value} of the same source: two streams cannot publish under one record id.",
		HintVI: "Cho luồng này khóa riêng (khóa khác, hoặc key_prefix); nếu luồng này thay thế luồng kia, khai báo adopt rồi xử lý lại phần cách ly.",
		HintEN: "Give this stream keys of its own (another key, or key_prefix); if it replaces the other stream, set adopt, then replay its quarantine.",
	},
	"GW-K030": {
		VI:     "Không còn chỗ để giữ tạm câu trả lời dài của nguồn tại {value}: {err}",
		EN:     "There is no room at {value} to set a long answer of a source aside: {err}.",
		HintVI: "Giải phóng đĩa chứa store.dir. Không mất gì: cổng tích hợp sẽ gọi lại nguồn.",
		HintEN: "Free space on the disk of store.dir. Nothing is lost: the source will be asked again.",
	},
	"GW-K031": {
		VI:     "Bộ nhớ dành cho các câu trả lời dài đang được dùng hết",
		EN:     "The memory for long answers is taken.",
		HintVI: "Không mất gì: cổng tích hợp sẽ gọi lại nguồn. Nếu lặp lại, tăng timeout của nguồn hoặc giảm page_size.",
		HintEN: "Nothing is lost: the source will be asked again. If it goes on, raise the timeout of the source or lower page_size.",
	},
}
