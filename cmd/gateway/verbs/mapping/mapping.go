// Package mapping has the verbs on mappings.
package mapping

import (
	"context"

	"github.com/spf13/cobra"

	"iocgateway/canonical/privacy"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/cmd/gateway/wiring"
	"iocgateway/mappings"
)

// Command has the verbs on mappings.
func Command(sh *shell.Shell) *cobra.Command {
	cmd := &cobra.Command{Use: "mapping",
		Short: sh.Say("Ánh xạ: danh sách, nội dung, kiểm thử, độ bao phủ", "Mappings: list, show, test, coverage")}
	cmd.AddCommand(mappingListCommand(sh), showCommand(sh), mappingTestCommand(sh), mappingCoverageCommand(sh))
	return cmd
}

func mappingListCommand(sh *shell.Shell) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "list", Short: sh.Say("Các ánh xạ hiện có, có sẵn và tự viết", "The mappings there are, shipped and one's own"),
		RunE: func(*cobra.Command, []string) error {
			set, err := wiring.MappingSet(dir, privacy.DefaultPolicy())
			if err != nil {
				return err
			}
			t := &shell.Table{Head: []string{"MAPPING", "KIND", "EVIDENCE", "FILE"}}
			for _, name := range set.Names() {
				p, _ := set.Plan(name)
				t.Add(map[string]any{"mapping": name, "kind": p.Kind, "evidence": p.Evidence, "file": p.File}, name, sh.Word("kind", string(p.Kind)),
					sh.Word("evidence", p.Evidence), p.File)
			}
			return sh.Show(t)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", sh.Say("thư mục ánh xạ tự viết", "directory of one's own mappings"))
	return cmd
}

func mappingTestCommand(sh *shell.Shell) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: sh.Say("test [ÁNH_XẠ…]", "test [MAPPING…]"), Args: sh.Args(0, -1), ValidArgsFunction: shell.Complete(-1, names(&dir)),
		Short: sh.Say("Chạy các ca kiểm thử đặt cạnh ánh xạ (mã thoát 3 khi có ca không đạt)",
			"Run the tests that stand beside the mappings (exit 3 when one fails)"),
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := wiring.MappingSet(dir, privacy.DefaultPolicy())
			if err != nil {
				return err
			}
			if len(args) == 0 {
				args = set.Names()
			}
			t := &shell.Table{Head: []string{"", "MAPPING", "CASE", "WHAT"}}
			failed := 0
			for _, name := range args {
				bad, err := mappingTests(sh, t, set, name)
				if err != nil {
					return err
				}
				failed += bad
			}
			if err := sh.Show(t); err != nil {
				return err
			}
			if failed > 0 {
				return sh.Findings("%d trong %d ca kiểm thử không đạt", "%d of %d cases fail", failed, len(t.Rows))
			}
			sh.Tell("%d ca kiểm thử đạt", "%d cases pass", len(t.Rows))
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", sh.Say("thư mục ánh xạ tự viết", "directory of one's own mappings"))
	return cmd
}

// names are the mappings there are, those of a folder too.
func names(dir *string) func(context.Context) ([]string, error) {
	return func(context.Context) ([]string, error) {
		set, err := wiring.MappingSet(*dir, privacy.DefaultPolicy())
		if err != nil {
			return nil, err
		}
		return set.Names(), nil
	}
}

// mappingTests runs one mapping's cases into the table.
func mappingTests(s *shell.Shell, t *shell.Table, set *mappings.Set, name string) (failed int, err error) {
	if _, err := set.Plan(name); err != nil {
		return 0, shell.Ending(shell.ExitNotFound, err)
	}
	results, err := mappings.RunTests(set, name)
	if err != nil {
		return 0, err
	}
	for _, r := range results {
		mark, what := "✔", ""
		if !r.OK() {
			failed++
			mark = "✖"
		}
		for _, p := range r.Problems {
			what += p.Place() + " " + p.Text(s.Language()) + " "
		}
		t.Add(r, mark, name, r.Case, what)
	}
	return failed, nil
}
