package statistics

import (
	"iocgateway/adapters/tabular"
	"iocgateway/canonical/strict"
)

// Settings are the settings of a stream of statistical tables: files in a
// place, or one table of a PX-Web server.
type Settings struct {
	Format        string                `yaml:"format" validate:"omitempty,oneof=auto px jsonstat sdmx-ml sdmx-json sdmx-csv" vi:"Dạng tệp" en:"file format"`
	Place         tabular.PlaceSettings `yaml:"place" vi:"Nơi có tệp" en:"where the files are"`
	tableSettings `yaml:",inline"`
	Complete      string        `yaml:"complete" validate:"oneof=none file stream" vi:"Một tệp chứng minh điều gì về quan sát vắng mặt" en:"what a file proves about absent observations"`
	AllowEmpty    bool          `yaml:"allow_empty" vi:"Chấp nhận bảng rỗng dù trước đó có số liệu" en:"accept an empty table where there was data"`
	Whole         bool          `yaml:"whole" vi:"Nguồn không bao giờ cắt tệp: dòng cuối không có dấu xuống dòng vẫn là đủ" en:"the source never cuts a file off: a last line without an end is whole" ex:"true"`
	Profile       string        `yaml:"profile" validate:"omitempty,oneof=pxweb-v1 pxweb-v2" vi:"Giao tiếp PX-Web" en:"PX-Web interface"`
	PXWeb         PXWebSettings `yaml:"pxweb" vi:"Bảng trên máy chủ PX-Web" en:"a table on a PX-Web server"`
}

// tableSettings are how a table is understood.
type tableSettings struct {
	Table      string            `yaml:"table" vi:"Tên bảng (bỏ trống: theo tệp)" en:"the table's name (empty: as the file says)" ex:"V02.01"`
	Language   string            `yaml:"language" vi:"Ngôn ngữ, khi tệp có nhiều" en:"language, where there are several" ex:"vi"`
	Charset    string            `yaml:"charset" vi:"Bảng mã ký tự (bỏ trống: tự nhận)" en:"charset (empty: detected)" ex:"windows-1258"`
	Keys       string            `yaml:"keys" validate:"oneof=auto codes labels" vi:"Nhận diện giá trị bằng mã hay tên" en:"values are known by codes or by labels"`
	Time       string            `yaml:"time" vi:"Chiều thời gian (bỏ trống: tự nhận)" en:"time dimension (empty: detected)" ex:"Năm"`
	Updated    bool              `yaml:"updated" vi:"Ghi cả thời điểm cập nhật vào dữ liệu gốc (mỗi lần phát hành lại sẽ thành thay đổi)" en:"put the time of update into the payload (every republication becomes a change)"`
	Missing    []string          `yaml:"missing" vi:"Ký hiệu khác nghĩa là không có số" en:"further signs for no value" ex:"[\"..\", \"-\"]"`
	Strip      []string          `yaml:"strip" vi:"Ký tự chỉ để ngăn nhóm chữ số, bỏ khỏi giá trị" en:"signs that only part groups of digits: taken out of values" ex:"[\" \"]"`
	Flag       map[string]string `yaml:"flag" vi:"Dấu đứng cạnh số và trạng thái mà nó chỉ (p: P, b: B …)" en:"marks beside a number and the status each stands for (p: P, b: B …)" ex:"{p: P}"`
	Decimal    string            `yaml:"decimal" vi:"Dấu thập phân của giá trị" en:"decimal sign of values" ex:"\",\""`
	Freq       string            `yaml:"freq" validate:"omitempty,oneof=A S Q M W D" vi:"Tần suất của các kỳ, khi nguồn chỉ đánh số" en:"what periods count, where the source only numbers them"`
	Footers    []string          `yaml:"footers" vi:"SDMX, JSON-stat: mã của lời báo không có nghĩa là thiếu số liệu" en:"SDMX, JSON-stat: codes of notices that do not mean that data is missing" ex:"[\"110\"]"`
	Dimensions []string          `yaml:"dimensions" vi:"SDMX: các chiều (bỏ trống: mọi thuộc tính không quen)" en:"SDMX: the dimensions (empty: all that is no known attribute)" ex:"[REF_AREA, INDICATOR]"`
	Attributes []string          `yaml:"attributes" vi:"SDMX: thêm thuộc tính không phải chiều" en:"SDMX: further attributes that are no dimensions" ex:"[OBS_NOTE]"`
	Separator  string            `yaml:"separator" vi:"Dấu ngăn cột của SDMX-CSV (bỏ trống: tự nhận)" en:"SDMX-CSV separator (empty: detected)" ex:"\";\""`
}

// PXWebSettings name one table of a PX-Web server.
type PXWebSettings struct {
	URL      string                   `yaml:"url" vi:"Địa chỉ gốc, gồm phiên bản và ngôn ngữ" en:"base address, with version and language" ex:"https://pxweb.example.vn/api/v1/vi"`
	Table    string                   `yaml:"table" vi:"Đường dẫn bảng (v1) hoặc mã bảng (v2)" en:"the table's path (v1) or id (v2)" ex:"Dan-so/V02.01.px"`
	Select   map[string][]string      `yaml:"select" vi:"Giá trị cần lấy theo tên; bỏ trống: tất cả; top:n là n giá trị cuối" en:"values wanted, by text; empty: all; top:n the last n" ex:"{Năm: [top:5]}"`
	MaxCells int                      `yaml:"max_cells" validate:"gte=0,lte=1000000" vi:"Số ô nhiều nhất mỗi lần hỏi" en:"most cells a question" ex:"50000"`
	Calls    int                      `yaml:"calls" validate:"gte=-1,lte=10000" vi:"Số lần hỏi mỗi 10 giây; 0: theo máy chủ; -1: không giới hạn" en:"questions in 10 seconds; 0: as the server says; -1: no limit" ex:"10"`
	Answer   string                   `yaml:"answer" validate:"omitempty,oneof=json-stat json-stat2 px" vi:"Dạng trả lời (v1)" en:"form of the answers (v1)"`
	Header   map[string]strict.Secret `yaml:"header" vi:"Header HTTP thêm" en:"further HTTP headers" ex:"{X-Key: \"${env:PX_KEY}\"}"`
}

// Defaults are the settings that hold where a stream sets nothing.
func Defaults() Settings {
	return Settings{Format: "auto", Complete: tabular.CompleteFile, tableSettings: tableSettings{Keys: "auto"},
		Place: tabular.Defaults().Place, PXWeb: PXWebSettings{Answer: "json-stat"}}
}
