package mappings_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/dvc"
	"iocgateway/adapters/dvc/dvcsim"
	"iocgateway/adapters/ioffice"
	"iocgateway/adapters/ioffice/iofficesim"
	"iocgateway/adapters/pakn"
	"iocgateway/adapters/pakn/paknsim"
	"iocgateway/adapters/reference"
	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
	"iocgateway/canonical"
	"iocgateway/canonical/strict"
	"iocgateway/mappings"
)

func TestThrowaway(t *testing.T) {
	set, err := mappings.Load(mappings.Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, city.Zone())
	c := city.New(1, at, city.Sizes{})
	clock := simkit.NewClock(at, 0)
	faults := simkit.NewFaults(clock, 1)
	for _, x := range []struct {
		name, settings string
		spec           adapters.Spec
		h              http.Handler
	}{
		{"dvc/igate-dossier", "auth: {client_id: igate-ioc, client_secret: \"${env:P}\"}\n", dvc.Spec(), dvcsim.New(c, clock, faults, dvcsim.Options{})},
		{"pakn/ioc-feedback", "auth: {username: ioc, password: \"${env:P}\"}\n", pakn.Spec(), paknsim.New(c, clock, faults, paknsim.Options{})},
		{"pakn/digo-feedback", "profile: digo\nauth: {client_id: citizens-admin, client_secret: \"${env:P}\"}\n", pakn.Spec(), paknsim.New(c, clock, faults, paknsim.Options{})},
		{"ioffice/vnpt-document", "profile: vnpt-in\nauth: {refresh_token: \"${env:R}\"}\n", ioffice.Spec(), iofficesim.New(c, clock, faults, iofficesim.Options{KeepRefresh: true})},
		{"ioffice/ccvc-task", "profile: qlnv\nauth: {username: ioc, password: \"${env:P}\"}\n", ioffice.Spec(), iofficesim.New(c, clock, faults, iofficesim.Options{})},
		{"reference/unit", "", reference.Spec(), nil},
	} {
		settings := x.settings
		if x.h != nil {
			srv, err := simkit.Serve("", x.h)
			if err != nil {
				t.Fatal(err)
			}
			defer srv.Close()
			settings += "url: " + srv.URL + "\n"
		}
		n, err := strict.Parse("s.yaml", []byte(settings))
		if err != nil {
			t.Fatal(err)
		}
		if err := strict.Resolve(n, strict.Lookup{Env: func(k string) (string, bool) {
			if k == "R" {
				return "sim-refresh-09:29:49", true
			}
			return "sim-secret", true
		}}); err != nil {
			t.Fatal(err)
		}
		src, err := x.spec.Open(n, adapters.Env{HTTP: http.DefaultClient, Log: slog.Default(), Now: clock.Now})
		if err != nil {
			t.Errorf("%s open: %v", x.name, err)
			continue
		}
		plan, err := set.Plan(x.name)
		if err != nil {
			t.Fatal(err)
		}
		b := plan.Bind("s", "t")
		var raws []canonical.Raw
		var cp canonical.Checkpoint
		for range 60 {
			page, err := src.Pull(context.Background(), cp)
			if err != nil {
				t.Errorf("%s pull: %v", x.name, err)
				break
			}
			raws = append(raws, page.Records...)
			cp = page.Next
			if !page.More {
				break
			}
		}
		problems, ok, unknown, unread := map[string]int{}, 0, 0, 0
		var sample []byte
		for _, raw := range raws {
			r, err := b.Map(raw)
			if err != nil {
				problems[err.Error()]++
				continue
			}
			ok++
			unknown += r.Index.Unknown
			e, _ := canonical.Decode(r.Kind, r.Body)
			if e != nil && e.Base() != nil {
				unread += len(e.Base().Unread)
			}
			if err := canonical.Validate(e); err != nil {
				problems["INVALID "+err.Error()]++
			}
			sample = r.Body
		}
		cov := plan.Coverage(raws)
		fmt.Printf("== %s raws %d ok %d unknown %d unread %d unused %v\n", x.name, len(raws), ok, unknown, unread, cov.Unused)
		for _, m := range cov.Missing {
			fmt.Println("   missing:", m.Path)
		}
		i := 0
		for p, n := range problems {
			if i++; i < 5 {
				fmt.Println("   held:", n, p)
			}
		}
		fmt.Println("  ", string(sample))
	}
}
