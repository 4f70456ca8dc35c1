package city

import (
	"fmt"
	"slices"
	"time"

	"iocgateway/adapters/simkit"
)

// Dossier is one application and all that happens to it.
type Dossier struct {
	N          int
	ID         string // 24 hexadecimal digits
	NationCode string // empty where it was handed in at a counter
	Procedure  int
	Agency     int
	Commune    int
	Old        bool // handed in before July 2025: old units, old order of codes
	Channel    int  // 1 direct, 2 online, 3 postal
	Applicant  Person
	Subject    string
	Fee        int
	Created    time.Time
	States     []DossierState
	Nation     []LegState // what the national portal shows
	Linked     []LegState // what the hub of linked procedures shows; empty where not linked
}

// DossierState is a dossier from a moment on. Status is the national number
// 1–10.
type DossierState struct {
	At         time.Time
	Status     int
	Code       string // the province's code, which a few times changes
	Due        time.Time
	Note       string
	Officer    string
	Gone       bool // removed in the source
	Quiet      bool // the source did not move updatedDate for it
	Files      int
	EditedTail string // added to the subject by an edit after closing
}

// When is the moment.
func (s DossierState) When() time.Time { return s.At }

// LegState is the state of a leg from a moment on.
type LegState struct {
	At     time.Time
	Status int
}

// When is the moment.
func (s LegState) When() time.Time { return s.At }

// DossierView is a dossier as of a moment.
type DossierView struct {
	*Dossier
	Now     DossierState
	History []DossierState
	Updated time.Time
	// NationStatus and LinkedStatus are the legs' states; 0 is none yet.
	NationStatus, LinkedStatus int
}

// RowKey is the dossier's id.
func (v DossierView) RowKey() string { return v.ID }

// RowTime is the time of change the source shows.
func (v DossierView) RowTime() time.Time { return v.Updated }

// First gives the first time the dossier had one of the states, or zero.
func (v DossierView) First(status ...int) time.Time {
	for _, s := range v.History {
		if slices.Contains(status, s.Status) {
			return s.At
		}
	}
	return time.Time{}
}

// DossierLabel is the national name of a status.
func DossierLabel(status int) string {
	names := []string{"", "Mới đăng ký", "Được tiếp nhận", "Không được tiếp nhận", "Đang xử lý", "Yêu cầu bổ sung giấy tờ",
		"Yêu cầu thực hiện nghĩa vụ tài chính", "Công dân yêu cầu rút hồ sơ", "Dừng xử lý", "Đã xử lý xong", "Đã trả kết quả"}
	if status < 1 || status >= len(names) {
		return ""
	}
	return names[status]
}

// DossiersAt lists the dossiers that exist at t, oldest first. Removed ones
// are in it, with Now.Gone.
func (c *City) DossiersAt(t time.Time) []DossierView {
	out := make([]DossierView, 0, len(c.Dossiers))
	for i := range c.Dossiers {
		if v, ok := c.Dossiers[i].At(t); ok {
			out = append(out, v)
		}
	}
	return out
}

// At is the dossier as of t; false before it began.
func (d *Dossier) At(t time.Time) (DossierView, bool) {
	h := upTo(d.States, t)
	if len(h) == 0 {
		return DossierView{}, false
	}
	v := DossierView{Dossier: d, Now: h[len(h)-1], History: h}
	for _, s := range h {
		if !s.Quiet {
			v.Updated = s.At
		}
	}
	if n := upTo(d.Nation, t); len(n) > 0 {
		v.NationStatus = n[len(n)-1].Status
	}
	if n := upTo(d.Linked, t); len(n) > 0 {
		v.LinkedStatus = n[len(n)-1].Status
	}
	return v, true
}

func (c *maker) makeDossiers() {
	n := c.all(c.Sizes.Dossiers)
	c.Dossiers = make([]Dossier, 0, n)
	seq := map[string]int{}
	for i := range n {
		r := simkit.NewRand(c.Seed, "dossier", i)
		d := c.newDossier(r, i)
		a := c.Agency(d.Agency)
		id := a.ID
		if d.Old {
			id = a.OldID
		}
		day := id + "-" + d.Created.Format("060102")
		seq[day]++
		c.liveDossier(r, &d, fmt.Sprintf("%s-%04d", day, seq[day]))
		c.Dossiers = append(c.Dossiers, d)
	}
}

func (c *maker) newDossier(r simkit.Rand, i int) Dossier {
	d := Dossier{N: i, ID: fmt.Sprintf("65%06x%s%06x", i*2654435761%0xffffff, r.Hex(10), i), Channel: 2,
		Created: c.born(r, i, c.Sizes.Dossiers)}
	if i < c.Sizes.Dossiers && i%20 == 3 {
		d.Old = true
		start := time.Date(2025, 2, 3, 0, 0, 0, 0, Zone())
		d.Created = c.work.at(c.work.hours(start) + r.Float64()*8*100) // February to June 2025
	}
	d.Procedure = c.drawProcedure(r, d.Created)
	p := c.Procedures[d.Procedure]
	d.Commune, d.Fee = r.IntN(len(c.Communes)), p.Fee
	d.Applicant = c.person(r, d.Commune, max(eldest, p.since))
	d.Agency = c.committeeOf(d.Commune)
	if p.Holder != "" {
		d.Agency = c.holder(p.Holder)
	}
	switch {
	case p.desk || r.Chance(15):
		d.Channel = 1
	case r.Chance(4):
		d.Channel = 3
	}
	if d.Channel == 2 && !d.Old {
		d.NationCode = fmt.Sprintf("G22.%02d.%02d-%s-%04d", 1+d.Procedure, 1+d.Agency%30, d.Created.Format("060102"), i%10000)
	}
	who := d.Applicant.Name
	if p.firm != "" {
		who = firm(r, p.firm)
		d.Applicant.Business = who
	}
	d.Subject = rough(r, fmt.Sprintf(p.ask, who))
	return d
}

// liveDossier writes the whole life: received, processed, perhaps asked for
// more, extended, withdrawn, renumbered, removed, and edited after the end.
func (c *maker) liveDossier(r simkit.Rand, d *Dossier, code string) {
	p := c.Procedures[d.Procedure]
	l := dossierLife{c: c, r: r, d: d, now: DossierState{At: d.Created, Status: 1, Code: code, Files: r.Between(1, 4)}}
	l.add(0, 1, "Công dân nộp hồ sơ")
	switch {
	case r.Chance(2):
		l.add(3, 3, "Hồ sơ không thuộc thẩm quyền")
	case r.Chance(1.5):
		l.add(5, 7, "Công dân yêu cầu rút hồ sơ")
	default:
		l.now.Due = c.due(c.work.after(d.Created, 2), p.Days)
		l.add(2, 2, "Tiếp nhận hồ sơ")
		l.process(p)
	}
	lost, restored := r.Chance(0.5), r.Chance(0.6)
	if (lost || restored) && l.now.At.Before(c.Start) { // removals are something to see happen, not history
		l.now.At = c.work.after(c.Start, r.Float64()*8*float64(c.Sizes.Ahead)/2)
	}
	if restored { // gone, and back after a day
		l.now.Gone = true
		l.add(6, l.now.Status, "Xóa nhầm")
		l.now.Gone = false
		l.add(8, l.now.Status, "Khôi phục")
	} else if lost {
		l.now.Gone = true
		l.add(9, l.now.Status, "Hồ sơ trùng")
	}
	c.legs(r, d, p)
}

type dossierLife struct {
	c   *maker
	r   simkit.Rand
	d   *Dossier
	now DossierState
}

// add goes on by some hours of work, up to half as much again, and is in status then.
func (l *dossierLife) add(hours float64, status int, note string) {
	if hours > 0 {
		t := l.c.work.after(l.now.At, hours*(0.5+l.r.Float64()))
		if !t.After(l.now.At) {
			t = l.now.At.Add(time.Minute)
		}
		l.now.At = t
	}
	l.now.Status, l.now.Note = status, note
	l.now.Officer = l.c.officer(l.r, l.d.Agency)
	l.d.States = append(l.d.States, l.now)
	l.now.Quiet = false
}

func (l *dossierLife) process(p Procedure) {
	l.add(3, 4, "Chuyển phòng chuyên môn thẩm định")
	if l.r.Chance(12) {
		l.add(6, 5, "Yêu cầu bổ sung giấy tờ còn thiếu")
		l.now.Due = l.c.due(l.now.Due, 3)
		l.now.Files++
		l.add(12, 4, "Công dân đã bổ sung")
	}
	if l.r.Chance(5) {
		l.add(4, 6, "Thông báo nghĩa vụ tài chính")
		l.add(8, 4, "Đã nộp đủ")
	}
	if l.r.Chance(4) {
		l.now.Due = l.c.due(l.now.Due, 5)
		l.add(2, 4, "Gia hạn giải quyết")
	}
	if l.r.Chance(3) { // an attachment changes and updatedDate does not
		l.now.Files++
		l.now.Quiet = true
		l.add(1, 4, "Thay tệp đính kèm")
	}
	if l.r.Chance(0.7) {
		l.now.Code += "R"
		l.now.Code = renumbered(l.now.Code)
		l.add(1, 4, "Cấp lại mã hồ sơ")
	}
	if l.r.Chance(2) {
		l.add(8, 8, "Dừng xử lý")
		return
	}
	if l.r.Chance(5) { // the slow ones, which the due date passes
		l.add(float64(p.Days)*8*2+80, 4, "Chờ ý kiến cơ quan phối hợp")
	}
	l.add(float64(p.Days)*8*0.8, 9, "Đã có kết quả")
	if l.r.Chance(3) {
		l.add(3, 4, "Kết quả sai sót, xử lý lại")
		l.add(8, 9, "Đã có kết quả")
	}
	l.add(10, 10, "Trả kết quả cho công dân")
	if l.r.Chance(6) {
		l.now.EditedTail = " (đã đính chính)"
		l.add(60, 10, "Sửa trích yếu sau khi trả kết quả")
	}
}

// renumbered gives the code another running number, far from those in use.
func renumbered(code string) string {
	code = code[:len(code)-1]
	return code[:len(code)-4] + "9" + code[len(code)-3:]
}

// legs writes what other systems show: the national portal follows after
// minutes and takes 5, 6 and 8 for 9; for a few it stays behind.
func (c *maker) legs(r simkit.Rand, d *Dossier, p Procedure) {
	stays := r.Chance(3)
	for i, s := range d.States {
		if stays && i > 1 {
			break
		}
		st := s.Status
		if st == 5 || st == 6 || st == 8 {
			st = 9
		}
		if d.NationCode != "" {
			d.Nation = append(d.Nation, LegState{s.At.Add(time.Duration(r.Between(1, 20)) * time.Minute), st})
		}
		if p.Linked {
			d.Linked = append(d.Linked, LegState{s.At.Add(time.Duration(r.Between(5, 90)) * time.Minute), linkedStatus(s.Status)})
		}
	}
	byTime := func(a, b LegState) int { return a.At.Compare(b.At) }
	slices.SortFunc(d.Nation, byTime)
	slices.SortFunc(d.Linked, byTime)
}

// linkedStatus is the hub's number for a national one.
func linkedStatus(status int) int {
	switch status {
	case 1:
		return 1
	case 2:
		return 3
	case 3, 7:
		return 6
	case 5, 6:
		return 2
	case 9:
		return 4
	case 10:
		return 5
	}
	return 7
}
