// Package source has the verbs on sources and their streams: list, ping, run,
// runs, replay, sweep, restart-walk, forget, pause, resume, pull, status.
package source

import (
	"net/url"
	"slices"
	"time"

	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/router/journal"

	"github.com/spf13/cobra"
)

// Command has the verbs on sources and their streams.
func Command(sh *shell.Shell) *cobra.Command {
	cmd := &cobra.Command{Use: "source", Short: sh.Say("Nguồn và các luồng của nguồn", "Sources and their streams")}
	cmd.AddCommand(sourceListCommand(sh), sourcePingCommand(sh), sourceRunCommand(sh), sourceReplayCommand(sh), sourcePauseCommand(sh),
		sourceResumeCommand(sh), sourceRunsCommand(sh), sourceAcceptCommand(sh), sourceSweepCommand(sh), sourceRestartCommand(sh),
		sourceForgetCommand(sh))
	return cmd
}

// ofStream is the use line of a verb on one stream.
func ofStream(sh *shell.Shell, verb, vi, en string) string {
	return verb + sh.Say(" NGUỒN/LUỒNG"+vi, " SOURCE/STREAM"+en)
}

// why is the flag that says why something is done.
func why(sh *shell.Shell, cmd *cobra.Command, reason *string, required bool) {
	text := sh.Say("lý do (lưu trong nhật ký thao tác)", "why (kept in the audit)")
	if required {
		text = sh.Say("lý do (bắt buộc: lưu trong nhật ký thao tác và hiển thị)", "why (required: it is kept in the audit and shown)")
	}
	cmd.Flags().StringVar(reason, "reason", "", text)
}

func sourceListCommand(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: sh.Say("list [NGUỒN]", "list [SOURCE]"), Short: sh.Say("Các luồng của cổng tích hợp đang chạy", "The streams of a running gateway"),
		Args: sh.Args(0, 1), ValidArgsFunction: shell.Complete(1, sh.SourceNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			query := url.Values{}
			if len(args) == 1 {
				there, err := sh.SourceNames(cmd.Context())
				if err != nil {
					return err
				}
				if !slices.Contains(there, args[0]) {
					return shell.NoSource(sh, args[0], "gateway source list ", "gateway source list", there)
				}
				query.Set("source", args[0])
			}
			_, err := showStreams(sh, cmd.Context(), query)
			return err
		},
	}
}

func sourceReplayCommand(sh *shell.Shell) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: ofStream(sh, "replay", "", ""), Args: sh.Args(1, 1), ValidArgsFunction: shell.Complete(1, sh.StreamNames),
		Short: sh.Say("Xử lý lại mọi dữ liệu gốc đã nhận bằng ánh xạ hiện tại, không gọi nguồn",
			"Map all that was received again with today's mapping, without asking the source"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return replayStream(sh, cmd, args[0], reason)
		},
	}
	why(sh, cmd, &reason, false)
	return cmd
}

// replayStream has a stream mapped again, and says where to look.
func replayStream(sh *shell.Shell, cmd *cobra.Command, stream, reason string) error {
	done, err := act(sh, cmd, stream, "replay", map[string]any{"reason": reason})
	if err != nil {
		return err
	}
	if job, _ := done["job"].(string); job != "" {
		sh.Tell("xem tiến độ: gateway job show %s", "how far: gateway job show %s", job)
	}
	sh.Tell("xem số lượng: gateway source runs %s", "its counts: gateway source runs %s", stream)
	return nil
}

func sourcePauseCommand(sh *shell.Shell) *cobra.Command {
	var reason string
	var length time.Duration
	cmd := &cobra.Command{
		Use:  ofStream(sh, "pause", " --reason LÝ_DO [--for KHOẢNG]", " --reason WHY [--for DURATION]"),
		Args: sh.Args(1, 1), ValidArgsFunction: shell.Complete(1, sh.StreamNames),
		Short: sh.Say("Tạm dừng một luồng cho đến khi tiếp tục, hoặc trong một khoảng thời gian", "Stop a stream until it is resumed, or for a time"),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch given := cmd.Flags().Changed("for"); {
			case reason == "":
				return sh.ErrReason()
			case given && length <= 0:
				return sh.Usage("--for %s: khoảng thời gian phải lớn hơn 0, ví dụ 2h, 7d; không có --for thì dừng đến khi có lệnh tiếp tục",
					"--for %s: a pause lasts longer than nothing, such as 2h or 7d; without --for it lasts until it is resumed", length)
			}
			body := map[string]any{"reason": reason}
			if length > 0 {
				body["until"] = time.Now().Add(length)
			}
			was, err := pauseOf(sh, cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if _, err := actOn(sh, cmd, args[0], "pause", body, was); err != nil {
				return err
			}
			if was != nil {
				sh.Tell("luồng đã tạm dừng từ trước, nay theo lệnh mới; lệnh trước: %s",
					"it was paused before, and the new order replaces that; the one before: %s", pauseWords(sh, was))
			}
			if until, ok := body["until"].(time.Time); ok {
				sh.Tell("đến %s", "until %s", sh.Time(until))
			} else {
				sh.Tell("đến khi có lệnh: gateway source resume %s", "until it is told to go on: gateway source resume %s", args[0])
			}
			return nil
		},
	}
	why(sh, cmd, &reason, true)
	cmd.Flags().Var(shell.Duration{To: &length}, "for", sh.Say("trong bao lâu, ví dụ 2h, 7d", "how long, such as 2h, 7d"))
	return cmd
}

func sourceResumeCommand(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: ofStream(sh, "resume", "", ""), Args: sh.Args(1, 1), ValidArgsFunction: shell.Complete(1, sh.StreamNames),
		Short: sh.Say("Cho luồng đang tạm dừng tiếp tục", "Let a paused stream run again"),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, err := act(sh, cmd, args[0], "resume", nil)
			return err
		},
	}
}

func sourceAcceptCommand(sh *shell.Shell) *cobra.Command {
	var reason string
	var fields []string
	cmd := &cobra.Command{
		Use:  ofStream(sh, "accept", " --reason LÝ_DO [--field TÊN]", " --reason WHY [--field NAME]"),
		Args: sh.Args(1, 1), ValidArgsFunction: shell.Complete(1, sh.StreamNames),
		Short: sh.Say("Chấp nhận thay đổi trong dữ liệu của nguồn: từ nay đó là bình thường, luồng không còn bị báo cần kiểm tra vì lý do này",
			"Accept what changed in what a source gives: it is how it is now, and the stream is no data issue for it"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return sh.ErrReason()
			}
			_, err := act(sh, cmd, args[0], "accept", map[string]any{"reason": reason, "fields": fields})
			return err
		},
	}
	why(sh, cmd, &reason, true)
	cmd.Flags().StringArrayVar(&fields, "field", nil, sh.Say("chỉ trường chuẩn hóa hoặc đường dẫn này của dữ liệu gốc; có thể nêu nhiều lần",
		"only of this canonical field or path of the Raw; may be given again"))
	return cmd
}

// act posts an act on a stream and tells that it was taken.
func act(s *shell.Shell, cmd *cobra.Command, stream, what string, body map[string]any) (answer map[string]any, err error) {
	return actOn(s, cmd, stream, what, body, nil)
}

// actOn is act on a stream that is paused, or is not; programs are told it, too.
func actOn(s *shell.Shell, cmd *cobra.Command, stream, what string, body map[string]any, pause *journal.Pause,
) (answer map[string]any, err error) {
	path, err := s.StreamPath(stream, what)
	if err != nil {
		return nil, err
	}
	if err := s.Client().Post(cmd.Context(), path, body, &answer); err != nil {
		return nil, err
	}
	if pause != nil && answer != nil {
		answer["paused"] = pause
	}
	return answer, s.Done(answer, "%s: %s", "%s: %s", stream, s.Word("act", what))
}
