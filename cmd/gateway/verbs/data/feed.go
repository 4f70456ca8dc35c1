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
	"slices"
	"strconv"
	"time"

	"iocgateway/canonical/units"
	"iocgateway/cmd/gateway/verbs/shell"

	"github.com/spf13/cobra"
)

// Feed has the verbs on feeds.
func Feed(sh *shell.Shell) *cobra.Command {
	cmd := &cobra.Command{Use: "feed", Short: sh.Say("Kênh dữ liệu cho bên nhận", "Feeds: list, tail, snapshot, digest")}
	cmd.AddCommand(feedListCommand(sh), feedTailCommand(sh), feedSnapshotCommand(sh), feedDigestCommand(sh))
	return cmd
}

func feedListCommand(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: sh.Say("Danh sách kênh dữ liệu: vị trí mới nhất, số bản ghi, số đang cách ly", "The catalogue: heads, counts, what is held"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var answer struct{ Feeds []map[string]any }
			if err := sh.Client().Get(cmd.Context(), "/v1/feeds", nil, &answer); err != nil {
				return err
			}
			t := &shell.Table{Head: []string{"FEED", "KIND", "LIVE", "HELD", "HEAD", "NEWEST"}}
			for _, f := range answer.Feeds {
				t.Add(f, word(sh, f["feed"]), sh.Word("kind", word(sh, f["feed"])), word(sh, f["live"]), word(sh, f["held"]), word(sh, f["head"]),
					instant(sh, f["head_at"]))
			}
			return sh.Show(t)
		},
	}
}

// word is a JSON value as a cell; nothing is a dash.
func word(sh *shell.Shell, v any) string {
	switch v := v.(type) {
	case nil:
		return "-"
	case float64:
		return sh.Number(int(v)) // counts and positions
	default:
		return fmt.Sprint(v)
	}
}

// instant is a time of an answer as a cell, in the zone in which people read.
func instant(sh *shell.Shell, v any) string {
	text, _ := v.(string)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return word(sh, v)
	}
	return sh.Time(at)
}

// feedNames are the feeds of the running gateway.
func feedNames(sh *shell.Shell) func(context.Context) ([]string, error) {
	return func(ctx context.Context) (names []string, err error) {
		var answer struct{ Feeds []struct{ Feed string } }
		err = sh.Client().Get(ctx, "/v1/feeds", nil, &answer)
		for _, f := range answer.Feeds {
			names = append(names, f.Feed)
		}
		return names, err
	}
}

// follower reads a feed's changes page by page.
type follower struct {
	sh     *shell.Shell
	feed   string
	after  string
	filter url.Values

	printed int
}

// knows refuses a source that is not there: no events of it says nothing.
func (f *follower) knows(ctx context.Context, source string) error {
	there, err := f.sh.SourceNames(ctx)
	if err != nil || slices.Contains(there, source) {
		return err
	}
	return shell.NoSource(f.sh, source, "--source ", "gateway source list", there)
}

// knownUnit refuses a code that no list of administrative units ever had: no
// event of it says nothing.
func knownUnit(sh *shell.Shell, code string) error {
	table, err := units.Default()
	if code == "" || err != nil {
		return err
	}
	for _, list := range table.Origin() {
		if _, there := table.At(code, list.Day); there {
			return nil
		}
	}
	return sh.NotFound("đơn vị hành chính", "administrative unit", code, "gateway feed tail reference", nil)
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
		Use: sh.Say("tail KÊNH", "tail FEED"), Short: sh.Say("Sự kiện của một kênh dữ liệu, mỗi sự kiện một dòng, theo thứ tự", "A feed's events, a line each, in order"),
		Args: sh.Args(1, 1), ValidArgsFunction: shell.Complete(1, feedNames(sh)),
		Long: sh.Say("In mỗi sự kiện một dòng: lúc ghi nhận, vị trí, thay đổi, bản ghi và tiêu đề, từ con trỏ đã cho (không có con trỏ: từ sự kiện cũ\n"+
			"nhất còn giữ). Với -o json hay -o ndjson mỗi dòng là một đối tượng JSON, theo CloudEvents.\n"+
			"Với -f lệnh chờ sự kiện mới; --cursor in con trỏ cuối ra stderr.",
			"Prints an event a line: when it was recorded, its position, the change, the record and its title, from the cursor given (from the\n"+
				"oldest kept without one). With -o json or -o ndjson each line is a JSON object, a CloudEvent.\n"+
				"With -f it goes on as new ones come; --cursor tells the last cursor on stderr."),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := knownUnit(sh, area); err != nil {
				return err
			}
			f := &follower{sh: sh, feed: args[0], after: after, filter: url.Values{}}
			for name, value := range map[string]string{"source": source, "area": area} {
				if value != "" {
					f.filter.Set(name, value)
				}
			}
			err := f.print(cmd.Context(), follow)
			if err == nil && f.printed == 0 && source != "" {
				err = f.knows(cmd.Context(), source)
			}
			if cursor && err == nil {
				sh.Printf("%s", f.after)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&after, "after", "", sh.Say("con trỏ", "a cursor"))
	cmd.Flags().StringVar(&source, "source", "", sh.Say("chỉ của nguồn này", "only of this source"))
	cmd.Flags().StringVar(&area, "area", "", sh.Say("chỉ của đơn vị hành chính này", "only of this administrative unit"))
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, sh.Say("chờ và in sự kiện mới", "go on as new events come"))
	cmd.Flags().BoolVar(&cursor, "cursor", false, sh.Say("in con trỏ cuối ra stderr", "tell the last cursor on stderr"))
	shell.CompleteFlag(cmd, "source", sh.SourceNames)
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
			return noFeed(f.sh, ctx, f.feed, err)
		}
		for _, event := range page.Events {
			if _, err := fmt.Fprintf(out, "%s\n", eventLine(f.sh, event)); err != nil {
				return fmt.Errorf("output: %w", err)
			}
			f.printed++
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
		Use: sh.Say("snapshot KÊNH", "snapshot FEED"), Args: sh.Args(1, 1), ValidArgsFunction: shell.Complete(1, feedNames(sh)),
		Short: sh.Say("Toàn bộ bản ghi hiện có của một kênh dữ liệu, mỗi bản ghi một dòng; con trỏ để đọc tiếp in ra stderr",
			"All current records of a feed, a line each; the cursor to go on from is told on stderr"),
		RunE: func(cmd *cobra.Command, args []string) error {
			out := bufio.NewWriter(sh.Out)
			return eachEvent(sh, cmd.Context(), args[0], func(line json.RawMessage) error {
				if _, err := fmt.Fprintf(out, "%s\n", eventLine(sh, line)); err != nil {
					return fmt.Errorf("output: %w", err)
				}
				return nil
			}, func(cursor string) error {
				if err := out.Flush(); err != nil {
					return fmt.Errorf("output: %w", err)
				}
				if cursor != "" {
					sh.Printf("%s", cursor)
				}
				return nil
			})
		},
	}
}

func feedDigestCommand(sh *shell.Shell) *cobra.Command {
	var bucket int
	cmd := &cobra.Command{
		Use: sh.Say("digest KÊNH", "digest FEED"), Args: sh.Args(1, 1), ValidArgsFunction: shell.Complete(1, feedNames(sh)),
		Short: sh.Say("Tổng kiểm (checksum) để bên nhận chứng minh đã có đủ dữ liệu", "Checksums that prove a reader has everything"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if sh.Output == "table" {
				return showDigest(sh, cmd.Context(), args[0], bucket)
			}
			body, err := sh.Client().Open(cmd.Context(), "GET", digestPath(args[0], bucket), nil, "application/json")
			if err != nil {
				return noFeed(sh, cmd.Context(), args[0], err)
			}
			defer body.Close()
			if _, err := io.Copy(sh.Out, body); err != nil {
				return fmt.Errorf("output: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().IntVar(&bucket, "bucket", -1, sh.Say("mã và phiên bản trong một ngăn (bucket), 0–255",
		"ids and versions in one bucket, 0–255"))
	return cmd
}
