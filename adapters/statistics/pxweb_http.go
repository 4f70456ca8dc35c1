package statistics

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/internal/form"
	"iocgateway/adapters/internal/spool"
	"iocgateway/adapters/tabular"
	"iocgateway/canonical/problem"
)

// reply is what a server said. Its body may not be used after release.
type reply struct {
	*http.Response
	body    []byte
	release func()
}

// do sends a request within the server's limit of calls, and reads the answer
// of at most so many bytes.
func (p *pxweb) do(ctx context.Context, req *http.Request, most int64) (*reply, error) {
	if err := p.pace(ctx); err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json, */*;q=0.5")
	var shy adapters.Shy
	for name, value := range p.cfg.PXWeb.Header {
		req.Header.Set(name, value.Reveal())
		shy.Headers = append(shy.Headers, http.CanonicalHeaderKey(name))
		shy.Values = append(shy.Values, value.Reveal())
	}
	res, err := p.env.HTTP.Do(req.WithContext(adapters.WithShy(ctx, shy)))
	if err != nil {
		return nil, tabular.Unreached(p.table, err)
	}
	defer res.Body.Close()
	body, release, err := spool.Body(ctx, p.env.Space, io.LimitReader(res.Body, most+1), res.ContentLength)
	if err != nil {
		if found, ok := problem.As(err); ok && found.Ours() { // no room to set it aside
			return nil, err
		}
		return nil, tabular.Unreached(p.table, err)
	}
	if int64(len(body)) > most {
		release()
		return nil, errTooBig
	}
	return &reply{res, body, release}, nil
}

// pace waits until the window of the server's call limit has room again.
func (p *pxweb) pace(ctx context.Context) error {
	if p.limits == nil || p.limits.calls <= 0 || p.limits.window <= 0 {
		return ctx.Err()
	}
	now := p.env.Now()
	for len(p.calls) > 0 && now.Sub(p.calls[0]) >= p.limits.window {
		p.calls = p.calls[1:]
	}
	if len(p.calls) >= p.limits.calls {
		wait := time.NewTimer(p.limits.window - now.Sub(p.calls[0]))
		defer wait.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-wait.C:
		}
		p.calls = p.calls[1:]
		now = p.env.Now()
	}
	p.calls = append(p.calls, now)
	return nil
}

func (p *pxweb) status(res *reply) error {
	if res.StatusCode == http.StatusForbidden { // these servers refuse for a while; that is no reason to give up
		return problem.Retry(&problem.Problem{Code: "GW-D004", File: problem.Short(p.table), Value: "403"}, 0)
	}
	res.Response.Body = io.NopCloser(bytes.NewReader(res.body)) // what it says is told
	if err := tabular.StatusError(res.Response, p.table); err != nil {
		return err
	}
	found := form.Of(res.body[:min(len(res.body), form.Sample)], len(res.body) <= form.Sample)
	if found.Is == form.HTML || found.Is == form.Login || found.Is == form.XML || found.Is == form.Empty {
		other := form.Refuse(found, "jsonstat")
		other.File = problem.Short(p.table)
		return other
	}
	return nil
}

// get asks for a JSON document.
func (p *pxweb) get(ctx context.Context, address string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return problem.Halt(fmt.Errorf("statistics: address of %s: %w", problem.Short(p.table), err))
	}
	res, err := p.do(ctx, req, maxDescription)
	if errors.Is(err, errTooBig) { // a description has no smaller form to ask for
		return problem.Halt(&problem.Problem{Code: "GW-D002", File: problem.Short(p.table), Want: "64 MB"})
	}
	if err != nil {
		return err
	}
	defer res.release()
	if err := p.status(res); err != nil {
		return err
	}
	if err := json.Unmarshal(markedJSON(res.body), into); err != nil {
		return &problem.Problem{Code: "GW-D038", File: problem.Short(p.table), Err: err}
	}
	return nil
}

// address joins path segments to the base address; folders and tables have
// Vietnamese names.
func (p *pxweb) address(segments ...string) string {
	out := strings.TrimRight(p.cfg.PXWeb.URL, "/")
	for _, s := range segments {
		for _, part := range strings.Split(strings.Trim(s, "/"), "/") {
			out += "/" + url.PathEscape(part)
		}
	}
	return out
}

// v1 is the API that most installations have.
type v1 struct{}

// limits asks for the configuration; many servers of version 1 do not give it.
func (v1) limits(ctx context.Context, p *pxweb) (limits, error) {
	var answer struct {
		MaxCells   int `json:"maxCells"`
		MaxValues  int `json:"maxValues"`
		MaxCalls   int `json:"maxCalls"`
		TimeWindow int `json:"timeWindow"`
	}
	found := limits{cells: defaultCells, calls: 10, window: 10 * time.Second}
	if err := p.get(ctx, p.address()+"/?config", &answer); err != nil {
		return found, ctx.Err()
	}
	return found.with(max(answer.MaxCells, answer.MaxValues), answer.MaxCalls, answer.TimeWindow), nil
}

// longestWindow bounds what a server can make a call sleep, in seconds. One
// that means more answers 429 in its time, and the wait is handed up.
const longestWindow = 60

func (l limits) with(cells, calls, seconds int) limits {
	if cells > 0 {
		l.cells = cells
	}
	if calls > 0 && seconds > 0 && seconds <= longestWindow {
		l.calls, l.window = calls, time.Duration(seconds)*time.Second
	}
	return l
}

func (v1) metadata(ctx context.Context, p *pxweb) (*metadata, error) {
	var answer struct {
		Title     string `json:"title"`
		Variables []struct {
			Code       string   `json:"code"`
			Text       string   `json:"text"`
			Values     []string `json:"values"`
			ValueTexts []string `json:"valueTexts"`
			Time       bool     `json:"time"`
		} `json:"variables"`
	}
	if err := p.get(ctx, p.address(p.cfg.PXWeb.Table), &answer); err != nil {
		return nil, err
	}
	m := &metadata{title: answer.Title}
	for _, v := range answer.Variables {
		own := variable{code: v.Code, text: firstOf(v.Text, v.Code), values: v.Values, texts: v.ValueTexts, time: v.Time}
		if err := own.check(); err != nil {
			return nil, &problem.Problem{Code: "GW-D038", File: problem.Short(p.table), Err: err}
		}
		m.vars = append(m.vars, own)
	}
	if len(m.vars) == 0 {
		return nil, &problem.Problem{Code: "GW-D038", File: problem.Short(p.table), Err: errAxes}
	}
	m.tell(ctx)
	m.updated = folderTime(ctx, p)
	return m, nil
}

// folderTime is when the table was updated, as the folder that it lies in
// shows. A folder that cannot be listed leaves it unknown.
func folderTime(ctx context.Context, p *pxweb) string {
	var entries []struct {
		ID      string `json:"id"`
		Updated string `json:"updated"`
	}
	folder, name := path.Split(strings.Trim(p.cfg.PXWeb.Table, "/"))
	address := p.address()
	if folder != "" {
		address = p.address(folder)
	}
	if p.get(ctx, address, &entries) != nil {
		return ""
	}
	for _, e := range entries {
		if sameText(e.ID, name) {
			return sane(e.Updated)
		}
	}
	return ""
}

func (v1) data(ctx context.Context, p *pxweb, m *metadata, b box) (*http.Request, error) {
	type selection struct {
		Filter string   `json:"filter"`
		Values []string `json:"values"`
	}
	type query struct {
		Code      string    `json:"code"`
		Selection selection `json:"selection"`
	}
	var body struct {
		Query    []query `json:"query"`
		Response struct {
			Format string `json:"format"`
		} `json:"response"`
	}
	for i := range m.vars {
		v := &m.vars[i]
		body.Query = append(body.Query, query{v.code, selection{"item", v.codes(b[i][0], b[i][1])}})
	}
	body.Response.Format = firstOf(p.cfg.PXWeb.Answer, "json-stat")
	return post(ctx, p.address(p.cfg.PXWeb.Table), body)
}

func post(ctx context.Context, address string, body any) (*http.Request, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(data))
	if err == nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, err
}

// v2 is PxWebApi 2.
type v2 struct{}

func (v2) limits(ctx context.Context, p *pxweb) (limits, error) {
	var answer struct {
		MaxDataCells int `json:"maxDataCells"`
		MaxCalls     int `json:"maxCallsPerTimeWindow"`
		TimeWindow   int `json:"timeWindow"`
	}
	found := limits{cells: defaultCells, calls: 10, window: 10 * time.Second}
	if err := p.get(ctx, p.address("config"), &answer); err != nil {
		return found, ctx.Err()
	}
	return found.with(answer.MaxDataCells, answer.MaxCalls, answer.TimeWindow), nil
}

// metadata is a JSON-stat dataset without values.
func (v2) metadata(ctx context.Context, p *pxweb) (*metadata, error) {
	var answer json.RawMessage
	if err := p.get(ctx, p.address("tables", p.cfg.PXWeb.Table, "metadata")+p.language("?"), &answer); err != nil {
		return nil, err
	}
	cfg := p.cfg.tableSettings
	tables, err := openJSONStat(answer, &cfg, p.table)
	if err != nil {
		return nil, p.unexpected(err)
	}
	m := &metadata{title: tables[0].title, updated: tables[0].updated}
	for i := range tables[0].dims {
		d := &tables[0].dims[i]
		v := variable{code: d.id, text: firstOf(d.label, d.id), values: d.codes, time: d.time}
		for j := range d.codes {
			v.texts = append(v.texts, d.label0(j))
		}
		m.vars = append(m.vars, v)
	}
	m.tell(ctx)
	return m, nil
}

// tell tells who takes the exchange down which axes the table has.
func (m *metadata) tell(ctx context.Context) {
	rec := adapters.RecorderOf(ctx)
	for i := range m.vars {
		rec.Count(adapters.FoundAxes, m.vars[i].code, len(m.vars[i].values))
	}
}

func (p *pxweb) language(mark string) string {
	if p.cfg.Language == "" {
		return ""
	}
	return mark + "lang=" + url.QueryEscape(p.cfg.Language)
}

// longestURL is what servers and the boxes before them commonly take.
const longestURL = 1800

func (v2) data(ctx context.Context, p *pxweb, m *metadata, b box) (*http.Request, error) {
	base := p.address("tables", p.cfg.PXWeb.Table, "data") + "?outputFormat=json-stat2" + p.language("&")
	type selection struct {
		Code   string   `json:"variableCode"`
		Values []string `json:"valueCodes"`
	}
	var body struct {
		Selection []selection `json:"selection"`
	}
	address := base
	for i := range m.vars {
		v := &m.vars[i]
		codes := v.codes(b[i][0], b[i][1])
		body.Selection = append(body.Selection, selection{v.code, codes})
		wanted := strings.Join(codes, ",")
		if len(codes) == len(v.values) {
			wanted = "*"
		}
		address += "&" + url.QueryEscape("valuecodes["+v.code+"]") + "=" + url.QueryEscape(wanted)
	}
	if len(address) > longestURL || strings.Contains(fmt.Sprint(body.Selection), ",") { // a code with a comma would split
		return post(ctx, base, body)
	}
	return http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
}
