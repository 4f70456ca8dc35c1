package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"iocgateway/cmd/gateway/verbs/admin"
	"iocgateway/cmd/gateway/verbs/data"
	"iocgateway/cmd/gateway/verbs/mapping"
	"iocgateway/cmd/gateway/verbs/node"
	"iocgateway/cmd/gateway/verbs/sandbox"
	"iocgateway/cmd/gateway/verbs/setup"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/cmd/gateway/verbs/source"

	"github.com/spf13/cobra"
)

// execute runs the verb that args name and gives the exit code.
func execute(ctx context.Context, t shell.Terminal, args []string) int {
	sh := &shell.Shell{Terminal: t}
	root := rootCommand(sh)
	root.SetArgs(args)
	root.SetIn(t.In)
	root.SetOut(t.Out)
	root.SetErr(t.Err)
	err := root.ExecuteContext(ctx)
	if err != nil {
		shell.PrintError(t.Err, sh.Language(), err)
	}
	var usage *shell.UsageError
	if errors.As(err, &usage) {
		return shell.ExitUsage
	}
	return shell.ExitCode(err)
}

func rootCommand(sh *shell.Shell) *cobra.Command {
	root := &cobra.Command{
		Use:   "gateway",
		Short: "City integration gateway: sources in, ordered gap-free feeds out",
		Long: "Cổng tích hợp đô thị: đọc các hệ thống nguồn, chuẩn hóa, lưu bền, phát luồng có thứ tự, không hở.\n" +
			"City integration gateway: reads source systems, normalizes, keeps durably, serves ordered gap-free feeds.\n\n" +
			"First look:  gateway sandbox",
		SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return sh.CheckFlags() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &shell.UsageError{Err: err} })
	flags := root.PersistentFlags()
	flags.StringVarP(&sh.Output, "output", "o", "table", "table, json or ndjson")
	flags.StringVar(&sh.Lang, "lang", defaultLang(sh), "words in vi or en")
	flags.StringVar(&sh.URL, "url", orElse(sh.Getenv("GATEWAY_URL"), "http://127.0.0.1:8080"),
		"the running gateway (GATEWAY_URL); the token comes from GATEWAY_TOKEN or GATEWAY_TOKEN_FILE")
	root.AddCommand(sandbox.Command(sh), node.Run(sh), setup.Init(sh), setup.Validate(sh), setup.Doctor(sh),
		source.Status(sh), source.Command(sh), source.Pull(sh), mapping.Command(sh), data.Quarantine(sh),
		data.Feed(sh), data.Record(sh), node.Sink(sh), node.Nodes(sh), node.Ready(sh), setup.Explain(sh), setup.Docs(sh), node.Backup(sh),
		node.Migrate(sh), admin.Audit(sh), admin.Job(sh), setup.Version(sh))
	strictArguments(root)
	return root
}

// strictArguments makes wrong arguments and unknown verbs usage errors
// everywhere.
func strictArguments(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		strictArguments(sub)
	}
	check := cmd.Args
	cmd.Args = func(c *cobra.Command, args []string) error {
		if check == nil && len(args) > 0 {
			return &shell.UsageError{Err: fmt.Errorf("unknown command %q for %q", args[0], c.CommandPath())}
		}
		if check == nil {
			return nil
		}
		if err := check(c, args); err != nil {
			return &shell.UsageError{Err: err}
		}
		return nil
	}
	if cmd.Run == nil && cmd.RunE == nil {
		cmd.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	}
}

func defaultLang(s *shell.Shell) string {
	if strings.HasPrefix(s.Getenv("LANG"), "vi") {
		return "vi"
	}
	return "en"
}

func orElse(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
