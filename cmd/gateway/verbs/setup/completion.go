package setup

import (
	"io"

	"github.com/spf13/cobra"

	"iocgateway/cmd/gateway/verbs/shell"
)

// Completion prints what a shell needs to offer verbs, streams, feeds and codes.
func Completion(sh *shell.Shell) *cobra.Command {
	scripts := map[string]func(*cobra.Command, io.Writer) error{
		"bash":       func(c *cobra.Command, w io.Writer) error { return c.GenBashCompletionV2(w, false) },
		"zsh":        func(c *cobra.Command, w io.Writer) error { return c.GenZshCompletion(w) },
		"fish":       func(c *cobra.Command, w io.Writer) error { return c.GenFishCompletion(w, false) },
		"powershell": func(c *cobra.Command, w io.Writer) error { return c.GenPowerShellCompletion(w) },
	}
	names := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use: "completion bash|zsh|fish|powershell", Args: sh.Args(1, 1), ValidArgsFunction: shell.Complete(1, shell.Fixed(names...)),
		Short: sh.Say("In đoạn mã để bash, zsh, fish hay powershell gợi ý lệnh, luồng, kênh dữ liệu và mã khi bấm Tab",
			"Print the script by which bash, zsh, fish or powershell offers verbs, streams, feeds and codes on Tab"),
		Long: sh.Say("Dùng ngay:  source <(gateway completion bash)\nLâu dài:    gateway completion bash > /etc/bash_completion.d/gateway\n"+
			"            gateway completion zsh > \"${fpath[1]}/_gateway\"\nTên luồng và kênh dữ liệu lấy từ cổng tích hợp mà GATEWAY_URL nêu.",
			"Now:       source <(gateway completion bash)\nFor good:  gateway completion bash > /etc/bash_completion.d/gateway\n"+
				"           gateway completion zsh > \"${fpath[1]}/_gateway\"\nNames of streams and feeds are asked of the gateway that GATEWAY_URL names."),
		RunE: func(cmd *cobra.Command, args []string) error {
			write, ok := scripts[args[0]]
			if !ok {
				return sh.Choice(args[0], names)
			}
			return write(cmd.Root(), sh.Out)
		},
	}
}
