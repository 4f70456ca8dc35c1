package shell

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// completeWithin is how long a person at a prompt waits for a Tab.
const completeWithin = 2 * time.Second

// Complete offers the words that a list gives, for the first so many arguments. A
// list that cannot be had offers nothing: a prompt is no place for an error.
func Complete(first int, list func(ctx context.Context) ([]string, error)) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if first >= 0 && len(args) >= first {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		base := cmd.Context()
		if base == nil {
			base = context.Background()
		}
		ctx, cancel := context.WithTimeout(base, completeWithin)
		defer cancel()
		all, err := list(ctx)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var fit []cobra.Completion
		for _, word := range all {
			if strings.HasPrefix(strings.ToLower(word), strings.ToLower(begun)) {
				fit = append(fit, word)
			}
		}
		return fit, cobra.ShellCompDirectiveNoFileComp
	}
}

// Fixed is a list that is always the same.
func Fixed(words ...string) func(context.Context) ([]string, error) {
	return func(context.Context) ([]string, error) { return words, nil }
}

// CompleteFlag offers the words of a list as a flag's value.
func CompleteFlag(cmd *cobra.Command, flag string, list func(ctx context.Context) ([]string, error)) {
	if err := cmd.RegisterFlagCompletionFunc(flag, Complete(-1, list)); err != nil {
		panic("shell: " + err.Error()) // a flag that the verb does not have
	}
}
