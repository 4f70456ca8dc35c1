package problem

// problemsVerbs are what stands against a verb's call.
var problemsVerbs = map[string]Words{
	"GW-C045": {
		VI:     "Lệnh chưa đúng: {want}",
		EN:     "the call is not understood: {want}",
		HintVI: "[[Có phải {near}? ]]Xem cách dùng: [[{field} ]]--help",
		HintEN: "[[Did you mean {near}? ]]See: [[{field} ]]--help",
	},
	"GW-C046": {
		VI:     "Không có cổng tích hợp nào trả lời tại {value}[[ ({err})]]",
		EN:     "no gateway answers at {value}[[ ({err})]]",
		HintVI: "Xem có đang chạy không: systemctl status gateway (máy không có lệnh này: pgrep -a gateway, hoặc docker ps). Khởi động: sudo systemctl start gateway, hoặc gateway run -c gateway.yaml. Nếu ở địa chỉ khác: --url hoặc GATEWAY_URL",
		HintEN: "See whether it runs: systemctl status gateway (without systemd: pgrep -a gateway, or docker ps). Start it: sudo systemctl start gateway, or gateway run -c gateway.yaml. One that is elsewhere is named with --url or GATEWAY_URL",
	},
	"GW-C047": {
		VI:     "Không có {want} \"{value}\"",
		EN:     "there is no {want} \"{value}\"",
		HintVI: "[[Có phải {near}? ]]Xem danh sách: {field}",
		HintEN: "[[Did you mean {near}? ]]See the list: {field}",
	},
	"GW-C048": {
		VI:     "Tệp {value} đã có sẵn nên không bị ghi đè",
		EN:     "{value} is there already, and is not overwritten",
		HintVI: "Chọn thư mục khác với --dir, hoặc đổi tên tệp đang có.",
		HintEN: "Choose another folder with --dir, or rename what is there",
	},
	"GW-C049": {
		VI:     "Không ghi được kết quả ra đầu ra: {err}",
		EN:     "the output cannot be written: {err}",
		HintVI: "Kiểm tra dung lượng đĩa và quyền ghi ở nơi nhận kết quả",
		HintEN: "Check the space and the right to write where the output goes",
	},
	"GW-C050": {
		VI:     "Không có tệp {value}",
		EN:     "there is no file {value}",
		HintVI: "Kiểm tra đường dẫn nêu ở --file (tính từ thư mục đang đứng). Xuất lại chuỗi vào tệp đó: gateway audit export > {value}",
		HintEN: "Check the path that --file names (counted from the folder you are in). Export the chain into it: gateway audit export > {value}",
	},
	"GW-R112": {
		VI:     "Luồng {value} không tạm dừng nên không có gì để tiếp tục",
		EN:     "stream {value} is not paused: there is nothing to resume",
		HintVI: "Không cần làm gì. Xem luồng đang thế nào: gateway source list; muốn chạy ngay: gateway source run {value}",
		HintEN: "Nothing needs to be done. How the stream is: gateway source list; to have it run now: gateway source run {value}",
	},
	"GW-R098": {
		VI:     "Luồng {value} đã tắt trong cấu hình nên không chạy",
		EN:     "stream {value} is disabled in the configuration: it does not run",
		HintVI: "Bỏ disabled: true của luồng trong gateway.yaml rồi khởi động lại cổng tích hợp",
		HintEN: "Take disabled: true of the stream out of gateway.yaml and start the gateway again",
	},
}
