// Package node has the verbs on a node and its data: run, ready, nodes, sink,
// backup, migrate.
package node

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"iocgateway/cmd/gateway/config"
	"iocgateway/cmd/gateway/release"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/cmd/gateway/wiring"

	"github.com/spf13/cobra"

	"iocgateway/adapters/all"
)

// Run runs the gateway.
func Run(sh *shell.Shell) *cobra.Command {
	var file string
	var roles []string
	cmd := &cobra.Command{
		Use: sh.Say("run -c TỆP", "run -c FILE"), Short: sh.Say("Chạy cổng tích hợp cho đến khi được lệnh dừng",
			"Run the gateway until it is told to stop"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			flags := map[string]any{}
			if len(roles) > 0 {
				list := make([]any, 0, len(roles))
				for _, role := range roles {
					list = append(list, role)
				}
				flags["node.roles"] = list
			}
			cfg, err := sh.ReadConfig(file, flags)
			if err != nil {
				return err
			}
			return runGateway(sh, cmd.Context(), cfg, func() (config.Config, error) { return sh.ReadConfig(file, flags) })
		},
	}
	cmd.Flags().StringVarP(&file, "config", "c", "gateway.yaml", sh.Say("tệp cấu hình", "configuration file"))
	cmd.Flags().StringSliceVar(&roles, "roles", nil, sh.Say("việc của nút này: work (đồng bộ), serve (phục vụ đọc); mặc định theo cấu hình, hoặc cả hai",
		"what this node does: work, serve (default: the configuration's, or both)"))
	shell.CompleteFlag(cmd, "roles", shell.Fixed("work", "serve"))
	return cmd
}

// RunGateway runs the gateway of a configuration until ctx is over.
func RunGateway(s *shell.Shell, ctx context.Context, cfg config.Config) error {
	return runGateway(s, ctx, cfg, nil)
}

func runGateway(s *shell.Shell, ctx context.Context, cfg config.Config, reread func() (config.Config, error)) error {
	log := s.Logger(cfg.Log)
	a, err := wiring.Open(ctx, cfg, all.Specs(), log)
	if err != nil {
		return err
	}
	again := make(chan os.Signal, 1)
	signal.Notify(again, syscall.SIGHUP)
	defer signal.Stop(again)
	a.Upkeep.Reread, a.Upkeep.Again = reread, again
	log.Info("ready", "address", a.Address(), "store", cfg.Store.Dir, "version", release.Version())
	return a.Run(ctx)
}
