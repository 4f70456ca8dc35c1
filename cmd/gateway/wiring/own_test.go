//go:build unix

package wiring

import (
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"iocgateway/deploy/dev/seed"
)

// refuseWrites lets no file of this process grow beyond so many bytes: what a
// full disk answers, with the disk left alone.
func refuseWrites(t *testing.T, limit uint64) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var now syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &now); err != nil {
		t.Fatal(err)
	}
	now.Cur = min(limit, now.Max)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &now); err != nil {
		t.Fatal(err)
	}
}

// TestADiskThatTakesNothing: the whole gateway, over real files and sockets.
// What it cannot write is its own matter on every surface, what it has is
// read, and it goes on within a minute of there being room.
func TestADiskThatTakesNothing(t *testing.T) {
	dir := t.TempDir()
	a := opened(t, `
http: {addr: "127.0.0.1:0"}
store: {dir: `+filepath.Join(dir, "data")+`}
sources:
  day:
    adapter: push
    signature: {kind: bearer, secrets: ["${env:HOOK}"]}
    streams:
      phan-anh: {mapping: pakn/hook-1022, key: [data.ma]}
`)
	ask := func(path string) (int, string) { return answered(t, http.MethodGet, a.Address()+path, "") }
	if code, body := ask("/readyz"); code != http.StatusOK || body != "ok\n" {
		t.Fatalf("/readyz: %d %s", code, body)
	}
	delivered(t, a, "day/phan-anh", `{"data":{"ma":"0","tieu_de":"a"}}`)
	chance, wal := seed.Rand(t), filepath.Join(dir, "data", "log.db-wal")
	for n, grown := 1, int64(0); grown < 512<<10; n++ { // beyond what the test itself writes down
		text := make([]byte, 15_000)
		for i := range text {
			text[i] = byte('a' + chance.IntN(26))
		}
		body := fmt.Sprintf(`{"data":{"ma":"a%d","tieu_de":"%s"}}`, n, text)
		if code, body := answered(t, http.MethodPost, a.Address()+"/v1/ingest/day/phan-anh", body); code != http.StatusOK {
			t.Fatalf("%d %s", code, body)
		}
		is, err := os.Stat(wal)
		if err != nil {
			t.Fatal(err)
		}
		grown = is.Size()
	}
	refuseWrites(t, 512<<10)
	t.Cleanup(func() { refuseWrites(t, 1<<62) })
	code, body := answered(t, http.MethodPost, a.Address()+"/v1/ingest/day/phan-anh", `{"data":{"ma":"1","tieu_de":"`+strings.Repeat("a", 20_000)+`"}}`)
	if code != http.StatusServiceUnavailable {
		t.Fatalf("a delivery that cannot be stored: %d %s", code, body)
	}
	until(t, 20*time.Second, func() bool { _, body := ask("/readyz"); return strings.HasPrefix(body, "degraded: GW-R019") })
	for path, want := range map[string]string{
		"/readyz":                    "degraded: GW-R019",
		"/v1/streams":                `"own":{"code":"GW-R019"`,
		"/v1/streams/day/phan-anh":   `"state":"failing"`,
		"/v1/nodes":                  "GW-R019",
		"/metrics":                   "iocgateway_store_writable 0",
		"/v1/feeds/feedback/changes": `"cause":"GW-R019"`,
		"/?lang=vi":                  "Kho dữ liệu của cổng tích hợp không ghi được",
	} {
		if code, body := ask(path); code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d, without %s: %.600s", path, code, want, body)
		}
	}
	for _, what := range []string{"pause", "resume", "replay"} {
		code, body := answered(t, http.MethodPost, a.Address()+"/v1/streams/day/phan-anh/"+what, `{"reason":"x"}`)
		if code != http.StatusServiceUnavailable {
			t.Errorf("%s, which nothing keeps: %d %s", what, code, body)
		}
	}
	refuseWrites(t, 1<<62)
	began := time.Now()
	until(t, time.Minute, func() bool { _, body := ask("/readyz"); return body == "ok\n" })
	until(t, time.Minute, func() bool { _, body := ask("/v1/feeds/ops/changes"); return strings.Contains(body, "GW-R019") })
	t.Logf("written again %v after there was room", time.Since(began).Round(time.Second))
}
