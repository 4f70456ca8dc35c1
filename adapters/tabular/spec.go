// Package tabular reads files: Excel workbooks, CSV, JSON and XML, from a drop
// folder, a web address or an SFTP server. A row of a table, a cell of a wide
// table or an element of a document becomes one Raw, by settings alone.
//
// Three layers, each usable by itself: a Place lists and fetches files, a
// Walker turns files into pages with a checkpoint, and a reader turns one file
// into Items. Another adapter that reads files brings its own reader only.
package tabular

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"iocgateway/adapters"
	"iocgateway/adapters/internal/form"
	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// Spec describes the adapter.
func Spec() adapters.Spec {
	info := adapters.Info{
		Name: "tabular",
		VI:   "Tệp Excel, CSV, JSON, XML từ thư mục nhận, địa chỉ web hoặc SFTP",
		EN:   "Excel, CSV, JSON and XML files from a drop folder, a web address or SFTP",
	}
	return adapters.Define(info, Defaults(), Open)
}

// Open builds the Source of a stream of files. Adapters whose product exports
// files call it with settings of their own.
func Open(cfg Settings, s adapters.Settings, env adapters.Env) (adapters.Source, error) {
	p, err := compile(cfg, s)
	if err != nil {
		return nil, err
	}
	place, err := OpenPlace(cfg.Place, s.Node, env)
	if err != nil {
		return nil, err
	}
	sheets := strings.Join(append(slices.Sorted(slices.Values(p.reads)), p.Unread...), "|")
	return &Walker{Place: place, Sheets: sheets, Settle: cfg.Place.Settled(),
		Complete: cfg.Complete, AllowEmpty: cfg.AllowEmpty, Prefix: FilePrefix,
		Vouched: cfg.Whole, MayEnd: !cfg.Whole, Keys: keyColumns(&cfg), Open: p.open, Weigh: p.weigh, Now: env.Now,
		Apart: cfg.Complete == CompleteFile, Advised: advise(&cfg, s.Node)}, nil
}

// weigh: documents and old workbooks are read whole, of new ones the texts;
// all else is streamed, in UTF-8.
func (p *plan) weigh(_ File, content *Spool) int64 {
	switch p.formatOf(content) {
	case "xml", "xls":
		return 2 * content.Size
	case "xlsx":
		return 4 * content.Size // packed
	}
	return weight(content, p.Charset)
}

func (p *plan) formatOf(content *Spool) string { return p.formatBy(FormOf(content)) }

// formatBy is the format that is set, or that the bytes show. A workbook
// renamed from .xls to .xlsx is common; its bytes do not lie.
func (p *plan) formatBy(f form.Form) string {
	switch {
	case p.Format == "xls" && f.Is == form.Workbook:
		return "xlsx"
	case p.Format == "xlsx" && f.Is == form.Book:
		return "xls"
	case p.Format != "auto":
		return p.Format
	}
	switch f.Is {
	case form.Workbook:
		return "xlsx"
	case form.Book:
		return "xls"
	case form.List:
		return "json"
	case form.Lines:
		return "ndjson"
	case form.XML:
		return "xml"
	case form.Object:
		return p.objectFormat(f)
	}
	return "csv"
}

// objectFormat tells an object with the records in it from one record.
func (p *plan) objectFormat(f form.Form) string {
	if p.Path != "" || f.Long || f.Holds != "" && !f.Keyed(p.Key) {
		return "json"
	}
	return "ndjson"
}

// anyFormat are the formats that auto knows, for people.
const anyFormat = "csv, xlsx, xls, json, ndjson, xml"

// FormOf is what a file really is, by its beginning; of an object that is
// longer than that, by whether more follow it.
func FormOf(content *Spool) form.Form {
	f := form.Of(content.Head(form.Sample), content.Size <= form.Sample)
	if f.Is == form.Object && f.Long && content.severalObjects() {
		f.Is, f.Name, f.Says, f.Long = form.Lines, "NDJSON", "", false
	}
	return f
}

// severalObjects reports whether a second value stands behind the first.
func (s *Spool) severalObjects() bool {
	in := jsonscan.NewValues(io.NewSectionReader(s, 0, s.Size), false, 0)
	for range 2 {
		if _, _, err := in.Next(); err != nil {
			return false
		}
	}
	return true
}

// open takes a file's content for what it is, or for what is set.
func (p *plan) open(_ context.Context, f File, content *Spool) (Items, error) {
	found := FormOf(content)
	format := p.formatBy(found)
	items, err := Items(nil), p.another(found, format)
	if err == nil {
		items, err = p.reader(format, f, content)
	}
	if err == nil {
		return items, nil
	}
	var known *problem.Problem
	if errors.As(err, &known) {
		named := *known
		if named.File == "" {
			named.File = problem.Short(f.Name)
		}
		if p.Path == "" && known.Reason() == problem.NoList {
			named.Near = problem.Short(found.Holds)
		}
		return nil, &named
	}
	return nil, &problem.Problem{Code: "GW-D010", File: problem.Short(f.Name), Value: format, Err: err}
}

// another is the Problem of a file that is of another kind than was asked for.
func (p *plan) another(f form.Form, format string) error {
	asked := format
	if p.Format == "auto" && format == "csv" {
		asked = anyFormat
	}
	found := form.Refuse(f, format)
	switch {
	case found == nil && f.Says != "" && (f.Is == form.XML && !p.rooted(f) || f.Is == form.Object && !f.Keyed(p.Key)):
		found = form.Failed(f)
	case found == nil && p.Format == "auto" && format == "xml" && p.Path == "":
		found = &problem.Problem{Code: "GW-S060", Value: f.Name, Want: "csv, xlsx, xls, json, ndjson"}
	}
	if found == nil {
		return nil
	}
	found.Want = asked
	return found
}

// rooted reports whether a document begins as the path says: what looks like
// an error is then what is asked for.
func (p *plan) rooted(f form.Form) bool {
	first, _, _ := strings.Cut(strings.Trim(p.Path, "/"), "/")
	return first == f.Root && first != "Envelope"
}

func (p *plan) reader(format string, f File, content *Spool) (Items, error) {
	switch format {
	case "xlsx":
		rows, sheet, err := newXLSX(content, p.Sheet, p.Merged == "fill")
		if err != nil {
			return nil, err
		}
		rows.shortest, rows.shown = p.Numbers == "shortest", p.As == "shown"
		t := newTable(p, rows, f.Name, sheet.name)
		t.others = p.unread(rows.book)
		return t, nil
	case "xls":
		rows, sheet, err := newXLS(content, p.Sheet, p.ExcelSettings)
		if err != nil {
			return nil, err
		}
		t := newTable(p, rows, f.Name, sheet)
		t.others = p.unread(rows.book)
		return t, nil
	case "json", "ndjson", "xml":
		return p.elements(format, f, content)
	default:
		rows, err := newCSV(content, p.Separator, p.Charset, p.Quotes)
		if err != nil {
			return nil, err
		}
		t := newTable(p, rows, f.Name, "")
		t.ragged = true
		return lines{t, rows.r}, nil
	}
}

func (p *plan) elements(format string, f File, content *Spool) (Items, error) {
	plan := &elementPlan{kind: p.kind, path: p.Path, lines: format == "ndjson", key: p.Key, version: p.Version, at: p.at,
		prefix: p.prefix(f.Name), whole: p.WholeKeys}
	if format == "xml" {
		plan.media = canonical.MediaXML
		data, err := content.Bytes()
		if err != nil {
			return nil, err
		}
		charset := xmlCharset(data, p.Charset)
		text, err := vntext.Decode(data, charset)
		if name, _ := vntext.Charset(charset); name == "utf-8" && errors.Is(err, vntext.ErrMalformed) {
			items := newXMLItems(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), plan)
			items.tear()
			return items, nil
		}
		if err != nil {
			return nil, &problem.Problem{Code: "GW-D011", Value: p.Charset, Err: err}
		}
		return newXMLItems(text, plan), nil
	}
	in, err := decoded(content, p.Charset)
	if err != nil {
		return nil, err
	}
	if !plan.lines { // a document is cut free of what transports leave around it
		data, err := io.ReadAll(in)
		if err != nil {
			return nil, fmt.Errorf("tabular: read JSON: %w", err)
		}
		text := TrimJSON(data)
		in = bytes.NewReader(text)
		if p.Path != "" { // else the members are a record's own
			plan.says = form.Aside(text, p.Path)
		}
	}
	return newJSONItems(in, plan.lines, plan)
}

// xmlCharset is the charset a document declares, checked against its bytes.
func xmlCharset(data []byte, given string) string {
	if given != "" {
		return given
	}
	declared := ""
	line := data[:min(len(data), 200)]
	if found := regexp.MustCompile(`encoding=["']([A-Za-z0-9._-]+)["']`).FindSubmatch(line); found != nil {
		declared = string(found[1])
	}
	return vntext.Detect(data, declared)
}

// keyColumns are the columns that name what a row, or a cell of a wide table, is about.
func keyColumns(cfg *Settings) []string {
	if cfg.Unpivot == nil {
		return cfg.Key
	}
	return slices.Concat(cfg.Key, cfg.Unpivot.IDs)
}
