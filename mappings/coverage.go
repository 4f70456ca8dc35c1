package mappings

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

// Coverage is how a mapping and sample Raws fit: what the mapping asks for
// that no sample has, and what the samples have that nobody decided about.
// It holds names only, never values.
type Coverage struct {
	Samples int
	Unread  int // samples that could not be read at all
	Used    int
	Ignored int
	Unused  []PathCount        // raw fields neither used nor ignored
	Missing []*problem.Problem // paths of the mapping in no sample
}

// PathCount is a raw field and in how many samples it stands.
type PathCount struct {
	Path  string
	Count int
}

const maxPaths = 5000

// Coverage compares the mapping with samples.
func (p *Plan) Coverage(samples []canonical.Raw) Coverage {
	c := Coverage{Samples: len(samples)}
	seen := map[string]int{}
	for _, raw := range samples {
		r := p.take(raw, "")
		if r.in.read() != nil {
			c.Unread++
		} else {
			found := map[string]bool{}
			walkPaths(found, "", spanOf(r.in.text()), 0)
			for path := range found {
				if len(seen) < maxPaths || seen[path] > 0 {
					seen[path]++
				}
			}
		}
		r.release()
	}
	for path, count := range seen {
		switch {
		case p.uses(path):
			c.Used++
		case p.ignores(path):
			c.Ignored++
		default:
			c.Unused = append(c.Unused, PathCount{path, count})
		}
	}
	slices.SortFunc(c.Unused, func(a, b PathCount) int { return cmp.Compare(a.Path, b.Path) })
	c.Missing = p.missing(seen, len(samples))
	return c
}

// walkPaths collects the paths of scalars and of empty objects and lists.
func walkPaths(into map[string]bool, path string, v value, depth int) {
	if depth > maxDepth || len(into) > maxPaths {
		return
	}
	inner := 0
	switch v.shape {
	case object:
		eachMember(v.b, func(name []byte, v value) {
			inner++
			part := strings.ReplaceAll(string(name), ".", `\.`)
			walkPaths(into, strings.TrimPrefix(path+"."+part, "."), v, depth+1)
		})
	case array:
		eachItem(v.b, func(v value) bool {
			inner++
			walkPaths(into, path+"[]", v, depth+1)
			return true
		})
	}
	if inner == 0 && path != "" {
		into[path] = true
	}
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

func (p *Plan) missing(seen map[string]int, samples int) []*problem.Problem {
	if samples == 0 {
		return nil
	}
	names := slices.Sorted(maps.Keys(seen))
	listed := map[string]bool{}
	var out []*problem.Problem
	for _, s := range p.sources {
		there := s.full == "" || slices.ContainsFunc(names, func(path string) bool { return covers(s.full, path) })
		if there || listed[s.full] {
			continue
		}
		listed[s.full] = true
		out = append(out, &problem.Problem{Code: "GW-M030", File: p.File, Line: s.line, Col: s.col,
			Path: s.full, Want: itoa(samples), Near: problem.Near(s.full, names)})
	}
	return out
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
