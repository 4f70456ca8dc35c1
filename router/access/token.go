// Package access is who may see and do what: tokens, their roles, and what is
// asked of a request before it is answered.
package access

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
)

// Token is a bearer token as it is kept: its hash, never itself.
type Token struct {
	Name string
	Role Role
	Hash [sha256.Size]byte
}

// HashToken is what is kept of a token. Tokens are long random strings, so
// that a plain hash is enough.
func HashToken(secret string) [sha256.Size]byte { return sha256.Sum256([]byte(secret)) }

// Auth lets requests in by token. A browser may give the token as the
// password of HTTP Basic; any user name will do.
type Auth struct {
	tokens []Token
	basic  bool // offer Basic to whoever comes without
}

// NewAuth makes an Auth of these tokens.
func NewAuth(tokens []Token) *Auth { return &Auth{tokens: tokens} }

// ForBrowsers is the same Auth that asks a browser for the token.
func (a *Auth) ForBrowsers() *Auth { return &Auth{tokens: a.tokens, basic: true} }

type callerKey struct{}

// Caller is the token a request came with; the zero Token when everything is open.
func Caller(ctx context.Context) Token {
	t, _ := ctx.Value(callerKey{}).(Token)
	return t
}

// Require lets only requests pass whose token has the role.
func (a *Auth) Require(role Role, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, ok := a.who(r)
		switch {
		case !ok:
			w.Header().Set("WWW-Authenticate", a.challenge())
			answer.New(http.StatusUnauthorized, &problem.Problem{Code: "GW-F020"}).Write(w, r)
		case token.Role < role:
			answer.New(http.StatusForbidden, &problem.Problem{Code: "GW-F021", Want: role.String()}).Write(w, r)
		default:
			LetIn(r.Context())
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, token)))
		}
	})
}

func (a *Auth) challenge() string {
	if a.basic {
		return `Basic realm="iocgateway", charset="UTF-8"`
	}
	return `Bearer realm="iocgateway"`
}

// who compares with every token, always, in constant time.
func (a *Auth) who(r *http.Request) (Token, bool) {
	secret := ""
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch {
	case strings.EqualFold(scheme, "bearer"):
		secret = strings.TrimSpace(rest)
	case strings.EqualFold(scheme, "basic"):
		_, secret, _ = r.BasicAuth()
	}
	if secret == "" || len(secret) > 1024 {
		return Token{}, false
	}
	given := HashToken(secret)
	var found Token
	ok := false
	for _, t := range a.tokens {
		if subtle.ConstantTimeCompare(given[:], t.Hash[:]) == 1 {
			found, ok = t, true
		}
	}
	return found, ok
}
