package httpx

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"

	"github.com/hashicorp/go-retryablehttp"
)

// minEcho is the least a credential must have to be looked for in an answer.
const minEcho = 8

// unechoed is the error of a Check without the credentials that the request
// carried: what a source says back would stand in problems and logs. The answer
// is looked at once more for that, with them taken out; a good one stays byte for
// byte as it came. before is the request's header and query without them.
func (c *Client) unechoed(err error, r Request, resp *Response, sent, before *http.Request) error {
	if _, signs := c.auth.(signer); signs {
		return err // a signature opens nothing else
	}
	body := unsaid(resp.Body, carried(sent, before))
	if bytes.Equal(body, resp.Body) {
		return err
	}
	resp.Body = body
	if clean := r.Check(resp); clean != nil {
		return clean
	}
	return problem.Retry(&problem.Problem{Code: "GW-S012", Path: pathOnly(r.Path)}, 0) // what it said is not to be told
}

// unsaid is a body without credentials.
func unsaid(body []byte, credentials ...[]string) []byte {
	for _, secret := range slices.Concat(credentials...) {
		quoted, _ := json.Marshal(secret) // of a text: cannot fail
		for _, form := range []string{secret, url.QueryEscape(secret), string(quoted[1 : len(quoted)-1])} {
			body = bytes.ReplaceAll(body, []byte(form), []byte("••••"))
		}
	}
	return body
}

// shy tells who takes the exchange down which of its places hold credentials:
// those that were put on the request.
func (c *Client) shy(r *retryablehttp.Request, before *http.Request) *retryablehttp.Request {
	if adapters.RecorderOf(r.Context()) == nil {
		return r
	}
	s := adapters.Shy{Values: carried(r.Request, before)}
	for name := range r.Header {
		if len(before.Header[name]) == 0 {
			s.Headers = append(s.Headers, name)
		}
	}
	for name := range r.URL.Query() {
		if !before.URL.Query().Has(name) {
			s.Params = append(s.Params, name)
		}
	}
	if signs, yes := c.auth.(signer); yes { // a signature opens nothing else, and when and by whom it was made is worth seeing
		at := signs.cfg.place()
		s = adapters.Shy{Headers: []string{http.CanonicalHeaderKey(at.header)}, Params: []string{at.query}}
	}
	return r.WithContext(adapters.WithShy(r.Context(), s))
}

// carried are the credentials on a request.
func carried(r, before *http.Request) []string {
	var found []string
	take := func(value string) {
		scheme, rest, two := strings.Cut(value, " ")
		if !two {
			rest = scheme
		}
		if len(rest) >= minEcho {
			found = append(found, rest)
		}
		if plain, err := base64.StdEncoding.DecodeString(rest); err == nil && strings.EqualFold(scheme, "basic") {
			if _, password, _ := strings.Cut(string(plain), ":"); len(password) >= minEcho {
				found = append(found, password)
			}
		}
	}
	for name, values := range r.Header {
		if had := before.Header[name]; len(had) == 0 && len(values) > 0 {
			take(values[0])
		}
	}
	if r.URL.RawQuery != before.URL.RawQuery {
		had := before.URL.Query()
		for name, values := range r.URL.Query() {
			if !had.Has(name) && len(values) > 0 {
				take(values[0])
			}
		}
	}
	return found
}
