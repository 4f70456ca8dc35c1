package rest

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"iocgateway/adapters/internal/form"
	"iocgateway/adapters/internal/httpx"
	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
	"iocgateway/canonical/vntext"
)

// plan is a profile made ready to run.
type plan struct {
	*Profile
	env, rec     *jsonscan.Trie
	total, pages int // slots, in env or (InRows) in rec; -1 none
	next, last   int
	message      int
	success      []cond
	failures     []failure
	key          []int
	version      int
	at           []int
	volatile     []int
	gone         *cond
	layouts      []vntext.Layout
	zone         *time.Location
	format       vntext.Layout
	xml          bool
	requests
	limits
	said   said
	heads  heads
	beside []beside
}

// beside is a member that tells of an error beside the list.
type beside struct {
	name string
	tale form.Tale
	slot int
}

// besides are those that the profile says nothing about: where it does, it decides.
// Where the whole answer is the list, or the one record, nothing stands beside it.
func besides(p *Profile, env *jsonscan.Trie) (all []beside) {
	if p.Records.Path == "" {
		return nil
	}
	known := map[string]bool{p.Records.Path: true, p.Message: true, p.Paging.Last.Path: true, p.Paging.Next: true}
	for _, s := range p.Success {
		known[s.Path] = true
	}
	for _, f := range p.Failures {
		known[f.When.Path] = true
	}
	for name, tale := range form.Beside() {
		if !known[name] {
			all = append(all, beside{name, tale, env.Want(name)})
		}
	}
	slices.SortFunc(all, func(a, b beside) int { return cmp.Or(cmp.Compare(a.tale, b.tale), cmp.Compare(a.name, b.name)) })
	return all
}

// said is what the profile or the settings say, where the defaults are no answer.
type said struct {
	zone, history bool
	asksZone      bool // what is sent names no zone, and nobody said which it is in: the source shows it
}

// requests are the calls of a profile.
type requests struct {
	list               call
	detail, fetch, ack *call
	detailOK, fetchOK  followUp
	count              *tally
}

// limits are the sizes and times of a profile, the settings' before its own.
type limits struct {
	size, deltaSize  int
	overlap, every   time.Duration
	history, chunk   time.Duration
	plenty, maxPages int
}

type failure struct {
	cond
	then string
}

// followUp reads the answer of a call about one record.
type followUp struct {
	env     *jsonscan.Trie
	success []cond
}

// The defaults of what a profile does not set.
const (
	defaultSize     = 500
	defaultOverlap  = 10 * time.Minute
	defaultChunk    = 31 * 24 * time.Hour
	defaultHistory  = 2 * 365 * 24 * time.Hour
	defaultEvery    = 24 * time.Hour
	defaultPlenty   = 20
	defaultMaxPages = 20_000
)

// sweeps is how often everything is read again. Changes asked for by pages that
// have no total are so once a day where nobody says otherwise: a row that slid
// between two of them comes with nothing else.
func (pl *plan) sweeps(cfg Settings) time.Duration {
	pages := pl.Paging.Kind == "page" || pl.Paging.Kind == "offset"
	every := cmp.Or(cfg.Sweep, pl.Sweep.Every)
	if every == 0 && !pl.Sweep.Never && pl.Watermark.Kind == "since" && pages && pl.Paging.Total == "" && pl.Count == nil {
		return defaultEvery
	}
	return every
}

type compiler struct {
	node     *strict.Node
	known    []string
	names    bool // paths are names only: the answers are XML
	problems []error
}

func (c *compiler) wrong(code, path, value, want string) {
	at := c.node
	if path != "" {
		full := path
		if c.node.Path != "" {
			full = c.node.Path + "." + path
		}
		at = c.node.At(full)
	}
	p := at.Problem(code)
	p.Field, p.Value, p.Want = path, problem.Short(value), want
	c.problems = append(c.problems, p)
}

func compile(p *Profile, node *strict.Node, cfg Settings) (*plan, error) {
	c := &compiler{node: node, known: builtin(), names: p.Records.Format == "xml"}
	for name := range p.Params {
		c.known = append(c.known, name)
	}
	slices.Sort(c.known)
	pl := &plan{Profile: p, env: jsonscan.NewTrie(), rec: jsonscan.NewTrie(), xml: p.Records.Format == "xml"}
	pl.size = cmp.Or(cfg.PageSize, p.Paging.Size, defaultSize)
	pl.deltaSize = min(cmp.Or(p.Paging.DeltaSize, pl.size), pl.size)
	pl.overlap = cmp.Or(cfg.Overlap, p.Watermark.Overlap, defaultOverlap)
	pl.every = pl.sweeps(cfg)
	pl.history = cmp.Or(cfg.History, p.Watermark.History, defaultHistory)
	pl.chunk = cmp.Or(p.Watermark.Chunk, defaultChunk)
	pl.plenty = cmp.Or(p.Sweep.Plenty, defaultPlenty)
	pl.maxPages = cmp.Or(p.Paging.MaxPages, defaultMaxPages)
	pl.said = said{zone: cmp.Or(cfg.Zone, p.Zone) != "", history: cmp.Or(cfg.History, p.Watermark.History) > 0}
	c.basics(pl, cfg)
	c.never(pl)
	c.records(pl)
	c.envelope(pl)
	c.calls(pl)
	c.sense(pl)
	pl.said.asksZone = !pl.said.zone && pl.Watermark.Format != "" && !pl.format.HasZone()
	return pl, errors.Join(c.problems...)
}

// never refuses a sweep that is said to be never and asked for in one profile: one of
// both is not meant. The settings of a stream may sweep where its profile does not.
func (c *compiler) never(pl *plan) {
	if !pl.Sweep.Never {
		return
	}
	for _, with := range []struct {
		key string
		set bool
	}{{"sweep.every", pl.Sweep.Every > 0}, {"sweep.complete", pl.Sweep.Complete}, {"sweep.span", pl.Sweep.Span > 0}} {
		if with.set {
			c.wrong("GW-C037", with.key, "never: true", "")
		}
	}
}

func (c *compiler) basics(pl *plan, cfg Settings) {
	if !canonical.Kind(pl.Kind).Valid() {
		c.wrong("GW-A003", "kind", pl.Kind, "a kind of the canonical model")
	}
	if kinds := httpx.AuthKinds(); pl.Auth.Kind != "" && !slices.Contains(kinds, pl.Auth.Kind) {
		c.wrong("GW-A003", "auth.kind", pl.Auth.Kind, strings.Join(kinds, ", "))
	}
	pl.zone = vntext.Zone()
	if name := cmp.Or(cfg.Zone, pl.Zone); name != "" {
		zone, err := time.LoadLocation(name)
		if err != nil {
			c.wrong("GW-A007", "zone", name, "Asia/Ho_Chi_Minh")
			return
		}
		pl.zone = zone
	}
}

func (c *compiler) layout(path, text string) vntext.Layout {
	l, err := vntext.ParseLayout(text)
	if err != nil {
		c.wrong("GW-A005", path, text, err.Error())
	}
	return l
}

// slot reserves a slot for a path below t; -1 for no path.
func (c *compiler) slot(t *jsonscan.Trie, field, path string) int {
	if path == "" {
		return -1
	}
	steps, err := jsonscan.PlainPath(path)
	var wrong *jsonscan.PathError
	switch {
	case errors.As(err, &wrong):
		c.wrong("GW-A003", field, path, wrong.Want)
		return -1
	case c.names && slices.ContainsFunc(steps, func(s jsonscan.Step) bool { return s.Only || s.Member != "" }):
		c.wrong("GW-A003", field, path, "names of elements with dots between them") // XML has no lists to count in
		return -1
	}
	return t.Want(path)
}

func (c *compiler) records(pl *plan) {
	r := pl.Records
	for _, path := range r.Key {
		pl.key = append(pl.key, c.slot(pl.rec, "records.key", path))
	}
	pl.version = c.slot(pl.rec, "records.version", r.Version)
	for _, path := range r.At.Path {
		pl.at = append(pl.at, c.slot(pl.rec, "records.at.path", path))
	}
	for _, text := range r.At.Layouts {
		pl.layouts = append(pl.layouts, c.layout("records.at.layouts", text))
	}
	for _, path := range r.Volatile {
		pl.volatile = append(pl.volatile, c.slot(pl.rec, "records.volatile", path))
	}
	if pl.xml && len(r.Volatile) > 0 {
		c.wrong("GW-A003", "records.volatile", r.Volatile[0], "records.format: json")
	}
	if len(pl.at) > 0 && len(pl.layouts) == 0 {
		c.wrong("GW-A008", "records.at.layouts", "", "records.at.path")
	}
	if r.Gone != nil {
		gone := compileCond(*r.Gone, c.slot(pl.rec, "records.gone.path", r.Gone.Path))
		pl.gone = &gone
	}
}

func (c *compiler) envelope(pl *plan) {
	if pl.Records.Path != "" && c.slot(jsonscan.NewTrie(), "records.path", pl.Records.Path) < 0 {
		return
	}
	pl.env.WantRecords(pl.Records.Path)
	totals := pl.env
	if pl.Paging.InRows {
		totals = pl.rec
	}
	pl.total = c.slot(totals, "paging.total", pl.heads.take(&pl.heads.total, pl.Paging.Total))
	pl.pages = c.slot(totals, "paging.pages", pl.heads.take(&pl.heads.pages, pl.Paging.Pages))
	pl.next = c.slot(pl.env, "paging.next", pl.heads.take(&pl.heads.next, pl.Paging.Next))
	pl.last = c.slot(pl.env, "paging.last.path", pl.Paging.Last.Path)
	if !pl.xml {
		pl.beside = besides(pl.Profile, pl.env)
	}
	pl.message = c.slot(pl.env, "message", pl.Message)
	for _, s := range pl.Success {
		pl.success = append(pl.success, compileCond(s, c.slot(pl.env, "success", s.Path)))
	}
	for _, f := range pl.Failures {
		pl.failures = append(pl.failures, failure{compileCond(f.When, c.slot(pl.env, "failures", f.When.Path)), f.Then})
	}
}

func (c *compiler) template(field, text string) template {
	t, err := parseTemplate(text, c.known)
	if p, ok := problem.As(err); ok {
		c.wrong(p.Code, field, p.Value, p.Want)
		if last, ok := problem.As(c.problems[len(c.problems)-1]); ok {
			last.Near = p.Near
		}
	}
	return t
}

func (c *compiler) pairs(field string, m map[string]string) []pair {
	out := make([]pair, 0, len(m))
	for name, text := range m {
		out = append(out, pair{name, c.template(field+"."+name, text)})
	}
	slices.SortFunc(out, func(a, b pair) int { return strings.Compare(a.name, b.name) })
	return out
}

func (c *compiler) call(field string, r Request) call {
	usual := "GET"
	if len(r.Form) > 0 || r.JSON.node != nil {
		usual = "POST"
	}
	out := call{method: methodOr(r.Method, usual), path: c.template(field+".path", r.Path), query: c.pairs(field+".query", r.Query),
		form: c.pairs(field+".form", r.Form), json: r.JSON.node, headers: c.pairs(field+".headers", r.Headers), keep: r.Empty == "keep"}
	if out.json != nil {
		c.body(field+".json", out.json)
	}
	return out
}

func (c *compiler) body(field string, n *strict.Node) {
	if n.Kind == strict.Scalar {
		c.template(field, n.Value)
	}
	for _, k := range n.Keys {
		c.body(field+"."+k.Name, k.Value)
	}
	for _, item := range n.Items {
		c.body(field, item)
	}
}

func (c *compiler) calls(pl *plan) {
	pl.list = c.call("request", pl.Request)
	c.counting(pl)
	one := func(field string, of *Call) (*call, followUp) {
		if of == nil {
			return nil, followUp{}
		}
		made := c.call(field, Request{Method: of.Method, Path: of.Path, Query: of.Query, Form: of.Form, JSON: of.JSON, Headers: of.Headers})
		f := followUp{env: jsonscan.NewTrie()}
		for _, s := range of.Success {
			f.success = append(f.success, compileCond(s, c.slot(f.env, field+".success", s.Path)))
		}
		if of.Record == "" || c.slot(jsonscan.NewTrie(), field+".record", of.Record) >= 0 {
			f.env.WantRecords(of.Record)
		}
		return &made, f
	}
	pl.fetch, pl.fetchOK = one("fetch", pl.Fetch)
	pl.ack, _ = one("ack", pl.Ack)
	if pl.Detail != nil {
		pl.detail, pl.detailOK = one("detail", &pl.Detail.Call)
	}
}

// sense refuses combinations that cannot work.
func (c *compiler) sense(pl *plan) {
	kind := pl.Watermark.Kind
	if (kind == "since" || kind == "walk-desc") && len(pl.at) == 0 {
		c.wrong("GW-A008", "records.at", "", "watermark.kind: "+kind)
	}
	if kind == "since" || kind == "window" {
		if pl.Watermark.Format == "" {
			c.wrong("GW-A008", "watermark.format", "", "watermark.kind: "+kind)
		} else {
			pl.format = c.layout("watermark.format", pl.Watermark.Format)
		}
	}
	if paging := pl.Paging.Kind; (paging == "cursor" || paging == "next") && pl.next < 0 && pl.heads.next == "" {
		c.wrong("GW-A008", "paging.next", "", "paging.kind: "+paging)
	}
	if (kind == "queue") != (pl.ack != nil) {
		c.wrong("GW-A008", "ack", "", "watermark.kind: queue")
	}
	c.authentic(pl.Auth)
	c.filled(pl)
	if pl.xml && pl.Records.Path == "" {
		c.wrong("GW-A008", "records.path", "", "records.format: xml")
	}
	if pl.chunk < 24*time.Hour {
		c.wrong("GW-A003", "watermark.chunk", pl.chunk.String(), "at least 1d")
	}
}

// authentic asks for what a kind of authentication cannot do without, beside the
// credentials of the settings.
func (c *compiler) authentic(a Auth) {
	switch a.Kind {
	case httpx.AuthOAuth2, httpx.AuthLogin, httpx.AuthRefresh:
		if a.URL == "" {
			c.wrong("GW-A008", "auth.url", "", "auth.kind: "+a.Kind)
		}
	case httpx.AuthHMAC:
		if a.Sign == "" {
			c.wrong("GW-A008", "auth.sign", "", "auth.kind: "+a.Kind)
		}
	}
}
