package tabular_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/tabular"
	"iocgateway/canonical"
	"iocgateway/canonical/strict"
)

// A drop folder of CSV files: each row is a Raw, and the end of a file that is
// complete proves what is gone. More is true: another file may follow.
func Example() {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	const rows = "Số ký hiệu;Trích yếu\n12/QĐ-UBND;Phê duyệt kế hoạch\n13/QĐ-UBND;Thành lập tổ công tác\n"
	if err := os.WriteFile(filepath.Join(folder, "van-ban.csv"), []byte(rows), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	settings, err := strict.Parse("documents.yaml", fmt.Appendf(nil, `
place: {folder: %q, pattern: "*.csv", settle: -1s}
key: [Số ký hiệu]
complete: stream
trace: false
`, folder))
	if err != nil {
		fmt.Println(err)
		return
	}
	source, err := tabular.Spec().Open(
		adapters.Settings{Source: "nhan-tep", Stream: "document", Kind: canonical.KindDocument, Node: settings},
		adapters.Env{Log: slog.Default(), Now: time.Now})
	if err != nil {
		fmt.Println(err)
		return
	}
	page, err := source.Pull(context.Background(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, raw := range page.Records {
		fmt.Println(raw.Key, string(raw.Payload))
	}
	fmt.Println("more:", page.More, "complete:", page.Complete != nil)
	// Output:
	// 12/QĐ-UBND {"Số ký hiệu":"12/QĐ-UBND","Trích yếu":"Phê duyệt kế hoạch"}
	// 13/QĐ-UBND {"Số ký hiệu":"13/QĐ-UBND","Trích yếu":"Thành lập tổ công tác"}
	// more: true complete: true
}
