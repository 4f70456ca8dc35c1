package setup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"iocgateway/adapters"
	"iocgateway/canonical/words"
	"iocgateway/cmd/gateway/config"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/cmd/gateway/wiring"
	"iocgateway/mappings"
	"iocgateway/router/store"
)

// Doctor checks that everything here is fit to run.
func Doctor(sh *shell.Shell) *cobra.Command {
	var file string
	var offline, deep bool
	cmd := &cobra.Command{
		Use: sh.Say("doctor -c TỆP", "doctor -c FILE"),
		Short: sh.Say("Kiểm tra mọi điều kiện để chạy: đĩa, dữ liệu, địa chỉ, khóa bí mật, ánh xạ, nguồn (mã thoát 3 khi chưa đạt)",
			"Is everything here fit to run? Disk, data, address, secrets, mappings, sources (exit 3 when not)"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, streams, err := sh.Wired(file)
			if err != nil {
				return err
			}
			found := []shell.Finding{{What: "configuration", OK: true,
				Text: fmt.Sprintf(sh.Say("%d nguồn, %d luồng, đủ khóa bí mật",
					"sources: %d, streams: %d, every secret set"), len(cfg.Sources), len(streams))},
				diskCheck(sh, cfg.Store.Dir)}
			found = append(found, placeChecks(cmd.Context(), sh, &cfg, deep)...)
			found = append(found, mappingCheck(sh, cfg))
			if !offline {
				for _, st := range streams {
					found = append(found, sh.Probe(cmd.Context(), st, cfg.Cleaner(), func(*adapters.Exchange) {}))
				}
			}
			err = sh.Report(found)
			if !offline {
				shell.TellProbed(sh)
			}
			return err
		},
	}
	cmd.Flags().StringVarP(&file, "config", "c", "gateway.yaml", sh.Say("tệp cấu hình", "configuration file"))
	cmd.Flags().BoolVar(&offline, "offline", false, sh.Say("không gọi nguồn nào", "ask no source"))
	cmd.Flags().BoolVar(&deep, "deep", false, sh.Say("đọc hết kho dữ liệu lớn và so mọi tổng kiểm (kho nhỏ luôn được đọc hết)",
		"read all of a large store and hold every checksum against it (a small one is read anyway)"))
	return cmd
}

// diskCheck writes and syncs like the store does.
func diskCheck(sh *shell.Shell, dir string) shell.Finding {
	f := shell.Finding{What: "store"}
	begun := time.Now()
	err := os.MkdirAll(dir, 0o750)
	if err == nil {
		err = writeSynced(filepath.Join(dir, ".doctor"))
	}
	if err != nil {
		f.Text = sh.Words(store.Unwritable(dir, errors.Is(err, syscall.ENOSPC), err))
		return f
	}
	f.OK = true
	f.Text = fmt.Sprintf(sh.Say("%s: ghi và fsync mất %s", "%s: write and fsync in %s"), dir, sh.Span(time.Since(begun)))
	if free, size, known := store.Free(dir); known && size > 0 {
		f.Text += fmt.Sprintf(sh.Say("; đĩa còn trống %s GB (%d %%)", "; %s GB of the disk are free (%d %%)"),
			words.Decimal(float64(free)/1e9, sh.Language()), free*100/size)
	}
	return f
}

func writeSynced(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = file.Write(make([]byte, 4096))
	return errors.Join(err, file.Sync(), file.Close(), os.Remove(path))
}

func mappingCheck(sh *shell.Shell, cfg config.Config) shell.Finding {
	f := shell.Finding{What: "mappings"}
	set, err := wiring.LoadMappings(cfg)
	if err != nil {
		f.Text = sh.Words(err) // its problems were printed when the configuration was read
		return f
	}
	passed, failed := 0, 0
	for _, name := range set.Names() {
		results, err := mappings.RunTests(set, name)
		if err != nil {
			f.Text = sh.Words(err)
			return f
		}
		for _, r := range results {
			if r.OK() {
				passed++
			} else {
				failed++
			}
		}
	}
	f.OK = failed == 0
	f.Text = fmt.Sprintf(sh.Say("%d ánh xạ, %d ca kiểm thử đạt, %d không đạt",
		"%d mappings, %d tests passed, %d failed"), len(set.Names()), passed, failed)
	return f
}
