package canonical

// Observation is one value of one indicator (giá trị chỉ tiêu).
type Observation struct {
	ID          string            `json:"id" validate:"required" role:"id" vi:"Mã bản ghi" en:"Id of the record"`
	Kind        Kind              `json:"kind" validate:"required" role:"kind" vi:"Loại bản ghi" en:"Kind of record"`
	Indicator   Indicator         `json:"indicator" index:"title" vi:"Chỉ tiêu" en:"Indicator"`
	Area        *Area             `json:"area,omitempty" role:"area" index:"area" vi:"Địa bàn" en:"Administrative area"`
	Period      Period            `json:"period" role:"period" vi:"Kỳ" en:"Period"`
	Dims        map[string]string `json:"dims,omitempty" vi:"Phân tổ" en:"Breakdown"`
	Value       *Decimal          `json:"value" validate:"omitempty,decimal" role:"value" vi:"Giá trị" en:"Value"`
	Missing     string            `json:"missing,omitempty" validate:"required_without=Value,omitempty,oneof=not_available suppressed not_applicable nil unknown" codes:"missing" role:"missing" vi:"Lý do không có giá trị" en:"Why there is no value"`
	Flags       []string          `json:"flags,omitempty" validate:"dive,oneof=provisional estimated revised break forecast unknown" codes:"observation_flag" vi:"Tình trạng số liệu" en:"Marks"`
	BasePeriod  string            `json:"base_period,omitempty" vi:"Kỳ gốc" en:"Base period"`
	Plan        Decimal           `json:"plan,omitempty" validate:"omitempty,decimal" vi:"Kế hoạch" en:"Plan"`
	PublishedAt Time              `json:"published_at,omitzero" index:"created updated" vi:"Ngày công bố" en:"Published at"`
	Table       string            `json:"table,omitempty" text:"identifier" vi:"Bảng nguồn" en:"Table of the source"`
	Unread      []Unread          `json:"unread,omitempty" validate:"dive" role:"unread" vi:"Giá trị chưa đọc được" en:"Values that could not be read"`
	Notes       []string          `json:"notes,omitempty" role:"notes" vi:"Ghi chú khi chuẩn hóa" en:"Notes of the normalisation"`
}

// Indicator is what is measured.
type Indicator struct {
	Code      string `json:"code" validate:"required" index:"title,2" text:"identifier" vi:"Mã chỉ tiêu" en:"Code of the indicator"`
	Name      string `json:"name,omitempty" index:"title" vi:"Tên chỉ tiêu" en:"Name of the indicator"`
	Unit      string `json:"unit,omitempty" vi:"Đơn vị tính" en:"Unit of measure"`
	UnitPower *int   `json:"unit_power,omitempty" validate:"omitempty,gte=-30,lte=30" vi:"Lũy thừa 10 của đơn vị" en:"Power of ten of the unit"`
}

// Period is the time a value is of. Start and End are its first and last day.
type Period struct {
	Freq  string `json:"freq" validate:"required,oneof=A S Q M W D" codes:"freq" role:"freq" vi:"Tần suất" en:"Frequency"`
	Start Date   `json:"start" validate:"required,datetime=2006-01-02" role:"first_day" vi:"Từ ngày" en:"First day"`
	End   Date   `json:"end" validate:"required,datetime=2006-01-02" role:"last_day" vi:"Đến ngày" en:"Last day"`
	Label string `json:"label,omitempty" role:"period_name" vi:"Tên kỳ" en:"Name of the period"`
}

// RecordKind is KindObservation.
func (*Observation) RecordKind() Kind { return KindObservation }

// Base is nil: an observation is a value, not a matter.
func (*Observation) Base() *Common { return nil }
