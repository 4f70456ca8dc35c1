package source

import (
	"github.com/spf13/cobra"

	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/router/book"
)

// positionCommand plans an act on where a stream stands in its source, or
// applies such a plan.
func positionCommand(sh *shell.Shell, name, kind, short, long string) *cobra.Command {
	var plan, reason string
	verb := "gateway source " + name
	cmd := &cobra.Command{
		Use: ofStream(sh, name, " --reason LÝ_DO | --plan KẾ_HOẠCH", " --reason WHY | --plan PLAN"), Short: short,
		Long: long + sh.Say("\nKhông có --plan thì chỉ nêu việc sẽ làm, không thực hiện; kế hoạch đó dùng được trong 15 phút: "+
			verb+" --plan KẾ_HOẠCH thực hiện đúng như vậy, như một tác vụ, hoặc thoát với mã 6 khi luồng đã đi tiếp.",
			"\nWithout --plan it says what would be done, and does nothing; that plan can be applied for 15 minutes: "+
				verb+" --plan PLAN does exactly that, as a job, or exits 6 when the stream has moved."),
		Args: sh.Args(0, 1), ValidArgsFunction: shell.Complete(1, sh.StreamNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case plan != "" && len(args) > 0:
				return sh.Usage("--plan đã nêu luồng: không nêu thêm luồng khác", "--plan says which stream: no other")
			case plan != "":
				return sh.Apply(cmd.Context(), kind, verb, plan, reason)
			case len(args) == 0:
				return sh.Usage("cần nêu luồng dạng NGUỒN/LUỒNG, hoặc kế hoạch bằng --plan", "name the stream as SOURCE/STREAM, or a plan with --plan")
			case reason == "":
				return sh.ErrReason()
			}
			return planPosition(sh, cmd, verb, map[string]any{"kind": kind, "stream": args[0], "reason": reason})
		},
	}
	cmd.Flags().StringVar(&plan, "plan", "", sh.Say("thực hiện đúng kế hoạch này", "do exactly what this plan says"))
	cmd.Flags().StringVar(&reason, "reason", "", sh.Say("lý do (bắt buộc khi lập kế hoạch: lưu trong nhật ký thao tác)",
		"why (required for a plan: it is kept in the audit)"))
	return cmd
}

func planPosition(sh *shell.Shell, cmd *cobra.Command, verb string, ask map[string]any) error {
	var p book.Plan
	if err := sh.Client().Post(cmd.Context(), "/v1/admin/plans", ask, &p); err != nil {
		return err
	}
	lines := [][2]string{{"plan", p.ID}, {"hash", p.Hash}, {"until", sh.Time(p.Expires)}, {"stream", p.Ask.Stream},
		{"records", sh.Number(p.Planned)}}
	if p.Means != nil {
		lines = append(lines, [2]string{"means", p.Means.Text(sh.Language())})
	}
	sh.Tell("thực hiện: %s --plan %s", "apply it: %s --plan %s", verb, p.ID)
	return sh.Value(p, lines)
}

func sourceSweepCommand(sh *shell.Shell) *cobra.Command {
	return positionCommand(sh, "sweep", book.Sweep, sh.Say("Đọc lại toàn bộ danh sách của nguồn ngay, như một tác vụ",
		"Have a source list everything again now, as a job"),
		sh.Say("Toàn bộ danh sách được đọc lại ngoài lịch, trong hạn mức của nguồn. Bản ghi vẫn giữ nguyên; chỉ bản ghi mà danh sách đầy đủ chứng minh không còn mới thành đã xóa tại nguồn.",
			"The whole listing is read again outside its time, within the source's quota. Records stay; what a whole listing proves to be gone becomes gone."))
}

func sourceRestartCommand(sh *shell.Shell) *cobra.Command {
	return positionCommand(sh, "restart-walk", book.RestartWalk,
		sh.Say("Bắt đầu lại lượt đọc đang dở của luồng từ trang đầu, như một tác vụ", "Begin a stream's walk under way again at its first page, as a job"),
		sh.Say("Con trỏ trang đang lưu bị bỏ. Không mất dữ liệu đã ghi nhận, và không bản ghi nào thành đã xóa khi chưa chứng minh.",
			"The page cursor that is stored is dropped. Nothing that was published is lost, and nothing becomes gone unproven."))
}

func sourceForgetCommand(sh *shell.Shell) *cobra.Command {
	return positionCommand(sh, "forget", book.Forget,
		sh.Say("Bỏ mốc đã đọc của luồng và những gì đã biết về nguồn: nguồn được đọc lại như lần đầu",
			"Forget how far a stream got and what its source was like: it is read as the first time"),
		sh.Say("Bản ghi vẫn giữ nguyên và vẫn thuộc luồng này; lượt đọc đầy đủ tiếp theo chứng minh bản ghi nào còn.",
			"Records stay and stay this stream's; the next whole walk proves which of them are there."))
}
