package source

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"iocgateway/canonical/words"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/router/journal"
)

func sourceRunCommand(sh *shell.Shell) *cobra.Command {
	var accept, replay, wait bool
	var reason string
	cmd := &cobra.Command{
		Use: ofStream(sh, "run", "", ""), Args: sh.Args(1, 1), ValidArgsFunction: shell.Complete(1, sh.StreamNames),
		Short: sh.Say("Chạy một luồng ngay", "Run a stream now"),
		RunE: func(cmd *cobra.Command, args []string) error {
			order := map[string]any{"accept_removals": accept, "reason": reason}
			switch {
			case replay && (accept || wait):
				return sh.Usage("--replay không dùng cùng --accept-removals hay --wait", "--replay goes with neither --accept-removals nor --wait")
			case replay:
				return replayStream(sh, cmd, args[0], reason)
			}
			pause, err := pauseOf(sh, cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if pause != nil {
				sh.Tell("luồng đang tạm dừng: chỉ chạy một lần này, sau đó vẫn tạm dừng; cho chạy tiếp: gateway source resume %s; lệnh tạm dừng: %s",
					"the stream is paused: it runs this once, and stays paused; to let it go on: gateway source resume %s; the pause: %s", args[0], pauseWords(sh, pause))
			}
			if wait {
				return runAndWait(sh, cmd, args[0], order)
			}
			_, err = actOn(sh, cmd, args[0], "run", order, pause)
			return err
		},
	}
	f := cmd.Flags()
	f.BoolVar(&replay, "replay", false, sh.Say("không gọi nguồn: xử lý lại mọi dữ liệu gốc đã nhận bằng ánh xạ hiện tại, như một tác vụ",
		"do not ask the source: map all that was received again with today's mapping, as a job"))
	why(sh, cmd, &reason, false)
	f.BoolVar(&accept, "accept-removals", false, sh.Say("đã hỏi đơn vị quản lý nguồn: bản ghi không còn trong danh sách là đã xóa",
		"the source was asked: what it no longer lists is gone"))
	f.BoolVar(&wait, "wait", false, sh.Say("chờ lần chạy kết thúc rồi in kết quả (mã thoát 1: đã dừng vì lỗi, 7: có bản ghi bị cách ly)",
		"wait until the run has ended, and print what came of it (exit 1: it stopped, 7: records are held)"))
	return cmd
}

// runs asks for the newest runs of a stream.
func runs(sh *shell.Shell, ctx context.Context, stream string) ([]journal.Run, error) {
	path, err := sh.StreamPath(stream, "runs")
	if err != nil {
		return nil, err
	}
	var answer struct{ Items []journal.Run }
	err = sh.Client().Get(ctx, path, nil, &answer)
	return answer.Items, err
}

// waitEvery is how often a run that is waited for is looked at.
const waitEvery = 200 * time.Millisecond

// runAndWait orders a run and shows what came of it. A run that is under way
// already is not the one that was ordered.
func runAndWait(sh *shell.Shell, cmd *cobra.Command, stream string, order map[string]any) error {
	before, err := runs(sh, cmd.Context(), stream)
	if err != nil {
		return err
	}
	last := int64(0)
	if len(before) > 0 {
		last = before[0].ID
	}
	path, err := sh.StreamPath(stream, "run")
	if err != nil {
		return err
	}
	var taken map[string]any
	if err := sh.Client().Post(cmd.Context(), path, order, &taken); err != nil {
		return err
	}
	for {
		select {
		case <-cmd.Context().Done():
			sh.Tell("lần chạy vẫn tiếp tục; xem: gateway source runs %s", "the run goes on; see: gateway source runs %s", stream)
			return cmd.Context().Err()
		case <-time.After(waitEvery):
		}
		all, err := runs(sh, cmd.Context(), stream)
		if err != nil {
			return err
		}
		for i := len(all) - 1; i >= 0; i-- {
			if r := &all[i]; r.ID > last && !r.Replay && !r.Ended.IsZero() {
				return waited(sh, r)
			}
		}
	}
}

// waited shows the run that was waited for, and ends as it did.
func waited(sh *shell.Shell, r *journal.Run) error {
	t := &shell.Table{Head: runsHead()}
	addRun(sh, t, r)
	if err := sh.Show(t); err != nil {
		return err
	}
	tellNotes(sh, r)
	switch {
	case !r.Complete && r.Problem != nil:
		return r.Problem
	case !r.Complete && r.Error != "":
		return sh.Endingf(shell.ExitFailed, "lần chạy đã dừng: %s", "the run stopped: %s", r.Error)
	case r.Counts.Held > 0:
		return sh.Endingf(shell.ExitPartial, "%d bản ghi bị cách ly; xem: gateway quarantine groups",
			"%d are held; see: gateway quarantine groups", r.Counts.Held)
	}
	return nil
}

func sourceRunsCommand(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: ofStream(sh, "runs", "", ""), Args: sh.Args(1, 1), ValidArgsFunction: shell.Complete(1, sh.StreamNames),
		Short: sh.Say("Các lần chạy gần nhất của một luồng, kèm lưu ý", "The latest runs of a stream, with what was noted"),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := runs(sh, cmd.Context(), args[0])
			if err != nil {
				return err
			}
			t := &shell.Table{Head: runsHead()}
			for i := range all {
				addRun(sh, t, &all[i])
			}
			if err := sh.Show(t); err != nil {
				return err
			}
			for i := range all {
				tellNotes(sh, &all[i])
			}
			return nil
		},
	}
}

func runsHead() []string { return []string{"RUN", "STARTED", "TOOK", "PAGES", "COUNTS", "RESULT"} }

func addRun(sh *shell.Shell, t *shell.Table, r *journal.Run) {
	took := "-"
	if !r.Ended.IsZero() {
		took = sh.Span(r.Ended.Sub(r.Started))
	}
	t.Add(r, strconv.FormatInt(r.ID, 10), sh.Time(r.Started), took, sh.Number(r.Pages), runWords(sh, r)+quiet(sh, r), resultOf(sh, r))
}

// tellNotes says what a run noted besides how it ended; JSON has it in the run.
func tellNotes(sh *shell.Shell, r *journal.Run) {
	if sh.Output != "table" {
		return
	}
	for i := range r.Notes {
		n := &r.Notes[i]
		line := fmt.Sprintf(sh.Say("lưu ý, lần chạy %d: %s %s", "note, run %d: %s %s"), r.ID, n.Code, n.Placed(sh.Language()))
		if hint := n.HintFor(r.Stream, sh.Language()); hint != "" {
			line += " (" + hint + ")"
		}
		sh.Printf("%s", line)
	}
}

// resultOf is how a run ended, and by what.
func resultOf(sh *shell.Shell, r *journal.Run) string {
	ending := r.Ending()
	text := sh.Word("run", ending)
	switch ending {
	case "refusing", "stopped":
		why := r.Error
		if r.Problem != nil {
			why = r.Problem.Code + " " + r.Problem.Placed(sh.Language())
		}
		return strings.TrimSuffix(text+": "+why, ": ")
	case "complete":
		if r.Replay {
			return sh.Word("run", "replay") + ", " + text
		}
	}
	return text
}

// quiet says of a run that got nothing what that means: where it ended well it is
// no loss, and no empty source.
func quiet(sh *shell.Shell, r *journal.Run) string {
	switch {
	case r == nil || r.Replay || r.Ended.IsZero() || r.Counts.Received+r.Proved > 0:
		return ""
	case r.Complete && r.Error == "":
		return sh.Say(" (nguồn trả lời, không có gì mới)", " (the source answered, nothing is new)")
	}
	return " (" + sh.Word("count", "none_read") + ")"
}

// runWords is a run's counts on a line; they add up.
func runWords(sh *shell.Shell, r *journal.Run) string {
	if r == nil {
		return ""
	}
	c := r.Counts
	var shares []words.Share
	for _, part := range c.Parts() {
		shares = append(shares, words.Share{N: part.N, Word: sh.Word("count", part.Name)})
	}
	if n := c.Unexplained(r.Proved); n != 0 {
		shares = append(shares, words.Share{N: n, Word: sh.Say("CHƯA GIẢI THÍCH", "UNEXPLAINED")})
	}
	text := words.Sum(c.Received+r.Proved, 0, shares, sh.Language())
	if c.Unlisted > 0 {
		text += "; " + sh.Number(c.Unlisted) + " " + sh.Word("count", "unlisted")
	}
	return text
}

// since is an instant on which something that is counted began.
func since(sh *shell.Shell, t time.Time) string {
	return fmt.Sprintf(sh.Say("từ %s", "since %s"), words.Time(t))
}
