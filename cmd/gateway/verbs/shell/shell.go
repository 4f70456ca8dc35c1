// Package shell is what every verb shares: the terminal, the global flags, the
// client of a running gateway, tables and exit codes.
package shell

import (
	"errors"
	"log/slog"
	"os"

	"iocgateway/adapters/all"
	"iocgateway/canonical/problem"
	"iocgateway/cmd/gateway/config"
	"iocgateway/cmd/gateway/wiring"
	streamsync "iocgateway/router/sync"
)

// shell is what every verb shares: the terminal and the global flags.
type Shell struct {
	Terminal
	Output string
	Lang   string
	URL    string
	Wide   int // columns of the terminal that Out is; 0: a file or a pipe, which takes lines of any length
}

// Getenv reads the environment the verb was called with.
func (s *Shell) Getenv(name string) string {
	value, _ := config.LookupIn(s.Environ)(name)
	return value
}

// CheckFlags refuses global flags that make no sense.
func (s *Shell) CheckFlags() error {
	switch {
	case s.Output != "table" && s.Output != "json" && s.Output != "ndjson":
		return s.Usage("-o %s: chọn table, json hoặc ndjson", "-o %s: table, json or ndjson", s.Output)
	case s.Lang != "vi" && s.Lang != "en":
		asked := s.Lang
		s.Lang = Spoken(s.Getenv("LANG")) // what is refused is refused in a language that is known
		return s.Usage("--lang %s: chọn vi hoặc en", "--lang %s: vi or en", asked)
	}
	return nil
}

// readConfig reads the configuration file with everything laid over it.
func (s *Shell) ReadConfig(file string, flags map[string]any) (config.Config, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return config.Config{}, Ending(ExitUsage, &problem.Problem{Code: "GW-C017", Value: file, Err: errors.Unwrap(err)})
	}
	return config.Load(file, data, s.Environ, flags)
}

// Logger makes the logger that the configuration asks for.
func (s *Shell) Logger(cfg config.LogConfig) *slog.Logger {
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

// Wired reads a configuration and wires its streams, dialling nobody. All that
// is wrong is the error, mappings too.
func (s *Shell) Wired(file string) (config.Config, []*streamsync.Syncer, error) {
	cfg, w, err := s.builder(file)
	if err != nil {
		return cfg, nil, err
	}
	streams, err := w.Streams()
	return cfg, streams, errors.Join(err, w.Wrong())
}

// Readers is Wired for looking at what sources give: no mapping need be there,
// or right.
func (s *Shell) Readers(file string) (config.Config, []*streamsync.Syncer, error) {
	cfg, w, err := s.builder(file)
	if err != nil {
		return cfg, nil, err
	}
	w.Raws = true
	streams, err := w.Streams()
	return cfg, streams, err
}

func (s *Shell) builder(file string) (config.Config, *wiring.Builder, error) {
	cfg, err := s.ReadConfig(file, nil)
	if err != nil {
		return cfg, nil, err
	}
	w, err := wiring.NewBuilder(cfg, all.Specs(), slog.New(slog.DiscardHandler))
	return cfg, w, err
}
