package simkit

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strings"
)

// Paths of the login of the government work platform. The calls were seen,
// their paths were not: these are assumed.
const (
	LoginPath   = "/api/Auth/login"
	RefreshPath = "/api/Auth/refresh-token"
)

// Account is a person's login.
type Account struct{ User, Password string }

// Login answers LoginPath and RefreshPath: {UserName, Password} or
// {RefreshToken} as JSON → {Data: {accessToken, refreshToken, expiresIn}, IsSuccess …}.
// A refresh token is good once.
func Login(a Account, access, refresh *Tokens) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ UserName, Password, RefreshToken string }
		ok := r.Method == http.MethodPost && json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&in) == nil
		if strings.HasSuffix(r.URL.Path, "refresh-token") {
			ok = ok && refresh.Good("refresh", in.RefreshToken)
		} else {
			ok = ok && subtle.ConstantTimeCompare([]byte(in.UserName+"\x00"+in.Password), []byte(a.User+"\x00"+a.Password)) == 1
		}
		if !ok {
			WriteJSON(w, http.StatusOK, map[string]any{"Data": nil, "IsSuccess": false, "StatusCode": 401,
				"Messages": []string{"Tài khoản hoặc mật khẩu không đúng"}, "ValidationResult": nil})
			return
		}
		refresh.Revoke() // the one used, and any older, is dead now
		WriteJSON(w, http.StatusOK,
			map[string]any{"Data": map[string]any{"accessToken": access.Issue("access"), "refreshToken": refresh.Issue("refresh"),
				"expiresIn": int(access.Life.Seconds())}, "IsSuccess": true, "StatusCode": 200, "Messages": []string{}, "ValidationResult": nil})
	})
}
