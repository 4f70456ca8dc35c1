package mapping

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"iocgateway/adapters/all"
	"iocgateway/canonical/privacy"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/cmd/gateway/wiring"
)

// shown is a file as it ships, for whoever writes one alike.
type shown struct {
	Name string `json:"name"`
	File string `json:"file"`
	Text string `json:"text"`
}

// showCommand prints a mapping, its tests or a wire profile as it stands, so that
// it can be read and copied.
func showCommand(sh *shell.Shell) *cobra.Command {
	var dir string
	var tests, profile bool
	cmd := &cobra.Command{
		Use: sh.Say("show TÊN", "show NAME"), Args: sh.Args(1, 1), ValidArgsFunction: shell.Complete(1, named(&dir, &profile)),
		Short: sh.Say("In nguyên văn một ánh xạ, ca kiểm thử của nó (--tests) hoặc một mẫu kết nối (--profile), để đọc và chép",
			"Print a mapping, its tests (--tests) or a wire profile (--profile) as it stands, to be read and copied"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if tests && profile {
				return sh.Usage("--tests không dùng cùng --profile", "--tests does not go with --profile")
			}
			found, err := fileOf(dir, args[0], tests, profile)
			if err != nil {
				return err
			}
			if found.Text == "" {
				there, _ := named(&dir, &profile)(cmd.Context())
				if profile {
					return sh.NotFound("mẫu kết nối", "wire profile", args[0], "gateway docs adapters", there)
				}
				return sh.NotFound("ánh xạ hay ca kiểm thử", "mapping or tests", args[0], "gateway mapping list", there)
			}
			if sh.Output != "table" {
				return sh.Value(found, nil)
			}
			if _, err := fmt.Fprint(sh.Out, found.Text); err != nil {
				return shell.Unwritten(err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", sh.Say("thư mục ánh xạ tự viết", "directory of one's own mappings"))
	cmd.Flags().BoolVar(&tests, "tests", false, sh.Say("các ca kiểm thử của ánh xạ", "the mapping's tests"))
	cmd.Flags().BoolVar(&profile, "profile", false, sh.Say("mẫu kết nối có sẵn mang tên này", "the shipped wire profile of that name"))
	return cmd
}

func fileOf(dir, name string, tests, profile bool) (shown, error) {
	if profile {
		for _, spec := range all.Specs() {
			for _, p := range spec.Info.Profiles {
				if p.Name == name && p.Text != "" {
					return shown{name, spec.Info.Name + "/" + name + ".yaml", p.Text}, nil
				}
			}
		}
		return shown{}, nil
	}
	set, err := wiring.MappingSet(dir, privacy.DefaultPolicy())
	if err != nil {
		return shown{}, err
	}
	if tests {
		name += "_test"
	}
	path, data, _ := set.Source(name)
	return shown{name, path, string(data)}, nil
}

// named are the mappings or the profiles there are.
func named(dir *string, profile *bool) func(context.Context) ([]string, error) {
	return func(ctx context.Context) (out []string, err error) {
		if !*profile {
			return names(dir)(ctx)
		}
		for _, spec := range all.Specs() {
			for _, p := range spec.Info.Profiles {
				if p.Text != "" {
					out = append(out, p.Name)
				}
			}
		}
		return out, nil
	}
}
