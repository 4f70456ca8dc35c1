package schedule

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"iocgateway/adapters"
	"iocgateway/router/journaltest"
)

// TestWhyADeliveryIsNotTaken: a stream that nobody holds yet and one that is not
// there are said as that.
func TestWhyADeliveryIsNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pushed := polled("a", &journaltest.Source{Pages: []adapters.Page{{}}})
		pushed.Push = true
		s, stop := sharedBench(t, journaltest.NewMemory(), nil, pushed, polled("b", &journaltest.Source{}))
		defer stop()
		for stream, want := range map[string]struct {
			status int
			code   string
		}{"a/t": {http.StatusServiceUnavailable, "GW-R017"}, "b/t": {http.StatusNotFound, "GW-F013"}, "c/t": {http.StatusNotFound, "GW-F013"}} {
			source, name, _ := strings.Cut(stream, "/")
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/ingest/"+stream, strings.NewReader("{}"))
			r.SetPathValue("source", source)
			r.SetPathValue("stream", name)
			rec := httptest.NewRecorder()
			s.Ingest().ServeHTTP(rec, r)
			if rec.Code != want.status || !strings.Contains(rec.Body.String(), want.code) || !strings.Contains(rec.Body.String(), stream) {
				t.Errorf("%s: %d %s", stream, rec.Code, rec.Body)
			}
			if again := rec.Header().Get("Retry-After"); (again != "") != (want.status == http.StatusServiceUnavailable) {
				t.Errorf("%s: Retry-After %q", stream, again)
			}
		}
	})
}
