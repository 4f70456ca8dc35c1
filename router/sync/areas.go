package sync

import (
	"bytes"
	"encoding/json"
	"strconv"
	"sync"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/units"
	"iocgateway/router/journal"
)

// Areas watches which day's list of administrative units the codes of a stream
// are of. A code without a day is not a key: taken as of another day, nearly
// every one of them is another unit, and nothing else would show it. It begins
// anew with the process and with every other mapping.
type Areas struct {
	table *units.Table

	mu      sync.Mutex
	mapping string
	lists   *units.Vintage
	seen    map[string]struct{} // areas as they stand in records
	stale   bool                // there are some that were not judged yet
	warning *problem.Problem
}

// areasMost is how many areas are looked at; beyond them nothing new is learned.
const areasMost = 20_000

// NewAreas watches by a table; without one nothing is watched.
func NewAreas(table *units.Table) *Areas { return &Areas{table: table} }

// note takes in what the mapping made.
func (a *Areas) note(mapping string, items []journal.Item) {
	if a == nil || a.table == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.mapping != mapping || a.lists == nil {
		a.mapping, a.lists, a.seen, a.warning = mapping, units.NewVintage(a.table), map[string]struct{}{}, nil
	}
	for i := range items {
		if rec := items[i].Record; rec != nil && rec.Index.Area != "" && !rec.Gone {
			a.take(rec.Body)
		}
	}
}

// take reads the area of a record's body, as it is written: as a flat object.
func (a *Areas) take(body []byte) {
	const member = `"area":{`
	from := bytes.Index(body, []byte(member))
	if from < 0 || len(a.seen) >= areasMost {
		return
	}
	text := body[from+len(member)-1:]
	end := bytes.IndexByte(text, '}') + 1
	if _, again := a.seen[string(text[:end])]; again || end == 0 {
		return
	}
	a.seen[string(text[:end])] = struct{}{}
	var area canonical.Area
	if json.Unmarshal(text[:end], &area) != nil {
		return
	}
	a.lists.Add(area.Code, area.Name, area.On)
	a.stale = true
}

// warn notes in a run that the mapping takes codes to be of another day's list
// than the one they fit. It is said with every run, until another mapping is in use.
func (a *Areas) warn(run *journal.Run) {
	if a == nil || a.table == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stale {
		a.stale, a.warning = false, nil
		if v := a.lists.Verdict(); v.As != "" {
			a.warning = &problem.Problem{Code: "GW-R061", Field: "area.on", Value: strconv.Itoa(v.Right), Want: strconv.Itoa(v.Taken),
				Path: string(v.As), Near: string(v.Other.Day) + ": " + strconv.Itoa(v.Other.Codes)}
		}
	}
	if a.warning != nil {
		run.Notes = append(run.Notes, *a.warning)
	}
}
