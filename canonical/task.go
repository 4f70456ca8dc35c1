package canonical

// Task is an assignment with a due date (nhiệm vụ).
type Task struct {
	Common
	Title         string      `json:"title,omitempty" index:"title" vi:"Tên nhiệm vụ" en:"Name of the task"`
	Content       string      `json:"content,omitempty" index:"title,2" vi:"Nội dung" en:"Content"`
	Level         string      `json:"level,omitempty" validate:"omitempty,oneof=government province unit unknown" codes:"task_level" vi:"Cấp giao" en:"Level that assigns"`
	BasedOn       *BasedOn    `json:"based_on,omitempty" vi:"Căn cứ" en:"What it is based on"`
	Assigner      *Agency     `json:"assigner,omitempty" vi:"Đơn vị giao" en:"Unit that assigns"`
	Lead          *Lead       `json:"lead,omitempty" index:"agency,2" vi:"Đơn vị chủ trì" en:"Who leads"`
	Collaborators []Agency    `json:"collaborators,omitempty" vi:"Đơn vị phối hợp" en:"Who takes part"`
	Monitor       *Lead       `json:"monitor,omitempty" vi:"Đơn vị theo dõi" en:"Who monitors"`
	AssignedAt    Time        `json:"assigned_at,omitzero" index:"created,2" vi:"Ngày giao" en:"Assigned at"`
	SuperiorDueAt Time        `json:"superior_due_at,omitzero" vi:"Hạn cấp trên giao" en:"Due date of the level above"`
	Extensions    []Extension `json:"extensions,omitempty" vi:"Gia hạn" en:"Extensions"`
	FinishedAt    Time        `json:"finished_at,omitzero" index:"finished" vi:"Ngày hoàn thành" en:"Finished at"`
	Progress      *Progress   `json:"progress,omitempty" vi:"Tiến độ" en:"Progress"`
	Units         []TaskUnit  `json:"units,omitempty" validate:"dive" vi:"Trạng thái từng đơn vị" en:"Status of each unit"`
	Urges         []Urge      `json:"urges,omitempty" vi:"Đôn đốc" en:"Urges"`
	Returns       []Return    `json:"returns,omitempty" vi:"Trả lại" en:"Returns"`
	Subtasks      *Subtasks   `json:"subtasks,omitempty" vi:"Nhiệm vụ con" en:"Subtasks"`
}

// BasedOn is the document an assignment rests on.
type BasedOn struct {
	Number   string `json:"number,omitempty" text:"identifier" vi:"Số" en:"Number"`
	Notation string `json:"notation,omitempty" text:"identifier" vi:"Ký hiệu" en:"Notation"`
	IssuedOn Date   `json:"issued_on,omitempty" validate:"omitempty,datetime=2006-01-02" vi:"Ngày ban hành" en:"Day of issue"`
	Subject  string `json:"subject,omitempty" vi:"Trích yếu" en:"Subject"`
}

// Lead is an agency with an officer of it.
type Lead struct {
	Agency  *Agency `json:"agency,omitempty" index:"agency" vi:"Cơ quan" en:"Agency"`
	Officer string  `json:"officer,omitempty" vi:"Cán bộ" en:"Officer"`
}

// Extension is a due date moved.
type Extension struct {
	From   Time   `json:"from,omitzero" vi:"Hạn cũ" en:"Due date before"`
	To     Time   `json:"to,omitzero" vi:"Hạn mới" en:"New due date"`
	At     Time   `json:"at,omitzero" vi:"Ngày gia hạn" en:"Extended at"`
	Reason string `json:"reason,omitempty" vi:"Lý do" en:"Reason"`
}

// Progress is how far the work is.
type Progress struct {
	Percent *float64 `json:"percent,omitempty" validate:"omitempty,gte=0,lte=100" vi:"Phần trăm" en:"Per cent"`
	Note    string   `json:"note,omitempty" vi:"Tình hình" en:"State of affairs"`
	At      Time     `json:"at,omitzero" vi:"Thời điểm" en:"Time"`
}

// TaskUnit is the state of the task at one unit.
type TaskUnit struct {
	Agency     *Agency  `json:"agency,omitempty" vi:"Đơn vị" en:"Unit"`
	Status     string   `json:"status,omitempty" codes:"task_status" role:"part_status" vi:"Trạng thái" en:"Status"`
	StatusRaw  *CodeRaw `json:"status_raw,omitempty" role:"raw" vi:"Trạng thái tại nguồn" en:"Status as the source has it"`
	Timeliness string   `json:"timeliness,omitempty" validate:"omitempty,oneof=in_time due_soon overdue unknown" codes:"unit_timeliness" vi:"Tình trạng hạn tại nguồn" en:"Timeliness as the source has it"`
}

// Urge is a reminder given (đôn đốc).
type Urge struct {
	At      Time   `json:"at,omitzero" vi:"Thời điểm" en:"Time"`
	Content string `json:"content,omitempty" vi:"Nội dung" en:"Content"`
}

// Return is a task sent back (trả lại).
type Return struct {
	At     Time   `json:"at,omitzero" vi:"Thời điểm" en:"Time"`
	Reason string `json:"reason,omitempty" vi:"Lý do" en:"Reason"`
}

// Subtasks counts the work below a task.
type Subtasks struct {
	Total   *int `json:"total,omitempty" validate:"omitempty,gte=0" vi:"Tổng số" en:"Total"`
	InTime  *int `json:"in_time,omitempty" validate:"omitempty,gte=0" vi:"Trong hạn" en:"In time"`
	DueSoon *int `json:"due_soon,omitempty" validate:"omitempty,gte=0" vi:"Tới hạn" en:"Due soon"`
	Overdue *int `json:"overdue,omitempty" validate:"omitempty,gte=0" vi:"Quá hạn" en:"Overdue"`
}

// RecordKind is KindTask.
func (*Task) RecordKind() Kind { return KindTask }

// Base gives the common part.
func (t *Task) Base() *Common { return &t.Common }
