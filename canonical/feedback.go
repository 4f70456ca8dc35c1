package canonical

// Feedback is one matter citizens brought up (phản ánh, kiến nghị).
type Feedback struct {
	Common
	Sort          string         `json:"sort,omitempty" validate:"omitempty,oneof=petition field_report question contact unknown" codes:"feedback_sort" vi:"Loại phản ánh" en:"Sort of feedback"`
	Title         string         `json:"title,omitempty" pii:"free_text" index:"title" vi:"Tiêu đề" en:"Title"`
	Content       string         `json:"content,omitempty" pii:"free_text" index:"title,2" vi:"Nội dung" en:"Content"`
	Category      *CodeName      `json:"category,omitempty" vi:"Lĩnh vực" en:"Field of administration"`
	Channel       string         `json:"channel,omitempty" validate:"omitempty,oneof=hotline app web zalo facebook email in_person national_portal chatbot unknown" codes:"feedback_channel" vi:"Kênh tiếp nhận" en:"Channel it came through"`
	Location      *Location      `json:"location,omitempty" role:"location" vi:"Vị trí" en:"Location"`
	Reporter      *Reporter      `json:"reporter,omitempty" role:"identity" vi:"Người phản ánh" en:"Who reports"`
	Anonymous     *bool          `json:"anonymous,omitempty" role:"anonymous" vi:"Ẩn danh" en:"Anonymous"`
	Public        *bool          `json:"public,omitempty" vi:"Công khai" en:"Public"`
	SubmittedAt   Time           `json:"submitted_at,omitzero" index:"created,2" vi:"Ngày gửi" en:"Sent at"`
	ReceivedAt    Time           `json:"received_at,omitzero" index:"created,3" vi:"Ngày tiếp nhận" en:"Received at"`
	AssignedAt    Time           `json:"assigned_at,omitzero" vi:"Ngày phân công" en:"Assigned at"`
	ResolvedAt    Time           `json:"resolved_at,omitzero" index:"finished" vi:"Ngày giải quyết" en:"Settled at"`
	Collaborators []Agency       `json:"collaborators,omitempty" vi:"Đơn vị phối hợp" en:"Units that take part"`
	Answer        *Answer        `json:"answer,omitempty" vi:"Trả lời" en:"Answer"`
	Rating        *float64       `json:"rating,omitempty" vi:"Điểm đánh giá" en:"Rating"`
	Steps         []FeedbackStep `json:"steps,omitempty" vi:"Quá trình xử lý" en:"Course"`
	ReturnedCount *int           `json:"returned_count,omitempty" validate:"omitempty,gte=0" vi:"Số lần chuyển lại" en:"How often it was passed back"`
}

// Location is where a matter is. 0,0 and swapped pairs are not positions:
// Quality is what became of the pair.
type Location struct {
	Address string   `json:"address,omitempty" pii:"address" vi:"Địa chỉ" en:"Address"`
	Lat     *float64 `json:"lat,omitempty" validate:"omitempty,gte=-90,lte=90" pii:"position" role:"lat" vi:"Vĩ độ" en:"Latitude"`
	Lon     *float64 `json:"lon,omitempty" validate:"omitempty,gte=-180,lte=180" pii:"position" role:"lon" vi:"Kinh độ" en:"Longitude"`
	Quality string   `json:"quality,omitempty" validate:"omitempty,oneof=exact swapped zero outside none" codes:"location_quality" role:"pair_quality" vi:"Chất lượng vị trí" en:"Quality of the location"`
}

// Reporter is who brought the matter up.
type Reporter struct {
	Name       string `json:"name,omitempty" pii:"name" vi:"Họ tên" en:"Full name"`
	Phone      string `json:"phone,omitempty" pii:"phone" vi:"Điện thoại" en:"Phone number"`
	Email      string `json:"email,omitempty" pii:"email" vi:"Thư điện tử" en:"E-mail address"`
	PersonalID string `json:"personal_id,omitempty" pii:"personal_id" vi:"Số định danh" en:"Personal id"`
	Address    string `json:"address,omitempty" pii:"address" vi:"Địa chỉ" en:"Address"`
}

// Answer is what the responsible agency answered.
type Answer struct {
	Content string `json:"content,omitempty" pii:"free_text" vi:"Nội dung" en:"Content"`
	At      Time   `json:"at,omitzero" vi:"Thời điểm" en:"Time"`
	By      string `json:"by,omitempty" vi:"Đơn vị trả lời" en:"Unit that answers"`
}

// FeedbackStep is one move of a matter.
type FeedbackStep struct {
	At      Time    `json:"at,omitzero" vi:"Thời điểm" en:"Time"`
	From    string  `json:"from,omitempty" vi:"Từ trạng thái" en:"Status before"`
	To      string  `json:"to,omitempty" vi:"Đến trạng thái" en:"Status after"`
	Agency  *Agency `json:"agency,omitempty" vi:"Đơn vị" en:"Unit"`
	Content string  `json:"content,omitempty" pii:"free_text" vi:"Nội dung" en:"Content"`
}

// RecordKind is KindFeedback.
func (*Feedback) RecordKind() Kind { return KindFeedback }

// Base gives the common part.
func (f *Feedback) Base() *Common { return &f.Common }
