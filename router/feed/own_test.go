package feed

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"iocgateway/canonical/problem"
)

// TestWhatIsOursIsSaid: a node that can be read and not written is ready, and
// says what is wrong with it: in the probe, above the streams, in the metrics.
func TestWhatIsOursIsSaid(t *testing.T) {
	v := newMemView()
	fill(v, 2)
	own := &problem.Problem{Code: "GW-R018", Value: "/var/lib/gateway"}
	a := newAPI(t, v, func(o *Options) {
		o.Node.Trouble = func() *problem.Problem { return own }
		o.Node.Disk = func(context.Context) (Disk, error) {
			return Disk{Bytes: 7, Free: 5, Size: 100, Commits: 3, Failed: 2}, nil
		}
	})
	ready := get(a, "/readyz")
	if ready.Code != http.StatusOK || !strings.HasPrefix(ready.Body.String(), "degraded: GW-R018") ||
		strings.Contains(ready.Body.String(), "/var/lib") {
		t.Errorf("/readyz: %d %q", ready.Code, ready.Body)
	}
	if body := get(a, "/v1/streams").Body.String(); !strings.Contains(body, `"own":{"code":"GW-R018"`) {
		t.Errorf("/v1/streams does not say so: %s", body)
	}
	metrics := get(a, "/metrics").Body.String()
	for _, want := range []string{"iocgateway_store_writable 0", "iocgateway_store_disk_free_bytes 5",
		"iocgateway_store_commits_failed_total 2"} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics lack %q", want)
		}
	}
	own = nil
	if ready := get(a, "/readyz"); ready.Body.String() != "ok\n" {
		t.Errorf("/readyz once it is mended: %q", ready.Body)
	}
	if body := get(a, "/v1/streams").Body.String(); strings.Contains(body, `"own"`) {
		t.Errorf("/v1/streams goes on: %s", body)
	}
	if !strings.Contains(get(a, "/metrics").Body.String(), "iocgateway_store_writable 1") {
		t.Error("the metrics go on")
	}
}
