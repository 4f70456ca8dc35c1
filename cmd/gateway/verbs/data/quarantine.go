package data

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/router/book"
	"iocgateway/router/journal"
)

// heldAnswer is what the API answers.
type heldAnswer struct {
	journal.HeldRaw
	Text    map[string]string `json:"text"`
	Hint    map[string]string `json:"hint"`
	Media   string            `json:"media,omitempty"`
	Payload string            `json:"payload,omitempty"`
}

// Quarantine has the verbs on what is held.
func Quarantine(sh *shell.Shell) *cobra.Command {
	cmd := &cobra.Command{Use: "quarantine", Short: "Raws held, with the reason: list, groups, show, plan, replay, drop"}
	cmd.AddCommand(quarantineListCommand(sh), quarantineGroupsCommand(sh), quarantineShowCommand(sh), quarantinePlanCommand(sh),
		quarantineReplayCommand(sh), quarantineDropCommand(sh))
	return cmd
}

// selection is which held Raws a verb means.
type selection struct{ stream, code, key string }

func (s *selection) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.stream, "stream", "", "only of this SOURCE/STREAM")
	cmd.Flags().StringVar(&s.code, "code", "", "only with this code")
	cmd.Flags().StringVar(&s.key, "key", "", "only with this key")
}

func (s *selection) empty() bool { return *s == selection{} }

func (s *selection) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"stream": s.stream, "code": s.code, "key": s.key} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

func quarantineListCommand(sh *shell.Shell) *cobra.Command {
	var which selection
	var limit int
	cmd := &cobra.Command{
		Use: "list", Short: "Raws held, newest last",
		RunE: func(cmd *cobra.Command, _ []string) error {
			q := which.query()
			q.Set("limit", strconv.Itoa(limit))
			var answer struct {
				Items []heldAnswer
				Next  string
			}
			if err := sh.Client().Get(cmd.Context(), "/v1/quarantine", q, &answer); err != nil {
				return err
			}
			t := &shell.Table{Head: []string{"ID", "STREAM", "KEY", "CODE", "FIELD", "VALUE", "TIMES", "WHAT"}}
			for i := range answer.Items {
				h := &answer.Items[i]
				t.Add(h, fmt.Sprint(h.ID), h.Stream, h.Key, h.Problem.Code, h.Problem.Field, h.Problem.Value, fmt.Sprint(h.Times), h.Text[sh.Lang])
			}
			if answer.Next != "" {
				sh.Printf("more are held: raise --limit, or narrow with --stream and --code")
			}
			return t.Write(sh.Out, sh.Output)
		},
	}
	which.flags(cmd)
	cmd.Flags().IntVar(&limit, "limit", 50, "at most (200)")
	return cmd
}

func quarantineGroupsCommand(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: "groups", Short: "What one mend would free: by stream, code and field",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var answer struct {
				Items []struct {
					journal.HeldGroup
					Text map[string]string `json:"text"`
					Hint map[string]string `json:"hint"`
				}
			}
			if err := sh.Client().Get(cmd.Context(), "/v1/quarantine/groups", nil, &answer); err != nil {
				return err
			}
			t := &shell.Table{Head: []string{"COUNT", "STREAM", "CODE", "FIELD", "VALUES", "HINT"}}
			for i := range answer.Items {
				g := &answer.Items[i]
				var values []string
				for _, v := range g.Values {
					values = append(values, fmt.Sprintf("%q×%d", v.Value, v.Count))
				}
				t.Add(g, fmt.Sprint(g.Count), g.Stream, g.Code, g.Field, strings.Join(values, " "), g.Hint[sh.Lang])
			}
			return t.Write(sh.Out, sh.Output)
		},
	}
}

func quarantineShowCommand(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "One held Raw with its payload (it may hold personal data)", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var h heldAnswer
			if err := sh.Client().Get(cmd.Context(), "/v1/quarantine/"+url.PathEscape(args[0]), nil, &h); err != nil {
				return err
			}
			return shell.WriteValue(sh.Out, sh.Output, h, [][2]string{
				{"stream", h.Stream}, {"key", h.Key}, {"code", h.Problem.Code}, {"what", h.Text[sh.Lang]}, {"hint", h.Hint[sh.Lang]},
				{"field", h.Problem.Field}, {"raw path", h.Problem.Path}, {"value", h.Problem.Value}, {"mapping", h.Mapping},
				{"seen", fmt.Sprintf("%d times, %s to %s", h.Times, h.FirstSeen.Format("02/01 15:04"), h.LastSeen.Format("02/01 15:04"))},
				{"dropped", droppedWords(h.Dropped)}, {"payload", h.Payload},
			})
		},
	}
}

// droppedWords is who took a Raw out of quarantine; empty while it is held.
func droppedWords(d *journal.Dropped) string {
	if d == nil {
		return ""
	}
	words := d.At.Local().Format("02/01/2006 15:04:05")
	if d.By != "" {
		words += fmt.Sprintf(" by %s: %s (audit row %d)", d.By, d.Reason, d.Row)
	}
	return words + "; kept 90 days"
}

func quarantinePlanCommand(sh *shell.Shell) *cobra.Command {
	var which selection
	var rate int
	cmd := &cobra.Command{
		Use:   "plan [ID…] [--stream S] [--code C]",
		Short: "What a replay would do: tried with the mappings on disk; nothing is published or put into use",
		Long: "The plan can be applied for 15 minutes: " +
			"gateway quarantine replay --plan PLAN does exactly that, or exits 6 when data or mapping have moved.",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := which.body(args)
			if err != nil {
				return err
			}
			body["kind"] = book.ReplayHeld
			if rate > 0 {
				body["rate"] = rate
			}
			var plan book.Plan
			if err := sh.Client().Post(cmd.Context(), "/v1/admin/plans", body, &plan); err != nil {
				return err
			}
			n, e := strconv.Itoa, plan.Effects
			lines := [][2]string{{"plan", plan.ID}, {"hash", plan.Hash}, {"until", plan.Expires.Local().Format("15:04:05")},
				{"planned", n(plan.Planned)},
				{"would be published", n(e.Mapped) + ", unless the feed has the same already"},
				{"would stay held", n(e.Refused + e.Keyless)}, {"would be left out", n(e.Excluded)},
				{"takes", (time.Duration(plan.Planned) * time.Second / time.Duration(max(plan.Ask.Rate, 1))).Round(time.Second).String()}}
			for _, p := range plan.Parts {
				lines = append(lines, [2]string{p.Stream, fmt.Sprintf("%d, of which %d would be published", p.Planned, p.Effects.Mapped)})
				if p.InUse != "" {
					lines = append(lines, [2]string{"mapping", p.InUse + " → " + p.Mapping + ", put into use when the plan is applied"})
				}
			}
			sh.Printf("apply it: gateway quarantine replay --plan %s", plan.ID)
			return shell.WriteValue(sh.Out, sh.Output, plan, lines)
		},
	}
	which.flags(cmd)
	cmd.Flags().IntVar(&rate, "rate", 0, "records a second (default 50)")
	return cmd
}

func quarantineReplayCommand(sh *shell.Shell) *cobra.Command {
	var which selection
	var plan, reason string
	cmd := &cobra.Command{
		Use: "replay [ID…] [--stream S] [--code C] | --plan PLAN", Short: "Map held Raws again with today's mapping, as a job; a short one is waited for",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if plan != "" {
				if !which.empty() || len(args) > 0 {
					return &shell.UsageError{Err: errors.New("--plan says which: no other selection")}
				}
				return sh.Apply(cmd.Context(), book.ReplayHeld, "gateway quarantine replay", plan, reason)
			}
			body, err := which.body(args)
			if err != nil {
				return err
			}
			body["reason"] = reason
			var done struct {
				Tried, Published, Unchanged, Held, Other int
				Job                                      string `json:",omitempty"`
			}
			if err := sh.Client().Post(cmd.Context(), "/v1/quarantine/replay", body, &done); err != nil {
				return err
			}
			err = shell.WriteValue(sh.Out, sh.Output, done, [][2]string{{"tried", fmt.Sprint(done.Tried)}, {"published", fmt.Sprint(done.Published)},
				{"unchanged", fmt.Sprint(done.Unchanged)}, {"still held", fmt.Sprint(done.Held)}, {"other", fmt.Sprint(done.Other)}})
			if done.Job != "" {
				sh.Printf("it goes on: gateway job show %s", done.Job)
				return err
			}
			if err == nil && done.Held > 0 {
				return shell.Ending(shell.ExitPartial, fmt.Errorf("%d are still held", done.Held))
			}
			return err
		},
	}
	which.flags(cmd)
	cmd.Flags().StringVar(&plan, "plan", "", "do exactly what this plan says (gateway quarantine plan)")
	cmd.Flags().StringVar(&reason, "reason", "", "why (kept in the audit)")
	return cmd
}

func quarantineDropCommand(sh *shell.Shell) *cobra.Command {
	var which selection
	var reason string
	cmd := &cobra.Command{
		Use: "drop [ID…] [--stream S] [--code C] --reason WHY", Short: "Take held Raws out for good, with a reason (kept in the audit)",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := which.body(args)
			if err != nil {
				return err
			}
			if reason == "" {
				return shell.ErrReason()
			}
			body["reason"] = reason
			var done struct{ Dropped int }
			if err := sh.Client().Post(cmd.Context(), "/v1/quarantine/drop", body, &done); err != nil {
				return err
			}
			return shell.WriteValue(sh.Out, sh.Output, done, [][2]string{{"dropped", fmt.Sprint(done.Dropped)}})
		},
	}
	which.flags(cmd)
	cmd.Flags().StringVar(&reason, "reason", "", "why (required: it is kept)")
	return cmd
}

// body names held Raws by number or by selection; never all by accident.
func (s *selection) body(args []string) (map[string]any, error) {
	body := map[string]any{}
	for name, values := range s.query() {
		body[name] = values[0]
	}
	ids := make([]int64, 0, len(args))
	for _, arg := range args {
		id, err := strconv.ParseInt(arg, 10, 64)
		if err != nil {
			return nil, &shell.UsageError{Err: fmt.Errorf("%q is no number of a held Raw", arg)}
		}
		ids = append(ids, id)
	}
	if len(ids) > 0 {
		body["ids"] = ids
	}
	if len(ids) == 0 && s.empty() {
		return nil, &shell.UsageError{Err: fmt.Errorf("name Raws by number, or choose them with --stream, --code or --key")}
	}
	return body, nil
}
