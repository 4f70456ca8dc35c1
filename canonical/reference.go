package canonical

// Unit is a dated administrative unit (đơn vị hành chính).
type Unit struct {
	ID        string     `json:"id" validate:"required" role:"id" vi:"Mã bản ghi"`
	Kind      Kind       `json:"kind" validate:"required" role:"kind" vi:"Loại bản ghi"`
	Code      string     `json:"code" validate:"required" index:"area" text:"identifier" vi:"Mã đơn vị hành chính"`
	Name      string     `json:"name" validate:"required" index:"title" vi:"Tên"`
	Level     string     `json:"level" validate:"required,oneof=province district commune" codes:"unit_level" vi:"Cấp"`
	Parent    string     `json:"parent,omitempty" text:"identifier" vi:"Mã đơn vị cấp trên"`
	ValidFrom Date       `json:"valid_from,omitempty" validate:"omitempty,datetime=2006-01-02" role:"valid_from" vi:"Có hiệu lực từ"`
	ValidTo   Date       `json:"valid_to,omitempty" validate:"omitempty,datetime=2006-01-02" role:"valid_to" vi:"Hết hiệu lực từ"`
	From      []UnitFrom `json:"from,omitempty" validate:"dive" vi:"Lập từ"`
	Decree    string     `json:"decree,omitempty" vi:"Văn bản"`
}

// UnitFrom is a unit of before that a unit was made from.
type UnitFrom struct {
	Code  string `json:"code" validate:"required" text:"identifier" vi:"Mã cũ"`
	Share string `json:"share" validate:"required,oneof=full part" codes:"unit_share" vi:"Toàn bộ hay một phần"`
}

// AgencyRecord is a dated agency (cơ quan).
type AgencyRecord struct {
	ID        string `json:"id" validate:"required" role:"id" vi:"Mã bản ghi"`
	Kind      Kind   `json:"kind" validate:"required" role:"kind" vi:"Loại bản ghi"`
	Code      string `json:"code" validate:"required" role:"agency_id" index:"agency,2" text:"identifier" vi:"Mã như nguồn ghi"`
	CodeNorm  string `json:"code_norm,omitempty" role:"agency_norm" index:"agency" text:"identifier" vi:"Mã chuẩn hóa (tỉnh trước)"`
	Name      string `json:"name" validate:"required" index:"title" vi:"Tên"`
	Level     string `json:"level,omitempty" vi:"Cấp"`
	Parent    string `json:"parent,omitempty" text:"identifier" vi:"Cơ quan cấp trên"`
	ValidFrom Date   `json:"valid_from,omitempty" validate:"omitempty,datetime=2006-01-02" role:"valid_from" vi:"Có hiệu lực từ"`
	ValidTo   Date   `json:"valid_to,omitempty" validate:"omitempty,datetime=2006-01-02" role:"valid_to" vi:"Hết hiệu lực từ"`
}

// ProcedureRecord is a dated administrative procedure (thủ tục hành chính).
type ProcedureRecord struct {
	ID        string    `json:"id" validate:"required" role:"id" vi:"Mã bản ghi"`
	Kind      Kind      `json:"kind" validate:"required" role:"kind" vi:"Loại bản ghi"`
	Code      string    `json:"code" validate:"required" text:"identifier" vi:"Mã thủ tục"`
	Name      string    `json:"name" validate:"required" index:"title" vi:"Tên thủ tục"`
	Field     *CodeName `json:"field,omitempty" vi:"Lĩnh vực"`
	Level     string    `json:"level,omitempty" vi:"Cấp thực hiện"`
	Days      *int      `json:"days,omitempty" validate:"omitempty,gte=0" vi:"Số ngày giải quyết"`
	ValidFrom Date      `json:"valid_from,omitempty" validate:"omitempty,datetime=2006-01-02" role:"valid_from" vi:"Có hiệu lực từ"`
	ValidTo   Date      `json:"valid_to,omitempty" validate:"omitempty,datetime=2006-01-02" role:"valid_to" vi:"Hết hiệu lực từ"`
}

// Ops is the gateway speaking of itself: the state of a stream, a group of
// held Raws, a drift, a reconciliation.
type Ops struct {
	ID      string         `json:"id" validate:"required" role:"id" vi:"Mã bản ghi"`
	Kind    Kind           `json:"kind" validate:"required" role:"kind" vi:"Loại bản ghi"`
	What    string         `json:"what" validate:"required,oneof=stream quarantine drift reconcile" codes:"ops_what" vi:"Việc"`
	Stream  string         `json:"stream,omitempty" index:"title,2" vi:"Luồng"`
	State   string         `json:"state,omitempty" index:"status" vi:"Trạng thái"`
	Cause   string         `json:"cause,omitempty" vi:"Nguyên nhân (mã)"`
	Text    string         `json:"text,omitempty" index:"title" vi:"Diễn giải"`
	Counts  map[string]int `json:"counts,omitempty" vi:"Số đếm"`
	Changed Time           `json:"changed_at,omitzero" index:"updated" vi:"Thời điểm đổi"`
}

// RecordKind is KindUnit.
func (*Unit) RecordKind() Kind { return KindUnit }

// Base is nil: reference data is no matter.
func (*Unit) Base() *Common { return nil }

// RecordKind is KindAgency.
func (*AgencyRecord) RecordKind() Kind { return KindAgency }

// Base is nil: reference data is no matter.
func (*AgencyRecord) Base() *Common { return nil }

// RecordKind is KindProcedure.
func (*ProcedureRecord) RecordKind() Kind { return KindProcedure }

// Base is nil: reference data is no matter.
func (*ProcedureRecord) Base() *Common { return nil }

// RecordKind is KindOps.
func (*Ops) RecordKind() Kind { return KindOps }

// Base is nil: the gateway's own state is no matter.
func (*Ops) Base() *Common { return nil }

// NewEntity gives an empty entity of a kind, or nil when there is no such kind.
func NewEntity(k Kind) Entity {
	switch k {
	case KindDocument:
		return &Document{}
	case KindTask:
		return &Task{}
	case KindDossier:
		return &Dossier{}
	case KindFeedback:
		return &Feedback{}
	case KindObservation:
		return &Observation{}
	case KindUnit:
		return &Unit{}
	case KindAgency:
		return &AgencyRecord{}
	case KindProcedure:
		return &ProcedureRecord{}
	case KindOps:
		return &Ops{}
	}
	return nil
}
