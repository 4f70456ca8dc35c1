package tabular

import (
	"errors"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
	"iocgateway/canonical/vntext"
)

// plan is the settings of a stream, checked and compiled.
type plan struct {
	Settings
	kind     canonical.Kind
	skip     []rule
	stop     []rule
	captures []capture
	at       *atRule
	match    *regexp.Regexp
	reads    []string // the sheets that streams of this source read in these workbooks
}

type rule struct {
	column string
	re     *regexp.Regexp
}

type capture struct {
	of string
	re *regexp.Regexp
}

type atRule struct {
	column  string
	layouts []vntext.Layout
	zone    *time.Location
}

// read gives the time, or the zero time where the text is none of the layouts:
// the mapping has the text itself.
func (a *atRule) read(text string) time.Time {
	text = strings.TrimSpace(text)
	for _, l := range a.layouts {
		if t, _, _, err := l.Parse([]byte(text), a.zone); err == nil {
			return t
		}
	}
	return time.Time{}
}

func compile(cfg Settings, s adapters.Settings) (*plan, error) {
	p := &plan{Settings: cfg, kind: s.Kind, reads: sheetsOf(&cfg, s.Beside)}
	var problems []error
	refuse := func(key, want string) { problems = append(problems, wrong(s.Node, key, want)) }
	pattern := func(key, text string) *regexp.Regexp {
		re, err := regexp.Compile(text)
		if err != nil {
			refuse(key, "a pattern (regular expression)")
		}
		return re
	}
	for _, r := range cfg.Skip {
		p.skip = append(p.skip, rule{r.Column, pattern("skip", r.Match)})
	}
	for _, r := range cfg.Stop {
		p.stop = append(p.stop, rule{r.Column, pattern("stop", r.Match)})
	}
	for _, c := range cfg.Capture {
		re := pattern("capture", c.Match)
		if _, _, ok := reference(c.Of); !ok && c.Of != "file" && c.Of != "sheet" {
			refuse("capture", "of: file, sheet or a cell such as A1")
		}
		p.captures = append(p.captures, capture{c.Of, re})
	}
	if cfg.Separator != "" && cfg.Separator != "tab" && utf8.RuneCountInString(cfg.Separator) != 1 {
		refuse("separator", "one character, or tab")
	}
	if cfg.Charset != "" {
		name, ok := vntext.Charset(cfg.Charset)
		if !ok {
			refuse("charset", "utf-8, utf-16, windows-1258, windows-1252, tcvn3, vni")
		}
		p.Charset = name
	}
	p.compileFormat(s.Node, refuse)
	problems = append(problems, p.compilePaths(s.Node)...)
	at, err := compileAt(cfg.At)
	if err != nil {
		refuse("at", err.Error())
	}
	p.at = at
	return p, errors.Join(problems...)
}

func (p *plan) compileFormat(_ *strict.Node, refuse func(key, want string)) {
	if p.Format == "json" || p.Format == "ndjson" || p.Format == "xml" {
		if len(p.Key) == 0 {
			refuse("key", "the paths of the key's parts")
		}
		if p.Format == "xml" && p.Path == "" {
			refuse("path", "the path of the repeated element, such as root/item")
		}
	}
	if u := p.Unpivot; u != nil {
		if u.Match != "" {
			re, err := regexp.Compile(u.Match)
			if err != nil {
				refuse("unpivot", "a pattern (regular expression)")
			}
			p.match = re
		}
		own := *u
		if own.Header == "" {
			own.Header = "column"
		}
		if own.Value == "" {
			own.Value = "value"
		}
		p.Unpivot = &own
	}
	if p.Complete == CompleteStream && len(p.Place.URL) > 1 {
		refuse("complete", "file, or one address: several files cannot each be the whole stream")
	}
}

// compilePaths refuses what is no path where elements are asked for; of a
// table these are headers, and may be called anything.
func (p *plan) compilePaths(node *strict.Node) (problems []error) {
	check := func(path string, at ...string) {
		_, err := jsonscan.PlainPath(path)
		if p.Format == "xml" && strings.ContainsAny(path, "[]") {
			err = &jsonscan.PathError{Step: path, Want: "a.b, @attr"}
		}
		var wrong *jsonscan.PathError
		if errors.As(err, &wrong) {
			problems = append(problems, wrongPath(node, path, wrong.Want, at...))
		}
	}
	elements := p.Format == "json" || p.Format == "ndjson" || p.Format == "xml"
	if p.Format == "json" || p.Format == "auto" && !strings.Contains(p.Path, "/") {
		check(p.Path, "path")
	}
	if !elements {
		return problems
	}
	if p.Format == "xml" && strings.ContainsAny(p.Path, "[]()#?|") {
		problems = append(problems, wrongPath(node, p.Path, "root/item, */item", "path"))
	}
	for i, path := range p.Key {
		check(path, "key", itoa(i))
	}
	check(p.Version, "version")
	if p.At != nil {
		check(p.At.Column, "at", "column")
	}
	return problems
}

// wrongPath is the Problem of a path, where it is written.
func wrongPath(node *strict.Node, path, want string, at ...string) error {
	for _, step := range at {
		child := node.Get(step)
		if i, err := strconv.Atoi(step); err == nil && node != nil && i < len(node.Items) {
			child = node.Items[i]
		}
		if child == nil {
			break
		}
		node = child
	}
	p := &problem.Problem{Code: "GW-C005"}
	if node != nil {
		p = node.Wrong("GW-C005", want)
	}
	p.Field, p.Value, p.Want = at[0], problem.Short(path), want
	return p
}

func compileAt(s *AtSettings) (*atRule, error) {
	if s == nil {
		return nil, nil
	}
	at := &atRule{column: s.Column, zone: vntext.Zone()}
	for _, text := range s.Layouts {
		layout, err := vntext.ParseLayout(text)
		if err != nil {
			return nil, err
		}
		at.layouts = append(at.layouts, layout)
	}
	if s.Zone != "" {
		zone, err := time.LoadLocation(s.Zone)
		if err != nil {
			return nil, errors.New("a time zone such as Asia/Ho_Chi_Minh")
		}
		at.zone = zone
	}
	return at, nil
}

// prefix is what the keys of a file begin with.
func (p *plan) prefix(file string) string {
	if p.Complete == CompleteFile {
		return FilePrefix(file)
	}
	return ""
}

// sorted gives the names of a map in a fixed order: a payload's bytes must not
// depend on chance.
func sorted(m map[string]string) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
