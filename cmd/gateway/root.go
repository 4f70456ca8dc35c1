package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"iocgateway/canonical/problem"

	"github.com/spf13/cobra"
)

// shell is what every verb shares: the terminal and the global flags.
type shell struct {
	terminal
	output string
	lang   string
	url    string
}

func (s *shell) language() problem.Lang {
	if s.lang == string(problem.Vietnamese) {
		return problem.Vietnamese
	}
	return problem.English
}

func (s *shell) getenv(name string) string {
	value, _ := lookupIn(s.Environ)(name)
	return value
}

// say writes words for people, never data.
func (s *shell) say(format string, args ...any) {
	fmt.Fprintf(s.Err, format+"\n", args...)
}

// execute runs the verb that args name and gives the exit code.
func execute(ctx context.Context, t terminal, args []string) int {
	sh := &shell{terminal: t}
	root := rootCommand(sh)
	root.SetArgs(args)
	root.SetIn(t.In)
	root.SetOut(t.Out)
	root.SetErr(t.Err)
	err := root.ExecuteContext(ctx)
	if err != nil {
		tell(t.Err, sh.language(), err)
	}
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitCode(err)
}

// usageError is a call that was not understood.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() + " (see --help)" }

func rootCommand(sh *shell) *cobra.Command {
	root := &cobra.Command{
		Use:   "gateway",
		Short: "City integration gateway: sources in, ordered gap-free feeds out",
		Long: "Cổng tích hợp đô thị: đọc các hệ thống nguồn, chuẩn hóa, lưu bền, phát luồng có thứ tự, không hở.\n" +
			"City integration gateway: reads source systems, normalizes, keeps durably, serves ordered gap-free feeds.\n\n" +
			"First look:  gateway sandbox",
		SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return sh.checkFlags() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	flags := root.PersistentFlags()
	flags.StringVarP(&sh.output, "output", "o", "table", "table, json or ndjson")
	flags.StringVar(&sh.lang, "lang", defaultLang(sh), "words in vi or en")
	flags.StringVar(&sh.url, "url", orElse(sh.getenv("GATEWAY_URL"), "http://127.0.0.1:8080"), "the running gateway (GATEWAY_URL); the token comes from GATEWAY_TOKEN or GATEWAY_TOKEN_FILE")
	root.AddCommand(sandboxCommand(sh), runCommand(sh), initCommand(sh), validateCommand(sh), doctorCommand(sh),
		statusCommand(sh), sourceCommand(sh), pullCommand(sh), mappingCommand(sh), quarantineCommand(sh),
		feedCommand(sh), recordCommand(sh), sinkCommand(sh), nodesCommand(sh), readyCommand(sh), explainCommand(sh), docsCommand(sh), backupCommand(sh), migrateCommand(sh), versionCommand(sh))
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
			return &usageError{fmt.Errorf("unknown command %q for %q", args[0], c.CommandPath())}
		}
		if check == nil {
			return nil
		}
		if err := check(c, args); err != nil {
			return &usageError{err}
		}
		return nil
	}
	if cmd.Run == nil && cmd.RunE == nil {
		cmd.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	}
}

func (s *shell) checkFlags() error {
	switch {
	case s.output != "table" && s.output != "json" && s.output != "ndjson":
		return &usageError{fmt.Errorf("-o %s: table, json or ndjson", s.output)}
	case s.lang != "vi" && s.lang != "en":
		return &usageError{fmt.Errorf("--lang %s: vi or en", s.lang)}
	}
	return nil
}

func defaultLang(s *shell) string {
	if strings.HasPrefix(s.getenv("LANG"), "vi") {
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
