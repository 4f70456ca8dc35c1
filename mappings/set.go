package mappings

import (
	"cmp"
	"embed"
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
)

//go:embed */*.yaml codes/*/*.yaml
var shipped embed.FS

// Options say what a set of mappings is loaded with.
type Options struct {
	Dir    string         // files that replace or add by name; empty for none
	FS     fs.FS          // the same, as a file system; Dir wins
	Bare   bool           // without the shipped ones
	Units  Units          // nil: looking a unit up finds nothing
	Policy privacy.Policy // nil means canonical.DefaultPolicy
}

// Set holds every mapping and code list by name. It is immutable.
type Set struct {
	plans map[string]*Plan
	codes map[string]*CodeList
	files map[string]file // by path below the root
	env   Env
}

type file struct {
	shown string
	data  []byte
}

// Load reads the shipped mappings with those of the directory on top and
// compiles all. Where the error is not nil, the set holds what is right.
func Load(o Options) (*Set, error) {
	s := &Set{plans: map[string]*Plan{}, codes: map[string]*CodeList{}, files: map[string]file{}}
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
		problems = append(problems, s.collect(over, prefix))
	}
	s.env = Env{Codes: s.Codes, Units: o.Units, Policy: o.Policy}
	for _, path := range s.paths() {
		if strings.HasPrefix(path, "codes/") {
			problems = append(problems, s.loadCodes(path))
		}
	}
	for _, path := range s.paths() {
		if !strings.HasPrefix(path, "codes/") && !isTest(path) {
			problems = append(problems, s.loadPlan(path))
		}
	}
	return s, errors.Join(problems...)
}

const maxFiles = 2000

// collect takes <folder>/<name>.yaml and codes/<product>/<list>.yaml.
func (s *Set) collect(from fs.FS, shown string) error {
	for _, pattern := range []string{"*/*.yaml", "codes/*/*.yaml"} {
		found, err := fs.Glob(from, pattern)
		if err == nil && pattern == "*/*.yaml" {
			_, err = fs.ReadDir(from, ".")
		}
		if err != nil {
			return &problem.Problem{Code: "GW-M022", File: strings.TrimSuffix(shown, "/"), Err: err}
		}
		for _, path := range found {
			if len(s.files) >= maxFiles {
				return &problem.Problem{Code: "GW-M022", File: shown + path, Err: errors.New("too many files")}
			}
			data, err := fs.ReadFile(from, path)
			if err != nil {
				return &problem.Problem{Code: "GW-M022", File: shown + path, Err: err}
			}
			s.files[path] = file{shown: shown + path, data: data}
		}
	}
	return nil
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
	f := s.files[path]
	plan, err := Compile(f.shown, f.data, s.env)
	if err != nil {
		return err
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
	return nil, &problem.Problem{Code: "GW-M024", Value: problem.Short(name), Want: strings.Join(s.Names(), ", "),
		Near: problem.Near(name, s.Names())}
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
