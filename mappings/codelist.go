package mappings

import (
	"crypto/sha256"
	"errors"
	"slices"
	"strings"

	"iocgateway/canonical"
	"iocgateway/canonical/strict"
	"iocgateway/canonical/vntext"
)

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
	c := &compiler{file: file}
	l := &CodeList{sum: sha256.Sum256(data), to: map[string]string{}}
	c.keys(root, "list", "for", "evidence", "match", "notes", "entries")
	l.Name = c.text(root, "list", true)
	l.For = c.text(root, "for", true)
	l.Evidence = c.oneOf(root, "evidence", "assumed", "reported", "seen")
	l.byLabel = c.oneOf(root, "match", "code", "label") == "label"
	target := c.listTarget(root.Get("for"), l.For)
	entries := root.Get("entries")
	if entries == nil || entries.Kind != strict.List {
		c.add(root.Wrong("GW-M003", "entries: [{code, label, to}]"), "entries")
	} else {
		for _, n := range entries.Items {
			c.codeEntry(l, n, target)
		}
	}
	return l, errors.Join(c.problems...)
}

// listTarget finds the canonical field a list is for.
func (c *compiler) listTarget(n *strict.Node, path string) *field {
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

func (c *compiler) codeEntry(l *CodeList, n *strict.Node, target *field) {
	if n.Kind != strict.Map {
		c.problems = append(c.problems, n.Wrong("GW-M003", "{code, label, to}"))
		return
	}
	c.keys(n, "code", "label", "to", "note")
	e := CodeEntry{Code: c.text(n, "code", false), Label: c.text(n, "label", false), To: c.text(n, "to", true),
		Note: c.text(n, "note", false), Line: n.Line}
	c.plainCode(n.Get("code"))
	key := vntext.Clean(e.Code)
	at := n.Get("code")
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
	if to := n.Get("to"); target != nil && to != nil && !target.accepts(e.To) {
		c.problems = append(c.problems, to.Unknown("GW-M016", e.To, target.oneof))
	}
	l.to[key] = e.To
	l.Entries = append(l.Entries, e)
}

// plainCode refuses codes that YAML tools around us would read as a number
// or as yes and no: they have to stand in quotes.
func (c *compiler) plainCode(n *strict.Node) {
	if n == nil || n.Quoted || n.Kind != strict.Scalar {
		return
	}
	v := strings.ToLower(n.Value)
	odd := slices.Contains([]string{"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"}, v)
	if odd || len(v) > 1 && v[0] == '0' && strings.Trim(v, "0123456789.") == "" {
		c.problems = append(c.problems, n.Wrong("GW-M018", `"`+n.Value+`"`))
	}
}
