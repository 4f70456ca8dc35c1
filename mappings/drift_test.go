package mappings

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/drift"
	"iocgateway/canonical/problem"
)

const driftMapping = `mapping: t/task
kind: task
dates: ["dd/MM/yyyy"]
fields:
  codes: [{system: local, from: id}]
  title: {from: title, required: true}
  status: {from: st, codelist: {a: in_progress, b: finished}}
  due_at: {from: due, on_invalid: unread}
  content: note
  assigner: {name: sep.ten}
`

func driftPlan(t testing.TB, text string) *Mapper {
	t.Helper()
	plan, err := Compile("task.yaml", []byte(text), Env{})
	if err != nil {
		t.Fatal(err)
	}
	return plan.Bind("s", "t")
}

// city is a stream as it is remembered, without a Log.
type city struct {
	t      testing.TB
	mapper *Mapper
	past   *drift.Past
	at     time.Time
	live   map[string]bool
	most   int // bytes of what is remembered
}

func newCity(t testing.TB, mapping string) *city {
	return &city{t: t, mapper: driftPlan(t, mapping), past: &drift.Past{}, live: map[string]bool{},
		at: time.Date(2026, 1, 1, 7, 0, 0, 0, time.FixedZone("+07:00", 7*3600))}
}

type raw = map[string]any

// run takes in a run of some Raws, in pages, and writes down what is remembered.
func (c *city) run(raws ...raw) {
	c.t.Helper()
	const page = 300
	for from := 0; from == 0 || from < len(raws); from += page {
		part := raws[from:min(from+page, len(raws))]
		watch := c.mapper.Watch(from == 0)
		for _, r := range part {
			payload, err := json.Marshal(r)
			if err != nil {
				c.t.Fatal(err)
			}
			key := fmt.Sprint(r["id"])
			if _, err := watch.Map(canonical.Raw{Kind: canonical.KindTask, Key: key, Payload: payload}); err == nil {
				c.live[key] = true
			}
		}
		c.past.Take(watch.Sight(), drift.Occasion{At: c.at, Mapping: c.mapper.Revision(), Begins: from == 0,
			Ends: from+page >= len(raws), Live: len(c.live)})
		text := c.past.Encode()
		c.most = max(c.most, len(text))
		c.past = drift.Read(text) // a restart at every page
	}
	c.at = c.at.Add(5 * time.Minute)
}

func (c *city) items() (out []string) {
	for i := range c.past.Items {
		item := &c.past.Items[i]
		out = append(out, string(item.What)+" "+item.Path)
	}
	slices.Sort(out)
	return out
}

// tasks are Raws from a number on, each made different by make.
func tasks(from, n int, change func(i int, r raw)) []raw {
	out := make([]raw, n)
	for i := range out {
		out[i] = raw{"id": from + i, "title": fmt.Sprint("Việc ", from+i), "st": string("ab"[i%2]), "due": "05/03/2026", "note": "ghi chú",
			"sep": raw{"ten": "Văn phòng"}, "khac": 1}
		if change != nil {
			change(i, out[i])
		}
	}
	return out
}

func without(r raw, name string) any {
	was := r[name]
	delete(r, name)
	return was
}

// TestEveryKindOfDrift: what a source changes for all its rows overnight is one
// item by the next run, with the shares before and now and an example.
func TestEveryKindOfDrift(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(i int, r raw)
		want   string // items, sorted
		breaks bool
		code   string // of the first item that breaks
		value  string // its example
	}{
		{"title renamed", func(_ int, r raw) { r["tieuDe"] = without(r, "title") }, "new tieuDe, vanished title", true, "GW-R071", "Việc 0"},
		{"title null", func(_ int, r raw) { r["title"] = nil }, "vanished title", true, "GW-R071", "Việc 0"},
		{"title blank", func(_ int, r raw) { r["title"] = "  " }, "vanished title", true, "GW-R071", "Việc 0"},
		{"title a level down", func(_ int, r raw) { r["chung"] = raw{"title": without(r, "title")} },
			"new chung.title, vanished title", true, "GW-R071", "Việc 0"},
		{"note gone in all", func(_ int, r raw) { delete(r, "note") }, "vanished note", true, "GW-R070", "ghi chú"},
		{"note gone in three of four", func(i int, r raw) {
			if i%4 > 0 {
				delete(r, "note")
			}
		}, "vanished note", true, "GW-R070", "ghi chú"},
		{"a member of an object renamed", func(_ int, r raw) { r["sep"] = raw{"name": "Văn phòng"} },
			"new sep.name, vanished sep.ten", true, "GW-R070", "Văn phòng"},
		{"an object becomes a text", func(_ int, r raw) { r["sep"] = "Văn phòng" }, "new sep, vanished sep.ten", true, "GW-R070", "Văn phòng"},
		{"status renamed", func(_ int, r raw) { r["state"] = without(r, "st") }, "new state, vanished st", true, "", ""},
		{"new words", func(_ int, r raw) { r["st"] = "IN_PROGRESS" }, "codes st", true, "GW-R072", "IN_PROGRESS"},
		{"other case", func(_ int, r raw) { r["st"] = strings.ToUpper(r["st"].(string)) }, "codes st", true, "GW-R072", "A"},
		{"numbers instead", func(_ int, r raw) { r["st"] = 1 }, "codes st", true, "GW-R072", "1"},
		{"one of two codes", func(i int, r raw) {
			if i%2 == 0 {
				r["st"] = "dang"
			}
		}, "codes st", true, "GW-R072", "dang"},
		{"codes in an object", func(_ int, r raw) { r["st"] = raw{"id": "a", "name": "A"} }, "type st", true, "GW-R073", ""},
		{"text to number", func(_ int, r raw) { r["title"] = 12.5 }, "type title", true, "GW-R073", "12.5"},
		{"text to object", func(_ int, r raw) { r["title"] = raw{"vi": r["title"]} }, "type title", true, "GW-R073", ""},
		{"text to list", func(_ int, r raw) { r["title"] = []any{r["title"], "b"} }, "type title", true, "GW-R073", ""},
		{"dates become epoch", func(_ int, r raw) { r["due"] = 1772643600 }, "type due", true, "GW-R073", "1772643600"},
		{"dates of another layout", func(_ int, r raw) { r["due"] = "2026-03-05" }, "unread due", true, "GW-R075", "2026-03-05"},
		{"a new member", func(_ int, r raw) { r["extra"] = "mới" }, "new extra", false, "GW-R074", ""},
		{"a new member in an object", func(_ int, r raw) { r["sep"] = raw{"ten": "A", "ma": "H48"} }, "new sep.ma", false, "GW-R074", ""},
		{"a new list", func(_ int, r raw) { r["tep"] = []any{raw{"ten": "a.pdf"}} }, "new tep[].ten", false, "GW-R074", ""},
		{"nothing", func(i int, r raw) { r["title"] = fmt.Sprint("Việc mới ", i) }, "", false, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, often := range []int{1, 8} { // all at once; or five at a time
				s := newCity(t, driftMapping)
				s.run(tasks(0, 40, nil)...)
				s.run()
				changed := tasks(0, 40, c.change)
				for part := range slices.Chunk(changed, 40/often) {
					s.run(part...)
				}
				if got := strings.Join(s.items(), ", "); got != c.want {
					t.Fatalf("in %d runs: %q, want %q", often, got, c.want)
				}
				breaks := drift.Breaks(s.past.Items)
				if (len(breaks) > 0) != c.breaks {
					t.Fatalf("in %d runs: %+v", often, s.past.Items)
				}
				if c.code == "" || len(breaks) == 0 {
					continue
				}
				p := breaks[0].Problem()
				if p.Code != c.code || often == 1 && c.value != "" && p.Value != c.value || p.OfSource()&problem.PartValue == 0 {
					t.Errorf("in %d runs: %+v %v", often, breaks[0], p)
				}
			}
		})
	}
}
