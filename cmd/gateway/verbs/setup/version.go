package setup

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"iocgateway/cmd/gateway/release"
	"iocgateway/cmd/gateway/verbs/shell"

	"github.com/spf13/cobra"
)

type versionInfo struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	Commit  string `json:"commit,omitempty"`
}

func versionOf() versionInfo {
	v := versionInfo{Version: release.Version(), Go: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v.Commit = s.Value
			}
		}
	}
	return v
}

// Version shows the binary's version.
func Version(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: sh.Say("Phiên bản của chương trình", "Version of this binary"),
		RunE: func(*cobra.Command, []string) error {
			v := versionOf()
			if sh.Output != "table" {
				return sh.Value(v, nil)
			}
			_, err := fmt.Fprintf(sh.Out, "gateway %s (%s)\n", v.Version, v.Go)
			return err
		},
	}
}
