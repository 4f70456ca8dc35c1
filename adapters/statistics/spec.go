package statistics

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"iocgateway/adapters"
	"iocgateway/adapters/internal/form"
	"iocgateway/adapters/tabular"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

// Spec describes the adapter.
func Spec() adapters.Spec {
	info := adapters.Info{
		Name:  "statistics",
		VI:    "Số liệu thống kê: PX, JSON-stat, SDMX từ tệp hoặc địa chỉ; bảng PX-Web trực tiếp",
		EN:    "Statistics: PX, JSON-stat and SDMX from files or addresses; live PX-Web tables",
		Kinds: []canonical.Kind{canonical.KindObservation},
		Profiles: []adapters.ProfileInfo{
			{Name: "pxweb-v1", VI: "PX-Web API phiên bản 1", EN: "PX-Web API version 1", Evidence: adapters.Seen},
			{Name: "pxweb-v2", VI: "PxWebApi phiên bản 2", EN: "PxWebApi version 2", Evidence: adapters.Reported},
		},
	}
	return adapters.Define(info, Defaults(), Open)
}

// Open builds the Source of a stream of statistics.
func Open(cfg Settings, s adapters.Settings, env adapters.Env) (adapters.Source, error) {
	if err := cfg.check(s.Node); err != nil {
		return nil, err
	}
	if cfg.Profile != "" {
		return newPXWeb(cfg, s, env)
	}
	place, err := tabular.OpenPlace(cfg.Place, s.Node, env)
	if err != nil {
		return nil, err
	}
	f := &files{cfg: cfg, kind: kindOf(s)}
	return &tabular.Walker{Place: place, Settle: cfg.Place.Settled(), Complete: cfg.Complete, AllowEmpty: cfg.AllowEmpty, Vouched: cfg.Whole,
		Prefix: tablePrefix, Open: f.open, Weigh: f.weigh, Now: env.Now,
		Advised: tabular.Absence(cfg.Complete, s.Node)}, nil
}

func kindOf(s adapters.Settings) canonical.Kind {
	if s.Kind == "" {
		return canonical.KindObservation
	}
	return s.Kind
}

// files opens statistical files.
type files struct {
	cfg  Settings
	kind canonical.Kind
}

func (f *files) open(_ context.Context, file tabular.File, content *tabular.Spool) (tabular.Items, error) {
	e := newEmitter(f.kind, file.Name, &f.cfg.tableSettings)
	items, err := f.reader(file, content, e)
	if err == nil && e.torn {
		if err = errors.Join(items.Close(), f.bearable(file, content)); err == nil {
			e = newEmitter(f.kind, file.Name, &f.cfg.tableSettings)
			items, err = f.reader(file, content, e)
		}
	}
	if err != nil {
		return nil, e.named(err)
	}
	return items, nil
}

func (f *files) formatOf(file tabular.File, content *tabular.Spool) string {
	if f.cfg.Format == "auto" || f.cfg.Format == "" {
		return sniff(content.Head(64<<10), file.Name)
	}
	return f.cfg.Format
}

// weigh: all but the formats that are read as they stand are in memory whole,
// beside what is made of them.
func (f *files) weigh(file tabular.File, content *tabular.Spool) int64 {
	switch f.formatOf(file, content) {
	case "sdmx-csv", "sdmx-ml":
		return 0
	}
	return 3 * content.Size
}

func (f *files) reader(file tabular.File, content *tabular.Spool, e *emitter) (tabular.Items, error) {
	cfg := &f.cfg.tableSettings
	format := f.formatOf(file, content)
	if err := another(content, format); err != nil {
		return nil, err
	}
	switch format {
	case "sdmx-csv", "sdmx-ml":
		in, err := tabular.Decoded(content, cfg.Charset)
		if err != nil {
			return nil, err
		}
		intact, err := sound(in)
		if err != nil {
			return nil, err
		}
		e.torn = !intact
		if format == "sdmx-csv" {
			items, err := openSDMXCSV(content, cfg, e)
			return withRemovals(e, items, err)
		}
		items := openSDMXML(&marking{in: in}, cfg, e, func(err error) error { return other(content.Head(64<<10), "SDMX-ML", err) })
		return withRemovals(e, items, nil)
	}
	return f.table(format, file, content, e)
}

// table reads a format that is in memory whole.
func (f *files) table(format string, file tabular.File, content *tabular.Spool, e *emitter) (tabular.Items, error) {
	cfg := &f.cfg.tableSettings
	if format == "px" {
		data, err := content.Bytes()
		if err != nil {
			return nil, err
		}
		c, err := openPX(data, cfg, file.Name)
		if err != nil {
			return nil, err
		}
		e.torn = c.torn
		return newCubeItems(c, e)
	}
	in, err := tabular.Decoded(content, firstOf(cfg.Charset, "utf-8")) // RFC 8259
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	e.of(tabular.TrimJSON(data))
	switch format {
	case "sdmx-json":
		items, err := openSDMXJSON(data, cfg, e)
		return withRemovals(e, items, err)
	default:
		cubes, err := openJSONStat(data, cfg, file.Name)
		if err != nil {
			return nil, err
		}
		return newCubes(cubes, e)
	}
}

// other says what a text really is that a format's reader can make nothing of:
// it is damaged only where it is of that format.
func other(head []byte, format string, err error) error {
	f := form.Of(head[:min(len(head), form.Sample)], len(head) < form.Sample)
	p := form.Refuse(f, strings.Replace(strings.ToLower(format), "json-stat", "jsonstat", 1))
	none := errors.Is(err, errNotSDMX) || errors.Is(err, errNoSets) || errors.Is(err, errNotStat)
	switch {
	case p != nil:
	case none && f.Is == form.Object && structural(head):
		p = &problem.Problem{Code: "GW-S060", Value: "SDMX Structure"}
	case none && f.Says != "" && f.Is != form.Text:
		p = form.Failed(f)
	case none && (f.Is == form.XML || f.Is == form.Object || f.Is == form.List):
		p = &problem.Problem{Code: "GW-S060", Value: f.Name}
	default:
		return err
	}
	p.Want = format
	return p
}

// another is the Problem of a file that is of no form that its format is written in.
func another(content *tabular.Spool, format string) error {
	p := form.Refuse(tabular.FormOf(content), format)
	if p == nil {
		return nil
	}
	if p.Want = format; format == "sdmx-csv" { // what auto takes for all it does not know
		p.Want = "px, jsonstat, sdmx-ml, sdmx-json, sdmx-csv"
	}
	return p
}

// sniff names a format by the beginning of a file.
func sniff(head []byte, name string) string {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n\x00")
	switch {
	case bytes.HasPrefix(text, []byte("<")):
		return "sdmx-ml"
	case bytes.HasPrefix(text, []byte("{")):
		if bytes.Contains(text, []byte(`"dataSets"`)) || bytes.Contains(text, []byte("sdmx-json")) {
			return "sdmx-json"
		}
		return "jsonstat"
	case strings.HasSuffix(strings.ToLower(name), ".px") || bytes.Contains(text, []byte("AXIS-VERSION")) ||
		bytes.Contains(text, []byte("STUB")):
		return "px"
	default:
		return "sdmx-csv"
	}
}

// cubes are several tables in one document, one after the other.
type cubes struct {
	*emitter
	items []*cubeItems
}

func newCubes(tables []*cube, e *emitter) (*cubes, error) {
	out := &cubes{emitter: e}
	for _, c := range tables {
		items, err := newCubeItems(c, e)
		if err != nil {
			return nil, err
		}
		out.items = append(out.items, items)
	}
	return out, nil
}

// Next gives the next cell of the table that is being read.
func (c *cubes) Next() (tabular.Item, error) {
	for len(c.items) > 0 {
		item, err := c.items[0].Next()
		if !errors.Is(err, io.EOF) {
			return item, err
		}
		c.items = c.items[1:]
	}
	return tabular.Item{}, io.EOF
}

// Close has nothing to close.
func (c *cubes) Close() error { return nil }
