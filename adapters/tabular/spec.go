package tabular

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"

	"iocgateway/adapters"
	"iocgateway/canonical"
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
	return &Walker{Place: place, Settle: cfg.Place.Settled(), Complete: cfg.Complete, Prefix: FilePrefix, Open: p.open, Weigh: p.weigh,
		Now: env.Now}, nil
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

func (p *plan) formatOf(content *Spool) string {
	format := p.Format
	if format == "auto" || format == "xlsx" || format == "xls" {
		// A workbook renamed from .xls to .xlsx is common; its bytes do not lie.
		if found := sniff(content.Head(4096)); format == "auto" || found == "xlsx" || found == "xls" {
			format = found
		}
	}
	return format
}

// open takes a file's content for what it is, or for what is set.
func (p *plan) open(_ context.Context, f File, content *Spool) (Items, error) {
	format := p.formatOf(content)
	items, err := p.reader(format, f, content)
	if err == nil {
		return items, nil
	}
	var known *problem.Problem
	if errors.As(err, &known) {
		named := *known
		if named.File == "" {
			named.File = problem.Short(f.Name)
		}
		return nil, &named
	}
	return nil, &problem.Problem{Code: "GW-D010", File: problem.Short(f.Name), Value: format, Err: err}
}

func (p *plan) reader(format string, f File, content *Spool) (Items, error) {
	switch format {
	case "xlsx":
		rows, sheet, err := newXLSX(content, p.Sheet, p.Merged == "fill")
		if err != nil {
			return nil, err
		}
		rows.shortest = p.Numbers == "shortest"
		return newTable(p, rows, f.Name, sheet.name), nil
	case "xls":
		rows, sheet, err := newXLS(content, p.Sheet, p.Merged == "fill")
		if err != nil {
			return nil, err
		}
		return newTable(p, rows, f.Name, sheet), nil
	case "json", "ndjson", "xml":
		return p.elements(format, f, content)
	default:
		rows, err := newCSV(content, p.Separator, p.Charset)
		if err != nil {
			return nil, err
		}
		t := newTable(p, rows, f.Name, "")
		t.ragged = true
		return t, nil
	}
}

func (p *plan) elements(format string, f File, content *Spool) (Items, error) {
	plan := &elementPlan{kind: p.kind, path: p.Path, lines: format == "ndjson", key: p.Key, version: p.Version, at: p.at,
		prefix: p.prefix(f.Name)}
	if format == "xml" {
		plan.media = canonical.MediaXML
		data, err := content.Bytes()
		if err != nil {
			return nil, err
		}
		text, err := vntext.Decode(data, xmlCharset(data, p.Charset))
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
		in = bytes.NewReader(TrimJSON(data))
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

// sniff names a format by its first bytes.
func sniff(head []byte) string {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return "xlsx"
	case bytes.HasPrefix(head, []byte(oleMagicText)):
		return "xls"
	case bytes.HasPrefix(text, []byte("[")):
		return "json"
	case bytes.HasPrefix(text, []byte("<")):
		return "xml"
	default:
		return "csv"
	}
}
