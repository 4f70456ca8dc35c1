package pakn

import (
	"testing"
	"time"

	"iocgateway/adapters/adaptertest"
	"iocgateway/adapters/pakn/paknsim"
	"iocgateway/adapters/rest"
	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
	"iocgateway/canonical"
)

func start(key func(city.FeedbackView) string) func(testing.TB) *adaptertest.Upstream {
	return func(t testing.TB) *adaptertest.Upstream {
		at := time.Date(2026, 11, 23, 9, 0, 0, 0, city.Zone())
		c := city.New(1, at, city.Sizes{Dossiers: 5, Feedback: 220, Documents: 5, Tasks: 5, Calls: 5})
		clock := simkit.NewClock(at, 0)
		faults := simkit.NewFaults(clock, 1)
		srv, err := simkit.Serve("", paknsim.New(c, clock, faults, paknsim.Options{}))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = srv.Close() })
		return &adaptertest.Upstream{Server: srv, Faults: faults, Clock: clock, Keys: func() []string {
			var keys []string
			for _, v := range c.FeedbackAt(clock.Now()) {
				keys = append(keys, key(v))
			}
			return keys
		}}
	}
}

func TestIOC(t *testing.T) {
	adaptertest.Run(t, adaptertest.Case{
		Spec: Spec(), Kind: canonical.KindFeedback, Start: start(func(v city.FeedbackView) string { return v.ID }),
		Settings: `
url: ${env:URL}
page_size: 30
auth: {username: ioc, password: "${env:PASSWORD}"}
`,
		Env: map[string]string{"PASSWORD": "sim-secret"}, Secrets: []string{"sim-secret"},
		Required: []string{"url", "auth.username", "auth.password"}, Idle: 8,
		Except:   map[string]string{"gone": "the windows are of the day of sending, not of change: nothing proves removal"},
		Volatile: []string{"TotalItems", "TotalPages", "SoNgayToiHan"},
		Old:      "../../testdata/checkpoints/pakn-v1.json", Member: "TieuDe",
	})
}

func TestDigo(t *testing.T) {
	adaptertest.Run(t, adaptertest.Case{
		Spec: Spec(), Kind: canonical.KindFeedback, Start: start(func(v city.FeedbackView) string { return v.Mongo }),
		Settings: `
url: ${env:URL}
profile: digo
page_size: 50
auth: {client_id: citizens-admin, client_secret: "${env:SECRET}"}
`,
		Env: map[string]string{"SECRET": "sim-secret"}, Secrets: []string{"sim-secret"},
		Required: []string{"url", "auth.client_id", "auth.client_secret"}, Idle: 12,
		Old: "../../testdata/checkpoints/pakn-digo-v1.json", Member: "takePlaceAt",
	})
}

func TestProfiles(t *testing.T) {
	all, err := rest.Profiles(profiles)
	if err != nil || len(all) != 2 {
		t.Fatalf("%d profiles: %v", len(all), err)
	}
}
