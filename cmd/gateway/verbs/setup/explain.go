package setup

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"iocgateway/canonical/problem"
	"iocgateway/cmd/gateway/verbs/shell"
)

// Explain prints what a problem code means.
func Explain(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: "explain CODE", Short: "What a problem code means and how to mend it", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			words, ok := problem.WordsOf(strings.ToUpper(args[0]))
			if !ok {
				return shell.Ending(shell.ExitNotFound, fmt.Errorf("there is no code %s (all of them: gateway docs problems)", args[0]))
			}
			return shell.WriteValue(sh.Out, sh.Output, words,
				[][2]string{{"vi", words.VI}, {"gợi ý", words.HintVI}, {"en", words.EN}, {"hint", words.HintEN}})
		},
	}
}
