package source

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"iocgateway/canonical/problem"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// streamAnswer is a stream as GET /v1/streams gives it.
type streamAnswer struct {
	health.Status
	PromiseSeconds float64  `json:"promise_seconds"`
	AgeSeconds     *float64 `json:"age_seconds"`
	Words          words    `json:"cause"`
	Warns          []words  `json:"warnings"`
}

// words are a Problem's, in both languages.
type words struct {
	Code   string `json:"code"`
	VI     string `json:"vi"`
	EN     string `json:"en"`
	HintVI string `json:"hint_vi"`
	HintEN string `json:"hint_en"`
}

func (w words) in(lang problem.Lang) string {
	switch {
	case w.Code == "":
		return ""
	case lang == problem.Vietnamese:
		return w.Code + " " + w.VI
	}
	return w.Code + " " + w.EN
}

func (w words) hint(lang problem.Lang) string {
	if lang == problem.Vietnamese {
		return w.HintVI
	}
	return w.HintEN
}

// streamsAnswer is what GET /v1/streams gives: above the streams what is the
// gateway's own matter, and what several have in common.
type streamsAnswer struct {
	Own    words           `json:"own"`
	Shared []health.Shared `json:"shared"`
	Items  []streamAnswer  `json:"items"`
}

func (a *streamAnswer) freshness(lang problem.Lang) string {
	never, promise := "never", "promised"
	if lang == problem.Vietnamese {
		never, promise = "chưa có", "cam kết"
	}
	if a.AgeSeconds == nil {
		return never
	}
	text := span(time.Duration(*a.AgeSeconds) * time.Second)
	if a.PromiseSeconds > 0 {
		text += " (" + promise + " ≤ " + span(time.Duration(a.PromiseSeconds)*time.Second) + ")"
	}
	return text
}

// span is a duration as people say it: its two largest units.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	default:
		return fmt.Sprintf("%dd%dh", int(d.Hours())/24, int(d.Hours())%24)
	}
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
		Use: "status", Short: "States of all streams, worst first (exit 3 when one, or the gateway itself, needs a look)",
		RunE: func(cmd *cobra.Command, _ []string) error {
			for {
				bad, own, err := showStreams(sh, cmd.Context(), nil)
				if err != nil {
					return err
				}
				switch {
				case watch:
				case own != "":
					return shell.Findings("the gateway itself needs a look: %s; %d streams do", own, bad)
				case bad > 0:
					return shell.Findings("%d streams need a look", bad)
				default:
					return nil
				}
				select {
				case <-cmd.Context().Done():
					return nil
				case <-time.After(2 * time.Second):
				}
			}
		},
	}
	cmd.Flags().BoolVarP(&watch, "watch", "w", false, "go on showing it")
	return cmd
}

// showStreams prints the streams and counts those that need a look; own is the
// code of what is wrong with the gateway itself.
func showStreams(s *shell.Shell, ctx context.Context, query url.Values) (bad int, own string, err error) {
	answer, err := streams(s.Client(), ctx, query)
	if err != nil {
		return 0, "", err
	}
	showAbove(s, &answer)
	streams := answer.Items
	t := &shell.Table{Head: []string{"STATE", "STREAM", "AGE", "LIVE", "HELD", "LAST RUN", "NEXT", "CAUSE"}}
	for i := range streams {
		st := &streams[i]
		switch st.State {
		case health.StateFailing, health.StateLate, health.StateDataIssue, health.StateUnknown:
			bad++
		}
		next := ""
		if st.Running {
			next = "running"
		} else if !st.NextRun.IsZero() {
			next = st.NextRun.Local().Format("15:04:05")
		} else if st.State == health.StateFailing && !st.Push {
			next = "when told, or on a new secret"
		}
		t.Add(st, string(st.State), st.Name(), st.freshness(s.Language()), strconv.Itoa(st.Live), strconv.Itoa(st.Held),
			lastWords(&st.Status), next, st.Words.in(s.Language()))
	}
	if err := t.Write(s.Out, s.Output); err != nil {
		return bad, "", err
	}
	showBelow(s, streams)
	return bad, answer.Own.Code, nil
}

// showBelow says what a person should know although no state follows from it.
func showBelow(s *shell.Shell, streams []streamAnswer) {
	if s.Output != "table" {
		return
	}
	for i := range streams {
		if to := streams[i].Deliver; to != nil && streams[i].Live == 0 {
			s.Printf("note: %s: nothing was delivered yet: %s %s, %s", streams[i].Name(), to.Method, to.Path, to.Signed)
		}
		for _, w := range streams[i].Warns {
			s.Printf("note: %s: %s", streams[i].Name(), w.in(s.Language()))
		}
	}
}

// showAbove says what no stream is to blame for.
func showAbove(s *shell.Shell, a *streamsAnswer) {
	if s.Output != "table" {
		return
	}
	vi := s.Language() == problem.Vietnamese
	if a.Own.Code != "" {
		s.Printf("%s\n  %s", a.Own.in(s.Language()), a.Own.hint(s.Language()))
	}
	for _, c := range a.Shared {
		what := "shared cause: link " + c.Link
		switch {
		case c.Link == "" && vi:
			what = "nguyên nhân chung: không kết nối được nguồn " + c.Source
		case c.Link == "":
			what = "shared cause: source " + c.Source + " cannot be reached"
		case vi:
			what = "nguyên nhân chung: đường truyền " + c.Link
		}
		s.Printf("%s (%s): %s", what, c.Since.Local().Format(time.DateTime), strings.Join(c.Streams, ", "))
	}
}

// lastWords is what came last: a run, or what was delivered since when.
func lastWords(st *health.Status) string {
	if st.Delivered != nil {
		return runWords(&journal.Run{Counts: *st.Delivered}) + " (delivered since " + st.Counted.Local().Format("02/01 15:04") + ")"
	}
	return runWords(st.LastRun)
}

// runWords is a run's counts on a line; they add up.
func runWords(r *journal.Run) string {
	if r == nil {
		return "-"
	}
	c := r.Counts
	words := fmt.Sprintf("%d = %d published", c.Received+r.Proved, c.Published)
	for _, part := range []struct {
		count int
		name  string
	}{{c.Unchanged, "unchanged"}, {c.Superseded, "superseded"}, {c.Held, "held"}, {c.Excluded, "excluded"}} {
		if part.count > 0 {
			words += fmt.Sprintf(" + %d %s", part.count, part.name)
		}
	}
	if c.Unlisted > 0 {
		words += fmt.Sprintf("; %d left quarantine, no longer listed", c.Unlisted)
	}
	if n := c.Unexplained(r.Proved); n != 0 {
		words += fmt.Sprintf(" + %d UNEXPLAINED", n)
	}
	return words
}
