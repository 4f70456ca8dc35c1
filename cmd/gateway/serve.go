package main

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"iocgateway/adapters/all"
	"iocgateway/canonical/problem"
)

// readConfig reads the configuration file with everything laid over it.
func (s *shell) readConfig(file string, flags map[string]any) (Config, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return Config{}, ending(exitUsage, &problem.Problem{Code: "GW-C017", Value: file, Err: errors.Unwrap(err)})
	}
	return loadConfig(file, data, s.Environ, flags)
}

func (s *shell) logger(cfg LogConfig) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Level)); err != nil {
		level = slog.LevelInfo
	}
	opts := &slog.HandlerOptions{Level: level}
	if cfg.Format == "json" {
		return slog.New(slog.NewJSONHandler(s.Err, opts))
	}
	return slog.New(slog.NewTextHandler(s.Err, opts))
}

func runCommand(sh *shell) *cobra.Command {
	var file string
	var roles []string
	cmd := &cobra.Command{
		Use: "run -c FILE", Short: "Run the gateway until it is told to stop",
		RunE: func(cmd *cobra.Command, _ []string) error {
			flags := map[string]any{}
			if len(roles) > 0 {
				list := make([]any, 0, len(roles))
				for _, role := range roles {
					list = append(list, role)
				}
				flags["node.roles"] = list
			}
			cfg, err := sh.readConfig(file, flags)
			if err != nil {
				return err
			}
			return sh.runGateway(cmd.Context(), cfg)
		},
	}
	cmd.Flags().StringVarP(&file, "config", "c", "gateway.yaml", "configuration file")
	cmd.Flags().StringSliceVar(&roles, "roles", nil, "what this node does: work, serve (default: the configuration's, or both)")
	return cmd
}

func (s *shell) runGateway(ctx context.Context, cfg Config) error {
	log := s.logger(cfg.Log)
	a, err := openApp(ctx, cfg, all.Specs(), log)
	if err != nil {
		return err
	}
	log.Info("ready", "address", a.address(), "store", cfg.Store.Dir, "version", release)
	return a.run(ctx)
}
