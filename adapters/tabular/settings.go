package tabular

import (
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
	"time"
)

// ExcelSettings are how the cells of a workbook are read.
type ExcelSettings struct {
	Numbers string `yaml:"numbers" validate:"oneof=stored shortest" vi:"Số trong Excel: như lưu hay gọn nhất" en:"Excel numbers: as stored or shortest"`
	Errors  string `yaml:"errors" validate:"oneof=refuse keep" vi:"Ô lỗi của Excel" en:"Excel error cells"`
	As      string `yaml:"as" validate:"oneof=stored shown" vi:"Số: như lưu hay như hiển thị (00123)" en:"numbers: as stored or as shown (00123)"`
	Merged  string `yaml:"merged" validate:"oneof=fill first" vi:"Ô gộp: điền hết hay chỉ ô đầu" en:"merged cells: fill all or the first only"`
}

// TextSettings are how separated text is read.
type TextSettings struct {
	Separator string `yaml:"separator" vi:"Dấu ngăn cột của CSV (bỏ trống: tự nhận; tab)" en:"CSV separator (empty: detected; tab)" ex:"\";\""`
	Quotes    string `yaml:"quotes" validate:"oneof=strict loose none" vi:"Dấu nháy kép trong CSV: đúng chuẩn, dễ dãi, hay chữ thường" en:"quotes in CSV: strict, loose, or characters like any other"`
	ShortRows string `yaml:"short_rows" validate:"oneof=hold fill" vi:"Dòng CSV ít ô hơn tiêu đề: cách ly hay coi ô thiếu là trống" en:"CSV rows with fewer cells than the header: held, or filled with blanks"`
}

// SheetSettings are which sheets of a workbook are meant.
type SheetSettings struct {
	Sheet  string   `yaml:"sheet" vi:"Trang tính: tên, #số thứ tự hoặc /mẫu/" en:"sheet: name, #position or /pattern/" ex:"\"#1\""`
	Unread []string `yaml:"unread" vi:"Trang tính cố ý không đọc: tên, #số thứ tự hoặc /mẫu/" en:"sheets left unread on purpose: name, #position or /pattern/" ex:"[Ghi chú]"`
}

// Settings are the settings of a stream of files.
type Settings struct {
	Place           PlaceSettings `yaml:"place" vi:"Nơi có tệp" en:"where the files are"`
	Format          string        `yaml:"format" validate:"oneof=auto csv xlsx xls json ndjson xml" vi:"Dạng tệp" en:"file format"`
	Charset         string        `yaml:"charset" vi:"Bảng mã ký tự (bỏ trống: tự nhận)" en:"charset (empty: detected)" ex:"windows-1258"`
	TextSettings    `yaml:",inline"`
	SheetSettings   `yaml:",inline"`
	Path            string            `yaml:"path" vi:"Đường tới mảng JSON hoặc phần tử XML lặp lại" en:"path to the JSON array or the repeated XML element" ex:"data.rows"`
	Header          HeaderSettings    `yaml:"header" vi:"Dòng tiêu đề" en:"header rows"`
	Columns         map[string]string `yaml:"columns" vi:"Tên trường: tiêu đề cột hoặc chữ cột" en:"member name: column header or letter" ex:"{ma: Mã hồ sơ, ngayNop: C}"`
	Optional        []string          `yaml:"optional" vi:"Trường được phép vắng mặt" en:"members whose column may be missing" ex:"[ghiChu]"`
	Drop            []string          `yaml:"drop" vi:"Cột bỏ qua" en:"columns to leave out" ex:"[STT]"`
	FillDown        []string          `yaml:"fill_down" vi:"Cột lấy giá trị dòng trên khi trống, từ nhóm lớn đến nhỏ" en:"columns that take the value above when blank, outermost first" ex:"[Đơn vị]"`
	Ditto           DittoSettings     `yaml:"ditto" vi:"Dấu lặp lại (\")" en:"ditto marks"`
	Skip            []RuleSettings    `yaml:"skip" vi:"Dòng bỏ qua" en:"rows to leave out"`
	Stop            []RuleSettings    `yaml:"stop" vi:"Dòng kết thúc bảng" en:"rows that end the table"`
	Key             []string          `yaml:"key" validate:"dive,required" vi:"Cột khóa; bỏ trống: vị trí dòng" en:"key columns; empty: the row's position" ex:"[ma]"`
	WholeKeys       bool              `yaml:"whole_keys" vi:"Khóa là số nguyên: 12, 12.0 và 1.2E1 là một" en:"keys are whole numbers: 12, 12.0 and 1.2E1 are one" ex:"true"`
	Version         string            `yaml:"version" vi:"Cột phiên bản" en:"version column" ex:"phienBan"`
	At              *AtSettings       `yaml:"at" vi:"Cột thời điểm thay đổi" en:"column with the time of change"`
	Unpivot         *UnpivotSettings  `yaml:"unpivot" vi:"Bảng rộng: mỗi ô một dữ liệu gốc" en:"wide table: one Raw a cell"`
	AbsenceSettings `yaml:",inline"`
	Legacy          LegacySettings `yaml:"legacy" vi:"Cột gõ bằng phông cũ" en:"columns typed in a legacy font"`
	ExcelSettings   `yaml:",inline"`
	Capture         []CaptureSettings `yaml:"capture" vi:"Giá trị lấy từ tên tệp, tên trang hoặc một ô" en:"values taken from the file name, the sheet name or a cell"`
	Constants       map[string]string `yaml:"constants" vi:"Giá trị cố định" en:"fixed members" ex:"{nguon: bao-cao-thang}"`
	Trace           bool              `yaml:"trace" vi:"Ghi _file, _sheet, _row vào dữ liệu gốc" en:"put _file, _sheet, _row into the payload"`
}

// AbsenceSettings are what it means that a row is not there.
type AbsenceSettings struct {
	Complete   string `yaml:"complete" validate:"oneof=none file stream" vi:"Tệp chứng minh điều gì về dòng vắng mặt" en:"what a file proves about absent rows"`
	AllowEmpty bool   `yaml:"allow_empty" vi:"Chấp nhận tệp rỗng dù trước đó có nhiều dòng" en:"accept an empty file where there was plenty"`
	Whole      bool   `yaml:"whole" vi:"Nguồn không bao giờ tự cắt tệp ở một số dòng nhất định" en:"the source never cuts a file off at a length of its own" ex:"true"`
}

// HeaderSettings are which rows name the columns.
type HeaderSettings struct {
	Row   int      `yaml:"row" validate:"gte=0,lte=1000" vi:"Dòng tiêu đề đầu tiên; 0: không có" en:"first header row; 0: none"`
	Rows  int      `yaml:"rows" validate:"gte=1,lte=20" vi:"Số dòng tiêu đề" en:"number of header rows"`
	Find  []string `yaml:"find" vi:"Tìm dòng có các tiêu đề này" en:"find the row that holds these headers" ex:"[Mã hồ sơ, Ngày nộp]"`
	Below int      `yaml:"below" validate:"gte=0,lte=1000" vi:"Bảng bắt đầu sau dòng này" en:"the table begins below this row" ex:"3"`
}

// DittoSettings are which marks repeat the cell above, and in which columns.
type DittoSettings struct {
	Columns []string `yaml:"columns" vi:"Các cột" en:"columns" ex:"[Đơn vị]"`
	Marks   []string `yaml:"marks" vi:"Các dấu" en:"marks"`
}

// RuleSettings pick rows. Without a column, the whole row's text is matched.
type RuleSettings struct {
	Column string `yaml:"column" vi:"Cột" en:"column" ex:"STT"`
	Match  string `yaml:"match" validate:"required" vi:"Mẫu" en:"pattern" ex:"^Tổng"`
}

// AtSettings are how the time of change is written.
type AtSettings struct {
	Column  string   `yaml:"column" validate:"required" vi:"Cột" en:"column" ex:"ngayCapNhat"`
	Layouts []string `yaml:"layouts" validate:"required" vi:"Các cách ghi, ví dụ dd/MM/yyyy" en:"layouts such as dd/MM/yyyy" ex:"[dd/MM/yyyy]"`
	Zone    string   `yaml:"zone" vi:"Múi giờ" en:"time zone" ex:"Asia/Ho_Chi_Minh"`
}

// UnpivotSettings turn a wide table into one Raw a cell.
type UnpivotSettings struct {
	IDs    []string `yaml:"ids" validate:"required" vi:"Các cột tên dòng" en:"columns that name the row" ex:"[Huyện]"`
	Match  string   `yaml:"match" vi:"Mẫu tiêu đề các cột giá trị (bỏ trống: mọi cột còn lại)" en:"pattern of the value columns' headers (empty: all others)" ex:"^20"`
	Levels []string `yaml:"levels" vi:"Tên trường cho từng dòng tiêu đề" en:"member names for each header row" ex:"[nam, chiTieu]"`
	Header string   `yaml:"header" vi:"Tên trường chứa tiêu đề cột" en:"member that holds the column's header" ex:"cot"`
	Value  string   `yaml:"value" vi:"Tên trường chứa giá trị" en:"member that holds the value" ex:"giaTri"`
	Blank  bool     `yaml:"blank" vi:"Giữ cả ô trống" en:"keep blank cells too"`
}

// LegacySettings name the columns that were typed in a font of before Unicode;
// "*" is every column, the header too.
type LegacySettings struct {
	TCVN3 []string `yaml:"tcvn3" vi:"Cột TCVN3 (ABC)" en:"TCVN3 (ABC) columns" ex:"[Họ tên]"`
	VNI   []string `yaml:"vni" vi:"Cột VNI" en:"VNI columns" ex:"[Họ tên]"`
}

// CaptureSettings take members from outside the rows: each named group of the
// pattern is one.
type CaptureSettings struct {
	Of    string `yaml:"of" validate:"required" vi:"File, sheet hoặc địa chỉ ô (A1)" en:"file, sheet or a cell (A1)" ex:"file"`
	Match string `yaml:"match" validate:"required" vi:"Mẫu có nhóm đặt tên (?P<ten>…)" en:"pattern with named groups (?P<name>…)" ex:"(?P<nam>20[0-9]{2})"`
}

// Defaults are the settings that hold where a stream sets nothing.
func Defaults() Settings {
	return Settings{Format: "auto", Header: HeaderSettings{Row: 1, Rows: 1}, AbsenceSettings: AbsenceSettings{Complete: CompleteNone}, ExcelSettings: ExcelSettings{Numbers: "stored", Errors: "refuse", Merged: "fill", As: "stored"},
		TextSettings: TextSettings{Quotes: "strict", ShortRows: "hold"},
		Trace:        true, Ditto: DittoSettings{Marks: []string{`"`, "-nt-", "″", "”"}},
		Place: PlaceSettings{Settle: 10 * time.Second, MaxMB: defaultMaxMB}}
}

// Advice is adapters.Advised's.
func (w *Walker) Advice() []problem.Problem { return w.Advised }

// Absence advises where files prove nothing about what they no longer have:
// what a source took out stays, and nothing shows it. It is right where each
// file brings only what is new.
func Absence(complete string, text *strict.Node) []problem.Problem {
	if complete != CompleteNone || text == nil {
		return nil
	}
	return []problem.Problem{advised("GW-A014", "complete", text)}
}

func advise(cfg *Settings, text *strict.Node) []problem.Problem {
	all := Absence(cfg.Complete, text)
	if text != nil && len(keyColumns(cfg)) == 0 { // a row put in between is another row to all below it
		all = append(all, advised("GW-A015", "key", text))
	}
	return all
}

func advised(code, setting string, text *strict.Node) problem.Problem {
	at := text.At(text.Path + "." + setting)
	return problem.Problem{Code: code, File: at.File, Line: at.Line, Col: at.Col, Field: setting}
}
