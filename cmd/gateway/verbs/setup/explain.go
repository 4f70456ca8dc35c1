package setup

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"iocgateway/adapters/all"
	"iocgateway/canonical/editor"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
	"iocgateway/cmd/gateway/config"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/mappings/keys"
)

// Explain prints what a problem code or a key means.
func Explain(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: "explain CODE|KEY", Short: "What a problem code means and how to mend it, or what a key is (paging.total, codelist)",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if words, ok := problem.WordsOf(strings.ToUpper(args[0])); ok {
				return shell.WriteValue(sh.Out, sh.Output, words,
					[][2]string{{"vi", words.VI}, {"gợi ý", words.HintVI}, {"en", words.EN}, {"hint", words.HintEN}})
			}
			return explainKey(sh, args[0])
		},
	}
}

// Places are where keys stand, each with its keys.
func Places() []keys.Group {
	out := []keys.Group{
		{Name: "gateway.yaml", Fields: strict.Fields(config.Default())},
		{Name: "sources.*", Fields: config.SourceFields()},
		{Name: "sources.*.streams.*", Fields: config.StreamFields()},
	}
	for _, spec := range all.Specs() {
		out = append(out, keys.Group{Name: "adapter " + spec.Info.Name, Fields: spec.Fields})
	}
	out = append(out, keys.Group{Name: "wire profile", Fields: strict.Fields(all.WireProfile())})
	for _, g := range keys.Groups() {
		g.Name = "mapping: " + g.Name
		out = append(out, g)
	}
	return append(out, keys.Group{Name: "mapping: step", Fields: keys.Steps()})
}

// explainedKey is a key as it is explained.
type explainedKey struct {
	Where   string `json:"where"`
	Type    string `json:"type"`
	Default string `json:"default,omitempty"`
	VI      string `json:"vi"`
	EN      string `json:"en"`
	Example string `json:"example"`
}

func explainKey(sh *shell.Shell, path string) error {
	t := &shell.Table{Head: []string{"WHERE", "TYPE", "DEFAULT", "VI", "EN", "EXAMPLE"}}
	for _, place := range Places() {
		if f, ok := editor.Find(place.Fields, path); ok {
			kind := f.Type
			if words := f.Choices(); len(words) > 0 {
				kind += ": " + strings.Join(words, " ")
			}
			t.Add(explainedKey{place.Name, kind, f.Default, f.VI, f.EN, f.Sample()}, place.Name, kind, f.Default, f.VI, f.EN, f.Sample())
		}
	}
	if len(t.Rows) == 0 {
		return shell.Ending(shell.ExitNotFound,
			fmt.Errorf("there is neither a code nor a key %s (all of them: gateway docs problems, config, adapters, profiles, mappings)", path))
	}
	return t.Write(sh.Out, sh.Output)
}
