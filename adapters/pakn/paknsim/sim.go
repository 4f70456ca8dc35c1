// Package paknsim imitates the systems citizens' feedback comes from: a
// government work platform with its IOC endpoints (P-PAKN-IOC), the petition
// back office of DIGO (P-PAKN-DIGO), and a hotline that pushes signed
// deliveries (P-1022-HOOK, see Pusher).
package paknsim

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
)

// TokenPath is where tokens for /petition are had.
const TokenPath = "/auth/realms/digo/protocol/openid-connect/token"

// Options are the choices of a tenant. Zero fields take the default.
type Options struct {
	Account   simkit.Account     // of the IOC endpoints; default ioc / sim-secret
	Client    simkit.OAuthClient // of the petition back office; default citizens-admin / sim-secret
	TokenLife time.Duration      // default 1h
	MaxSize   int                // rows a page at most; default 100
	// Only, where set, decides which matters this tenant holds, so that two
	// systems can share a city.
	Only func(city.FeedbackView) bool
}

func (o Options) filled() Options {
	if o.Account.User == "" {
		o.Account = simkit.Account{User: "ioc", Password: "sim-secret"}
	}
	if o.Client.ID == "" {
		o.Client = simkit.OAuthClient{ID: "citizens-admin", Secret: "sim-secret"}
	}
	if o.TokenLife == 0 {
		o.TokenLife = time.Hour
	}
	if o.MaxSize == 0 {
		o.MaxSize = 100
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
	opt    Options
}

// New makes the simulator of a city. faults may be nil.
func New(c *city.City, clock *simkit.Clock, faults *simkit.Faults, opt Options) *Sim {
	s := &Sim{city: c, clock: clock, faults: faults, opt: opt.filled()}
	seed := strconv.FormatUint(c.Seed, 10)
	s.Tokens = &simkit.Tokens{Key: []byte("paknsim " + seed), Life: s.opt.TokenLife, Clock: clock}
	refresh := &simkit.Tokens{Key: []byte("paknsim refresh " + seed), Life: 30 * 24 * time.Hour, Clock: clock}
	login := simkit.Login(s.opt.Account, s.Tokens, refresh)
	ioc := http.NewServeMux()
	ioc.HandleFunc("GET /pakn/api/IocApi/danh-sach-pakn", s.guard(s.list))
	ioc.HandleFunc("GET /pakn/api/IocApi/thong-ke-pakn-theo-trang-thai", s.guard(s.byStatus))
	ioc.HandleFunc("GET /pakn/api/Tasks/chi-tiet-kien-nghi", s.guard(s.detail))
	ioc.HandleFunc("GET /pakn/api/KienNghi/TienTrinhXulyPAKN", s.guard(s.steps))
	digo := http.NewServeMux()
	digo.HandleFunc("GET /petition/--search", s.guard(s.search))
	digo.HandleFunc("GET /petition/{id}", s.guard(s.petition))
	digo.HandleFunc("GET /logman/history", s.guard(s.history))
	mux := http.NewServeMux()
	mux.Handle("POST "+TokenPath, simkit.Keycloak(s.opt.Client, s.Tokens))
	mux.Handle(simkit.LoginPath, login)
	mux.Handle(simkit.RefreshPath, login)
	mux.Handle("/pakn/", simkit.Wrap(ioc, faults, simkit.Wire{Rows: "DanhSachKetQua", Tokens: s.Tokens,
		Failure: map[string]any{"DanhSachKetQua": nil, "NoiDungThongDiep": "Có lỗi xảy ra", "MaTraLoi": 500, "MaMenu": ""},
		Page:    func(r *http.Request) int { return number(r, "PageIndex", 1) }}))
	mux.Handle("/", simkit.Wrap(digo, faults, simkit.Wire{Rows: "content", Tokens: s.Tokens,
		Failure: map[string]any{"status": 500, "message": "Lỗi hệ thống"}, Page: func(r *http.Request) int { return number(r, "page", 0) }}))
	s.Handler = mux
	return s
}

func (s *Sim) guard(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.Tokens.Bearer(r) {
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		h(w, r)
	}
}

// rows is what this tenant holds now, oldest first, bent by row faults.
func (s *Sim) rows() []city.FeedbackView {
	rows := s.city.FeedbackAt(s.clock.Now())
	if s.opt.Only != nil {
		kept := rows[:0]
		for _, v := range rows {
			if s.opt.Only(v) {
				kept = append(kept, v)
			}
		}
		rows = kept
	}
	return simkit.Bend(s.faults, s.clock.Now(), rows, func(v city.FeedbackView, t time.Time) city.FeedbackView {
		v.Updated = t
		return v
	})
}

// value reads a query parameter whatever its casing, as the platform does.
func value(r *http.Request, name string) string {
	for k, v := range r.URL.Query() {
		if strings.EqualFold(k, name) && len(v) > 0 {
			return v[0]
		}
	}
	return ""
}

func number(r *http.Request, name string, otherwise int) int {
	if n, err := strconv.Atoi(value(r, name)); err == nil && n >= 0 {
		return n
	}
	return otherwise
}
