package canonical

// Dossier is one dossier of an administrative procedure (hồ sơ TTHC).
type Dossier struct {
	Common
	Procedure    *Procedure    `json:"procedure,omitempty" index:"title,2" vi:"Thủ tục hành chính" en:"Administrative procedure"`
	Channel      string        `json:"channel,omitempty" validate:"omitempty,oneof=direct online postal unknown" codes:"dossier_channel" vi:"Kênh nộp" en:"Channel it was submitted through"`
	Applicant    *Applicant    `json:"applicant,omitempty" vi:"Người nộp" en:"Applicant"`
	Subject      string        `json:"subject,omitempty" pii:"free_text" index:"title" vi:"Trích yếu hồ sơ" en:"Subject of the dossier"`
	SubmittedAt  Time          `json:"submitted_at,omitzero" index:"created,2" vi:"Ngày nộp" en:"Submitted at"`
	ReceivedAt   Time          `json:"received_at,omitzero" index:"created,3" vi:"Ngày tiếp nhận" en:"Received at"`
	FinishedAt   Time          `json:"finished_at,omitzero" index:"finished" vi:"Ngày xử lý xong" en:"Finished at"`
	ReturnedAt   Time          `json:"returned_at,omitzero" index:"finished,2" vi:"Ngày trả kết quả" en:"Result handed over at"`
	ReturnMethod string        `json:"return_method,omitempty" validate:"omitempty,oneof=counter post online unknown" codes:"return_method" vi:"Hình thức trả kết quả" en:"How the result is handed over"`
	Legs         []Leg         `json:"legs,omitempty" validate:"dive" vi:"Các chặng liên thông" en:"Legs in other systems"`
	Steps        []DossierStep `json:"steps,omitempty" vi:"Các bước xử lý" en:"Steps"`
	Supplements  []Supplement  `json:"supplements,omitempty" vi:"Các lần bổ sung" en:"Supplements asked for"`
	Fees         []Fee         `json:"fees,omitempty" validate:"dive" vi:"Phí, lệ phí" en:"Fees and charges"`
	Results      []Result      `json:"results,omitempty" vi:"Giấy tờ kết quả" en:"Papers of the result"`
	Rating       *float64      `json:"rating,omitempty" vi:"Điểm đánh giá" en:"Rating"`
}

// Procedure is the procedure a dossier belongs to.
type Procedure struct {
	Code     string    `json:"code,omitempty" role:"procedure_id" text:"identifier" vi:"Mã thủ tục tại nguồn" en:"Code of the procedure as the source has it"`
	CodeNorm string    `json:"code_norm,omitempty" role:"procedure_norm" text:"identifier" vi:"Mã thủ tục quốc gia" en:"National code of the procedure"`
	Name     string    `json:"name,omitempty" index:"title" vi:"Tên thủ tục" en:"Name of the procedure"`
	Field    *CodeName `json:"field,omitempty" vi:"Lĩnh vực" en:"Field of administration"`
	Level    string    `json:"level,omitempty" vi:"Cấp thực hiện" en:"Level that carries it out"`
}

// Applicant is who filed a dossier.
type Applicant struct {
	Type     string `json:"type,omitempty" validate:"omitempty,oneof=person business state_body other" codes:"applicant_type" vi:"Loại đối tượng" en:"Kind of applicant"`
	Name     string `json:"name,omitempty" pii:"name" vi:"Họ tên" en:"Full name"`
	IDType   string `json:"id_type,omitempty" vi:"Loại giấy tờ" en:"Kind of id paper"`
	IDNumber string `json:"id_number,omitempty" pii:"personal_id" vi:"Số giấy tờ" en:"Number of the id paper"`
	Birth    Date   `json:"birth,omitempty" validate:"omitempty,datetime=2006-01-02" pii:"birth" vi:"Ngày sinh" en:"Day of birth"`
	Phone    string `json:"phone,omitempty" pii:"phone" vi:"Điện thoại" en:"Phone number"`
	Email    string `json:"email,omitempty" pii:"email" vi:"Thư điện tử" en:"E-mail address"`
	Address  string `json:"address,omitempty" pii:"address" vi:"Địa chỉ" en:"Address"`
}

// Leg is one leg of a linked procedure: province, commune and national legs
// may all be right at once.
type Leg struct {
	System    string   `json:"system" validate:"required" role:"system" vi:"Hệ thống" en:"System"`
	Code      string   `json:"code,omitempty" text:"identifier" vi:"Mã tại hệ thống đó" en:"Code in that system"`
	Status    string   `json:"status,omitempty" codes:"dossier_status" role:"part_status" vi:"Trạng thái" en:"Status"`
	StatusRaw *CodeRaw `json:"status_raw,omitempty" role:"raw" vi:"Trạng thái tại nguồn" en:"Status as the source has it"`
	At        Time     `json:"at,omitzero" vi:"Thời điểm" en:"Time"`
}

// DossierStep is one step of the work on a dossier.
type DossierStep struct {
	Order      *int    `json:"order,omitempty" vi:"Thứ tự" en:"Order"`
	Name       string  `json:"name,omitempty" vi:"Tên bước" en:"Name of the step"`
	Agency     *Agency `json:"agency,omitempty" vi:"Cơ quan" en:"Agency"`
	Officer    string  `json:"officer,omitempty" vi:"Cán bộ" en:"Officer"`
	StartedAt  Time    `json:"started_at,omitzero" vi:"Bắt đầu" en:"Started at"`
	DueAt      Time    `json:"due_at,omitzero" vi:"Hạn" en:"Due date"`
	FinishedAt Time    `json:"finished_at,omitzero" vi:"Kết thúc" en:"Finished at"`
	Synthetic  *bool   `json:"synthetic,omitempty" vi:"Bước do hệ thống chèn" en:"Step put in by the system"`
}

// Supplement is one request for more papers and its answer.
type Supplement struct {
	RequestedAt Time   `json:"requested_at,omitzero" vi:"Ngày yêu cầu" en:"Asked for at"`
	Content     string `json:"content,omitempty" pii:"free_text" vi:"Nội dung" en:"Content"`
	AnsweredAt  Time   `json:"answered_at,omitzero" vi:"Ngày bổ sung" en:"Supplemented at"`
	OldDueAt    Time   `json:"old_due_at,omitzero" vi:"Hạn cũ" en:"Due date before"`
	NewDueAt    Time   `json:"new_due_at,omitzero" vi:"Hạn mới" en:"New due date"`
}

// Fee is one charge, in đồng.
type Fee struct {
	Code   string  `json:"code,omitempty" text:"identifier" vi:"Mã phí" en:"Code of the fee"`
	Name   string  `json:"name,omitempty" vi:"Tên phí" en:"Name of the fee"`
	Amount Decimal `json:"amount,omitempty" validate:"omitempty,decimal" vi:"Số tiền (đồng)" en:"Amount"`
	Paid   *bool   `json:"paid,omitempty" vi:"Đã nộp" en:"Paid"`
}

// Result is a paper that a dossier produced.
type Result struct {
	Code string `json:"code,omitempty" text:"identifier" vi:"Mã giấy tờ" en:"Code of the paper"`
	Name string `json:"name,omitempty" vi:"Tên giấy tờ" en:"Name of the paper"`
	URL  string `json:"url,omitempty" text:"identifier" vi:"Địa chỉ" en:"Address"`
}

// RecordKind is KindDossier.
func (*Dossier) RecordKind() Kind { return KindDossier }

// Base gives the common part.
func (d *Dossier) Base() *Common { return &d.Common }
