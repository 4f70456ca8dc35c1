package rest

import (
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical/strict"
)

// Profile is a wire profile: what one endpoint of one product is like. It is
// data; Parse reads it and compile checks it.
type Profile struct {
	Name     string                       `yaml:"profile" validate:"required" vi:"Tên" en:"Name" ex:"my-ho-so"`
	VI       string                       `yaml:"vi" validate:"required" vi:"Mô tả tiếng Việt" en:"Vietnamese description" ex:"Hồ sơ từ hệ thống X"`
	EN       string                       `yaml:"en" validate:"required" vi:"Mô tả tiếng Anh" en:"English description" ex:"Dossiers of system X"`
	Evidence adapters.Evidence            `yaml:"evidence" validate:"required,oneof=seen reported assumed" vi:"Mức xác nhận chung" en:"What the whole rests on"`
	Parts    map[string]adapters.Evidence `yaml:"evidence_of" validate:"dive,oneof=seen reported assumed" vi:"Bằng chứng từng phần" en:"What single parts rest on" ex:"{paging: assumed}"`
	Kind     string                       `yaml:"kind" validate:"required" vi:"Loại bản ghi" en:"Kind of record" ex:"dossier"`
	Zone     string                       `yaml:"zone" vi:"Múi giờ của thời điểm không ghi múi" en:"Zone of times that name none" def:"Asia/Ho_Chi_Minh" ex:"Asia/Ho_Chi_Minh"`
	Params   map[string]Param             `yaml:"params" vi:"Tham số người cấu hình điền, dùng là {tên} trong request và auth" en:"Parameters that the settings fill in: {name} in request and auth"`

	Auth      Auth      `yaml:"auth" vi:"Xác thực" en:"Authentication"`
	Request   Request   `yaml:"request" vi:"Yêu cầu đọc danh sách" en:"The list request"`
	Paging    Paging    `yaml:"paging" vi:"Phân trang" en:"Paging"`
	Count     *Count    `yaml:"count" vi:"Cuộc gọi đếm số dòng; có {since} thì đếm cả danh sách thay đổi" en:"A call that counts the rows; with {since}, those of changes too"`
	Success   []Cond    `yaml:"success" validate:"dive" vi:"Điều kiện thành công" en:"What success is"`
	Failures  []Failure `yaml:"failures" validate:"dive" vi:"Phân loại lỗi trong thân" en:"Faults shown in the body"`
	Message   string    `yaml:"message" vi:"Đường dẫn lời báo lỗi" en:"Path of the error's words" ex:"error.message"`
	Records   Records   `yaml:"records" vi:"Bản ghi trong trang" en:"Records of a page"`
	Watermark Watermark `yaml:"watermark" vi:"Cách đọc phần thay đổi" en:"How changes are read"`
	Sweep     Sweep     `yaml:"sweep" vi:"Đọc lại toàn bộ" en:"Full re-reading"`
	Detail    *Detail   `yaml:"detail" vi:"Gọi chi tiết từng bản ghi" en:"A call for each record"`
	Fetch     *Call     `yaml:"fetch" vi:"Hỏi một bản ghi theo khóa" en:"Asking for one record by key"`
	Ack       *Call     `yaml:"ack" vi:"Báo đã nhận (sau khi lưu)" en:"Acknowledging, after the commit"`
}

// Param is a value the settings supply for {name} in templates.
type Param struct {
	Default  string `yaml:"default" vi:"Mặc định" en:"Default" ex:"\"51\""`
	Required bool   `yaml:"required" vi:"Bắt buộc" en:"Required"`
	VI       string `yaml:"vi" vi:"Giải thích" en:"Meaning, Vietnamese" ex:"Mã tỉnh"`
	EN       string `yaml:"en" vi:"Giải thích (Anh)" en:"Meaning, English" ex:"Province code"`
}

// Auth is the shape of authentication; secrets are in the settings.
type Auth struct {
	Kind    string            `yaml:"kind" vi:"Kiểu: none, basic, bearer, header (khóa API), oauth2-client, login (mở phiên), refresh, hmac (ký)" en:"Kind: none, basic, bearer, header (an API key), oauth2-client, login (opens a session), refresh, hmac (signed)" def:"none" ex:"bearer"`
	Header  string            `yaml:"header" vi:"Header mang token" en:"Header of the token" def:"Authorization" ex:"X-Api-Key"`
	Prefix  string            `yaml:"prefix" vi:"Tiền tố trước token; loại header và hmac: không có" en:"What stands before the token; of the kinds header and hmac nothing" def:"Bearer " ex:"\"Token \""`
	Query   string            `yaml:"query" vi:"Tham số mang token" en:"Query parameter of the token" ex:"api_key"`
	URL     string            `yaml:"url" vi:"Đường dẫn lấy token" en:"Where tokens are asked for" ex:"/oauth/token"`
	Method  string            `yaml:"method" validate:"omitempty,oneof=GET POST PUT" vi:"Phương thức" en:"Method" def:"POST"`
	Form    bool              `yaml:"form" vi:"Gửi dạng form" en:"Sent as a form"`
	Fields  map[string]string `yaml:"fields" vi:"Trường gửi đi" en:"Fields sent" ex:"{user: \"{username}\", pass: \"{password}\"}"`
	Headers map[string]string `yaml:"headers" vi:"Header gửi khi lấy token" en:"Headers of the token request" ex:"{Authorization: \"Basic {basic}\"}"`
	Access  string            `yaml:"access" vi:"Chỗ có token" en:"Path of the token" ex:"data.access_token"`
	Refresh string            `yaml:"refresh" vi:"Chỗ có refresh token mới" en:"Path of the new refresh token" ex:"data.refresh_token"`
	Expires string            `yaml:"expires" vi:"Chỗ có số giây sống" en:"Path of the life in seconds" ex:"data.expires_in"`
	OK      Equal             `yaml:"ok" vi:"Dấu hiệu thành công" en:"What success is"`
	Life    time.Duration     `yaml:"life" vi:"Tuổi thọ khi nguồn không nói" en:"Life where the source does not say" ex:"30m"`
	Login   struct {
		URL    string            `yaml:"url" vi:"Đường dẫn đăng nhập lại" en:"Where to log in anew" ex:"/login"`
		Fields map[string]string `yaml:"fields" vi:"Trường gửi đi" en:"Fields sent" ex:"{user: \"{username}\"}"`
	} `yaml:"login" vi:"Đăng nhập lại khi refresh token bị từ chối" en:"Logging in when the refresh token is refused"`
	Scopes     []string          `yaml:"scopes" vi:"Phạm vi" en:"Scopes" ex:"[read]"`
	Extra      map[string]string `yaml:"extra" vi:"Tham số thêm" en:"Further parameters" ex:"{audience: ioc}"`
	InForm     bool              `yaml:"client_in_form" vi:"Client_id nằm trong form" en:"Client id and secret in the form, not as Basic"`
	Sign       string            `yaml:"sign" vi:"Chuỗi được ký" en:"What is signed" ex:"\"{timestamp}{method}{path}\""`
	Encoding   string            `yaml:"encoding" validate:"omitempty,oneof=hex base64" vi:"Mã hóa chữ ký" en:"Encoding of the signature" def:"hex"`
	TimeHeader string            `yaml:"time_header" vi:"Header thời điểm" en:"Header of the timestamp" ex:"X-Timestamp"`
	TimeFormat string            `yaml:"time_format" vi:"Dạng thời điểm" en:"Format of the timestamp" def:"unix" ex:"unix_ms"`
	IDHeader   string            `yaml:"id_header" vi:"Header client_id" en:"Header of the client id" ex:"X-Client-Id"`
}

// Equal is a path and the text that must stand there.
type Equal struct {
	Path  string `yaml:"path" vi:"Đường dẫn" en:"Path" ex:"success"`
	Value string `yaml:"equals" vi:"Giá trị" en:"Value" ex:"\"true\""`
}

// Request is the question a page is the answer to. Texts are templates.
type Request struct {
	Method  string            `yaml:"method" validate:"omitempty,oneof=GET POST PUT" vi:"Phương thức" en:"Method"`
	Path    string            `yaml:"path" validate:"required" vi:"Đường dẫn" en:"Path" ex:"/api/ho-so"`
	Query   map[string]string `yaml:"query" vi:"Tham số; điền được {page} {size} {offset} {end} (dòng cuối, tính cả nó) {cursor} {since} {from} {to} {year} {stream} và {tên} khai ở params; {?since: …} chỉ có mặt khi đã có mốc" en:"Query; may have {page} {size} {offset} {end} (the last row, itself included) {cursor} {since} {from} {to} {year} {stream} and each {name} of params; {?since: …} stands only where there is one" ex:"{page: \"{page}\", \"filter[since]\": \"{?since:updated>{since}}\"}"`
	Form    map[string]string `yaml:"form" vi:"Biểu mẫu gửi kèm" en:"Form" ex:"{tu: \"{from}\", den: \"{to}\"}"`
	JSON    Body              `yaml:"json" vi:"Thân JSON" en:"JSON body" ex:"{page: \"{page}\", filter: {since: \"{since}\"}}"`
	Headers map[string]string `yaml:"headers" vi:"Header, điền được như query; khóa riêng: khai một tham số ở params và ghi ${env:…} trong cấu hình" en:"Headers, filled as query is; a key of one's own: a parameter of params, set as ${env:…} in the settings" ex:"{App-Token: \"{app_token}\"}"`
	Empty   string            `yaml:"empty" validate:"omitempty,oneof=drop keep" vi:"Tham số rỗng: bỏ (drop) hay giữ (keep)" en:"Empty parameters: drop or keep" def:"drop"`
}

// Body is a JSON body as a YAML tree whose texts are templates. A text that
// is one numeric variable ("{page}") becomes a number.
type Body struct{ node *strict.Node }

// UnmarshalNode keeps the tree.
func (b *Body) UnmarshalNode(n *strict.Node) error {
	b.node = n
	return nil
}

// Paging is how one page follows another.
type Paging struct {
	Kind      string `yaml:"kind" validate:"required,oneof=page offset cursor next link none" vi:"Kiểu: page (số trang), offset (từ dòng thứ), cursor (con trỏ trong câu trả lời), next (địa chỉ trang sau trong câu trả lời), link (đầu mục Link), none (một câu trả lời có tất cả)" en:"Kind: page (a page's number), offset (rows passed), cursor (a token in the answer), next (the next page's address in the answer), link (the Link header), none (one answer has all)"`
	Base      int    `yaml:"base" validate:"min=0,max=1" vi:"Số của trang đầu" en:"Number of the first page" ex:"1"`
	Size      int    `yaml:"size" validate:"min=0,max=10000" vi:"Số dòng một trang" en:"Rows a page" def:"500" ex:"100"`
	DeltaSize int    `yaml:"delta_size" validate:"min=0,max=10000" vi:"Số dòng một trang khi chỉ đọc phần mới" en:"Rows a page when only changes are read" ex:"50"`
	Next      string `yaml:"next" vi:"Chỗ có con trỏ hoặc đường dẫn trang sau" en:"Path of the next cursor or link" ex:"meta.next"`
	Total     string `yaml:"total" vi:"Chỗ có tổng số dòng" en:"Path of the number of rows" ex:"meta.total"`
	Pages     string `yaml:"pages" vi:"Chỗ có tổng số trang" en:"Path of the number of pages" ex:"meta.pages"`
	InRows    bool   `yaml:"in_rows" vi:"Tổng số nằm trong từng dòng" en:"Totals stand in every row"`
	Last      Equal  `yaml:"last" vi:"Dấu hiệu trang cuối" en:"Sign of the last page"`
	Short     bool   `yaml:"short_ends" vi:"Trang thiếu dòng là trang cuối" en:"A short page is the last"`
	Beyond    []int  `yaml:"beyond" validate:"dive,min=400,max=499" vi:"Mã trạng thái nguồn trả khi hỏi trang sau trang cuối" en:"Statuses that answer for a page after the last" ex:"[404]"`
	MaxPages  int    `yaml:"max_pages" validate:"min=0" vi:"Số trang tối đa một lượt" en:"Pages of a walk at most" def:"20000" ex:"2000"`
}

// Count is a call that says how many rows the list has, where the list does
// not: what paging.total is elsewhere.
type Count struct {
	Request `yaml:",inline"`
	Total   string `yaml:"total" validate:"required" vi:"Chỗ có số dòng" en:"Path of the number of rows" ex:"data.count"`
}

// Cond is a condition on a value of the body or of a record.
type Cond struct {
	Path     string   `yaml:"path" validate:"required" vi:"Đường dẫn" en:"Path" ex:"success"`
	Equals   *string  `yaml:"equals" vi:"Bằng" en:"Equals" ex:"\"true\""`
	In       []string `yaml:"in" vi:"Một trong" en:"One of" ex:"[\"0\", \"200\"]"`
	Contains string   `yaml:"contains" vi:"Chứa (không phân biệt hoa, dấu)" en:"Contains, folded" ex:"khong co du lieu"`
	Absent   bool     `yaml:"absent" vi:"Vắng mặt hoặc rỗng" en:"Absent, null or empty"`
	Present  bool     `yaml:"present" vi:"Có mặt" en:"Present and not empty"`
}

// Failure is what a sign in the body means.
type Failure struct {
	When Cond   `yaml:"when" vi:"Khi" en:"When"`
	Then string `yaml:"then" validate:"required,oneof=retry halt auth empty" vi:"Thì: retry (thử lại sau), halt (dừng, cần người), auth (đăng nhập lại), empty (coi là không có dòng nào)" en:"Then: retry (try again later), halt (stop for a person), auth (sign in again), empty (take it for no rows)"`
}

// Records is where the records of a page are, and what of each is needed
// before any mapping.
type Records struct {
	Path     string   `yaml:"path" vi:"Đường dẫn tới danh sách (rỗng: cả thân)" en:"Path of the list; empty: the whole body" ex:"data.rows"`
	Format   string   `yaml:"format" validate:"omitempty,oneof=json xml" vi:"Định dạng" en:"Format" def:"json"`
	Missing  string   `yaml:"missing" validate:"omitempty,oneof=error empty" vi:"Khi không có danh sách" en:"When the list is missing" def:"error"`
	Single   bool     `yaml:"single" vi:"Một đối tượng đứng thay danh sách được không" en:"An object may stand for a list of one"`
	Key      []string `yaml:"key" validate:"required,min=1,max=4,dive,required" vi:"Khóa (ghép các phần)" en:"Key; parts are joined" ex:"[ma]"`
	Join     string   `yaml:"join" vi:"Dấu ghép" en:"What joins the parts" ex:"\"-\""`
	Whole    bool     `yaml:"whole" vi:"Khóa là số nguyên, dù nguồn ghi 12.0 hay \"12.0\"" en:"Keys are whole numbers, also where written 12.0 or as text"`
	Volatile []string `yaml:"volatile" vi:"Trường đổi theo từng lần hỏi, không tính là thay đổi" en:"Members that change with every asking and are no change" ex:"[viewCount]"`
	Version  string   `yaml:"version" vi:"Phiên bản nguồn cho (rỗng: băm nội dung)" en:"Version the source gives; empty: content hash" ex:"etag"`
	At       At       `yaml:"at" vi:"Thời điểm thay đổi" en:"Time of change"`
	Gone     *Cond    `yaml:"gone" vi:"Dấu hiệu đã bị xóa" en:"Sign of removal"`
}

// At is when a record changed.
type At struct {
	Path    []string `yaml:"path" vi:"Đường dẫn (thời điểm muộn nhất được dùng)" en:"Paths; the latest counts" ex:"[updatedAt, createdAt]"`
	Layouts []string `yaml:"layouts" vi:"Cách viết" en:"Layouts" ex:"[iso]"`
}

// Watermark is how changes are found.
type Watermark struct {
	Kind    string        `yaml:"kind" validate:"required,oneof=none since walk-desc window queue" vi:"Cách biết thay đổi: none (đọc tất cả mỗi lượt), since (hỏi từ mốc thời gian), walk-desc (mới nhất trước, đọc tới mốc), window (từng khoảng ngày), queue (nguồn giữ cho tới khi báo đã nhận)" en:"How changes are known: none (all is read each time), since (asked from a time), walk-desc (newest first, up to the time), window (spans of days), queue (the source keeps them until told)"`
	Format  string        `yaml:"format" vi:"Cách viết {since} {from} {to}" en:"Layout of {since} {from} {to}" ex:"\"yyyy-MM-dd HH:mm:ss\""`
	Overlap time.Duration `yaml:"overlap" validate:"min=0" vi:"Khoảng đọc chồng" en:"Overlap" def:"10m" ex:"10m"`
	Chunk   time.Duration `yaml:"chunk" validate:"min=0" vi:"Bề rộng một cửa sổ" en:"Width of a window" def:"31d" ex:"7d"`
	ByYear  bool          `yaml:"by_year" vi:"Cửa sổ không vắt qua năm" en:"Windows do not cross a year"`
	To      string        `yaml:"to" validate:"omitempty,oneof=included excluded unknown" vi:"Nguồn hiểu {to}: gồm cả ngày đó, không gồm, hay chưa rõ" en:"How the source takes {to}: that day included, excluded, or nobody knows" def:"unknown"`
	Reread  time.Duration `yaml:"reread" validate:"min=0" vi:"Mỗi lượt đọc lại bao xa" en:"How far back each poll reads" ex:"3d"`
	History time.Duration `yaml:"history" validate:"min=0" vi:"Lần đầu đọc lại bao xa (since: 0 là tất cả, và tham số nào cần {since} thì bỏ; phần chỉ đi kèm nó viết {?since:…})" en:"How far back the first walk reads (since: 0 is everything, and a parameter that needs {since} is left out; what only goes with it is written {?since:…})" def:"730d" ex:"365d"`
}

// Sweep is the re-reading that finds what the watermark cannot: late edits
// and removals.
type Sweep struct {
	Every    time.Duration `yaml:"every" validate:"omitempty,gte=1s" vi:"Chu kỳ" en:"How often" ex:"1d"`
	Never    bool          `yaml:"never" vi:"Không bao giờ đọc lại toàn bộ" en:"Never read everything again"`
	Span     time.Duration `yaml:"span" validate:"min=0" vi:"Đọc lại bao xa (0: tất cả)" en:"How far back; 0: everything" ex:"90d"`
	Complete bool          `yaml:"complete" vi:"Vắng mặt trong lượt đã chứng minh là bị xóa" en:"What a proven sweep did not list is gone"`
	Whole    bool          `yaml:"whole" vi:"Nguồn không bao giờ tự cắt danh sách ở một số dòng nhất định" en:"The source never cuts a list off at a length of its own"`
	Plenty   int           `yaml:"plenty" validate:"min=0" vi:"Từ bao nhiêu dòng thì trang rỗng là đáng ngờ" en:"From how many rows on emptiness is suspicious" def:"20" ex:"20"`
}

// Call is one more request about one record; {key} is its key.
type Call struct {
	Method  string            `yaml:"method" validate:"omitempty,oneof=GET POST PUT" vi:"Phương thức" en:"Method"`
	Path    string            `yaml:"path" validate:"required" vi:"Đường dẫn" en:"Path" ex:"/api/ho-so/{key}"`
	Query   map[string]string `yaml:"query" vi:"Tham số" en:"Query" ex:"{lang: vi}"`
	Form    map[string]string `yaml:"form" vi:"Biểu mẫu gửi kèm" en:"Form" ex:"{id: \"{key}\"}"`
	JSON    Body              `yaml:"json" vi:"Thân JSON" en:"JSON body" ex:"{id: \"{key}\"}"`
	Headers map[string]string `yaml:"headers" vi:"Header" en:"Headers" ex:"{Accept-Language: vi}"`
	Success []Cond            `yaml:"success" validate:"dive" vi:"Điều kiện thành công" en:"What success is"`
	Record  string            `yaml:"record" vi:"Chỗ có bản ghi" en:"Path of the record" ex:"data"`
}

// Detail is a call for each record of a list.
type Detail struct {
	Call    `yaml:",inline"`
	As      string `yaml:"as" validate:"omitempty,oneof=replace beside" vi:"Replace: thay; beside: {\"list\":…,\"detail\":…}" en:"replace, or beside: {\"list\":…,\"detail\":…}"`
	Missing string `yaml:"missing" validate:"omitempty,oneof=hold exclude" vi:"Bản ghi không có chi tiết (404, 410): giữ (hold) hay loại (exclude)" en:"A record whose detail is not there (404, 410): hold or exclude"`
}

// Parse reads a profile from YAML.
func Parse(file string, data []byte) (*Profile, error) {
	node, err := strict.Parse(file, data)
	if err != nil {
		return nil, err
	}
	return decodeProfile(node)
}

func decodeProfile(node *strict.Node) (*Profile, error) {
	p := &Profile{}
	if err := strict.Decode(node, p); err != nil {
		return nil, err
	}
	return p, nil
}
