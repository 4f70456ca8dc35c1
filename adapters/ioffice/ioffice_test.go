package ioffice

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/adaptertest"
	"iocgateway/adapters/ioffice/iofficesim"
	"iocgateway/adapters/rest"
	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
	"iocgateway/canonical"
	"iocgateway/canonical/strict"
)

func start(opt iofficesim.Options, keys func(c *city.City, now time.Time) []string) func(testing.TB) *adaptertest.Upstream {
	return func(t testing.TB) *adaptertest.Upstream {
		at := time.Date(2026, 11, 23, 9, 0, 0, 0, city.Zone())
		c := city.New(1, at, city.Sizes{Dossiers: 5, Feedback: 5, Documents: 360, Tasks: 160, Calls: 5, Behind: 400})
		clock := simkit.NewClock(at, 0)
		faults := simkit.NewFaults(clock, 1)
		srv, err := simkit.Serve("", iofficesim.New(c, clock, faults, opt))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = srv.Close() })
		return &adaptertest.Upstream{Server: srv, Faults: faults, Clock: clock, Keys: func() []string { return keys(c, clock.Now()) }}
	}
}

func documents(out bool) func(*city.City, time.Time) []string {
	return func(c *city.City, now time.Time) []string {
		var keys []string
		for _, v := range c.DocumentsAt(now) {
			if !v.Now.Recalled && v.Out == out {
				keys = append(keys, fmt.Sprint(v.ID))
			}
		}
		return keys
	}
}

const docSettings = `
url: ${env:URL}
profile: %s
page_size: 15
auth: {refresh_token: "${env:REFRESH}"}
`

func TestDocuments(t *testing.T) {
	for profile, out := range map[string]bool{"vnpt-in": false, "vnpt-out": true} {
		t.Run(profile, func(t *testing.T) {
			adaptertest.Run(t, adaptertest.Case{
				Spec: Spec(), Kind: canonical.KindDocument,
				// Many sources are opened on one account here: with a rotating token only the newest lives.
				Start:    start(iofficesim.Options{KeepRefresh: true}, documents(out)),
				Settings: fmt.Sprintf(docSettings, profile),
				Env:      map[string]string{"REFRESH": "sim-refresh-09:29:49"}, Secrets: []string{"sim-refresh-09:29:49"},
				Required: []string{"url", "auth.refresh_token"}, Idle: 3,
				Faults: []string{"401@2", "expire@3", "429:1@2", "502@2*2", "cut@2*1", "nonjson@2", "unsuccess@2", "htmllogin@2",
					"nocontent@2", "lastrepeat", "bom", "charset", "numstr"},
				Except: map[string]string{"gone": "only the last 90 days are read again, so only their removals are proved",
					"restart":   "only the last 90 days are read again, so that a sweep does not name everything there is",
					"exclusive": "a list is of one year: a window ends on 31 December, and whether that day is in it is the source's",
					"stuck":     "without totals, a page that comes again cannot be known from the end of the list"},
				Old: "../../testdata/checkpoints/" + profile + "-v1.json",
			})
		})
	}
}

func TestTasks(t *testing.T) {
	adaptertest.Run(t, adaptertest.Case{
		Spec: Spec(), Kind: canonical.KindTask, Start: start(iofficesim.Options{}, (*city.City).KeysTasks),
		Settings: `
url: ${env:URL}
profile: qlnv
page_size: 40
auth: {username: ioc, password: "${env:PASSWORD}"}
`,
		Env: map[string]string{"PASSWORD": "sim-secret"}, Secrets: []string{"sim-secret"},
		Required: []string{"url", "auth.username", "auth.password"}, Idle: 30,
		Old: "../../testdata/checkpoints/ioffice-tasks-v1.json", Member: "SoKyHieuVanBan",
	})
}

func TestProfiles(t *testing.T) {
	all, err := rest.Profiles(profiles)
	if err != nil || len(all) != 3 {
		t.Fatalf("%d profiles: %v", len(all), err)
	}
}

// With a token that really rotates, a restart goes on where a token file is
// kept, and two streams share one account.
func TestRotatingToken(t *testing.T) {
	up := start(iofficesim.Options{TokenLife: 10 * time.Minute}, documents(false))(t)
	file := filepath.Join(t.TempDir(), "refresh")
	for i, profile := range []string{"vnpt-in", "vnpt-out", "vnpt-in"} {
		text := fmt.Sprintf("url: %s\nprofile: %s\nauth: {token_file: %s}\n", up.Server.URL, profile, file)
		node, err := strict.Parse("x.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if err := os.WriteFile(file, []byte("sim-refresh-09:29:49\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		src, err := Spec().Open(adapters.Settings{Source: "io", Stream: "x", Node: node}, adapters.Env{HTTP: &http.Client{}, Now: up.Clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := src.Pull(t.Context(), nil); err != nil {
				t.Fatalf("%s: %v", profile, err)
			}
			up.Clock.Advance(time.Hour)
		}
	}
}
