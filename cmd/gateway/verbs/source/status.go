package source

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/words"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// streamAnswer is a stream as GET /v1/streams gives it.
type streamAnswer struct {
	health.Status
	PromiseSeconds float64  `json:"promise_seconds"`
	AgeSeconds     *float64 `json:"age_seconds"`
	OverSeconds    float64  `json:"over_seconds,omitempty"`
	Words          said     `json:"cause"`
	Warns          []said   `json:"warnings"`
}

// said is a Problem's words, in both languages.
type said struct {
	Code   string `json:"code"`
	VI     string `json:"vi"`
	EN     string `json:"en"`
	HintVI string `json:"hint_vi"`
	HintEN string `json:"hint_en"`
}

func (w said) in(lang problem.Lang) string {
	switch {
	case w.Code == "":
		return ""
	case lang == problem.Vietnamese:
		return w.Code + " " + w.VI
	}
	return w.Code + " " + w.EN
}

func (w said) hint(lang problem.Lang) string {
	if lang == problem.Vietnamese {
		return w.HintVI
	}
	return w.HintEN
}

// streamsAnswer is what GET /v1/streams gives: above the streams what is the
// gateway's own matter, and what several have in common.
type streamsAnswer struct {
	Own    said            `json:"own"`
	Shared []health.Shared `json:"shared"`
	Items  []streamAnswer  `json:"items"`
}

func (a *streamAnswer) freshness(sh *shell.Shell) string {
	if a.AgeSeconds == nil {
		if a.Live > 0 {
			return sh.Word("fresh", "partly")
		}
		return sh.Word("fresh", "none")
	}
	text := sh.Span(time.Duration(*a.AgeSeconds) * time.Second)
	if a.PromiseSeconds > 0 {
		pledge := sh.Word("fresh", "pledge") + " ≤ " + sh.Span(time.Duration(a.PromiseSeconds)*time.Second)
		if a.OverSeconds > 0 {
			pledge += ", " + sh.Word("fresh", "over") + " " + sh.Span(time.Duration(a.OverSeconds)*time.Second)
		}
		text += " (" + pledge + ")"
	}
	return text
}

// state is a state in words. A source that delivers never runs.
func (a *streamAnswer) state(sh *shell.Shell) string {
	if a.State == health.StateNeverRan && a.Push {
		return sh.Word("state", "never_sent")
	}
	return sh.Word("state", string(a.State))
}

// why is what is behind the state: of a pause who, why and until when.
func (a *streamAnswer) why(sh *shell.Shell) string {
	p := a.Paused
	if p == nil || a.State != health.StatePaused {
		text := a.Words.in(sh.Language())
		if began := a.Began(); text != "" && !began.IsZero() {
			text += " (" + since(sh, began) + ")"
		}
		return text
	}
	return pauseWords(sh, p)
}

// pauseWords says of a pause who, since when, until when and why.
func pauseWords(sh *shell.Shell, p *journal.Pause) string {
	until := sh.Say("đến khi có lệnh tiếp tục", "until it is resumed")
	if !p.Until.IsZero() {
		until = fmt.Sprintf(sh.Say("đến %s", "until %s"), words.Time(p.Until))
	}
	return fmt.Sprintf(sh.Say("%s tạm dừng từ %s, %s; lý do: %s", "paused by %s since %s, %s: %s"),
		shell.Who(sh, p.By), words.Time(p.Since), until, p.Reason)
}

// pauseOf is the pause that a stream is in; nil: in none.
func pauseOf(sh *shell.Shell, ctx context.Context, stream string) (*journal.Pause, error) {
	if _, err := sh.StreamPath(stream, ""); err != nil {
		return nil, err
	}
	source, _, _ := strings.Cut(stream, "/")
	answer, err := streams(sh.Client(), ctx, url.Values{"source": {source}})
	if err != nil {
		return nil, err
	}
	for i := range answer.Items {
		if answer.Items[i].Name() == stream {
			return answer.Items[i].Paused, nil
		}
	}
	return nil, nil // the order itself says that there is none
}

// next is when a stream runs next, in words.
func (a *streamAnswer) next(sh *shell.Shell) string {
	switch {
	case a.Running:
		return sh.Word("run", "running")
	case a.State == health.StatePaused:
		return sh.Word("next", "paused")
	case a.State == health.StateDisabled:
		return ""
	case a.Push:
		return sh.Word("next", "push")
	case !a.NextRun.IsZero():
		return words.Planned(a.NextRun, time.Now(), sh.Language())
	case a.State == health.StateFailing:
		return sh.Word("next", "told")
	}
	return ""
}

func streams(c *shell.Client, ctx context.Context, query url.Values) (streamsAnswer, error) {
	var answer streamsAnswer
	err := c.Get(ctx, "/v1/streams", query, &answer)
	slices.SortStableFunc(answer.Items, func(a, b streamAnswer) int {
		return slices.Index(health.States(), a.State) - slices.Index(health.States(), b.State)
	})
	return answer, err
}

// Status shows the states of all streams, worst first.
func Status(sh *shell.Shell) *cobra.Command {
	var watch bool
	cmd := &cobra.Command{
		Use: "status", Short: sh.Say("Trạng thái mọi luồng, nghiêm trọng nhất trước (mã thoát 3 khi có luồng, hoặc chính cổng tích hợp, cần xử lý)",
			"States of all streams, worst first (exit 3 when one, or the gateway itself, needs a look)"),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			verb := "gateway source list "
			if strings.Contains(args[0], "/") {
				verb = "gateway source runs "
			}
			return sh.Usage("thừa tham số %q: lệnh này hiển thị mọi luồng; chỉ xem %[1]s: %[2]s%[1]s",
				"argument %q is one too many: this shows all streams; to see only %[1]s: %[2]s%[1]s", args[0], verb)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			for {
				found, err := showStreams(sh, cmd.Context(), nil)
				if err != nil {
					return err
				}
				if !watch {
					return found
				}
				select {
				case <-cmd.Context().Done():
					return nil
				case <-time.After(2 * time.Second):
				}
			}
		},
	}
	cmd.Flags().BoolVarP(&watch, "watch", "w", false, sh.Say("hiển thị liên tục", "go on showing it"))
	return cmd
}

// showStreams prints the streams; found is what needs a look, as status ends.
func showStreams(s *shell.Shell, ctx context.Context, query url.Values) (found, err error) {
	answer, err := streams(s.Client(), ctx, query)
	if err != nil {
		return nil, err
	}
	showAbove(s, &answer)
	bad := 0
	t := &shell.Table{Head: []string{"STATE", "STREAM", "AGE", "LIVE", "HELD", "LAST RUN", "NEXT", "CAUSE"}}
	for i := range answer.Items {
		st := &answer.Items[i]
		switch st.State {
		case health.StateFailing, health.StateLate, health.StateDataIssue, health.StateSourceStale, health.StateUnknown:
			bad++
		}
		t.Add(st, st.state(s), st.Name(), st.freshness(s), s.Number(st.Live), s.Number(st.Held),
			lastWords(s, &st.Status), st.next(s), st.why(s))
	}
	if err := s.Show(t); err != nil {
		return nil, err
	}
	showHints(s, answer.Items)
	showBelow(s, answer.Items)
	switch {
	case answer.Own.Code != "":
		return s.Findings("chính cổng tích hợp cần xử lý: %s; %d luồng cần xử lý", "the gateway itself needs a look: %s; %d streams do",
			answer.Own.Code, bad), nil
	case bad > 0:
		return s.Findings("%d luồng cần xử lý", "%d streams need a look", bad), nil
	}
	return nil, nil
}

// showHints says of what is not well how it is mended; streams that are mended the
// same way stand together.
func showHints(s *shell.Shell, streams []streamAnswer) {
	if s.Output != "table" {
		return
	}
	var order []string
	of := map[string][]string{}
	for i := range streams {
		st := &streams[i]
		hint := st.Words.hint(s.Language())
		switch st.State {
		case health.StateHealthy, health.StatePaused, health.StateDisabled:
			continue
		}
		if hint == "" {
			continue
		}
		if of[hint] == nil {
			order = append(order, hint)
		}
		of[hint] = append(of[hint], st.Name())
	}
	for _, hint := range order {
		s.Tell("cách xử lý: %s: %s", "hint: %s: %s", strings.Join(of[hint], ", "), hint)
	}
}

// showBelow says what a person should know although no state follows from it.
func showBelow(s *shell.Shell, streams []streamAnswer) {
	if s.Output != "table" {
		return
	}
	for i := range streams {
		if to := streams[i].Deliver; to != nil && streams[i].Live == 0 && streams[i].State != health.StateDisabled {
			s.Tell("lưu ý: %s: chưa nhận dữ liệu; nguồn gửi tới: %s %s, %s", "note: %s: nothing was delivered yet: %s %s, %s",
				streams[i].Name(), to.Method, to.Path, to.Signed)
		}
		for _, w := range streams[i].Warns {
			s.Tell("lưu ý: %s: %s", "note: %s: %s", streams[i].Name(), w.in(s.Language()))
		}
	}
}

// showAbove says what no stream is to blame for.
func showAbove(s *shell.Shell, a *streamsAnswer) {
	if s.Output != "table" {
		return
	}
	if a.Own.Code != "" {
		s.Printf("%s\n  %s", a.Own.in(s.Language()), a.Own.hint(s.Language()))
	}
	for _, c := range a.Shared {
		what := s.Say("đường truyền ", "link ") + c.Link
		if c.Link == "" {
			what = s.Say("không kết nối được nguồn ", "cannot reach source ") + c.Source
		}
		s.Printf("%s: %s (%s): %s", s.Word("idea", "shared_cause"), what, since(s, c.Since), strings.Join(c.Streams, ", "))
	}
}

// lastWords is what came last: a run, or what was delivered since when.
func lastWords(s *shell.Shell, st *health.Status) string {
	if st.Delivered != nil {
		return runWords(s, &journal.Run{Counts: *st.Delivered}) + " (" + since(s, st.Counted) + ")"
	}
	text := runWords(s, st.LastRun)
	if text == "0" && st.LastRun.Complete && st.Adapter == "tabular" && st.Live+st.Held > 0 {
		return s.Say("0 (nguồn báo tệp không thay đổi)", "0 (the source says that its files did not change)")
	}
	return text + quiet(s, st.LastRun)
}
