package rest_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/rest"
	"iocgateway/canonical"
	"iocgateway/canonical/strict"
)

// A source over HTTP needs no Go: settings and a wire profile. Each page
// carries the checkpoint to ask the next one from. all.Specs lists rest.Spec
// with the other adapters, by the name that configuration gives.
func Example() {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rows := map[string]string{"1": `{"ma":"17","noi_dung":"Đèn hỏng"},{"ma":"18","noi_dung":"Ngập"}`, "2": `{"ma":"19","noi_dung":"Rác"}`}
		fmt.Fprintf(w, `{"tong":3,"du_lieu":[%s]}`, rows[r.FormValue("page")])
	}))
	defer upstream.Close()
	settings, err := strict.Parse("hotline.yaml", fmt.Appendf(nil, `
url: %s
wire:
  profile: hotline
  vi: Phản ánh của đường dây nóng
  en: Feedback of the hotline
  evidence: assumed
  kind: feedback
  request: {path: /phan-anh, query: {page: "{page}", size: "{size}"}}
  paging: {kind: page, base: 1, size: 2, total: tong}
  records: {path: du_lieu, key: ma}
  watermark: {kind: none}
`, upstream.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	source, err := rest.Spec().Open(
		adapters.Settings{Source: "hotline", Stream: "reports", Kind: canonical.KindFeedback, Node: settings},
		adapters.Env{HTTP: http.DefaultClient, Log: slog.Default(), Now: time.Now})
	if err != nil {
		fmt.Println(err) // every wrong setting, with its line
		return
	}
	first, err := source.Pull(context.Background(), nil) // no checkpoint: from the beginning
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, raw := range first.Records {
		fmt.Println(raw.Key, string(raw.Payload))
	}
	second, err := source.Pull(context.Background(), first.Next)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(first.More, len(second.Records), second.Records[0].Key)
	// Output:
	// 17 {"ma":"17","noi_dung":"Đèn hỏng"}
	// 18 {"ma":"18","noi_dung":"Ngập"}
	// true 1 19
}
