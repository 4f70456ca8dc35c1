package shell

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpWide is how wide help is where nobody knows how wide the reader's window is.
const helpWide = 100

// Help writes what a verb is for and how it is called, in the reader's language.
// The library's own has English in its template and in every flag.
func (s *Shell) Help(cmd *cobra.Command, _ []string) {
	about := cmd.Long
	if about == "" {
		about = cmd.Short
	}
	_, _ = fmt.Fprint(s.Out, about+"\n\n"+help{s}.usage(cmd)) // Written keeps the error
}

// help is how help is written.
type help struct{ *Shell }

func (s help) usage(cmd *cobra.Command) string {
	var b strings.Builder
	b.WriteString(s.Say("Cách dùng:\n", "Usage:\n"))
	if cmd.HasAvailableSubCommands() {
		b.WriteString("  " + cmd.CommandPath() + s.Say(" LỆNH\n", " COMMAND\n"))
		b.WriteString(s.Say("\nCác lệnh:\n", "\nCommands:\n"))
		rows := [][2]string{}
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				rows = append(rows, [2]string{sub.Name(), sub.Short})
			}
		}
		b.WriteString(s.columns(rows))
	} else {
		b.WriteString("  " + cmd.UseLine() + s.Say(" [tùy chọn]\n", " [flags]\n"))
	}
	for _, group := range []struct {
		head  string
		flags *pflag.FlagSet
	}{{s.Say("Tùy chọn", "Flags"), cmd.LocalNonPersistentFlags()}, {s.Say("Tùy chọn chung",
		"Flags of all commands"), cmd.Root().PersistentFlags()}} {
		if rows := s.flagRows(group.flags); len(rows) > 0 {
			b.WriteString("\n" + group.head + ":\n" + s.columns(rows))
		}
	}
	if cmd.HasAvailableSubCommands() {
		b.WriteString(s.Say("\nXem một lệnh: ", "\nOf one command: ") + cmd.CommandPath() + s.Say(" LỆNH --help\n", " COMMAND --help\n"))
	}
	return b.String()
}

func (s help) flagRows(flags *pflag.FlagSet) (rows [][2]string) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		name := "    --" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", --" + f.Name
		}
		text := f.Usage
		if f.Value.Type() != "bool" {
			name += " " + s.placeholder(f.Value.Type())
		}
		if f.DefValue != "" && f.DefValue != "0" && f.DefValue != "false" && f.DefValue != "[]" {
			text += s.Say(" (mặc định: ", " (default: ") + f.DefValue + ")"
		}
		rows = append(rows, [2]string{name, text})
	})
	return rows
}

func (s help) placeholder(kind string) string {
	switch kind {
	case "duration":
		return s.Say("KHOẢNG", "DURATION")
	case "int", "uint64", "float64":
		return s.Say("SỐ", "N")
	}
	return s.Say("CHUỖI", "TEXT")
}

// columns are names, and behind each what it is, broken to the width there is.
func (s help) columns(rows [][2]string) string {
	wide, left := s.Wide, 0
	if wide <= 0 || wide > helpWide {
		wide = helpWide
	}
	for _, row := range rows {
		left = max(left, utf8.RuneCountInString(row[0]))
	}
	left = min(left, wide/3)
	var b strings.Builder
	for _, row := range rows {
		name := "  " + row[0]
		text := strings.TrimLeft(wrapped(row[1], wide, strings.Repeat(" ", left+4)), " ")
		if pad := left + 4 - utf8.RuneCountInString(name); pad >= 2 {
			b.WriteString(name + strings.Repeat(" ", pad) + text)
			continue
		}
		b.WriteString(name + "\n" + strings.Repeat(" ", left+4) + text)
	}
	return b.String()
}
