package canonical

// Dossier is one dossier of an administrative procedure (hồ sơ TTHC).
type Dossier struct {
	Common
	Procedure    *Procedure    `json:"procedure,omitempty" index:"title,2" vi:"Thủ tục hành chính"`
	Channel      string        `json:"channel,omitempty" validate:"omitempty,oneof=direct online postal unknown" codes:"dossier_channel" vi:"Kênh nộp"`
	Applicant    *Applicant    `json:"applicant,omitempty" vi:"Người nộp"`
	Subject      string        `json:"subject,omitempty" pii:"free_text" index:"title" vi:"Trích yếu hồ sơ"`
	SubmittedAt  Time          `json:"submitted_at,omitzero" index:"created,2" vi:"Ngày nộp"`
	ReceivedAt   Time          `json:"received_at,omitzero" index:"created,3" vi:"Ngày tiếp nhận"`
	FinishedAt   Time          `json:"finished_at,omitzero" index:"finished" vi:"Ngày xử lý xong"`
	ReturnedAt   Time          `json:"returned_at,omitzero" index:"finished,2" vi:"Ngày trả kết quả"`
	ReturnMethod string        `json:"return_method,omitempty" validate:"omitempty,oneof=counter post online unknown" codes:"return_method" vi:"Hình thức trả kết quả"`
	Legs         []Leg         `json:"legs,omitempty" validate:"dive" vi:"Các chặng liên thông"`
	Steps        []DossierStep `json:"steps,omitempty" vi:"Các bước xử lý"`
	Supplements  []Supplement  `json:"supplements,omitempty" vi:"Các lần bổ sung"`
	Fees         []Fee         `json:"fees,omitempty" validate:"dive" vi:"Phí, lệ phí"`
	Results      []Result      `json:"results,omitempty" vi:"Giấy tờ kết quả"`
	Rating       *float64      `json:"rating,omitempty" vi:"Điểm đánh giá"`
}

// Procedure is the procedure a dossier belongs to.
type Procedure struct {
	Code     string    `json:"code,omitempty" role:"procedure_id" text:"identifier" vi:"Mã thủ tục như nguồn ghi"`
	CodeNorm string    `json:"code_norm,omitempty" role:"procedure_norm" text:"identifier" vi:"Mã thủ tục quốc gia"`
	Name     string    `json:"name,omitempty" index:"title" vi:"Tên thủ tục"`
	Field    *CodeName `json:"field,omitempty" vi:"Lĩnh vực"`
	Level    string    `json:"level,omitempty" vi:"Cấp thực hiện"`
}

// Applicant is who filed a dossier.
type Applicant struct {
	Type     string `json:"type,omitempty" validate:"omitempty,oneof=person business state_body other" codes:"applicant_type" vi:"Loại đối tượng"`
	Name     string `json:"name,omitempty" pii:"name" vi:"Họ tên"`
	IDType   string `json:"id_type,omitempty" vi:"Loại giấy tờ"`
	IDNumber string `json:"id_number,omitempty" pii:"personal_id" vi:"Số giấy tờ"`
	Birth    Date   `json:"birth,omitempty" validate:"omitempty,datetime=2006-01-02" pii:"birth" vi:"Ngày sinh"`
	Phone    string `json:"phone,omitempty" pii:"phone" vi:"Điện thoại"`
	Email    string `json:"email,omitempty" pii:"email" vi:"Thư điện tử"`
	Address  string `json:"address,omitempty" pii:"address" vi:"Địa chỉ"`
}

// Leg is one leg of a linked procedure: province, commune and national legs
// may all be right at once.
type Leg struct {
	System    string   `json:"system" validate:"required" role:"system" vi:"Hệ thống"`
	Code      string   `json:"code,omitempty" text:"identifier" vi:"Mã tại hệ thống đó"`
	Status    string   `json:"status,omitempty" codes:"dossier_status" role:"part_status" vi:"Trạng thái"`
	StatusRaw *CodeRaw `json:"status_raw,omitempty" role:"raw" vi:"Trạng thái nguồn ghi"`
	At        Time     `json:"at,omitzero" vi:"Thời điểm"`
}

// DossierStep is one step of the work on a dossier.
type DossierStep struct {
	Order      *int    `json:"order,omitempty" vi:"Thứ tự"`
	Name       string  `json:"name,omitempty" vi:"Tên bước"`
	Agency     *Agency `json:"agency,omitempty" vi:"Cơ quan"`
	Officer    string  `json:"officer,omitempty" vi:"Cán bộ"`
	StartedAt  Time    `json:"started_at,omitzero" vi:"Bắt đầu"`
	DueAt      Time    `json:"due_at,omitzero" vi:"Hạn"`
	FinishedAt Time    `json:"finished_at,omitzero" vi:"Kết thúc"`
	Synthetic  *bool   `json:"synthetic,omitempty" vi:"Bước do hệ thống chèn"`
}

// Supplement is one request for more papers and its answer.
type Supplement struct {
	RequestedAt Time   `json:"requested_at,omitzero" vi:"Ngày yêu cầu"`
	Content     string `json:"content,omitempty" pii:"free_text" vi:"Nội dung"`
	AnsweredAt  Time   `json:"answered_at,omitzero" vi:"Ngày bổ sung"`
	OldDueAt    Time   `json:"old_due_at,omitzero" vi:"Hạn cũ"`
	NewDueAt    Time   `json:"new_due_at,omitzero" vi:"Hạn mới"`
}

// Fee is one charge, in đồng.
type Fee struct {
	Code   string  `json:"code,omitempty" text:"identifier" vi:"Mã phí"`
	Name   string  `json:"name,omitempty" vi:"Tên phí"`
	Amount Decimal `json:"amount,omitempty" validate:"omitempty,decimal" vi:"Số tiền"`
	Paid   *bool   `json:"paid,omitempty" vi:"Đã nộp"`
}

// Result is a paper that a dossier produced.
type Result struct {
	Code string `json:"code,omitempty" text:"identifier" vi:"Mã giấy tờ"`
	Name string `json:"name,omitempty" vi:"Tên giấy tờ"`
	URL  string `json:"url,omitempty" text:"identifier" vi:"Địa chỉ"`
}

// RecordKind is KindDossier.
func (*Dossier) RecordKind() Kind { return KindDossier }

// Base gives the common part.
func (d *Dossier) Base() *Common { return &d.Common }
