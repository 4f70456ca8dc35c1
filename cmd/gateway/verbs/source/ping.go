package source

import (
	"github.com/spf13/cobra"

	"iocgateway/adapters"
	"iocgateway/cmd/gateway/verbs/shell"
)

func sourcePingCommand(sh *shell.Shell) *cobra.Command {
	var file string
	var verbose bool
	v := &veil{sh: sh}
	cmd := &cobra.Command{
		Use: sh.Say("ping [NGUỒN]", "ping [SOURCE]"), Args: sh.Args(0, 1), ValidArgsFunction: shell.Complete(1, sh.SourceNames),
		Short: sh.Say("Thử các nguồn trong cấu hình: địa chỉ, thông tin đăng nhập, dạng dữ liệu", "Try the sources of a configuration: address, credentials, shape"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, streams, err := sh.Readers(file)
			if err != nil {
				return err
			}
			var found []shell.Finding
			var there []string
			clean := cfg.Cleaner()
			if verbose {
				v.warn()
			}
			for _, st := range streams {
				there = append(there, st.Stream.Source)
				if len(args) > 0 && args[0] != st.Stream.Source {
					continue
				}
				var all []adapters.Exchange
				f := sh.Probe(cmd.Context(), st, clean, func(x *adapters.Exchange) {
					shown := v.exchange(*x)
					all = append(all, shown)
					switch {
					case sh.Output != "table":
					case verbose:
						showExchange(sh, &shown)
					default:
						showLine(sh, x)
					}
				})
				if verbose {
					f.Exchanges = all
				}
				found = append(found, f)
			}
			if len(found) == 0 && len(args) > 0 {
				return shell.NoSource(sh, args[0], "gateway source ping ", "gateway validate -c "+file, there)
			}
			err = sh.Report(found)
			shell.TellProbed(sh)
			return err
		},
	}
	cmd.Flags().StringVarP(&file, "config", "c", "gateway.yaml", sh.Say("tệp cấu hình", "configuration file"))
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false,
		sh.Say("hiển thị từng yêu cầu và trả lời: địa chỉ, header, kilobyte đầu (đoạn chữ chỉ hiện độ dài), tìm thấy gì ở đâu; khóa bí mật được che",
			"show each request and answer: address, headers, the first kilobyte (of texts the length), what was found where; secrets masked"))
	v.flag(cmd)
	return cmd
}
