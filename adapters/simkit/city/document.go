package city

import (
	"fmt"
	"slices"
	"time"

	"iocgateway/adapters/simkit"
)

// Document is an incoming or outgoing official document.
type Document struct {
	N         int
	ID        int // the source's number, above 10^6
	Out       bool
	Number    int
	Notation  string // UBND-VX
	Type      string
	TypeCode  int
	Subject   string
	Issuer    int // index of an agency; -1 is outside the province
	Outside   string
	Signer    Person
	Issued    time.Time
	Arrived   time.Time
	Urgency   int // 0 normal … 3
	Recipient []int
	Files     []string
	Due       time.Time
	States    []DocumentState
}

// DocumentState is a document from a moment on. Status is one of CHO_VAO_SO,
// CHO_XU_LY, CHO_PHAN_XU_LY, DANG_XU_LY, DA_XU_LY.
type DocumentState struct {
	At       time.Time
	Status   string
	Number   int  // changes when it is renumbered
	Recalled bool // no longer listed
	Handler  string
}

// When is the moment.
func (s DocumentState) When() time.Time { return s.At }

// DocumentView is a document as of a moment.
type DocumentView struct {
	*Document
	Now     DocumentState
	Updated time.Time
}

// RowKey is the document's number in the source.
func (v DocumentView) RowKey() string { return fmt.Sprint(v.ID) }

// RowTime is the time of change.
func (v DocumentView) RowTime() time.Time { return v.Updated }

// Display is number and notation: 123/UBND-VX.
func (v DocumentView) Display() string { return fmt.Sprintf("%d/%s", v.Now.Number, v.Notation) }

// DocumentsAt lists the documents that exist at t, oldest first. Recalled ones
// are in it, with Now.Recalled.
func (c *City) DocumentsAt(t time.Time) []DocumentView {
	out := make([]DocumentView, 0, len(c.Documents))
	for i := range c.Documents {
		if h := upTo(c.Documents[i].States, t); len(h) > 0 {
			now := h[len(h)-1]
			out = append(out, DocumentView{Document: &c.Documents[i], Now: now, Updated: now.At})
		}
	}
	return out
}

type documentType struct {
	code int
	name string
	abbr string
}

func documentTypes() []documentType {
	return []documentType{{1, "Công văn", ""}, {2, "Quyết định", "QĐ"}, {3, "Kế hoạch", "KH"}, {4, "Báo cáo", "BC"}, {5, "Thông báo", "TB"},
		{6, "Tờ trình", "TTr"}, {7, "Giấy mời", "GM"}, {8, "Chỉ thị", "CT"}}
}

func subjects() []string {
	return []string{"đẩy nhanh tiến độ giải ngân vốn đầu tư công năm %d", "tăng cường phòng, chống thiên tai và tìm kiếm cứu nạn năm %d",
		"triển khai chuyển đổi số trên địa bàn tỉnh năm %d", "rà soát cơ sở dữ liệu đất đai quý IV năm %d",
		"kiểm tra công tác cải cách hành chính năm %d", "bảo đảm an toàn thực phẩm dịp lễ năm %d",
		"hỗ trợ người dân bị thiệt hại do mưa lũ năm %d"}
}

func (c *City) makeDocuments() {
	n := c.all(c.Sizes.Documents)
	c.Documents = make([]Document, 0, n)
	types := documentTypes()
	for i := range n {
		r := simkit.NewRand(c.Seed, "document", i)
		born := c.born(r, i, c.Sizes.Documents)
		if i < c.Sizes.Documents && i%4 == 1 { // a quarter lies in the year before
			year := c.Start.Year() - 1
			back := time.Date(year, 12, 31, 16, 0, 0, 0, Zone()).Add(-time.Duration(r.IntN(90*24)) * time.Hour)
			if !back.Before(c.work.days[0]) {
				born = back
			}
		}
		t := types[r.IntN(len(types))]
		d := Document{N: i, ID: 1000001 + i*3, Out: r.Chance(40), Number: 1 + i%350, Type: t.name, TypeCode: t.code,
			Issuer: r.IntN(len(c.Agencies)),
			Signer: person(r, len(c.Communes)), Arrived: born, Urgency: r.IntN(12)}
		if d.Urgency > 3 {
			d.Urgency = 0
		}
		y, m, day := born.Add(-time.Duration(r.IntN(72)) * time.Hour).Date()
		d.Issued = time.Date(y, m, day, 0, 0, 0, 0, Zone())
		d.Notation = simkit.Pick(r, []string{"UBND-VX", "UBND-KT", "UBND-NC", "STC-NS", "SXD-QLN", "SNV-CCHC", "VP-TH"})
		if t.abbr != "" {
			d.Notation = t.abbr + "-" + d.Notation
		}
		if !d.Out && r.Chance(30) {
			d.Issuer, d.Outside = -1,
				simkit.Pick(r, []string{"Bộ Tài chính", "Bộ Nội vụ", "Văn phòng Chính phủ", "UBND thành phố Đà Nẵng", "Bộ Khoa học và Công nghệ"})
		}
		d.Subject = rough(r, "V/v "+fmt.Sprintf(simkit.Pick(r, subjects()), born.Year()))
		for k := range r.Between(1, 3) {
			d.Files = append(d.Files, fmt.Sprintf("%d_%d_vb.pdf", d.ID, k+1))
		}
		for range r.Between(1, 4) {
			d.Recipient = append(d.Recipient, r.IntN(len(c.Agencies)))
		}
		if r.Chance(50) {
			d.Due = c.due(born, r.Between(3, 20))
		}
		c.liveDocument(r, &d)
		c.Documents = append(c.Documents, d)
	}
}

func (c *City) liveDocument(r simkit.Rand, d *Document) {
	now := DocumentState{At: d.Arrived, Status: "CHO_VAO_SO", Number: d.Number, Handler: "Văn thư"}
	add := func(hours float64, status string) {
		if t := c.work.after(now.At, hours*(0.5+r.Float64())); t.After(now.At) {
			now.At = t
		} else {
			now.At = now.At.Add(time.Minute)
		}
		now.Status = status
		d.States = append(d.States, now)
	}
	d.States = append(d.States, now)
	now.Handler = "Chuyên viên " + simkit.Pick(r, givens(r.Chance(50)))
	add(2, "CHO_PHAN_XU_LY")
	add(4, "CHO_XU_LY")
	if r.Chance(3) {
		now.Number += 1000
		add(1, "CHO_XU_LY")
	}
	add(6, "DANG_XU_LY")
	if recalled, ago := r.Chance(10), c.Start.Sub(d.Arrived); recalled && ago < 45*24*time.Hour {
		if now.At.Before(c.Start) { // recalls are something to see happen, not history, and strike what is recent
			now.At = c.work.after(c.Start, r.Float64()*8*15)
		}
		now.Recalled = true
		add(3, "DANG_XU_LY")
		return
	}
	add(40, "DA_XU_LY")
}

// Task is work given by the province or the government.
type Task struct {
	N          int
	ID         string // GUID
	Number     string // SoNhiemVu
	Code       string // MaNV
	Content    string
	Level      int // 0 province, 1 government, 2 unit
	BasedOn    string
	BasedDay   time.Time
	BasedText  string
	Lead       int
	With       []int
	Monitor    string
	Assigner   string
	Created    time.Time
	SuperiorAt time.Time // the government's own due date; zero where none
	States     []TaskState
}

// TaskState is a task from a moment on. Status is one of CHO_PHAN_XU_LY,
// CHUA_THUC_HIEN, DANG_THUC_HIEN, DA_HOAN_THANH, THU_HOI, TRA_LAI.
type TaskState struct {
	At       time.Time
	Status   string
	Due      time.Time
	Percent  int
	Note     string
	Urged    time.Time
	Returned string // why it was sent back
	Finished time.Time
	Units    []string // a state for each of Lead and With
}

// When is the moment.
func (s TaskState) When() time.Time { return s.At }

// TaskView is a task as of a moment.
type TaskView struct {
	*Task
	Now     TaskState
	History []TaskState
	Updated time.Time
}

// RowKey is the task's id.
func (v TaskView) RowKey() string { return v.ID }

// RowTime is the time of change.
func (v TaskView) RowTime() time.Time { return v.Updated }

// TaskLabel is the name of a status.
func TaskLabel(status string) string {
	return map[string]string{"CHO_PHAN_XU_LY": "Chờ phân xử lý", "CHUA_THUC_HIEN": "Chưa thực hiện", "DANG_THUC_HIEN": "Đang thực hiện",
		"DA_HOAN_THANH": "Đã hoàn thành", "THU_HOI": "Thu hồi", "TRA_LAI": "Trả lại"}[status]
}

// TasksAt lists the tasks that exist at t, oldest first.
func (c *City) TasksAt(t time.Time) []TaskView {
	out := make([]TaskView, 0, len(c.Tasks))
	for i := range c.Tasks {
		if h := upTo(c.Tasks[i].States, t); len(h) > 0 {
			now := h[len(h)-1]
			out = append(out, TaskView{Task: &c.Tasks[i], Now: now, History: h, Updated: now.At})
		}
	}
	return out
}

func (c *City) makeTasks() {
	n := c.all(c.Sizes.Tasks)
	c.Tasks = make([]Task, 0, n)
	for i := range n {
		r := simkit.NewRand(c.Seed, "task", i)
		born := c.born(r, i, c.Sizes.Tasks)
		t := Task{N: i, ID: r.GUID(), Number: fmt.Sprintf("%d/NV-UBND", 1+i), Code: fmt.Sprintf("NV%d%05d", born.Year(), i+1), Level: r.IntN(3),
			Lead: r.IntN(len(c.Agencies)), Monitor: "Nguyễn Thị Theo Dõi", Assigner: "Chủ tịch UBND tỉnh", Created: born}
		t.Content = rough(r, "Chủ trì, "+fmt.Sprintf(simkit.Pick(r, subjects()), born.Year()))
		t.BasedOn = fmt.Sprintf("%d/UBND-TH", 100+i)
		t.BasedText = "Thông báo kết luận phiên họp thường kỳ"
		y, m, d := born.AddDate(0, 0, -2).Date()
		t.BasedDay = time.Date(y, m, d, 0, 0, 0, 0, Zone())
		for range r.Between(0, 3) {
			t.With = append(t.With, r.IntN(len(c.Agencies)))
		}
		due := c.due(born, r.Between(5, 40))
		if t.Level == 1 {
			t.SuperiorAt = due.AddDate(0, 0, 5)
		}
		c.liveTask(r, &t, due)
		c.Tasks = append(c.Tasks, t)
	}
}

func (c *City) liveTask(r simkit.Rand, t *Task, due time.Time) {
	now := TaskState{At: t.Created, Due: due}
	add := func(hours float64, status string, percent int) {
		if hours > 0 {
			if at := c.work.after(now.At, hours*(0.5+r.Float64())); at.After(now.At) {
				now.At = at
			} else {
				now.At = now.At.Add(time.Minute)
			}
		}
		now.Status, now.Percent = status, percent
		now.Units = make([]string, 1+len(t.With))
		for i := range now.Units {
			now.Units[i] = status
			if i > 0 && status == "DANG_THUC_HIEN" && r.Chance(30) {
				now.Units[i] = "CHUA_THUC_HIEN"
			}
		}
		t.States = append(t.States, now)
	}
	add(0, "CHO_PHAN_XU_LY", 0)
	add(5, "CHUA_THUC_HIEN", 0)
	if r.Chance(4) {
		add(6, "THU_HOI", 0)
		return
	}
	if r.Chance(8) {
		now.Returned = "Không thuộc chức năng của đơn vị"
		add(5, "TRA_LAI", 0)
		add(6, "CHUA_THUC_HIEN", 0)
	}
	now.Note = "Đã ban hành kế hoạch triển khai"
	add(10, "DANG_THUC_HIEN", 20)
	if r.Chance(15) {
		now.Urged = now.At.Add(24 * time.Hour)
		add(10, "DANG_THUC_HIEN", 40)
	}
	if r.Chance(12) {
		now.Due = c.due(now.Due, 10)
		add(10, "DANG_THUC_HIEN", 60)
	}
	finish := func(hours float64) {
		now.Finished = c.work.after(now.At, hours)
		now.Note = "Hoàn thành, đã báo cáo"
		add(hours, "DA_HOAN_THANH", 100)
		now.Finished = now.At
		t.States[len(t.States)-1].Finished = now.At
	}
	finish(70)
	if r.Chance(5) { // finished, and undone
		now.Finished, now.Returned = time.Time{}, "Kết quả chưa đạt yêu cầu"
		add(12, "TRA_LAI", 80)
		add(4, "DANG_THUC_HIEN", 80)
		finish(20)
	}
}

func sortByTime(calls []Call) {
	slices.SortFunc(calls, func(a, b Call) int { return a.At.Compare(b.At) })
}
