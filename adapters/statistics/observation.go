package statistics

import (
	"hash/maphash"
	"path"
	"slices"
	"strings"
	"time"

	"iocgateway/adapters/tabular"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// member is one dimension or attribute of an observation.
type member struct {
	id    string
	code  string
	label string
}

// observation is one cell of a table, as its format has it.
type observation struct {
	table    string
	title    string
	dims     []member // with the time dimension, where the table has one
	time     int      // its position in dims, or -1
	value    string
	status   string
	unit     string
	decimals string
	updated  string
	attrs    []member
	gone     bool
	where    string // its place in the file, for problems
}

// emitter makes Raws of observations. It is used for one file or answer.
type emitter struct {
	kind        canonical.Kind
	file        string
	missing     map[string]bool
	seed        maphash.Seed
	seen        map[uint64]struct{}
	prefix      string
	tables      int
	periods     map[string]Period
	shown       bool   // the time of update stands in the payload too
	updatedText string // the time of update read last, as it stood
	updatedTime time.Time
	whole       bool // what was read lists its table completely
}

const maxSeen = 4_000_000

func newEmitter(kind canonical.Kind, file string, cfg *tableSettings) *emitter {
	e := &emitter{kind: kind, file: file, seed: maphash.MakeSeed(), seen: map[uint64]struct{}{}, missing: map[string]bool{},
		periods: map[string]Period{}, whole: true, shown: cfg.Updated}
	for _, m := range append([]string{"", ".", "..", "...", "....", "-", ":", "nan", "na", "n/a", "n.a.", "null", "x", "…"}, cfg.Missing...) {
		e.missing[strings.ToLower(m)] = true
	}
	return e
}

// KeyPrefix is the table that was listed completely, when it was only one.
func (e *emitter) KeyPrefix() (string, bool) { return e.prefix, e.whole && e.tables == 1 }

func tablePrefix(table string) string {
	key, _ := tabular.JoinKey("", []string{table, ""})
	return key
}

// item makes one Raw. An observation's key is its table and its dimensions,
// the period in one form whatever its label ("Sơ bộ 2023" becomes "2023").
func (e *emitter) item(o *observation) tabular.Item {
	if prefix := tablePrefix(o.table); prefix != e.prefix {
		e.prefix = prefix
		e.tables++
	}
	parts := make([]string, 0, len(o.dims)+1)
	parts = append(parts, o.table)
	var period Period
	for i, d := range o.dims {
		if i == o.time {
			period = e.periodOf(o, d)
			parts = append(parts, period.keyPart(d))
			continue
		}
		parts = append(parts, d.code)
	}
	key, _ := tabular.JoinKey("", parts)
	value, missing, found := e.number(o)
	raw := canonical.Raw{Kind: e.kind, Key: key, Gone: o.gone, At: e.updated(o.updated)}
	raw.Payload = payload(o, period, value, missing, e.shown)
	if sum := maphash.String(e.seed, key); found == nil {
		if _, again := e.seen[sum]; again {
			found = &problem.Problem{Code: "GW-D036", Path: o.where}
			raw.Key = key + "#" + o.where
		} else if len(e.seen) < maxSeen {
			e.seen[sum] = struct{}{}
		}
	}
	if found != nil {
		found.File = problem.Short(e.file)
	}
	return tabular.Item{Raw: raw, Problem: found}
}

// number parts values from signs for "none". Anything else is refused: it is
// neither guessed nor dropped.
func (e *emitter) number(o *observation) (value, missing string, found *problem.Problem) {
	text := strings.TrimSpace(o.value)
	if isNumber(text) {
		return text, "", nil
	}
	if e.missing[strings.ToLower(text)] {
		if text == "" {
			text = ".."
		}
		return "", text, nil
	}
	return "", "", &problem.Problem{Code: "GW-D030", Path: o.where, Value: problem.Short(text)}
}

// isNumber is the grammar of a JSON number, a leading plus allowed.
func isNumber(s string) bool {
	s = strings.TrimPrefix(s, "+")
	s = strings.TrimPrefix(s, "-")
	s, whole := digits(s)
	if rest, ok := strings.CutPrefix(s, "."); ok {
		var fraction int
		s, fraction = digits(rest)
		whole += fraction
	}
	if whole == 0 {
		return false
	}
	if s == "" {
		return true
	}
	if s[0] != 'e' && s[0] != 'E' {
		return false
	}
	s = strings.TrimLeft(s[1:], "+-")
	s, exponent := digits(s)
	return s == "" && exponent > 0 && exponent <= 3
}

func digits(s string) (rest string, count int) {
	for count < len(s) && s[count] >= '0' && s[count] <= '9' {
		count++
	}
	return s[count:], count
}

func (e *emitter) periodOf(o *observation, d member) Period {
	freq := ""
	for _, m := range o.dims {
		if m.id == "FREQ" || m.id == "Freq" {
			freq = m.code
		}
	}
	text := d.label
	if text == "" {
		text = d.code
	}
	if p := e.period(text, freq); p.Freq != "" {
		return p
	}
	p := e.period(d.code, freq)
	p.Label = text
	return p
}

// period is ParsePeriod with a memory: a table has few periods and many cells.
func (e *emitter) period(text, freq string) Period {
	key := freq + " " + text
	p, known := e.periods[key]
	if !known {
		p = ParsePeriod(text, freq)
		if len(e.periods) < 10_000 {
			e.periods[key] = p
		}
	}
	return p
}

// updated is the source's time of change. It is the Raw's, not its content's: a
// table that was published again with the same value is no revision of it.
func (e *emitter) updated(text string) time.Time {
	if text == e.updatedText {
		return e.updatedTime
	}
	e.updatedText, e.updatedTime = text, time.Time{}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if at, err := time.ParseInLocation(layout, text, vntext.Zone()); err == nil {
			e.updatedTime = at
			break
		}
	}
	return e.updatedTime
}

// payload writes an observation as one JSON object, always in this order.
func payload(o *observation, period Period, value, missing string, shown bool) []byte {
	dst := make([]byte, 0, 512)
	dst = tabular.AppendMember(append(dst, '{'), "table", o.table)
	dst = some(dst, "title", o.title)
	dst = object(dst, "dims", o.dims, func(m member) string { return m.code })
	dst = object(dst, "labels", o.dims, func(m member) string { return m.label })
	if o.time >= 0 {
		dst = append(dst, `,"period":{`...)
		if period.Freq != "" {
			dst = tabular.AppendMember(dst, "freq", period.Freq)
			dst = tabular.AppendMember(dst, "start", period.Start)
			dst = tabular.AppendMember(dst, "end", period.End)
		}
		dst = append(tabular.AppendMember(dst, "label", vntext.Clean(period.Label)), '}')
	}
	if missing == "" && value != "" {
		dst = tabular.AppendMember(dst, "value", value)
	} else {
		dst = append(dst, `,"value":null`...)
		dst = some(dst, "missing", missing)
	}
	dst = some(dst, "status", o.status)
	dst = some(dst, "unit", o.unit)
	dst = some(dst, "decimals", o.decimals)
	if shown {
		dst = some(dst, "updated", o.updated)
	}
	if period.Flag != "" {
		dst = append(append(dst, `,"flags":[`...), '"')
		dst = append(append(dst, period.Flag...), '"', ']')
	}
	if len(o.attrs) > 0 {
		dst = object(dst, "attributes", o.attrs, func(m member) string { return m.code })
	}
	return append(dst, '}')
}

func some(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	return tabular.AppendMember(dst, name, value)
}

func object(dst []byte, name string, members []member, of func(member) string) []byte {
	dst = append(tabular.AppendJSONString(append(dst, ','), name), ':', '{')
	for _, m := range members {
		if text := of(m); text != "" {
			dst = tabular.AppendMember(dst, m.id, text)
		}
	}
	return append(dst, '}')
}

// baseName is a file's name without its ending: a table's name where the
// format gives none.
func baseName(file string) string {
	name := path.Base(file)
	if ext := path.Ext(name); ext != "" && len(ext) <= 6 {
		name = strings.TrimSuffix(name, ext)
	}
	return name
}

func find(members []member, id string) int {
	return slices.IndexFunc(members, func(m member) bool { return m.id == id })
}
