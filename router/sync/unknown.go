package sync

import (
	"cmp"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// Unknowns remembers which coded values of a stream no list knows: a person
// adds them to the list, and must not have to look for them. It begins anew with
// the process and with every other mapping.
type Unknowns struct {
	mu      sync.Mutex
	mapping string
	seen    map[[2]string]*health.UnknownCode
	beyond  map[[2]string]struct{} // values that are counted and not remembered
}

const (
	unknownsMost = 100 // values remembered; a field that is no code has no end of them
	unknownsTold = 10
	// … and so many more are counted: "and N more" is then "at least N more".
	unknownsCounted = 2000
)

// note takes in what of a page was published with unknown codes.
func (u *Unknowns) note(mapping string, items []journal.Item, outcomes []journal.Outcome, now time.Time) {
	if u == nil {
		return
	}
	for i, outcome := range outcomes {
		if rec := items[i].Record; outcome == journal.Published && rec != nil && rec.Index.Unknown > 0 {
			u.take(mapping, rec, now)
		}
	}
}

func (u *Unknowns) take(mapping string, rec *canonical.Record, now time.Time) {
	var body map[string]any
	if json.Unmarshal(rec.Body, &body) != nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.mapping != mapping || u.seen == nil {
		u.mapping, u.seen, u.beyond = mapping, map[[2]string]*health.UnknownCode{}, map[[2]string]struct{}{}
	}
	unknownsOf("", body, func(field, value string) {
		at := [2]string{field, problem.Short(value)}
		known := u.seen[at]
		if known == nil {
			if len(u.seen) >= unknownsMost {
				if len(u.beyond) < unknownsCounted {
					u.beyond[at] = struct{}{}
				}
				return
			}
			known = &health.UnknownCode{Field: field, Value: at[1], First: now}
			u.seen[at] = known
		}
		known.Count++
	})
}

// unknownsOf finds what a record's body says is unknown: a coded member with
// what the source wrote beside it, or a value kept as unread.
func unknownsOf(path string, body map[string]any, found func(field, value string)) {
	for name, member := range body {
		switch v := member.(type) {
		case string:
			raw, _ := body[name+"_raw"].(map[string]any) // canonical.CodeRaw
			code, _ := raw["code"].(string)
			label, _ := raw["label"].(string)
			if was := cmp.Or(code, label); was != "" && v == canonical.StatusUnknown {
				found(path+name, was)
			}
		case map[string]any:
			unknownsOf(path+name+".", v, found)
		case []any:
			for _, item := range v {
				inner, _ := item.(map[string]any)
				field, named := inner["field"].(string)
				if raw, kept := inner["raw"].(string); name == "unread" && named && kept && codeIsUnknown(inner["code"]) {
					found(field, raw)
				}
			}
		}
	}
}

func codeIsUnknown(code any) bool {
	text, _ := code.(string)
	return (&problem.Problem{Code: text}).Reason() == problem.UnknownCode
}

// UnknownCodes are the values seen most, with how often and since when, and
// how many there are beside them.
func (s *Syncer) UnknownCodes() (most []health.UnknownCode, more int) {
	u := s.Unknown
	if u == nil {
		return nil, 0
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	all := make([]health.UnknownCode, 0, len(u.seen))
	for _, c := range u.seen {
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b health.UnknownCode) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Value, b.Value))
	})
	told := min(len(all), unknownsTold)
	return all[:told], len(all) - told + len(u.beyond)
}
