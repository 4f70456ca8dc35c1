package node

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/router/store"
	"iocgateway/router/store/bookfile"
)

// Backup copies the data of a gateway that runs.
func Backup(sh *shell.Shell) *cobra.Command {
	var from, dir string
	cmd := &cobra.Command{
		Use: "backup --from DIR --dir NEW", Short: "Copy the data of a gateway, running or not, into a new folder",
		Long: "Writes a consistent copy of the data folder --from (store.dir), its side book too, into --dir and checks it; the gateway goes on.\n" +
			"To restore: stop the gateway, put --dir in the place of its data folder, start it. It asks its sources on from there,\n" +
			"and tells readers to take the snapshot again. The copy of a node's view (engine: kafka) opens as a Log on one machine.",
		RunE: func(cmd *cobra.Command, _ []string) error { return backUp(sh, cmd.Context(), from, dir) },
	}
	f := cmd.Flags()
	f.StringVar(&from, "from", "", "data folder to copy (store.dir)")
	f.StringVar(&dir, "dir", "", "new data folder")
	return cmd
}

func backUp(s *shell.Shell, ctx context.Context, from, dir string) error {
	if from == "" || dir == "" {
		return shell.Ending(shell.ExitUsage, errors.New("--from and --dir are needed: the data folder, and the new one"))
	}
	if err := store.Holds(from); err != nil {
		return shell.Ending(shell.ExitUsage, err)
	}
	begun := time.Now()
	bytes, err := store.Backup(ctx, from, dir)
	if err != nil {
		return err
	}
	beside, err := bookfile.Backup(from, dir) // after the Log: what was done in it has its row in the audit
	if err != nil {
		return err
	}
	bytes += beside
	s.Printf("copied %s into %s: %.1f MB, checked, in %s", from, dir, float64(bytes)/1e6, time.Since(begun).Round(time.Millisecond))
	return nil
}
