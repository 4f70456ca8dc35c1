package setup

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
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
		Use: sh.Say("explain MÃ|KHÓA", "explain CODE|KEY"), Args: sh.Args(1, 1), ValidArgsFunction: shell.Complete(1, explained),
		Short: sh.Say("Ý nghĩa của một mã vấn đề và cách xử lý, hoặc của một khóa cấu hình (paging.total, codelist)",
			"What a problem code means and how to mend it, or what a key is (paging.total, codelist)"),
		RunE: func(_ *cobra.Command, args []string) error {
			code := codeOf(args[0])
			if _, ok := problem.WordsOf(code); ok {
				return explainCode(sh, code)
			}
			return explainKey(sh, args[0])
		},
	}
}

// codeOf is a code as it is written in full: who copies one from a page, or is told
// one on the telephone, leaves out what all codes begin with, or zeros.
func codeOf(given string) string {
	code := strings.TrimPrefix(strings.ToUpper(given), "GW-")
	if len(code) < 2 {
		return given
	}
	n, err := strconv.ParseUint(code[1:], 10, 16)
	if err != nil {
		return given
	}
	return fmt.Sprintf("GW-%s%03d", code[:1], n)
}

// explained are the codes and keys there are.
func explained(context.Context) ([]string, error) {
	all := slices.Sorted(maps.Keys(problem.Codes()))
	for _, place := range Places() {
		for i := range place.Fields {
			all = append(all, place.Fields[i].Key)
		}
	}
	return all, nil
}

// explainedCode is a code as programs read it.
type explainedCode struct {
	Code   string `json:"code"`
	VI     string `json:"vi"`
	EN     string `json:"en"`
	HintVI string `json:"hint_vi,omitempty"`
	HintEN string `json:"hint_en,omitempty"`
}

// explainCode shows what a code says, with what stands in its places named.
func explainCode(sh *shell.Shell, code string) error {
	as := explainedCode{Code: code}
	as.VI, as.HintVI, _ = problem.Explained(code, problem.Vietnamese)
	as.EN, as.HintEN, _ = problem.Explained(code, problem.English)
	lines := [][2]string{{"code", code}, {"meaning", sh.Say(as.VI, as.EN)}}
	if hint := sh.Say(as.HintVI, as.HintEN); hint != "" {
		lines = append(lines, [2]string{"hint", hint})
	}
	return sh.Value(as, lines)
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
	t := &shell.Table{Head: []string{"WHERE", "TYPE", "DEFAULT", "MEANING", "EXAMPLE"}}
	for _, place := range Places() {
		if f, ok := editor.Find(place.Fields, path); ok {
			kind := f.Type
			if words := f.Choices(); len(words) > 0 {
				kind += ": " + strings.Join(words, " ")
			}
			t.Add(explainedKey{place.Name, kind, f.Default, f.VI, f.EN, f.Sample()}, place.Name, kind, f.Default, sh.Say(f.VI, f.EN), f.Sample())
		}
	}
	if len(t.Rows) == 0 {
		there, _ := explained(context.Background())
		return sh.NotFound("mã hay khóa", "code or key", path, "gateway docs", there)
	}
	return sh.Show(t)
}
