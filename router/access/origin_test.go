package access

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestOrigin: the address is who connected; a proxy's word counts only where
// one is configured, and only its own.
func TestOrigin(t *testing.T) {
	for name, c := range map[string]struct {
		proxy     bool
		forwarded []string
		agent     string
		want      Origin
	}{
		"plain":                  {false, nil, "curl/8", Origin{"10.0.0.7", ViaAPI}},
		"the command line":       {false, nil, CLIAgent + "/1", Origin{"10.0.0.7", ViaCLI}},
		"a word nobody asked":    {false, []string{"1.2.3.4"}, "", Origin{"10.0.0.7", ViaAPI}},
		"a proxy":                {true, []string{"1.2.3.4"}, "", Origin{"1.2.3.4 via 10.0.0.7", ViaAPI}},
		"a caller that pretends": {true, []string{"9.9.9.9, 1.2.3.4"}, "", Origin{"1.2.3.4 via 10.0.0.7", ViaAPI}},
		"two headers":            {true, []string{"9.9.9.9", "1.2.3.4"}, "", Origin{"1.2.3.4 via 10.0.0.7", ViaAPI}},
		"no address":             {true, []string{"<script>"}, "", Origin{"10.0.0.7", ViaAPI}},
	} {
		var got, console Origin
		inner := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = From(r.Context()) })
		h := KeepOrigin(c.proxy, inner)
		r := httptest.NewRequest("POST", "/", nil)
		r.RemoteAddr = "10.0.0.7:5555"
		r.Header.Set("User-Agent", c.agent)
		for _, f := range c.forwarded {
			r.Header.Add("X-Forwarded-For", f)
		}
		h.ServeHTTP(httptest.NewRecorder(), r)
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
		through := Through(ViaConsole, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { console = From(r.Context()) }))
		KeepOrigin(c.proxy, through).ServeHTTP(httptest.NewRecorder(), r)
		if console.Via != ViaConsole || console.Addr != c.want.Addr {
			t.Errorf("%s: by the console %+v", name, console)
		}
	}
	if got := From(t.Context()); got != (Origin{}) {
		t.Errorf("nobody asked: %+v", got)
	}
}
