package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"iocgateway/canonical/privacy"
	"iocgateway/mappings"
)

func mappingCommand(sh *shell) *cobra.Command {
	cmd := &cobra.Command{Use: "mapping", Short: "Mappings: list, test"}
	cmd.AddCommand(mappingListCommand(sh), mappingTestCommand(sh))
	return cmd
}

func mappingListCommand(sh *shell) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "list", Short: "The mappings there are, shipped and one's own",
		RunE: func(*cobra.Command, []string) error {
			set, err := setOf(dir, privacy.DefaultPolicy())
			if err != nil {
				return err
			}
			t := &table{head: []string{"MAPPING", "KIND", "EVIDENCE", "FILE"}}
			for _, name := range set.Names() {
				p, _ := set.Plan(name)
				t.add(map[string]any{"mapping": name, "kind": p.Kind, "evidence": p.Evidence, "file": p.File}, name, string(p.Kind), p.Evidence, p.File)
			}
			return t.write(sh.Out, sh.output)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "directory of one's own mappings")
	return cmd
}

func mappingTestCommand(sh *shell) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "test [MAPPING…]", Short: "Run the tests that stand beside the mappings (exit 3 when one fails)", Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := setOf(dir, privacy.DefaultPolicy())
			if err != nil {
				return err
			}
			if len(args) == 0 {
				args = set.Names()
			}
			t := &table{head: []string{"", "MAPPING", "CASE", "WHAT"}}
			failed := 0
			for _, name := range args {
				bad, err := sh.mappingTests(t, set, name)
				if err != nil {
					return err
				}
				failed += bad
			}
			if err := t.write(sh.Out, sh.output); err != nil {
				return fmt.Errorf("output: %w", err)
			}
			if failed > 0 {
				return findings("%d of %d cases fail", failed, len(t.rows))
			}
			sh.say("%d cases pass", len(t.rows))
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "directory of one's own mappings")
	return cmd
}

// mappingTests runs one mapping's cases into the table.
func (s *shell) mappingTests(t *table, set *mappings.Set, name string) (failed int, err error) {
	if _, err := set.Plan(name); err != nil {
		return 0, ending(exitNotFound, err)
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
			what += p.Place() + " " + p.Text(s.language()) + " "
		}
		t.add(r, mark, name, r.Case, what)
	}
	return failed, nil
}
