package faults_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestHeldRowsAreNoRecords: what was held of a list of a round length is not
// called records that are missing from it, and leaves quarantine once two lists
// have everything that is here and not it.
func TestHeldRowsAreNoRecords(t *testing.T) {
	list := func(n, keyless int, total string) string {
		var all []string
		for i := 1; i <= n; i++ {
			id := fmt.Sprintf(`"id":%d,`, i)
			if i > n-keyless {
				id = ""
			}
			all = append(all, fmt.Sprintf(`{%s"title":"T%d","st":"a"}`, id, i))
		}
		return `{"rows":[` + strings.Join(all, ",") + `]` + total + `}`
	}
	wire := func(paging string) string {
		return rest("", "request: {path: /t}, paging: {"+paging+"}, records: {path: rows, key: id}, watermark: {kind: none}, sweep: {complete: true}")
	}
	days := func(n, keyless int, total string) []day {
		live := fmt.Sprintf("1..%d", n)
		bad := doubtful("", list(n, keyless, total), live, "GW-R010", "", "GW-S023") // of what came new all is held
		right := fine("", list(n, 0, total), live)
		waits := doubtful("", right.text, live, "GW-R010", "GW-R027", "GW-S023")
		waits.warns = "GW-R027"
		gone := right
		gone.notes = "GW-R057"
		return []day{right, bad, waits, gone, right}
	}
	judge(t, []fault{
		{kind: "keyless", form: "with its total", source: wire("kind: none, total: total"), days: days(100, 2, `,"total":100`)},
		{kind: "keyless", form: "without one", source: wire("kind: none"), days: days(150, 1, "")},
		{kind: "keyless", form: "another length", source: wire("kind: none, total: total"), days: days(200, 3, `,"total":200`)},
	})
}
