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
	ID           string       `json:"id" validate:"required" role:"id" vi:"Mã bản ghi" en:"Id of the record"`
	Kind         Kind         `json:"kind" validate:"required" role:"kind" vi:"Loại bản ghi" en:"Kind of record"`
	Codes        []Identifier `json:"codes,omitempty" validate:"dive" vi:"Các mã định danh" en:"Identifying codes"`
	Status       string       `json:"status,omitempty" role:"status" index:"status" vi:"Trạng thái" en:"Status"`
	StatusRaw    *CodeRaw     `json:"status_raw,omitempty" role:"raw" vi:"Trạng thái tại nguồn" en:"Status as the source has it"`
	Agency       *Agency      `json:"agency,omitempty" index:"agency" vi:"Cơ quan chịu trách nhiệm" en:"Agency in charge"`
	Area         *Area        `json:"area,omitempty" role:"area" index:"area" vi:"Địa bàn" en:"Administrative area"`
	CreatedAt    Time         `json:"created_at,omitzero" index:"created" vi:"Thời điểm tạo" en:"Time of creation"`
	UpdatedAt    Time         `json:"updated_at,omitzero" index:"updated" vi:"Thời điểm cập nhật" en:"Time of the last update"`
	DueAt        Time         `json:"due_at,omitzero" role:"due" index:"due" vi:"Hạn xử lý" en:"Due date"`
	DuePrecision string       `json:"due_precision,omitempty" validate:"omitempty,oneof=day minute" codes:"due_precision" role:"due_precision" index:"due_precision" vi:"Độ chính xác của hạn" en:"Precision of the due date"`
	Links        []Link       `json:"links,omitempty" validate:"dive" vi:"Liên kết" en:"Links"`
	Attachments  []Attachment `json:"attachments,omitempty" validate:"dive" vi:"Tệp đính kèm" en:"Attachments"`
	Unread       []Unread     `json:"unread,omitempty" validate:"dive" role:"unread" vi:"Giá trị chưa đọc được" en:"Values that could not be read"`
	Notes        []string     `json:"notes,omitempty" role:"notes" vi:"Ghi chú khi chuẩn hóa" en:"Notes of the normalisation"`
}

// Identifier is one of the identifiers a matter has: a code and the system
// that issued it.
type Identifier struct {
	System string `json:"system" validate:"required" role:"system" vi:"Hệ thống cấp mã" en:"System that gives the code"`
	Value  string `json:"value" validate:"required" role:"identifier" text:"identifier" vi:"Mã" en:"Code"`
}

// CodeRaw is a coded value as the source gave it.
type CodeRaw struct {
	Code  string `json:"code,omitempty" role:"raw_code" vi:"Mã" en:"The source's code"`
	Label string `json:"label,omitempty" role:"raw_label" vi:"Tên" en:"The source's words"`
}

// CodeName is a code of the source's own with its name.
type CodeName struct {
	Code string `json:"code,omitempty" vi:"Mã" en:"Code"`
	Name string `json:"name,omitempty" vi:"Tên" en:"Name"`
}

// Agency is an organisation: its identifier as written, and the same in the
// order province→leaf (both orders are in use).
type Agency struct {
	ID     string `json:"id,omitempty" role:"agency_id" index:"agency,2" text:"identifier" vi:"Mã cơ quan tại nguồn" en:"Code of the agency as the source has it"`
	IDNorm string `json:"id_norm,omitempty" role:"agency_norm" index:"agency" text:"identifier" vi:"Mã định danh điện tử cơ quan (viết từ cấp tỉnh)" en:"Normalised code of the agency (province first)"`
	Name   string `json:"name,omitempty" vi:"Tên cơ quan" en:"Name of the agency"`
}

// Area is an administrative unit and the day on which its code was meant: a
// code without a date is not a key.
type Area struct {
	Code string `json:"code" validate:"required" role:"area_code" index:"area" text:"identifier" vi:"Mã đơn vị hành chính" en:"Code of the administrative unit"`
	Name string `json:"name,omitempty" vi:"Tên đơn vị hành chính" en:"Name of the administrative unit"`
	On   Date   `json:"on" validate:"required,datetime=2006-01-02" role:"area_day" vi:"Ngày áp dụng mã" en:"Day on which the code has its meaning"`
}

// Link ties a record to another.
type Link struct {
	Rel  string `json:"rel" validate:"required,oneof=answers replaces recalls child_of leg_of same_as based_on" codes:"link_rel" role:"link_rel" vi:"Quan hệ" en:"Relation"`
	Kind Kind   `json:"kind,omitempty" role:"link_kind" vi:"Loại bản ghi liên kết" en:"Kind of the linked record"`
	Ref  string `json:"ref" validate:"required" text:"identifier" vi:"Mã bản ghi hoặc mã của nguồn" en:"Id of a record, or the source's code"`
}

// Attachment names a file; never its bytes.
type Attachment struct {
	Name      string `json:"name,omitempty" pii:"free_text" vi:"Tên tệp" en:"Name of the file"`
	MediaType string `json:"media_type,omitempty" vi:"Kiểu tệp" en:"Media type of the file"`
	Size      *int64 `json:"size,omitempty" validate:"omitempty,gte=0" vi:"Dung lượng (byte)" en:"Size in bytes"`
	SHA256    string `json:"sha256,omitempty" validate:"omitempty,len=64,hexadecimal" text:"identifier" vi:"SHA-256" en:"SHA-256"`
	URL       string `json:"url,omitempty" text:"identifier" vi:"Địa chỉ tại nguồn" en:"Address at the source"`
}

// Unread is a value that could not be understood, kept as the source gave it.
type Unread struct {
	Field string `json:"field" validate:"required" role:"unread_field" vi:"Trường" en:"Field"`
	Raw   string `json:"raw" role:"unread_raw" vi:"Giá trị nguồn" en:"Value as the source has it"`
	Code  string `json:"code" validate:"required" role:"unread_code" vi:"Mã vấn đề" en:"Problem code"`
}

// Entity is the body of a record as a Go value.
type Entity interface {
	RecordKind() Kind
	Base() *Common // nil for kinds that have no matter (observation, reference, ops)
}
