package data

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"iocgateway/canonical"
	"iocgateway/cmd/gateway/verbs/shell"
)

// collections is where the API lists each kind.
func collections() map[canonical.Kind]string {
	return map[canonical.Kind]string{
		canonical.KindDocument: "documents", canonical.KindTask: "tasks", canonical.KindDossier: "dossiers",
		canonical.KindFeedback: "feedback", canonical.KindObservation: "observations", canonical.KindUnit: "units",
		canonical.KindAgency: "agencies", canonical.KindProcedure: "procedures",
	}
}

func recordPath(sh *shell.Shell, id string, more ...string) (string, error) {
	kind, _, _, err := canonical.ParseID(id)
	collection, ok := collections()[kind]
	if err != nil || !ok {
		return "", sh.Usage("%q không phải mã bản ghi (loại:nguồn:khóa)", "%q is no record id (kind:source:key)", id)
	}
	return "/v1/" + collection + "/" + strings.Join(append([]string{url.PathEscape(id)}, more...), "/"), nil
}

// Record has the verbs on single records.
func Record(sh *shell.Shell) *cobra.Command {
	cmd := &cobra.Command{Use: "record", Short: sh.Say("Một bản ghi: hiện tại, lịch sử, nguồn gốc từng giá trị",
		"One record: get, history, why")}
	cmd.AddCommand(recordGetCommand(sh), recordHistoryCommand(sh), recordWhyCommand(sh))
	return cmd
}

func recordGetCommand(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: sh.Say("get MÃ", "get ID"), Short: sh.Say("Bản ghi hiện tại", "The current record"), Args: sh.Args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error { return printJSON(sh, cmd, args[0]) },
	}
}

func recordHistoryCommand(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: sh.Say("history MÃ", "history ID"), Short: sh.Say("Mọi phiên bản, mới nhất trước",
			"All versions, newest first"), Args: sh.Args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error { return printJSON(sh, cmd, args[0], "history") },
	}
}

// printJSON prints an answer about a record as indented JSON, in any format.
func printJSON(s *shell.Shell, cmd *cobra.Command, id string, more ...string) error {
	path, err := recordPath(s, id, more...)
	if err != nil {
		return err
	}
	body, err := s.Client().Open(cmd.Context(), "GET", path, nil, "application/json")
	if err != nil {
		return err
	}
	defer body.Close()
	answer, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("answer of %s: %w", path, err)
	}
	if s.Output == "ndjson" {
		_, err = s.Out.Write(answer)
		return err
	}
	return shell.WriteJSON(s.Out, json.RawMessage(answer), "  ")
}

func recordWhyCommand(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: sh.Say("why MÃ", "why ID"), Args: sh.Args(1, 1),
		Short: sh.Say("Nguồn gốc từng giá trị: giá trị, đường dẫn tại nguồn, quy tắc", "Where each field came from: value, raw path, rule"),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := recordPath(sh, args[0], "why")
			if err != nil {
				return err
			}
			var answer struct {
				Fields []struct {
					Field string          `json:"field"`
					Value json.RawMessage `json:"value"`
					Path  string          `json:"path"`
					Raw   json.RawMessage `json:"raw"`
					Rule  string          `json:"rule"`
					Note  string          `json:"note"`
				} `json:"fields"`
			}
			if err := sh.Client().Get(cmd.Context(), path, nil, &answer); err != nil {
				return err
			}
			t := &shell.Table{Head: []string{"FIELD", "VALUE", "FROM", "RAW VALUE", "RULE", "NOTE"}}
			for _, f := range answer.Fields {
				t.Add(f, f.Field, cut(f.Value), f.Path, cut(f.Raw), f.Rule, f.Note)
			}
			return sh.Show(t)
		},
	}
}

// cut shortens a JSON value to a table cell.
func cut(v json.RawMessage) string {
	r := []rune(strings.Trim(string(v), `"`))
	if len(r) > 48 {
		return string(r[:47]) + "…"
	}
	return string(r)
}
