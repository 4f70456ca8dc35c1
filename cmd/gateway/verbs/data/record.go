package data

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"iocgateway/canonical"
	"iocgateway/canonical/schema"
	"iocgateway/canonical/words"
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

// names are the kinds of which a record can be asked for.
func names() map[string]bool {
	all := map[string]bool{string(canonical.KindOps): true}
	for kind := range collections() {
		all[string(kind)] = true
	}
	return all
}

func recordPath(sh *shell.Shell, id string, more ...string) (string, error) {
	kind, _, _, err := canonical.ParseID(id)
	collection, ok := collections()[kind]
	switch {
	case err != nil:
		return "", sh.Usage("%q không phải mã bản ghi (loại:nguồn:khóa)", "%q is no record id (kind:source:key)", id)
	case kind == canonical.KindOps:
		return "", sh.Usage("%q là bản ghi của chính cổng tích hợp: không lập từ dữ liệu gốc nào, các phiên bản nằm trong: gateway feed tail ops; xem hiện tại: gateway record get %[1]s",
			"%q is a record of the gateway's own: it is made of no Raw, and its versions are in: gateway feed tail ops; the current one: gateway record get %[1]s", id)
	case !ok:
		return "", sh.Choice(string(kind), slices.Sorted(maps.Keys(names())))
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
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, _, _, _ := canonical.ParseID(args[0]) // one that is none is refused below
			switch {
			case kind == canonical.KindOps:
				return showOwn(sh, cmd, args[0])
			case sh.Output != "table":
				return printJSON(sh, cmd, args[0])
			}
			return showRecord(sh, cmd, args[0])
		},
	}
}

func recordHistoryCommand(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: sh.Say("history MÃ", "history ID"), Short: sh.Say("Mọi phiên bản, mới nhất trước",
			"All versions, newest first"), Args: sh.Args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if sh.Output != "table" {
				return printJSON(sh, cmd, args[0], "history")
			}
			return showHistory(sh, cmd, args[0])
		},
	}
}

// showHistory prints a record's versions for people.
func showHistory(sh *shell.Shell, cmd *cobra.Command, id string) error {
	path, err := recordPath(sh, id, "history")
	if err != nil {
		return err
	}
	var answer struct {
		Items []struct {
			Version    string    `json:"version"`
			Op         string    `json:"op"`
			Sequence   string    `json:"sequence"`
			Superseded bool      `json:"superseded"`
			RecordedAt time.Time `json:"recorded_at"`
			Mapping    string    `json:"mapping"`
		} `json:"items"`
	}
	if err := sh.Client().Get(cmd.Context(), path, nil, &answer); err != nil {
		return err
	}
	t := &shell.Table{Head: []string{"AT", "POSITION", "CHANGE", "MAPPING", "VERSION"}}
	for _, v := range answer.Items {
		change := sh.Word("op", v.Op)
		if v.Superseded {
			change += " (" + sh.Word("count", "superseded") + ")"
		}
		t.Add(v, sh.Time(v.RecordedAt), position(sh, v.Sequence), change, v.Mapping, v.Version)
	}
	return sh.Show(t)
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
			if err := tellGone(sh, cmd, args[0]); err != nil {
				return err
			}
			t := &shell.Table{Head: []string{"FIELD", "VALUE", "FROM", "RAW VALUE", "RULE", "NOTE"}}
			shown := readerOf(sh, args[0])
			for _, f := range answer.Fields {
				t.Add(f, shown.name(f.Field), cut(shown.value(f.Field, f.Value)), f.Path, cut(string(f.Raw)), f.Rule,
					words.Note(f.Note, sh.Language()))
			}
			return sh.Show(t)
		},
	}
}

// showRecord prints the current record for people: a field a line, each under
// its title, codes and times in words. Programs read -o json.
func showRecord(sh *shell.Shell, cmd *cobra.Command, id string) error {
	path, err := recordPath(sh, id)
	if err != nil {
		return err
	}
	var answer map[string]json.RawMessage
	if err := sh.Client().Get(cmd.Context(), path, nil, &answer); err != nil {
		return err
	}
	body, ok := answer["record"]
	if !ok {
		return printJSON(sh, cmd, id)
	}
	if err := writeGone(sh, answer); err != nil {
		return err
	}
	return showBody(sh, id, body)
}

// tellGone is writeGone for an answer that says nothing of the record itself.
func tellGone(sh *shell.Shell, cmd *cobra.Command, id string) error {
	path, err := recordPath(sh, id)
	if err != nil || sh.Output != "table" {
		return err
	}
	var answer map[string]json.RawMessage
	if err := sh.Client().Get(cmd.Context(), path, nil, &answer); err != nil {
		return err
	}
	return writeGone(sh, answer)
}

// writeGone says of a record that was removed at its source that it was, and when,
// before its last values: they are no longer so.
func writeGone(sh *shell.Shell, answer map[string]json.RawMessage) error {
	if string(answer["gone"]) != "true" {
		return nil
	}
	var at time.Time
	if err := json.Unmarshal(answer["recorded_at"], &at); err != nil {
		return fmt.Errorf("answer of a record: recorded_at: %w", err)
	}
	_, err := fmt.Fprintf(sh.Out, sh.Say("Bản ghi %s, cổng tích hợp ghi nhận lúc %s; dưới đây là các giá trị cuối cùng.\n",
		"The record is %s, as the gateway noted on %s; below are its last values.\n"), sh.Word("op", "gone"), sh.Time(at))
	return err
}

// showOwn prints a record of the gateway's own, which stands in its feed alone.
func showOwn(sh *shell.Shell, cmd *cobra.Command, id string) error {
	var found event
	err := eachEvent(sh, cmd.Context(), string(canonical.KindOps.Feed()), func(line json.RawMessage) error {
		var e event
		if err := json.Unmarshal(line, &e); err != nil || e.Subject != id {
			return err
		}
		found = e
		return nil
	}, nil)
	switch {
	case err != nil:
		return err
	case found.Subject == "":
		return sh.NotFound("bản ghi", "record", id, "gateway feed snapshot ops", nil)
	case sh.Output == "table":
		return showBody(sh, id, found.Data)
	}
	return sh.Value(map[string]any{"record": found.Data, "sequence": found.Sequence, "op": found.op(), "recorded_at": found.Recorded,
		"mapping": found.Mapping}, nil)
}

// showBody prints a record's body, a field a line.
func showBody(sh *shell.Shell, id string, body json.RawMessage) error {
	shown := readerOf(sh, id)
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := shown.walk(dec, ""); err != nil {
		return fmt.Errorf("body of %s: %w", id, err)
	}
	return shell.WriteLines(sh.Out, shown.lines)
}

// reader shows a record's fields in a person's language.
type reader struct {
	sh    *shell.Shell
	kind  canonical.Kind
	infos map[string]schema.Info
	lines [][2]string
}

func readerOf(sh *shell.Shell, id string) *reader {
	kind, _, _, _ := canonical.ParseID(id) // one that is none has no fields
	return &reader{sh: sh, kind: kind, infos: schema.Infos(kind)}
}

// name is what a field is called in a record of its kind; of other kinds one of the
// same path may be called otherwise.
func (r *reader) name(path string) string {
	rule := words.Placeless(path)
	for _, at := range []string{rule, strings.TrimSuffix(rule, "[]")} { // a member of a list is called as the list
		if title := r.infos[at].Title; title != "" && r.sh.Language() == words.Vietnamese {
			return title + " (" + path + ")"
		}
	}
	return words.Field(path, r.sh.Language())
}

// walk adds the values of a body, in its own order.
func (r *reader) walk(dec *json.Decoder, path string) error {
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	open, nested := tok.(json.Delim)
	if !nested {
		text, err := json.Marshal(tok)
		r.lines = append(r.lines, [2]string{r.name(path), r.value(path, text)})
		return err
	}
	for i := 0; dec.More(); i++ {
		below := path + "[" + strconv.Itoa(i) + "]"
		if open == '{' {
			name, err := dec.Token()
			if err != nil {
				return err
			}
			below = strings.TrimPrefix(path+"."+fmt.Sprint(name), ".")
		}
		if err := r.walk(dec, below); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}

// value is one value of a field: a code as its words with the code behind.
func (r *reader) value(path string, given json.RawMessage) string {
	var text string
	if json.Unmarshal(given, &text) != nil {
		switch text = string(given); text {
		case "true":
			return r.sh.Say("có", "yes")
		case "false":
			return r.sh.Say("không", "no")
		}
		return text
	}
	rule := words.Placeless(path)
	if said, known, coded := schema.CodeWords(r.kind, r.infos, rule, text, r.sh.Language()); coded && known && said != text {
		return said + " (" + text + ")"
	} else if coded && !known {
		return text + r.sh.Say(" (mã của nguồn)", " (the source's own code)")
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil && r.infos[rule].Type == reflect.TypeFor[canonical.Time]() {
		return r.sh.Time(t)
	}
	if t, err := time.Parse(time.DateOnly, text); err == nil && r.infos[rule].Type == reflect.TypeFor[canonical.Date]() {
		return t.Format("02/01/2006")
	}
	return strings.Join(strings.Fields(text), " ")
}

// cut shortens prose to a table cell. What has no blanks is an id, a code or an
// address: it is copied, and half of one is none.
func cut(text string) string {
	r := []rune(strings.Trim(text, `"`))
	if len(r) > 48 && slices.ContainsFunc(r, unicode.IsSpace) {
		return string(r[:47]) + "…"
	}
	return string(r)
}
