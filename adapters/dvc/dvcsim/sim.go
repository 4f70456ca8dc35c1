// Package dvcsim imitates the dossier system of a province (VNPT iGate on the
// DIGO platform) on the wire: Keycloak realm digo, pa/dossier/search with
// Spring pages and slices, ObjectIds, dates with +0000 and +0700 by turns,
// four shapes of a name, and rows that really move between pages while
// simulated time runs.
package dvcsim

import (
	"net/http"
	"strconv"
	"time"

	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
)

// TokenPath is where tokens are had.
const TokenPath = "/auth/realms/digo/protocol/openid-connect/token"

// Options are the choices of a tenant. Zero fields take the default.
type Options struct {
	Client    simkit.OAuthClient // default igate-ioc / sim-secret
	TokenLife time.Duration      // default 24h
	MaxSize   int                // rows a page at most; default 1000
	Plain     bool               // names always as strings, currentTask always a list, dates always +0000
	ClockSkew time.Duration      // how far the source's clock is ahead
	Log       int                // how many rows getLog keeps a dossier; default 20
}

func (o Options) filled() Options {
	if o.Client.ID == "" {
		o.Client = simkit.OAuthClient{ID: "igate-ioc", Secret: "sim-secret"}
	}
	if o.TokenLife == 0 {
		o.TokenLife = 24 * time.Hour
	}
	if o.MaxSize == 0 {
		o.MaxSize = 1000
	}
	if o.Log == 0 {
		o.Log = 20
	}
	return o
}

// Sim is the simulator; it is an http.Handler.
type Sim struct {
	http.Handler
	Tokens *simkit.Tokens

	city   *city.City
	clock  *simkit.Clock
	faults *simkit.Faults
	cache  *simkit.Cache
	opt    Options
}

// New makes the simulator of a city. faults may be nil.
func New(c *city.City, clock *simkit.Clock, faults *simkit.Faults, opt Options) *Sim {
	s := &Sim{city: c, clock: clock, faults: faults, cache: simkit.NewCache(10000), opt: opt.filled()}
	s.Tokens = &simkit.Tokens{Key: []byte("dvcsim " + strconv.FormatUint(c.Seed, 10)), Life: s.opt.TokenLife, Clock: clock}
	mux := http.NewServeMux()
	mux.Handle("POST "+TokenPath, simkit.Keycloak(s.opt.Client, s.Tokens))
	mux.HandleFunc("GET /pa/dossier/search", s.guard(s.search))
	mux.HandleFunc("GET /pa/dossier/{id}", s.guard(s.one))
	mux.HandleFunc("GET /pa/dossier-search/dvc", s.lookup)
	mux.HandleFunc("GET /ad/api/lienthongDVCLT/getLog", s.guard(s.linkedLog))
	mux.HandleFunc("GET /ba/agency/{id}", s.guard(s.agency))
	mux.HandleFunc("GET /bd/procedure/{id}", s.guard(s.procedure))
	s.Handler = simkit.Wrap(mux, faults, simkit.Wire{Rows: "content", Tokens: s.Tokens,
		Failure: map[string]any{"status": 500, "error": "Internal Server Error", "message": "Lỗi hệ thống"},
		Page:    func(r *http.Request) int { return number(r, "page", 0) },
		Spare:   func(r *http.Request) bool { return r.URL.Path == TokenPath }})
	return s
}

// guard lets only good tokens in.
func (s *Sim) guard(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.Tokens.Bearer(r) {
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token", error_description="The access token expired"`)
			simkit.WriteJSON(w, http.StatusUnauthorized,
				map[string]string{"error": "invalid_token", "error_description": "The access token expired"})
			return
		}
		h(w, r)
	}
}

func (s *Sim) now() time.Time { return s.clock.Now() }

func number(r *http.Request, name string, otherwise int) int {
	if n, err := strconv.Atoi(r.URL.Query().Get(name)); err == nil && n >= 0 {
		return n
	}
	return otherwise
}
