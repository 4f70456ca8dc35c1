package wiring

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/book"
	"iocgateway/router/control"
	"iocgateway/router/journal"
	"iocgateway/router/store"
	"iocgateway/router/store/bookfile"
)

// TestACutAuditIsToldEverywhere: a gateway whose audit lost its end starts,
// serves, refuses what people ask for, and says so on every surface.
func TestACutAuditIsToldEverywhere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	was, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := was.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := bookfile.Open(bookfile.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for range 6 {
		if _, err := b.Append(t.Context(), book.Acts, book.ActRow{Phase: book.Done, What: "drop held"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, bookfile.Name)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	if err := os.WriteFile(path, bytes.Join(lines[:2], nil), 0o600); err != nil {
		t.Fatal(err)
	}
	a := opened(t, `
http: {addr: "127.0.0.1:0"}
store: {dir: `+dir+`}
sources:
  day:
    adapter: push
    signature: {kind: bearer, secrets: ["${env:HOOK}"]}
    streams:
      phan-anh: {mapping: pakn/hook-1022, key: [data.ma]}
`)
	for url, want := range map[string]string{"/readyz": "degraded: GW-R053", "/v1/nodes": "GW-R053", "/v1/streams": `"own":{"code":"GW-R053"`, "/?lang=vi": "Sổ phụ thiếu 4 dòng",
		"/v1/admin/audit/verify": `"lost":4`, "/metrics": "iocgateway_audit_whole 0"} {
		if _, body := answered(t, http.MethodGet, a.Address()+url, ""); !strings.Contains(body, want) {
			t.Errorf("%s does not say %s: %.300s", url, want, body)
		}
	}
	if err := a.actions.Run(t.Context(), "day/phan-anh", journal.Order{}, "lan"); err == nil {
		t.Error("an act was done")
	}
}

// TestARefusingBook: a node whose book may not be written starts, does nothing
// that people ask for, and says why.
func TestARefusingBook(t *testing.T) {
	local, err := bookfile.Open(bookfile.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer local.Close()
	b := refusing{local, &problem.Problem{Code: "GW-Q004", Value: "p.book.v1"}}
	a := &control.Audit{Book: b, Out: slog.New(slog.DiscardHandler)}
	err = a.Do(t.Context(), control.Act{What: "run"}, func() (any, error) { t.Error("done"); return nil, nil })
	if p, ok := problem.As(err); !ok || p.Code != "GW-R040" {
		t.Errorf("%v", err)
	}
	_, put := b.Put(t.Context(), "job", "a", 0, 1)
	_, prune := b.Prune(t.Context(), "audit", time.Now())
	for what, err := range map[string]error{"put": put, "prune": prune, "delete": b.Delete(t.Context(), "job", "a", 1), "damage": b.Damage()} {
		if !errors.Is(err, b.why) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if v, err := a.Verify(t.Context()); err != nil || v.Whole {
		t.Errorf("%+v %v", v, err)
	}
}

// TestAHeldRawIsShown: with its payload, and after a drop with who did it.
func TestAHeldRawIsShown(t *testing.T) {
	a := opened(t, `
http: {addr: "127.0.0.1:0"}
store: {dir: `+filepath.Join(t.TempDir(), "data")+`}
sources:
  day:
    adapter: push
    signature: {kind: bearer, secrets: ["${env:HOOK}"]}
    streams:
      phan-anh: {mapping: pakn/hook-1022, key: [data.ma]}
`)
	delivered(t, a, "day/phan-anh", `{"data":{"ma":"1","tieu_de":"dau hieu rieng","thoi_gian_gui":"khong hieu"}}`)
	show := func(want string) {
		t.Helper()
		if code, body := answered(t, http.MethodGet, a.Address()+"/v1/quarantine/1", ""); code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%d, no %s in %s", code, want, body)
		}
	}
	show("dau hieu rieng")
	if n, err := a.actions.Drop(t.Context(), journal.HeldQuery{Stream: "day/phan-anh"}, "lan", "gửi thử"); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	show("dau hieu rieng")
	show(`"by":"lan","reason":"gửi thử"`)
}
