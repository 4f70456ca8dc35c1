package mappings

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"path"
	"slices"
	"strings"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
	"iocgateway/canonical/vntext"
	"iocgateway/mappings/keys"
)

// engineRevision changes whenever the engine could make another record of
// the same Raw and mapping.
const engineRevision = "4"

// Compile reads a mapping. The error joins a Problem for every mistake.
func Compile(file string, data []byte, env Env) (*Plan, error) {
	root, err := strict.Parse(file, data)
	if err != nil {
		return nil, err
	}
	if env.Policy == nil {
		env.Policy = privacy.DefaultPolicy()
	}
	c := &compiler{file: file, env: env, plan: &Plan{File: file, policy: env.Policy, units: env.Units}}
	c.openFrame("")
	c.header(root)
	return c.compile(root, kindField(c.plan.Kind), data)
}

// compile makes the plan of a mapping whose header is read; of is the record.
func (c *compiler) compile(root *strict.Node, of *field, data []byte) (*Plan, error) {
	if of == nil {
		return nil, errors.Join(c.problems...)
	}
	fields := root.Get("fields")
	if fields == nil || fields.Kind != strict.Map {
		c.add(root.Wrong("GW-M004", "fields"), "fields")
		return nil, errors.Join(c.problems...)
	}
	c.plan.root = c.rootNode(fields, of)
	c.at(root.Get("at"))
	c.excludes(root.Get("exclude"))
	c.plan.ignore = c.texts(root.Get("ignore"))
	c.finish(data)
	if len(c.problems) > 0 {
		return nil, errors.Join(inOrder(c.problems)...)
	}
	c.plan.watched = watchedOf(c.plan)
	return c.plan, nil
}

// inOrder sorts mistakes as a person meets them in the file.
func inOrder(problems []error) []error {
	slices.SortStableFunc(problems, func(a, b error) int {
		p, _ := problem.As(a)
		q, _ := problem.As(b)
		if p == nil || q == nil {
			return 0
		}
		return cmp.Or(cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
	})
	return problems
}

func (c *compiler) header(root *strict.Node) {
	c.keys(root, keys.Names(keys.Mapping())...)
	p := c.plan
	p.Name = c.text(root, "mapping", true)
	p.Notes = c.text(root, "notes", false)
	p.Evidence = c.oneOf(root, "evidence", "assumed", "reported", "seen")
	p.xml = c.oneOf(root, "media", "json", "xml") == "xml"
	kinds := make([]string, 0, 9)
	for _, k := range canonical.Kinds() {
		kinds = append(kinds, string(k))
	}
	kind := c.text(root, "kind", true)
	p.Kind = canonical.Kind(kind)
	if n := root.Get("kind"); n != nil && n.Kind == strict.Scalar && !slices.Contains(kinds, kind) {
		c.add(n.Unknown("GW-M003", kind, kinds), "kind")
	}
	c.head.empty = append(c.texts(root.Get("empty")), "")
	c.head.numbers = vntext.NumberStyle(c.oneOf(root, "numbers", "plain", "vi", "en", "auto"))
	c.head.onInvalid = c.oneOf(root, "on_invalid", "hold", "unread")
	c.head.onUnknown = c.oneOf(root, "on_unknown", "unknown", "hold")
	c.head.zone = c.zone(root, vntext.Zone())
	c.head.layouts = c.layouts(root.Get("dates"))
	c.head.noDates = noDates(c, root.Get("no_dates"))
	if len(c.head.layouts) == 0 {
		iso, _ := vntext.ParseLayout("iso")
		c.head.layouts = []vntext.Layout{iso}
	}
}

// noDates are the days that stand for none: what systems write into columns
// that must not be empty. Years before 1900 and from 9999 on always do.
func noDates(c *compiler, n *strict.Node) []day {
	if n == nil {
		return []day{{1900, time.January, 1}}
	}
	days := []day{}
	for i, text := range c.texts(n) {
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			where := n
			if i < len(n.Items) {
				where = n.Items[i]
			}
			c.add(where.Wrong("GW-M003", "yyyy-MM-dd"), n.Path)
			continue
		}
		days = append(days, dayOf(at))
	}
	return days
}

func (c *compiler) zone(n *strict.Node, inherited *time.Location) *time.Location {
	name := c.text(n, "zone", false)
	switch name {
	case "":
		return inherited
	case "Asia/Ho_Chi_Minh", "+07:00":
		return vntext.Zone()
	case "UTC", "Z":
		return time.UTC
	}
	if at, err := time.Parse("-07:00", name); err == nil {
		_, seconds := at.Zone()
		return time.FixedZone("", seconds)
	}
	// The machine's own zone is no answer: the same Raw would give another
	// Record elsewhere (invariant 4).
	if at, err := time.LoadLocation(name); err == nil && name != "Local" && len(name) <= 64 {
		return at
	}
	c.add(n.Get("zone").Wrong("GW-M009", "Asia/Ho_Chi_Minh, America/New_York, UTC, +07:00"), n.Path)
	return inherited
}

func (c *compiler) layouts(n *strict.Node) []vntext.Layout {
	var out []vntext.Layout
	for _, pattern := range c.texts(n) {
		l, err := vntext.ParseLayout(pattern)
		if err != nil {
			at := n
			for _, item := range n.Items {
				if item.Value == pattern {
					at = item
				}
			}
			p := at.Wrong("GW-M007", "dd/MM/yyyy HH:mm:ss, "+strings.Join(vntext.LayoutNames(), ", "))
			p.Err = errors.New(strings.TrimPrefix(err.Error(), "vntext: "))
			c.problems = append(c.problems, p)
			continue
		}
		out = append(out, l)
	}
	return out
}

func (c *compiler) openFrame(prefix string) int {
	c.plan.frames = append(c.plan.frames, frame{paths: jsonscan.NewTrie(), prefix: prefix})
	return len(c.plan.frames) - 1
}

// rootNode compiles the record and puts in what the engine writes itself.
func (c *compiler) rootNode(fields *strict.Node, of *field) *node {
	root := c.object(fields, of, fields)
	var members []*node
	for _, f := range of.members {
		m := member(root, f.name)
		switch f.role {
		case canonical.RoleID:
			m = &node{field: f, special: fixedID}
		case canonical.RoleKind:
			m = &node{field: f, special: fixedKind}
		case canonical.RoleUnread:
			m = &node{field: f, special: cutMark}
			c.plan.unreads = true
		case canonical.RoleAnonymous:
			c.plan.anonymous = m
		case canonical.RoleIdentity:
			if m != nil {
				m.identity = true
			}
		}
		if m != nil {
			m.key = f.key()
			members = append(members, m)
		}
	}
	root.members = members
	c.plan.keys = envelopeOf(of)
	c.plan.checks = checksOf(of)
	c.plan.person = person(root)
	return root
}

// envelopeOf takes the keys of what the engine writes around a record.
func envelopeOf(of *field) envelope {
	key := func(in *field, role canonical.Role) []byte {
		if in == nil || in.with(role) == nil {
			return nil
		}
		return in.with(role).key()
	}
	e := envelope{id: key(of, canonical.RoleID), kind: key(of, canonical.RoleKind), notes: key(of, canonical.RoleNotes),
		unread: key(of, canonical.RoleUnread)}
	if list := of.with(canonical.RoleUnread); list != nil {
		e.field, e.raw, e.code = key(list.elem, canonical.RoleUnreadField), key(list.elem, canonical.RoleUnreadRaw),
			key(list.elem, canonical.RoleUnreadCode)
	}
	return e
}

// checksOf finds the rules of a record that no single field can hold.
func checksOf(of *field) checks {
	var c checks
	if missing := of.with(canonical.RoleMissing); missing != nil {
		c.missing = missing.path
	}
	if period := of.with(canonical.RolePeriod); period != nil {
		c.last = period.with(canonical.RoleLastDay).path
	}
	if to := of.with(canonical.RoleValidTo); to != nil {
		c.last, c.strict = to.path, true
	}
	return c
}

// person finds the node of the name whose matter it is: a test holds that a
// kind has one such name at most.
func person(n *node) *node {
	for _, m := range n.members {
		if m.class == privacy.ClassName {
			return m
		}
		if m.form == formObject {
			if found := person(m); found != nil {
				return found
			}
		}
	}
	return nil
}

func member(n *node, name string) *node {
	for _, m := range n.members {
		if m.name == name {
			return m
		}
	}
	return nil
}

// mapped gives the member of a role that is mapped; nil when none is.
func (n *node) mapped(role canonical.Role) *node {
	for _, m := range n.members {
		if m.role == role {
			return m
		}
	}
	return nil
}

// at compiles the rule for the time of change, where the adapter gives none.
func (c *compiler) at(n *strict.Node) {
	if n == nil {
		return
	}
	f := &field{name: "at", path: "at", form: formTime, fixed: true}
	c.plan.at = &node{field: f, rule: c.rule(n, f)}
}

func (c *compiler) excludes(n *strict.Node) {
	if n == nil {
		return
	}
	if n.Kind != strict.List {
		c.add(n.Wrong("GW-M003", "[{name, when}]"), "exclude")
		return
	}
	for _, item := range n.Items {
		c.keys(item, keys.Names(keys.Exclude())...)
		name := c.text(item, "name", true)
		if when := item.Get("when"); when != nil && when.Kind == strict.Scalar {
			c.plan.exclude = append(c.plan.exclude, exclusion{name: name, when: c.program(when, true)})
		} else {
			c.add(item.Wrong("GW-M004", "when"), item.Path)
		}
	}
}

// finish takes the revision.
func (c *compiler) finish(data []byte) {
	p := c.plan
	if want := strings.TrimSuffix(path.Base(c.file), ".yaml"); p.Name != "" && path.Base(p.Name) != want {
		c.problems = append(c.problems, &problem.Problem{Code: "GW-M019", File: c.file, Line: 1, Col: 1,
			Field: "mapping", Value: p.Name, Want: want})
	}
	sum := sha256.New()
	for _, s := range [][]byte{[]byte(engineRevision), data, []byte(c.env.Policy.Revision())} {
		sum.Write(s)
		sum.Write([]byte{0})
	}
	slices.SortFunc(c.used, func(a, b *CodeList) int { return strings.Compare(a.Name, b.Name) })
	for _, l := range c.used {
		sum.Write(l.sum[:])
	}
	if c.env.Units != nil {
		sum.Write([]byte(c.env.Units.AsOf()))
	}
	p.revision = hex.EncodeToString(sum.Sum(nil)[:6])
	p.runs.New = func() any { return newRun(p) }
}
