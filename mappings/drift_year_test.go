package mappings

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"iocgateway/canonical/drift"
	"iocgateway/deploy/dev/seed"
)

// yearMapping is of a source whose records have sub-types and stages.
const yearMapping = `mapping: t/task
kind: task
dates: ["dd/MM/yyyy"]
fields:
  codes: [{system: local, from: id}]
  title: title
  status: {from: st, codelist: {moi: not_started, dang: in_progress, xong: finished}}
  due_at: {from: han, on_invalid: unread}
  content: note
  created_at: {from: nhan, on_invalid: unread}
  finished_at: {from: ketqua.ngay, on_invalid: unread}
  assigner: {name: nguoi.ten}
  based_on: {subject: xa}
ignore: [loai, ketqua.so, phu]
`

// office is a simulated source: what it says on a day follows from chance only.
type office struct {
	*rand.Rand
	next   int
	change func(raw) // from the day something breaks
}

// record is one of a stage and a sub-type: most of what it has follows from these.
func (s *office) record(stage, kind int) raw {
	s.next++
	r := raw{"id": s.next, "loai": kind, "title": fmt.Sprint("Việc số ", s.next), "st": []string{"moi", "dang", "xong"}[stage],
		"nhan": "03/02/2026"}
	if stage > 0 {
		r["nguoi"] = raw{"ten": "Văn phòng"}
	}
	if stage == 2 {
		r["ketqua"] = raw{"ngay": "05/03/2026", "so": s.IntN(100)}
	} else if s.IntN(3) == 0 {
		r["ketqua"] = nil
	}
	if kind != 1 {
		r["han"] = "05/03/2026"
	}
	if kind == 2 {
		r["xa"] = "Xã Sơn Tịnh"
	}
	if s.IntN(10) < 3 {
		r["note"] = "ghi chú"
	}
	if s.IntN(200) == 0 {
		r["st"] = "khac" // a code nobody ever listed
	}
	if s.IntN(50) == 0 {
		r["title"] = s.next // sloppy clients send numbers
	}
	if s.IntN(100) == 0 {
		r["phu"] = raw{"x" + fmt.Sprint(s.IntN(1000)): 1}
	}
	if s.change != nil {
		s.change(r)
	}
	return r
}

// history is what a first walk finds: nearly all of it is finished.
func (s *office) history(n int) (out []raw) {
	for range n {
		stage := 2
		if s.IntN(50) == 0 {
			stage = s.IntN(2)
		}
		out = append(out, s.record(stage, s.IntN(3)))
	}
	return out
}

// run is what a run of an hour brings: nothing at night, at Tết and mostly at
// weekends; in the morning what is new, in the evening what was finished; some
// runs bring a hundred of one sub-type.
func (s *office) run(at time.Time) (out []raw) {
	day, hour := at.YearDay(), at.Hour()
	if hour < 7 || hour > 17 || day >= 45 && day <= 54 || (at.Weekday() == time.Sunday || at.Weekday() == time.Saturday) && s.IntN(10) > 0 {
		return nil
	}
	kind := -1
	n := s.IntN(9)
	if s.IntN(60) == 0 {
		kind, n = s.IntN(3), 100
	}
	if hour == 8 || hour == 17 {
		n += 25
	}
	for range n {
		stage := s.IntN(3)
		switch {
		case hour <= 8 && s.IntN(20) > 0:
			stage = 0
		case hour == 17 && s.IntN(20) > 0:
			stage = 2
		}
		of := kind
		if of < 0 {
			of = s.IntN(3)
		}
		out = append(out, s.record(stage, of))
	}
	return out
}

// TestAYearWithoutAFalseAlarm: whatever an ordinary year brings, nobody is called.
// What looks like a break by chance is rare, and not impossible: of four years
// nobody has seen one may have it (about one in a hundred, with a short history).
func TestAYearWithoutAFalseAlarm(t *testing.T) {
	spare := !seed.Fixed()
	for n := range 4 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			s := &office{Rand: seed.Rand(t)}
			c := newCity(t, yearMapping)
			c.run(s.history([]int{1500, 300, 60, 25}[n])...)
			seen := 0
			for hour := range 365 * 24 {
				at := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC).Add(time.Duration(hour) * time.Hour)
				if raws := s.run(at); len(raws) > 0 {
					seen += len(raws)
					c.run(raws...)
				}
				if len(c.past.Items) > 0 && spare {
					spare = false
					t.Logf("%s, after %d records: %+v", at.Format("02/01 15:04"), seen, c.past.Items)
					return
				}
				if len(c.past.Items) > 0 {
					for k, v := range c.past.Frames[0].Kinds {
						t.Log(k, v)
					}
					for _, r := range c.past.Runs {
						t.Log(r.Raws, r.Frames[0].Kinds, r.Frames[0].Rest)
					}
					t.Log(len(c.live))
					t.Fatalf("%s, after %d records: %+v", at.Format("02/01 15:04"), seen, c.past.Items)
				}
			}
			t.Logf("%d records, %d bytes remembered at most", seen, c.most)
			if seen < 10_000 || c.most > drift.MaxBytes {
				t.Errorf("%d records, %d bytes", seen, c.most)
			}
		})
	}
}

// breaks are what a source may do overnight; has says which records show it.
func breaks() []struct {
	name   string
	want   string
	has    func(raw) bool
	change func(raw)
} {
	all := func(raw) bool { return true }
	in := func(name string) func(raw) bool { return func(r raw) bool { return r[name] != nil } }
	rename := func(from, to string) func(raw) {
		return func(r raw) {
			if was, there := r[from]; there {
				delete(r, from)
				r[to] = was
			}
		}
	}
	return []struct {
		name   string
		want   string
		has    func(raw) bool
		change func(raw)
	}{
		{"title renamed", "vanished title", all, rename("title", "tieuDe")},
		{"title null", "vanished title", all, func(r raw) { r["title"] = nil }},
		{"received a level down", "vanished nhan", all, func(r raw) { r["ngay"] = raw{"nhan": without(r, "nhan")} }},
		{"assigner renamed", "vanished nguoi.ten", in("nguoi"), rename("nguoi", "canBo")},
		{"result renamed", "vanished ketqua.ngay", in("ketqua"), rename("ketqua", "result")},
		// Raws of the sub-type look like those of another without it: what is new tells.
		{"a sub-type's member renamed", "new diaBan", in("xa"), rename("xa", "diaBan")},
		{"a member of some renamed", "vanished note", in("note"), rename("note", "noiDung")},
		{"due null in all", "vanished han", all, func(r raw) { r["han"] = nil }},
		{"a sub-type's member null in all", "vanished xa", in("xa"), func(r raw) { r["xa"] = nil }},
		{"codes in capitals", "codes st", all, func(r raw) { r["st"] = strings.ToUpper(fmt.Sprint(r["st"])) }},
		{"codes are numbers", "codes st", all, func(r raw) { r["st"] = len(fmt.Sprint(r["st"])) }},
		{"title an object", "type title", all, func(r raw) { r["title"] = raw{"vi": r["title"]} }},
		{"received a number", "type nhan", all, func(r raw) { r["nhan"] = 1772643600 }},
		{"a new member", "new themMoi", all, func(r raw) { r["themMoi"] = "x" }},
	}
}

// TestEveryPlantedBreakIsFound: whenever it happens, by the run with which
// twice as many records that show it have come as are needed at least; where
// some only have a member, a batch of others may hide it for longer.
func TestEveryPlantedBreakIsFound(t *testing.T) {
	for _, b := range breaks() {
		t.Run(b.name, func(t *testing.T) {
			random := seed.Rand(t)
			for range seed.Rounds(t, 3) {
				s := &office{Rand: rand.New(rand.NewPCG(random.Uint64(), 1))}
				c := newCity(t, yearMapping)
				c.run(s.history(800)...)
				quiet := 24 * (25 + random.IntN(30)) // it is known by then what is usual
				start := time.Date(2026, 1, 2+random.IntN(300), random.IntN(24), 0, 0, 0, time.UTC)
				shown := 0
				for hour := range quiet + 24*40 {
					if hour == quiet {
						s.change = func(r raw) {
							if b.has(r) {
								shown++
							}
							b.change(r)
						}
					}
					if raws := s.run(start.Add(time.Duration(hour) * time.Hour)); len(raws) > 0 {
						c.run(raws...)
					}
					if slices.Contains(c.items(), b.want) {
						break
					}
					most := drift.Least * 2
					if b.name == "a member of some renamed" {
						most = drift.Least * 5
					}
					if shown >= most {
						for k, v := range c.past.Frames[0].Kinds {
							t.Log(k, v)
						}
						for _, r := range c.past.Runs {
							t.Log(r.Raws, r.Frames[0].Kinds, r.Frames[0].Rest)
						}
						t.Fatalf("%d records show it since %d runs: %v", shown, hour-quiet, c.items())
					}
				}
				if !slices.Contains(c.items(), b.want) {
					t.Fatalf("never found; %d show it", shown)
				}
			}
		})
	}
}
