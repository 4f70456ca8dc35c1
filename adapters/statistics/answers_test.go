package statistics

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"iocgateway/adapters/tabular"
	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan/jsonscantest"
	"iocgateway/canonical/problem"
)

var _ = flag.Bool("update", false, "rewrite the outcomes of the answers that are kept")

// TestAnswersKeepTheirOutcome reads every answer kept as a table:
// observations, refusals and codes stay what they were.
func TestAnswersKeepTheirOutcome(t *testing.T) {
	formats := map[bool][]string{false: {"jsonstat", "sdmx-json"}, true: {"sdmx-ml"}}
	outcomes := map[string]string{}
	for _, a := range append(jsonscantest.Answers(t), jsonscantest.Real(t)...) {
		for _, format := range formats[a.XML] {
			outcomes[format+" "+a.Name] = outcomeOf(t, format, a.Bytes)
		}
	}
	jsonscantest.Hold(t, outcomes)
}

func outcomeOf(t *testing.T, format string, data []byte) string {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(t.TempDir(), "f"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Write(data); err != nil {
		t.Fatal(err)
	}
	cfg := Defaults()
	cfg.Format = format
	f := &files{cfg: cfg, kind: canonical.KindObservation}
	items, err := f.open(t.Context(), tabular.File{Name: "f"}, &tabular.Spool{File: file, Size: int64(len(data))})
	if err != nil {
		return codeOf(err)
	}
	defer items.Close()
	var parts [][]byte
	for n := 0; ; n++ {
		item, err := items.Next()
		if err != nil {
			end := ""
			if err != io.EOF {
				end = ", then " + codeOf(err)
			}
			return fmt.Sprintf("%d items%s, %s", n, end, jsonscantest.Digest(parts...))
		}
		code := ""
		if item.Problem != nil {
			code = item.Problem.Code
		}
		at := []byte(item.Raw.At.Format(time.RFC3339Nano))
		parts = append(parts, []byte(item.Raw.Key), []byte(item.Raw.Version), at, []byte(code), item.Raw.Payload)
	}
}

func codeOf(err error) string {
	if p, ok := problem.As(err); ok {
		return p.Code
	}
	return "an error without a code"
}
