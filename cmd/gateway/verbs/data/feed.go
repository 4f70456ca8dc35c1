// Package data has the verbs on what the gateway holds: feeds, records,
// quarantine.
package data

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"time"

	"iocgateway/cmd/gateway/verbs/shell"

	"github.com/spf13/cobra"
)

// Feed has the verbs on feeds.
func Feed(sh *shell.Shell) *cobra.Command {
	cmd := &cobra.Command{Use: "feed", Short: "Feeds: list, tail, snapshot, digest"}
	cmd.AddCommand(feedListCommand(sh), feedTailCommand(sh), feedSnapshotCommand(sh), feedDigestCommand(sh))
	return cmd
}

func feedListCommand(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "The catalogue: heads, counts, what is held",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var answer struct{ Feeds []map[string]any }
			if err := sh.Client().Get(cmd.Context(), "/v1/feeds", nil, &answer); err != nil {
				return err
			}
			t := &shell.Table{Head: []string{"FEED", "HEAD", "LIVE", "HELD", "NEWEST"}}
			for _, f := range answer.Feeds {
				t.Add(f, word(f["feed"]), word(f["head"]), word(f["live"]), word(f["held"]), word(f["head_at"]))
			}
			return t.Write(sh.Out, sh.Output)
		},
	}
}

// word is a JSON value as a cell; nothing is a dash.
func word(v any) string {
	switch v := v.(type) {
	case nil:
		return "-"
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}

// follower reads a feed's changes page by page.
type follower struct {
	sh     *shell.Shell
	feed   string
	after  string
	filter url.Values
}

type changesPage struct {
	Events []json.RawMessage `json:"events"`
	Next   string            `json:"next"`
	More   bool              `json:"more"`
}

func (f *follower) next(ctx context.Context, wait time.Duration) (changesPage, error) {
	q := url.Values{}
	for name, values := range f.filter {
		q[name] = values
	}
	q.Set("after", f.after)
	if wait > 0 {
		q.Set("wait", strconv.Itoa(int(wait.Seconds())))
	}
	var page changesPage
	err := f.sh.Client().Get(ctx, "/v1/feeds/"+url.PathEscape(f.feed)+"/changes", q, &page)
	if err == nil {
		f.after = page.Next
	}
	return page, err
}

func feedTailCommand(sh *shell.Shell) *cobra.Command {
	var after, source, area string
	var follow, cursor bool
	cmd := &cobra.Command{
		Use: "tail FEED", Short: "A feed's events, a line each, in order", Args: cobra.ExactArgs(1),
		Long: "Prints CloudEvents, one JSON object a line, from the cursor given (from the oldest kept without one).\nWith -f it goes on as new ones come; the last cursor is told on stderr.",
		RunE: func(cmd *cobra.Command, args []string) error {
			f := &follower{sh: sh, feed: args[0], after: after, filter: url.Values{}}
			for name, value := range map[string]string{"source": source, "area": area} {
				if value != "" {
					f.filter.Set(name, value)
				}
			}
			err := f.print(cmd.Context(), follow)
			if cursor && err == nil {
				sh.Printf("%s", f.after)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&after, "after", "", "a cursor")
	cmd.Flags().StringVar(&source, "source", "", "only of this source")
	cmd.Flags().StringVar(&area, "area", "", "only of this administrative unit")
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on as new events come")
	cmd.Flags().BoolVar(&cursor, "cursor", false, "tell the last cursor on stderr")
	return cmd
}

func (f *follower) print(ctx context.Context, follow bool) error {
	out := bufio.NewWriter(f.sh.Out)
	for {
		wait := time.Duration(0)
		if follow {
			wait = 30 * time.Second
		}
		page, err := f.next(ctx, wait)
		if err != nil {
			if follow && ctx.Err() != nil {
				return nil
			}
			return err
		}
		for _, event := range page.Events {
			if _, err := fmt.Fprintf(out, "%s\n", event); err != nil {
				return fmt.Errorf("output: %w", err)
			}
		}
		if err := out.Flush(); err != nil {
			return fmt.Errorf("output: %w", err)
		}
		if !page.More && !follow {
			return nil
		}
	}
}

func feedSnapshotCommand(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: "snapshot FEED", Short: "All current records of a feed, a line each; the cursor to go on from is told on stderr",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			out := bufio.NewWriter(sh.Out)
			page := ""
			for {
				var answer struct {
					Events []json.RawMessage
					Page   string
					Cursor string
				}
				q := url.Values{}
				if page != "" {
					q.Set("page", page)
				}
				if err := sh.Client().Get(cmd.Context(), "/v1/feeds/"+url.PathEscape(args[0])+"/snapshot", q, &answer); err != nil {
					return err
				}
				for _, event := range answer.Events {
					if _, err := fmt.Fprintf(out, "%s\n", event); err != nil {
						return fmt.Errorf("output: %w", err)
					}
				}
				if err := out.Flush(); err != nil {
					return fmt.Errorf("output: %w", err)
				}
				if page = answer.Page; page == "" { // only what was written has a cursor
					sh.Printf("%s", answer.Cursor)
					return nil
				}
			}
		},
	}
}

func feedDigestCommand(sh *shell.Shell) *cobra.Command {
	var bucket int
	cmd := &cobra.Command{
		Use: "digest FEED", Short: "Checksums that prove a reader has everything", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "/v1/feeds/" + url.PathEscape(args[0]) + "/digest"
			if bucket >= 0 {
				path += "/" + strconv.Itoa(bucket)
			}
			body, err := sh.Client().Open(cmd.Context(), "GET", path, nil, "application/json")
			if err != nil {
				return err
			}
			defer body.Close()
			if _, err := io.Copy(sh.Out, body); err != nil {
				return fmt.Errorf("output: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().IntVar(&bucket, "bucket", -1, "ids and versions in one bucket, 0–255")
	return cmd
}
