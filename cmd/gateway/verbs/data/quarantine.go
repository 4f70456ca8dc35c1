package data

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/words"
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
	cmd := &cobra.Command{Use: "quarantine", Short: sh.Say("Dữ liệu gốc đang cách ly, kèm lý do", "Raws held, with the reason: list, groups, show, plan, replay, drop")}
	cmd.AddCommand(quarantineListCommand(sh), quarantineGroupsCommand(sh), quarantineShowCommand(sh), quarantinePlanCommand(sh),
		quarantineReplayCommand(sh), quarantineDropCommand(sh))
	return cmd
}

// selection is which held Raws a verb means.
type selection struct{ stream, code, key string }

func (s *selection) flags(sh *shell.Shell, cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.stream, "stream", "", sh.Say("chỉ của NGUỒN/LUỒNG này", "only of this SOURCE/STREAM"))
	cmd.Flags().StringVar(&s.code, "code", "", sh.Say("chỉ có mã này", "only with this code"))
	cmd.Flags().StringVar(&s.key, "key", "", sh.Say("chỉ có khóa này", "only with this key"))
	shell.CompleteFlag(cmd, "stream", sh.StreamNames)
	shell.CompleteFlag(cmd, "code", shell.Fixed(codes()...))
}

// codes are the codes there are.
func codes() []string { return slices.Sorted(maps.Keys(problem.Codes())) }

// known refuses a selection that names what is not there: nothing held of it would
// look as if all were well. What is held of a stream that was taken out of the
// configuration is there.
func (s *selection) known(sh *shell.Shell, ctx context.Context, found int) error {
	if _, ok := problem.WordsOf(s.code); s.code != "" && !ok {
		return sh.NotFound("mã", "code", s.code, "gateway docs problems", codes())
	}
	if s.stream == "" || found > 0 {
		return nil
	}
	return sh.HasStream(ctx, s.stream)
}

// nothing refuses an act on what is not held. Of a stream or a code that is there,
// nothing is held, and an act on it is none.
func (s *selection) nothing(sh *shell.Shell, ctx context.Context, args []string) error {
	if err := s.known(sh, ctx, 0); err != nil || len(args) == 0 && s.key == "" {
		return err
	}
	what := strings.Join(args, " ")
	if s.key != "" {
		what = s.key
	}
	return sh.NotFound("dữ liệu đang cách ly", "held Raw", what, "gateway quarantine list", nil)
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
		Use: "list", Short: sh.Say("Dữ liệu gốc đang cách ly, mới nhất ở cuối", "Raws held, newest last"),
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
			if err := which.known(sh, cmd.Context(), len(answer.Items)); err != nil {
				return err
			}
			t := &shell.Table{Head: []string{"ID", "STREAM", "KEY", "CODE", "FIELD", "VALUE", "TIMES", "WHAT"}}
			for i := range answer.Items {
				h := &answer.Items[i]
				t.Add(h, fmt.Sprint(h.ID), h.Stream, h.Key, h.Problem.Code, h.Problem.Field, h.Problem.Value, fmt.Sprint(h.Times),
					h.Text[string(sh.Language())])
			}
			if answer.Next != "" {
				sh.Tell("còn nữa: tăng --limit, hoặc lọc bằng --stream và --code", "more are held: raise --limit, or narrow with --stream and --code")
			}
			return sh.Show(t)
		},
	}
	which.flags(sh, cmd)
	cmd.Flags().IntVar(&limit, "limit", 50, sh.Say("nhiều nhất (200)", "at most (200)"))
	return cmd
}

func quarantineGroupsCommand(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: "groups", Short: sh.Say("Mỗi nhóm chỉ cần sửa một chỗ: theo luồng, mã và trường",
			"What one mend would free: by stream, code and field"),
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
					if v.Value == "" && g.Field == "" {
						continue // the code is about no value
					}
					values = append(values, fmt.Sprintf("%q×%d", v.Value, v.Count))
				}
				t.Add(g, sh.Number(g.Count), g.Stream, g.Code, g.Field, strings.Join(values, " "), g.Hint[string(sh.Language())])
			}
			return sh.Show(t)
		},
	}
}

func quarantineShowCommand(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: sh.Say("show SỐ", "show ID"), Args: sh.Args(1, 1),
		Short: sh.Say("Một mục đang cách ly kèm dữ liệu gốc (có thể có dữ liệu cá nhân)", "One held Raw with its payload (it may hold personal data)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := number(sh, args[0]); err != nil {
				return err
			}
			lang := string(sh.Language())
			var h heldAnswer
			if err := sh.Client().Get(cmd.Context(), "/v1/quarantine/"+url.PathEscape(args[0]), nil, &h); err != nil {
				return err
			}
			return sh.Value(h, [][2]string{
				{"stream", h.Stream}, {"key", h.Key}, {"code", h.Problem.Code}, {"what", h.Text[lang]}, {"hint", h.Hint[lang]},
				{"field", h.Problem.Field}, {"raw path", h.Problem.Path}, {"value", h.Problem.Value}, {"mapping", h.Mapping},
				{"seen", fmt.Sprintf(sh.Say("%d lần, từ %s đến %s", "%d times, %s to %s"), h.Times, words.Time(h.FirstSeen), words.Time(h.LastSeen))},
				{"dropped", droppedWords(sh, h.Dropped)}, {"payload", h.Payload},
			})
		},
	}
}

// droppedWords is who took a Raw out of quarantine; empty while it is held.
func droppedWords(sh *shell.Shell, d *journal.Dropped) string {
	if d == nil {
		return ""
	}
	text := sh.Time(d.At)
	if d.By != "" {
		text += fmt.Sprintf(sh.Say(", người thực hiện %s: %s (nhật ký thao tác, dòng %d)", " by %s: %s (audit row %d)"), d.By, d.Reason, d.Row)
	}
	return text + sh.Say("; lưu 90 ngày", "; kept 90 days")
}

func quarantinePlanCommand(sh *shell.Shell) *cobra.Command {
	var which selection
	var rate int
	cmd := &cobra.Command{
		Use: sh.Say("plan [SỐ…] [--stream NGUỒN/LUỒNG] [--code MÃ]", "plan [ID…] [--stream S] [--code C]"), Args: sh.Args(0, -1),
		Short: sh.Say("Xử lý lại sẽ làm gì: thử với các ánh xạ trên đĩa; không ghi nhận và không đưa gì vào sử dụng",
			"What a replay would do: tried with the mappings on disk; nothing is published or put into use"),
		Long: sh.Say("Kế hoạch dùng được trong 15 phút: gateway quarantine replay --plan KẾ_HOẠCH thực hiện đúng như vậy, hoặc thoát với mã 6 khi dữ liệu hay ánh xạ đã đổi.",
			"The plan can be applied for 15 minutes: gateway quarantine replay --plan PLAN does exactly that, or exits 6 when data or mapping have moved."),
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := which.body(sh, args)
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
			if plan.Planned == 0 {
				if err := which.nothing(sh, cmd.Context(), args); err != nil {
					return err
				}
			}
			sh.Tell("thực hiện: gateway quarantine replay --plan %s", "apply it: gateway quarantine replay --plan %s", plan.ID)
			return sh.Value(plan, planLines(sh, &plan))
		},
	}
	which.flags(sh, cmd)
	cmd.Flags().IntVar(&rate, "rate", 0, sh.Say("số bản ghi mỗi giây (mặc định 50)", "records a second (default 50)"))
	return cmd
}

// planLines say what a plan would do.
func planLines(sh *shell.Shell, plan *book.Plan) [][2]string {
	n, e := sh.Number, plan.Effects
	lines := [][2]string{{"plan", plan.ID}, {"hash", plan.Hash}, {"until", sh.Time(plan.Expires)}, {"planned", n(plan.Planned)},
		{"would be published", n(e.Mapped) + sh.Say(", trừ bản ghi kênh dữ liệu đã có y hệt", ", unless the feed has the same already")},
		{"would stay held", n(e.Refused + e.Keyless)}, {"would be left out", n(e.Excluded)},
		{"takes", sh.Span(time.Duration(plan.Planned) * time.Second / time.Duration(max(plan.Ask.Rate, 1)))}}
	for _, p := range plan.Parts {
		lines = append(lines, [2]string{p.Stream, fmt.Sprintf(sh.Say("%s, trong đó %s sẽ ghi nhận",
			"%s, of which %s would be published"), n(p.Planned), n(p.Effects.Mapped))})
		if p.InUse != "" {
			lines = append(lines, [2]string{"mapping", p.InUse + " → " + p.Mapping + sh.Say(", đưa vào sử dụng khi thực hiện kế hoạch",
				", put into use when the plan is applied")})
		}
	}
	return lines
}

func quarantineReplayCommand(sh *shell.Shell) *cobra.Command {
	var which selection
	var plan, reason string
	cmd := &cobra.Command{
		Use:  sh.Say("replay [SỐ…] [--stream NGUỒN/LUỒNG] [--code MÃ] | --plan KẾ_HOẠCH", "replay [ID…] [--stream S] [--code C] | --plan PLAN"),
		Args: sh.Args(0, -1),
		Short: sh.Say("Xử lý lại dữ liệu đang cách ly bằng ánh xạ hiện tại, như một tác vụ; tác vụ ngắn được chờ đến khi xong",
			"Map held Raws again with today's mapping, as a job; a short one is waited for"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if plan != "" {
				if !which.empty() || len(args) > 0 {
					return sh.Usage("--plan đã nêu mục nào: không chọn thêm", "--plan says which: no other selection")
				}
				return sh.Apply(cmd.Context(), book.ReplayHeld, "gateway quarantine replay", plan, reason)
			}
			body, err := which.body(sh, args)
			if err != nil {
				return err
			}
			body["reason"] = reason
			return replayHeld(sh, cmd, &which, args, body)
		},
	}
	which.flags(sh, cmd)
	cmd.Flags().StringVar(&plan, "plan", "", sh.Say("thực hiện đúng kế hoạch này (gateway quarantine plan)",
		"do exactly what this plan says (gateway quarantine plan)"))
	cmd.Flags().StringVar(&reason, "reason", "", sh.Say("lý do (lưu trong nhật ký thao tác)", "why (kept in the audit)"))
	return cmd
}

// replayHeld has held Raws mapped again. Numbers that are not held are told: a
// replay of nothing would look like one that went well.
func replayHeld(sh *shell.Shell, cmd *cobra.Command, which *selection, args []string, body map[string]any) error {
	var done struct {
		Tried     int    `json:"tried"`
		Published int    `json:"published"`
		Unchanged int    `json:"unchanged"`
		Held      int    `json:"held"`
		Other     int    `json:"other"`
		Job       string `json:"job,omitempty"`
	}
	if err := sh.Client().Post(cmd.Context(), "/v1/quarantine/replay", body, &done); err != nil {
		return err
	}
	if done.Job == "" && done.Tried == 0 {
		if err := which.nothing(sh, cmd.Context(), args); err != nil {
			return err
		}
	}
	n := sh.Number
	err := sh.Value(done, [][2]string{{"tried", n(done.Tried)}, {"published", n(done.Published)},
		{"unchanged", n(done.Unchanged)}, {"still held", n(done.Held)}, {"other", n(done.Other)}})
	switch {
	case err != nil:
		return err
	case done.Job != "":
		sh.Tell("tác vụ còn chạy: gateway job show %s", "it goes on: gateway job show %s", done.Job)
	case done.Held > 0:
		return sh.Endingf(shell.ExitPartial, "%d vẫn còn cách ly", "%d are still held", done.Held)
	case done.Tried < len(args):
		return sh.Endingf(shell.ExitPartial, "%d trong %d số đã nêu không còn cách ly",
			"%d of the %d that were named are not held", len(args)-done.Tried, len(args))
	}
	return nil
}

func quarantineDropCommand(sh *shell.Shell) *cobra.Command {
	var which selection
	var reason string
	cmd := &cobra.Command{
		Use:   sh.Say("drop [SỐ…] [--stream NGUỒN/LUỒNG] [--code MÃ] --reason LÝ_DO", "drop [ID…] [--stream S] [--code C] --reason WHY"),
		Short: sh.Say("Loại bỏ hẳn dữ liệu đang cách ly, kèm lý do (lưu trong nhật ký thao tác)", "Take held Raws out for good, with a reason (kept in the audit)"),
		Args:  sh.Args(0, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := which.body(sh, args)
			if err != nil {
				return err
			}
			if reason == "" {
				return sh.ErrReason()
			}
			body["reason"] = reason
			var done struct {
				Dropped int `json:"dropped"`
			}
			if err := sh.Client().Post(cmd.Context(), "/v1/quarantine/drop", body, &done); err != nil {
				return err
			}
			if done.Dropped == 0 {
				if err := which.nothing(sh, cmd.Context(), args); err != nil {
					return err
				}
			}
			if err := sh.Value(done, [][2]string{{"dropped", strconv.Itoa(done.Dropped)}}); err != nil || done.Dropped >= len(args) {
				return err
			}
			return sh.Endingf(shell.ExitPartial, "%d trong %d số đã nêu không còn cách ly", "%d of the %d that were named are not held",
				len(args)-done.Dropped, len(args))
		},
	}
	which.flags(sh, cmd)
	cmd.Flags().StringVar(&reason, "reason", "", sh.Say("lý do (bắt buộc: được lưu)", "why (required: it is kept)"))
	return cmd
}

// number is what a held Raw goes by.
func number(sh *shell.Shell, arg string) (int64, error) {
	id, err := strconv.ParseInt(arg, 10, 64)
	if err != nil {
		return 0, sh.Usage("%q không phải số của mục cách ly: số là một số nguyên như 15, ở cột SỐ của: gateway quarantine list",
			"%q is no number of a held Raw: it is a whole number such as 15, in the column ID of: gateway quarantine list", arg)
	}
	return id, nil
}

// body names held Raws by number or by selection; never all by accident.
func (s *selection) body(sh *shell.Shell, args []string) (map[string]any, error) {
	body := map[string]any{}
	for name, values := range s.query() {
		body[name] = values[0]
	}
	ids := make([]int64, 0, len(args))
	for _, arg := range args {
		id, err := number(sh, arg)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	if len(ids) > 0 {
		body["ids"] = ids
	}
	if len(ids) == 0 && s.empty() {
		return nil, sh.Usage("cần nêu số của mục cách ly, hoặc chọn bằng --stream, --code hay --key",
			"name Raws by number, or choose them with --stream, --code or --key")
	}
	return body, nil
}
