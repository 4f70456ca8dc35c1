package canonical

// Unit is a dated administrative unit (đơn vị hành chính).
type Unit struct {
	ID        string     `json:"id" validate:"required" role:"id" vi:"Mã bản ghi" en:"Id of the record"`
	Kind      Kind       `json:"kind" validate:"required" role:"kind" vi:"Loại bản ghi" en:"Kind of record"`
	Code      string     `json:"code" validate:"required" index:"area" text:"identifier" vi:"Mã đơn vị hành chính" en:"Code of the administrative unit"`
	Name      string     `json:"name" validate:"required" index:"title" vi:"Tên" en:"Name"`
	Level     string     `json:"level" validate:"required,oneof=province district commune" codes:"unit_level" vi:"Cấp" en:"Level"`
	Parent    string     `json:"parent,omitempty" text:"identifier" vi:"Mã đơn vị cấp trên" en:"Code of the unit above"`
	ValidFrom Date       `json:"valid_from,omitempty" validate:"omitempty,datetime=2006-01-02" role:"valid_from" vi:"Có hiệu lực từ" en:"In force from"`
	ValidTo   Date       `json:"valid_to,omitempty" validate:"omitempty,datetime=2006-01-02" role:"valid_to" vi:"Hết hiệu lực từ" en:"No longer in force from"`
	From      []UnitFrom `json:"from,omitempty" validate:"dive" vi:"Hình thành từ" en:"Made from"`
	Decree    string     `json:"decree,omitempty" vi:"Văn bản quy định" en:"Decree"`
}

// UnitFrom is a unit of before that a unit was made from.
type UnitFrom struct {
	Code  string `json:"code" validate:"required" text:"identifier" vi:"Mã cũ" en:"Code before"`
	Share string `json:"share" validate:"required,oneof=full part" codes:"unit_share" vi:"Toàn bộ hay một phần" en:"The whole or a part"`
}

// AgencyRecord is a dated agency (cơ quan).
type AgencyRecord struct {
	ID        string `json:"id" validate:"required" role:"id" vi:"Mã bản ghi" en:"Id of the record"`
	Kind      Kind   `json:"kind" validate:"required" role:"kind" vi:"Loại bản ghi" en:"Kind of record"`
	Code      string `json:"code" validate:"required" role:"agency_id" index:"agency,2" text:"identifier" vi:"Mã tại nguồn" en:"Code as the source has it"`
	CodeNorm  string `json:"code_norm,omitempty" role:"agency_norm" index:"agency" text:"identifier" vi:"Mã định danh điện tử cơ quan (viết từ cấp tỉnh)" en:"Normalised code (province first)"`
	Name      string `json:"name" validate:"required" index:"title" vi:"Tên" en:"Name"`
	Level     string `json:"level,omitempty" vi:"Cấp" en:"Level"`
	Parent    string `json:"parent,omitempty" text:"identifier" vi:"Cơ quan cấp trên" en:"Agency above"`
	ValidFrom Date   `json:"valid_from,omitempty" validate:"omitempty,datetime=2006-01-02" role:"valid_from" vi:"Có hiệu lực từ" en:"In force from"`
	ValidTo   Date   `json:"valid_to,omitempty" validate:"omitempty,datetime=2006-01-02" role:"valid_to" vi:"Hết hiệu lực từ" en:"No longer in force from"`
}

// ProcedureRecord is a dated administrative procedure (thủ tục hành chính).
type ProcedureRecord struct {
	ID        string    `json:"id" validate:"required" role:"id" vi:"Mã bản ghi" en:"Id of the record"`
	Kind      Kind      `json:"kind" validate:"required" role:"kind" vi:"Loại bản ghi" en:"Kind of record"`
	Code      string    `json:"code" validate:"required" text:"identifier" vi:"Mã thủ tục" en:"Code of the procedure"`
	Name      string    `json:"name" validate:"required" index:"title" vi:"Tên thủ tục" en:"Name of the procedure"`
	Field     *CodeName `json:"field,omitempty" vi:"Lĩnh vực" en:"Field of administration"`
	Level     string    `json:"level,omitempty" vi:"Cấp thực hiện" en:"Level that carries it out"`
	Days      *int      `json:"days,omitempty" validate:"omitempty,gte=0" vi:"Số ngày giải quyết" en:"Days to settle"`
	ValidFrom Date      `json:"valid_from,omitempty" validate:"omitempty,datetime=2006-01-02" role:"valid_from" vi:"Có hiệu lực từ" en:"In force from"`
	ValidTo   Date      `json:"valid_to,omitempty" validate:"omitempty,datetime=2006-01-02" role:"valid_to" vi:"Hết hiệu lực từ" en:"No longer in force from"`
}

// Ops is the gateway speaking of itself: the state of a stream, a group of
// held Raws, a drift, a reconciliation.
type Ops struct {
	ID      string         `json:"id" validate:"required" role:"id" vi:"Mã bản ghi" en:"Id of the record"`
	Kind    Kind           `json:"kind" validate:"required" role:"kind" vi:"Loại bản ghi" en:"Kind of record"`
	What    string         `json:"what" validate:"required,oneof=stream quarantine drift reconcile" codes:"ops_what" vi:"Việc" en:"What happened"`
	Stream  string         `json:"stream,omitempty" index:"title,2" vi:"Luồng" en:"Stream"`
	State   string         `json:"state,omitempty" index:"status" vi:"Trạng thái" en:"Status"`
	Cause   string         `json:"cause,omitempty" vi:"Nguyên nhân (mã)" en:"Cause (code)"`
	Text    string         `json:"text,omitempty" index:"title" vi:"Diễn giải" en:"In words"`
	Counts  map[string]int `json:"counts,omitempty" vi:"Số đếm" en:"Counts"`
	Changed Time           `json:"changed_at,omitzero" index:"updated" vi:"Thời điểm đổi" en:"Time of change"`
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
