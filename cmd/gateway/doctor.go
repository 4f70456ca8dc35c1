package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"iocgateway/canonical/problem"
	streamsync "iocgateway/router/sync"

	"github.com/spf13/cobra"

	"iocgateway/adapters"
	"iocgateway/adapters/all"
	"iocgateway/mappings"
)

// finding is one line of the doctor's list.
type finding struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Text string `json:"text"`
}

func doctorCommand(sh *shell) *cobra.Command {
	var file string
	var offline bool
	cmd := &cobra.Command{
		Use: "doctor -c FILE", Short: "Is everything here fit to run? Disk, secrets, mappings, sources (exit 3 when not)",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, streams, err := sh.wired(file)
			if err != nil {
				return err
			}
			found := []finding{{"configuration", true, fmt.Sprintf("%d sources, %d streams, every secret set", len(cfg.Sources), len(streams))},
				diskCheck(cfg.Store.Dir), mappingCheck(cfg)}
			if !offline {
				for _, st := range streams {
					found = append(found, sh.probe(cmd.Context(), st))
				}
			}
			return sh.report(found)
		},
	}
	cmd.Flags().StringVarP(&file, "config", "c", "gateway.yaml", "configuration file")
	cmd.Flags().BoolVar(&offline, "offline", false, "ask no source")
	return cmd
}

func (s *shell) report(found []finding) error {
	t := &table{head: []string{"", "WHAT", "FOUND"}}
	bad := 0
	for _, f := range found {
		mark := "✔"
		if !f.OK {
			mark = "✖"
			bad++
		}
		t.add(f, mark, f.What, f.Text)
	}
	if err := t.write(s.Out, s.output); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	if bad > 0 {
		return findings("%d to look at", bad)
	}
	return nil
}

// diskCheck writes and syncs like the store does.
func diskCheck(dir string) finding {
	f := finding{What: "store"}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		f.Text = err.Error()
		return f
	}
	path := filepath.Join(dir, ".doctor")
	begun := time.Now()
	err := writeSynced(path)
	if err != nil {
		f.Text = err.Error()
		return f
	}
	f.OK = true
	f.Text = fmt.Sprintf("%s: write and fsync in %s", dir, time.Since(begun).Round(10*time.Microsecond))
	return f
}

func writeSynced(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer os.Remove(path)
	defer file.Close()
	if _, err := file.Write(make([]byte, 4096)); err != nil {
		return err
	}
	return file.Sync()
}

func mappingCheck(cfg Config) finding {
	f := finding{What: "mappings"}
	set, err := loadMappings(cfg)
	if err != nil {
		f.Text = err.Error() // its problems were told when the configuration was read
		return f
	}
	passed, failed := 0, 0
	for _, name := range set.Names() {
		results, err := mappings.RunTests(set, name)
		if err != nil {
			f.Text = err.Error()
			return f
		}
		for _, r := range results {
			if r.OK() {
				passed++
			} else {
				failed++
			}
		}
	}
	f.OK = failed == 0
	f.Text = fmt.Sprintf("%d mappings, %d tests passed, %d failed", len(set.Names()), passed, failed)
	return f
}

// probe tries a stream's source without taking anything.
func (s *shell) probe(ctx context.Context, st *streamsync.Syncer) finding {
	f := finding{What: st.Stream.Full()}
	prober, able := st.Reader.(adapters.Prober)
	switch {
	case st.Stream.Push:
		f.OK, f.Text = true, "delivers by itself: nothing to ask"
		return f
	case !able:
		f.OK, f.Text = true, "the adapter has no probe: try gateway pull "+st.Stream.Full()
		return f
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	begun := time.Now()
	if err := prober.Probe(ctx); err != nil {
		f.Text = s.words(err)
		return f
	}
	f.OK, f.Text = true, fmt.Sprintf("answers in %s", time.Since(begun).Round(time.Millisecond))
	return f
}

// words is an error in a person's language, with its hint.
func (s *shell) words(err error) string {
	p, ok := problem.As(err)
	if !ok {
		return err.Error()
	}
	text := p.Code + " " + p.Text(s.language())
	if hint := p.Hint(s.language()); hint != "" {
		text += " — " + hint
	}
	return text
}

func sourcePingCommand(sh *shell) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "ping [SOURCE]", Short: "Try the sources of a configuration: address, credentials, shape", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, streams, err := sh.wired(file)
			if err != nil {
				return err
			}
			var found []finding
			asked := all.Record(cmd.Context(), func(x all.Exchange) {
				sh.say("  %s %s%s → %d %s in %s %s", x.Method, x.Host, x.Path, x.Status, x.Media, x.Took.Round(time.Millisecond), x.Error)
			})
			for _, st := range streams {
				if len(args) == 0 || args[0] == st.Stream.Source {
					found = append(found, sh.probe(asked, st))
				}
			}
			if len(found) == 0 {
				return ending(exitNotFound, fmt.Errorf("the configuration has no source %q", args[0]))
			}
			return sh.report(found)
		},
	}
	cmd.Flags().StringVarP(&file, "config", "c", "gateway.yaml", "configuration file")
	return cmd
}
