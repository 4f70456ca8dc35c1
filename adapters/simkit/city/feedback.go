package city

import (
	"fmt"
	"slices"
	"time"

	"iocgateway/adapters/simkit"
)

// Feedback is one matter a citizen raised and all that happens to it.
type Feedback struct {
	N         int
	ID        string // GUID
	Mongo     string // 24 hexadecimal digits, for systems that number so
	Code      string // PAKN-2026-004711
	Title     string
	Content   string
	Category  int    // index in Categories
	Matter    int    // index in the category's Matters
	Place     string // as the citizen says it
	Channel   int    // index in Channels
	Reporter  Person
	Anonymous bool
	Public    bool
	Commune   int
	Lat, Lon  float64
	BadPlace  int // 0 good, 1 is 0,0, 2 swapped
	Created   time.Time
	States    []FeedbackState
}

// FeedbackState is a matter from a moment on. Status is 1–22 of the platform
// with the longest list.
type FeedbackState struct {
	At      time.Time
	Status  int
	Agency  int // -1 not yet forwarded
	Due     time.Time
	Note    string
	Answer  string
	Bounced int // how often it was sent back
	Rating  int
	Tail    string // added to the content by an edit
}

// When is the moment.
func (s FeedbackState) When() time.Time { return s.At }

// FeedbackView is a matter as of a moment.
type FeedbackView struct {
	*Feedback
	Now     FeedbackState
	History []FeedbackState
	Updated time.Time
}

// RowKey is the matter's code.
func (v FeedbackView) RowKey() string { return v.Code }

// RowTime is the time of change.
func (v FeedbackView) RowTime() time.Time { return v.Updated }

// First gives the first time the matter had one of the states, or zero.
func (v FeedbackView) First(status ...int) time.Time {
	for _, s := range v.History {
		for _, want := range status {
			if s.Status == want {
				return s.At
			}
		}
	}
	return time.Time{}
}

// FeedbackLabel is the name of a status 1–22.
func FeedbackLabel(status int) string {
	names := []string{"", "Chờ tiếp nhận", "Chờ chuyển xử lý", "Chờ tiếp nhận xử lý", "Chờ phân công xử lý", "Chờ đơn vị duyệt",
		"Chờ bộ duyệt", "Chờ chuyển đơn vị", "Đã hoàn thành", "Chờ bổ sung thông tin", "Từ chối tiếp nhận", "Hủy bỏ", "Chờ xử lý",
		"Chờ duyệt chuyển đơn vị xử lý", "Chờ xác nhận chuyển đơn vị xử lý", "Hủy trình", "Hủy duyệt", "Thu hồi",
		"Chờ duyệt yêu cầu phối hợp", "Chuyển xử lý", "Đã phân công", "Phân xử lý", "Chờ người dân bổ sung thông tin"}
	if status < 1 || status >= len(names) {
		return ""
	}
	return names[status]
}

// Channel is a way in.
type Channel struct{ Code, Name string }

// Channels lists the ways in.
func Channels() []Channel {
	return []Channel{{"hotline", "Tổng đài 1022"}, {"app", "Ứng dụng di động"}, {"web", "Cổng thông tin"}, {"zalo", "Zalo"},
		{"facebook", "Facebook"}, {"email", "Thư điện tử"}, {"in_person", "Trực tiếp"}, {"national", "Cổng Dịch vụ công quốc gia"}}
}

// FeedbackAt lists the matters that exist at t, oldest first.
func (c *City) FeedbackAt(t time.Time) []FeedbackView {
	out := make([]FeedbackView, 0, len(c.Feedback))
	for i := range c.Feedback {
		if v, ok := c.Feedback[i].At(t); ok {
			out = append(out, v)
		}
	}
	return out
}

// At is the matter as of t; false before it was raised.
func (f *Feedback) At(t time.Time) (FeedbackView, bool) {
	h := upTo(f.States, t)
	if len(h) == 0 {
		return FeedbackView{}, false
	}
	now := h[len(h)-1]
	return FeedbackView{Feedback: f, Now: now, History: h, Updated: now.At}, true
}

func (c *maker) makeFeedback() {
	n := c.all(c.Sizes.Feedback)
	c.Feedback = make([]Feedback, 0, n)
	for i := range n {
		r := simkit.NewRand(c.Seed, "feedback", i)
		f := Feedback{N: i, ID: r.GUID(), Mongo: fmt.Sprintf("66%s%06x", r.Hex(16), i), Category: r.IntN(len(c.categories)),
			Channel: r.IntN(len(Channels())), Anonymous: r.Chance(12), Public: r.Chance(70), Created: c.born(r, i, c.Sizes.Feedback)}
		f.Matter = r.IntN(len(c.categories[f.Category].Matters))
		m := c.matter(&f)
		f.Commune = c.placeOf(r, m)
		f.Reporter = c.person(r, f.Commune, eldest)
		f.Code = fmt.Sprintf("PAKN-%d-%06d", f.Created.Year(), i+1)
		f.Title = rough(r, m.Title)
		f.Place = c.spot(r, m, f.Commune)
		f.Content = rough(r, fmt.Sprintf("Kính gửi cơ quan chức năng, tại %s, từ ngày %s, %s. Kính mong cơ quan chức năng sớm xử lý.",
			f.Place, f.Created.AddDate(0, 0, -r.Between(1, 9)).Format("02/01/2006"), m.Text))
		centre := c.Communes[f.Commune].centre()
		f.Lat, f.Lon = centre[0]+0.03*(r.Float64()-0.5), centre[1]+0.03*(r.Float64()-0.5)
		switch {
		case r.Chance(2):
			f.BadPlace = 1
		case r.Chance(1):
			f.BadPlace = 2
		}
		c.liveFeedback(r, &f)
		c.Feedback = append(c.Feedback, f)
	}
}

type feedbackLife struct {
	c   *maker
	r   simkit.Rand
	f   *Feedback
	now FeedbackState
}

func (l *feedbackLife) add(hours float64, status int, note string) {
	if hours > 0 {
		t := l.c.work.after(l.now.At, hours*(0.5+l.r.Float64()))
		if !t.After(l.now.At) {
			t = l.now.At.Add(time.Minute)
		}
		l.now.At = t
	}
	l.now.Status, l.now.Note = status, note
	l.f.States = append(l.f.States, l.now)
}

// liveFeedback writes the life of a matter: forwarded, sent back, waiting for
// the citizen, answered, and sometimes opened again.
func (c *maker) liveFeedback(r simkit.Rand, f *Feedback) {
	l := feedbackLife{c: c, r: r, f: f, now: FeedbackState{At: f.Created, Agency: -1}}
	l.add(0, 1, "Tiếp nhận phản ánh")
	switch {
	case r.Chance(5):
		l.add(2, 10, "Nội dung không rõ ràng")
		return
	case r.Chance(2):
		l.add(3, 11, "Người dân đề nghị hủy")
		return
	}
	right := c.answers(f)
	l.now.Agency = right
	bounced := r.Chance(9)
	if bounced { // first it goes where it does not belong
		l.now.Agency = c.wrongly(r, f)
	}
	l.now.Due = c.due(f.Created, 5)
	l.add(1.5, 2, "Chờ chuyển xử lý")
	l.add(1, 19, "Chuyển đơn vị xử lý")
	l.add(2, 3, "Chờ đơn vị tiếp nhận")
	if bounced {
		l.now.Bounced++
		l.add(4, 14, "Không thuộc thẩm quyền, chuyển lại")
		l.now.Agency = right
		l.add(3, 19, "Chuyển đơn vị khác")
		l.add(2, 3, "Chờ đơn vị tiếp nhận")
	}
	l.add(2, 4, "Chờ phân công")
	l.add(2, 20, "Đã phân công")
	l.add(3, 12, "Đang xử lý")
	if r.Chance(7) {
		l.add(4, 22, "Đề nghị người dân bổ sung ảnh hiện trường")
		l.now.Tail = " Bổ sung: đã gửi ảnh hiện trường."
		l.add(10, 12, "Người dân đã bổ sung")
	}
	if r.Chance(2) {
		l.add(2, 17, "Thu hồi để chuyển lại")
		l.add(2, 12, "Đang xử lý")
	}
	if r.Chance(6) { // the slow ones, which the due date passes
		l.add(120, 12, "Chờ ý kiến cơ quan phối hợp")
	}
	l.add(14, 6, "Chờ duyệt kết quả")
	l.now.Answer = fmt.Sprintf("%s đã %s. Trân trọng cảm ơn phản ánh %s của Ông/Bà.", c.Agency(right).Name,
		c.matter(f).Answer, f.Code)
	l.add(4, 8, "Đã trả lời")
	if r.Chance(4) {
		l.now.Bounced++
		l.add(12, 12, "Người dân chưa đồng ý, xử lý lại")
		l.add(16, 8, "Đã trả lời lại")
	}
	if r.Chance(40) {
		l.now.Rating = r.Between(1, 5)
		l.add(10, 8, "Người dân đánh giá")
	}
}

// Call is a contact with the hotline that never becomes a matter.
type Call struct {
	N       int
	ID      string
	At      time.Time
	Seconds int
	Phone   string
	Topic   string
	Commune int
}

// CallsAt lists the calls up to t, oldest first.
func (c *City) CallsAt(t time.Time) []Call {
	n := 0
	for n < len(c.Calls) && !c.Calls[n].At.After(t) {
		n++
	}
	return c.Calls[:n]
}

func (c *maker) makeCalls() {
	n := c.all(c.Sizes.Calls)
	c.Calls = make([]Call, 0, n)
	for i := range n {
		r := simkit.NewRand(c.Seed, "call", i)
		c.Calls = append(c.Calls, Call{N: i, ID: fmt.Sprintf("CALL-%07d", i+1), At: c.born(r, i, c.Sizes.Calls), Seconds: r.Between(10, 900),
			Phone: "09" + r.Digits(8), Commune: r.IntN(len(c.Communes)),
			Topic: simkit.Pick(r, []string{"Hỏi thủ tục đất đai", "Hỏi lịch cắt điện", "Tra cứu hồ sơ", "Hỏi đường dây nóng", "Nháy máy"})})
	}
	sortByTime(c.Calls)
}

func sortByTime(calls []Call) {
	slices.SortFunc(calls, func(a, b Call) int { return a.At.Compare(b.At) })
}
