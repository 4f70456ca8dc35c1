package city

import (
	"fmt"
	"slices"
	"time"

	"iocgateway/adapters/simkit"
)

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

func (c *maker) makeTasks() {
	n := c.all(c.Sizes.Tasks)
	c.Tasks = make([]Task, 0, n)
	for i := range n {
		r := simkit.NewRand(c.Seed, "task", i)
		born := c.born(r, i, c.Sizes.Tasks)
		t := Task{N: i, ID: r.GUID(), Number: fmt.Sprintf("%d/NV-UBND", 1+i), Code: fmt.Sprintf("NV%d%05d", born.Year(), i+1), Level: r.IntN(3),
			Lead: 1 + r.IntN(c.committeeOf(0)-1), Monitor: c.officer(r, 0), Created: born}
		if t.Level != 1 && r.Chance(50) { // the government gives no work to communes
			t.Lead = c.committeeOf(r.IntN(len(c.Communes)))
		}
		c.giveTask(r, &t)
		for range r.Between(0, 3) {
			if a := r.IntN(len(c.Agencies)); a != t.Lead && !slices.Contains(t.With, a) {
				t.With = append(t.With, a)
			}
		}
		due := c.due(born, r.Between(5, 40))
		if t.Level == 1 {
			t.SuperiorAt = due.AddDate(0, 0, 5)
		}
		c.liveTask(r, &t, due)
		c.Tasks = append(c.Tasks, t)
	}
}

// giveTask writes who gives the task, on what ground and what it is: work of
// the field of who leads it.
func (c *maker) giveTask(r simkit.Rand, t *Task) {
	lead := c.Agency(t.Lead)
	topic := simkit.Pick(r, lead.rooms).topic
	t.BasedDay = workday(t.Created.AddDate(0, 0, -2))
	number := func(letters string, yearly int) string {
		return fmt.Sprintf("%d/%s", max(1, yearly*t.BasedDay.YearDay()/366-r.IntN(9)), letters)
	}
	t.Content = "Chủ trì, phối hợp với các cơ quan, đơn vị liên quan tham mưu UBND tỉnh triển khai công tác " + topic
	if lead.Commune >= 0 || t.Level == 2 {
		t.Content = "Triển khai công tác " + topic + " " + where(c.issuerOf(t.Lead))
	}
	t.Content = rough(r, fmt.Sprintf("%s năm %d", t.Content, t.Created.Year()))
	switch t.Level {
	case 1:
		t.Assigner, t.BasedOn = "Thủ tướng Chính phủ", number("TB-VPCP", 640)
		t.BasedText = "Kết luận của Thủ tướng Chính phủ tại cuộc họp về công tác " + topic
	case 2:
		t.Assigner, t.BasedOn = lead.Head, number("KH-"+lead.Abbr, 200)
		t.BasedText = fmt.Sprintf("Thực hiện công tác %s năm %d", topic, t.BasedDay.Year())
	default:
		t.Assigner, t.BasedOn = "Chủ tịch UBND tỉnh", number("TB-VP", 500)
		t.BasedText = "Kết luận của Chủ tịch UBND tỉnh tại cuộc họp về công tác " + topic
	}
}

func (c *maker) liveTask(r simkit.Rand, t *Task, due time.Time) {
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
