package tabular

import (
	"hash/maphash"
	"slices"
	"strconv"
	"strings"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// maxSeen bounds the memory of keys met in one file; beyond it the Log, which
// sees every key anyway, is left to notice.
const maxSeen = 2_000_000

// position is a row's key where it has no other.
func (t *table) position(r row) string {
	return FilePrefix(t.file) + keyEscape(t.sheet) + "!" + itoa(r.n)
}

// where is the place of a row, or of a cell in it, as a person looks it up.
func (t *table) where(r row, column int) string {
	place := itoa(r.n)
	if column >= 0 {
		place = letters(column) + place
	}
	if t.sheet != "" {
		return t.sheet + "!" + place
	}
	return place
}

func (t *table) refuse(r row, key string, p *problem.Problem) {
	p.File = problem.Short(t.file)
	raw := canonical.Raw{Kind: t.plan.kind, Key: key, Payload: t.payload(r, nil)}
	t.queue = append(t.queue, Item{Raw: raw, Problem: p})
}

// payload is the row as a JSON object: what is the same in every row, its
// columns in their order, more, and its place.
func (t *table) payload(r row, more func([]byte) []byte) []byte {
	size := len(t.lead) + 64
	for _, c := range r.cells {
		size += len(c) + 16
	}
	dst := append(make([]byte, 0, size), t.lead...)
	for i, c := range t.cols {
		if c.member == "" || t.plan.Unpivot != nil && more != nil && !slices.Contains(t.refs.ids, i) {
			continue
		}
		dst = appendString(appendName(dst, c.member), r.cell(i), r.torn)
	}
	if more != nil {
		dst = more(dst)
	}
	if t.plan.Trace {
		dst = AppendMember(dst, "_file", t.file)
		if t.sheet != "" {
			dst = AppendMember(dst, "_sheet", t.sheet)
		}
		dst = append(strconv.AppendInt(append(appendName(dst, "_row"), '"'), int64(r.n), 10), '"')
	}
	return append(dst, '}')
}

// whole makes one Raw of a row.
func (t *table) whole(r row) {
	var key string
	if len(t.refs.key) == 0 {
		key = t.position(r)
	} else {
		joined, ok := JoinKey(t.prefix, t.parts(r, t.refs.key))
		if !ok {
			t.refuse(r, t.position(r), &problem.Problem{Code: "GW-D020", Path: t.where(r, -1), Field: t.keyNames()})
			return
		}
		key = joined
	}
	if t.plan.Errors == "refuse" {
		for i, c := range r.cells {
			if t.cols[i].member != "" && isError(c) {
				t.refuse(r, key, t.errorCell(r, i, c))
				return
			}
		}
	}
	t.give(r, key, -1, nil)
}

func (t *table) errorCell(r row, at int, value string) *problem.Problem {
	p := &problem.Problem{Code: "GW-D021", Path: t.where(r, at), Value: value, Field: problem.Short(t.cols[at].member)}
	if value == noValue {
		p.Code, p.Value = "GW-D075", ""
	}
	return p
}

func (t *table) parts(r row, columns []int) []string {
	parts := make([]string, len(columns))
	for i, at := range columns {
		parts[i] = r.cell(at)
		if t.plan.WholeKeys {
			parts[i] = wholeNumber(parts[i])
		}
	}
	return parts
}

func (t *table) keyNames() string {
	var names []string
	for _, at := range t.refs.key {
		names = append(names, t.cols[at].member)
	}
	return problem.Short(strings.Join(names, ", "))
}

// cells makes one Raw of each value cell of a row.
func (t *table) cells(r row) {
	u := t.plan.Unpivot
	columns := t.refs.key
	if len(columns) == 0 {
		columns = t.refs.ids
	}
	parts := t.parts(r, columns)
	for _, at := range t.refs.values {
		value := r.cell(at)
		if vntext.Clean(value) == "" && !u.Blank {
			continue
		}
		key, ok := JoinKey(t.prefix, append(parts, t.cols[at].member))
		_, named := JoinKey("", parts)
		if !ok || !named {
			t.refuse(r, t.position(r)+letters(at), &problem.Problem{Code: "GW-D020", Path: t.where(r, at), Field: problem.Short(strings.Join(u.IDs, ", "))})
			continue
		}
		if t.plan.Errors == "refuse" && isError(value) {
			t.refuse(r, key, t.errorCell(r, at, value))
			continue
		}
		t.give(r, key, at, func(dst []byte) []byte {
			dst = AppendMember(dst, u.Header, t.cols[at].member)
			for level, name := range u.Levels {
				dst = AppendMember(dst, name, t.head.level(level, at))
			}
			dst = AppendMember(dst, u.Value, value)
			if t.plan.Trace {
				dst = AppendMember(dst, "_col", letters(at))
			}
			return dst
		})
	}
}

// give queues a Raw. A row that stood before, byte for byte, is the same one.
// A key that this file used for other content is refused: which of the two is
// meant, nobody can know.
func (t *table) give(r row, key string, column int, more func([]byte) []byte) {
	sum, content := maphash.String(t.seed, key), t.content(r, column)
	before, again := t.seen[sum]
	switch {
	case again && before == content:
		t.tally.repeated++
		return
	case again:
		t.refuse(r, t.position(r)+suffix(column), &problem.Problem{Code: "GW-D022", Path: t.where(r, column), Field: t.keyNames()})
		return
	}
	if len(t.seen) < maxSeen {
		t.seen[sum] = content
	}
	raw := canonical.Raw{Kind: t.plan.kind, Key: key, Payload: t.payload(r, more)}
	if t.refs.version >= 0 {
		raw.Version = vntext.Clean(r.cell(t.refs.version))
	}
	if t.refs.at >= 0 {
		raw.At = t.plan.at.read(r.cell(t.refs.at))
	}
	t.queue = append(t.queue, Item{Raw: raw, Cut: t.cut(r, column, raw)})
}

// cut is what is held where lines have ends and this one has none: under its key
// where the text does not stop in that.
func (t *table) cut(r row, column int, raw canonical.Raw) *adapters.Refused {
	if !r.cut {
		return nil
	}
	if slices.Contains(t.refs.key, r.last) {
		raw.Key = t.position(r) + suffix(column)
	}
	return &adapters.Refused{Raw: raw, Problem: problem.Problem{Code: "GW-D120", File: problem.Short(t.file), Path: t.where(r, r.last)}}
}

// content is the hash of what a row says, or a cell in it.
func (t *table) content(r row, column int) uint64 {
	if column >= 0 {
		return maphash.String(t.seed, r.cell(column))
	}
	var h maphash.Hash
	h.SetSeed(t.seed)
	for _, c := range r.cells {
		_, _ = h.WriteString(c) // never fails
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}

func suffix(column int) string {
	if column < 0 {
		return ""
	}
	return letters(column)
}
