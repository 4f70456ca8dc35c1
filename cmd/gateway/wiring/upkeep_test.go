package wiring

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"iocgateway/cmd/gateway/config"
	"iocgateway/router/book"
)

const plainMapping = `
mapping: nguon/phan-anh
kind: feedback
evidence: assumed
dates: [rfc3339]
fields:
  codes: [{system: x, from: ma}]
  status: {from: tt, codelist: hook-1022/status}
  title: ten
  created_at: luc
  submitted_at: luc
  updated_at: luc
  channel: {from: kenh, codelist: hook-1022/channel, default: hotline}
`

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// polling is a gateway over one source that takes one token.
func polling(t *testing.T, dir, url string) (*App, chan os.Signal) {
	t.Helper()
	text := `
http: {addr: "127.0.0.1:0"}
store: {dir: ` + filepath.Join(dir, "data") + `}
mappings: {dir: ` + filepath.Join(dir, "mappings") + `}
sources:
  day:
    adapter: rest
    url: ` + url + `
    auth: {token: "${file:` + filepath.Join(dir, "token") + `}"}
    streams:
      phan-anh:
        every: 1h
        mapping: nguon/phan-anh
        wire:
          profile: x
          vi: x
          en: x
          evidence: assumed
          kind: feedback
          auth: {kind: bearer}
          request: {path: /l}
          paging: {kind: none}
          records: {path: d, key: ma}
          watermark: {kind: none}
`
	again := make(chan os.Signal, 1)
	return openedWith(t, text, func(a *App) {
		a.Upkeep = Upkeep{Every: 20 * time.Millisecond, Again: again, Reread: func() (config.Config, error) {
			return config.Load("gateway.yaml", []byte(text), nil, nil)
		}}
	}), again
}

// TestAnEditedMappingIsSaid: one that is not in use, and one that is wrong,
// before anybody finds out at the next restart; SIGHUP takes it up.
func TestAnEditedMappingIsSaid(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "mappings", "nguon", "phan-anh.yaml")
	write(t, file, plainMapping)
	write(t, filepath.Join(dir, "token"), "tttttttttttttttttttt")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"d":[]}`) }))
	t.Cleanup(s.Close)
	a, again := polling(t, dir, s.URL)
	says := func(what string) func() bool {
		return func() bool {
			_, body := answered(t, http.MethodGet, a.Address()+"/v1/streams/day/phan-anh", "")
			return strings.Contains(body, what)
		}
	}
	if says("GW-R023")() || says("GW-R024")() {
		t.Fatal("nothing was edited")
	}
	write(t, file, strings.Replace(plainMapping, "title: ten", "title: tieu_de", 1))
	until(t, 10*time.Second, says("GW-R023"))
	if _, body := answered(t, http.MethodGet, a.Address()+"/metrics", ""); !strings.Contains(body, `iocgateway_stream_warning{code="GW-R023"`) {
		t.Error("the metrics do not say so")
	}
	before := a.Streams[0].Mapping().Revision()
	plan, err := a.bulk.Plan(t.Context(), book.Ask{Kind: book.ReplayStream, Stream: "day/phan-anh"}, "lan")
	if p := plan.Parts; err != nil || len(p) != 1 || p[0].InUse != before || p[0].Mapping == before {
		t.Fatalf("%+v %v", plan, err)
	}
	if now := a.Streams[0].Mapping().Revision(); now != before || !says("GW-R023")() {
		t.Errorf("a plan put %s into use for %s", now, before)
	}
	write(t, file, "mapping: [")
	until(t, 10*time.Second, says("GW-R024"))
	again <- syscall.SIGHUP // what is wrong is not taken up
	until(t, 10*time.Second, says("GW-R024"))
	write(t, file, strings.Replace(plainMapping, "title: ten", "title: tieu_de", 1))
	again <- syscall.SIGHUP
	until(t, 10*time.Second, func() bool { return !says("GW-R023")() && !says("GW-R024")() })
	used, _, err := a.audit.List(t.Context(), book.ActQuery{What: "use mapping", Phase: book.Done, Limit: 10})
	if err != nil || len(used) != 1 || used[0].Who != "SIGHUP" || used[0].Target != "day/phan-anh" {
		t.Errorf("%+v %v", used, err)
	}
	write(t, file, plainMapping)
	until(t, 10*time.Second, says("GW-R023"))
	if plan, err = a.bulk.Plan(t.Context(), book.Ask{Kind: book.ReplayStream, Stream: "day/phan-anh"}, "lan"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.bulk.Apply(t.Context(), plan.ID, plan.Hash, "lan"); err != nil {
		t.Fatal(err)
	}
	if now := a.Streams[0].Mapping().Revision(); now != before {
		t.Errorf("applied, and %s is in use instead of %s", now, before)
	}
	until(t, 10*time.Second, func() bool { return !says("GW-R023")() })
}

// TestChangedCredentialsAreTriedAtOnce: refused ones are not tried again, new
// ones are as soon as they are in the file, without a restart.
func TestChangedCredentialsAreTriedAtOnce(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "mappings", "nguon", "phan-anh.yaml"), plainMapping)
	write(t, filepath.Join(dir, "token"), "cu-cu-cu-cu-cu-cu-cu")
	var refused atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer moi-moi-moi-moi-moi" {
			refused.Add(1)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, `{"d":[{"ma":"1","tt":"x","ten":"đèn hỏng","luc":"2026-11-29T08:00:00+07:00"}]}`)
	}))
	t.Cleanup(s.Close)
	a, _ := polling(t, dir, s.URL)
	status := func(what string) func() bool {
		return func() bool {
			_, body := answered(t, http.MethodGet, a.Address()+"/v1/streams/day/phan-anh", "")
			return strings.Contains(body, what)
		}
	}
	until(t, 10*time.Second, status("GW-S004"))
	before := refused.Load()
	write(t, filepath.Join(dir, "token"), "moi-moi-moi-moi-moi\n")
	until(t, 10*time.Second, status(`"live":1`))
	if n := refused.Load(); n != before {
		t.Errorf("the old credentials were tried %d times more", n-before)
	}
	until(t, 10*time.Second, status(`"state":"healthy"`))
}

// TestPersonalKeysAreSaid: keys stay as the source gives them; that they look
// like people's numbers is said, after a restart too.
func TestPersonalKeysAreSaid(t *testing.T) {
	for name, c := range map[string]struct {
		keys []string
		said bool
	}{
		"phones":       {[]string{"0912345678", "0987654321", "12"}, true},
		"personal ids": {[]string{"051090012412", "051190012413"}, true},
		"e-mails":      {[]string{"an.nguyen@example.vn"}, true},
		"codes":        {[]string{"000.00.53.H48-261105-0001", "212345678", "7"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "mappings", "nguon", "phan-anh.yaml"), plainMapping)
			write(t, filepath.Join(dir, "token"), "tttttttttttttttttttt")
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				var rows []string
				for _, key := range c.keys {
					rows = append(rows, fmt.Sprintf(`{"ma":%q,"tt":"moi","ten":"đèn hỏng","luc":"2026-11-05T08:00:00+07:00"}`, key))
				}
				fmt.Fprintf(w, `{"d":[%s]}`, strings.Join(rows, ","))
			}))
			t.Cleanup(s.Close)
			a, _ := polling(t, dir, s.URL)
			says := func(what string) func() bool {
				return func() bool {
					_, body := answered(t, http.MethodGet, a.Address()+"/v1/streams/day/phan-anh", "")
					return strings.Contains(body, what)
				}
			}
			until(t, 10*time.Second, says(fmt.Sprintf(`"live":%d`, len(c.keys))))
			a.Upkeep.lookAtKeys(t.Context(), a, time.Now())
			if says("GW-R069")() != c.said {
				t.Errorf("said: %v", !c.said)
			}
		})
	}
}
