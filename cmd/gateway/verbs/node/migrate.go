package node

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"iocgateway/cmd/gateway/config"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/router/feed"
	"iocgateway/router/kafka"
	"iocgateway/router/store"
	"iocgateway/router/store/bookfile"
)

// Migrate moves a Log into another engine.
func Migrate(sh *shell.Shell) *cobra.Command {
	var to, file, from, dir string
	cmd := &cobra.Command{
		Use:   sh.Say("migrate --to kafka|embedded --from THƯ_MỤC", "migrate --to kafka|embedded --from DIR"),
		Short: sh.Say("Chuyển nhật ký dữ liệu từ một máy vào Kafka, hoặc sao ngược lại", "Move a Log from one machine into Kafka, or a copy of it back"),
		Long: sh.Say("--to kafka    ghi mọi dữ liệu trong thư mục --from vào các topic mới mà -c TỆP nêu (engine: kafka); bên nhận đọc tiếp\n"+
			"              bằng con trỏ cũ. Dừng cổng tích hợp trước, sau đó khởi động bằng TỆP. Thư mục cũ giữ nguyên.\n"+
			"--to embedded tạo từ thư mục dữ liệu --from của một nút một nhật ký dữ liệu trên một máy trong --dir: như backup, nút đang chạy hay không.",
			"--to kafka    writes everything the data folder --from holds into the new topics that -c FILE names (engine: kafka); readers go on\n"+
				"              with their old cursors. Stop the gateway before, start it with FILE after. The folder stays as it is.\n"+
				"--to embedded makes of a node's data folder --from a Log of one machine in --dir, for a laptop: what backup does, of a node that runs or not."),
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch to {
			case config.EngineKafka:
				return migrateToKafka(sh, cmd.Context(), file, from)
			case config.EngineEmbedded:
				return migrateToEmbedded(sh, cmd.Context(), from, dir)
			}
			return sh.Usage("--to: chọn kafka hoặc embedded", "--to is kafka or embedded")
		},
	}
	f := cmd.Flags()
	f.StringVar(&to, "to", "", sh.Say("kafka hoặc embedded", "kafka or embedded"))
	shell.CompleteFlag(cmd, "to", shell.Fixed(config.EngineKafka, config.EngineEmbedded))
	f.StringVarP(&file, "config", "c", "gateway.yaml", sh.Say("tệp cấu hình có engine: kafka (cho --to kafka)",
		"configuration with engine: kafka (for --to kafka)"))
	f.StringVar(&from, "from", "", sh.Say("thư mục dữ liệu cần chuyển", "data folder to move"))
	f.StringVar(&dir, "dir", "", sh.Say("thư mục dữ liệu mới (cho --to embedded)", "new data folder (for --to embedded)"))
	return cmd
}

func migrateToKafka(s *shell.Shell, ctx context.Context, file, from string) error {
	cfg, err := s.ReadConfig(file, nil)
	if err != nil {
		return err
	}
	if cfg.Engine != config.EngineKafka {
		return cfg.Text.At("engine").Wrong("GW-C003", "engine: kafka")
	}
	if from == "" {
		return s.Usage("cần --from: thư mục dữ liệu cần chuyển", "--from is needed: the data folder to move")
	}
	if err := store.Holds(from); err != nil {
		return shell.Ending(shell.ExitUsage, err)
	}
	log := s.Logger(cfg.Log)
	o, err := cfg.KafkaOptions(log)
	if err != nil {
		return err
	}
	old, err := store.Open(ctx, store.Options{Dir: from, Log: log})
	if err != nil {
		return err
	}
	begun, printed := time.Now(), time.Now()
	taken, err := kafka.Import(ctx, o, old, feed.EpochHash(epochOf(ctx, old)), func(t kafka.Taken) {
		if time.Since(printed) > 2*time.Second {
			printed = time.Now()
			s.Tell("  %d mục, %d dữ liệu gốc", "  %d entries, %d raws", t.Entries, t.Raws)
		}
	})
	changes := 0
	if err == nil {
		changes, err = moveBook(ctx, o, from, log)
	}
	if err = errors.Join(err, old.Close()); err != nil {
		return err
	}
	s.Tell("đã chuyển %d mục, %d dữ liệu gốc, %d mục lịch sử, %d kết luận, %d luồng, %d lần chạy trong %s",
		"moved %d entries, %d raws, %d of history, %d verdicts, %d streams, %d runs in %s", taken.Entries, taken.Raws, taken.History,
		taken.Verdicts, taken.Streams, taken.Runs, s.Span(time.Since(begun)))
	s.Tell("đã chuyển sổ phụ, %d thay đổi", "moved the side book, %d changes", changes)
	return s.Done(map[string]any{"from": from, "entries": taken.Entries, "raws": taken.Raws, "history": taken.History,
		"verdicts": taken.Verdicts, "streams": taken.Streams, "runs": taken.Runs, "book_changes": changes},
		"khởi động cổng tích hợp với %s; giữ %s cho đến khi bên nhận đọc tiếp được", "start the gateway with %s; keep %s until readers have gone on",
		file, from)
}

// moveBook moves the side book beside a Log; the Log's folder is locked.
func moveBook(ctx context.Context, o kafka.Options, from string, log *slog.Logger) (n int, err error) {
	dir, err := os.MkdirTemp("", "book")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	old, err := bookfile.Open(bookfile.Options{Dir: from, Log: log})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, old.Close()) }()
	unused, err := bookfile.Open(bookfile.Options{Dir: dir, Log: log})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, unused.Close()) }()
	shared, err := kafka.OpenBook(ctx, o, unused)
	if err != nil {
		return 0, err
	}
	n, err = shared.Import(ctx, old.Export)
	return n, errors.Join(err, shared.Close())
}

func epochOf(ctx context.Context, s *store.Store) string {
	epoch, _ := s.Epoch(ctx) // the store's own never fails
	return epoch
}

func migrateToEmbedded(s *shell.Shell, ctx context.Context, from, dir string) error {
	if err := backUp(s, ctx, from, dir); err != nil {
		return err
	}
	s.Tell("đặt engine: embedded và store.dir: %s trong cấu hình", "configure engine: embedded and store.dir: %s", dir)
	return nil
}
