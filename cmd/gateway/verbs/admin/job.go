package admin

import (
	"context"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/router/book"
)

// Job has the verbs on jobs.
func Job(sh *shell.Shell) *cobra.Command {
	cmd := &cobra.Command{Use: "job", Short: sh.Say("Tác vụ chạy nền theo tốc độ định trước, ví dụ xử lý lại",
		"What goes on by itself at a stated rate, such as a replay: list, show, pause, resume, cancel")}
	cmd.AddCommand(jobListCommand(sh), jobShowCommand(sh),
		jobTurnCommand(sh, "pause", sh.Say("Tạm dừng một tác vụ giữa hai lô, cho đến khi tiếp tục",
			"Stop a job between two batches, until it is resumed")),
		jobTurnCommand(sh, "resume", sh.Say("Cho tác vụ đang tạm dừng tiếp tục", "Let a paused job go on")),
		jobTurnCommand(sh, "cancel", sh.Say("Hủy tác vụ: phần đã làm vẫn giữ, phần còn lại giữ nguyên như cũ", "End a job: what it did stands, the rest stays as it is")))
	return cmd
}

func jobPath(id string, more string) string { return "/v1/admin/jobs/" + url.PathEscape(id) + more }

func jobListCommand(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: sh.Say("Các tác vụ, mới nhất trước", "The jobs, newest first"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var answer struct{ Items []book.JobView }
			if err := sh.Client().Get(cmd.Context(), "/v1/admin/jobs", nil, &answer); err != nil {
				return err
			}
			t := &shell.Table{Head: []string{"JOB", "BEGUN", "KIND", "ON", "BY", "STATE", "DONE", "LEFT"}}
			for i := range answer.Items {
				v := &answer.Items[i]
				t.Add(v, v.ID, sh.Time(v.Made), sh.Word("act", v.Plan.Ask.Kind), onWhat(sh, &v.Plan.Ask), shell.Who(sh, v.By), sh.Word("job", v.State),
					doneWords(sh, &v.Total), leftWords(sh, v))
			}
			return sh.Show(t)
		},
	}
}

// jobIDs are the jobs of the running gateway.
func jobIDs(sh *shell.Shell) func(context.Context) ([]string, error) {
	return func(ctx context.Context) (ids []string, err error) {
		var answer struct{ Items []book.JobView }
		err = sh.Client().Get(ctx, "/v1/admin/jobs", nil, &answer)
		for i := range answer.Items {
			ids = append(ids, answer.Items[i].ID)
		}
		return ids, err
	}
}

func onWhat(sh *shell.Shell, a *book.Ask) string {
	if a.Stream == "" {
		return sh.Word("idea", "quarantine")
	}
	return a.Stream
}

// rateWords: who asks a source goes by the source's quota.
func rateWords(sh *shell.Shell, a *book.Ask) string {
	if book.Repositions(a.Kind) {
		return sh.Say("theo hạn mức của nguồn", "the source's quota")
	}
	return sh.Number(a.Rate) + sh.Say(" bản ghi mỗi giây", " a second")
}

// doneWords is how many of how many had their turn: those that had changed before
// it are done, too.
func doneWords(sh *shell.Shell, t *book.Tally) string {
	return sh.Number(t.Planned-t.Waiting) + "/" + sh.Number(t.Planned)
}

// leftWords is how long a job will take, at its rate.
func leftWords(sh *shell.Shell, v *book.JobView) string {
	if v.State != book.Active || v.Plan.Ask.Rate == 0 {
		return "-"
	}
	return sh.Span(time.Duration(v.Total.Waiting) * time.Second / time.Duration(v.Plan.Ask.Rate))
}

func jobShowCommand(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: sh.Say("show TÁC_VỤ", "show JOB"), Args: sh.Args(1, 1), ValidArgsFunction: shell.Complete(1, jobIDs(sh)),
		Short: sh.Say("Một tác vụ: tiến độ và kết quả từng phần (mã thoát 7 khi có phần không làm được)",
			"One job: how far, and what came of its records (exit 7 when it failed)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var v book.JobView
			if err := sh.Client().Get(cmd.Context(), jobPath(args[0], ""), nil, &v); err != nil {
				return err
			}
			if err := showJob(sh, &v); err != nil {
				return err
			}
			if v.State == book.Broken {
				return sh.Endingf(shell.ExitPartial, "có phần không chạy tiếp được; %s bản ghi chưa thử", "a part could not go on; %s were not tried",
					sh.Number(v.Total.Waiting))
			}
			return nil
		},
	}
}

func showJob(sh *shell.Shell, v *book.JobView) error {
	c := v.Total
	n := sh.Number
	lines := [][2]string{{"job", v.ID}, {"kind", sh.Word("act", v.Plan.Ask.Kind) + ", " + onWhat(sh, &v.Plan.Ask)},
		{"by", shell.Who(sh, v.By)}, {"why", v.Why},
		{"state", sh.Word("job", v.State)}, {"rate", rateWords(sh, &v.Plan.Ask)}, {"planned", n(c.Planned)}, {"published", n(c.Published)},
		{"unchanged", n(c.Unchanged)}, {"still held", n(c.Held)}}
	for _, rare := range []struct {
		label string
		count int
	}{{"older or left out", c.Other}, {"changed before their turn", c.Left}, {"not tried", c.Waiting}} {
		if rare.count > 0 { // a zero of what hardly ever is says nothing
			lines = append(lines, [2]string{rare.label, n(rare.count)})
		}
	}
	if book.Repositions(v.Plan.Ask.Kind) {
		lines = append(lines, [2]string{"gone", n(c.Gone) + sh.Say(", trong số ghi nhận", ", of the published")})
	}
	if v.Differs != nil {
		lines = append(lines, [2]string{"not as planned", v.Differs.Text(sh.Language())})
	}
	for i := range v.Parts {
		p := &v.Parts[i]
		words := doneWords(sh, &p.Done)
		if p.Cause != nil {
			words += ": " + p.Cause.Code + " " + p.Cause.Text(sh.Language())
		}
		lines = append(lines, [2]string{p.Stream, words})
		for k := range p.Notes {
			lines = append(lines, [2]string{"note", p.Notes[k].Code + " " + p.Notes[k].Text(sh.Language())})
		}
	}
	return sh.Value(v, lines)
}

func jobTurnCommand(sh *shell.Shell, what, short string) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: what + sh.Say(" TÁC_VỤ", " JOB"), Short: short, Args: sh.Args(1, 1), ValidArgsFunction: shell.Complete(1, jobIDs(sh)),
		RunE: func(cmd *cobra.Command, args []string) error {
			var v book.JobView
			if err := sh.Client().Post(cmd.Context(), jobPath(args[0], "/"+what), map[string]any{"reason": reason}, &v); err != nil {
				return err
			}
			return sh.Done(v, "%s: %s, đã làm %s/%s", "%s: %s, %s of %s done", v.ID, sh.Word("job", v.State),
				sh.Number(v.Total.Planned-v.Total.Waiting), sh.Number(v.Total.Planned))
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", sh.Say("lý do (lưu trong nhật ký thao tác)", "why (kept in the audit)"))
	return cmd
}
