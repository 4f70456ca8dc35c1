package all

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"iocgateway/adapters/rest"
	"iocgateway/canonical/outbound"
)

func TestSpecsAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Specs() {
		i := s.Info
		if i.Name == "" || i.VI == "" || i.EN == "" || s.Open == nil || seen[i.Name] {
			t.Errorf("adapter %q: a word is missing, or the name stands twice", i.Name)
		}
		seen[i.Name] = true
		for _, f := range s.Fields {
			if f.VI == "" || f.EN == "" {
				t.Errorf("adapter %s: setting %s has no words", i.Name, f.Key)
			}
		}
		for _, p := range i.Profiles {
			if p.Name == "" || p.VI == "" || p.EN == "" || p.Evidence == "" {
				t.Errorf("adapter %s: profile %q: a word is missing", i.Name, p.Name)
			}
		}
	}
	if !seen[rest.Spec().Info.Name] {
		t.Error("rest is not listed")
	}
}

// What is lent to the adapters goes where the settings say, and nowhere that
// an answer says.
func TestRedirectsStayAtTheirHost(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the other host was asked") }))
	defer elsewhere.Close()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/out":
			http.Redirect(w, r, elsewhere.URL, http.StatusFound)
		case "/in":
			http.Redirect(w, r, "/end", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		}
	}))
	defer srv.Close()
	for path, followed := range map[string]bool{"/in": true, "/out": false, "/loop": false} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := HTTPClient().Do(req)
		if err == nil {
			_ = res.Body.Close()
		}
		var refused *outbound.Refusal
		if (err == nil) != followed || !followed && !errors.As(err, &refused) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
