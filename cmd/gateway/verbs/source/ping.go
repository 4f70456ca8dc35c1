package source

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"iocgateway/adapters/all"
	"iocgateway/cmd/gateway/verbs/shell"
)

func sourcePingCommand(sh *shell.Shell) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "ping [SOURCE]", Short: "Try the sources of a configuration: address, credentials, shape", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, streams, err := sh.Wired(file)
			if err != nil {
				return err
			}
			var found []shell.Finding
			asked := all.Record(cmd.Context(), func(x all.Exchange) {
				sh.Printf("  %s %s%s → %d %s in %s %s", x.Method, x.Host, x.Path, x.Status, x.Media, x.Took.Round(time.Millisecond), x.Error)
			})
			for _, st := range streams {
				if len(args) == 0 || args[0] == st.Stream.Source {
					found = append(found, sh.Probe(asked, st))
				}
			}
			if len(found) == 0 {
				return shell.Ending(shell.ExitNotFound, fmt.Errorf("the configuration has no source %q", args[0]))
			}
			return sh.Report(found)
		},
	}
	cmd.Flags().StringVarP(&file, "config", "c", "gateway.yaml", "configuration file")
	return cmd
}
