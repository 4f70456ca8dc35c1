package httpx

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"

	"github.com/tidwall/gjson"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// early is how long before its end a token is taken for dead.
const early = 30 * time.Second

// tokens gets tokens, keeps the newest until it dies, and gets another.
// What it keeps can be lost at any time: the source is asked again. Only a
// refresh token that the source rotates cannot be had again; it is kept in
// AuthConfig.TokenFile, or there is a login to fall back on.
type tokens struct {
	cfg    AuthConfig
	client *Client

	mu      sync.Mutex // held while a token is asked for, so that it is asked for once
	access  string
	until   time.Time // zero: not known
	refresh string
}

type grant struct {
	access, refresh string
	life            time.Duration
}

func (t *tokens) apply(ctx context.Context, r *http.Request, _ []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.access == "" || !t.until.IsZero() && !t.client.now().Before(t.until) {
		g, err := t.fetch(ctx)
		if err != nil {
			return err
		}
		t.keep(g)
		if g.refresh != "" {
			if err := t.store(g.refresh); err != nil {
				return err
			}
		}
	}
	t.cfg.place().put(r, t.access)
	return nil
}

func (t *tokens) keep(g grant) {
	t.access, t.until = g.access, time.Time{}
	if g.life == 0 {
		g.life = t.cfg.Life
	}
	if g.life > 0 {
		t.until = t.client.now().Add(g.life - min(early, g.life/2))
	}
}

func (t *tokens) forget() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.access = ""
	return true
}

func (t *tokens) fetch(ctx context.Context) (grant, error) {
	ctx = adapters.WithShy(ctx, adapters.Shy{All: true})
	switch t.cfg.Kind {
	case AuthOAuth2:
		return t.clientCredentials(ctx)
	case AuthLogin:
		return t.post(ctx, t.cfg.TokenPath, t.cfg.TokenFields, "")
	default:
		return t.refreshed(ctx)
	}
}

func (t *tokens) clientCredentials(ctx context.Context) (grant, error) {
	at, err := t.client.resolve(t.cfg.TokenPath)
	if err != nil {
		return grant{}, err
	}
	cfg := clientcredentials.Config{ClientID: t.cfg.ClientID, ClientSecret: t.cfg.Secret.Reveal(), TokenURL: at.String(),
		Scopes: t.cfg.Scopes, EndpointParams: url.Values{}, AuthStyle: oauth2.AuthStyleInHeader}
	if t.cfg.StyleParams {
		cfg.AuthStyle = oauth2.AuthStyleInParams
	}
	for k, v := range t.cfg.Params {
		cfg.EndpointParams.Set(k, v)
	}
	token, err := cfg.Token(context.WithValue(ctx, oauth2.HTTPClient, t.client.plain))
	if err != nil {
		return grant{}, t.oauthFault(ctx, err)
	}
	g := grant{access: token.AccessToken}
	if token.ExpiresIn > 0 {
		g.life = time.Duration(token.ExpiresIn) * time.Second
	}
	return g, nil
}

// oauthFault keeps of the library's error only the status and the error code:
// the answer's text may repeat what was sent.
func (t *tokens) oauthFault(ctx context.Context, err error) error {
	var answer *oauth2.RetrieveError
	if !errors.As(err, &answer) || answer.Response == nil {
		if strings.Contains(err.Error(), "cannot parse") || strings.Contains(err.Error(), "missing access_token") {
			return problem.Retry(t.problem("GW-S018", errors.New("no token in the answer")), 0)
		}
		return failed(ctx, Request{Path: t.cfg.TokenPath}, err)
	}
	code := answer.Response.StatusCode
	p := t.problem("GW-S018", fmt.Errorf("%s (%d)", problem.Short(errorCode(answer.ErrorCode)), code))
	if code == http.StatusTooManyRequests || code >= 500 {
		after, _ := askedAfter(answer.Response.Header, t.client.now())
		return problem.Retry(p, after)
	}
	return problem.Halt(p)
}

// errorCode is a code as the standard has them (invalid_grant); a sentence in
// its place may name somebody, and is left out.
func errorCode(code string) string {
	for _, r := range code {
		if r >= utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-.:/", r) {
			return "error"
		}
	}
	return code
}

func (t *tokens) problem(code string, cause error) *problem.Problem {
	return &problem.Problem{Code: code, Path: pathOnly(t.cfg.TokenPath), Err: cause}
}

// refreshed trades the newest refresh token that is known: the one in memory,
// the one in the file (another stream may have rotated it), the configured
// one; and in the end logs in anew where that is possible.
func (t *tokens) refreshed(ctx context.Context) (grant, error) {
	tried := map[string]bool{"": true}
	var last error
	for _, candidate := range []func() string{func() string { return t.refresh }, t.stored, t.cfg.RefreshToken.Reveal} {
		token := candidate()
		if tried[token] {
			continue
		}
		tried[token] = true
		g, err := t.post(ctx, t.cfg.TokenPath, t.cfg.TokenFields, token)
		if err == nil {
			if g.refresh == "" {
				g.refresh = token
			}
			return g, nil
		}
		if class, _ := problem.Class(err); class != problem.FaultHalt {
			return grant{}, err // not refused: it could not be asked
		}
		last = err
	}
	if t.cfg.LoginPath != "" && t.cfg.Username != "" {
		return t.post(ctx, t.cfg.LoginPath, t.cfg.LoginFields, "")
	}
	return grant{}, problem.Halt(t.problem("GW-S019", last))
}

func (t *tokens) post(ctx context.Context, path string, fields map[string]string, refresh string) (grant, error) {
	fill := strings.NewReplacer("{username}", t.cfg.Username, "{password}", t.cfg.Password.Reveal(), "{refresh_token}", refresh,
		"{client_id}", t.cfg.ClientID, "{client_secret}", t.cfg.Secret.Reveal(), "{token}", t.cfg.Token.Reveal(),
		"{basic}", base64.StdEncoding.EncodeToString([]byte(t.cfg.Username+":"+t.cfg.Password.Reveal())))
	r := Request{Method: t.cfg.TokenMethod, Path: path, Accept: MediaJSON, NoAuth: true, Header: http.Header{}, secrets: t.secrets(refresh)}
	for name, text := range t.cfg.TokenHeaders {
		r.Header.Set(name, fill.Replace(text))
	}
	values := url.Values{}
	for k, v := range fields {
		values.Set(k, fill.Replace(v))
	}
	switch {
	case r.Method == http.MethodGet:
		r.Query = values
	case len(values) == 0: // all of it stands in the headers
	case t.cfg.TokenForm:
		r.Type, r.Body = "application/x-www-form-urlencoded", []byte(values.Encode())
	default:
		flat := make(map[string]string, len(values))
		for k := range values {
			flat[k] = values.Get(k)
		}
		r.Type = MediaJSON
		r.Body, _ = json.Marshal(flat) // of strings: cannot fail
	}
	resp, err := t.client.ask(ctx, r)
	if err != nil {
		return grant{}, t.refusedOr(err)
	}
	return t.parse(resp)
}

// secrets are the credentials that a token is asked for with, the short ones
// too: only what is told of a refusal is looked through for them.
func (t *tokens) secrets(refresh string) (all []string) {
	basic := base64.StdEncoding.EncodeToString([]byte(t.cfg.Username + ":" + t.cfg.Password.Reveal()))
	for _, secret := range []string{t.cfg.Password.Reveal(), t.cfg.Secret.Reveal(), t.cfg.Token.Reveal(), refresh, basic} {
		if secret != "" {
			all = append(all, secret)
		}
	}
	return all
}

// refusedOr makes a 401 of the token endpoint what it is: wrong credentials.
// Asking for a token of the kind that asks for a token ends here.
func (t *tokens) refusedOr(err error) error {
	var e *expired
	class, _ := problem.Class(err)
	if errors.As(err, &e) || class == problem.FaultHalt && problem.Has(err, problem.Refused) {
		return problem.Halt(t.problem("GW-S018", refusal(err)))
	}
	return err
}

// refusal is what the token endpoint said: its status, and its words where it
// gave some. Which of the credentials it means stands nowhere else.
func refusal(err error) error {
	p, ok := problem.As(err)
	switch {
	case !ok || p.Value == "":
		return errors.New("refused")
	case p.Err == nil:
		return errors.New(p.Value)
	}
	return fmt.Errorf("%s %w", p.Value, p.Err)
}

// inHeader begins the place of a token that comes in a header.
const inHeader = "header:"

func (t *tokens) parse(resp *Response) (grant, error) {
	body := resp.Body
	if name, ok := strings.CutPrefix(t.cfg.AccessAt, inHeader); ok {
		if access := resp.Header.Get(strings.TrimSpace(name)); access != "" {
			return grant{access: access}, nil
		}
		return grant{}, problem.Halt(t.problem("GW-S018", fmt.Errorf("no token at %s", t.cfg.AccessAt)))
	}
	if !gjson.ValidBytes(body) {
		return grant{}, problem.Retry(t.problem("GW-S018", errors.New("the answer is no JSON")), 0)
	}
	doc := gjson.ParseBytes(body)
	if t.cfg.SuccessAt != "" && doc.Get(t.cfg.SuccessAt).String() != t.cfg.Success {
		return grant{}, problem.Halt(t.problem("GW-S018", errors.New("refused")))
	}
	g := grant{access: doc.Get(t.cfg.AccessAt).String()}
	if t.cfg.RefreshAt != "" {
		g.refresh = doc.Get(t.cfg.RefreshAt).String()
	}
	if t.cfg.ExpiresAt != "" {
		seconds := min(max(doc.Get(t.cfg.ExpiresAt).Int(), 0), int64(366*24*3600))
		g.life = time.Duration(seconds) * time.Second
	}
	if g.access == "" {
		return grant{}, problem.Halt(t.problem("GW-S018", fmt.Errorf("no token at %s", t.cfg.AccessAt)))
	}
	return g, nil
}

func (t *tokens) stored() string {
	if t.cfg.TokenFile == "" {
		return ""
	}
	b, err := os.ReadFile(t.cfg.TokenFile)
	if err != nil || len(b) > 64<<10 {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// store keeps a rotated refresh token: the old one is worth nothing from now
// on, so the file is safe on disk before the new token is used.
func (t *tokens) store(refresh string) error {
	if refresh == t.refresh {
		return nil
	}
	t.refresh = refresh
	if t.cfg.TokenFile == "" || refresh == t.stored() {
		return nil
	}
	if err := replaceFile(t.cfg.TokenFile, []byte(refresh+"\n")); err != nil {
		return problem.Halt(&problem.Problem{Code: "GW-S030", Field: "auth.token_file", Err: errors.Unwrap(err)})
	}
	return nil
}

func replaceFile(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".token-*") // mode 0600
	if err != nil {
		return fmt.Errorf("httpx: keeping the token: %w", err)
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("httpx: keeping the token: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("httpx: keeping the token: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}
