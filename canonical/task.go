package canonical

// Task is an assignment with a due date (nhiệm vụ).
type Task struct {
	Common
	Title         string      `json:"title,omitempty" index:"title" vi:"Tên nhiệm vụ"`
	Content       string      `json:"content,omitempty" index:"title,2" vi:"Nội dung"`
	Level         string      `json:"level,omitempty" validate:"omitempty,oneof=government province unit unknown" codes:"task_level" vi:"Cấp giao"`
	BasedOn       *BasedOn    `json:"based_on,omitempty" vi:"Căn cứ"`
	Assigner      *Agency     `json:"assigner,omitempty" vi:"Đơn vị giao"`
	Lead          *Lead       `json:"lead,omitempty" index:"agency,2" vi:"Chủ trì"`
	Collaborators []Agency    `json:"collaborators,omitempty" vi:"Phối hợp"`
	Monitor       *Lead       `json:"monitor,omitempty" vi:"Theo dõi"`
	AssignedAt    Time        `json:"assigned_at,omitzero" index:"created,2" vi:"Ngày giao"`
	SuperiorDueAt Time        `json:"superior_due_at,omitzero" vi:"Hạn của cấp trên"`
	Extensions    []Extension `json:"extensions,omitempty" vi:"Gia hạn"`
	FinishedAt    Time        `json:"finished_at,omitzero" index:"finished" vi:"Ngày hoàn thành"`
	Progress      *Progress   `json:"progress,omitempty" vi:"Tiến độ"`
	Units         []TaskUnit  `json:"units,omitempty" validate:"dive" vi:"Trạng thái từng đơn vị"`
	Urges         []Urge      `json:"urges,omitempty" vi:"Đôn đốc"`
	Returns       []Return    `json:"returns,omitempty" vi:"Trả lại"`
	Subtasks      *Subtasks   `json:"subtasks,omitempty" vi:"Công việc con"`
}

// BasedOn is the document an assignment rests on.
type BasedOn struct {
	Number   string `json:"number,omitempty" text:"identifier" vi:"Số"`
	Notation string `json:"notation,omitempty" text:"identifier" vi:"Ký hiệu"`
	IssuedOn Date   `json:"issued_on,omitempty" validate:"omitempty,datetime=2006-01-02" vi:"Ngày ban hành"`
	Subject  string `json:"subject,omitempty" vi:"Trích yếu"`
}

// Lead is an agency with an officer of it.
type Lead struct {
	Agency  *Agency `json:"agency,omitempty" index:"agency" vi:"Cơ quan"`
	Officer string  `json:"officer,omitempty" vi:"Cán bộ"`
}

// Extension is a due date moved.
type Extension struct {
	From   Time   `json:"from,omitzero" vi:"Hạn cũ"`
	To     Time   `json:"to,omitzero" vi:"Hạn mới"`
	At     Time   `json:"at,omitzero" vi:"Ngày gia hạn"`
	Reason string `json:"reason,omitempty" vi:"Lý do"`
}

// Progress is how far the work is.
type Progress struct {
	Percent *float64 `json:"percent,omitempty" validate:"omitempty,gte=0,lte=100" vi:"Phần trăm"`
	Note    string   `json:"note,omitempty" vi:"Tình hình"`
	At      Time     `json:"at,omitzero" vi:"Thời điểm"`
}

// TaskUnit is the state of the task at one unit.
type TaskUnit struct {
	Agency     *Agency  `json:"agency,omitempty" vi:"Đơn vị"`
	Status     string   `json:"status,omitempty" codes:"task_status" role:"part_status" vi:"Trạng thái"`
	StatusRaw  *CodeRaw `json:"status_raw,omitempty" role:"raw" vi:"Trạng thái nguồn ghi"`
	Timeliness string   `json:"timeliness,omitempty" validate:"omitempty,oneof=in_time due_soon overdue unknown" codes:"unit_timeliness" vi:"Đúng hạn theo nguồn"`
}

// Urge is a reminder given (đôn đốc).
type Urge struct {
	At      Time   `json:"at,omitzero" vi:"Thời điểm"`
	Content string `json:"content,omitempty" vi:"Nội dung"`
}

// Return is a task sent back (trả lại).
type Return struct {
	At     Time   `json:"at,omitzero" vi:"Thời điểm"`
	Reason string `json:"reason,omitempty" vi:"Lý do"`
}

// Subtasks counts the work below a task.
type Subtasks struct {
	Total   *int `json:"total,omitempty" validate:"omitempty,gte=0" vi:"Tổng số"`
	InTime  *int `json:"in_time,omitempty" validate:"omitempty,gte=0" vi:"Trong hạn"`
	DueSoon *int `json:"due_soon,omitempty" validate:"omitempty,gte=0" vi:"Tới hạn"`
	Overdue *int `json:"overdue,omitempty" validate:"omitempty,gte=0" vi:"Quá hạn"`
}

// RecordKind is KindTask.
func (*Task) RecordKind() Kind { return KindTask }

// Base gives the common part.
func (t *Task) Base() *Common { return &t.Common }
