package statistics

import (
	"hash/maphash"
	"path"
	"slices"
	"strconv"
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
	freq     string   // of the time dimension, where the table has one for all
	when     string   // its period, where the format says it beside the label
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
	kind    canonical.Kind
	file    string
	numbers numbers
	seed    maphash.Seed
	seen    map[uint64]uint64 // of each key what its last observation said, an even hash; or removed
	rows    bool              // what is read is a list of observations, which may name one twice
	again   int               // observations that stood before, byte for byte
	prefix  string
	tables  int
	all     []string // tables met, by what their keys begin with
	periods map[string]Period
	freq    string // of every period, where the settings give it
	shown   bool   // the time of update stands in the payload too
	clock   clock
	areas   areas
	whole   bool // what was read lists its table completely
	notes   []problem.Problem
	torn    bool // what is read has broken text, somewhere
	damage  damage
}

const maxSeen = 4_000_000

func newEmitter(kind canonical.Kind, file string, cfg *tableSettings) *emitter {
	return &emitter{kind: kind, file: file, seed: maphash.MakeSeed(), seen: map[uint64]uint64{}, numbers: newNumbers(cfg),
		periods: map[string]Period{}, whole: true, shown: cfg.Updated, freq: cfg.Freq}
}

// note is something a person should know of the file; one that leaves open
// whether everything is there takes its proof away.
func (e *emitter) note(p problem.Problem) {
	p.File = problem.Short(e.file)
	if p.Reason() == problem.Doubtful {
		e.whole = false
	}
	if len(e.notes) < maxNotes {
		e.notes = append(e.notes, p)
	}
}

const maxNotes = 10 // of one file

// named puts the file's name to what is wrong with it, once.
func (e *emitter) named(err error) error {
	p, ok := problem.As(err)
	if !ok || p.File != "" {
		return err
	}
	said := *p
	said.File = problem.Short(e.file)
	return &said
}

// Whole reports whether what was read is all that there is.
func (e *emitter) Whole() bool { return e.whole }

// Notes are what a person should know of the file.
func (e *emitter) Notes() []problem.Problem {
	notes := slices.Clone(e.notes)
	for _, p := range e.areas.fits() {
		p.File = problem.Short(e.file)
		notes = append(notes, p)
	}
	if e.again > 0 {
		notes = append(notes, problem.Problem{Code: "GW-D079", File: problem.Short(e.file), Value: strconv.Itoa(e.again)})
	}
	return notes
}

// KeyPrefix is the table that was listed completely, when it was only one.
func (e *emitter) KeyPrefix() (string, bool) { return e.prefix, e.whole && e.tables == 1 }

// Tables is tabular.Tabled's.
func (e *emitter) Tables() []string { return e.all }

// table notes which table comes next.
func (e *emitter) table(name string) {
	prefix := tablePrefix(name)
	if prefix == e.prefix {
		return
	}
	e.prefix = prefix
	if e.tables++; len(e.all) < maxTables && !slices.Contains(e.all, prefix) {
		e.all = append(e.all, prefix)
	}
}

// maxTables is how many tables of one file are remembered.
const maxTables = 100

func tablePrefix(table string) string {
	key, _ := tabular.JoinKey("", []string{table, ""})
	return key
}

// placeKey is a key of its own for what names no observation, by its place in a
// file. It begins as its table's keys do, that of prefix or else of table: what
// a whole listing of the table no longer has leaves quarantine.
func placeKey(prefix, table, where string) string {
	if prefix == "" {
		prefix = tablePrefix(table)
	}
	return prefix + "#" + where
}

// item makes one Raw; none of an observation that stood before as it is. An
// observation's key is its table and its dimensions, the period in one form
// whatever its label ("Sơ bộ 2023" becomes "2023").
func (e *emitter) item(o *observation) tabular.Item {
	if !e.torn || !torn(o.table) {
		e.table(o.table)
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
	e.areas.see(o)
	key, _ := tabular.JoinKey("", parts)
	got, found := e.numbers.read(o.value)
	switch {
	case o.gone && slices.ContainsFunc(o.dims, func(d member) bool { return d.code == "" }):
		found = &problem.Problem{Code: "GW-D061", Path: o.where, Field: "Obs"}
	case o.gone: // what it last said is no matter
		found = nil
	case found != nil:
		found.Path = o.where
	}
	raw := canonical.Raw{Kind: e.kind, Key: key, Gone: o.gone, At: e.clock.read(o.updated)}
	raw.Payload = payload(o, period, got, e.shown)
	if e.damage.all++; e.torn && torn(raw.Payload) {
		item := tabular.Item{Raw: raw}
		e.hold(o, &item)
		return item
	}
	if found == nil {
		again, otherwise := e.met(&raw)
		if again {
			return tabular.Item{}
		}
		if otherwise {
			found = &problem.Problem{Code: "GW-D036", Path: o.where}
			raw.Key = key + "#" + o.where
		}
	}
	if found != nil {
		found.File = problem.Short(e.file)
	}
	return tabular.Item{Raw: raw, Problem: found}
}

// met holds a Raw against the last one of its key: again is the same once more,
// byte for byte, and counts once; otherwise is something else under one key.
// One message may take an observation away and give it anew, or the other way
// round: what stands last counts. Two cells of a cube are never the same cell.
func (e *emitter) met(raw *canonical.Raw) (again, otherwise bool) {
	sum := maphash.String(e.seed, raw.Key)
	said := maphash.Bytes(e.seed, raw.Payload) &^ 1
	if raw.Gone {
		said = removed
	}
	was, there := e.seen[sum]
	switch {
	case there && was == said && e.rows:
		if !raw.Gone {
			e.again++
		}
		return true, false
	case there && (was == removed) == raw.Gone:
		return false, true
	}
	if there || len(e.seen) < maxSeen {
		e.seen[sum] = said
	}
	return false, false
}

// removed stands for what takes an observation away.
const removed = 1

// periodOf reads an observation's period: as the format says it, else by its
// label, else by its code. How firm it is only the label says.
func (e *emitter) periodOf(o *observation, d member) Period {
	freq := firstOf(e.freq, o.freq)
	for _, m := range o.dims {
		if freq == "" && (m.id == "FREQ" || m.id == "Freq" || m.id == "freq") {
			freq = m.code
		}
	}
	text := d.label
	if text == "" {
		text = d.code
	}
	p := e.period(text, freq)
	for _, other := range []string{o.when, d.code} {
		if other == "" || other == d.code && p.Freq != "" {
			continue
		}
		if q := e.period(other, freq); q.Freq != "" {
			q.Label, q.Flag = text, firstOf(p.Flag, q.Flag)
			return q
		}
	}
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

// clock reads the source's time of change. It is the Raw's, not its content's: a
// table that was published again with the same value is no revision of it.
type clock struct {
	text string // read last, as it stood
	at   time.Time
}

func (c *clock) read(text string) time.Time {
	if text == c.text {
		return c.at
	}
	c.text, c.at = text, time.Time{}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02", "02/01/06 15:04:05"} {
		if at, err := time.ParseInLocation(layout, text, vntext.Zone()); err == nil {
			c.at = at
			break
		}
	}
	return c.at
}

// payload writes an observation as one JSON object, always in this order.
func payload(o *observation, period Period, got number, shown bool) []byte {
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
	if got.missing == "" && got.text != "" {
		dst = tabular.AppendMember(dst, "value", got.text)
	} else {
		dst = append(dst, `,"value":null`...)
		dst = some(dst, "missing", got.missing)
	}
	dst = texts(dst, "marks", got.marks)
	dst = some(dst, "status", o.status)
	dst = some(dst, "unit", o.unit)
	dst = some(dst, "decimals", o.decimals)
	if shown {
		dst = some(dst, "updated", o.updated)
	}
	if period.Flag != "" {
		dst = texts(dst, "flags", []string{period.Flag})
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

// texts writes a list, or nothing where it is empty.
func texts(dst []byte, name string, list []string) []byte {
	if len(list) == 0 {
		return dst
	}
	dst = append(tabular.AppendJSONString(append(dst, ','), name), ':', '[')
	for i, text := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = tabular.AppendJSONString(dst, text)
	}
	return append(dst, ']')
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
