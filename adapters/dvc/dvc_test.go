package dvc

import (
	"testing"
	"time"

	"iocgateway/adapters/adaptertest"
	"iocgateway/adapters/dvc/dvcsim"
	"iocgateway/adapters/rest"
	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
	"iocgateway/canonical"
)

func upstream(t testing.TB) *adaptertest.Upstream {
	start := time.Date(2026, 11, 23, 9, 0, 0, 0, city.Zone())
	c := city.New(1, start, city.Sizes{Dossiers: 230, Feedback: 5, Documents: 5, Tasks: 5, Calls: 5})
	clock := simkit.NewClock(start, 0)
	faults := simkit.NewFaults(clock, 1)
	srv, err := simkit.Serve("", dvcsim.New(c, clock, faults, dvcsim.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	return &adaptertest.Upstream{Server: srv, Faults: faults, Clock: clock, Keys: func() []string { return c.KeysDossiers(clock.Now()) }}
}

func TestContract(t *testing.T) {
	adaptertest.Run(t, adaptertest.Case{
		Spec: Spec(), Kind: canonical.KindDossier, Start: upstream,
		Settings: `
url: ${env:URL}
page_size: 50
auth: {client_id: igate-ioc, client_secret: "${env:SECRET}"}
`,
		Env: map[string]string{"SECRET": "sim-secret"}, Secrets: []string{"sim-secret"},
		Required: []string{"url", "auth.client_id", "auth.client_secret"},
		Old:      "../../testdata/checkpoints/dvc-v1.json",
		Member:   "appliedDate",
	})
}

func TestProfiles(t *testing.T) {
	all, err := rest.Profiles(profiles)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d profiles: %v", len(all), err)
	}
}
