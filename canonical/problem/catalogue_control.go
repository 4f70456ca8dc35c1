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
		HintVI: "Dừng cổng (có bản sao lưu thì đặt book.jsonl của bản đó vào), gateway audit accept --dir … --reason …, rồi chạy lại: sổ cũ được giữ làm chứng, việc này thành một dòng nhật ký.",
		HintEN: "Stop the gateway (put a backup's book.jsonl in place if there is one), gateway audit accept --dir … --reason …, start it: the old book is kept as evidence, and the audit says so.",
	},
	"GW-R042": {
		VI:     "Chuỗi {field} không còn nguyên vẹn ở dòng {value}: {want}",
		EN:     "The chain {field} is not whole at row {value}: {want}",
		HintVI: "Đối chiếu với bản xuất hoặc bản sao lưu gần nhất: gateway audit export, gateway backup.",
		HintEN: "Compare with the latest export or backup: gateway audit export, gateway backup.",
	},
	"GW-R043": {
		VI:     "Không có kế hoạch {value}.",
		EN:     "There is no plan {value}.",
		HintVI: "Kế hoạch chỉ dùng được trong 15 phút. Lập lại: gateway quarantine plan.",
		HintEN: "A plan lives for 15 minutes. Make another: gateway quarantine plan.",
	},
	"GW-R044": {
		VI:     "Kế hoạch {value} không còn đúng, nên không thực hiện: {want}",
		EN:     "Plan {value} no longer holds, so nothing was done: {want}",
		HintVI: "Dữ liệu hoặc ánh xạ đã thay đổi, hoặc kế hoạch đã quá 15 phút. Lập lại kế hoạch, xem số lượng rồi thực hiện.",
		HintEN: "The data or the mapping has changed, or the plan is older than 15 minutes. Plan again, look at the counts, then apply.",
	},
	"GW-R045": {
		VI:     "Kế hoạch {value} đã được thực hiện.",
		EN:     "Plan {value} has been applied already.",
		HintVI: "Xem kết quả: gateway job show {value}",
		HintEN: "See what came of it: gateway job show {value}",
	},
	"GW-R046": {
		VI:     "Không có tác vụ {value}.",
		EN:     "There is no job {value}.",
		HintVI: "Xem các tác vụ: gateway job list. Tác vụ đã xong được giữ 90 ngày; nhật ký thao tác giữ lâu hơn.",
		HintEN: "See the jobs: gateway job list. A job that ended is kept 90 days; the audit keeps it longer.",
	},
	"GW-R047": {
		VI:     "Tác vụ đang ở trạng thái {value}, không thể {want}.",
		EN:     "The job is {value}: it cannot be told to {want}.",
		HintVI: "Xem tác vụ: gateway job list",
		HintEN: "Look at it: gateway job list",
	},
	"GW-R048": {
		VI:     "Ánh xạ của luồng {value} đã thay đổi khi tác vụ đang chạy; phần còn lại chưa làm.",
		EN:     "The mapping of stream {value} has changed while the job ran; the rest was not done.",
		HintVI: "Phần đã làm vẫn giữ nguyên. Lập kế hoạch mới với ánh xạ hiện tại.",
		HintEN: "What was done stands. Make a new plan with today's mapping.",
	},
	"GW-R049": {
		VI:     "Luồng {value} không có trong cấu hình hoặc đã tắt, nên không thực hiện được.",
		EN:     "Stream {value} is not configured, or is disabled: nothing can be done with it.",
		HintVI: "Bật lại luồng, hoặc loại bỏ các bản ghi cách ly của luồng này: gateway quarantine drop --stream …",
		HintEN: "Enable the stream, or drop what is held of it: gateway quarantine drop --stream …",
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
	"GW-R052": {
		VI:     "Kế hoạch dự kiến phát {want} bản ghi, thực tế phát {value}: {field} bản ghi đã có nội dung này trong luồng phát, {near} không còn bị giữ khi đến lượt.",
		EN:     "The plan would publish {want} records and {value} were: of {field} the feed had this content already, {near} were no longer held when their turn came.",
		HintVI: "Không mất gì: nguồn đã gửi lại, hoặc lần đọc thường kỳ đã phát các bản ghi này trước tác vụ.",
		HintEN: "Nothing is lost: the source gave them again, or an ordinary run published them before the job did.",
	},
	"GW-R053": {
		VI:     "Sổ phụ thiếu {value} dòng nhật ký thao tác[[ ({want} dòng của tệp)]]: tệp đã bị cắt, xóa hoặc thay bằng bản cũ[[; dòng {near} không phải dòng đã ghi]]. Sổ chỉ còn đọc được, mọi thao tác bị từ chối.",
		EN:     "The side book lacks {value} rows of the audit[[ ({want} lines of the file)]]: it was cut, removed, or replaced by an older one[[; row {near} is not the one that was written]]. It can only be read, and every act is refused.",
		HintVI: "Có người hoặc công cụ đã sửa tệp: báo an toàn thông tin. Làm như GW-R041: dừng cổng, lấy book.jsonl từ bản sao lưu nếu có, gateway audit accept --dir … --reason …, rồi chạy lại.",
		HintEN: "Somebody or some tool changed the file: tell who is in charge of security. Then as for GW-R041: stop, put a backup's book.jsonl in place, gateway audit accept --dir … --reason …, start.",
	},
	"GW-R054": {
		VI:     "Chủ đề {value} trong Kafka ngắn hơn bản mà nút này đã đọc: còn đến {want}, đã đọc đến {near}. Mọi thao tác ở nút này bị từ chối.",
		EN:     "The topic {value} in Kafka is shorter than what this node has read of it: it ends at {want}, and {near} was read. Acts are refused on this node.",
		HintVI: "Giữ book.jsonl của nút này (bản đầy đủ hơn), tìm nguyên nhân ở Kafka (thiếu bản sao, khôi phục từ bản cũ, bị sửa). Chấp nhận phần còn lại: gateway audit accept --dir … --reason …, rồi chạy lại.",
		HintEN: "Keep this node's book.jsonl, the fuller copy, and find why Kafka lost the end (replicas, an old restore, a change by hand). To go on with what is left: gateway audit accept --dir … --reason …, then start again.",
	},
	"GW-R055": {
		VI:     "Tệp của sổ phụ đã bị xóa, chuyển đi hoặc thay bằng tệp khác trong lúc cổng đang dùng. Mọi thao tác bị từ chối.",
		EN:     "The side book's file was removed, moved away or replaced by another file while the gateway was using it. Every act is refused.",
		HintVI: "Trình soạn thảo, sed -i, rsync hoặc chép đè đều làm vậy. Đặt lại đúng tệp rồi khởi động lại cổng: lúc đó sổ được đối chiếu, thiếu dòng nào thì báo GW-R053.",
		HintEN: "An editor, sed -i, rsync or a copy over it does that. Put the right file back and start the gateway again: the book is then compared, and GW-R053 says what is missing.",
	},
	"GW-R056": {
		VI:     "và ít nhất {value} giá trị mã lạ khác; {want} giá trị gặp nhiều nhất được kể ở trên",
		EN:     "and at least {value} other unknown coded values; the {want} seen most are named above",
		HintVI: "Thêm mã vào bảng mã của ánh xạ; nếu cột này không phải mã thì ánh xạ nó như văn bản.",
		HintEN: "Add the codes to the mapping's list; if the field is no code, map it as text.",
	},
	"GW-R057": {
		VI:     "{value} bản ghi rời cách ly: danh sách đầy đủ của nguồn không còn nêu tên, hoặc nay đã nêu nội dung đúng",
		EN:     "{value} records left quarantine: a whole listing of the source no longer names them, or names by now what could be read",
		HintVI: "Vài khóa làm ví dụ ở unlisted_keys của lần chạy. Nếu nguồn vẫn còn các bản ghi này thì danh sách của nguồn bị thiếu: hỏi nguồn.",
		HintEN: "Some keys are in the run's unlisted_keys. Where the source still has them its listing lacks them: ask the source.",
	},
	"GW-R090": {
		VI:     "Luồng {value} không có lượt đọc nào đang dở, nên không có gì để đọc lại từ đầu.",
		EN:     "No walk of stream {value} is under way: there is none to begin again.",
		HintVI: "Đọc phần mới: gateway source run {value}. Đọc lại toàn bộ danh sách: gateway source sweep {value}.",
		HintEN: "For what is new: gateway source run {value}. For the whole listing again: gateway source sweep {value}.",
	},
	"GW-R091": {
		VI:     "Nguồn của luồng {value} là hàng đợi, hoặc bộ kết nối không liệt kê lại được: mỗi bản ghi chỉ được giao một lần.",
		EN:     "The source of stream {value} is a queue, or its adapter cannot list anew: each record is given once.",
		HintVI: "Xử lý lại dữ liệu gốc đã nhận: gateway source replay {value}. Bỏ mốc đã đọc: gateway source forget {value}.",
		HintEN: "Map what was received again: gateway source replay {value}. Forget how far it got: gateway source forget {value}.",
	},
	"GW-R092": {
		VI:     "Luồng {value} chưa có mốc đã đọc nào để bỏ.",
		EN:     "Stream {value} remembers no position: there is nothing to forget.",
		HintVI: "Xem các lần chạy: gateway source runs {value}.",
		HintEN: "See its runs: gateway source runs {value}.",
	},
	"GW-R093": {
		VI:     "Luồng {value} đang được {near} tạm dừng ({want}), nên không đọc lại nguồn.",
		EN:     "Stream {value} is paused by {near} ({want}): its source is not asked.",
		HintVI: "Cho luồng tiếp tục rồi lập lại kế hoạch: gateway source resume {value}.",
		HintEN: "Let it go on, then plan again: gateway source resume {value}.",
	},
	"GW-R094": {
		VI:     "Luồng {value} đang có một tác vụ cùng nhóm: {want}.",
		EN:     "A job of this kind is at work on stream {value} already: {want}.",
		HintVI: "Chờ tác vụ đó xong hoặc hủy: gateway job show {want}, gateway job cancel {want}.",
		HintEN: "Wait for it, or end it: gateway job show {want}, gateway job cancel {want}.",
	},
	"GW-R095": {
		VI: "Toàn bộ danh sách của luồng {value} được đọc lại ngay, trong hạn mức của nguồn. {want} bản ghi đang có vẫn giữ nguyên; " +
			"chỉ bản ghi mà danh sách đầy đủ chứng minh không còn mới thành đã xóa tại nguồn.",
		EN: "The whole listing of stream {value} is read again now, within the source's quota. Its {want} records stay; " +
			"only what a whole listing proves to be gone becomes gone.",
		HintVI: "Theo dõi: gateway job list, gateway source runs {value}.",
		HintEN: "Follow it: gateway job list, gateway source runs {value}.",
	},
	"GW-R096": {
		VI: "Lượt đọc đang dở của luồng {value} bị bỏ và bắt đầu lại từ trang đầu. {want} bản ghi đang có vẫn giữ nguyên; " +
			"không bản ghi nào thành đã xóa khi lượt mới chưa chứng minh.",
		EN: "The walk under way of stream {value} is given up and begins again at its first page. Its {want} records stay; " +
			"nothing becomes gone before the new walk proves it.",
		HintVI: "Theo dõi: gateway job list, gateway source runs {value}.",
		HintEN: "Follow it: gateway job list, gateway source runs {value}.",
	},
	"GW-R097": {
		VI: "Mốc đã đọc của luồng {value} và những gì đã ghi nhận về cấu trúc của nguồn bị bỏ: nguồn được đọc lại như lần đầu. " +
			"{want} bản ghi đang có vẫn thuộc luồng này; lượt đọc đầy đủ tiếp theo sẽ chứng minh bản ghi nào còn.",
		EN: "How far stream {value} got, and what is remembered of its source's shape, is forgotten: the source is read as the first time. " +
			"Its {want} records stay this stream's; the next whole walk proves which of them are there.",
		HintVI: "Không bản ghi nào bị xóa hay phát lại hai lần. Theo dõi: gateway job list, gateway source runs {value}.",
		HintEN: "No record is removed, and none is published twice. Follow it: gateway job list, gateway source runs {value}.",
	},
}
