// Package source has the verbs on sources and their streams: list, ping, run,
// runs, replay, sweep, restart-walk, forget, pause, resume, pull, status.
package source

import (
	"fmt"
	"net/url"
	"time"

	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/router/journal"

	"github.com/spf13/cobra"
)

// Command has the verbs on sources and their streams.
func Command(sh *shell.Shell) *cobra.Command {
	cmd := &cobra.Command{Use: "source", Short: "Sources and their streams: list, ping, run, runs, replay, sweep, restart-walk, forget, pause, resume, accept"}
	cmd.AddCommand(sourceListCommand(sh), sourcePingCommand(sh), sourceRunCommand(sh), sourceReplayCommand(sh), sourcePauseCommand(sh),
		sourceResumeCommand(sh), sourceRunsCommand(sh), sourceAcceptCommand(sh), sourceSweepCommand(sh), sourceRestartCommand(sh),
		sourceForgetCommand(sh))
	return cmd
}

func sourceListCommand(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: "list [SOURCE]", Short: "The streams of a running gateway", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			query := url.Values{}
			if len(args) == 1 {
				query.Set("source", args[0])
			}
			_, _, err := showStreams(sh, cmd.Context(), query)
			return err
		},
	}
}

func sourceRunCommand(sh *shell.Shell) *cobra.Command {
	var accept, replay bool
	var reason string
	cmd := &cobra.Command{
		Use: "run SOURCE/STREAM", Short: "Run a stream now", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if replay {
				return replayStream(sh, cmd, args[0], reason)
			}
			return act(sh, cmd, args[0], "run", map[string]any{"accept_removals": accept, "reason": reason})
		},
	}
	cmd.Flags().BoolVar(&replay, "replay", false, "do not ask the source: map all that was received again with today's mapping, as a job")
	cmd.Flags().StringVar(&reason, "reason", "", "why (kept in the audit)")
	cmd.Flags().BoolVar(&accept, "accept-removals", false, "the source was asked: what it no longer lists is gone")
	cmd.MarkFlagsMutuallyExclusive("replay", "accept-removals")
	return cmd
}

func sourceReplayCommand(sh *shell.Shell) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "replay SOURCE/STREAM", Short: "Map all that was received again with today's mapping, without asking the source",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return replayStream(sh, cmd, args[0], reason)
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why (kept in the audit)")
	return cmd
}

// replayStream has a stream mapped again, and says where to look.
func replayStream(sh *shell.Shell, cmd *cobra.Command, stream, reason string) error {
	done, err := do(sh, cmd, stream, "replay", map[string]any{"reason": reason})
	if err != nil {
		return err
	}
	if job, _ := done["job"].(string); job != "" {
		sh.Printf("how far: gateway job show %s", job)
	}
	sh.Printf("its counts: gateway source runs %s", stream)
	return nil
}

func sourcePauseCommand(sh *shell.Shell) *cobra.Command {
	var reason string
	var length time.Duration
	cmd := &cobra.Command{
		Use: "pause SOURCE/STREAM --reason WHY", Short: "Stop a stream until it is resumed, or for a time", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return shell.ErrReason()
			}
			body := map[string]any{"reason": reason}
			if length > 0 {
				body["until"] = time.Now().Add(length)
			}
			return act(sh, cmd, args[0], "pause", body)
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why (required: it is shown beside the state)")
	cmd.Flags().DurationVar(&length, "for", 0, "how long")
	return cmd
}

func sourceResumeCommand(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: "resume SOURCE/STREAM", Short: "Let a paused stream run again", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return act(sh, cmd, args[0], "resume", nil) },
	}
}

func sourceAcceptCommand(sh *shell.Shell) *cobra.Command {
	var reason string
	var fields []string
	cmd := &cobra.Command{
		Use: "accept SOURCE/STREAM --reason WHY [--field NAME]", Args: cobra.ExactArgs(1),
		Short: "Accept what changed in what a source gives: it is how it is now, and the stream is no data issue for it",
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return shell.ErrReason()
			}
			return act(sh, cmd, args[0], "accept", map[string]any{"reason": reason, "fields": fields})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why (required: it is kept in the audit)")
	cmd.Flags().StringArrayVar(&fields, "field", nil, "only of this canonical field or path of the Raw; may be given again")
	return cmd
}

// act posts an act on a stream and prints that it was taken.
func act(s *shell.Shell, cmd *cobra.Command, stream, what string, body map[string]any) error {
	_, err := do(s, cmd, stream, what, body)
	return err
}

func do(s *shell.Shell, cmd *cobra.Command, stream, what string, body map[string]any) (answer map[string]any, err error) {
	path, err := shell.StreamPath(stream, what)
	if err != nil {
		return nil, err
	}
	if body == nil {
		body = map[string]any{}
	}
	if err := s.Client().Post(cmd.Context(), path, body, &answer); err != nil {
		return nil, err
	}
	s.Printf("%s: %s", stream, what)
	return answer, nil
}

func sourceRunsCommand(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: "runs SOURCE/STREAM", Short: "The latest runs of a stream", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := shell.StreamPath(args[0], "runs")
			if err != nil {
				return err
			}
			var answer struct{ Items []journal.Run }
			if err := sh.Client().Get(cmd.Context(), path, nil, &answer); err != nil {
				return err
			}
			t := &shell.Table{Head: []string{"RUN", "STARTED", "TOOK", "PAGES", "COUNTS", "RESULT"}}
			for i := range answer.Items {
				r := &answer.Items[i]
				result := resultOf(r)
				took := r.Ended.Sub(r.Started).Round(time.Millisecond).String()
				if r.Ended.IsZero() {
					result, took = "running, or cut short", "-"
				}
				t.Add(r, fmt.Sprint(r.ID), r.Started.Local().Format("02/01 15:04:05"), took,
					fmt.Sprint(r.Pages), runWords(r), result)
			}
			return t.Write(sh.Out, sh.Output)
		},
	}
}

// resultOf is how a run ended: one that took deliveries and refused others was
// not complete.
func resultOf(r *journal.Run) string {
	switch {
	case r.Unproven && r.Error == "":
		return "read, not provably all"
	case r.Error != "" && (r.Refused != nil || r.Complete):
		return "not all taken: " + r.Error
	case !r.Complete:
		return "stopped: " + r.Error
	case r.Replay:
		return "replay complete"
	}
	return "complete"
}
