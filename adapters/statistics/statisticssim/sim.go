// Package statisticssim imitates a statistics office: PX-Web with its first
// API (positions, not labels), PxWebApi 2, SDMX files in three formats, and
// the monthly report as CSV and Excel. All show the same indicators of one
// city, so that values can be compared between the formats.
package statisticssim

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
)

// Options are the choices of an office. Zero fields take the default.
type Options struct {
	MaxCells int              // cells an answer may have; default 1000
	MaxCalls int              // calls in a window; default 30, negative no limit
	Window   time.Duration    // default 10s
	Now      func() time.Time // the clock of the window; default the real one
}

func (o Options) filled() Options {
	if o.MaxCells == 0 {
		o.MaxCells = 1000
	}
	if o.MaxCalls == 0 {
		o.MaxCalls = 30
	}
	if o.Window == 0 {
		o.Window = 10 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Sim is the simulator; it is an http.Handler.
type Sim struct {
	http.Handler

	city   *city.City
	clock  *simkit.Clock
	faults *simkit.Faults
	opt    Options

	mu    sync.Mutex
	calls []time.Time // of the present window, at most MaxCalls
}

// New makes the simulator of a city. faults may be nil.
func New(c *city.City, clock *simkit.Clock, faults *simkit.Faults, opt Options) *Sim {
	s := &Sim{city: c, clock: clock, faults: faults, opt: opt.filled()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /pxweb/api/v1/vi", s.limited(s.folders))
	mux.HandleFunc("GET /pxweb/api/v1/vi/{folder}", s.limited(s.folder))
	mux.HandleFunc("GET /pxweb/api/v1/vi/{folder}/{table}", s.limited(s.meta1))
	mux.HandleFunc("POST /pxweb/api/v1/vi/{folder}/{table}", s.limited(s.query1))
	mux.HandleFunc("GET /api/v2/config", s.config2)
	mux.HandleFunc("GET /api/v2/tables", s.limited(s.tables2))
	mux.HandleFunc("GET /api/v2/tables/{id}", s.limited(s.table2))
	mux.HandleFunc("GET /api/v2/tables/{id}/metadata", s.limited(s.meta2))
	mux.HandleFunc("GET /api/v2/tables/{id}/data", s.limited(s.data2))
	mux.HandleFunc("GET /SDMXFiles/GSO/{file}", s.sdmx)
	mux.HandleFunc("GET /bao-cao", s.reports)
	mux.HandleFunc("GET /bao-cao/{file}", s.report)
	s.Handler = simkit.Wrap(mux, faults, simkit.Wire{Rows: "value", Failure: map[string]any{"error": "Internal error"}})
	return s
}

// limited counts calls in a sliding window; the one too many gets 429.
func (s *Sim) limited(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.opt.MaxCalls > 0 && !s.admit() {
			w.Header().Set("Retry-After", "2")
			problem(w, http.StatusTooManyRequests, "Too many requests")
			return
		}
		h(w, r)
	}
}

func (s *Sim) admit() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opt.Now()
	for len(s.calls) > 0 && now.Sub(s.calls[0]) >= s.opt.Window {
		s.calls = s.calls[1:]
	}
	if len(s.calls) >= s.opt.MaxCalls {
		return false
	}
	s.calls = append(s.calls, now)
	return true
}

func problem(w http.ResponseWriter, status int, title string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`{"type":"` + title + `","title":"` + title + `","status":` + itoa(status) + `}`))
}

func topicOfTable(table string) (city.Topic, bool) {
	for _, t := range city.Topics() {
		if t.Table == strings.TrimSuffix(table, ".px") {
			return t, true
		}
	}
	return city.Topic{}, false
}

func topicOf(code string) (city.Topic, bool) {
	for _, t := range city.Topics() {
		if t.Code == code {
			return t, true
		}
	}
	return city.Topic{}, false
}
