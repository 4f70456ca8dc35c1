package main

import (
	"context"
	"slices"
	"strings"

	"iocgateway/canonical/problem"
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
	return executeOn(ctx, t, shell.Width(t), args)
}

// executeOn is execute on a terminal so many columns wide.
func executeOn(ctx context.Context, t shell.Terminal, wide int, args []string) int {
	out := &shell.Written{To: t.Out}
	sh := &shell.Shell{Terminal: t, Wide: wide}
	sh.Out, sh.Lang = out, language(sh, args)
	root := rootCommand(sh)
	root.SetArgs(args)
	root.SetIn(t.In)
	root.SetOut(out)
	root.SetErr(t.Err)
	called, err := root.ExecuteContextC(ctx)
	if out.Err != nil { // whatever a verb made of it
		err = shell.Unwritten(out.Err)
	}
	if err != nil {
		sh.PrintError(t.Err, shell.Named(err, called))
	}
	return shell.ExitCode(err)
}

// language is the one that verbs are made in: what --lang says, before anything
// is parsed, for the help and the refusal of a wrong call have words too.
func language(sh *shell.Shell, args []string) string {
	for i, arg := range args {
		value, ok := strings.CutPrefix(arg, "--lang=")
		if arg == "--lang" && i+1 < len(args) {
			value, ok = args[i+1], true
		}
		if ok && (value == string(problem.Vietnamese) || value == string(problem.English)) {
			return value
		}
		if arg == "--" {
			break
		}
	}
	return shell.Spoken(sh.Getenv("LANG"))
}

func rootCommand(sh *shell.Shell) *cobra.Command {
	root := &cobra.Command{
		Use:   "gateway",
		Short: sh.Say("Cổng tích hợp dữ liệu đô thị", "City data gateway"),
		Long: sh.Say("Cổng tích hợp dữ liệu đô thị: đọc các hệ thống nguồn, chuẩn hóa, lưu trữ tin cậy,\ncung cấp dữ liệu theo thứ tự, liên tục, không sót.\n\n"+
			"Xem thử:  gateway sandbox",
			"City data gateway: reads source systems, normalizes, keeps durably, serves ordered gap-free feeds.\n\nFirst look:  gateway sandbox"),
		SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return sh.CheckFlags() },
	}
	root.SetFlagErrorFunc(sh.FlagError)
	root.SetHelpFunc(sh.Help)
	flags := root.PersistentFlags()
	flags.StringVarP(&sh.Output, "output", "o", "table", sh.Say("dạng kết quả: table (bảng), json hoặc ndjson", "table, json or ndjson"))
	flags.StringVar(&sh.Lang, "lang", string(sh.Language()), sh.Say("ngôn ngữ: vi hoặc en", "words in vi or en"))
	flags.StringVar(&sh.URL, "url", orElse(sh.Getenv("GATEWAY_URL"), "http://127.0.0.1:8080"),
		sh.Say("cổng tích hợp đang chạy (GATEWAY_URL); token lấy từ GATEWAY_TOKEN hoặc GATEWAY_TOKEN_FILE",
			"the running gateway (GATEWAY_URL); the token comes from GATEWAY_TOKEN or GATEWAY_TOKEN_FILE"))
	flags.BoolP("help", "h", false, sh.Say("xem cách dùng", "how it is called"))
	root.AddCommand(sandbox.Command(sh), node.Run(sh), setup.Init(sh), setup.Validate(sh), setup.Doctor(sh),
		source.Status(sh), source.Command(sh), source.Pull(sh), mapping.Command(sh), data.Quarantine(sh),
		data.Feed(sh), data.Record(sh), node.Sink(sh), node.Nodes(sh), node.Ready(sh), setup.Explain(sh), setup.Docs(sh, verbsIn),
		node.Backup(sh),
		node.Migrate(sh), admin.Audit(sh), admin.Job(sh), setup.Completion(sh), setup.Version(sh))
	shell.CompleteFlag(root, "output", shell.Fixed("table", "json", "ndjson"))
	shell.CompleteFlag(root, "lang", shell.Fixed("vi", "en"))
	root.SetHelpCommand(helpCommand(sh))
	strictArguments(sh, root)
	return root
}

// verbsIn are the verbs in a language, as the reference describes them.
func verbsIn(lang problem.Lang) *cobra.Command {
	return rootCommand(&shell.Shell{Lang: string(lang)})
}

func helpCommand(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: sh.Say("help [LỆNH…]", "help [COMMAND…]"), Short: sh.Say("Xem cách dùng một lệnh", "How a command is called"), Args: sh.Args(0, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknown(sh, found, args[len(args)-max(len(rest), 1)])
			}
			sh.Help(found, nil)
			return nil
		},
	}
}

// unknown refuses a word that is no verb.
func unknown(sh *shell.Shell, parent *cobra.Command, word string) error {
	var there []string
	for _, sub := range parent.Commands() {
		if sub.IsAvailableCommand() {
			there = append(there, sub.Name())
		}
	}
	near := problem.Near(word, there)
	if near != "" {
		near = parent.CommandPath() + " " + near
	}
	return &shell.UsageError{Problem: &problem.Problem{Code: "GW-C045", Field: parent.CommandPath(), Near: near,
		Want: sh.Say("không có lệnh \""+word+"\" trong \"", "unknown command \""+word+"\" for \"") + parent.CommandPath() + "\""}}
}

// strictArguments makes wrong arguments and unknown verbs usage errors
// everywhere.
func strictArguments(sh *shell.Shell, cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		strictArguments(sh, sub)
	}
	cmd.DisableFlagsInUseLine = true
	group := cmd.Run == nil && cmd.RunE == nil
	switch {
	case group:
		cmd.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
		cmd.Args = func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknown(sh, c, args[0])
			}
			return nil
		}
	case cmd.Args == nil:
		cmd.Args = sh.Args(0, 0)
	}
	if cmd.ValidArgsFunction == nil && !group && !slices.Contains([]string{"help", "coverage"}, cmd.Name()) {
		cmd.ValidArgsFunction = shell.Complete(0, shell.Fixed())
	}
}

func orElse(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
