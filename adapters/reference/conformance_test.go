package reference_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/adaptertest"
	"iocgateway/adapters/reference"
	"iocgateway/adapters/simkit"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/units"
)

// listed counts the units of today in the list itself.
func listed(t testing.TB) []string {
	t.Helper()
	table, err := units.Default()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for n := range 100 {
		code := fmt.Sprintf("%02d", n)
		province, ok := table.At(code, table.AsOf())
		if !ok || province.Level != "province" {
			continue
		}
		for _, u := range append(table.Units(code, table.AsOf()), province) {
			from := string(u.ValidFrom)
			if from == "" {
				from = "0"
			}
			out = append(out, u.Code+"@"+from)
		}
	}
	return out
}

func TestContract(t *testing.T) {
	const still, wireless = "the list that comes along does not change: TestReplacedFile", "there is no wire"
	adaptertest.Run(t, adaptertest.Case{
		Spec: reference.Spec(), Kind: canonical.KindUnit, Settings: "provinces: ['*']\n",
		Start: func(t testing.TB) *adaptertest.Upstream {
			clock := simkit.NewClock(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), 0)
			return &adaptertest.Upstream{Server: &simkit.Server{}, Clock: clock, Faults: simkit.NewFaults(clock, 1),
				Keys: func() []string { return listed(t) }}
		},
		Old: "../../testdata/checkpoints/reference-v1.json",
		Except: map[string]string{"version": still, "follow": still, "late": still, "vanish": still, "gone": still, "empty": still,
			"stuck":   still,
			"passing": wireless, "class": wireless, "cancel": "nothing waits: TestStoppedAndBroken", "probe": wireless, "secrets": "there are none"},
	})
}

// TestStoppedAndBroken: a pull that is cancelled returns, and a list that
// cannot be read is asked for again: files are often replaced just then.
func TestStoppedAndBroken(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := mustOpen(t, "").Pull(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	dir := t.TempDir()
	for name, content := range map[string]string{"empty": "", "cut": "\x1f\x8b\x08", "html": "<html>", "json": "{}"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		src := mustOpen(t, "file: "+path)
		for what, err := range map[string]error{"pull": pulled(t, src), "probe": adapters.Prober(src).Probe(t.Context())} {
			class, _ := problem.Class(err)
			if p, ok := problem.As(err); !ok || p.Code != "GW-A810" || class != problem.FaultRetry || p.Text(problem.Vietnamese) == p.Code {
				t.Errorf("%s: %s: %v", name, what, err)
			}
		}
	}
	if err := pulled(t, mustOpen(t, "file: "+filepath.Join(dir, "none"))); err == nil {
		t.Error("a file that is not there gave a list")
	}
}

func pulled(t *testing.T, src adapters.Source) error {
	_, err := src.Pull(t.Context(), nil)
	return err
}
