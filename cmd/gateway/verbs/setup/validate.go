package setup

import (
	"fmt"
	"slices"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/router/journal"

	"github.com/spf13/cobra"
)

// Validate checks a configuration with everything it names.
func Validate(sh *shell.Shell) *cobra.Command {
	var file string
	var asks bool
	cmd := &cobra.Command{
		Use: sh.Say("validate -c TỆP", "validate -c FILE"),
		Short: sh.Say("Mọi kiểm tra về cấu hình, mẫu kết nối và ánh xạ; không gọi nguồn, trừ khi có --live",
			"Every check on configuration, profiles and mappings; asks no source but with --live"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, streams, err := sh.Wired(file)
			if err != nil {
				return err
			}
			if asks {
				return allLive(cmd.Context(), sh, streams)
			}
			t := &shell.Table{Head: []string{"STREAM", "ADAPTER", "PROFILE", "EVIDENCE", "KIND", "EVERY", "PROMISE"}}
			for _, syncer := range streams {
				st := &syncer.Stream
				t.Add(map[string]any{"stream": st.Full(), "adapter": st.Adapter, "profile": st.Profile, "evidence": st.Evidence, "kind": st.Kind,
					"every_seconds": st.Every.Seconds(), "promise_seconds": st.Promise.Seconds(), "mapping": syncer.Mapping().Revision(),
					"notes": notesOn(st, sh.Language())},
					st.Full(), st.Adapter, st.Profile, sh.Word("evidence", string(st.Evidence)), sh.Word("kind", string(st.Kind)), length(sh, st.Every),
					length(sh, st.Promise))
			}
			if err := sh.Show(t); err != nil {
				return err
			}
			for _, syncer := range streams {
				for _, n := range notesOn(&syncer.Stream, sh.Language()) {
					sh.Tell("lưu ý: %s", "note: %s", n.line(syncer.Stream.Full()))
				}
			}
			sh.Tell("%s hợp lệ: %d nguồn, %d luồng", "%s is right; sources: %d, streams: %d", file, len(cfg.Sources), len(streams))
			return nil
		},
	}
	cmd.Flags().StringVarP(&file, "config", "c", "gateway.yaml", sh.Say("tệp cấu hình", "configuration file"))
	cmd.Flags().BoolVar(&asks, "live", false,
		sh.Say("gọi mỗi nguồn lấy trang đầu, trong hạn mức, và thử ánh xạ: bản ghi nào sẽ bị cách ly, đường dẫn nào không bản ghi nào có; không lưu gì",
			"ask each source for its first page, within its quota, and try the mapping on it: what would be held, and which mapped paths no record has; keeps nothing"))
	return cmd
}

// note is what a person who sets a stream up should know, though it is right.
type note struct {
	Code  string `json:"code"`
	Place string `json:"place,omitempty"` // file:line:col
	Text  string `json:"text"`
	Hint  string `json:"hint,omitempty"`
}

func (n note) line(stream string) string {
	at := n.Place
	if at != "" {
		at += ": "
	}
	return fmt.Sprintf("%s: %s%s %s (%s)", stream, at, n.Code, n.Text, n.Hint)
}

func notesOn(st *journal.Stream, lang problem.Lang) []note {
	all := []note{}
	for _, p := range slices.Concat(st.Limits, st.Advice) {
		all = append(all, note{Code: p.Code, Place: p.Place(), Text: p.Text(lang), Hint: p.Hint(lang)})
	}
	return all
}

// length is a duration of a setting; nothing where there is none.
func length(sh *shell.Shell, d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return sh.Span(d)
}
