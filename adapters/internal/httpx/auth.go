package httpx

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

// The kinds of authentication.
const (
	AuthNone    = "none"
	AuthBasic   = "basic"         // username, password
	AuthBearer  = "bearer"        // a token that never changes
	AuthHeader  = "header"        // an API key in a header or in the query
	AuthOAuth2  = "oauth2-client" // client_credentials
	AuthLogin   = "login"         // POST username and password, get a token
	AuthRefresh = "refresh"       // a refresh token that the source may rotate
	AuthHMAC    = "hmac"          // each request is signed
)

// AuthKinds lists the kinds, for checks and the reference.
func AuthKinds() []string {
	return []string{AuthNone, AuthBasic, AuthBearer, AuthHeader, AuthOAuth2, AuthLogin, AuthRefresh, AuthHMAC}
}

// AuthConfig is how a source wants to be authenticated to: the shape comes
// from the wire profile, the secrets from the settings.
type AuthConfig struct {
	Kind string
	// Where the token or key goes: a header with a prefix, or a query parameter.
	Header, Prefix, QueryParam string

	Username, ClientID                    string
	Password, Token, RefreshToken, Secret strict.Secret
	TokenFile                             string // keeps the newest refresh token over restarts
	TokenPath                             string // where tokens are asked for
	TokenMethod                           string // of AuthLogin and AuthRefresh
	TokenForm                             bool   // post as a form, not as JSON
	// fields of the token request; {username} {password} {refresh_token} {client_id} {client_secret}
	TokenFields map[string]string
	// headers of the token request, with the same names in them, and {token} {basic}
	TokenHeaders map[string]string
	LoginPath    string // AuthRefresh: how to log in anew when the refresh token is refused
	LoginFields  map[string]string
	TokenAnswer
	Scopes      []string
	Params      map[string]string // further parameters of oauth2-client
	StyleParams bool              // oauth2-client: id and secret in the form, not as Basic
	Life        time.Duration     // of a token whose answer has none

	Signing
}

// TokenAnswer is where things stand in the answer to a token request.
type TokenAnswer struct {
	AccessAt, RefreshAt, ExpiresAt, SuccessAt string // paths
	Success                                   string // what must stand at SuccessAt
}

// Signing is what AuthHMAC signs, and the headers that carry it.
type Signing struct {
	Sign            string // {timestamp} {method} {path} {query} {body} {body_sha256} {client_id}, \n is a line end
	SignEncoding    string // hex (default) or base64
	TimestampHeader string
	TimestampFormat string // unix (default), unix_ms, or a Go layout
	ClientHeader    string // carries ClientID
}

// auth puts credentials on requests. forget drops what was cached and reports
// whether asking again can make a difference.
type auth interface {
	apply(ctx context.Context, r *http.Request, body []byte) error
	forget() bool
}

func newAuth(cfg AuthConfig, c *Client) (auth, error) {
	if cfg.Header == "" && cfg.QueryParam == "" {
		cfg.Header = "Authorization"
		if cfg.Prefix == "" && cfg.Kind != AuthHeader && cfg.Kind != AuthHMAC {
			cfg.Prefix = "Bearer "
		}
	}
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	switch cfg.Kind {
	case "", AuthNone:
		return fixed{}, nil
	case AuthBasic:
		return basic{cfg.Username, cfg.Password}, nil
	case AuthBearer, AuthHeader:
		return fixed{cfg.place(), cfg.Token.Reveal()}, nil
	case AuthHMAC:
		return signer{cfg, c.now}, nil
	default:
		return &tokens{cfg: cfg, client: c}, nil
	}
}

// needed are the credentials that the kind cannot do without.
func (a AuthConfig) needed() []string {
	switch a.Kind {
	case AuthBasic:
		return []string{"username", "password"}
	case AuthBearer, AuthHeader:
		return []string{"token"}
	case AuthOAuth2:
		return []string{"client_id", "client_secret"}
	case AuthRefresh:
		return []string{"refresh_token"}
	case AuthHMAC:
		return []string{"client_secret"}
	case AuthLogin:
		if a.Token.Reveal() != "" { // a key that a session is opened with
			return nil
		}
		if named := a.named(); len(named) > 0 {
			return named
		}
		return []string{"username", "password"}
	}
	return nil
}

// credentials are those that the settings give.
func (a AuthConfig) credentials() map[string]bool {
	return map[string]bool{"username": a.Username != "", "password": a.Password.Reveal() != "", "token": a.Token.Reveal() != "",
		"client_id": a.ClientID != "", "client_secret": a.Secret.Reveal() != "", "refresh_token": a.RefreshToken.Reveal() != ""}
}

// complete names every credential that the kind cannot do without and that is
// not there.
func (a AuthConfig) complete() error {
	have := a.credentials()
	if a.TokenFile != "" || a.LoginPath != "" && a.Username != "" {
		have["refresh_token"] = true
	}
	var missing []error
	for _, name := range a.needed() {
		if !have[name] {
			missing = append(missing, &problem.Problem{Code: "GW-A006", Field: "auth." + name, Value: a.Kind})
		}
	}
	return errors.Join(missing...)
}

// Idle are the credentials that are given and that the kind has no use for: the
// kind is likely another one than is meant.
func (a AuthConfig) Idle() (names []string) {
	used := a.needed()
	switch a.Kind {
	case AuthRefresh, AuthLogin, AuthOAuth2:
		used = append(used, "username", "password", "client_id", "client_secret", "token", "refresh_token")
	case AuthHMAC:
		used = append(used, "client_id")
	}
	for name, given := range a.credentials() {
		if given && !slices.Contains(used, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// named are the credentials that the token request has in it.
func (a AuthConfig) named() (names []string) {
	var all strings.Builder
	for _, texts := range []map[string]string{a.TokenFields, a.TokenHeaders} {
		for _, text := range texts {
			all.WriteString(strings.ReplaceAll(text, "{basic}", "{username}{password}"))
		}
	}
	for _, name := range []string{"username", "password", "client_id", "client_secret", "token"} {
		if strings.Contains(all.String(), "{"+name+"}") {
			names = append(names, name)
		}
	}
	return names
}

type place struct{ header, prefix, query string }

func (a AuthConfig) place() place { return place{a.Header, a.Prefix, a.QueryParam} }

func (p place) put(r *http.Request, value string) {
	switch {
	case value == "":
	case p.query != "":
		q := r.URL.Query()
		q.Set(p.query, value)
		r.URL.RawQuery = q.Encode()
	default:
		r.Header.Set(p.header, p.prefix+value)
	}
}

// fixed carries a value that never changes, or nothing.
type fixed struct {
	place
	value string
}

func (f fixed) apply(_ context.Context, r *http.Request, _ []byte) error {
	f.put(r, f.value)
	return nil
}
func (fixed) forget() bool { return false }

type basic struct {
	name     string
	password strict.Secret
}

func (b basic) apply(_ context.Context, r *http.Request, _ []byte) error {
	r.SetBasicAuth(b.name, b.password.Reveal())
	return nil
}
func (basic) forget() bool { return false }

// signer signs each request with HMAC-SHA256.
type signer struct {
	cfg AuthConfig
	now func() time.Time
}

func (s signer) apply(_ context.Context, r *http.Request, body []byte) error {
	stamp := s.timestamp()
	if s.cfg.TimestampHeader != "" {
		r.Header.Set(s.cfg.TimestampHeader, stamp)
	}
	if s.cfg.ClientHeader != "" {
		r.Header.Set(s.cfg.ClientHeader, s.cfg.ClientID)
	}
	digest := sha256.Sum256(body)
	text := strings.NewReplacer(`\n`, "\n", "{timestamp}", stamp, "{method}", r.Method, "{path}", r.URL.EscapedPath(),
		"{query}", r.URL.RawQuery, "{body}", string(body), "{body_sha256}", hex.EncodeToString(digest[:]),
		"{client_id}", s.cfg.ClientID).Replace(s.cfg.Sign)
	mac := hmac.New(sha256.New, []byte(s.cfg.Secret.Reveal()))
	_, _ = mac.Write([]byte(text))
	sum := mac.Sum(nil)
	signature := hex.EncodeToString(sum)
	if s.cfg.SignEncoding == "base64" {
		signature = base64.StdEncoding.EncodeToString(sum)
	}
	s.cfg.place().put(r, signature)
	return nil
}

func (s signer) timestamp() string {
	now := s.now()
	switch s.cfg.TimestampFormat {
	case "", "unix":
		return strconv.FormatInt(now.Unix(), 10)
	case "unix_ms":
		return strconv.FormatInt(now.UnixMilli(), 10)
	default:
		return now.Format(s.cfg.TimestampFormat)
	}
}
func (signer) forget() bool { return false }
