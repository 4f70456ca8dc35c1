package mappings

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
	"iocgateway/canonical/vntext"
	"iocgateway/mappings/keys"
)

//go:embed */*.yaml codes/*/*.yaml
var shipped embed.FS

// Options are what a set of mappings is loaded with.
type Options struct {
	Dir    string         // files that replace or add by name; empty for none
	FS     fs.FS          // the same, as a file system; Dir wins
	Bare   bool           // without the shipped ones
	Units  Units          // nil: looking a unit up finds nothing
	Policy privacy.Policy // nil means privacy.DefaultPolicy
}

// Set holds every mapping and code list by name. It is immutable.
type Set struct {
	plans map[string]*Plan
	codes map[string]*CodeList
	files map[string]file  // by path below the root
	wrong map[string]error // of a mapping, or below codes/ a code list, by the name it is asked for
	blind bool             // not all files could be read
	env   Env
}

type file struct {
	shown string
	data  []byte
}

// Load reads the shipped mappings with those of the directory on top and
// compiles all. Where the error is not nil, the set holds what is right.
func Load(o Options) (*Set, error) {
	s := &Set{plans: map[string]*Plan{}, codes: map[string]*CodeList{}, files: map[string]file{}, wrong: map[string]error{}}
	var problems []error
	if !o.Bare {
		problems = append(problems, s.collect(shipped, "mappings/"))
	}
	over := o.FS
	prefix := ""
	if o.Dir != "" {
		over, prefix = os.DirFS(o.Dir), strings.TrimSuffix(o.Dir, "/")+"/"
	}
	if over != nil {
		problems = append(problems, s.collect(over, prefix), s.strays(over, prefix))
	}
	s.env = Env{Codes: s.Codes, Units: o.Units, Policy: o.Policy}
	for _, path := range s.paths() {
		if strings.HasPrefix(path, "codes/") {
			problems = append(problems, s.note(path, s.loadCodes(path)))
		}
	}
	for _, path := range s.paths() {
		if !strings.HasPrefix(path, "codes/") && !isTest(path) {
			problems = append(problems, s.note(path, s.loadPlan(path)))
		}
	}
	return s, errors.Join(problems...)
}

const maxFiles = 2000

// barePath is an error without the path inside the folder that was opened, which
// says less than the folder's own.
func barePath(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// collect takes <folder>/<name>.yaml and codes/<product>/<list>.yaml.
func (s *Set) collect(from fs.FS, shown string) (err error) {
	defer func() { s.blind = s.blind || err != nil }()
	for _, pattern := range []string{"*/*.yaml", "codes/*/*.yaml"} {
		found, err := fs.Glob(from, pattern)
		if err == nil && pattern == "*/*.yaml" {
			_, err = fs.ReadDir(from, ".")
		}
		if err != nil {
			return &problem.Problem{Code: "GW-M022", File: strings.TrimSuffix(shown, "/"), Err: barePath(err)}
		}
		for _, path := range found {
			if pattern == "*/*.yaml" && strings.HasPrefix(path, "codes/") {
				continue // code lists lie a folder deeper
			}
			if len(s.files) >= maxFiles {
				return &problem.Problem{Code: "GW-M022", File: shown + path, Err: errors.New("too many files")}
			}
			data, err := fs.ReadFile(from, path)
			if err != nil {
				return &problem.Problem{Code: "GW-M022", File: shown + path, Err: err}
			}
			if what, _ := declared(data); what == "list" != strings.HasPrefix(path, "codes/") && what != "" && what != "cases" {
				continue // one of the others: a stray
			}
			s.files[path] = file{shown: shown + path, data: data}
		}
	}
	return nil
}

// note remembers what is wrong with a file's mapping or code list.
func (s *Set) note(path string, err error) error {
	if err != nil {
		s.wrong[strings.TrimSuffix(path, ".yaml")] = err
	}
	return err
}

func (s *Set) paths() []string { return slices.Sorted(maps.Keys(s.files)) }

func isTest(path string) bool { return strings.HasSuffix(path, "_test.yaml") }

func (s *Set) loadCodes(path string) error {
	f := s.files[path]
	list, err := ParseCodeList(f.shown, f.data)
	if err != nil {
		return err
	}
	want := strings.TrimSuffix(strings.TrimPrefix(path, "codes/"), ".yaml")
	if list.Name != want {
		return misnamed(f, list.Name, want)
	}
	s.codes[want] = list
	return nil
}

func (s *Set) loadPlan(path string) error {
	f, env := s.files[path], s.env
	var missed []error
	env.Codes = func(name string) (*CodeList, bool) {
		l, ok := s.Codes(name)
		if !ok {
			missed = append(missed, s.wrong["codes/"+name])
		}
		return l, ok
	}
	plan, err := Compile(f.shown, f.data, env)
	if err != nil {
		if _, name := declared(f.data); name != "" && s.wrong[name] == nil {
			s.wrong[name] = err // whoever asks for the name that is in it hears of it too
		}
		return errors.Join(append(missed, err)...) // a code list that is wrong is why
	}
	want := strings.TrimSuffix(path, ".yaml")
	if plan.Name != want {
		return misnamed(f, plan.Name, want)
	}
	s.plans[want] = plan
	return nil
}

func misnamed(f file, name, want string) error {
	return &problem.Problem{Code: "GW-M023", File: f.shown, Line: 1, Col: 1, Value: problem.Short(name), Want: want}
}

// Plan gives a mapping by name, such as dvc/igate-dossier.
func (s *Set) Plan(name string) (*Plan, error) {
	if p, ok := s.plans[name]; ok {
		return p, nil
	}
	if err := s.wrong[name]; err != nil {
		return nil, err
	}
	return nil, &problem.Problem{Code: "GW-M024", Value: problem.Short(name), Want: strings.Join(s.Names(), ", "),
		Near: problem.Near(name, s.Names())}
}

// Knows reports whether there is a mapping of this name, right or wrong.
func (s *Set) Knows(name string) bool { return s.plans[name] != nil || s.wrong[name] != nil }

// Unreadable reports that files could not be read at all: what they hold, nobody knows.
func (s *Set) Unreadable() bool { return s.blind }

// KindOf is the kind that the text of a mapping names, also where the mapping
// is wrong; empty where it names none.
func (s *Set) KindOf(name string) canonical.Kind {
	if p, ok := s.plans[name]; ok {
		return p.Kind
	}
	found := kindLine.FindSubmatch(s.files[name+".yaml"].data)
	if found == nil || kindField(canonical.Kind(found[1])) == nil {
		return ""
	}
	return canonical.Kind(found[1])
}

// Codes gives a code list by name, such as igate/dossier_status.
func (s *Set) Codes(name string) (*CodeList, bool) {
	l, ok := s.codes[name]
	return l, ok
}

// Names lists the mappings, sorted.
func (s *Set) Names() []string { return slices.Sorted(maps.Keys(s.plans)) }

// CodeLists lists the code lists by name, sorted.
func (s *Set) CodeLists() []*CodeList {
	return slices.SortedFunc(maps.Values(s.codes), func(a, b *CodeList) int { return cmp.Compare(a.Name, b.Name) })
}

// Source gives the text of a mapping as it was read, with its path.
func (s *Set) Source(name string) (path string, data []byte, ok bool) {
	f, ok := s.files[name+".yaml"]
	return f.shown, slices.Clone(f.data), ok
}

// CodeList translates a source's codes into those of a canonical field. Lists
// are per source product and per kind: the same numbers mean the opposite in
// two places of one real product.
type CodeList struct {
	Name     string
	For      string // <kind>.<field>, such as dossier.status
	Evidence string // seen, reported or assumed
	Entries  []CodeEntry

	byLabel bool
	to      map[string]string
	sum     [sha256.Size]byte
}

// CodeEntry is one code of the source.
type CodeEntry struct {
	Code, Label, To, Note string
	Line                  int
}

// find gives the canonical code. By label, case, marks and blanks do not count.
func (l *CodeList) find(code []byte) (string, bool) {
	if l.byLabel {
		var room [128]byte
		to, ok := l.to[string(vntext.AppendFold(room[:0], code))]
		return to, ok
	}
	to, ok := l.to[string(code)]
	return to, ok
}

// ParseCodeList reads a code list file. The error joins every mistake.
func ParseCodeList(file string, data []byte) (*CodeList, error) {
	root, err := strict.Parse(file, data)
	if err != nil {
		return nil, err
	}
	l := &CodeList{sum: sha256.Sum256(data), to: map[string]string{}}
	c := &codeListReader{list: l}
	c.keys(root, keys.Names(keys.Codes())...)
	l.Name = c.text(root, "list", true)
	l.For = c.text(root, "for", true)
	l.Evidence = c.oneOf(root, "evidence", "assumed", "reported", "seen")
	l.byLabel = c.oneOf(root, "match", "code", "label") == "label"
	c.target = c.fieldOf(root.Get("for"), l.For)
	entries := root.Get("entries")
	if entries == nil || entries.Kind != strict.List {
		c.add(root.Wrong("GW-M003", "entries: [{code, label, to}]"), "entries")
	} else {
		for _, n := range entries.Items {
			c.entry(n)
		}
	}
	return l, errors.Join(c.problems...)
}

// codeListReader reads one code list.
type codeListReader struct {
	yaml
	list   *CodeList
	target *field // the canonical field the list is for; nil when there is none
}

// fieldOf finds the canonical field a list is for.
func (c *codeListReader) fieldOf(n *strict.Node, path string) *field {
	if n == nil || path == "" {
		return nil
	}
	kind, rest, _ := strings.Cut(path, ".")
	f := kindField(canonical.Kind(kind))
	for name := range strings.SplitSeq(rest, ".") {
		if f == nil {
			break
		}
		if f.form == formList {
			f = f.elem
		}
		f = f.member(strings.TrimSuffix(name, "[]"))
	}
	if f != nil && f.form == formList {
		f = f.elem
	}
	if f == nil || f.form != formCode {
		c.problems = append(c.problems, n.Wrong("GW-M005", "<kind>.<field>, dossier.status"))
		return nil
	}
	return f
}

func (c *codeListReader) entry(n *strict.Node) {
	if n.Kind != strict.Map {
		c.problems = append(c.problems, n.Wrong("GW-M003", "{code, label, to}"))
		return
	}
	c.keys(n, keys.Names(keys.Entry())...)
	e := CodeEntry{Code: c.text(n, "code", false), Label: c.text(n, "label", false), To: c.text(n, "to", true),
		Note: c.text(n, "note", false), Line: n.Line}
	c.plainCode(n.Get("code"))
	key := vntext.Clean(e.Code)
	l, at := c.list, n.Get("code")
	if l.byLabel {
		key, at = vntext.Fold(e.Label), n.Get("label")
	}
	if at == nil || key == "" {
		c.problems = append(c.problems, n.Wrong("GW-M004", map[bool]string{true: "label", false: "code"}[l.byLabel]))
		return
	}
	if _, dup := l.to[key]; dup {
		c.problems = append(c.problems, at.Problem("GW-M017"))
	}
	if to := n.Get("to"); c.target != nil && to != nil && !c.target.accepts(e.To) {
		c.problems = append(c.problems, to.Unknown("GW-M016", e.To, c.target.oneof))
	}
	l.to[key] = e.To
	l.Entries = append(l.Entries, e)
}

// plainCode refuses codes that YAML tools around us would read as a number
// or as yes and no: they have to stand in quotes.
func (c *codeListReader) plainCode(n *strict.Node) {
	if n == nil || n.Quoted || n.Kind != strict.Scalar {
		return
	}
	v := strings.ToLower(n.Value)
	odd := slices.Contains([]string{"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"}, v)
	if odd || len(v) > 1 && v[0] == '0' && strings.Trim(v, "0123456789.") == "" {
		c.problems = append(c.problems, n.Wrong("GW-M018", `"`+n.Value+`"`))
	}
}
