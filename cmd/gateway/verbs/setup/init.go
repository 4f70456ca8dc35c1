// Package setup has the verbs before and beside a running gateway: init,
// validate, doctor, explain, docs, version.
package setup

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"iocgateway/cmd/gateway/verbs/shell"

	"github.com/spf13/cobra"
)

//go:embed gateway.example.yaml
var exampleConfig []byte

// Init writes a first configuration.
func Init(sh *shell.Shell) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "init [--dir DIR]", Short: "Write a first configuration to start from; nothing is overwritten",
		RunE: func(*cobra.Command, []string) error {
			path := filepath.Join(dir, "gateway.yaml")
			f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
			if errors.Is(err, fs.ErrExist) {
				return shell.Ending(shell.ExitConflict, fmt.Errorf("%s is there already", path))
			}
			if err != nil {
				return fmt.Errorf("init: %w", err)
			}
			_, err = fmt.Fprintf(f, "# yaml-language-server: $schema=%s/gateway.schema.json\n%s", SchemaDir, exampleConfig)
			if err = errors.Join(err, f.Close()); err != nil {
				return fmt.Errorf("init: %w", err)
			}
			if err := writeSchemas(sh, filepath.Join(dir, SchemaDir)); err != nil {
				return err
			}
			sh.Printf("wrote %s\nnext: edit it, then\n  gateway validate -c %s\n  gateway doctor -c %s\n  gateway run -c %s", path, path, path, path)
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "dir", ".", "where")
	return cmd
}
