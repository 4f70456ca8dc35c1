package source

import (
	"fmt"

	"github.com/spf13/cobra"

	"iocgateway/adapters"
	"iocgateway/cmd/gateway/verbs/shell"
)

func sourcePingCommand(sh *shell.Shell) *cobra.Command {
	var file string
	var verbose bool
	cmd := &cobra.Command{
		Use: "ping [SOURCE]", Short: "Try the sources of a configuration: address, credentials, shape", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, streams, err := sh.Readers(file)
			if err != nil {
				return err
			}
			var found []shell.Finding
			clean := cfg.Cleaner()
			for _, st := range streams {
				if len(args) > 0 && args[0] != st.Stream.Source {
					continue
				}
				var all []adapters.Exchange
				rec := recorder(clean, func(x adapters.Exchange) {
					all = append(all, x)
					switch {
					case sh.Output != "table":
					case verbose:
						showExchange(sh, &x)
					default:
						showLine(sh, &x)
					}
				})
				f := sh.Probe(rec.Context(cmd.Context()), st)
				rec.Flush()
				if verbose {
					f.Exchanges = all
				}
				found = append(found, f)
			}
			if len(found) == 0 {
				return shell.Ending(shell.ExitNotFound, fmt.Errorf("the configuration has no source %q", args[0]))
			}
			return sh.Report(found)
		},
	}
	cmd.Flags().StringVarP(&file, "config", "c", "gateway.yaml", "configuration file")
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false,
		"show each request and answer: address, headers, the first kilobyte, what was found where; secrets masked")
	return cmd
}
