// Package iofficesim imitates what documents and tasks come from: a VNPT
// iOffice tenant with REST calls (P-IOF-REST), the task module of a government
// work platform (P-TASK-REST), and exports to Excel (P-XLS, see WriteExports).
package iofficesim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
)

// Options are the choices of a tenant. Zero fields take the default.
type Options struct {
	RefreshToken string         // the first refresh token; default sim-refresh-09:29:49
	KeepRefresh  bool           // the refresh token does not rotate
	Account      simkit.Account // of the task module; default ioc / sim-secret
	TokenLife    time.Duration  // default 1h
	MaxSize      int            // rows a page at most; default 200
	EmptyPastEnd bool           // a page past the end is empty; otherwise it repeats the last
}

func (o Options) filled() Options {
	if o.RefreshToken == "" {
		o.RefreshToken = "sim-refresh-09:29:49"
	}
	if o.Account.User == "" {
		o.Account = simkit.Account{User: "ioc", Password: "sim-secret"}
	}
	if o.TokenLife == 0 {
		o.TokenLife = time.Hour
	}
	if o.MaxSize == 0 {
		o.MaxSize = 200
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

	mu      sync.Mutex
	refresh string // the one good refresh token
	turns   int    // how often it has rotated
}

// New makes the simulator of a city. faults may be nil.
func New(c *city.City, clock *simkit.Clock, faults *simkit.Faults, opt Options) *Sim {
	s := &Sim{city: c, clock: clock, faults: faults, opt: opt.filled()}
	s.refresh = s.opt.RefreshToken
	seed := strconv.FormatUint(c.Seed, 10)
	s.Tokens = &simkit.Tokens{Key: []byte("iofficesim " + seed), Life: s.opt.TokenLife, Clock: clock}
	again := &simkit.Tokens{Key: []byte("iofficesim refresh " + seed), Life: 30 * 24 * time.Hour, Clock: clock}
	login := simkit.Login(s.opt.Account, s.Tokens, again)

	rest := http.NewServeMux()
	rest.HandleFunc("POST /api/van-ban-den/danh-sach-van-ban-den-theo-trang-thai-cua-chuyen-vien", s.guard(s.incoming))
	rest.HandleFunc("POST /api/van-ban/tra-cuu-van-ban-di-agg", s.guard(s.outgoing))
	rest.HandleFunc("/api/van-ban-di/chi-tiet-van-ban-di", s.guard(s.detail))
	rest.HandleFunc("/api/danh-muc/danh-sach-loai-van-ban-no-authen", s.types)
	rest.HandleFunc("/api/can-bo/ds-don-vi", s.guard(s.units))
	rest.HandleFunc("/api/can-bo/danh-sach-cong-tac-can-bo", s.guard(s.positions))
	tasks := http.NewServeMux()
	tasks.HandleFunc("POST /qlvb/api/qlnv/nhiem-vu/get-all", s.guard(s.tasks))
	tasks.HandleFunc("GET /qlvb/api/qlnv/nhiem-vu/get", s.guard(s.task))
	tasks.HandleFunc("GET /qlvb/api/qlnv/nhiem-vu/lich-su-tra-lai/{id}", s.guard(s.returns))
	tasks.HandleFunc("GET /qlvb/api/qlnv/nhiem-vu/tinh-hinh-thuc-hien/{id}", s.guard(s.progress))
	tasks.HandleFunc("GET /qlvb/api/qlnv/loai-nhiem-vu/getall", s.guard(s.kinds))

	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/can-bo/access-token", s.token)
	mux.Handle(simkit.LoginPath, login)
	mux.Handle(simkit.RefreshPath, login)
	mux.Handle("/api/", simkit.Wrap(rest, faults, simkit.Wire{Rows: "data", Tokens: s.Tokens,
		Failure: map[string]any{"success": false, "message": "Có lỗi xảy ra trong quá trình xử lý", "data": nil},
		Page:    func(r *http.Request) int { return atoi(form(r, "page"), 1) }}))
	mux.Handle("/qlvb/", simkit.Wrap(tasks, faults, simkit.Wire{Rows: "PageData", Tokens: s.Tokens,
		Failure: map[string]any{"Data": nil, "IsSuccess": false, "StatusCode": 500, "Messages": []string{"Lỗi hệ thống"},
			"ValidationResult": nil}}))
	s.Handler = mux
	return s
}

func (s *Sim) guard(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.Tokens.Bearer(r) || s.Tokens.Good("access", form(r, "token")) {
			h(w, r)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/qlvb/") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		simkit.WriteJSON(w, http.StatusUnauthorized,
			map[string]any{"success": false, "message": "Token không hợp lệ hoặc đã hết hạn", "data": nil})
	}
}

// token answers can-bo/access-token?refresh_token=: a new access token, and a
// new refresh token that makes the one used worthless.
func (s *Sim) token(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !hmac.Equal([]byte(r.URL.Query().Get("refresh_token")), []byte(s.refresh)) {
		simkit.WriteJSON(w, http.StatusOK, map[string]any{"success": false, "message": "Refresh token không hợp lệ", "data": nil})
		return
	}
	if !s.opt.KeepRefresh {
		s.turns++
		m := hmac.New(sha256.New, []byte(s.opt.RefreshToken))
		_, _ = fmt.Fprint(m, s.turns)
		s.refresh = hex.EncodeToString(m.Sum(nil)[:16]) + "-" + s.clock.Now().Format("15:04:05")
	}
	simkit.WriteJSON(w, http.StatusOK, map[string]any{"success": true, "message": "Thành công",
		"data": map[string]any{"access_token": s.Tokens.Issue("access"), "refresh_token": s.refresh,
			"expires_in": int(s.opt.TokenLife.Seconds())}})
}

// form reads a value of the form or of the query.
func form(r *http.Request, name string) string {
	if r.Form == nil {
		r.Body = http.MaxBytesReader(nil, r.Body, 1<<20)
		if r.ParseForm() != nil {
			return ""
		}
	}
	return r.Form.Get(name)
}

func atoi(s string, otherwise int) int {
	if n, err := strconv.Atoi(s); err == nil && n >= 0 {
		return n
	}
	return otherwise
}
