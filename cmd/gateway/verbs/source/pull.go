package source

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/cmd/gateway/verbs/shell"
	streamsync "iocgateway/router/sync"

	"github.com/spf13/cobra"

	"iocgateway/adapters"
	"iocgateway/canonical"
)

// rawLine is a Raw as pull prints it.
type rawLine struct {
	Kind    canonical.Kind  `json:"kind"`
	Key     string          `json:"key"`
	Version string          `json:"version,omitempty"`
	At      time.Time       `json:"at,omitzero"`
	Gone    bool            `json:"gone,omitempty"`
	Media   string          `json:"media,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
	Text    string          `json:"text,omitempty"` // a payload that is no JSON
	Refused string          `json:"refused,omitempty"`
}

func lineOf(r canonical.Raw) rawLine {
	line := rawLine{Kind: r.Kind, Key: r.Key, Version: r.Version, At: r.At, Gone: r.Gone, Media: r.Media}
	if json.Valid(r.Payload) {
		line.Payload = json.RawMessage(r.Payload)
	} else {
		line.Text = string(r.Payload)
	}
	return line
}

func findStream(streams []*streamsync.Syncer, name string) (*streamsync.Syncer, error) {
	for _, st := range streams {
		if st.Stream.Full() == name {
			return st, nil
		}
	}
	return nil, shell.Ending(shell.ExitNotFound, fmt.Errorf("the configuration has no stream %q", name))
}

// Pull asks a source for a page and shows it, taking nothing.
func Pull(sh *shell.Shell) *cobra.Command {
	var file string
	var limit int
	var mapped bool
	cmd := &cobra.Command{
		Use: "pull SOURCE/STREAM --limit N", Short: "Ask a source and print what it says, a Raw a line; nothing is stored",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, streams, err := sh.Wired(file)
			if err != nil {
				return err
			}
			st, err := findStream(streams, args[0])
			if err != nil {
				return err
			}
			return pullPages(sh, cmd.Context(), st, limit, mapped)
		},
	}
	cmd.Flags().StringVarP(&file, "config", "c", "gateway.yaml", "configuration file")
	cmd.Flags().IntVar(&limit, "limit", 10, "how many Raws")
	cmd.Flags().BoolVar(&mapped, "mapped", false, "print the records the mapping makes of them instead")
	return cmd
}

// pullPages walks pages from the beginning until it has printed enough.
func pullPages(s *shell.Shell, ctx context.Context, st *streamsync.Syncer, limit int, mapped bool) error {
	out := bufio.NewWriter(s.Out)
	var from canonical.Checkpoint
	printed, held := 0, 0
	for printed < limit {
		page, err := st.Reader.Pull(ctx, from)
		if err != nil {
			return fmt.Errorf("pull %s: %w", st.Stream.Full(), err)
		}
		for _, note := range page.Notes {
			s.Printf("%s %s", note.Code, note.Text(s.Language()))
		}
		did, bad, err := printPage(s, ctx, out, st, page, limit-printed, mapped)
		printed, held = printed+did, held+bad
		if err != nil {
			return err
		}
		if err := out.Flush(); err != nil {
			return fmt.Errorf("output: %w", err)
		}
		if !page.More {
			break
		}
		from = page.Next
	}
	s.Printf("%d printed, nothing stored", printed)
	if held > 0 {
		return shell.Findings("%d would be held", held)
	}
	return nil
}

// printPage prints a page, and of a long answer's rest as much as is wanted.
func printPage(s *shell.Shell, ctx context.Context, out io.Writer, st *streamsync.Syncer, page adapters.Page, limit int,
	mapped bool) (printed, held int, err error) {
	last := page.Tail == nil
	if !last {
		defer func() { err = errors.Join(err, page.Tail.Close()) }()
	}
	for {
		lines, bad := pageLines(s, st, page, mapped)
		held += bad
		for _, line := range lines[:min(len(lines), limit-printed)] {
			if err := shell.WriteJSON(out, line, ""); err != nil {
				return printed, held, fmt.Errorf("output: %w", err)
			}
			printed++
		}
		if last || printed >= limit {
			return printed, held, nil
		}
		if page.Records, page.Refused, last, err = page.Tail.Next(ctx); err != nil {
			return printed, held, fmt.Errorf("pull %s: %w", st.Stream.Full(), err)
		}
	}
}

func pageLines(s *shell.Shell, st *streamsync.Syncer, page adapters.Page, mapped bool) (lines []any, held int) {
	for _, raw := range page.Records {
		if !mapped {
			lines = append(lines, lineOf(raw))
			continue
		}
		record, err := st.Mapping().Map(raw)
		switch {
		case err == nil:
			lines = append(lines, json.RawMessage(record.Body))
		case problem.Rule(err) != "":
			s.Printf("%s: excluded by rule %s", raw.Key, problem.Rule(err))
		default:
			held++
			s.Printf("%s: %v", raw.Key, err)
		}
	}
	for _, refused := range page.Refused {
		held++
		s.Printf("%s: %s %s", refused.Raw.Key, refused.Problem.Code, refused.Problem.Text(s.Language()))
		if !mapped {
			line := lineOf(refused.Raw)
			line.Refused = refused.Problem.Error()
			lines = append(lines, line)
		}
	}
	return lines, held
}
