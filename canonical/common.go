package canonical

// Struct tags of the kinds, read by the schema generator, the mapping
// compiler, the index and the data dictionary alike:
//
//	json      the member's name; members appear in struct order
//	validate  validator/v10 rules
//	vi        the Vietnamese title
//	codes     the canonical code list its value is from
//	pii       the personal-data class of its value
//	text      identifier: a text without a class that is a number of the matter or of an office (Identifies)
//	role      what the field is to the gateway, whatever its name (Role)
//	index     the member of Index it stands for, and as which choice (IndexOf)

// Common is what every record of a matter carries.
type Common struct {
	ID           string       `json:"id" validate:"required" role:"id" vi:"Mã bản ghi"`
	Kind         Kind         `json:"kind" validate:"required" role:"kind" vi:"Loại bản ghi"`
	Codes        []Identifier `json:"codes,omitempty" validate:"dive" vi:"Các mã định danh"`
	Status       string       `json:"status,omitempty" role:"status" index:"status" vi:"Trạng thái"`
	StatusRaw    *CodeRaw     `json:"status_raw,omitempty" role:"raw" vi:"Trạng thái nguồn ghi"`
	Agency       *Agency      `json:"agency,omitempty" index:"agency" vi:"Cơ quan chịu trách nhiệm"`
	Area         *Area        `json:"area,omitempty" role:"area" index:"area" vi:"Địa bàn"`
	CreatedAt    Time         `json:"created_at,omitzero" index:"created" vi:"Thời điểm tạo"`
	UpdatedAt    Time         `json:"updated_at,omitzero" index:"updated" vi:"Thời điểm cập nhật"`
	DueAt        Time         `json:"due_at,omitzero" role:"due" index:"due" vi:"Hạn xử lý"`
	DuePrecision string       `json:"due_precision,omitempty" validate:"omitempty,oneof=day minute" codes:"due_precision" role:"due_precision" index:"due_precision" vi:"Độ chính xác của hạn"`
	Links        []Link       `json:"links,omitempty" validate:"dive" vi:"Liên kết"`
	Attachments  []Attachment `json:"attachments,omitempty" validate:"dive" vi:"Tệp đính kèm"`
	Unread       []Unread     `json:"unread,omitempty" validate:"dive" role:"unread" vi:"Giá trị chưa hiểu được"`
	Notes        []string     `json:"notes,omitempty" role:"notes" vi:"Ghi chú khi chuẩn hóa"`
}

// Identifier is one of the identifiers a matter has: a code and the system
// that issued it.
type Identifier struct {
	System string `json:"system" validate:"required" role:"system" vi:"Hệ thống cấp mã"`
	Value  string `json:"value" validate:"required" role:"identifier" text:"identifier" vi:"Mã"`
}

// CodeRaw is a coded value as the source gave it.
type CodeRaw struct {
	Code  string `json:"code,omitempty" role:"raw_code" vi:"Mã nguồn"`
	Label string `json:"label,omitempty" role:"raw_label" vi:"Tên nguồn"`
}

// CodeName is a code of the source's own with its name.
type CodeName struct {
	Code string `json:"code,omitempty" vi:"Mã"`
	Name string `json:"name,omitempty" vi:"Tên"`
}

// Agency is an organisation: its identifier as written, and the same in the
// order province→leaf (both orders are in use).
type Agency struct {
	ID     string `json:"id,omitempty" role:"agency_id" index:"agency,2" text:"identifier" vi:"Mã cơ quan như nguồn ghi"`
	IDNorm string `json:"id_norm,omitempty" role:"agency_norm" index:"agency" text:"identifier" vi:"Mã cơ quan chuẩn hóa (tỉnh trước)"`
	Name   string `json:"name,omitempty" vi:"Tên cơ quan"`
}

// Area is an administrative unit and the day on which its code was meant: a
// code without a date is not a key.
type Area struct {
	Code string `json:"code" validate:"required" role:"area_code" index:"area" text:"identifier" vi:"Mã đơn vị hành chính"`
	Name string `json:"name,omitempty" vi:"Tên đơn vị hành chính"`
	On   Date   `json:"on" validate:"required,datetime=2006-01-02" role:"area_day" vi:"Ngày mà mã có nghĩa"`
}

// Link ties a record to another.
type Link struct {
	Rel  string `json:"rel" validate:"required,oneof=answers replaces recalls child_of leg_of same_as based_on" codes:"link_rel" role:"link_rel" vi:"Quan hệ"`
	Kind Kind   `json:"kind,omitempty" role:"link_kind" vi:"Loại bản ghi liên kết"`
	Ref  string `json:"ref" validate:"required" text:"identifier" vi:"Mã bản ghi hoặc mã của nguồn"`
}

// Attachment names a file; never its bytes.
type Attachment struct {
	Name      string `json:"name,omitempty" pii:"free_text" vi:"Tên tệp"`
	MediaType string `json:"media_type,omitempty" vi:"Kiểu tệp"`
	Size      *int64 `json:"size,omitempty" validate:"omitempty,gte=0" vi:"Dung lượng (byte)"`
	SHA256    string `json:"sha256,omitempty" validate:"omitempty,len=64,hexadecimal" text:"identifier" vi:"SHA-256"`
	URL       string `json:"url,omitempty" text:"identifier" vi:"Địa chỉ tại nguồn"`
}

// Unread is a value that could not be understood, kept as the source gave it.
type Unread struct {
	Field string `json:"field" validate:"required" role:"unread_field" vi:"Trường"`
	Raw   string `json:"raw" role:"unread_raw" vi:"Giá trị nguồn"`
	Code  string `json:"code" validate:"required" role:"unread_code" vi:"Mã vấn đề"`
}

// Entity is the body of a record as a Go value.
type Entity interface {
	RecordKind() Kind
	Base() *Common // nil for kinds that have no matter (observation, reference, ops)
}
