package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// release is set when a release is built (-ldflags "-X main.release=1.0.0").
var release = "dev"

type versionInfo struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	Commit  string `json:"commit,omitempty"`
}

func versionOf() versionInfo {
	v := versionInfo{Version: release, Go: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v.Commit = s.Value
			}
		}
	}
	return v
}

func versionCommand(sh *shell) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Version of this binary",
		RunE: func(*cobra.Command, []string) error {
			v := versionOf()
			if sh.output != "table" {
				return writeValue(sh.Out, sh.output, v, nil)
			}
			_, err := fmt.Fprintf(sh.Out, "gateway %s (%s)\n", v.Version, v.Go)
			return err
		},
	}
}
