package shell

import (
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

// Args refuses fewer or more arguments than a verb takes; most below 0: any
// number.
func (s *Shell) Args(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return s.Usage("thiếu tham số; cách gọi: %s", "an argument is missing; it is called as: %s", cmd.UseLine())
		case most >= 0 && len(args) > most:
			return s.Usage("thừa tham số %q; cách gọi: %s", "argument %q is one too many; it is called as: %s", args[most], cmd.UseLine())
		}
		return nil
	}
}

// Choice refuses a word that is none of those there are.
func (s *Shell) Choice(word string, there []string) error {
	err := &UsageError{&problem.Problem{Code: "GW-C045", Near: problem.Near(word, there)}}
	err.Want = s.Say("không có \""+word+"\"; chọn một trong: ", "there is no \""+word+"\"; one of: ") + strings.Join(there, ", ")
	return err
}

// FlagError says in the reader's language what was wrong with a flag.
func (s *Shell) FlagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var bare *pflag.ValueRequiredError
	var wrong *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		return unknownFlag(s, cmd, unknown)
	case errors.As(err, &bare):
		return s.Usage("tùy chọn --%s cần một giá trị", "flag --%s needs a value", bare.GetFlag().Name)
	case errors.As(err, &wrong):
		f := wrong.GetFlag()
		return s.Usage("--%s: giá trị %q không hợp lệ, cần %s",
			"--%s: %q is not right, it takes %s", f.Name, wrong.GetValue(), wanted(s, f.Value.Type()))
	}
	return s.Usage("%v", "%v", err)
}

func unknownFlag(s *Shell, cmd *cobra.Command, unknown *pflag.NotExistError) error {
	var there []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { there = append(there, f.Name) })
	name := unknown.GetSpecifiedName()
	shown := "--" + name
	if short := unknown.GetSpecifiedShortnames(); short != "" {
		shown = "-" + short
	}
	refusal := &UsageError{&problem.Problem{Code: "GW-C045", Want: s.Say("không có tùy chọn ", "unknown flag: ") + shown}}
	if near := problem.Near(name, there); near != "" {
		refusal.Near = "--" + near
	}
	return refusal
}

// wanted is what a flag takes.
func wanted(s *Shell, kind string) string {
	switch kind {
	case "duration":
		return s.Say("khoảng thời gian, ví dụ 90s, 15m, 24h, 7d", "a duration such as 90s, 15m, 24h, 7d")
	case "int", "uint64":
		return s.Say("số nguyên", "a whole number")
	case "float64":
		return s.Say("số", "a number")
	case "bool":
		return s.Say("true hoặc false", "true or false")
	}
	return s.Say("một giá trị", "a value")
}

// Duration is a flag that takes what the configuration takes, days too.
type Duration struct{ To *time.Duration }

// Set reads it.
func (d Duration) Set(text string) (err error) {
	*d.To, err = strict.ParseDuration(text)
	return err
}

// Type names it in the help.
func (d Duration) Type() string { return "duration" }

// String is empty for none.
func (d Duration) String() string {
	if d.To == nil || *d.To == 0 {
		return ""
	}
	return d.To.String()
}

// Named has a usage error name the verb that was called, so that its hint leads
// to the right help.
func Named(err error, called *cobra.Command) error {
	var usage *UsageError
	if errors.As(err, &usage) && usage.Field == "" {
		usage.Field = called.CommandPath()
	}
	return err
}
