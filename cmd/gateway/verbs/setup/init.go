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

	"iocgateway/canonical/problem"
	"iocgateway/cmd/gateway/verbs/shell"

	"github.com/spf13/cobra"
)

//go:embed gateway.example.yaml
var exampleConfig string

//go:embed gateway.example.vi.yaml
var exampleConfigVI string

// Init writes a first configuration.
func Init(sh *shell.Shell) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   sh.Say("init [--dir THƯ_MỤC]", "init [--dir DIR]"),
		Short: sh.Say("Ghi cấu hình đầu tiên để bắt đầu; không ghi đè tệp nào", "Write a first configuration to start from; nothing is overwritten"),
		RunE: func(*cobra.Command, []string) error {
			path := filepath.Join(dir, "gateway.yaml")
			if err := os.MkdirAll(dir, 0o750); err != nil {
				return fmt.Errorf("init: %w", err)
			}
			f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
			if errors.Is(err, fs.ErrExist) {
				return shell.Ending(shell.ExitConflict, &problem.Problem{Code: "GW-C048", Value: path})
			}
			if err != nil {
				return fmt.Errorf("init: %w", err)
			}
			_, err = fmt.Fprintf(f, "# yaml-language-server: $schema=%s/gateway.schema.json\n%s", SchemaDir, sh.Say(exampleConfigVI, exampleConfig))
			if err = errors.Join(err, f.Close()); err != nil {
				return fmt.Errorf("init: %w", err)
			}
			if err := writeSchemas(sh, filepath.Join(dir, SchemaDir)); err != nil {
				return err
			}
			return sh.Done(map[string]any{"config": path, "schemas": filepath.Join(dir, SchemaDir)},
				"đã ghi %[1]s\ntiếp theo: sửa tệp, rồi\n  gateway validate -c %[1]s\n  gateway doctor -c %[1]s\n  gateway run -c %[1]s",
				"wrote %[1]s\nnext: edit it, then\n  gateway validate -c %[1]s\n  gateway doctor -c %[1]s\n  gateway run -c %[1]s", path)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", ".", sh.Say("thư mục (được tạo nếu chưa có)", "where (it is made)"))
	return cmd
}
