package main

import (
	"fmt"
	"log/slog"

	streamsync "iocgateway/router/sync"

	"github.com/spf13/cobra"

	"iocgateway/adapters/all"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/units"
	"iocgateway/mappings"
)

// loadMappings compiles the shipped mappings and those of the configured
// directory over them.
func loadMappings(cfg Config) (*mappings.Set, error) {
	return setOf(cfg.Mappings.Dir, policyOf(cfg))
}

// setOf compiles the shipped mappings with a directory's on top.
func setOf(dir string, policy privacy.Policy) (*mappings.Set, error) {
	table, err := units.Default()
	if err != nil {
		return nil, fmt.Errorf("administrative units: %w", err)
	}
	return mappings.Load(mappings.Options{Dir: dir, Units: mappings.UnitTable(table), Policy: policy})
}

// wired reads a configuration and wires its streams, dialling nobody.
func (s *shell) wired(file string) (Config, []*streamsync.Syncer, error) {
	cfg, err := s.readConfig(file, nil)
	if err != nil {
		return cfg, nil, err
	}
	w, err := newWiring(cfg, all.Specs(), slog.New(slog.DiscardHandler))
	if err != nil {
		return cfg, nil, err
	}
	streams, err := w.streams()
	return cfg, streams, err
}

func validateCommand(sh *shell) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "validate -c FILE", Short: "Every check on configuration, profiles and mappings; asks no source",
		RunE: func(*cobra.Command, []string) error {
			cfg, streams, err := sh.wired(file)
			if err != nil {
				return err
			}
			t := &table{head: []string{"STREAM", "ADAPTER", "PROFILE", "EVIDENCE", "KIND", "EVERY", "PROMISE"}}
			for _, syncer := range streams {
				st := &syncer.Stream
				t.add(map[string]any{"stream": st.Full(), "adapter": st.Adapter, "profile": st.Profile, "evidence": st.Evidence, "kind": st.Kind,
					"every_seconds": st.Every.Seconds(), "promise_seconds": st.Promise.Seconds(), "mapping": syncer.Mapping().Revision()},
					st.Full(), st.Adapter, st.Profile, string(st.Evidence), string(st.Kind), st.Every.String(), st.Promise.String())
			}
			if err := t.write(sh.Out, sh.output); err != nil {
				return fmt.Errorf("output: %w", err)
			}
			sh.say("%s is right: %d sources, %d streams", file, len(cfg.Sources), len(streams))
			return nil
		},
	}
	cmd.Flags().StringVarP(&file, "config", "c", "gateway.yaml", "configuration file")
	return cmd
}
