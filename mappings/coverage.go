package mappings

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"sync"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/mappings/coverage"
)

// Coverage is how a mapping and sample Raws fit: what the mapping asks for
// that no sample has, and what the samples have that nobody decided about.
// It holds names only, never values.
type Coverage struct {
	Samples int
	Unread  int          // samples that could not be read at all
	Raw     []RawPath    // what stands in the samples, by name
	Mapped  []MappedPath // what the mapping asks for, as the file has it
}

// Decision is what a mapping says about a raw field.
type Decision string

// The decisions.
const (
	DecidedMapped  Decision = "mapped"
	DecidedIgnored Decision = "ignored"
	Undecided      Decision = "undecided"
)

// PathCount is a path, in how many samples it stands, and in how many of them
// with a value.
type PathCount struct {
	Path          string
	Count, Filled int
	Near          string // what may be meant, on the other side
}

// RawPath is a field of the samples. Elements of a list are [], or by place
// or member where the mapping takes single ones; […] are those it does not take.
type RawPath struct {
	PathCount
	Decision Decision
}

// MappedPath is a path of the mapping with the place it stands at.
type MappedPath struct {
	PathCount
	Key       string // of the mapping, such as fields.subject.from
	Line, Col int
	Instead   bool // another path of the same rule is in the samples
	Beside    bool // another path that it is joined with is in the samples: what is not there is left out
}

// Coverage compares the mapping with samples. Removals are none.
func (p *Plan) Coverage(samples iter.Seq[canonical.Raw]) Coverage {
	c := &coverer{plan: p, members: coverage.NewMembers(wantedOf(p)), met: make([]coverage.Sighting, len(p.sources))}
	for raw := range samples {
		if !raw.Gone {
			c.sample(raw)
		}
	}
	out := Coverage{Samples: c.samples, Unread: c.unread, Raw: c.raw(), Mapped: c.mapped()}
	out.nearNames()
	return out
}

// Missing are the paths that no sample has, each with its place and what may
// be meant; not those beside which another path of the same rule is there.
func (c *Coverage) Missing(p *Plan) []*problem.Problem {
	var out []*problem.Problem
	for i := range c.Mapped {
		if found := c.Problem(p, &c.Mapped[i]); found != nil && c.Mapped[i].Count == 0 {
			out = append(out, found)
		}
	}
	return out
}

// Problem is what is wrong with a path of the mapping, its place and what may
// be meant; nil where some sample has a value there, or another path of the same rule is there.
func (c *Coverage) Problem(p *Plan, m *MappedPath) *problem.Problem {
	found := &problem.Problem{Code: "GW-M030", File: p.File, Line: m.Line, Col: m.Col, Field: m.Key, Path: m.Path,
		Want: itoa(c.Samples - c.Unread), Near: m.Near}
	switch {
	case m.Filled > 0 || m.Instead || c.Samples == c.Unread:
		return nil
	case m.Count > 0:
		found.Code = "GW-M032"
	}
	return found
}

// Undecided are the raw fields that nobody decided about.
func (c *Coverage) Undecided() []RawPath {
	return slices.DeleteFunc(slices.Clone(c.Raw), func(r RawPath) bool { return r.Decision != Undecided })
}

// nearNames says of each path that no sample has what may be meant, and of
// that who looks for it.
func (c *Coverage) nearNames() {
	names := map[Decision][]string{}
	for _, r := range c.Raw {
		names[r.Decision] = append(names[r.Decision], r.Path)
	}
	for i := range c.Mapped {
		m := &c.Mapped[i]
		if m.Count > 0 || m.Instead || m.Beside {
			continue
		}
		m.Near = cmp.Or(nearPath(m.Path, names[Undecided]), nearPath(m.Path, names[DecidedIgnored]))
		for j := range c.Raw {
			if r := &c.Raw[j]; r.Path == m.Near && r.Decision == Undecided {
				r.Near = cmp.Or(r.Near, m.Path)
			}
		}
	}
}

// nearPath finds what a path may mean: one written nearly alike, or the only
// one that ends in the same name.
func nearPath(path string, known []string) string {
	if near := problem.Near(path, known); near != "" && alikeBySteps(path, near) {
		return near
	}
	found := ""
	for _, k := range known {
		if strings.EqualFold(lastName(k), lastName(path)) {
			if found != "" {
				return ""
			}
			found = k
		}
	}
	return found
}

// alikeBySteps reports whether each step of a path may be the other's: a long
// path is nearly another one though it ends in quite another name.
func alikeBySteps(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	if len(x) != len(y) {
		return true
	}
	for i := range x {
		if x[i] != y[i] && len(x[i]) > 2 && problem.Near(x[i], []string{y[i]}) == "" {
			return false
		}
	}
	return true
}

func lastName(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

func wantedOf(p *Plan) *coverage.Wanted {
	w := coverage.NewWanted(len(p.frames))
	for _, s := range p.sources {
		w.Want(s.frame, s.path, s.opens)
	}
	return w
}

// coverer goes through samples.
type coverer struct {
	plan    *Plan
	members *coverage.Members
	met     []coverage.Sighting // by source
	samples int
	unread  int
}

func (c *coverer) sample(raw canonical.Raw) {
	c.samples++
	r := c.plan.take(raw, "")
	defer r.release()
	if r.in.read() != nil {
		c.unread++
		return
	}
	c.members.Take(c.samples, r.in.text())
	c.frame(r, 0)
	c.lists(r, c.plan.root)
}

// frame notes which paths of a frame gave something.
func (c *coverer) frame(r *run, frame int) {
	for i, s := range c.plan.sources {
		if s.frame != frame {
			continue
		}
		if v := r.in.frames[frame][s.slot]; v.Shape != absent {
			c.met[i].See(c.samples, coverage.Filled(v))
		}
	}
}

// lists goes through the lists that the mapping walks, the way it does.
func (c *coverer) lists(r *run, n *node) {
	for _, m := range slices.Concat(n.members, n.items) {
		c.lists(r, m)
	}
	if n.each != nil && n.elem != nil {
		r.elements(n, func() {
			c.frame(r, n.frame)
			c.lists(r, n.elem)
		})
		r.faults.held = nil // what a step could not do ends its own list only
	}
}

func (c *coverer) raw() []RawPath {
	found := c.members.Found()
	out := make([]RawPath, 0, len(found))
	for _, m := range found {
		r := RawPath{PathCount: PathCount{Path: m.Name, Count: m.Count, Filled: m.Filled}, Decision: Undecided}
		switch {
		case m.Used:
			r.Decision = DecidedMapped
		case c.plan.ignores(m.Name) || c.plan.ignores(m.Plain):
			r.Decision = DecidedIgnored
		}
		out = append(out, r)
	}
	return out
}

// mapped is what became of each path of the mapping, once.
func (c *coverer) mapped() []MappedPath {
	var out []MappedPath
	at := map[source]int{}
	there, joined := map[int]bool{}, map[int]bool{} // by rule, by what a rule joins
	for i, s := range c.plan.sources {
		there[s.rule] = there[s.rule] || c.met[i].Count > 0
		joined[s.join] = joined[s.join] || s.join > 0 && c.met[i].Count > 0
	}
	for i, s := range c.plan.sources {
		if s.full == "" {
			continue // the Raw itself
		}
		instead := c.met[i].Count == 0 && there[s.rule]
		key := source{frame: s.frame, slot: s.slot}
		if j, known := at[key]; known {
			out[j].Instead = out[j].Instead && instead
			continue
		}
		at[key] = len(out)
		out = append(out, MappedPath{PathCount: PathCount{Path: c.plan.shown(s.source), Count: c.met[i].Count, Filled: c.met[i].Filled},
			Key: s.key, Line: s.line, Col: s.col, Instead: instead, Beside: c.met[i].Count == 0 && joined[s.join]})
	}
	return out
}

// shown is a path from the record as a person would write it.
func (p *Plan) shown(s source) string {
	prefix := p.frames[s.frame].prefix
	switch {
	case prefix == "":
		return s.path
	case s.path == "." || s.path == "":
		return prefix
	case strings.HasPrefix(s.path, "["):
		return prefix + s.path
	}
	return prefix + "." + s.path
}

// covers reports whether a raw path is the wanted one or lies below it. A
// list where one value was expected, and the other way round, is the same.
func covers(wanted, path string) bool {
	wanted, path = strings.ReplaceAll(wanted, "[]", ""), strings.ReplaceAll(path, "[]", "")
	return path == wanted || strings.HasPrefix(path, wanted+".") || wanted == ""
}

func (p *Plan) uses(path string) bool {
	return slices.ContainsFunc(p.sources, func(s placed) bool {
		list := slices.ContainsFunc(p.frames, func(f frame) bool { return f.prefix == s.full+"[]" })
		if list { // the list itself is walked; its members count one by one
			return strings.ReplaceAll(path, "[]", "") == s.full
		}
		return covers(s.full, path)
	})
}

func (p *Plan) ignores(path string) bool {
	return slices.ContainsFunc(p.ignore, func(glob string) bool { return matchGlob(glob, path) })
}

// matchGlob matches names one by one; * inside a name is any text, ** at the
// end is all that lies below.
func matchGlob(glob, path string) bool {
	if base, below := strings.CutSuffix(glob, ".**"); below {
		plain := strings.ReplaceAll(path, "[]", "")
		base = strings.ReplaceAll(base, "[]", "")
		return plain == base || strings.HasPrefix(plain, base+".")
	}
	if covers(glob, path) && !strings.Contains(glob, "*") {
		return strings.ReplaceAll(glob, "[]", "") == strings.ReplaceAll(path, "[]", "")
	}
	before, after, star := strings.Cut(glob, "*")
	return star && strings.HasPrefix(path, before) && strings.HasSuffix(path, after) && len(path) >= len(before)+len(after)
}

// decided remembers what was decided about which path; empty: all is.
type decided struct {
	mu    sync.RWMutex
	paths map[string]string // as it is called where nobody did; empty: somebody did
	kinds map[string]int
}

// few reports a kind that hardly any was looked at of.
func (d *decided) few(kind string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kinds[kind] >= lookKind || len(d.kinds) >= maxMemo {
		return false
	}
	d.kinds[kind]++
	return true
}

// nobodys is a path that is neither used nor ignored, under the name it goes by:
// digits in it count for nothing (2025, 2026). Empty for one that is.
func (p *Plan) nobodys(path []byte) string {
	d := &p.watched.decided
	d.mu.RLock()
	name, known := d.paths[string(path)]
	d.mu.RUnlock()
	if known {
		return name
	}
	if !p.decides(string(path)) {
		name = numbersAside(string(path))
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.paths) < maxMemo {
		d.paths[string(path)] = name
	}
	return name
}

func (p *Plan) decides(path string) bool { return p.uses(path) || p.ignores(path) }

func numbersAside(path string) string {
	var out strings.Builder
	for i := range len(path) {
		digit := path[i] >= '0' && path[i] <= '9'
		switch {
		case !digit:
			out.WriteByte(path[i])
		case i == 0 || path[i-1] < '0' || path[i-1] > '9':
			out.WriteByte('#')
		}
	}
	return out.String()
}
