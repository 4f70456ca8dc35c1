package simkit

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Tokens issues and checks bearer tokens. A token carries its own end and a
// generation, signed: nothing is kept per token, so nothing grows.
type Tokens struct {
	Key   []byte // signs; any bytes
	Life  time.Duration
	Clock *Clock

	generation atomic.Int64
	issued     atomic.Int64
}

// Issue makes a token for use ("access", "refresh").
func (t *Tokens) Issue(use string) string {
	n := t.issued.Add(1)
	body := fmt.Sprintf("%s.%d.%d.%d", use, t.generation.Load(), t.Clock.Now().Add(t.Life).Unix(), n)
	return body + "." + t.sign(body)
}

func (t *Tokens) sign(body string) string {
	m := hmac.New(sha256.New, t.Key)
	_, _ = m.Write([]byte(body))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:18])
}

// Good reports whether a token was issued here for use, and still lives.
func (t *Tokens) Good(use, token string) bool {
	i := strings.LastIndexByte(token, '.')
	if i < 0 || !hmac.Equal([]byte(t.sign(token[:i])), []byte(token[i+1:])) {
		return false
	}
	part := strings.Split(token[:i], ".")
	if len(part) != 4 || part[0] != use || part[1] != strconv.FormatInt(t.generation.Load(), 10) {
		return false
	}
	end, err := strconv.ParseInt(part[2], 10, 64)
	return err == nil && t.Clock.Now().Unix() < end
}

// Bearer reports whether the request carries a good access token.
func (t *Tokens) Bearer(r *http.Request) bool {
	kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(kind, "Bearer") && t.Good("access", token)
}

// Revoke kills every token issued so far.
func (t *Tokens) Revoke() { t.generation.Add(1) }

// Issued counts the tokens issued.
func (t *Tokens) Issued() int { return int(t.issued.Load()) }

// OAuthClient is an account of a client_credentials grant.
type OAuthClient struct{ ID, Secret string }

// Keycloak answers a realm's token endpoint for one client: client_credentials
// with Basic, or with client_id and client_secret in the form.
func Keycloak(c OAuthClient, t *Tokens) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		if r.Method != http.MethodPost || r.ParseForm() != nil {
			WriteJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_request"})
			return
		}
		id, secret, basic := r.BasicAuth()
		if !basic {
			id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
		}
		if r.PostForm.Get("grant_type") != "client_credentials" {
			WriteJSON(w, http.StatusBadRequest, map[string]string{"error": "unsupported_grant_type"})
			return
		}
		same := subtle.ConstantTimeCompare([]byte(id+"\x00"+secret), []byte(c.ID+"\x00"+c.Secret))
		if same != 1 {
			WriteJSON(w, http.StatusUnauthorized, map[string]string{"error": "unauthorized_client",
				"error_description": "Invalid client secret"})
			return
		}
		WriteJSON(w, http.StatusOK, map[string]any{"access_token": t.Issue("access"), "expires_in": int(t.Life.Seconds()),
			"refresh_expires_in": 0, "token_type": "Bearer", "not-before-policy": 0, "scope": "profile email"})
	})
}
