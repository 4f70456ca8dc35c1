package statistics

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/tabular"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

// pxweb reads one table of a PX-Web server through its API, slice by slice.
// What it keeps between calls is only a shortcut; the checkpoint has it all.
type pxweb struct {
	cfg   Settings
	kind  canonical.Kind
	env   adapters.Env
	api   dialect
	table string

	mu      sync.Mutex
	limits  *limits
	calls   []time.Time // of the current time window
	meta    *metadata   // of the walk that is under way
	thread  adapters.Thread
	advised []problem.Problem
}

// Advice is adapters.Advised's.
func (p *pxweb) Advice() []problem.Problem { return p.advised }

// dialect is what differs between the versions of the API.
type dialect interface {
	limits(ctx context.Context, p *pxweb) (limits, error)
	metadata(ctx context.Context, p *pxweb) (*metadata, error)
	data(ctx context.Context, p *pxweb, m *metadata, b box) (*http.Request, error)
}

// limits are what a server allows.
type limits struct {
	cells  int
	calls  int
	window time.Duration
}

// metadata is a table as its server describes it now.
type metadata struct {
	title   string
	updated string // empty when the server gives none
	vars    []variable
	print   string // changes when anything that positions rest on does
}

type variable struct {
	code, text    string
	values, texts []string
	time          bool
	chosen        []int
}

const (
	pageCells    = 5000
	defaultCells = 5000
	// How long an answer may be, in bytes. Data that is longer is asked for in
	// smaller pieces; a description has none.
	maxData        = 16 << 20
	maxDescription = 64 << 20
)

func newPXWeb(cfg Settings, s adapters.Settings, env adapters.Env) (adapters.Source, error) {
	p := &pxweb{cfg: cfg, kind: kindOf(s), env: env, api: v1{}, advised: tabular.Absence(cfg.Complete, s.Node)}
	if cfg.Profile == "pxweb-v2" {
		p.api = v2{}
	}
	if !strings.HasPrefix(cfg.PXWeb.URL, "http://") && !strings.HasPrefix(cfg.PXWeb.URL, "https://") {
		return nil, settingsProblem(s.Node, "url", "the API's address, such as https://host/api/v1/vi")
	}
	if cfg.PXWeb.Table == "" {
		return nil, settingsProblem(s.Node, "table", "the table's path (v1) or id (v2)")
	}
	p.table = firstOf(cfg.Table, baseName(cfg.PXWeb.Table))
	return p, nil
}

func settingsProblem(node *strict.Node, key, want string) error {
	found := &problem.Problem{Code: "GW-C005", Field: "pxweb." + key, Want: want}
	if at := node.Get("pxweb"); at != nil {
		found = at.Wrong("GW-C005", want)
		found.Field = "pxweb." + key
	}
	return found
}

// pxCheckpoint is version 1: the slices still to ask for, or what the last
// complete walk saw.
type pxCheckpoint struct {
	V       int    `json:"v"`
	Print   string `json:"print,omitempty"`
	Limit   int    `json:"limit,omitempty"`
	Boxes   []box  `json:"boxes,omitempty"`
	Bad     int    `json:"bad,omitempty"`
	Again   int    `json:"again,omitempty"`   // how often it was cut and is made again
	Updated string `json:"updated,omitempty"` // of the walk
	Rows    int    `json:"rows,omitempty"`    // given in this walk
	Live    int    `json:"live,omitempty"`    // given in the one before
	Done    bool   `json:"done,omitempty"`
	// Doubts are what the walk left open: they are said with every look, until another walk answers them.
	Doubts []problem.Problem `json:"doubts,omitempty"`
}

// readPX reads a checkpoint.
func readPX(from canonical.Checkpoint) (cp pxCheckpoint, err error) {
	cp.V = 1
	if len(from) > 0 {
		if err := json.Unmarshal(from, &cp); err != nil || cp.V != 1 {
			return cp, problem.Halt(fmt.Errorf("statistics: read the checkpoint: version %d: %w", cp.V, err))
		}
	}
	return cp, nil
}

// Sweep is adapters.Restarter's: the table is read again although its server
// says that it is the same.
func (p *pxweb) Sweep(from canonical.Checkpoint) (canonical.Checkpoint, error) {
	cp, err := readPX(from)
	if err != nil {
		return nil, err
	}
	return json.Marshal(pxCheckpoint{V: 1, Limit: cp.Limit, Again: cp.Again + 1, Live: max(cp.Live, cp.Rows)})
}

// Restart is adapters.Restarter's.
func (p *pxweb) Restart(from canonical.Checkpoint) (canonical.Checkpoint, error) {
	cp, err := readPX(from)
	if err != nil || len(cp.Boxes) == 0 {
		return from, err
	}
	return p.Sweep(from)
}

// Pull asks for the next slice. An unchanged table costs one or two small requests.
func (p *pxweb) Pull(ctx context.Context, from canonical.Checkpoint) (adapters.Page, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	cp, err := readPX(from)
	if err != nil {
		return adapters.Page{}, err
	}
	if err := p.know(ctx, &cp); err != nil {
		return adapters.Page{}, err
	}
	start := false
	if len(cp.Boxes) == 0 || cp.Print != p.meta.print || !p.meta.fits(cp.Boxes) {
		if cp.Done && len(cp.Boxes) == 0 && cp.Print == p.meta.print && p.meta.updated != "" && cp.Updated == p.meta.updated {
			return adapters.Page{Next: from, Total: -1, Notes: cp.Doubts}, nil
		}
		cp = pxCheckpoint{V: 1, Print: p.meta.print, Limit: p.allowed(0), Boxes: []box{p.meta.whole()}, Updated: p.meta.updated, Again: cp.Again,
			Live: max(cp.Live, cp.Rows)}
		start = true
	}
	p.thread.Follow(from, start)
	page, err := p.slice(ctx, &cp)
	if err != nil {
		p.meta = nil // what is known may be old: ask again next time
		return adapters.Page{}, err
	}
	page.Start = start
	page.Next, err = json.Marshal(cp)
	p.thread.Gave(page.Next)
	return page, err
}

// know makes sure of the limits and of the metadata.
func (p *pxweb) know(ctx context.Context, cp *pxCheckpoint) error {
	if p.limits == nil {
		l, err := p.api.limits(ctx, p)
		if err != nil {
			return err
		}
		if p.cfg.PXWeb.Calls != 0 {
			l.calls, l.window = p.cfg.PXWeb.Calls, 10*time.Second
		}
		p.limits = &l
	}
	if p.meta != nil && len(cp.Boxes) > 0 && cp.Print == p.meta.print {
		return nil
	}
	m, err := p.api.metadata(ctx, p)
	if err != nil {
		return err
	}
	if err := m.choose(p.cfg.PXWeb.Select); err != nil {
		return problem.Halt(err)
	}
	if _, err := (&cube{table: p.table, dims: m.dims()}).cells(); err != nil {
		return problem.Halt(err)
	}
	p.meta = m
	return nil
}

// allowed is the most cells to ask for at once.
func (p *pxweb) allowed(learned int) int {
	most := pageCells
	for _, limit := range []int{p.limits.cells, p.cfg.PXWeb.MaxCells, learned} {
		if limit > 0 {
			most = min(most, limit)
		}
	}
	return most
}

var errTooBig = errors.New("the question is too large for the server")

// slice takes the next box, cut to what is allowed. A server that finds it too
// large even so teaches a smaller limit.
func (p *pxweb) slice(ctx context.Context, cp *pxCheckpoint) (adapters.Page, error) {
	for {
		b := cp.Boxes[len(cp.Boxes)-1]
		for b.cells() > p.allowed(cp.Limit) {
			first, second := b.halves()
			cp.Boxes[len(cp.Boxes)-1] = second
			cp.Boxes = append(cp.Boxes, first)
			b = first
		}
		res, err := p.ask(ctx, b)
		if errors.Is(err, errTooBig) {
			if b.cells() <= 1 {
				return adapters.Page{}, problem.Halt(&problem.Problem{Code: "GW-D037", Path: problem.Short(p.table)})
			}
			cp.Limit = max(1, b.cells()/2)
			continue
		}
		if err != nil {
			return adapters.Page{}, err
		}
		page, err := p.page(res.body, b)
		res.release()
		adapters.RecorderOf(ctx).Count(adapters.FoundRecords, "", len(page.Records)+len(page.Refused))
		if err != nil {
			return adapters.Page{}, err
		}
		cp.Boxes = cp.Boxes[:len(cp.Boxes)-1]
		cp.Bad += len(page.Refused)
		cp.Rows += len(page.Records) + len(page.Refused)
		cp.doubt(&page)
		page.More = len(cp.Boxes) > 0
		if !page.More {
			if cp.Rows == 0 && cp.Live > 0 && len(cp.Doubts) == 0 && !p.cfg.AllowEmpty { // Invariant 6
				return adapters.Page{}, problem.Retry(&problem.Problem{Code: "GW-S015", File: problem.Short(p.table), Value: "0",
					Want: strconv.Itoa(cp.Live)}, 5*time.Minute)
			}
			page.Complete = p.proof(cp.Bad + len(cp.Doubts))
			page.Notes = append(page.Notes, cp.Doubts...)
			if page.Complete != nil && !p.thread.Whole() { // Invariant 16
				page.Complete, page.More = nil, true
				cp.Again, cp.Bad = cp.Again+1, 0
			} else {
				cp.Done, cp.Again = true, 0
			}
		}
		return page, nil
	}
}

// doubt keeps what a page leaves open until the walk's end.
func (cp *pxCheckpoint) doubt(page *adapters.Page) {
	var rest []problem.Problem
	for _, note := range page.Notes {
		switch {
		case note.Reason() != problem.Doubtful:
			rest = append(rest, note)
		case len(cp.Doubts) < maxNotes:
			cp.Doubts = append(cp.Doubts, note)
		}
	}
	page.Notes = rest
}

// proof: the whole table was listed. A selection proves nothing about what it
// leaves out, and a refused cell may be the one that seems gone.
//
// Invariant 6.
func (p *pxweb) proof(bad int) *adapters.Scope {
	if len(p.cfg.PXWeb.Select) > 0 || bad > 0 || p.cfg.Complete == tabular.CompleteNone {
		return nil
	}
	return &adapters.Scope{KeyPrefix: tablePrefix(p.table)}
}

func (p *pxweb) ask(ctx context.Context, b box) (*reply, error) {
	req, err := p.api.data(ctx, p, p.meta, b)
	if err != nil {
		return nil, problem.Halt(fmt.Errorf("statistics: ask for %s: %w", problem.Short(p.table), err))
	}
	res, err := p.do(ctx, req, maxData)
	if err != nil {
		return nil, err
	}
	switch res.StatusCode {
	case http.StatusForbidden, http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong:
		err = errTooBig
	default:
		err = p.status(res)
	}
	if err != nil {
		res.release()
		return nil, err
	}
	return res, nil
}

// page makes Raws of an answer, after making sure that the answer is about the
// values that were asked for: positions shift when the source inserts one.
func (p *pxweb) page(body []byte, b box) (adapters.Page, error) {
	page := adapters.Page{Total: -1}
	cfg := p.cfg.tableSettings
	cfg.Table = p.table
	var tables []*cube
	var err error
	if p.cfg.PXWeb.Answer == "px" && p.cfg.Profile == "pxweb-v1" {
		var c *cube
		c, err = openPX(body, &cfg, p.table)
		tables = []*cube{c}
	} else {
		tables, err = openJSONStat(body, &cfg, p.table)
	}
	if err != nil {
		return page, p.unexpected(err)
	}
	c := tables[0]
	if err := p.meta.settle(c, b, &cfg); err != nil {
		return page, p.unexpected(err)
	}
	if c.updated == "" {
		c.updated = p.meta.updated
	}
	items, err := newCubeItems(c, newEmitter(p.kind, p.table, &cfg).of(body))
	if err != nil {
		return page, err
	}
	for {
		item, err := items.Next()
		if errors.Is(err, io.EOF) {
			page.Notes = items.Notes()
			return page, nil
		}
		if err != nil {
			return page, err
		}
		if item.Problem != nil {
			page.Refused = append(page.Refused, adapters.Refused{Raw: item.Raw, Problem: *item.Problem})
			continue
		}
		page.Records = append(page.Records, item.Raw)
	}
}

// unexpected is an answer that is not what was asked for; one that says itself
// what is wrong with it is told in those words.
func (p *pxweb) unexpected(err error) error {
	if said, ok := problem.As(err); ok && said.Err == nil {
		named := *said
		named.File = problem.Short(p.table)
		return &named
	}
	return &problem.Problem{Code: "GW-D038", File: problem.Short(p.table), Err: err}
}

// Probe asks for the table's description.
func (p *pxweb) Probe(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	m, err := p.api.metadata(ctx, p)
	if err != nil {
		return err
	}
	return m.choose(p.cfg.PXWeb.Select)
}

// fingerprint sums up what positions rest on.
func (m *metadata) fingerprint() {
	sum := sha256.New()
	for _, v := range m.vars {
		fmt.Fprintf(sum, "%q%q%q%v", v.code, v.values, v.texts, v.chosen)
	}
	m.print = hex.EncodeToString(sum.Sum(nil)[:12])
}
