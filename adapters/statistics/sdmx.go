package statistics

import (
	"slices"
	"sort"
	"strings"
)

// attributeIDs are the concepts that SDMX writers commonly attach to series and
// observations without making them dimensions. A file without its structure
// does not mark which is which.
func attributeID(id string) bool {
	switch id {
	case "OBS_STATUS", "CONF_STATUS", "OBS_CONF", "OBS_PRE_BREAK", "PRE_BREAK_VALUE", "OBS_COM", "OBS_COMMENT", "COMMENT", "COMMENTS",
		"COMMENT_OBS", "COMMENT_TS", "UNIT_MULT", "UNIT_MULTIPLIER", "POWERCODE", "DECIMALS", "UNIT", "BASE_PER", "REFERENCEPERIOD",
		"UNIT_INDEX_BASE", "TIME_FORMAT", "TITLE", "TITLE_COMPL", "COLLECTION", "COMPILATION", "COVERAGE", "SOURCE", "SOURCE_AGENCY",
		"SOURCE_PUB", "SOURCE_DETAIL", "DISS_ORG", "DOM_SER_IDS", "AVAILABILITY", "BREAKS", "METHODOLOGY", "NATIONAL_LANG_TITLE",
		"PUBL_PUBLIC", "PUBL_ECB", "PUBL_MU", "TIME_PER_COLLECT", "REF_PERIOD_DETAIL", "EMBARGO_DATE", "EMBARGO_TIME", "LAST_UPDATE",
		"UPDATED", "REPORTING_YEAR_START_DAY", "NOTE", "NOTES", "CUST_BREAKDOWN", "CUST_BREAKDOWN_LB":
		return true
	}
	return false
}

// isDimension parts a dimension from an attribute: by the settings, else by
// what the concept commonly is.
func (s *tableSettings) isDimension(id string) bool {
	if len(s.Dimensions) > 0 {
		return slices.Contains(s.Dimensions, id)
	}
	return !attributeID(id) && !slices.Contains(s.Attributes, id)
}

// series is what the observations of one series share.
type series struct {
	dims  []member
	attrs []member
}

// sdmxObservation puts an observation together. Dimensions are sorted by their
// id, because writers do not keep an order; the period comes last.
func sdmxObservation(table string, cfg *tableSettings, s *series, dims, attrs []member, value string) *observation {
	o := &observation{table: table, value: value, time: -1}
	o.dims = append(append(make([]member, 0, len(s.dims)+len(dims)), s.dims...), dims...)
	o.attrs = append(append(make([]member, 0, len(s.attrs)+len(attrs)), attrs...), s.attrs...)
	isTime := func(m member) bool {
		if cfg.Time != "" {
			return m.id == cfg.Time
		}
		return m.id == "TIME_PERIOD" || m.id == "TIME"
	}
	sort.SliceStable(o.dims, func(i, j int) bool {
		if a, b := isTime(o.dims[i]), isTime(o.dims[j]); a != b {
			return b
		}
		return o.dims[i].id < o.dims[j].id
	})
	if last := len(o.dims) - 1; last >= 0 && isTime(o.dims[last]) {
		o.time = last
	}
	seen := map[string]bool{}
	kept := o.attrs[:0]
	for _, a := range o.attrs { // an observation's own attribute goes before its series'
		if !seen[a.id] && a.code != "" {
			seen[a.id] = true
			kept = append(kept, a)
		}
	}
	o.attrs = kept
	for _, a := range slices.Concat(o.attrs, o.dims) {
		switch a.id {
		case "OBS_STATUS":
			o.status = a.code
		case "UNIT", "UNIT_MEASURE":
			o.unit = firstOf(o.unit, a.label, a.code)
		case "DECIMALS":
			o.decimals = a.code
		}
	}
	return o
}

// groups are attributes of several series at once, found by the dimensions
// that the group names.
type groups struct {
	sets  [][]string // ids that groups name, each sorted
	attrs map[string][]member
}

const maxGroups = 100_000

func (g *groups) add(dims, attrs []member) {
	if len(dims) == 0 || len(attrs) == 0 || len(g.attrs) >= maxGroups {
		return
	}
	if g.attrs == nil {
		g.attrs = map[string][]member{}
	}
	var ids []string
	for _, d := range dims {
		ids = append(ids, d.id)
	}
	sort.Strings(ids)
	if !slices.ContainsFunc(g.sets, func(s []string) bool { return slices.Equal(s, ids) }) {
		g.sets = append(g.sets, ids)
	}
	g.attrs[signature(ids, dims)] = attrs
}

func (g *groups) of(dims []member) []member {
	var out []member
	for _, ids := range g.sets {
		out = append(out, g.attrs[signature(ids, dims)]...)
	}
	return out
}

func signature(ids []string, dims []member) string {
	var b strings.Builder
	for _, id := range ids {
		if i := find(dims, id); i >= 0 {
			b.WriteString(id + "\x00" + dims[i].code + "\x00")
		}
	}
	return b.String()
}
