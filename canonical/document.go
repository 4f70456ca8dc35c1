package canonical

// Document is one official document, incoming or outgoing (văn bản).
type Document struct {
	Common
	Number     string      `json:"number,omitempty" text:"identifier" vi:"Số" en:"Number"`
	Notation   string      `json:"notation,omitempty" text:"identifier" vi:"Ký hiệu" en:"Notation"`
	Display    string      `json:"display,omitempty" index:"title,2" text:"identifier" vi:"Số, ký hiệu" en:"Number and notation"`
	Direction  string      `json:"direction,omitempty" validate:"omitempty,oneof=in out" codes:"document_direction" vi:"Chiều văn bản" en:"Incoming or outgoing"`
	Type       *CodeName   `json:"type,omitempty" vi:"Loại văn bản" en:"Type of document"`
	Urgency    string      `json:"urgency,omitempty" validate:"omitempty,oneof=normal urgent very_urgent express express_timed unknown" codes:"document_urgency" vi:"Độ khẩn" en:"Urgency"`
	Subject    string      `json:"subject,omitempty" index:"title" vi:"Trích yếu" en:"Subject"`
	IssuedOn   Date        `json:"issued_on,omitempty" validate:"omitempty,datetime=2006-01-02" vi:"Ngày ban hành" en:"Day of issue"`
	Issuer     *Agency     `json:"issuer,omitempty" vi:"Cơ quan ban hành" en:"Agency that issued it"`
	Signer     *Signer     `json:"signer,omitempty" vi:"Người ký" en:"Who signed"`
	ReceivedAt Time        `json:"received_at,omitzero" index:"created,2" vi:"Ngày đến" en:"Received at"`
	Steering   string      `json:"steering,omitempty" validate:"omitempty,oneof=none steering report unknown" codes:"document_steering" vi:"Văn bản chỉ đạo, báo cáo" en:"Directions"`
	Recipients []Recipient `json:"recipients,omitempty" validate:"dive" vi:"Nơi nhận" en:"Recipients"`
}

// Signer is who signed a document, in an official capacity.
type Signer struct {
	Name     string `json:"name,omitempty" vi:"Họ tên" en:"Full name"`
	Position string `json:"position,omitempty" vi:"Chức vụ" en:"Position"`
}

// Recipient is one receiver's chain of states: a document to n receivers is
// n chains.
type Recipient struct {
	Agency    *Agency  `json:"agency,omitempty" vi:"Cơ quan" en:"Agency"`
	Status    string   `json:"status,omitempty" codes:"document_status" role:"part_status" vi:"Trạng thái" en:"Status"`
	StatusRaw *CodeRaw `json:"status_raw,omitempty" role:"raw" vi:"Trạng thái tại nguồn" en:"Status as the source has it"`
	At        Time     `json:"at,omitzero" vi:"Thời điểm" en:"Time"`
}

// RecordKind is KindDocument.
func (*Document) RecordKind() Kind { return KindDocument }

// Base gives the common part.
func (d *Document) Base() *Common { return &d.Common }
