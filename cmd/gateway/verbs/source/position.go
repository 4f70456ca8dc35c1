package source

import (
	"errors"
	"strconv"

	"github.com/spf13/cobra"

	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/router/book"
)

// positionCommand plans an act on where a stream stands in its source, or
// applies such a plan.
func positionCommand(sh *shell.Shell, name, kind, short, long string) *cobra.Command {
	var plan, reason string
	verb := "gateway source " + name
	cmd := &cobra.Command{
		Use: name + " SOURCE/STREAM --reason WHY | --plan PLAN", Short: short,
		Long: long + "\nWithout --plan it says what would be done, and does nothing; that plan can be applied for 15 minutes: " +
			verb + " --plan PLAN does exactly that, as a job, or exits 6 when the stream has moved.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case plan != "" && len(args) > 0:
				return &shell.UsageError{Err: errors.New("--plan says which stream: no other")}
			case plan != "":
				return sh.Apply(cmd.Context(), kind, verb, plan, reason)
			case len(args) == 0:
				return &shell.UsageError{Err: errors.New("name the stream as SOURCE/STREAM, or a plan with --plan")}
			case reason == "":
				return shell.ErrReason()
			}
			return planPosition(sh, cmd, verb, map[string]any{"kind": kind, "stream": args[0], "reason": reason})
		},
	}
	cmd.Flags().StringVar(&plan, "plan", "", "do exactly what this plan says")
	cmd.Flags().StringVar(&reason, "reason", "", "why (required for a plan: it is kept in the audit)")
	return cmd
}

func planPosition(sh *shell.Shell, cmd *cobra.Command, verb string, ask map[string]any) error {
	var p book.Plan
	if err := sh.Client().Post(cmd.Context(), "/v1/admin/plans", ask, &p); err != nil {
		return err
	}
	lines := [][2]string{{"plan", p.ID}, {"hash", p.Hash}, {"until", p.Expires.Local().Format("15:04:05")}, {"stream", p.Ask.Stream},
		{"records", strconv.Itoa(p.Planned)}}
	if p.Means != nil {
		lines = append(lines, [2]string{"means", p.Means.Text(sh.Language())})
	}
	sh.Printf("apply it: %s --plan %s", verb, p.ID)
	return shell.WriteValue(sh.Out, sh.Output, p, lines)
}

func sourceSweepCommand(sh *shell.Shell) *cobra.Command {
	return positionCommand(sh, "sweep", book.Sweep, "Have a source list everything again now, as a job",
		"The whole listing is read again outside its time, within the source's quota. Records stay; what a whole listing proves to be gone becomes gone.")
}

func sourceRestartCommand(sh *shell.Shell) *cobra.Command {
	return positionCommand(sh, "restart-walk", book.RestartWalk, "Begin a stream's walk under way again at its first page, as a job",
		"The page cursor that is stored is dropped. Nothing that was published is lost, and nothing becomes gone unproven.")
}

func sourceForgetCommand(sh *shell.Shell) *cobra.Command {
	return positionCommand(sh, "forget", book.Forget, "Forget how far a stream got and what its source was like: it is read as the first time",
		"Records stay and stay this stream's; the next whole walk proves which of them are there.")
}
