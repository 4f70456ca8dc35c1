package source

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/cmd/gateway/verbs/shell"
	streamsync "iocgateway/router/sync"

	"github.com/spf13/cobra"

	"iocgateway/adapters"
	"iocgateway/canonical"
)

// rawLine is a Raw as pull prints it.
type rawLine struct {
	Kind    canonical.Kind  `json:"kind,omitempty"`
	Key     string          `json:"key"`
	Version string          `json:"version,omitempty"`
	At      time.Time       `json:"at,omitzero"`
	Gone    bool            `json:"gone,omitempty"`
	Media   string          `json:"media,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
	Text    string          `json:"text,omitempty"` // a payload that is no JSON
	Refused string          `json:"refused,omitempty"`
}

// lineOf is a Raw as its source gave it, but for our own secrets, should it say
// them back.
func lineOf(r canonical.Raw, clean *privacy.Cleaner, v *veil) rawLine {
	line := rawLine{Kind: r.Kind, Key: r.Key, Version: r.Version, At: r.At, Gone: r.Gone, Media: r.Media}
	payload := clean.Secret(string(r.Payload))
	if v != nil {
		payload = v.text(payload)
	}
	if json.Valid([]byte(payload)) {
		line.Payload = json.RawMessage(payload)
	} else {
		line.Text = payload
	}
	return line
}

func findStream(sh *shell.Shell, file string, streams []*streamsync.Syncer, name string) (*streamsync.Syncer, error) {
	there := make([]string, 0, len(streams))
	for _, st := range streams {
		if st.Stream.Full() == name {
			return st, nil
		}
		there = append(there, st.Stream.Full())
	}
	return nil, sh.NotFound("luồng", "stream", name, "gateway validate -c "+file, there)
}

// Pull asks a source for a page and shows it, taking nothing.
func Pull(sh *shell.Shell) *cobra.Command {
	var file string
	var p puller
	var trace bool
	v := &veil{sh: sh}
	cmd := &cobra.Command{
		Use: ofStream(sh, "pull", " --limit SỐ", " --limit N"), Args: sh.Args(1, 1), ValidArgsFunction: shell.Complete(1, sh.StreamNames),
		Short: sh.Say("Gọi nguồn và in dữ liệu gốc, mỗi bản ghi một dòng; không lưu gì", "Ask a source and print what it says, a Raw a line; nothing is stored"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, streams, err := sh.Readers(file)
			if err != nil {
				return err
			}
			if p.st, err = findStream(sh, file, streams, args[0]); err != nil {
				return err
			}
			if p.mapped {
				if err := p.st.Fit(); err != nil {
					return err
				}
			}
			p.sh, p.out, p.clean = sh, bufio.NewWriter(sh.Out), cfg.Cleaner()
			if trace {
				v.warn()
				p.veil = v
				p.rec = recorder(p.clean, func(x adapters.Exchange) { p.took(v.exchange(x)) })
				if sh.Output == "json" {
					p.doc = &pulled{Stream: args[0], Exchanges: []adapters.Exchange{}, Lines: []any{}}
				}
			}
			return p.run(cmd.Context())
		},
	}
	cmd.Flags().StringVarP(&file, "config", "c", "gateway.yaml", sh.Say("tệp cấu hình", "configuration file"))
	cmd.Flags().IntVar(&p.limit, "limit", 10, sh.Say("số bản ghi", "how many Raws"))
	cmd.Flags().BoolVar(&p.mapped, "mapped", false, sh.Say("in bản ghi sau ánh xạ thay cho dữ liệu gốc",
		"print the records the mapping makes of them instead"))
	cmd.Flags().BoolVar(&trace, "trace", false,
		sh.Say("hiển thị từng yêu cầu và trả lời: địa chỉ, header, kilobyte đầu, tìm thấy gì ở đâu; khóa bí mật được che, đoạn chữ của nguồn, cả trong dữ liệu gốc được in, chỉ hiện độ dài (-o json: trong một tài liệu)",
			"show each request and answer: address, headers, the first kilobyte, what was found where; secrets masked, and of the source's texts, in the Raws too, the length (-o json: in one document)"))
	v.flag(cmd)
	return cmd
}

// pulled is what pull --trace -o json prints.
type pulled struct {
	Stream    string              `json:"stream"`
	Exchanges []adapters.Exchange `json:"exchanges"`
	Lines     []any               `json:"items"` // Raws, or records
	Error     string              `json:"error,omitempty"`
}

// puller walks pages from the beginning until it has printed enough.
type puller struct {
	sh            *shell.Shell
	st            *streamsync.Syncer
	clean         *privacy.Cleaner
	out           *bufio.Writer
	limit         int
	mapped        bool
	rec           *adapters.Recorder // nil: nobody wants to see the exchange
	veil          *veil              // nil: Raws are printed for other verbs, as they are
	doc           *pulled            // of all in one document; nil: a line each
	printed, held int
	samples       []canonical.Raw // that the mapping was tried on
}

// maxSamples bounds what is kept to say which paths of the mapping none has.
const maxSamples = 1000

func (p *puller) run(ctx context.Context) error {
	err := p.pages(p.rec.Context(ctx))
	p.rec.Flush() // also where it failed: what was said is what mends it
	if p.doc != nil {
		if err != nil {
			p.doc.Error = p.sh.Words(err)
		}
		if err := shell.WriteJSON(p.out, p.doc, "  "); err != nil {
			return fmt.Errorf("output: %w", err)
		}
	}
	if bad := p.out.Flush(); bad != nil {
		err = errors.Join(err, fmt.Errorf("output: %w", bad))
	}
	if err != nil {
		return err
	}
	lines, _ := p.sh.Unmatched(p.st, p.samples)
	for _, line := range lines {
		p.sh.Printf("%s", line)
	}
	p.sh.Tell("đã in %d, không lưu gì", "%d printed, nothing stored", p.printed)
	if p.held > 0 {
		return p.sh.Findings("%d bản ghi sẽ bị cách ly", "%d would be held", p.held)
	}
	return nil
}

// took shows an exchange where the output wants it.
func (p *puller) took(x adapters.Exchange) {
	switch {
	case p.doc != nil:
		p.doc.Exchanges = append(p.doc.Exchanges, x)
	case p.sh.Output == "ndjson":
		_ = shell.WriteJSON(p.out, map[string]any{"exchange": x}, "") // an error stays in out, and comes with Flush
	default:
		showExchange(p.sh, &x)
	}
}

func (p *puller) pages(ctx context.Context) error {
	var from canonical.Checkpoint
	for p.printed < p.limit {
		page, err := p.st.Reader.Pull(ctx, from)
		if err != nil {
			return fmt.Errorf("pull %s: %w", p.st.Stream.Full(), err)
		}
		p.rec.Flush()
		for _, note := range page.Notes {
			p.sh.Printf("%s %s", note.Code, note.Text(p.sh.Language()))
		}
		if err := p.page(ctx, page); err != nil {
			return err
		}
		if err := p.out.Flush(); err != nil {
			return fmt.Errorf("output: %w", err)
		}
		if !page.More {
			break
		}
		from = page.Next
	}
	return nil
}

// page prints a page, and of a long answer's rest as much as is wanted.
func (p *puller) page(ctx context.Context, page adapters.Page) (err error) {
	last := page.Tail == nil
	if !last {
		defer func() { err = errors.Join(err, page.Tail.Close()) }()
	}
	for {
		lines := p.lines(page)
		for _, line := range lines[:min(len(lines), p.limit-p.printed)] {
			if err := p.line(line); err != nil {
				return fmt.Errorf("output: %w", err)
			}
			p.printed++
		}
		if last || p.printed >= p.limit {
			return nil
		}
		if page.Records, page.Refused, last, err = page.Tail.Next(ctx); err != nil {
			return fmt.Errorf("pull %s: %w", p.st.Stream.Full(), err)
		}
	}
}

func (p *puller) line(line any) error {
	if p.doc != nil {
		p.doc.Lines = append(p.doc.Lines, line)
		return nil
	}
	return shell.WriteJSON(p.out, line, "")
}

func (p *puller) lines(page adapters.Page) (lines []any) {
	for _, raw := range page.Records {
		if !p.mapped {
			lines = append(lines, lineOf(raw, p.clean, p.veil))
			continue
		}
		if len(p.samples) < maxSamples {
			p.samples = append(p.samples, raw)
		}
		record, err := p.st.Mapping().Map(raw)
		switch {
		case err == nil:
			lines = append(lines, json.RawMessage(record.Body))
		case problem.Rule(err) != "":
			p.sh.Tell("%s: loại theo quy tắc %s", "%s: excluded by rule %s", raw.Key, problem.Rule(err))
		default:
			p.held++
			p.sh.Printf("%s: %s", raw.Key, p.sh.Words(err))
		}
	}
	for _, refused := range page.Refused {
		p.held++
		p.sh.Printf("%s: %s %s", refused.Raw.Key, refused.Problem.Code, refused.Problem.Text(p.sh.Language()))
		if !p.mapped {
			line := lineOf(refused.Raw, p.clean, p.veil)
			line.Refused = refused.Problem.Error()
			lines = append(lines, line)
		}
	}
	return lines
}
