package node

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"iocgateway/canonical/words"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/router/store"
	"iocgateway/router/store/bookfile"
)

// Backup copies the data of a gateway that runs.
func Backup(sh *shell.Shell) *cobra.Command {
	var from, dir string
	cmd := &cobra.Command{
		Use:   sh.Say("backup --from THƯ_MỤC --dir MỚI", "backup --from DIR --dir NEW"),
		Short: sh.Say("Sao lưu dữ liệu của cổng tích hợp, đang chạy hay không, vào thư mục mới", "Copy the data of a gateway, running or not, into a new folder"),
		Long: sh.Say("Ghi một bản sao nhất quán của thư mục dữ liệu --from (store.dir), cả sổ phụ, vào --dir rồi kiểm tra; cổng tích hợp vẫn chạy.\n"+
			"Khôi phục: dừng cổng tích hợp, đặt --dir vào chỗ thư mục dữ liệu, khởi động lại. Cổng tích hợp đọc tiếp các nguồn từ đó\n"+
			"và báo bên nhận lấy lại bản chụp (snapshot). Bản sao của một nút (engine: kafka) mở được như nhật ký dữ liệu trên một máy.",
			"Writes a consistent copy of the data folder --from (store.dir), its side book too, into --dir and checks it; the gateway goes on.\n"+
				"To restore: stop the gateway, put --dir in the place of its data folder, start it. It asks its sources on from there,\n"+
				"and tells readers to take the snapshot again. The copy of a node's view (engine: kafka) opens as a Log on one machine."),
		RunE: func(cmd *cobra.Command, _ []string) error { return backUp(sh, cmd.Context(), from, dir) },
	}
	f := cmd.Flags()
	f.StringVar(&from, "from", "", sh.Say("thư mục dữ liệu cần sao lưu (store.dir)", "data folder to copy (store.dir)"))
	f.StringVar(&dir, "dir", "", sh.Say("thư mục dữ liệu mới", "new data folder"))
	return cmd
}

func backUp(s *shell.Shell, ctx context.Context, from, dir string) error {
	if from == "" || dir == "" {
		return s.Usage("cần --from và --dir: thư mục dữ liệu và thư mục mới", "--from and --dir are needed: the data folder, and the new one")
	}
	if err := store.Holds(from); err != nil {
		return shell.Ending(shell.ExitUsage, err)
	}
	begun := time.Now()
	bytes, err := store.Backup(ctx, from, dir)
	if err != nil {
		return err
	}
	beside, err := bookfile.Backup(from, dir) // after the Log: what was done in it has its row in the audit
	if err != nil {
		return err
	}
	bytes += beside
	took := time.Since(begun)
	return s.Done(map[string]any{"from": from, "dir": dir, "bytes": bytes, "took_seconds": took.Seconds()},
		"đã sao lưu %s vào %s: %s MB, đã kiểm tra, mất %s",
		"copied %s into %s: %s MB, checked, in %s", from, dir, words.Decimal(float64(bytes)/1e6, s.Language()), s.Span(took))
}
