package admin

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/router/book"
)

// Job has the verbs on jobs.
func Job(sh *shell.Shell) *cobra.Command {
	cmd := &cobra.Command{Use: "job", Short: "What goes on by itself at a stated rate, such as a replay: list, show, pause, resume, cancel"}
	cmd.AddCommand(jobListCommand(sh), jobShowCommand(sh),
		jobTurnCommand(sh, "pause", "Stop a job between two batches, until it is resumed"),
		jobTurnCommand(sh, "resume", "Let a paused job go on"),
		jobTurnCommand(sh, "cancel", "End a job: what it did stands, the rest stays as it is"))
	return cmd
}

func jobPath(id string, more string) string { return "/v1/admin/jobs/" + url.PathEscape(id) + more }

func jobListCommand(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "The jobs, newest first",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var answer struct{ Items []book.JobView }
			if err := sh.Client().Get(cmd.Context(), "/v1/admin/jobs", nil, &answer); err != nil {
				return err
			}
			t := &shell.Table{Head: []string{"JOB", "BEGUN", "KIND", "ON", "BY", "STATE", "DONE", "LEFT"}}
			for i := range answer.Items {
				v := &answer.Items[i]
				t.Add(v, v.ID, v.Made.Local().Format("02/01 15:04:05"), v.Plan.Ask.Kind, onWhat(&v.Plan.Ask), v.By, v.State,
					fmt.Sprintf("%d of %d", v.Total.Tried, v.Total.Planned), leftWords(v))
			}
			return t.Write(sh.Out, sh.Output)
		},
	}
}

func onWhat(a *book.Ask) string {
	if a.Stream == "" {
		return "quarantine"
	}
	return a.Stream
}

// rateWords: who asks a source goes by the source's quota.
func rateWords(a *book.Ask) string {
	if book.Repositions(a.Kind) {
		return "the source's quota"
	}
	return strconv.Itoa(a.Rate) + " a second"
}

// leftWords is how long a job will take, at its rate.
func leftWords(v *book.JobView) string {
	if v.State != book.Active || v.Plan.Ask.Rate == 0 {
		return "-"
	}
	return (time.Duration(v.Total.Waiting) * time.Second / time.Duration(v.Plan.Ask.Rate)).Round(time.Second).String()
}

func jobShowCommand(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: "show JOB", Short: "One job: how far, and what came of its records (exit 7 when it failed)", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var v book.JobView
			if err := sh.Client().Get(cmd.Context(), jobPath(args[0], ""), nil, &v); err != nil {
				return err
			}
			if err := showJob(sh, &v); err != nil {
				return err
			}
			if v.State == book.Broken {
				return shell.Ending(shell.ExitPartial, fmt.Errorf("a part could not go on; %d were not tried", v.Total.Waiting))
			}
			return nil
		},
	}
}

func showJob(sh *shell.Shell, v *book.JobView) error {
	c := v.Total
	n := strconv.Itoa
	lines := [][2]string{{"job", v.ID}, {"kind", v.Plan.Ask.Kind + ", " + onWhat(&v.Plan.Ask)}, {"by", v.By}, {"why", v.Why},
		{"state", v.State}, {"rate", rateWords(&v.Plan.Ask)}, {"planned", n(c.Planned)}, {"published", n(c.Published)},
		{"unchanged", n(c.Unchanged)}, {"still held", n(c.Held)}, {"other", n(c.Other)}, {"left meanwhile", n(c.Left)},
		{"not tried", n(c.Waiting)}}
	if book.Repositions(v.Plan.Ask.Kind) {
		lines = append(lines, [2]string{"gone", n(c.Gone) + ", of the published"})
	}
	if v.Differs != nil {
		lines = append(lines, [2]string{"not as planned", v.Differs.Text(sh.Language())})
	}
	for i := range v.Parts {
		p := &v.Parts[i]
		words := fmt.Sprintf("%d of %d", p.Done.Tried, p.Done.Planned)
		if p.Cause != nil {
			words += ": " + p.Cause.Code + " " + p.Cause.Text(sh.Language())
		}
		lines = append(lines, [2]string{p.Stream, words})
		for k := range p.Notes {
			lines = append(lines, [2]string{"note", p.Notes[k].Code + " " + p.Notes[k].Text(sh.Language())})
		}
	}
	return shell.WriteValue(sh.Out, sh.Output, v, lines)
}

func jobTurnCommand(sh *shell.Shell, what, short string) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: what + " JOB", Short: short, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var v book.JobView
			if err := sh.Client().Post(cmd.Context(), jobPath(args[0], "/"+what), map[string]any{"reason": reason}, &v); err != nil {
				return err
			}
			sh.Printf("%s: %s, %d of %d done", v.ID, v.State, v.Total.Tried, v.Total.Planned)
			return nil
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why (kept in the audit)")
	return cmd
}
